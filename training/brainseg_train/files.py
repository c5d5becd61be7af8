"""Files that appear whole or not at all, whatever ends the program while it writes."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["replacing", "sync", "write_json", "write_text"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a place beside a file to write its successor, which then takes its place.

    What is written is on the disk before it takes the place: a kill or a power cut leaves the old
    file or the new one. If writing fails, nothing is left behind.

    Parameters
    ----------
    path : Path
        The file; its folder exists. The place has the same suffix.

    Raises
    ------
    DataError
        If the disk is full or refuses.
    """
    aside = path.with_name(f".partial.{path.name}")
    try:
        yield aside
        sync(aside)
        os.replace(aside, path)
        sync(path.parent)
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be written in {path.parent.name!r} ({error.strerror or error}). "
            "Free space, or choose another folder, and start again: the run goes on."
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, whole or not at all."""
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write JSON, whole or not at all."""
    write_text(path, json.dumps(content, indent=2) + "\n")
