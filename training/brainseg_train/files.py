"""What a run writes: whole or not at all, whatever ends the program meanwhile."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from napari_brainseg.io.atomic import filling, make_folder, replacing, sweep

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["clear_leftovers", "filling", "make_folder", "replacing", "write_json", "write_text"]

_EARLIER = re.compile(r"\.[0-9a-f]{16}(\.\w+)?|\.partial\..+")
"""Names under which earlier versions wrote files before they took their place."""


def clear_leftovers(folder: Path) -> None:
    """Remove what a program that was killed while it wrote has left in a run's folder."""
    sweep(folder)
    for path in folder.iterdir():
        if _EARLIER.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, whole or not at all.

    Raises
    ------
    SaveError
        If it cannot be written.
    """
    with replacing(path, path.name) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write JSON, whole or not at all.

    Raises
    ------
    SaveError
        If it cannot be written.
    """
    write_text(path, json.dumps(content, indent=2) + "\n")
