"""Where the head is: all that a network need be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.pipeline.prepare import PreparedSlices

__all__ = ["Head", "find_head"]

LEVEL = 0.2
"""Part of the intensity that becomes 1, above which something is."""

SHARE = 0.03
"""Part of a row or column that must be above it: fewer pixels are noise."""

MARGIN = 8
"""Pixels around the head, in which a network sees that it ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The part of a scan that is not air.

    Parameters
    ----------
    rows, columns : slice
        The box that holds it in all slices, on the slices that the network sees; its height and
        width are multiples of the network's stride.
    filled : ndarray of bool, shape (N,)
        In which slices something is.
    """

    rows: slice
    columns: slice
    filled: NDArray[np.bool_]


def find_head(prepared: PreparedSlices) -> Head:
    """Find the box of the head, one for all slices.

    Parameters
    ----------
    prepared : PreparedSlices
        The scan as the network expects it.

    Returns
    -------
    Head
        The whole slice where there is nothing.
    """
    # Where one image feeds every role there is only one to look at.
    images = 1 if prepared.volume.strides[0] == 0 else len(prepared.volume)
    volume, maps = prepared.volume[:images], prepared.maps[:images]
    _, count, height, width = volume.shape
    rows, columns = np.zeros(height, dtype=bool), np.zeros(width, dtype=bool)
    filled = np.zeros(count, dtype=bool)
    for index in range(count):
        slices = volume[:, index]
        if (slices == slices[:, :1, :1]).all():
            continue
        channels = zip(maps, slices, strict=True)
        shown = np.logical_or.reduce([each.exceeds(values, LEVEL) for each, values in channels])
        high = shown.sum(axis=1) > max(1, SHARE * width)
        wide = shown.sum(axis=0) > max(1, SHARE * height)
        filled[index] = high.any() and wide.any()
        rows |= high
        columns |= wide
    geometry, stride = prepared.geometry, prepared.params.stride
    return Head(
        _window(rows, geometry.resampled[0], geometry.padded[0], stride),
        _window(columns, geometry.resampled[1], geometry.padded[1], stride),
        _with_neighbours(filled, prepared.params.neighbours),
    )


def _with_neighbours(filled: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Count slices in which nothing is, but that are shown with one in which something is."""
    for _ in range(reach):
        filled = filled | np.append(filled[1:], False) | np.append(False, filled[:-1])
    return filled


def _window(found: NDArray[np.bool_], resampled: int, padded: int, stride: int) -> slice:
    """Bring what was found along one axis of the scan to a range of the network's slices."""
    places = np.flatnonzero(found)
    if not len(places):
        return slice(0, padded)
    zoom, start = resampled / len(found), (padded - resampled) // 2
    low = start + int(places[0] * zoom) - MARGIN
    high = start + int(np.ceil((places[-1] + 1) * zoom)) + MARGIN
    length = min(-(-(high - low) // stride) * stride, padded)
    low = max(0, min((low + high - length) // 2, padded - length))
    return slice(low, low + length)
