"""Where the head is: all that a network need be shown.

A network that halves its slices so many times answers alike when a slice is moved by its stride,
but not when it is moved by less: then other pixels are the ones that are left over. So the corner
of a box lies on multiples of the stride. Off them, the mask of a patient changed by 0.03 Dice; on
them, the probabilities of whole slices come back but for what the network saw of the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.pipeline.prepare import PreparedSlices

__all__ = ["Box", "Head", "find_head"]

LEVEL = 0.2
"""Part of the intensity that becomes 1, above which something is."""

SHARE = 0.03
"""Part of a row or column that must be above it: fewer pixels are noise."""

MARGIN = 32
"""Least pixels around the head, in which a network sees that it ends: its stride.

What a network takes for the outside of its slice is no air but a middle grey. With 8 pixels of air
around them, heads with a scalp are marked as in whole slices (0.0004 in Dice), and heads without
one are not (0.007 on five of BraTS 2018, the worst 0.02), since there the brain is what is next to
it. With 32 pixels both are (0.0006, the worst 0.004).
"""

Box: TypeAlias = tuple[slice, slice]
"""Rows and columns of a network's slice."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The part of a scan that is not air.

    Parameters
    ----------
    boxes : tuple of Box
        Of each slice, on the slices that the network sees: what is to be shown of it. Its edges lie
        on multiples of the network's stride.
    filled : ndarray of bool, shape (N,)
        In which slices something is.
    """

    boxes: tuple[Box, ...]
    filled: NDArray[np.bool_]


def find_head(prepared: PreparedSlices) -> Head:
    """Find the boxes of the head.

    Parameters
    ----------
    prepared : PreparedSlices
        The scan as the network expects it.

    Returns
    -------
    Head
        Whole slices where there is nothing.
    """
    images = prepared.images
    volume, maps = prepared.volume[:images], prepared.maps[:images]
    _, count, height, width = volume.shape
    rows, columns = np.zeros((count, height), dtype=bool), np.zeros((count, width), dtype=bool)
    for index in range(count):
        slices = volume[:, index]
        if (slices == slices[:, :1, :1]).all():
            continue
        channels = zip(maps, slices, strict=True)
        shown = np.logical_or.reduce([each.exceeds(values, LEVEL) for each, values in channels])
        rows[index] = shown.sum(axis=1) > max(1, SHARE * width)
        columns[index] = shown.sum(axis=0) > max(1, SHARE * height)
    # A slice is shown with its neighbours.
    reach = prepared.params.neighbours
    rows, columns = _spread(rows, reach), _spread(columns, reach)
    geometry, stride = prepared.geometry, prepared.params.stride
    boxes = tuple(
        (
            _window(high, geometry.resampled[0], geometry.padded[0], stride),
            _window(wide, geometry.resampled[1], geometry.padded[1], stride),
        )
        for high, wide in zip(rows, columns, strict=True)
    )
    return Head(boxes, np.logical_and(rows.any(axis=1), columns.any(axis=1)))


def _spread(found: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Let what was found in each slice (N, length) be found in its neighbours too."""
    for _ in range(reach):
        padded = np.pad(found, ((1, 1), (0, 0)))
        found = padded[:-2] | found | padded[2:]
    return found


def _window(found: NDArray[np.bool_], resampled: int, padded: int, stride: int) -> slice:
    """Bring what was found along one axis of a slice to a range of the network's slice."""
    places = np.flatnonzero(found)
    if not len(places):
        return slice(0, padded)
    zoom, start = resampled / len(found), (padded - resampled) // 2
    low = start + int(places[0] * zoom) - MARGIN
    high = start + int(np.ceil((places[-1] + 1) * zoom)) + MARGIN
    return slice(max(0, low // stride * stride), min(padded, -(-high // stride) * stride))
