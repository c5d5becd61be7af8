"""Autosaves that a process left behind."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.autosave.digests import as_slices
from napari_brainseg.autosave.files import (
    LOCK_SUFFIX,
    PLACE_SUFFIX,
    SUFFIX,
    autosave_folder,
    claim_autosave,
    delete,
)
from napari_brainseg.autosave.format import read_autosave
from napari_brainseg.autosave.place import read_place
from napari_brainseg.errors import AutosaveError
from napari_brainseg.frames import acquisition_plane, frame_for
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from pathlib import Path

    from filelock import FileLock

    from napari_brainseg.autosave.format import AutosaveHeader
    from napari_brainseg.autosave.place import ScanPlace

__all__ = ["Orphan", "find_orphans"]

UNREADABLE = marked(
    "The unsaved mask cannot be read; another version of this program may have kept it. Discard it."
)

MAX_TOTAL_BYTES = 500_000_000
"""Of all autosaves that nobody restored: beyond it, the oldest go."""

_log = logging.getLogger(__name__)

STARTING_S = 3600.0
"""A lock without an autosave is left alone this long: its owner may be about to write."""


@dataclass(frozen=True, slots=True, eq=False)
class Orphan:
    """An autosave that another process left behind, claimed so that no third one offers it.

    Parameters
    ----------
    path : Path
        The autosave.
    lock : FileLock
        Held.
    when : datetime
        Time of the last change, local.
    title : str
        What to call the mask: after its scan, or its own name; empty for a damaged one.
    slices : int
        How many slices of the plane it was acquired in hold labels.
    problem : str
        Why it cannot be restored; or empty.
    place : ScanPlace or None
        Where its scan was on disk.
    scan_missing : bool
        Whether its scan was looked for in vain.
    digest : str
        Of its scan, which masks that belong together share; empty where it knows none.
    """

    path: Path
    lock: FileLock
    when: datetime
    title: str
    slices: int
    problem: str = ""
    place: ScanPlace | None = None
    scan_missing: bool = False
    digest: str = ""

    def discard(self) -> None:
        """Delete the autosave for good."""
        delete(self.path, self.lock)

    def release(self) -> None:
        """Leave the autosave for another time."""
        self.lock.release()


def find_orphans() -> list[Orphan]:
    """Claim the autosaves of processes that have ended, the newest first.

    Those of processes that run are left alone. Of those claimed, only the newest
    ``MAX_TOTAL_BYTES`` are kept.
    """
    folder = autosave_folder()
    with suppress(OSError):
        _sweep(folder)
    found: list[Orphan] = []
    total = 0
    for path in _newest_first(folder):
        lock = claim_autosave(path)
        if lock is None:
            continue
        try:
            state = path.stat()
        except OSError:  # its owner removed it, and gave up the name, just now
            delete(path, lock)
            continue
        total += state.st_size
        if total > MAX_TOTAL_BYTES:
            delete(path, lock)
        else:
            found.append(_claimed(path, lock, datetime.fromtimestamp(state.st_mtime)))
    return found


def _claimed(path: Path, lock: FileLock, when: datetime) -> Orphan:
    """Look into an autosave; whatever is wrong with one must not hide the others."""
    try:
        return _look(path, lock, when)
    except AutosaveError as error:
        problem = str(error)
    except Exception:
        _log.exception("an autosave could not be looked into")
        problem = tr(UNREADABLE)
    return Orphan(path, lock, when, "", 0, problem)


def _look(path: Path, lock: FileLock, when: datetime) -> Orphan:
    restored = read_autosave(path)
    header, planes = restored.header, as_slices(restored.labels)
    if header.scan is not None:
        affine = np.array(header.scan.affine)
        planes = frame_for(affine, acquisition_plane(affine)).apply(planes)
    slices = int(planes.any(axis=(1, 2)).sum())
    place = read_place(path.with_suffix(PLACE_SUFFIX))
    digest = header.scan.digest if header.scan is not None else ""
    return Orphan(path, lock, when, _title(header, place), slices, place=place, digest=digest)


def _title(header: AutosaveHeader, place: ScanPlace | None) -> str:
    if header.scan is None:
        return header.layer_name()
    # Of scans in many files, the autosave itself holds no name.
    named = place is not None and place.name and not header.scan.name
    return f"{place.name}, {header.scan.title}" if place and named else header.scan.title


def _newest_first(folder: Path) -> list[Path]:
    def changed(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except OSError:
            return 0.0

    return sorted(folder.glob(f"*{SUFFIX}"), key=changed, reverse=True)


def _sweep(folder: Path) -> None:
    """Delete locks whose autosave is gone."""
    for file in folder.glob(f"*{LOCK_SUFFIX}"):
        path = file.with_suffix(SUFFIX)
        if path.exists() or time.time() - file.stat().st_mtime < STARTING_S:
            continue
        lock = claim_autosave(path)
        if lock is not None:
            delete(path, lock)
