"""Train for an epoch on every folder of a place, or see it refused in a line.

``python scripts/training_folders.py PLACE [NAME …]`` takes each folder of the place, or those of
the names; in one called ``table…`` the table. ``NAME.arguments`` beside it holds what is said with
it. Each goes through ``brainseg-train data`` and ``fit``: a tiny network, eight slices of 64
pixels. Printed is what became of it; the exit status is 1 where one ended in a traceback, where
``data`` and ``fit`` disagree, or where a refusal gives no reason.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections import Counter
from pathlib import Path

from typer.testing import CliRunner

from brainseg_train.cli import app

TINY = [
    *("--encoder", "timm-mobilenetv3_small_minimal_100", "--init", "random", "--size", "64"),
    *("--epochs", "1", "--slices", "8", "--batch", "4", "--accelerator", "cpu", "--overwrite"),
]
WRONG = ("traceback", "disagree", "no reason")


def command(*words: object) -> tuple[int, str]:
    """Run the program; return its exit status, 2 and more for a traceback, and its last lines."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return 3, repr(done.exception)
    return done.exit_code, done.stderr.partition("brainseg-train: ")[2].strip()


def tried(folder: Path, scratch: Path) -> tuple[str, str]:
    """Return what became of a folder, and why."""
    arguments = folder.with_name(f"{folder.name}.arguments")
    said = shlex.split(arguments.read_text()) if arguments.is_file() else []
    tables = [path for path in folder.iterdir() if path.suffix in (".csv", ".tsv")]
    data = tables[0] if tables and folder.name.startswith("table") else folder
    looked, _ = command("data", data, *said)
    places = ("--models", scratch / "models", "--runs", scratch / "runs")
    trained, reason = command("fit", data, *said, "--name", "folder", *TINY, *places)
    if looked > 1 or trained > 1:
        return "traceback", reason
    if looked != trained:
        return "disagree", f"data ended with {looked}, fit with {trained}. {reason}"
    if not trained:
        return "trained", ""
    return ("refused", reason) if reason else ("no reason", "")


def main(place: Path, names: list[str]) -> int:
    """Try all folders of a place; return the exit status."""
    counts: Counter[str] = Counter()
    folders = sorted(path for path in place.iterdir() if path.is_dir())
    with tempfile.TemporaryDirectory() as scratch:
        for folder in folders:
            if names and folder.name not in names:
                continue
            outcome, reason = tried(folder, Path(scratch))
            counts[outcome] += 1
            print(f"{folder.name}: {outcome}", *reason.splitlines(), sep="\n    ", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return int(any(counts[outcome] for outcome in WRONG))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2:]))
