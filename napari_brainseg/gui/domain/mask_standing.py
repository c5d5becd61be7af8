"""By what a mask is judged: what was seen of its voxels, what made it, and what is in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from napari_brainseg.autosave.digests import slice_digests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.io.mask_info import MaskInfo

__all__ = ["Digests", "Look", "Saved", "Seen", "SharedFile", "Standing"]

Digests: TypeAlias = tuple[bytes, ...]
"""A hash of each slice of a mask; equal labels have equal ones, whatever their type."""


@dataclass(frozen=True, slots=True, eq=False)
class SharedFile:
    """A file that holds several masks; the same object in the records of all of them.

    Parameters
    ----------
    path : Path
        The file.
    count : int
        How many masks it holds.
    """

    path: Path
    count: int

    def holds(self, saved: Saved | None) -> bool:
        """Whether what is saved of a mask is in this file, with the others."""
        return saved is not None and saved.path is None and saved.shared is self


@dataclass(frozen=True, slots=True)
class Saved:
    """The state of a mask that is in a file.

    Parameters
    ----------
    revision : int
        The mask's at that time, or when the file was read.
    path : Path or None
        The file, where it is known and holds no other mask.
    digests : tuple of bytes or None
        Of the labels in the file. None while they have not been looked at: they are the original.
    info : MaskInfo or None
        What the file was told of the labels; None while that is what the mask began with.
    shared : SharedFile or None
        The file that it lies in with others, if it does.
    part : int
        Which of the masks there it is.
    """

    revision: int = 0
    path: Path | None = None
    digests: Digests | None = None
    info: MaskInfo | None = None
    shared: SharedFile | None = None
    part: int = 0

    @property
    def file(self) -> Path | None:
        """The newest file that it is in, alone or with others."""
        return self.path or (None if self.shared is None else self.shared.path)

    def left_in(self, path: Path | None) -> SharedFile | None:
        """Return the file of several that still holds the mask once it is alone in another."""
        return None if self.shared is None or self.shared.path == path else self.shared


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What is to be looked at off the GUI thread; the labels may be painted on meanwhile."""

    touches: int
    origin: int
    data: Any
    turn: Callable[[NDArray[Any]], NDArray[Any]]
    original: NDArray[Any] | None

    def take(self) -> Seen:
        """Look; slow."""
        original = None if self.original is None else slice_digests(self.original)
        labels = self.turn(np.asarray(self.data))
        return Seen(self.touches, self.origin, slice_digests(labels), not labels.any(), original)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a look."""

    touches: int
    origin: int
    digests: Digests
    is_empty: bool
    original: Digests | None


@dataclass(frozen=True, slots=True)
class Standing:
    """By what a mask is judged, also in other threads: what was made, and what is saved.

    Parameters
    ----------
    saved : Saved or None
        What is in a file.
    by_machine : bool
        Whether a program made it, at least in part.
    original : tuple of bytes or None
        Digests of the original, where it was looked at.
    is_renamed : bool
        Whether its labels have other names or colours than what is saved.
    """

    saved: Saved | None
    by_machine: bool
    original: Digests | None
    is_renamed: bool = False

    def is_original(self, seen: Seen) -> bool:
        """Whether the mask is as its origin made it."""
        original = seen.original or self.original
        return original is not None and seen.digests == original

    def is_unsaved(self, seen: Seen | None) -> bool:
        """Whether there is something to lose.

        A mask that was never saved can be lost if a model made it, whatever it holds, or if it
        holds anything.
        """
        if self.saved is None:
            return self.by_machine or (seen is not None and not seen.is_empty)
        if self.is_renamed or seen is None:
            return self.is_renamed
        in_file = self.saved.digests or seen.original or self.original
        return in_file is not None and seen.digests != in_file
