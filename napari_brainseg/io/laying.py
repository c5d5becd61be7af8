"""Laying a mask on the grid of a scan: voxel on voxel, never resampled."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["laid_on", "lies_on"]

MAX_APART = 0.5
"""How far voxels may lie from those of the scan, in sizes of its smallest one."""


def lies_on(labels: NDArray[Any], affine: NDArray[np.float64], scan: Scan) -> bool:
    """Whether a mask has a scan's grid, and no corner further from its own than half a voxel."""
    if labels.shape != scan.grid:
        return False
    apart = np.linalg.norm(_corners(scan.grid) @ (affine - scan.affine).T, axis=1)
    return bool(apart.max() <= MAX_APART * min(scan.spacing))


def laid_on(
    labels: NDArray[Any], affine: NDArray[np.float64], scan: Scan
) -> NDArray[np.uint8 | np.uint16] | None:
    """Lay a mask on the grid of a scan whose voxels it has in another order, or some of them.

    Parameters
    ----------
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The mask; its axes may be permuted and flipped against the scan's, and it may be cropped.
    affine : ndarray of float64, shape (4, 4)
        Its voxel index ``(x, y, z, 1)`` to RAS+ mm.
    scan : Scan
        The scan.

    Returns
    -------
    ndarray, shape (Z, Y, X), or None
        Every label on the scan's grid; None where voxels do not fall on voxels, or marked ones
        fall outside the scan.

    Examples
    --------
    A mask that another program has saved from the front to the back, and of two slices only:

    >>> turned = scan.affine @ np.diag([1, -1, 1, 1])
    >>> turned[:3, 3] += 47 * scan.affine[:3, 1] + 3 * scan.affine[:3, 2]
    >>> part = np.ones((2, 48, 40), np.uint8)
    >>> laid_on(part, turned, scan).sum(axis=(1, 2)).tolist()  # doctest: +SKIP
    [0, 0, 0, 1920, 1920, 0, 0]
    """
    if lies_on(labels, affine, scan):
        return labels
    move = _move(labels.shape, affine, scan)
    if move is None or _exchanged(labels.shape, move[0], scan.grid):
        return None
    return _moved(labels, *move, scan.grid)


def _exchanged(shape: tuple[int, ...], turn: NDArray[np.intp], grid: tuple[int, int, int]) -> bool:
    """Whether a mask has its lengths in another order than the scan, and its axes in the same.

    So it is where a program exchanged the axes of an array and kept the affine: every voxel would
    lie on one of the scan's, and most of them on the wrong one.
    """
    return (
        shape != grid
        and sorted(shape) == sorted(grid)
        and not (turn - np.diag(turn.diagonal())).any()
    )


def _corners(grid: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the corner voxels (x, y, z, 1) of a grid (Z, Y, X)."""
    z, y, x = grid
    return np.array(list(product((0, x - 1), (0, y - 1), (0, z - 1), (1,))), dtype=np.float64)


def _move(
    grid: tuple[int, ...], affine: NDArray[np.float64], scan: Scan
) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Find the turn and the shift, in whole voxels (x, y, z), that bring a grid onto a scan's."""
    step = np.linalg.inv(scan.affine) @ affine
    if not np.isfinite(step).all() or np.abs(step).max() > 2**31:
        return None
    turn = np.rint(step[:3, :3])
    if not np.array_equal(np.abs(turn) @ np.abs(turn.T), np.eye(3)):
        return None
    corners = _corners(grid)
    centre = corners.mean(axis=0)
    shift = np.rint((step @ centre)[:3] - turn @ centre[:3])
    apart = corners @ step[:3].T - (corners[:, :3] @ turn.T + shift)
    distance = np.linalg.norm(apart @ scan.affine[:3, :3].T, axis=1).max()
    if distance > MAX_APART * min(scan.spacing):
        return None
    return turn.astype(np.intp), shift.astype(np.intp)


def _moved(
    labels: NDArray[Any],
    turn: NDArray[np.intp],
    shift: NDArray[np.intp],
    grid: tuple[int, int, int],
) -> NDArray[Any] | None:
    """Turn a mask, and put what it marks where it belongs; None where that is outside."""
    # From (x, y, z) to the order of arrays.
    turn, shift = turn[::-1, ::-1], shift[::-1]
    order = np.abs(turn).argmax(axis=1)
    signs = turn[range(3), order]
    turned = labels.transpose(*order)[tuple(slice(None, None, int(sign)) for sign in signs)]
    starts = np.where(signs > 0, shift, shift - np.array(turned.shape) + 1)
    ends = starts + turned.shape
    inside = tuple(
        slice(max(-start, 0), max(length - start, 0))
        for start, length in zip(starts.tolist(), grid, strict=True)
    )
    kept = turned[inside]
    if np.count_nonzero(kept) != np.count_nonzero(labels):
        return None
    placed = np.zeros(grid, labels.dtype)
    place = tuple(
        slice(max(start, 0), max(end, 0)) for start, end in zip(starts, ends, strict=True)
    )
    if kept.size:
        placed[place] = kept
    return placed
