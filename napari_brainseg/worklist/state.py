"""The file that keeps a work list: read, merged and written."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, field_validator

from napari_brainseg.errors import TrainingSetError, WorkListError, without_path
from napari_brainseg.io import MASK_SUFFIXES, cases_of_studies, find_scans, replacing
from napari_brainseg.io.atomic import make_folder
from napari_brainseg.io.files import file_text, is_file, is_present
from napari_brainseg.language import tr, tr_n
from napari_brainseg.worklist.items import Key, Status, WorkImage, WorkItem, WorkList, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from napari_brainseg.io import FoundScan

__all__ = ["STATE_NAME", "announce", "is_nearby", "list_scans", "open_worklist", "record"]

STATE_NAME = "brainseg-worklist.json"
LOCK_NAME = ".brainseg-worklist.lock"
LOCK_S = 5.0
"""How long to wait for another program that is writing; it takes milliseconds."""

SCHEMA_VERSION: Final = 1

_log = logging.getLogger(__name__)


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
        """Keep a tampered file from choosing what is read or replaced."""
        if not is_nearby(value):
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
    coming: tuple[_Entry, ...] = ()
    """What holds once the mask's file is as it says: a kill may come before or after."""


def is_nearby(place: str) -> bool:
    """Whether a place, as an item names it, is that of a mask in the list's folder or beside it."""
    path = PurePath(place)
    far = path.is_absolute() or path.drive or path.root or os.pardir in path.parts[1:]
    ending = rf"_mask({'|'.join(map(re.escape, MASK_SUFFIXES))})$"
    return not far and re.search(ending, path.name) is not None


def list_scans(folder: Path) -> Iterator[FoundScan]:
    """Find the scans of a folder to work through, one after another; headers are read, no voxels.

    Training sets in it are left out: their images are copies.

    Raises
    ------
    ScanError
        If the folder cannot be listed.
    """
    return cases_of_studies(find_scans(folder, leave_out=_is_training_set))


def open_worklist(folder: Path, found: Iterable[FoundScan]) -> WorkList:
    """Join the scans found in a folder with what the list file knows of them.

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
    if home != folder:
        notes += (
            tr(
                "{name} cannot be written to, so the list and the masks are kept in {home}.",
                name=folder.name,
                home=home,
            ),
        )
    return _joined(worklist, state or _State(), notes)


def record(
    worklist: WorkList, item: WorkItem | None = None, current: Key | None = None
) -> WorkList:
    """Write a changed item, and keep what other programs wrote meanwhile.

    Parameters
    ----------
    worklist : WorkList
        The list.
    item : WorkItem, optional
        The item that changed; if not given, only the place is kept.
    current : tuple of str, optional
        Key of the item being worked on; unchanged if not given.

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
    with _changing(worklist) as (known, notes):
        entries = {entry.key: entry for entry in known.entries}
        if item is not None:
            entries[item.key] = _entry(item)
        state = _State(
            current=current or known.current,
            entries=tuple(entries.values()),
            coming=tuple(each for each in known.coming if item is None or each.key != item.key),
        )
        _write_state(worklist.home / STATE_NAME, state)
    return _joined(worklist, state, notes)


def announce(worklist: WorkList, item: WorkItem) -> tuple[str, ...]:
    """Write how an item will be once its mask is in its place, before it is put there.

    Returns
    -------
    tuple of str
        What the user should know of the file.

    Raises
    ------
    SaveError
        If the list cannot be written.
    WorkListError
        If the list cannot be read any more.
    """
    with _changing(worklist) as (known, notes):
        others = (each for each in known.coming if each.key != item.key)
        state = known.model_copy(update={"coming": (*others, _entry(item))})
        _write_state(worklist.home / STATE_NAME, state)
    return notes


@contextmanager
def _changing(worklist: WorkList) -> Iterator[tuple[_State, tuple[str, ...]]]:
    """Yield what the file says now, and notes, while no other program writes it."""
    make_folder(worklist.home)
    with _locked(worklist.home):
        state, notes = _read_state(worklist)
        # Damaged since it was read: what this program knows is written in its place.
        yield state or _state_of(worklist), notes


# Items and what is known of them


def _new_item(folder: Path, scan: FoundScan) -> WorkItem:
    def place(path: Path) -> str:
        return PurePosixPath(Path(os.path.relpath(path, folder))).as_posix()

    return WorkItem(
        place(scan.path),
        scan.name,
        scan.title,
        scan.series,
        Status.UNREADABLE if scan.problem else Status.NEW,
        remark=scan.problem,
        channels=scan.channels,
        companions=tuple(WorkImage(place(c.path), c.channels, c.series) for c in scan.companions),
        given=place(scan.mask) if scan.mask else "",
    )


