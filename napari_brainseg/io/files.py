"""Files and folders by their names: suffixes, stems, listings and their order."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "Stamp",
    "archive_of",
    "check_fetched",
    "file_stem",
    "file_text",
    "files_in",
    "first_bytes",
    "folders_in",
    "followed",
    "has_suffix",
    "is_file",
    "is_folder",
    "listing",
    "natural_key",
    "nearest_folder",
    "see_unchanged",
    "stamp_of",
    "unchanged",
    "visible",
]

Stamp = tuple[int, int] | None

HEAD = 512

ARCHIVES = {
    b"PK\x03\x04": "ZIP",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
"""First bytes of archives, and of files packed by what no reader here unpacks."""

STAND_INS = (
    (
        b"version https://git-lfs",
        marked("is what Git LFS puts in the place of a file"),
        "git lfs pull",
    ),
    (b"/annex/objects/", marked("is what git-annex puts in the place of a file"), "datalad get"),
    (b"<!doctype", marked("is a web page, perhaps of an error"), marked("the download once more")),
    (b"<html", marked("is a web page, perhaps of an error"), marked("the download once more")),
)
"""What lies in the place of a file that was not fetched: how it begins, what it is, what helps."""


def has_suffix(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether the file name ends in one of ``suffixes`` (lower case), in any case."""
    return path.name.lower().endswith(suffixes)


def file_stem(path: Path, suffixes: tuple[str, ...]) -> str:
    """Return the file name without the first of ``suffixes`` (lower case) that it ends in."""
    for suffix in suffixes:
        if has_suffix(path, (suffix,)) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    return path.name


def is_file(path: Path) -> bool:
    """Whether there is a file; False for what cannot be looked at, or be a path. Never raises."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False for what cannot be looked at, or be a path. Never raises."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def nearest_folder(folder: Path) -> Path | None:
    """Return a folder, or the nearest above it that is there. Never raises.

    None where none is, or a file is in the way.
    """
    there = next((each for each in (folder, *folder.absolute().parents) if is_present(each)), None)
    return there if there is not None and is_folder(there) else None


def is_present(path: Path) -> bool:
    """Whether there is anything; False for what cannot be looked at, or be a path. Never raises."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def first_bytes(path: Path | str, count: int = HEAD) -> bytes:
    """Return the start of a file; nothing of what is no file or cannot be read. Never raises."""
    try:
        if not os.path.isfile(path):  # a pipe would hang
            return b""
        with open(path, "rb") as stream:
            return stream.read(count)
    except (OSError, ValueError):
        return b""


def stamp_of(path: Path) -> Stamp:
    """Tell the content of a file from what it was before: its size and when it was written.

    None for what cannot be looked at. Never raises.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


@contextmanager
def unchanged(*files: Path) -> Iterator[None]:
    """Refuse files that are written or replaced meanwhile: voxels of one under another's header.

    Raises
    ------
    ScanError
        If one is another than it was, whatever was made of it.
    """
    before = [stamp_of(file) for file in files]
    try:
        yield
    finally:
        for file, stamp in zip(files, before, strict=True):
            see_unchanged(file, stamp)


def see_unchanged(file: Path, stamp: Stamp) -> None:
    """See that a file is what it was when it was looked at.

    Raises
    ------
    ScanError
        If it is not.
    """
    if stamp_of(file) != stamp:
        raise ScanError(
            tr(
                "{name}: was changed while it was read. Wait until it is written, then open it "
                "again.",
                name=file.name,
            )
        )


def file_text(path: Path, encoding: str = "utf-8") -> str:
    """Read a file of text.

    Raises
    ------
    OSError
        If it cannot be read, or is a pipe or a device, which might have no end.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.ESPIPE, tr("a pipe or a device, expected a file"))
    return path.read_text(encoding=encoding)


def check_fetched(path: Path) -> None:
    """Refuse what lies in the place of a file that was not fetched, and an empty file.

    Raises
    ------
    ScanError
        If the first bytes are those of a pointer, a web page or an archive, or there are none.
    """
    start = first_bytes(path)
    if not start and is_file(path) and not path.stat().st_size:
        raise ScanError(tr("{name}: the file is empty. Get a fresh copy.", name=path.name))
    for beginning, what, remedy in STAND_INS:
        if start.lstrip().lower().startswith(beginning):
            raise ScanError(
                tr(
                    "{name}: {what}. Get the file itself ({remedy}).",
                    name=path.name,
                    what=tr(what),
                    remedy=tr(remedy),
                )
            )
    if kind := archive_of(start):
        raise ScanError(
            tr(
                "{name}: is an archive ({kind}), expected a scan. Unpack it, and open what "
                "was in it.",
                name=path.name,
                kind=kind,
            )
        )


def archive_of(start: bytes) -> str:
    """Name the archive that begins with some bytes; empty where it is none."""
    if start[257:262] == b"ustar":
        return "tar"
    return next((kind for mark, kind in ARCHIVES.items() if start.startswith(mark)), "")


def followed(path: Path) -> Path:
    """Follow the links of a path, or return it as it is where they lead nowhere. Never raises."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


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
            tr(
                "{name}: the folder cannot be listed ({reason}). Ask for read access.",
                name=folder.name,
                reason=error.strerror,
            )
        ) from error


def files_in(folder: Path) -> list[Path]:
    """List the files of a folder, in natural order; see :func:`listing`."""
    return [entry for entry in listing(folder) if is_file(entry)]


def folders_in(folder: Path) -> list[Path]:
    """List the folders in a folder, in natural order; see :func:`listing`."""
    return [entry for entry in listing(folder) if is_folder(entry)]


def natural_key(text: str) -> tuple[str | tuple[int, str], ...]:
    """Sort key that reads runs of digits as numbers, so that ``_2`` comes before ``_10``."""
    # Splitting on a group alternates text and digits, text first: keys always compare like types.
    parts = re.split(r"(\d+)", text.lower())
    return tuple(_number_key(part) if index % 2 else part for index, part in enumerate(parts))


def _number_key(digits: str) -> tuple[int, str]:
    """Key of a number: of its length, then of its digits; Python reads no more than 4,300."""
    significant = digits.lstrip("0")
    return len(significant), significant
