"""The bounding box of a mask, and working within it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["bounding_box", "widened", "within_box"]


def bounding_box(
    mask: NDArray[np.bool_], margin: Sequence[int] | int = 0
) -> tuple[slice, ...] | None:
    """Find the smallest box that holds all marked voxels.

    Parameters
    ----------
    mask : ndarray of bool
    margin : int or sequence of int
        Voxels to add on each side, of all axes or of each; never beyond the array.

    Returns
    -------
    tuple of slice, or None
        One slice per axis; None where nothing is marked.

    Examples
    --------
    >>> bounding_box(np.array([[0, 0, 0], [0, 1, 0]], dtype=bool))
    (slice(1, 2, None), slice(1, 2, None))
    """
    box = [slice(0, size) for size in mask.shape]
    for axis in range(mask.ndim):
        rest = tuple(other for other in range(mask.ndim) if other != axis)
        # Each axis looks only at what the ones before it have left.
        marked = np.flatnonzero(mask[tuple(box)].any(axis=rest))
        if marked.size == 0:
            return None
        box[axis] = slice(int(marked[0]), int(marked[-1]) + 1)
    return widened(box, np.broadcast_to(margin, mask.ndim), mask.shape)


def widened(
    box: Sequence[slice], margins: Iterable[int], shape: Sequence[int]
) -> tuple[slice, ...]:
    """Add a margin of voxels on both sides of each axis of a box, never beyond the array."""
    return tuple(
        slice(max(0, side.start - int(more)), min(size, side.stop + int(more)))
        for side, more, size in zip(box, margins, shape, strict=True)
    )


def within_box(
    mask: NDArray[np.bool_],
    margin: Sequence[int] | int,
    work: Callable[[NDArray[np.bool_]], NDArray[np.bool_]],
) -> NDArray[np.bool_]:
    """Apply ``work`` to the box of a mask; outside of it nothing is marked.

    Parameters
    ----------
    mask : ndarray of bool
    margin : int or sequence of int
        Voxels that the result may reach beyond the mask.
    work : callable
        From the mask within the box to the result there.

    Returns
    -------
    ndarray of bool
        Of the shape of ``mask``; empty where that is.
    """
    result = np.zeros(mask.shape, dtype=bool)
    box = bounding_box(mask, margin)
    if box is not None:
        result[box] = work(mask[box])
    return result
