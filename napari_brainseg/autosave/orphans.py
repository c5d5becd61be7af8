"""Journals that a process left behind."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.autosave.files import LOCK_SUFFIX, SUFFIX, claim, delete, journal_folder
from napari_brainseg.autosave.format import as_slices, read_journal
from napari_brainseg.errors import JournalError
from napari_brainseg.frames import acquisition_plane, frame_for

if TYPE_CHECKING:
    from pathlib import Path

    from filelock import FileLock

__all__ = ["Orphan", "find_orphans"]

MAX_TOTAL_BYTES = 500_000_000
"""Of all journals that nobody restored: beyond it, the oldest go."""

STARTING_S = 3600.0
"""A lock without a journal is left alone this long: its owner may be about to write."""


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
        delete(self.path, self.lock)

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
        lock = claim(path)
        if lock is None:
            continue
        try:
            total += path.stat().st_size
            if total > MAX_TOTAL_BYTES:
                delete(path, lock)
            else:
                found.append(_look(path, lock))
        except FileNotFoundError:  # its owner removed it, and gave up the name, just now
            delete(path, lock)
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


def _sweep(folder: Path) -> None:
    """Delete locks whose journal is gone."""
    for file in folder.glob(f"*{LOCK_SUFFIX}"):
        path = file.with_suffix(SUFFIX)
        if path.exists() or time.time() - file.stat().st_mtime < STARTING_S:
            continue
        lock = claim(path)
        if lock is not None:
            delete(path, lock)
