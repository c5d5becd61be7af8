"""A folder of scans that is worked through: what is in it, and how far each scan got.

What was done is kept in one small file in the folder itself, so that it travels with the scans and
several people can share it; for a folder that cannot be written to, in a folder of the user's own,
masks included. It names scans and masks by their places within the folder, and nothing else of
them. It is read anew and merged at each change, so nobody's work is undone by somebody else's.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from napari_brainseg.errors import (
    MaskTakenError,
    SaveError,
    ScanError,
    TrainingSetError,
    WorkListError,
)
from napari_brainseg.io import (
    MASK_SUFFIXES,
    MaskInfo,
    default_mask_path,
    find_scans,
    is_seg,
    read_mask_on,
    read_scan,
    replacing,
    write_mask,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from napari_brainseg.io import FoundScan, Reading
    from napari_brainseg.scan import Scan

__all__ = [
    "STATE_NAME",
    "Key",
    "SavedMask",
    "Status",
    "Taken",
    "WorkItem",
    "WorkList",
    "list_scans",
    "open_mask",
    "open_worklist",
    "read_item",
    "record",
    "save_mask",
]

STATE_NAME = "brainseg-worklist.json"
LOCK_NAME = ".brainseg-worklist.lock"
LOCK_S = 5.0
"""How long to wait for another program that is writing; it takes milliseconds."""

SCHEMA_VERSION: Final = 1

_log = logging.getLogger(__name__)


class Status(StrEnum):
    """How far a scan got."""

    NEW = "new"
    SEGMENTED = "segmented"
    CORRECTED = "corrected"
    ACCEPTED = "accepted"
    UNREADABLE = "cannot be read"


Key = tuple[str, str]
"""Place of a scan within the folder, and a digest of its DICOM series."""

Taken = Literal["ask", "replace", "beside"]
"""What to do where a file is in the place of a mask that must not be replaced unasked."""


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
        Never further than the mask's file proves.
    mask : str
        The saved mask's place within the list's home; empty if there is none.
    sha256 : str
        Of the mask's file as this list wrote it; empty for a mask that it found.
    volume_ml : float or None
        Of the saved mask; None where it is not known.
    remark : str
        What the user should know of it, such as why it cannot be read.
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

    @property
    def key(self) -> Key:
        """What tells it from all others of the list; holds no series UID, which may hold dates."""
        series = hashlib.sha256(self.series.encode()).hexdigest()[:16] if self.series else ""
        return self.path, series

    @property
    def label(self) -> str:
        """What to call it in a list: where it lies, and what tells it from others there."""
        return f"{self.path} · {self.title}" if self.title else self.path

    @property
    def patient(self) -> str:
        """What its patient might be called: the first folder, or else the scan's name."""
        return PurePosixPath(self.path).parts[0] if "/" in self.path else self.name


@dataclass(frozen=True, slots=True)
class WorkList:
    """A folder of scans as it was when last looked at.

    Parameters
    ----------
    folder : Path
        Where the scans are.
    home : Path
        Where the list and the masks are: the same, or a folder of the user's own.
    items : tuple of WorkItem
        In the order to work through.
    current : tuple of str, or None
        Key of the item that was left off at.
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
        return _existing_mask(self, item.mask)

    def with_item(self, item: WorkItem) -> WorkList:
        """Put another version of an item in its place, in memory only."""
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
        Whether it lay there without this list having written it.
    """

    labels: NDArray[Any]
    info: MaskInfo
    file: str
    is_found: bool


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    scan: str
    series: str = ""
    status: Literal["segmented", "corrected", "accepted"]
    mask: str
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    volume_ml: float | None = None

    @field_validator("mask")
    @classmethod
    def _is_mask_nearby(cls, value: str) -> str:
        """Let a file that was tampered with never choose what is read or replaced."""
        path = PurePosixPath(value)
        far = path.is_absolute() or ".." in path.parts[1:] or re.search(r"[\\:]", value)
        if far or not re.search(rf"_mask({'|'.join(map(re.escape, MASK_SUFFIXES))})$", path.name):
            raise ValueError(f"{value!r} is no mask of this folder")
        return value

    @property
    def key(self) -> Key:
        return self.scan, self.series


class _State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = SCHEMA_VERSION
    current: Key | None = None
    entries: tuple[_Entry, ...] = ()


def list_scans(folder: Path) -> Iterator[FoundScan]:
    """Find the scans of a folder to work through, one after another; headers are read, no voxels.

    Training sets in it are left out: their images are copies.

    Raises
    ------
    ScanError
        If the folder cannot be listed.
    """
    return find_scans(folder, leave_out=_is_training_set)


def open_worklist(folder: Path, found: Iterable[FoundScan]) -> WorkList:
    """Put the scans found in a folder together with what is known of them.

    Parameters
    ----------
    folder : Path
        The folder; nothing is written to it yet.
    found : iterable of FoundScan
        From :func:`list_scans`.

    Raises
    ------
    WorkListError
        If the list was written by a newer version, or cannot be read for want of permission.
    """
    folder = Path(os.path.abspath(folder))
    home = folder if _is_writable(folder) else _own_home(folder)
    items = tuple(_new_item(folder, scan) for scan in found)
    worklist = WorkList(folder, home, items)
    state, notes = _read_state(worklist)
    return _joined(worklist, state or _State(), notes)


