"""Files and folders by their names: suffixes, stems, listings and their order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "file_stem",
    "files_in",
    "first_bytes",
    "folders_in",
    "has_suffix",
    "listing",
    "natural_key",
    "visible",
]

HEAD = 512


def has_suffix(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether the file name ends in one of ``suffixes`` (lower case), in any case."""
    return path.name.lower().endswith(suffixes)


def file_stem(path: Path, suffixes: tuple[str, ...]) -> str:
    """Return the file name without the first of ``suffixes`` (lower case) that it ends in."""
    for suffix in suffixes:
        if has_suffix(path, (suffix,)) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    return path.name


def first_bytes(path: Path | str) -> bytes:
    """Return up to 512 bytes of a file, none where it cannot be read; never raises."""
    try:
        with open(path, "rb") as stream:
            return stream.read(HEAD)
    except OSError:
        return b""


def visible(folder: Path) -> Iterator[Path]:
    """Iterate over the entries of a folder but the hidden ones (``._x.tif`` is a macOS note)."""
    return (entry for entry in folder.iterdir() if not entry.name.startswith("."))


def listing(folder: Path) -> list[Path]:
    """List what :func:`visible` finds, in natural order.

    Raises
    ------
    ScanError
        If the folder cannot be listed.
    """
    try:
        return sorted(visible(folder), key=lambda entry: natural_key(entry.name))
    except OSError as error:
        raise ScanError(
            f"{folder.name}: the folder cannot be listed ({error.strerror}). Ask for read access."
        ) from error


def files_in(folder: Path) -> list[Path]:
    """List the files of a folder, in natural order; see :func:`listing`."""
    return [entry for entry in listing(folder) if entry.is_file()]


def folders_in(folder: Path) -> list[Path]:
    """List the folders in a folder, in natural order; see :func:`listing`."""
    return [entry for entry in listing(folder) if entry.is_dir()]


def natural_key(text: str) -> tuple[str | int, ...]:
    """Sort key that reads runs of digits as numbers, so that ``_2`` comes before ``_10``."""
    # Splitting on a group alternates text and digits, text first: keys always compare like types.
    parts = re.split(r"(\d+)", text.lower())
    return tuple(int(part) if index % 2 else part for index, part in enumerate(parts))
