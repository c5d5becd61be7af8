"""Pages that are made by a program are what the program makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_table_of_formats_is_up_to_date() -> None:
    command = [sys.executable, "-W", "ignore", ROOT / "docs" / "make_formats.py", "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
