"""Parts of a head in a coarse view: the slices that the brain fills, depths, and sectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RIM", "SECTORS", "depth_in", "occupied", "sectors_of", "upper_part"]

SECTORS = 8

RIM = 0.12
"""Depth of the rim of a head below its surface, as a share of the slice's greatest."""

UPPER = (0.45, 0.85)
"""Part of the head, from the lowest slice to the highest, where the brain fills the slices."""


def upper_part(head: NDArray[np.bool_]) -> slice:
    """Return the slices of a head (n, h, w) that the brain fills."""
    inside = occupied(head)
    low, high = (round(inside[0] + part * (inside[-1] - inside[0])) for part in UPPER)
    return slice(low, max(high, low + 1))


def occupied(head: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the slices in which a head (n, h, w) has more than a tenth of its largest area."""
    area = head.sum(axis=(1, 2))
    return np.flatnonzero(area > area.max() / 10)


def depth_in(head: NDArray[np.bool_], pixel: tuple[float, float]) -> NDArray[np.float64]:
    """Return the depth below the surface (n, h, w), as a share of the greatest in the slice."""
    from scipy import ndimage

    padded = np.pad(head, ((0, 0), (1, 1), (1, 1)))
    depth = np.stack([ndimage.distance_transform_edt(each, sampling=pixel) for each in padded])
    greatest = depth.max(axis=(1, 2), keepdims=True)
    relative: NDArray[np.float64] = (depth / np.maximum(greatest, 1e-9))[:, 1:-1, 1:-1]
    return relative


def sectors_of(head: NDArray[np.bool_], pixel: tuple[float, float]) -> NDArray[np.int64]:
    """Divide each slice into sectors about the middle of the head, and return their numbers."""
    numbers = np.empty(head.shape, dtype=np.int64)
    for slice_numbers, each in zip(numbers, head, strict=True):
        rows, columns = np.flatnonzero(each.any(axis=1)), np.flatnonzero(each.any(axis=0))
        middle = (rows.mean(), columns.mean()) if rows.size else (0.0, 0.0)
        row, column = np.ogrid[: each.shape[0], : each.shape[1]]
        angle = np.arctan2((row - middle[0]) * pixel[0], (column - middle[1]) * pixel[1])
        slice_numbers[:] = np.minimum((angle / np.pi + 1) * SECTORS / 2, SECTORS - 1)
    return numbers
