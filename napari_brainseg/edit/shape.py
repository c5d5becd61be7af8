"""Growing, shrinking, smoothing, filling, and choosing components.

All work within the box of the foreground, so that a lesion in a large scan takes milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["fill_holes", "grow", "keep_component", "remove_islands", "shrink", "smooth"]

Spacing = tuple[float, float, float]
TOUCHING = np.ones((3, 3, 3))
"""Voxels that touch by a corner belong together."""


def grow(found: NDArray[np.bool_], spacing: Spacing, distance: float) -> NDArray[np.bool_]:
    """Add the voxels within a distance of the mask.

    Parameters
    ----------
    found : ndarray of bool, shape (Z, Y, X)
        The mask.
    spacing : tuple of float
        Voxel size along (Z, Y, X).
    distance : float
        In the unit of ``spacing``; measured between voxel centres.
    """
    from scipy import ndimage

    def near(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        away: NDArray[np.float64] = ndimage.distance_transform_edt(~inside, sampling=spacing)
        return away <= distance

    return _within_box(found, _margin(distance, spacing), near)


def shrink(found: NDArray[np.bool_], spacing: Spacing, distance: float) -> NDArray[np.bool_]:
    """Remove the voxels within a distance of the outside; parameters as for :func:`grow`.

    The border of the array is no outside: what is cut off there does not shrink away from it.
    """
    from scipy import ndimage

    def deep(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        if inside.all():
            return inside.copy()
        depth: NDArray[np.float64] = ndimage.distance_transform_edt(inside, sampling=spacing)
        return depth > distance

    return _within_box(found, (1, 1, 1), deep)


def smooth(found: NDArray[np.bool_], spacing: Spacing, sigma: float) -> NDArray[np.bool_]:
    """Round the outline and keep the volume.

    The mask is blurred and cut where as many voxels remain as there were.

    Parameters
    ----------
    found : ndarray of bool, shape (Z, Y, X)
        The mask.
    spacing : tuple of float
        Voxel size along (Z, Y, X).
    sigma : float
        Standard deviation of the Gaussian, in the unit of ``spacing``.
    """
    from scipy import ndimage

    def rounded(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        blurred: NDArray[np.float32] = ndimage.gaussian_filter(
            inside.astype(np.float32), [sigma / step for step in spacing]
        )
        volume = int(np.count_nonzero(inside))
        least = np.partition(blurred, -volume, axis=None)[-volume]
        kept: NDArray[np.bool_] = blurred >= least
        return kept

    return _within_box(found, _margin(4 * sigma, spacing), rounded)


def fill_holes(found: NDArray[np.bool_], *, flat: bool) -> NDArray[np.bool_]:
    """Fill what the mask encloses.

    Parameters
    ----------
    found : ndarray of bool, shape (Z, Y, X)
        The mask.
    flat : bool
        Whether a hole only has to be closed within its slice, or on all sides.
    """
    from scipy import ndimage

    def filled(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        if flat:
            return np.stack([ndimage.binary_fill_holes(plane) for plane in inside])
        whole: NDArray[np.bool_] = ndimage.binary_fill_holes(inside)
        return whole

    return _within_box(found, (0, 0, 0), filled)


def remove_islands(found: NDArray[np.bool_], smallest: int) -> NDArray[np.bool_]:
    """Remove components (26-connected) of fewer than ``smallest`` voxels."""
    from scipy import ndimage

    def large(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        components, _ = ndimage.label(inside, structure=TOUCHING)
        kept = np.bincount(components.ravel()) >= smallest
        kept[0] = False
        chosen: NDArray[np.bool_] = kept[components]
        return chosen

    return _within_box(found, (0, 0, 0), large)


def keep_component(found: NDArray[np.bool_], point: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Keep only the component (26-connected) at a voxel.

    Raises
    ------
    ValueError
        If there is none.
    """
    from scipy import ndimage

    if not found[point]:
        raise ValueError(f"no component at {point}")
    components, _ = ndimage.label(found, structure=TOUCHING)
    kept: NDArray[np.bool_] = components == components[point]
    return kept


def _margin(distance: float, spacing: Spacing) -> tuple[int, ...]:
    return tuple(int(np.ceil(distance / step)) for step in spacing)


def _within_box(
    found: NDArray[np.bool_],
    margin: tuple[int, ...],
    change: Callable[[NDArray[np.bool_]], NDArray[np.bool_]],
) -> NDArray[np.bool_]:
    """Apply a change to the box of the foreground with a margin; nothing stays nothing."""
    changed = found.copy()
    places: tuple[NDArray[Any], ...] = np.nonzero(found)
    if places[0].size:
        box = tuple(
            slice(max(0, int(axis.min()) - room), int(axis.max()) + 1 + room)
            for axis, room in zip(places, margin, strict=True)
        )
        changed[box] = change(found[box])
    return changed
