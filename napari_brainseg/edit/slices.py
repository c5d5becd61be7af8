"""From slice to slice: shapes between two slices, and copies of one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["copy_slice", "interpolate"]


def interpolate(
    found: NDArray[np.bool_], slices: Sequence[int], spacing: tuple[float, float]
) -> NDArray[np.bool_]:
    """Replace what lies between given slices by shapes that pass from each to the next.

    The signed distances to the outlines are interpolated, along the line between the centres where
    the two shapes do not overlap; towards an empty slice a shape dwindles.

    Parameters
    ----------
    found : ndarray of bool, shape (Z, Y, X)
        The mask.
    slices : sequence of int
        At least two positions along Z, rising; these slices stay as they are.
    spacing : tuple of float
        Voxel size along (Y, X).

    Returns
    -------
    ndarray of bool, shape (Z, Y, X)

    References
    ----------
    Raya, Udupa: Shape-based interpolation of multidimensional objects. IEEE Transactions on Medical
    Imaging, 1990.
    """
    changed = found.copy()
    for low, high in pairwise(slices):
        for between in range(low + 1, high):
            share = (between - low) / (high - low)
            changed[between] = _between(found[low], found[high], share, spacing)
    return changed


def copy_slice(found: NDArray[np.bool_], source: int, target: int) -> NDArray[np.bool_]:
    """Put a copy of a slice in the place of another."""
    changed = found.copy()
    changed[target] = found[source]
    return changed


def _between(
    low: NDArray[np.bool_], high: NDArray[np.bool_], share: float, spacing: tuple[float, float]
) -> NDArray[np.bool_]:
    """Shape a given share of the way from one slice to another."""
    from scipy import ndimage

    if not (low.any() or high.any()):
        return low.copy()
    if not (low.any() and high.any()):
        shape, away = (low, share) if low.any() else (high, 1 - share)
        outside = _signed_distance(shape, spacing)
        dwindled: NDArray[np.bool_] = outside < outside.min() * away
        return dwindled
    one, other = _signed_distance(low, spacing), _signed_distance(high, spacing)
    if not (low & high).any():
        path = np.subtract(ndimage.center_of_mass(high), ndimage.center_of_mass(low))
        one = ndimage.shift(one, path * share, order=1, mode="nearest")
        other = ndimage.shift(other, path * (share - 1), order=1, mode="nearest")
    mixed: NDArray[np.float64] = (1 - share) * one + share * other
    return mixed < 0


def _signed_distance(found: NDArray[np.bool_], spacing: tuple[float, float]) -> NDArray[np.float64]:
    """Distance to the outline, negative inside."""
    from scipy import ndimage

    outside: NDArray[np.float64] = ndimage.distance_transform_edt(~found, sampling=spacing)
    inside: NDArray[np.float64] = ndimage.distance_transform_edt(found, sampling=spacing)
    return outside - inside
