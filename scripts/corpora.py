"""Open every public file that test dependencies bring along, and hold it against other programs.

``make corpora``; ``python scripts/corpora.py FOLDER …`` takes folders instead. Each file is opened
alone, in a process that is ended after 8 seconds. What opens is compared with nibabel, pydicom,
SimpleITK, tifffile or Pillow, and a mask of it is saved in every format and read by SimpleITK or
highdicom. Printed is what went wrong, and a line of counts; the exit status is 1 if anything did.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from napari_brainseg.io.dicom.sniff import is_dicom

SECONDS = 8

PACKAGES = {"pydicom": "data", "nibabel": "tests/data", "skimage": "data", "dipy": "data/files"}
"""Packages that come with files, and where those lie in them."""

CODE = {".py", ".pyc", ".pyi", ".so", ".pyd", ".json", ".txt", ".rst", ".md", ".csv", ".m"}

WRONG = ("wrong", "traceback", "slow")
"""Outcomes that must not be."""


class Worker:
    """A process that checks one file after another, and is begun anew when it hangs or dies."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._begin()

    def _begin(self) -> None:
        checks = Path(__file__).with_name("corpora_checks.py")
        command = [sys.executable, str(checks), str(self._scratch)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answers: queue.Queue[str] = queue.Queue()
        arguments = (self._process, self._answers)
        threading.Thread(target=_forward, args=arguments, daemon=True).start()
        self._answers.get(timeout=120)  # it has loaded its libraries

    def check(self, path: Path) -> dict[str, Any]:
        """Return outcome and reason for a file: one answer for opening it, one for the rest."""
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(str(path))}\n")
        self._process.stdin.flush()
        try:
            opened = json.loads(self._answers.get(timeout=SECONDS))
        except queue.Empty:
            self.end()
            self._begin()
            return {"outcome": "slow", "said": f"more than {SECONDS} s"}
        except json.JSONDecodeError:
            self._begin()
            return {"outcome": "traceback", "said": "the process died"}
        if not opened.get("more"):
            return opened
        try:
            return json.loads(self._answers.get(timeout=120))
        except (queue.Empty, json.JSONDecodeError):
            self.end()
            self._begin()
            return {"outcome": "opened", "said": "the other program died of it"}

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def _forward(process: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
    assert process.stdout
    for line in process.stdout:
        answers.put(line)
    answers.put("")


def inputs_of(folders: list[Path]) -> list[Path]:
    """Return all files below folders, and folders of DICOM; of packages if none is given."""
    if not folders:
        found = {name: find_spec(name) for name in PACKAGES}
        folders = [
            Path(str(spec.origin)).parent / PACKAGES[name] for name, spec in found.items() if spec
        ]
    below = [path for folder in folders for path in [folder, *sorted(folder.rglob("*"))]]
    files = [path for path in below if path.is_file() and path.suffix.lower() not in CODE]
    count = Counter(path.parent for path in files if is_dicom(path))
    return [*files, *(folder for folder in below if count[folder] > 1)]


def main() -> int:
    """Check all files; return 1 if one was wrong, slow or ended in a traceback."""
    inputs = inputs_of([Path(each) for each in sys.argv[1:]])
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        worker = Worker(Path(scratch))
        for path in inputs:
            answer = worker.check(path)
            counts[answer["outcome"]] += 1
            for key in ("compared", "masks"):
                counts[key] += int(answer.get(key, 0))
            if answer["said"]:
                shown = ascii(f"{path.parent.name}/{path.name}")
                print(f"{answer['outcome']:10}{shown}: {answer['said']}")
        worker.end()
    print(
        f"{len(inputs)} files and folders: {counts['opened']} opened, {counts['compared']} of "
        f"them compared, {counts['refused']} refused in a line, {counts['unknown']} of no format "
        f"that is read; {counts['masks']} masks saved and read by others; "
        + ", ".join(f"{counts[each]} {each}" for each in WRONG)
    )
    return int(any(counts[each] for each in WRONG))


if __name__ == "__main__":
    sys.exit(main())