def read_item(worklist: WorkList, item: WorkItem) -> Reading:
    """Open the scan of an item.

    Raises
    ------
    ScanError
        If it cannot be read faithfully.
    """
    return read_scan(worklist.folder / item.path, series=item.series or None)


def open_mask(worklist: WorkList, item: WorkItem, scan: Scan) -> SavedMask | None:
    """Open the mask of an item: the one saved last, or one that lies where it would be saved.

    Raises
    ------
    ScanError
        If there is one that cannot be read, or that does not lie on the scan.
    """
    saved = worklist.mask_path(item)
    path = saved or _target(worklist, item, scan)
    if not path.is_file():
        return None
    info = MaskInfo()
    labels = read_mask_on(path, scan)
    if is_seg(path):
        from napari_brainseg.io import seg

        info = seg.read(path).info
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

    A file that already holds these labels is left as it is.

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
    is_free = not target.exists()
    same = not is_free and _holds(target, labels, scan)
    ours = not is_free and bool(item.sha256) and file_digest(target) == item.sha256
    if not (is_free or same) and taken == "ask":
        if not ours:
            raise MaskTakenError(
                f"{target.name} lies beside the scan, and this work list did not write it as it "
                "is now. Replace it, or keep both."
            )
        if status is Status.SEGMENTED and item.status in (Status.CORRECTED, Status.ACCEPTED):
            raise MaskTakenError(
                f"{target.name} was {item.status.value} before, and the mask on screen is the "
                "model's own. Replace it, or keep both."
            )
    if not same:
        _make_folder(target.parent)
        write_mask(labels, scan, target, overwrite=True, info=info)
    changed = replace(
        item,
        status=status,
        mask=PurePosixPath(Path(os.path.relpath(target, worklist.home))).as_posix(),
        sha256=file_digest(target) if ours or not same else "",
        volume_ml=_volume_ml(labels, scan),
        remark="",
    )
    return record(worklist, changed, current=item.key)


def record(
    worklist: WorkList, item: WorkItem | None = None, current: Key | None = None
) -> WorkList:
    """Write what became of an item, beside what other programs wrote meanwhile.

    Parameters
    ----------
    worklist : WorkList
        The list.
    item : WorkItem, optional
        The item that changed; if not given, only the place is kept.
    current : tuple of str, optional
        Key of the item that is being worked on; as it was if not given.

    Returns
    -------
    WorkList
        As it is now, changes of others included.

    Raises
    ------
    SaveError
        If the list cannot be written.
    WorkListError
        If the list cannot be read any more.
    """
    _make_folder(worklist.home)
    with _locked(worklist.home):
        state, notes = _read_state(worklist)
        # Damaged since it was read: what this program knows is written in its place.
        known = state or _state_of(worklist)
        entries = {entry.key: entry for entry in known.entries}
        if item is not None:
            entries[item.key] = _entry(item)
        state = _State(current=current or known.current, entries=tuple(entries.values()))
        _write_state(worklist.home / STATE_NAME, state)
    return _joined(worklist, state, notes)


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# Items and what is known of them


def _new_item(folder: Path, scan: FoundScan) -> WorkItem:
    path = PurePosixPath(Path(os.path.relpath(scan.path, folder))).as_posix()
    status = Status.UNREADABLE if scan.problem else Status.NEW
    return WorkItem(path, scan.name, scan.title, scan.series, status, remark=scan.problem)


def _joined(worklist: WorkList, state: _State, notes: tuple[str, ...]) -> WorkList:
    """Lay what the file knows over the scans that are there."""
    entries = {entry.key: entry for entry in state.entries}
    items = tuple(_known(worklist, item, entries.pop(item.key, None)) for item in worklist.items)
    lost = sum(bool(item.remark) and item.status is Status.NEW for item in items)
    if lost:
        verb = "is gone; its scan counts" if lost == 1 else "are gone; their scans count"
        notes += (f"{_counted(lost, 'saved mask')} {verb} as new again.",)
    if entries:
        verb = "is" if len(entries) == 1 else "are"
        notes += (
            f"{_counted(len(entries), 'scan')} of this list {verb} not in the folder any more; "
            "what was done is kept in case they come back.",
        )
    return replace(worklist, items=items, current=state.current, notes=notes)


def _known(worklist: WorkList, item: WorkItem, entry: _Entry | None) -> WorkItem:
    if item.status is Status.UNREADABLE:
        return item
    plain = WorkItem(item.path, item.name, item.title, item.series)
    if entry is None:
        return plain
    if _existing_mask(worklist, entry.mask) is None:
        name = PurePosixPath(entry.mask).name
        return replace(plain, remark=f"Its mask {name} is gone, so it counts as new again.")
    return replace(
        plain,
        status=Status(entry.status),
        mask=entry.mask,
        sha256=entry.sha256,
        volume_ml=entry.volume_ml,
    )


