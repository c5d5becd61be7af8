"""Opening and saving the scans and masks of a work list."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from napari_brainseg.errors import MaskTakenError, SaveError, ScanError, WorkListError
from napari_brainseg.io import (
    default_mask_path,
    keep_mask,
    read_mask_info,
    read_mask_on,
    read_scan,
)
from napari_brainseg.io.atomic import make_folder
from napari_brainseg.io.files import is_file, is_present
from napari_brainseg.io.layouts.numbered import labels_of
from napari_brainseg.language import tr
from napari_brainseg.measure.edit_record_file import with_origin
from napari_brainseg.models.bundle import file_sha256
from napari_brainseg.worklist.items import SavedMask, Status, Taken, WorkItem, WorkList, within
from napari_brainseg.worklist.state import announce, is_nearby, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_brainseg.io import MaskInfo, Reading
    from napari_brainseg.scan import Scan

__all__ = ["note_mask", "open_mask", "read_companions", "read_item", "save_mask"]


def read_item(worklist: WorkList, item: WorkItem) -> Reading:
    """Open the scan of an item, under the name of its case.

    Raises
    ------
    ScanError
        If it cannot be read faithfully.
    """
    reading = read_scan(worklist.folder / item.path, series=item.series or None)
    scan = _with_channels(reading.scan, item.channels)
    if item.companions or item.channels or item.given:
        scan = replace(scan, source=replace(scan.source, name=item.name))
    return replace(reading, scan=scan)


def read_companions(worklist: WorkList, item: WorkItem) -> tuple[tuple[Scan, ...], tuple[str, ...]]:
    """Open the other sequences of an item's case, each on its own grid.

    Returns
    -------
    scans : tuple of Scan
        Those that can be read.
    notes : tuple of str
        Why the others cannot.
    """
    scans, notes = [], []
    for image in item.companions:
        try:
            scan = read_scan(worklist.folder / image.path, series=image.series or None).scan
            if image.channels:
                name = f"{item.name} {', '.join(image.channels)}"
                scan = replace(scan, source=replace(scan.source, name=name))
            scans.append(_with_channels(scan, image.channels))
        except ScanError as error:
            notes.append(tr("{error} The case is shown without it.", error=error))
    return tuple(scans), tuple(notes)


def _with_channels(scan: Scan, channels: tuple[str, ...]) -> Scan:
    return replace(scan, channels=channels) if len(channels) == len(scan.channels) else scan


def open_mask(worklist: WorkList, item: WorkItem, scan: Scan) -> SavedMask | None:
    """Open the mask of an item: the one saved last, one that lies in its place, or the case's own.

    Raises
    ------
    ScanError
        If there is one that cannot be read, or that does not lie on the scan.
    """
    saved = worklist.mask_path(item)
    path = saved or _target(worklist, item, scan)
    if not is_file(path):
        path = worklist.folder / item.given
    if not is_file(path):
        return None
    labels = read_mask_on(path, scan)
    info = with_origin(read_mask_info(path), path)
    return SavedMask(labels, info, path.name, is_found=not (saved and item.sha256))


def save_mask(
    worklist: WorkList,
    item: WorkItem,
    labels: NDArray[Any],
    scan: Scan,
    *,
    status: Status,
    info: MaskInfo,
    taken: Taken = "ask",
) -> WorkList:
    """Save the mask of an item beside its scan, and keep note of it.

    A file that already holds these labels is left as it is. Where the mask cannot be saved in the
    format of its place, it is kept as NIfTI beside, and the list says so.

    Parameters
    ----------
    worklist : WorkList
        The list; what others did meanwhile is taken up.
    item : WorkItem
        Of that list, as it was when the mask was opened.
    labels : ndarray of int, shape (Z, Y, X)
        On the scan's grid.
    scan : Scan
        The item's scan.
    status : Status
        What it counts as from now on.
    info : MaskInfo
        What the labels mean and how they came about.
    taken : {"ask", "replace", "beside"}
        What to do where a file is in the place that this list did not write, or that was changed
        since.

    Returns
    -------
    WorkList
        As it is now.

    Raises
    ------
    MaskTakenError
        If such a file is there, and the user should be asked.
    SaveError
        If the mask or the list cannot be written.
    WorkListError
        If the list cannot be read any more.
    """
    target = _target(worklist, item, scan)
    if taken == "beside":
        target = _free(target)
    there = _There.at(target, item, labels, scan)
    question = there.question(target.name, item.status, status) if taken == "ask" else ""
    if question:
        raise MaskTakenError(tr("{question} Replace it, or keep both.", question=question))
    notes, volume = list[str](), _volume_ml(labels, scan)

    def changed_to(file: Path, sha256: str) -> WorkItem:
        place = _place_of(worklist, file)
        return replace(item, status=status, mask=place, sha256=sha256, volume_ml=volume, remark="")

    def tell(aside: Path, file: Path) -> None:
        with suppress(SaveError, WorkListError):  # told afterwards: the mask comes first
            notes.extend(announce(worklist, changed_to(file, file_sha256(aside))))

    if not there.holds_labels:
        make_folder(target.parent)
        written, moved = keep_mask(labels, scan, target, overwrite=True, info=info, ready=tell)
        notes.append(moved)
        there, target = (there, target) if written == target else (_There(False), written)
    ours = there.is_ours or not there.holds_labels
    changed = changed_to(target, file_sha256(target) if ours else "")
    saved = record(worklist, changed, current=item.key)
    return replace(saved, notes=(*saved.notes, *filter(None, notes)))


def note_mask(
    worklist: WorkList, item: WorkItem, path: Path, scan: Scan, *, status: Status
) -> WorkList:
    """Take note of a file that the user saved the mask of an item to by other means.

    A file that the list cannot name, since it lies outside of its folder or is not named like a
    mask, or that another item has, changes nothing.

    Parameters
    ----------
    worklist : WorkList
        The list; what others did meanwhile is taken up.
    item : WorkItem
        Of that list.
    path : Path
        The file.
    scan : Scan
        The item's scan.
    status : Status
        What it counts as from now on.

    Returns
    -------
    WorkList
        As it is now.

    Raises
    ------
    ScanError
        If the mask cannot be read, or does not lie on the scan.
    SaveError
        If the list cannot be written.
    WorkListError
        If the list cannot be read any more.
    """
    place = _place_of(worklist, path)
    outside = place.startswith(os.pardir) and path != _target(worklist, item, scan)
    if outside or not is_nearby(place) or path in _masks_of_others(worklist, item):
        return worklist
    changed = replace(
        item,
        status=status,
        mask=place,
        sha256=file_sha256(path),
        volume_ml=_volume_ml(read_mask_on(path, scan), scan),
        remark="",
    )
    return record(worklist, changed, current=item.key)


@dataclass(frozen=True, slots=True)
class _There:
    """What is in the place of a mask.

    Parameters
    ----------
    is_there : bool
        Whether anything is.
    holds_labels : bool
        Whether it holds the very labels that are to be saved.
    is_ours : bool
        Whether this list wrote it as it is.
    """

    is_there: bool
    holds_labels: bool = False
    is_ours: bool = False

    @classmethod
    def at(cls, path: Path, item: WorkItem, labels: NDArray[Any], scan: Scan) -> _There:
        if not is_present(path):
            return cls(is_there=False)
        is_ours = bool(item.sha256) and file_sha256(path) == item.sha256
        return cls(True, _holds(path, labels, scan), is_ours)

    def question(self, name: str, before: Status, status: Status) -> str:
        """Say why the user has to be asked before it is replaced; empty if not."""
        if not self.is_there or self.holds_labels:
            return ""
        if not self.is_ours:
            return tr(
                "{name} lies beside the scan, and this work list did not write it as it is now.",
                name=name,
            )
        if status is Status.SEGMENTED and before in (Status.CORRECTED, Status.ACCEPTED):
            return tr(
                "{name} was {status} before, and the mask on screen is the model's own.",
                name=name,
                status=tr(before.value),
            )
        return ""


def _target(worklist: WorkList, item: WorkItem, scan: Scan) -> Path:
    """Choose where the mask of an item goes: where it is, or beside the scan."""
    if item.mask and is_file(saved := within(worklist.home, item.mask)):
        return saved
    default = default_mask_path(scan)
    if worklist.home != worklist.folder:
        inside = os.path.relpath(default.parent, worklist.folder)
        # The mask of a folder of slices lies beside that folder, so above the list's own.
        default = worklist.home / "masks" / inside.replace(os.pardir, ".") / default.name
    if labels_of(default.parent) is not None:  # where nnU-Net takes every file for an image
        default = default.parent.with_name("masks") / default.name
    folder = PurePosixPath(item.path).name
    if folder and _has_namesakes(worklist, item):
        default = default.with_name(f"{folder}_{default.name}")
    taken = _masks_of_others(worklist, item)
    return _numbered(default, lambda path: path in taken)


def _has_namesakes(worklist: WorkList, item: WorkItem) -> bool:
    """Whether series beside this one have its name: DICOM's often have.

    Masks of neighbouring folders lie in one.
    """
    alike = [each for each in worklist.items if each.name == item.name and each.series]
    parent = PurePosixPath(item.path).parent
    return sum(PurePosixPath(each.path).parent == parent for each in alike) > 1


def _masks_of_others(worklist: WorkList, item: WorkItem) -> set[Path]:
    others = (each for each in worklist.items if each.mask and each.key != item.key)
    return {within(worklist.home, each.mask) for each in others}


def _place_of(worklist: WorkList, path: Path) -> str:
    """Return the place of a mask within the list's home, as an item names it."""
    return PurePosixPath(Path(os.path.relpath(path, worklist.home))).as_posix()


def _free(path: Path) -> Path:
    return _numbered(path, Path.exists)


def _numbered(path: Path, is_taken: Callable[[Path], bool]) -> Path:
    """Add a number to the name of a mask where it is taken: ``flair-2_mask.nii.gz``."""
    stem, _, suffix = path.name.rpartition("_mask")
    names = (f"{stem}{f'-{n}' if n > 1 else ''}_mask{suffix}" for n in count(1))
    return next(place for name in names if not is_taken(place := path.with_name(name)))


def _holds(path: Path, labels: NDArray[Any], scan: Scan) -> bool:
    import numpy as np

    try:
        return np.array_equal(read_mask_on(path, scan), labels)
    except ScanError:
        return False


def _volume_ml(labels: NDArray[Any], scan: Scan) -> float | None:
    if scan.units != "mm":
        return None
    return float((labels > 0).sum()) * scan.voxel_volume / 1000.0
