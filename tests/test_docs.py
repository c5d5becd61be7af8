"""Pages that are made by a program are what the program makes."""

from __future__ import annotations

import re
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


def test_each_row_on_reliability_names_what_there_is() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`([^`]+\.(?:py|toml))`", row.rsplit("|", 2)[1])
        assert named, row
        folder = ""
        for name in named:  # a name alone lies in the folder of the one before it
            folder = name.rpartition("/")[0] or folder
            assert (ROOT / folder / Path(name).name).is_file(), row
