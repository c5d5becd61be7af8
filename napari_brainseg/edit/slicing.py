"""Labels as the tools see them: slices first, or one slice alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Slicing"]


@dataclass(frozen=True, slots=True)
class Slicing:
    """A view of an array, and the way back for indices.

    Parameters
    ----------
    axis : int
        The axis that counts slices.
    index : int or None
        The slice to look at; None for all of them.
    """

    axis: int
    index: int | None = None

    def take(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return all slices (Z, Y, X) or one (Y, X), as a view."""
        slices = np.moveaxis(array, self.axis, 0)
        return slices if self.index is None else slices[self.index]

    def spacing(self, steps: Sequence[float]) -> tuple[float, ...]:
        """Bring the spacing of the array into the order of :meth:`take`."""
        first, rest = steps[self.axis], [*steps[: self.axis], *steps[self.axis + 1 :]]
        return (float(first), *map(float, rest)) if self.index is None else tuple(map(float, rest))

    def places(self, indices: Sequence[NDArray[np.intp]]) -> tuple[NDArray[np.intp], ...]:
        """Bring indices into :meth:`take`, one array per axis, back to the array."""
        found = list(indices)
        if self.index is None:
            counting = found.pop(0)
        else:
            counting = np.full(len(found[0]), self.index, dtype=np.intp)
        found.insert(self.axis, counting)
        return tuple(found)

    def point(self, place: Sequence[int]) -> tuple[int, ...]:
        """Bring an index into the array to :meth:`take`."""
        rest = [*place[: self.axis], *place[self.axis + 1 :]]
        return (place[self.axis], *rest) if self.index is None else tuple(rest)
