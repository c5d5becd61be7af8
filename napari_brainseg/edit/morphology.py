"""Growing, shrinking, smoothing and closing a mask, in lengths rather than voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.bbox import bounding_box, widened, within_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["count_holes", "fill_holes", "grow", "shrink", "smooth", "smooth_under"]

ROUNDING = 1e-6
"""Relative; a voxel exactly at the wanted distance counts in spite of rounding."""

TRUNCATE = 3.0
"""The Gaussian ends after this many standard deviations."""


def grow(mask: NDArray[np.bool_], distance: float, spacing: Sequence[float]) -> NDArray[np.bool_]:
    """Mark every voxel whose centre lies within a distance of the centre of a marked one.

    Parameters
    ----------
    mask : ndarray of bool, shape ([Z,] Y, X)
    distance : float
        In the unit of ``spacing``. Nothing grows along an axis whose voxels are farther apart.
    spacing : sequence of float
        Distance of neighbouring voxels along each axis.

    Returns
    -------
    ndarray of bool
    """
    from scipy import ndimage

    def work(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
        away = ndimage.distance_transform_edt(~part, sampling=spacing)
        return np.asarray(away <= distance * (1 + ROUNDING))

    return within_box(mask, _voxels(distance, spacing), work)


def shrink(mask: NDArray[np.bool_], distance: float, spacing: Sequence[float]) -> NDArray[np.bool_]:
    """Unmark every voxel whose centre lies within a distance of the centre of an unmarked one.

    A mask that reaches the edge of the scan does not shrink from there. Parameters and result are
    those of :func:`grow`.
    """
    from scipy import ndimage

    def work(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
        if part.all():
            return part
        depth = ndimage.distance_transform_edt(part, sampling=spacing)
        return np.asarray(depth > distance * (1 + ROUNDING))

    return within_box(mask, 1, work)


def smooth(mask: NDArray[np.bool_], width: float, spacing: Sequence[float]) -> NDArray[np.bool_]:
    """Smooth the outline of every part, and keep its volume.

    Each part (voxels that touch by a corner are connected) is blurred with a Gaussian and cut at
    the level that keeps its number of voxels. Of voxels at exactly that level those stay that were
    marked: on a straight edge all are equal, so the volume is kept nearly, not exactly.

    Parameters
    ----------
    mask : ndarray of bool, shape ([Z,] Y, X)
    width : float
        Standard deviation of the Gaussian, in the unit of ``spacing``.
    spacing : sequence of float
        Distance of neighbouring voxels along each axis.

    Returns
    -------
    ndarray of bool
    """
    from scipy import ndimage

    parts, count = ndimage.label(mask, structure=np.ones((3,) * mask.ndim))
    margin = _voxels(TRUNCATE * width, spacing)
    sigma = [width / step for step in spacing]
    result = np.zeros(mask.shape, dtype=bool)
    for label, place in enumerate(ndimage.find_objects(parts, count), start=1):
        box = widened(place, margin, mask.shape)
        part = parts[box] == label
        blurred = ndimage.gaussian_filter(
            part.astype(np.float32), sigma, mode="nearest", truncate=TRUNCATE
        )
        last = blurred.size - int(np.count_nonzero(part))
        level = np.partition(blurred, last, axis=None)[last]
        result[box] |= (blurred > level) | (part & (blurred == level))
    return result


def fill_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark what a mask encloses.

    Parameters
    ----------
    mask : ndarray of bool, shape ([Z,] Y, X)
        In one slice a ring encloses; in a volume only a shell does.

    Returns
    -------
    ndarray of bool
    """
    from scipy import ndimage

    return within_box(mask, 0, ndimage.binary_fill_holes)


def count_holes(labels: NDArray[Any], label: int) -> int:
    """Return how many holes of a label :func:`fill_holes` would fill.

    Parameters
    ----------
    labels : ndarray of int, shape ([Z,] Y, X)
        What another label covers is no hole.
    label : int
    """
    from scipy import ndimage

    box = bounding_box(labels == label)
    if box is None:
        return 0
    within = labels[box]
    return int(ndimage.label(fill_holes(within == label) & (within == 0))[1])


def smooth_under(
    mask: NDArray[np.bool_], where: NDArray[np.bool_], width: float, spacing: Sequence[float]
) -> NDArray[np.bool_]:
    """Even out the outline where a brush went over it; nothing else changes.

    Parameters
    ----------
    mask : ndarray of bool, shape ([Z,] Y, X)
    where : ndarray of bool
        What the brush covered, of the shape of the mask.
    width : float
        Standard deviation of the Gaussian that blurs the mask before it is cut at one half, in the
        unit of ``spacing``.
    spacing : sequence of float
        Distance of neighbouring voxels along each axis.

    Returns
    -------
    ndarray of bool
    """
    from scipy import ndimage

    box = bounding_box(where, _voxels(TRUNCATE * width, spacing))
    result = mask.copy()
    if box is not None:
        sigma = [width / step for step in spacing]
        part = mask[box].astype(np.float32)
        blurred = ndimage.gaussian_filter(part, sigma, mode="nearest", truncate=TRUNCATE)
        result[box] = np.where(where[box], blurred > 0.5, mask[box])
    return result


def _voxels(distance: float, spacing: Sequence[float]) -> list[int]:
    return [int(np.ceil(distance / step)) + 1 for step in spacing]
