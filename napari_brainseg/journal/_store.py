"""Keeping journals: one file per mask with unsaved edits, and a lock that says whose it is.

The operating system releases the lock when its process ends, however it ends. A journal whose lock
is free has been orphaned.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
from filelock import FileLock, Timeout

from napari_brainseg.errors import JournalError
from napari_brainseg.frames import acquisition_plane, frame_for
from napari_brainseg.journal._format import (
    MAGIC,
    NAMELESS,
    SCAN,
    Header,
    Restored,
    ScanMark,
    as_slices,
    header_record,
    mark_of,
    original_record,
    read_journal,
    slice_digests,
    slices_record,
)
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.io import MaskInfo

__all__ = [
    "FOLDER_VARIABLE",
    "MaskJournal",
    "Orphan",
    "Snapshot",
    "find_orphans",
    "journal_folder",
]

FOLDER_VARIABLE = "BRAINSEG_JOURNAL"
SUFFIX, LOCK_SUFFIX, ASIDE_SUFFIX = ".journal", ".lock", ".new"

SPARE_BYTES = 1_000_000
"""A journal is written anew once it is larger than two snapshots of its mask and this."""

MAX_TOTAL_BYTES = 500_000_000
"""Of all journals that nobody restored: beyond it, the oldest go."""

STARTING_S = 3600.0
"""A lock without a journal is left alone this long: its owner may be about to write."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One state of a mask, and what is needed to show it again.

    Parameters
    ----------
    labels : ndarray of int
        (Z, Y, X) on the grid of ``scan``; in a layer's own two or three dimensions without one.
        Nobody may change it any more.
    info : MaskInfo
        What the labels mean and what made them.
    name : str
        The layer's.
    scale, translate, units : tuple
        Where napari shows the layer, in the order of its axes.
    scan : Scan or ScanMark or None
        The mask's scan, or the mark of one that is not open.
    original : ndarray of int, optional
        The labels as the model made them, like ``labels``. Where they are equal, there is nothing
        to lose: they are cheap to make again.
    """

    labels: NDArray[Any]
    info: MaskInfo
    name: str
    scale: tuple[float, ...]
    translate: tuple[float, ...]
    units: tuple[str, ...]
    scan: Scan | ScanMark | None = None
    original: NDArray[Any] | None = None


def journal_folder() -> Path:
    """Return the folder of the journals: the user's own, or what the environment names."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    return platformdirs.user_state_path("napari-brainseg", appauthor=False) / "journal"


class MaskJournal:
    """Keeps the unsaved edits of one mask on disk.

    Not for several threads at once. Slow: not for a GUI thread either.

    Parameters
    ----------
    saved : ndarray of int, optional
        The mask as it lies in a file already. Without it, every mask that is not as its model
        made it is unsaved.
    """

    def __init__(self, saved: NDArray[Any] | None = None) -> None:
        self._file: _JournalFile | None = None
        self._clean = slice_digests(saved) if saved is not None else None
        self._original: NDArray[Any] | None = None
        self._header: Header | None = None
        self._kept: tuple[bytes, ...] = ()
        self._marked: tuple[Scan, ScanMark] | None = None

    @classmethod
    def resume(cls, orphan: Orphan, restored: Restored) -> MaskJournal:
        """Go on with the journal of a mask that was restored; it is unsaved until saved."""
        journal = cls()
        journal._file = _JournalFile(orphan.path, orphan.lock)
        journal._original = restored.original
        return journal

    def settle(self, snapshot: Snapshot) -> bool:
        """Bring the journal up to date.

        Parameters
        ----------
        snapshot : Snapshot
            The mask as it is now.

        Returns
        -------
        bool
            Whether it holds unsaved edits. If not, there is no file.

        Raises
        ------
        JournalError
            If it cannot be written; the next call tries again.
        """
        digests = slice_digests(snapshot.labels)
        fresh = snapshot.original is not self._original
        if fresh:
            self._original = snapshot.original
            if snapshot.original is not None:
                self._clean = slice_digests(snapshot.original)
        if digests == self._clean:
            self.remove()
            return False
        try:
            self._write(snapshot, digests, anew=fresh)
        except OSError:
            try:
                self._write(snapshot, digests, anew=True)
            except OSError as error:
                self._header = None  # whatever is in the file, the next call writes all of it
                raise JournalError(
                    f"Edits of {snapshot.name} are not being kept for the case of a crash "
                    f"({error.strerror or type(error).__name__}). Save the mask now."
                ) from error
        return True

    def saved(self, labels: NDArray[Any]) -> None:
        """Take note that a mask like this is in a file; :meth:`settle` then compares with it."""
        self._clean = slice_digests(labels)

    def remove(self) -> None:
        """Delete the file: there is nothing to lose any more."""
        if self._file is not None:
            self._file.remove()
        self._file = self._header = None

    def close(self) -> None:
        """Leave the file to whoever looks for orphans."""
        if self._file is not None:
            self._file.lock.release()
        self._file = self._header = None

    def _write(self, snapshot: Snapshot, digests: tuple[bytes, ...], anew: bool) -> None:
        header = self._header_of(snapshot)
        if self._file is None:
            self._file = _JournalFile.create()
        if anew or header != self._header or self._file.is_bloated:
            start = [MAGIC, header_record(header)]
            if snapshot.original is not None:
                start.append(original_record(snapshot.original))
            full = np.flatnonzero(as_slices(snapshot.labels).any(axis=(1, 2)))
            self._file.rewrite(b"".join((*start, slices_record(snapshot.labels, full))))
        elif digests != self._kept:
            pairs = zip(digests, self._kept, strict=True)
            changed = [index for index, (now, before) in enumerate(pairs) if now != before]
            self._file.append(slices_record(snapshot.labels, changed))
        self._header, self._kept = header, digests

    def _header_of(self, snapshot: Snapshot) -> Header:
        scan, name = snapshot.scan, snapshot.name
        mark: ScanMark | None = None
        if isinstance(scan, Scan):
            if self._marked is None or self._marked[0] is not scan:
                self._marked = scan, mark_of(scan)
            mark = self._marked[1]
            name = name.replace(scan.source.name or NAMELESS, SCAN)
        elif scan is not None:
            mark = scan
            name = name.replace(scan.name or NAMELESS, SCAN)
        info = snapshot.info
        return Header(
            shape=snapshot.labels.shape,
            dtype=snapshot.labels.dtype.str,
            name=name,
            scan=mark,
            scale=snapshot.scale,
            translate=snapshot.translate,
            units=snapshot.units,
            names=dict(info.names),
            colors=dict(info.colors),
            made=info.made,
            algorithm=info.algorithm,
            version=info.version,
        )


