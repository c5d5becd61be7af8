"""What stops a run before or while it goes, in words for the one who started it."""

from __future__ import annotations

from napari_brainseg.errors import BrainsegError

__all__ = ["DataError"]


class DataError(BrainsegError):
    """Data, settings or files of a run cannot be used; the message lists every problem found."""
