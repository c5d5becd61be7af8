"""Graphs and compiled graphs of this user on this machine, kept between runs.

A file is named by what it was made from and begins with the digest of what follows. What is
damaged, or was made by or for something else, is not found, and so is made anew.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

__all__ = ["CACHE_VARIABLE", "cache_folder", "recall", "store"]

CACHE_VARIABLE = "BRAINSEG_CACHE"
KEPT_BYTES = 1_000_000_000
"""The oldest files go when there are more."""

_DIGEST = 32
_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Return the folder of the cache; :data:`CACHE_VARIABLE` names another."""
    named = os.environ.get(CACHE_VARIABLE)
    usual = platformdirs.user_cache_path("napari-brainseg", appauthor=False)
    return (Path(named) if named else usual) / "graphs"


def recall(kind: str, *made_from: str) -> bytes | None:
    """Return what was stored for this, or None if it is not there, damaged or of something else.

    Parameters
    ----------
    kind : str
        Ending of the file's name.
    *made_from : str
        All that decides the content.
    """
    path = _path(kind, made_from)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, body = content[:_DIGEST], content[_DIGEST:]
    if digest != _digest(made_from, body):
        _log.info("%s is damaged and is made anew", path.name)
        return None
    with suppress(OSError):
        os.utime(path)
    return body


def store(kind: str, body: bytes, *made_from: str) -> None:
    """Keep a file whole or not at all; never raises, since all can be made again."""
    path = _path(kind, made_from)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(made_from, body) + body)
            os.replace(aside, path)
        finally:
            with suppress(OSError):
                os.unlink(aside)
        _drop_oldest(path.parent)
    except OSError:
        _log.info("%s is not kept", path.name, exc_info=True)


def _path(kind: str, made_from: tuple[str, ...]) -> Path:
    name = hashlib.sha256("\n".join(made_from).encode()).hexdigest()
    return cache_folder() / f"{name[:32]}.{kind}"


def _digest(made_from: tuple[str, ...], body: bytes) -> bytes:
    digest = hashlib.sha256("\n".join(made_from).encode() + b"\0")
    digest.update(body)
    return digest.digest()


def _drop_oldest(folder: Path) -> None:
    files = [(path.stat(), path) for path in folder.iterdir() if path.is_file()]
    room = KEPT_BYTES
    for stat, path in sorted(files, key=lambda pair: pair[0].st_mtime, reverse=True):
        room -= stat.st_size
        if room < 0:
            path.unlink(missing_ok=True)
