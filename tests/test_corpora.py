"""Files that other projects test themselves with: make corpora."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "corpora.py"


@pytest.mark.slow
def test_public_files_open_as_elsewhere_and_their_masks_are_read_elsewhere() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 wrong, 0 traceback, 0 slow" in done.stdout


def test_a_file_that_is_not_what_others_read_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(bytes(128) + b"DICM" + bytes(300))
    command = [sys.executable, SCRIPT, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "1 files and folders: 0 opened" in done.stdout