def _joined(worklist: WorkList, state: _State, notes: tuple[str, ...]) -> WorkList:
    """Add what the file knows to the scans that are there."""
    entries = {entry.key: entry for entry in state.entries}
    items = tuple(_known(worklist, item, entries.pop(item.key, None)) for item in worklist.items)
    lost = sum(bool(item.remark) and item.status is Status.NEW for item in items)
    if lost:
        notes += (
            tr_n(
                "{n} saved mask is gone; its scan counts as new again.",
                "{n} saved masks are gone; their scans count as new again.",
                lost,
            ),
        )
    if entries:
        notes += (
            tr_n(
                "{n} scan of this list is not in the folder any more; "
                "what was done is kept in case they come back.",
                "{n} scans of this list are not in the folder any more; "
                "what was done is kept in case they come back.",
                len(entries),
            ),
        )
    return replace(worklist, items=items, current=state.current, notes=notes)


def _known(worklist: WorkList, item: WorkItem, entry: _Entry | None) -> WorkItem:
    if item.status is Status.UNREADABLE:
        return item
    plain = replace(item, status=Status.NEW, mask="", sha256="", volume_ml=None, remark="")
    if entry is None:
        return plain
    known = replace(
        plain,
        status=Status(entry.status),
        mask=entry.mask,
        sha256=entry.sha256,
        volume_ml=entry.volume_ml,
    )
    if worklist.mask_path(known) is None:
        name = PurePosixPath(entry.mask).name
        return replace(
            plain, remark=tr("Its mask {name} is gone, so it counts as new again.", name=name)
        )
    return known


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


# The file


def _read_state(worklist: WorkList) -> tuple[_State | None, tuple[str, ...]]:
    """Read what is known of a folder; None and a note if the file was damaged and set aside."""
    path = worklist.home / STATE_NAME
    if not is_present(path) and worklist.home != worklist.folder:
        path = worklist.folder / STATE_NAME
    try:
        text = file_text(path)
    except FileNotFoundError:
        return _State(), ()
    except UnicodeDecodeError:
        return None, _set_aside(path)
    except OSError as error:
        raise WorkListError(
            tr(
                "{name} cannot be read ({reason}). Ask for read access, or choose another folder.",
                name=path.name,
                reason=error.strerror,
            )
        ) from error
    try:
        version = json.loads(text).get("schema_version")
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise WorkListError(
                tr(
                    "{name} was written by a newer version of napari-brainseg "
                    "(version {version} of the file, expected {schema_version}). "
                    "Update napari-brainseg.",
                    name=path.name,
                    version=version,
                    schema_version=SCHEMA_VERSION,
                )
            )
        return _arrived(worklist, _State.model_validate_json(text)), ()
    except (ValueError, AttributeError, RecursionError):  # pydantic's are values
        return None, _set_aside(path)


def _arrived(worklist: WorkList, state: _State) -> _State:
    """Take over what was announced, and came about before the program was killed."""
    from napari_brainseg.models.bundle import file_sha256

    entries = {entry.key: entry for entry in state.entries}
    for each in state.coming:
        mask = within(worklist.home, each.mask)
        with suppress(OSError):
            if mask.is_file() and file_sha256(mask) == each.sha256:
                entries[each.key] = each
    return state.model_copy(update={"entries": tuple(entries.values())})


def _set_aside(path: Path) -> tuple[str, ...]:
    aside = next(
        place
        for number in count(1)
        if not (place := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists()
    )
    try:
        path.rename(aside)
    except OSError:  # in a folder that cannot be written to; it is passed over
        return (
            tr("{name} is damaged and was passed over; the scans count as new.", name=path.name),
        )
    return (
        tr("{name} was damaged and was set aside as {other}.", name=path.name, other=aside.name),
    )


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Lock other programs out from reading the list to writing it."""
    from filelock import FileLock

    with ExitStack() as stack:
        try:
            # Every user of a shared folder has to be able to open it; it is empty.
            stack.enter_context(FileLock(home / LOCK_NAME, timeout=LOCK_S, mode=0o666))
        except (OSError, NotImplementedError) as error:
            _log.warning("the work list could not be locked (%s)", without_path(error))
        yield


def _write_state(path: Path, state: _State) -> None:
    with replacing(path, path.name) as aside:
        aside.write_text(state.model_dump_json(indent=1) + "\n", encoding="utf-8")


# Places


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
    from napari_brainseg.training_set.contents import MANIFEST_NAME, open_training_set

    if not is_file(folder / MANIFEST_NAME):  # other files may have this name
        return False
    try:
        open_training_set(folder)
    except TrainingSetError:
        return False
    return True
