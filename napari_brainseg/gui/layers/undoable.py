"""Changing the voxels of a labels layer as one step that can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from napari.layers import Labels
    from numpy.typing import NDArray

__all__ = ["places_where", "write_labels", "write_voxels"]


def places_where(marked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], ...]:
    """Return what np.nonzero returns, nine times as fast: users would wait for the 20 ms."""
    return np.unravel_index(np.flatnonzero(marked), marked.shape)


def write_labels(layer: Labels, values: NDArray[Any], corner: tuple[int, ...] | None = None) -> int:
    """Write a box of labels into a layer, through the layer's own history.

    Parameters
    ----------
    layer : Labels
        The layer; Ctrl+Z undoes the whole box at once.
    values : ndarray of int
        As many axes as the layer has, in the order of its data.
    corner : tuple of int, optional
        Where the box begins; at the first voxel if not given.

    Returns
    -------
    int
        How many voxels changed; where it is 0, the history is left alone.
    """
    corner = corner or (0,) * values.ndim
    box = tuple(
        slice(start, start + size) for start, size in zip(corner, values.shape, strict=True)
    )
    inside = places_where(np.asarray(layer.data[box] != values))
    count = int(inside[0].size)
    if count:
        places = tuple(axis + start for axis, start in zip(inside, corner, strict=True))
        layer.data_setitem(places, values[inside])
    return count


def write_voxels(
    layer: Labels,
    places: tuple[NDArray[np.intp], ...],
    before: NDArray[Any],
    after: NDArray[Any],
) -> int:
    """Write those voxels that still are as they were, through the layer's own history.

    Parameters
    ----------
    layer : Labels
        The layer; Ctrl+Z undoes all of it at once.
    places : tuple of ndarray of int, shape (N,)
        One array per axis of the layer's data.
    before, after : ndarray of int, shape (N,)
        What was found there when ``after`` was computed, and what is to be there. A voxel that
        holds something else by now, e.g. because the user has painted it, is left alone.

    Returns
    -------
    int
        How many voxels were written; where it is 0, the history is left alone.
    """
    still = np.asarray(layer.data[places] == before)
    if not still.all():
        places = tuple(axis[still] for axis in places)
        after = after[still]
    if after.size:
        layer.data_setitem(places, after)
    return int(after.size)
