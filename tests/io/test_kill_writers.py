"""Whatever writes a file is killed at any moment: what is there is whole, old or new."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from napari_brainseg.autosave.files import FOLDER_VARIABLE, claim_autosave, delete
from napari_brainseg.io.atomic import filling, make_folder, replacing
from napari_brainseg.worklist.items import WorkItem, WorkList
from napari_brainseg.worklist.state import STATE_NAME, record

CODE = """
import itertools, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_kill_writers import WRITERS
write = WRITERS[sys.argv[1]](Path(sys.argv[2]))
for turn in itertools.count(1):
    write(turn)
    print(turn, flush=True)
"""

LINES = 20_000


def worklist_writer(folder):
    items = tuple(WorkItem(f"p{number}", f"p{number}") for number in range(500))
    worklist = WorkList(folder, folder, items)
    return lambda turn: record(worklist, current=("turn", str(turn)))


def table_writer(folder):
    def write(turn):
        with replacing(folder / "measures.csv", "measures.csv") as aside:
            aside.write_text(f"{turn}\n" * LINES, encoding="utf-8")

    return write


def model_writer(folder):
    def write(turn):
        with filling(folder / f"model-{turn}", "model") as aside:
            (aside / "card.json").write_text(f"{turn}\n" * LINES, encoding="utf-8")
            (aside / "weights").write_text(f"{turn}\n" * LINES, encoding="utf-8")

    return write


def autosave_writer(folder):
    from napari_brainseg.autosave.files import AutosaveFile

    file = AutosaveFile.create()

    def write(turn):
        file.rewrite(f"{turn}\n".encode() * LINES)
        file.note_place(f"{turn}\n".encode() * LINES)

    return write


WRITERS = {
    "work list": worklist_writer,
    "table": table_writer,
    "model": model_writer,
    "autosave": autosave_writer,
}


def whole_turn(file):
    """Read the turn that wrote a file, all of it."""
    if file.name == STATE_NAME:
        return int(json.loads(file.read_text("utf-8"))["current"][1])
    lines = file.read_text("utf-8").split("\n")
    assert lines == [lines[0]] * LINES + [""], file.name
    return int(lines[0])


def kill_while_writing(kind, folder, rng):
    """Kill a process at any moment of its writing; give the last turn that it told of."""
    code = CODE.format(here=str(Path(__file__).parent))
    process = subprocess.Popen(
        [sys.executable, "-c", code, kind, str(folder)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "1\n"
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        told = process.stdout.read().split("\n")[:-1]
    return int(told[-1]) if told else 1


@pytest.mark.parametrize("kind", WRITERS)
def test_a_kill_leaves_what_was_there_or_what_was_to_come(tmp_path, monkeypatch, kind):
    rng = random.Random(kind)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "autosave"))
    for attempt in range(3):
        folder = tmp_path / ("autosave" if kind == "autosave" else f"{attempt}")
        make_folder(folder)
        last = kill_while_writing(kind, folder, rng)
        turns = [whole_turn(file) for file in folder.rglob("*") if is_put_in_place(file)]
        assert turns, "nothing is there"
        assert max(turns) in (last, last + 1)
        assert kind == "model" or min(turns) >= last
        begin_anew(folder)
        left = [file.name for file in folder.rglob("*") if not is_put_in_place(file)]
        assert {name for name in left if ".lock" not in name and "model-" not in name} == {"a.next"}


def is_put_in_place(file):
    """Whether a file is one of those written, and neither aside nor a lock."""
    hidden = any(part.startswith(".brainseg") for part in file.parts)
    return file.is_file() and not hidden and file.suffix not in (".new", ".lock", ".next")


def begin_anew(folder):
    """Do what the next start does: write to the folder, and look after orphans."""
    for file in folder.glob("*.journal"):
        delete(file, claim_autosave(file))
    with replacing(folder / "a.next", "a.next") as aside:
        aside.write_text("next", encoding="utf-8")
