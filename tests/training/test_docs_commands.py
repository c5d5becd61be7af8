"""Each command of the pages on training is one that the program takes today."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from brainseg_train.benchmark.protocol import load_protocol
from brainseg_train.cli import app
from brainseg_train.cli.commands import EXAMPLES
from brainseg_train.train.settings import load_run_settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PROGRAM = "brainseg-train"
TRAIN = typer.main.get_command(app)


def commands(text: str) -> list[list[str]]:
    """Return the words of each command: from blocks of code, and from lines of text."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    inline = re.findall(
        rf"`({PROGRAM} [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    )
    found = []
    for block in blocks:
        known: dict[str, str] = {}
        for line in block.replace("\\\n", " ").splitlines():
            for name, value in re.findall(r'(?:^|\s)([A-Z]+)="(.*?)"', line):
                known[name] = filled(value, known)
            for name in re.findall(r"^([A-Z]+)=\$\(", line):
                known[name] = ""  # what another program prints
            found += re.findall(rf"{PROGRAM} [^;]*", filled(line, known))
    words = (shlex.split(line.partition(" > ")[0], comments=True)[1:] for line in [*found, *inline])
    return [each for each in words if each]


def filled(line: str, known: dict[str, str]) -> str:
    """Put values in the place of variables; those of a loop may be anything."""
    return re.sub(r"\$([A-Z]+)", lambda match: known.get(match[1], "anything"), line)


EVERY = [
    pytest.param(words, id=f"{page.stem}: {' '.join(words)[:60]}")
    for page in PAGES
    for words in commands(page.read_text(encoding="utf-8"))
] + [
    pytest.param(shlex.split(line.partition(" > ")[0]), id=f"--help: {line[:60]}")
    for lines in EXAMPLES.values()
    for line in lines
]


def test_the_pages_hold_commands() -> None:
    assert len(EVERY) > 50


@pytest.mark.parametrize("words", EVERY)
def test_a_command_of_the_pages_is_taken(words: list[str]) -> None:
    name, *rest = words
    command = TRAIN.commands[name]  # type: ignore[attr-defined]
    options = {"--help"} | {name for each in command.params for name in each.opts}
    if len(rest) < 2 and options.issuperset(rest):  # named, not shown
        return
    given = command.make_context(name, list(rest), resilient_parsing=False).params
    rows = [given["row"]] if isinstance(given.get("row"), str) else given.get("row")
    if rows and name in ("benchmark", "further") and "anything" not in rows:
        load_protocol(given["protocol"]).only(list(rows))
    assignments = given.get("assignments") or ()
    load_run_settings(given={"recipe.name": "x"}, assignments=assignments)
