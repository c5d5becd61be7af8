"""Text from files reaches the terminal as text."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from rich.table import Table
from typer.testing import CliRunner

from brainseg_train.cli import console as training_console
from napari_brainseg.cli import app
from napari_brainseg.cli.printing import PlainConsole, say_error
from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.bundle import Bundle
from napari_brainseg.text import printable

HOSTILE = "[/foo] [red]Approved \x1b[2J \u202eder \udcff"


def test_what_acts_on_a_terminal_is_replaced() -> None:
    assert printable("tumeur récidivante, 腫瘍") == "tumeur récidivante, 腫瘍"
    assert printable(HOSTILE) == "[/foo] [red]Approved \ufffd[2J \ufffdder \ufffd"


def test_a_card_full_of_markup_is_listed_as_it_is(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = tiny_bundle.card.model_copy(update={"name": "[/]", "title": HOSTILE})
    bundle = Bundle(tiny_bundle.path, card)
    catalog = SimpleNamespace(bundles={"net": bundle}, problems=[HOSTILE])
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("napari_brainseg.models.catalog.find_models", lambda: catalog)
    done = CliRunner().invoke(app, ["models"])
    assert done.exit_code == 0, done.output
    assert "[/foo] [red]Approved" in done.stdout
    assert not {"\x1b", "\u202e"} & set(done.stdout)


def test_a_console_prints_lines_tables_and_bars_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    console = PlainConsole(width=200, force_terminal=True, color_system="standard")
    table = Table(HOSTILE)
    table.add_row(HOSTILE)
    console.print(HOSTILE, style="red")
    console.print(table)
    found = capsys.readouterr().out
    assert found.count("[red]Approved \ufffd[2J \ufffdder") == 3
    assert "\x1b[31m" in found  # of the style that was asked for
    assert not {"\x1b[2J", "\u202e"} & {found[i : i + n] for i in range(len(found)) for n in (1, 4)}


@pytest.mark.parametrize("console", [training_console.console, training_console.errors])
def test_the_training_program_prints_by_it(console: object) -> None:
    assert isinstance(console, PlainConsole)


@pytest.mark.parametrize("text", ["a.nii: is empty.", "a.nii is empty.", "is empty."])
def test_an_error_names_once_what_it_is_about(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    say_error("a.nii", BrainsegError(text))
    assert capsys.readouterr().err.replace(":", "") == "brainseg a.nii is empty.\n"
