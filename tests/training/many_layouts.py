"""Folders as labs and public data sets have them, each of three patients of a few voxels.

``python tests/training/many_layouts.py DEST`` writes them, for ``scripts/training_folders.py``.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import layouts_own  # noqa: F401  # fills the list
import layouts_public  # noqa: F401
from making_layouts import LAYOUTS


def write(name: str, home: Path) -> tuple[Path, list[str]]:
    """Write a layout; return what ``fit`` is given: its folder or table, and what else."""
    home.mkdir(parents=True)
    make, said, _ = LAYOUTS[name]
    make(home)
    tables = [path for path in home.iterdir() if name.startswith("table") and path.is_file()]
    return (tables or [home])[0], said


if __name__ == "__main__":
    for each in LAYOUTS:
        _, arguments = write(each, Path(sys.argv[1]) / each)
        (Path(sys.argv[1]) / f"{each}.arguments").write_text(shlex.join(arguments))
