"""The bytes of an autosave on disk, and the lock that says whose it is.

The operating system releases the lock when its process ends, however it ends. An autosave whose
lock is free has been orphaned.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock, Timeout

__all__ = [
    "FOLDER_VARIABLE",
    "LOCK_SUFFIX",
    "PLACE_SUFFIX",
    "SUFFIX",
    "AutosaveFile",
    "autosave_folder",
    "claim_autosave",
    "delete",
]

FOLDER_VARIABLE = "BRAINSEG_JOURNAL"
SUFFIX, LOCK_SUFFIX, ASIDE_SUFFIX, PLACE_SUFFIX = ".journal", ".lock", ".new", ".place"

PLACE_ASIDE_SUFFIX = PLACE_SUFFIX + ASIDE_SUFFIX

SPARE_BYTES = 1_000_000
"""An autosave is written anew once it is larger than two snapshots of its mask and this."""


def autosave_folder() -> Path:
    """Return the folder of the autosaves: the user's own, or what the environment names."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    return platformdirs.user_state_path("napari-brainseg", appauthor=False) / "journal"


class AutosaveFile:
    """The bytes of an autosave on disk, and the lock that makes them ours."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path, self.lock = path, lock
        self._end = self._start = 0

    @classmethod
    def create(cls) -> AutosaveFile:
        """Claim a name that nobody has; there is no file yet."""
        folder = _made(autosave_folder())
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

    def note_place(self, content: bytes) -> None:
        """Write beside the file where the scan lies; nobody but the user may read it."""
        path = _made(self.path.parent) / self.path.with_suffix(PLACE_SUFFIX).name
        if not content:
            path.unlink(missing_ok=True)
            return
        aside = path.with_suffix(PLACE_ASIDE_SUFFIX)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            _write_through(stream, content)
        os.replace(aside, path)

    def append(self, record: bytes) -> None:
        """Add a record behind the last whole one."""
        with self.path.open("r+b") as stream:
            stream.seek(self._end)
            stream.truncate()
            _write_through(stream, record)
        self._end += len(record)

    def remove(self) -> None:
        """Delete the file, then let go of its name."""
        delete(self.path, self.lock)


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write_through(stream: Any, content: bytes) -> None:
    stream.write(content)
    stream.flush()
    os.fsync(stream.fileno())


def _lock_of(path: Path) -> FileLock:
    # Released by another thread than the one that acquired it.
    return FileLock(path.with_suffix(LOCK_SUFFIX), timeout=0, thread_local=False)


def claim_autosave(path: Path) -> FileLock | None:
    """Acquire the lock of an autosave; None if its owner lives, or nobody can."""
    lock = _lock_of(path)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return None
    return lock


def delete(path: Path, lock: FileLock) -> None:
    """Delete an autosave file and its lock, whatever is left of them."""
    with suppress(OSError):
        for suffix in (SUFFIX, ASIDE_SUFFIX, PLACE_SUFFIX, PLACE_ASIDE_SUFFIX):
            path.with_suffix(suffix).unlink(missing_ok=True)
    lock.release()
    # On Windows another process may just be trying it; then it stays, and is swept up later.
    with suppress(OSError):
        path.with_suffix(LOCK_SUFFIX).unlink(missing_ok=True)
