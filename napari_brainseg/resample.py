"""Bringing an image onto the grid of a scan, where one is not a permutation of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["on_one_grid", "resampled"]

HALF = 0.5
"""A voxel reaches so far beyond its centre."""


def on_one_grid(scan: Scan, reference: Scan) -> bool:
    """Whether two scans have the same voxels, to a ten-thousandth of a millimetre."""
    return scan.grid == reference.grid and np.allclose(scan.affine, reference.affine, atol=1e-4)


def resampled(
    image: NDArray[Any],
    affine: NDArray[np.float64],
    reference: Scan,
    *,
    order: int = 1,
    to_image: NDArray[np.float64] | None = None,
) -> NDArray[Any] | None:
    """Return an image on the grid of a scan.

    Parameters
    ----------
    image : ndarray of number, shape (Z, Y, X)
        Intensities, or labels.
    affine : ndarray of float64, shape (4, 4)
        The image's voxel index ``(x, y, z, 1)`` to RAS+ mm.
    reference : Scan
        Whose grid.
    order : {1, 0}
        1 interpolates linearly; 0 takes the nearest voxel, as labels need it.
    to_image : ndarray of float64, shape (4, 4), optional
        From RAS+ mm of the reference to those of the image, where they are not the same, as a
        registration found it.

    Returns
    -------
    ndarray, shape (Z, Y, X), or None
        float32, or the type of labels; 0 where the image does not reach. None where it reaches
        nowhere.
    """
    from scipy import ndimage

    between = np.eye(4) if to_image is None else to_image
    # Index (x, y, z) of the reference to index of the image; scipy wants array order (z, y, x).
    step = np.linalg.inv(affine) @ between @ reference.affine
    matrix, offset = step[2::-1, 2::-1], step[2::-1, 3]
    covered = _covered(matrix, offset, reference.grid, image.shape)
    if not covered.any():
        return None
    values = image.astype(np.float32) if order else image
    # "nearest": voxels reach half a voxel beyond their centres, and turns are exact to rounding.
    moved = ndimage.affine_transform(
        values, matrix, offset, reference.grid, order=order, mode="nearest"
    )
    return np.where(covered, moved, np.zeros((), moved.dtype))


def _covered(
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    grid: tuple[int, int, int],
    other: tuple[int, ...],
) -> NDArray[np.bool_]:
    """Which voxels (Z, Y, X) of a grid have their centre within the voxels of another."""
    covered = np.ones(grid, dtype=bool)
    indices = np.ogrid[tuple(slice(length) for length in grid)]
    for row, start, length in zip(matrix, offset, other, strict=True):
        place = sum(step * index for step, index in zip(row, indices, strict=True)) + start
        covered &= (place >= -HALF) & (place <= length - HALF)
    return covered
