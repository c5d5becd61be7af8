"""What the search through a folder gives, whatever its layout."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from brainseg_train.data.description import DataDescription
from brainseg_train.errors import DataError
from napari_brainseg.errors import ScanError
from napari_brainseg.io.files import followed, has_suffix, is_folder, listing
from napari_brainseg.io.formats import DATA_SUFFIXES, SLICE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from brainseg_train.data.image_file import ImageFile
    from brainseg_train.data.labels import ClassTable
    from napari_brainseg.models.patients import Split

__all__ = [
    "IMAGE",
    "PARTS",
    "Found",
    "FoundCase",
    "few",
    "once_each",
    "only_folder",
    "same_name",
    "see_whose",
    "tidy_listing",
]


IMAGE = "image"
"""Name of the only image of a case whose file does not say what it is."""

PARTS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""What the parts of a data set are called."""


@dataclass(frozen=True, slots=True)
class FoundCase:
    """One case: its files, and what the layout says of it.

    Parameters
    ----------
    name : str
        Different from those of all others.
    images : dict of str to ImageFile
        By the name that the layout has for the sequence.
    masks : tuple of Path
        One, as it should be; or none, or several.
    patient : str, optional
        Whose case it is, where the layout says so.
    part : {"train", "validation", "test"}, optional
        Where the layout says so.
    notes : tuple of str
        What is odd.
    """

    name: str
    images: dict[str, ImageFile]
    masks: tuple[Path, ...]
    patient: str | None = None
    part: Split | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The cases of a folder.

    Parameters
    ----------
    layout : str
        Its name, to show.
    cases : tuple of FoundCase
        At least one.
    table : ClassTable, optional
        What the labels mean, where the layout says so.
    description : DataDescription
        What the data set says of itself.
    """

    layout: str
    cases: tuple[FoundCase, ...]
    table: ClassTable | None = None
    description: DataDescription = field(default_factory=DataDescription)


def same_name(text: str) -> str:
    """Return a name as another system may spell it: composed letters, lower case."""
    return unicodedata.normalize("NFC", text).casefold()


def tidy_listing(folder: Path) -> list[Path]:
    """List a folder without what is hidden, and without links back up, in natural order.

    Raises
    ------
    DataError
        If it cannot be listed.
    """
    try:
        return [entry for entry in listing(folder) if not _leads_back(entry)]
    except ScanError as error:
        raise DataError(str(error)) from error


def only_folder(home: Path) -> Path | None:
    """Return the one thing that a folder holds, if it is a folder: so archives unpack."""
    entries = [entry for entry in tidy_listing(home) if entry.name != "__MACOSX"]
    return entries[0] if len(entries) == 1 and is_folder(entries[0]) else None


def _leads_back(entry: Path) -> bool:
    """Whether a link leads to a folder that it lies in: all in there would be found twice."""
    return entry.is_symlink() and followed(entry.parent).is_relative_to(followed(entry))


def once_each(paths: Iterable[Path], name: Callable[[Path], str]) -> dict[str, Path]:
    """Return files by their names, as :func:`same_name` spells them; voxels go with their header.

    Raises
    ------
    DataError
        If two have one name: which is meant, nobody says.
    """
    found: dict[str, Path] = {}
    for path in (each for each in paths if not has_suffix(each, DATA_SUFFIXES)):
        other = found.setdefault(same_name(name(path)), path)
        if other is not path:
            raise DataError(
                f"{path.parent.name} holds {other.name} and {path.name}, expected one file of the "
                f"name {name(path)!r}. Move one away."
            )
    return found


def see_whose(folder: str, images: Sequence[Path]) -> None:
    """Refuse pictures, each a slice, of which nobody says whose they are.

    Raises
    ------
    DataError
        If there are some.
    """
    pictures = [path for path in images if has_suffix(path, SLICE_SUFFIXES)]
    if pictures:
        raise DataError(
            f"{folder} holds {len(pictures)} pictures, and nothing says which are of one "
            "patient: divided at random, neighbouring slices would lie on both sides. Give a CSV "
            "of the columns case and patient (--patient-table), or a --patient-pattern."
        )


def few(names: Sequence[str], shown: int = 3) -> str:
    """Name the first few of many."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