def _existing_mask(worklist: WorkList, mask: str) -> Path | None:
    # The list of a folder that cannot be written to any more names masks in that folder.
    places = (_within(worklist.home, mask), _within(worklist.folder, mask)) if mask else ()
    return next((path for path in places if path.is_file()), None)


def _entry(item: WorkItem) -> _Entry:
    path, series = item.key
    status: Any = item.status.value
    return _Entry(
        scan=path,
        series=series,
        status=status,
        mask=item.mask,
        sha256=item.sha256,
        volume_ml=item.volume_ml,
    )


def _state_of(worklist: WorkList) -> _State:
    entries = tuple(_entry(item) for item in worklist.items if item.mask)
    return _State(current=worklist.current, entries=entries)


# Places


def _target(worklist: WorkList, item: WorkItem, scan: Scan) -> Path:
    """Choose where the mask of an item goes: where it is, or beside the scan."""
    if item.mask and (path := _within(worklist.home, item.mask)).is_file():
        return path
    default = default_mask_path(scan)
    if worklist.home != worklist.folder:
        inside = os.path.relpath(default.parent, worklist.folder)
        # The mask of a folder of slices lies beside that folder, so above the list's own.
        default = worklist.home / "masks" / inside.replace(os.pardir, ".") / default.name
    if _names(worklist)[_place(item)] > 1:
        default = default.with_name(f"{PurePosixPath(item.path).name}_{default.name}")
    others = (each for each in worklist.items if each.mask and each.key != item.key)
    taken = {_within(worklist.home, each.mask) for each in others}
    return _numbered(default, lambda path: path in taken)


def _within(folder: Path, mask: str) -> Path:
    # The mask of a folder of slices that is itself the list's folder lies above it: "../x_mask".
    return Path(os.path.normpath(folder / mask))


def _place(item: WorkItem) -> tuple[str, str]:
    return str(PurePosixPath(item.path).parent), item.name


def _names(worklist: WorkList) -> Counter[tuple[str, str]]:
    """Count the items whose masks would have one name: DICOM series are often called alike."""
    return Counter(_place(item) for item in worklist.items)


def _free(path: Path) -> Path:
    return _numbered(path, Path.exists)


def _numbered(path: Path, is_taken: Callable[[Path], bool]) -> Path:
    """Add a number to the name of a mask where it is taken: ``flair-2_mask.nii.gz``."""
    stem, _, suffix = path.name.rpartition("_mask")
    names = (f"{stem}{f'-{n}' if n > 1 else ''}_mask{suffix}" for n in count(1))
    return next(place for name in names if not is_taken(place := path.with_name(name)))


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder; permissions alone do not tell on every system."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _own_home(folder: Path) -> Path:
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return platformdirs.user_state_path("napari-brainseg", appauthor=False) / "worklists" / digest


def _is_training_set(folder: Path) -> bool:
    from napari_brainseg.manifest import MANIFEST_NAME, open_training_set

    if not (folder / MANIFEST_NAME).is_file():  # as other things are called too
        return False
    try:
        open_training_set(folder)
    except TrainingSetError:
        return False
    return True


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(
            f"{folder.name}: the folder could not be made ({error.strerror}). Make room on the "
            "disk, or ask for write access."
        ) from error


# Masks


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


# The file


def _read_state(worklist: WorkList) -> tuple[_State | None, tuple[str, ...]]:
    """Read what is known of a folder; None and a note if the file was damaged and set aside."""
    path = worklist.home / STATE_NAME
    if not path.exists() and worklist.home != worklist.folder:
        path = worklist.folder / STATE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return _State(), ()
    except UnicodeDecodeError:
        return None, _set_aside(path)
    except OSError as error:
        raise WorkListError(
            f"{path.name} cannot be read ({error.strerror}). Ask for read access, or choose "
            "another folder."
        ) from error
    try:
        version = json.loads(text).get("schema_version")
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise WorkListError(
                f"{path.name} was written by a newer version of napari-brainseg (version "
                f"{version} of the file, expected {SCHEMA_VERSION}). Update napari-brainseg."
            )
        return _State.model_validate_json(text), ()
    except (ValidationError, ValueError, AttributeError):
        return None, _set_aside(path)


def _set_aside(path: Path) -> tuple[str, ...]:
    aside = next(
        place
        for number in count(1)
        if not (place := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists()
    )
    try:
        path.rename(aside)
    except OSError:  # in a folder that cannot be written to; it is passed over
        return (f"{path.name} is damaged and was passed over; the scans count as new.",)
    return (f"{path.name} was damaged and was set aside as {aside.name}.",)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Keep other programs from writing the list between our reading and writing it."""
    from filelock import FileLock

    with ExitStack() as stack:
        try:
            # Every user of a shared folder has to be able to open it; it is empty.
            lock = FileLock(home / LOCK_NAME, timeout=LOCK_S, mode=0o666)
            stack.enter_context(lock)
        except (OSError, NotImplementedError):
            _log.warning("the work list could not be locked", exc_info=True)
        yield


def _write_state(path: Path, state: _State) -> None:
    with replacing(path, path.name) as aside:
        aside.write_text(state.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
