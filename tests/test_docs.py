"""Pages that are made by a program are what the program makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("program", ["make_formats.py", "make_keys.py"])
def test_the_page_is_up_to_date(program: str) -> None:
    command = [sys.executable, "-W", "ignore", ROOT / "docs" / program, "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