class _JournalFile:
    """A journal's bytes on disk, and the lock that makes them ours."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path, self.lock = path, lock
        self._end = self._start = 0

    @classmethod
    def create(cls) -> _JournalFile:
        """Claim a name that nobody has; there is no file yet."""
        folder = _made(journal_folder())
        path = folder / f"{secrets.token_hex(8)}{SUFFIX}"
        lock = _lock_of(path)
        lock.acquire()
        return cls(path, lock)

    @property
    def is_bloated(self) -> bool:
        """Whether writing all of it anew would save much."""
        return self._end > 2 * self._start + SPARE_BYTES

    def rewrite(self, content: bytes) -> None:
        """Put content in the place of what is there, in one step."""
        aside = _made(self.path.parent) / self.path.with_suffix(ASIDE_SUFFIX).name
        with aside.open("wb") as stream:
            _write_through(stream, content)
        os.replace(aside, self.path)
        self._end = self._start = len(content)

    def append(self, record: bytes) -> None:
        """Add a record behind the last whole one."""
        with self.path.open("r+b") as stream:
            stream.seek(self._end)
            stream.truncate()
            _write_through(stream, record)
        self._end += len(record)

    def remove(self) -> None:
        """Delete the file, then let go of its name."""
        _delete(self.path, self.lock)


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write_through(stream: Any, content: bytes) -> None:
    stream.write(content)
    stream.flush()
    os.fsync(stream.fileno())


@dataclass(frozen=True, slots=True, eq=False)
class Orphan:
    """A journal that another process left behind, claimed so that no third one offers it.

    Parameters
    ----------
    path : Path
        The journal.
    lock : FileLock
        Held.
    when : datetime
        Time of the last change, local.
    title : str
        What to call the mask: its scan's title, or its own name; empty for a damaged one.
    slices : int
        How many slices of the plane it was acquired in hold labels.
    problem : str
        Why it cannot be restored; or empty.
    """

    path: Path
    lock: FileLock
    when: datetime
    title: str
    slices: int
    problem: str = ""

    def discard(self) -> None:
        """Delete the journal for good."""
        _delete(self.path, self.lock)

    def release(self) -> None:
        """Leave the journal for another time."""
        self.lock.release()


def find_orphans() -> list[Orphan]:
    """Claim the journals of processes that have ended, the newest first.

    Journals of processes that run are left alone. Of those claimed, only the newest
    ``MAX_TOTAL_BYTES`` are kept.
    """
    folder = journal_folder()
    with suppress(OSError):
        _sweep(folder)
    found: list[Orphan] = []
    total = 0
    for path in _newest_first(folder):
        lock = _claim(path)
        if lock is None:
            continue
        try:
            total += path.stat().st_size
            if total > MAX_TOTAL_BYTES:
                _delete(path, lock)
            else:
                found.append(_look(path, lock))
        except FileNotFoundError:  # its owner removed it, and gave up the name, just now
            _delete(path, lock)
    return found


def _look(path: Path, lock: FileLock) -> Orphan:
    when = datetime.fromtimestamp(path.stat().st_mtime)
    try:
        restored = read_journal(path)
    except JournalError as error:
        return Orphan(path, lock, when, "", 0, str(error))
    header, planes = restored.header, as_slices(restored.labels)
    if header.scan is not None:
        affine = np.array(header.scan.affine)
        planes = frame_for(affine, acquisition_plane(affine)).apply(planes)
    slices = int(planes.any(axis=(1, 2)).sum())
    title = header.scan.title if header.scan is not None else header.layer_name()
    return Orphan(path, lock, when, title, slices)


def _newest_first(folder: Path) -> list[Path]:
    def changed(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except OSError:
            return 0.0

    return sorted(folder.glob(f"*{SUFFIX}"), key=changed, reverse=True)


def _lock_of(path: Path) -> FileLock:
    # Released by another thread than the one that acquired it.
    return FileLock(path.with_suffix(LOCK_SUFFIX), timeout=0, thread_local=False)


def _claim(path: Path) -> FileLock | None:
    """Acquire the lock of a journal; None if its owner lives, or nobody can."""
    lock = _lock_of(path)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return None
    return lock


def _delete(path: Path, lock: FileLock) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
        path.with_suffix(ASIDE_SUFFIX).unlink(missing_ok=True)
    lock.release()
    # On Windows another process may just be trying it; then it stays, and is swept up later.
    with suppress(OSError):
        path.with_suffix(LOCK_SUFFIX).unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Delete locks whose journal is gone."""
    for file in folder.glob(f"*{LOCK_SUFFIX}"):
        path = file.with_suffix(SUFFIX)
        if path.exists() or time.time() - file.stat().st_mtime < STARTING_S:
            continue
        lock = _claim(path)
        if lock is not None:
            _delete(path, lock)
