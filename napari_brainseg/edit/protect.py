"""What an edit must leave alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Protection", "written"]


@dataclass(frozen=True, slots=True, eq=False)
class Protection:
    """Limits of an edit.

    Parameters
    ----------
    others : bool
        Whether voxels of other labels are kept from being overwritten.
    image : ndarray or None
        Intensities of the voxels that are edited, where a range is given.
    range : tuple of float
        Lowest and highest intensity that may change.
    """

    others: bool = True
    image: NDArray[Any] | None = None
    range: tuple[float, float] = (-np.inf, np.inf)

    def allows(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Mark the voxels whose intensity lies in the range; all where there is none."""
        if self.image is None:
            return np.ones(shape, dtype=bool)
        low, high = self.range
        return (self.image >= low) & (self.image <= high)


def written(
    labels: NDArray[Any], label: int, wanted: NDArray[np.bool_], protection: Protection
) -> NDArray[Any]:
    """Write a changed label among the others.

    Parameters
    ----------
    labels : ndarray of int
        Before.
    label : int
        The label that is edited.
    wanted : ndarray of bool, same shape
        Where it is to be.
    protection : Protection
        What stays as it is all the same.

    Returns
    -------
    ndarray of int, same shape and type
        A copy.
    """
    allowed = protection.allows(labels.shape)
    before = labels == label
    free = labels == 0 if protection.others else ~before
    changed = labels.copy()
    changed[wanted & free & allowed] = label
    changed[before & ~wanted & allowed] = 0
    return changed
