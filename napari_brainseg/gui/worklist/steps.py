"""What a way through a work list waits for, one step at a time.

========== ======================================================= ==============================
step       what is done                                            what is sent back
========== ======================================================= ==============================
Listing    the folder is searched                                  WorkList, or Failed
Looking    the masks on screen are compared with what is saved     what was seen, or Failed
Saving     the mask is written, or only where the user goes noted  WorkList, or Failed
Noting     a mask that the panel saved is looked at                WorkList, or Failed
Asking     the user decides on a file that is in the way           "replace", "beside", or None
Opening    the scan is read, and its mask                          Prefetched
TakingBack the item counts as corrected again                      WorkList, or Failed
========== ======================================================= ==============================

"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from napari_brainseg.language import marked

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from napari_brainseg.errors import BrainsegError
    from napari_brainseg.gui.domain.mask_standing import Look
    from napari_brainseg.gui.worklist.current_scan import MaskToSave
    from napari_brainseg.scan import Scan
    from napari_brainseg.worklist.items import Key, Status, Taken, WorkItem, WorkList

__all__ = [
    "Asking",
    "CourseStep",
    "Failed",
    "Listing",
    "Looking",
    "Noting",
    "Opening",
    "Saving",
    "TakingBack",
    "Way",
]


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a step came to nothing."""

    error: BrainsegError


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder is being searched for scans."""

    folder: Path
    text = marked("Looking for scans…")


@dataclass(frozen=True, slots=True, eq=False)
class Looking:
    """The masks on screen are being looked at: whether there is something to save or to keep.

    Parameters
    ----------
    looks : tuple of Look
        At those to which something happened since they were looked at.
    """

    looks: tuple[Look, ...]
    text = ""


@dataclass(frozen=True, slots=True, eq=False)
class Saving:
    """The mask on screen is being saved.

    Parameters
    ----------
    worklist : WorkList
        The list.
    item : WorkItem
        The item on screen, as it was when its mask was opened or saved last.
    snapshot : MaskToSave or None
        The mask; None where it is saved, and only ``target`` is to be noted.
    status : Status or None
        What it counts as from now on; by default, what the mask itself says.
    target : tuple of str, or None
        Key of the item that the user goes to.
    taken : {"ask", "replace", "beside"}
        What to do where a file is in the way.
    """

    worklist: WorkList
    item: WorkItem
    snapshot: MaskToSave | None
    status: Status | None = None
    target: Key | None = None
    taken: Taken = "ask"

    @property
    def text(self) -> str:
        """What to say meanwhile."""
        return marked("Opening…") if self.snapshot is None else marked("Saving…")


@dataclass(frozen=True, slots=True, eq=False)
class Noting:
    """A mask that the panel saved is being taken for the item's own.

    Parameters
    ----------
    worklist : WorkList
        The list.
    item : WorkItem
        The item on screen.
    path : Path
        Where the mask is.
    scan : Scan
        The item's scan.
    status : Status
        What it counts as from now on.
    """

    worklist: WorkList
    item: WorkItem
    path: Path
    scan: Scan
    status: Status
    text = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """The user is being asked what to do about a file that is in the way."""

    question: str
    text = ""


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """A scan is being read."""

    worklist: WorkList
    item: WorkItem
    text = marked("Opening…")


@dataclass(frozen=True, slots=True, eq=False)
class TakingBack:
    """An accepted mask is being turned into a corrected one."""

    worklist: WorkList
    item: WorkItem
    text = marked("Taking back…")


CourseStep: TypeAlias = Listing | Looking | Saving | Noting | Asking | Opening | TakingBack
Way: TypeAlias = "Generator[CourseStep, Any, bool]"
"""Yields steps, is sent what came of them, and returns whether it was gone to its end."""
