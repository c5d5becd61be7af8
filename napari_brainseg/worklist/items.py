"""The items of a work list, and where their masks lie."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from napari_brainseg.io.files import is_file
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.io import MaskInfo

__all__ = ["Key", "SavedMask", "Status", "Taken", "WorkImage", "WorkItem", "WorkList", "within"]


class Status(StrEnum):
    """How far a scan got."""

    NEW = marked("new")
    SEGMENTED = marked("segmented")
    CORRECTED = marked("corrected")
    ACCEPTED = marked("accepted")
    UNREADABLE = marked("cannot be read")


Key = tuple[str, str]
"""Place of a scan within the folder, and a digest of its DICOM series."""

Taken = Literal["ask", "replace", "beside"]
"""What to do where a file is in the place of a mask that must not be replaced unasked."""


@lru_cache(maxsize=4096)
def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class WorkImage:
    """Another image of an item's case.

    Parameters
    ----------
    path : str
        Its place within the folder, with ``/``.
    channels : tuple of str
        What its volumes show, where the layout of the folder says so; else empty.
    series : str
        Which series of a folder of DICOM files; empty for other formats. Not for display.
    """

    path: str
    channels: tuple[str, ...] = ()
    series: str = ""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A scan of a work list.

    Parameters
    ----------
    path : str
        The scan's place within the folder, with ``/``; ``"."`` for the folder itself.
    name, title, series : str
        As of :class:`~napari_brainseg.io.FoundScan`.
    status : Status
        Never ahead of what the mask's file shows.
    mask : str
        The saved mask's place within the list's home; empty if there is none.
    sha256 : str
        Of the mask's file as this list wrote it; empty for a mask that it found.
    volume_ml : float or None
        Of the saved mask; None where it is not known.
    remark : str
        What the user should know of it, such as why it cannot be read.
    channels : tuple of str
        What the volumes of the scan show, where the layout of the folder says so; else empty.
    companions : tuple of WorkImage
        The other sequences of the same case.
    given : str
        Place within the folder of the segmentation that lies with the case; empty if none does. It
        is opened where no mask was saved, and never written to.
    """

    path: str
    name: str
    title: str = ""
    series: str = ""
    status: Status = Status.NEW
    mask: str = ""
    sha256: str = ""
    volume_ml: float | None = None
    remark: str = ""
    channels: tuple[str, ...] = ()
    companions: tuple[WorkImage, ...] = ()
    given: str = ""

    @property
    def key(self) -> Key:
        """Its identity in the list; a digest stands for the series UID, which may hold dates."""
        return self.path, _digest(self.series) if self.series else ""

    @property
    def label(self) -> str:
        """Its name in a list: its path, and what tells it from others there."""
        if self.companions or self.channels or self.given:
            place = PurePosixPath(self.path).parent
            named = place.as_posix() if place.name == self.name else (place / self.name).as_posix()
            count = len(self.companions) + 1
            return tr("{named} · {count} images", named=named, count=count) if count > 1 else named
        return f"{self.path} · {self.title}" if self.title else self.path

    @property
    def patient(self) -> str:
        """A guess at the patient's name: the first folder, or else the scan's name."""
        return PurePosixPath(self.path).parts[0] if "/" in self.path else self.name


@dataclass(frozen=True, slots=True)
class WorkList:
    """A folder of scans as last read.

    Parameters
    ----------
    folder : Path
        Where the scans are.
    home : Path
        Where the list and the masks are kept: the same folder, or one of the user's own.
    items : tuple of WorkItem
        In the order to work through.
    current : tuple of str, or None
        Key of the item worked on last.
    notes : tuple of str
        What the user should know, one sentence each.
    """

    folder: Path
    home: Path
    items: tuple[WorkItem, ...]
    current: Key | None = None
    notes: tuple[str, ...] = ()

    def item(self, key: Key | None) -> WorkItem | None:
        """Find an item by its key."""
        return next((item for item in self.items if item.key == key), None)

    def mask_path(self, item: WorkItem) -> Path | None:
        """Find the file of a saved mask; None if there is none, or it is gone."""
        # The list of a folder that cannot be written to any more names masks in that folder.
        folders = (self.home, self.folder) if item.mask else ()
        places = (within(folder, item.mask) for folder in folders)
        return next((path for path in places if is_file(path)), None)

    def with_item(self, item: WorkItem) -> WorkList:
        """Replace an item, in memory only."""
        items = (item if each.key == item.key else each for each in self.items)
        return replace(self, items=tuple(items))


@dataclass(frozen=True, slots=True, eq=False)
class SavedMask:
    """A mask opened for an item.

    Parameters
    ----------
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        On the scan's grid.
    info : MaskInfo
        What the file says of it.
    file : str
        Name of the file.
    is_found : bool
        Whether it was there already: this list did not write it.
    """

    labels: NDArray[Any]
    info: MaskInfo
    file: str
    is_found: bool


def within(folder: Path, mask: str) -> Path:
    """Return the path of a mask that an item names by its place."""
    # The mask of a folder of slices that is itself the list's folder lies above it: "../x_mask".
    return Path(os.path.normpath(folder / mask))
