"""The two diameters of a lesion on one slice.

Definition. The *longest diameter* is the longest straight line between two points of the outline.
The *perpendicular* is the longest line at a right angle to it whose ends are on the outline too, on
either side of the lesion where that has a bay. Both may cross necrosis or a bay. This is the
bidimensional measurement of the Macdonald and RANO criteria (their product, and its change), as a
computation rather than by eye.

The outline runs half-way between the centres of voxels inside and outside the lesion. So a row of n
voxels is n voxels long, and a disc is as wide as the disc that it was drawn from.

References
----------
Wen et al.: Updated response assessment criteria for high-grade gliomas, J Clin Oncol 28:1963, 2010.
Wen et al.: RANO 2.0, J Clin Oncol 41:5187, 2023.
Chang et al.: Automatic assessment of glioma burden (AutoRANO), Neuro-Oncology 21:1412, 2019; there
the lines have to stay within the lesion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Diameters", "Line", "measure_diameters"]

CORNERS = 512
"""Corners of an outline that are examined at once; bounds the memory."""

Point = tuple[float, ...]
Line = tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Diameters:
    """The longest diameter and its longest perpendicular.

    Parameters
    ----------
    long_mm, short_mm : float
        Their lengths in mm.
    long, short : tuple of two points
        Their ends, in voxels; an end lies on the outline, between two voxels.
    """

    long_mm: float
    short_mm: float
    long: Line
    short: Line


def measure_diameters(region: NDArray[np.bool_], axes: NDArray[np.float64]) -> Diameters:
    """Measure one connected region of a slice.

    Parameters
    ----------
    region : ndarray of bool, shape (rows, columns)
        Not empty; holes do not matter. Of several connected parts, the largest is measured.
    axes : ndarray of float, shape (2, 3)
        The step from row to row and from column to column, in mm; any angle between them.

    Returns
    -------
    Diameters
        Its points are (row, column).

    Examples
    --------
    A bar of 1 x 4 voxels of 0.5 mm:

    >>> found = measure_diameters(np.ones((1, 4), dtype=bool), 0.5 * np.eye(2, 3))
    >>> found.long_mm, found.short_mm
    (2.0, 0.5)
    """
    from scipy.spatial import ConvexHull
    from scipy.spatial.distance import pdist, squareform

    outline = _outline(_largest_part(region))
    # Orthonormal directions in the slice: in them, lengths and right angles are those in mm.
    _, to_mm = np.linalg.qr(axes.T)
    points = outline @ to_mm.T
    corners = points[ConvexHull(points).vertices]
    apart = squareform(pdist(corners))
    first, last = np.unravel_index(int(apart.argmax()), apart.shape)
    start, end = corners[first], corners[last]
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]])
    place, low, high = _longest_chord(points @ along, points @ across)
    short = np.stack([place * along + low * across, place * along + high * across])
    back = np.linalg.inv(to_mm.T)
    return Diameters(
        float(apart[first, last]),
        float(high - low),
        _line(np.stack([start, end]) @ back),
        _line(short @ back),
    )


def _largest_part(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    parts, count = ndimage.label(region, structure=np.ones((3, 3)))
    if count > 1:
        region = parts == 1 + int(np.bincount(parts.ravel())[1:].argmax())
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(region)
    return filled


def _outline(region: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Trace a region without holes: (N, 2) points in voxels, the first one again at the end."""
    from skimage.measure import find_contours

    (outline,) = find_contours(np.pad(region, 1).astype(np.float32), 0.5, fully_connected="high")
    return np.asarray(outline) - 1.0


def _longest_chord(u: NDArray[np.float64], v: NDArray[np.float64]) -> tuple[float, float, float]:
    """Find the longest line of constant u between points of a closed outline.

    Between neighbouring corners of the outline the length of such a line changes evenly, so the
    longest one passes through a corner.

    Returns
    -------
    tuple of float
        Its u, and the v of its ends.
    """
    best = (-np.inf, 0.0, 0.0, 0.0)
    rise, step = np.diff(u), np.diff(v)
    for block in np.array_split(np.arange(u.size), 1 + u.size // CORNERS):
        share = (u[block, np.newaxis] - u[:-1]) / np.where(rise == 0, 1.0, rise)
        met = (share >= 0) & (share <= 1) & (rise != 0)
        crossing = v[:-1] + share * step
        low = np.minimum(np.where(met, crossing, np.inf).min(axis=1), v[block])
        high = np.maximum(np.where(met, crossing, -np.inf).max(axis=1), v[block])
        longest = int((high - low).argmax())
        length = high[longest] - low[longest]
        if length > best[0]:
            best = (length, u[block[longest]], low[longest], high[longest])
    return float(best[1]), float(best[2]), float(best[3])


def _line(ends: NDArray[np.float64]) -> Line:
    first, last = (tuple(float(value) for value in end) for end in ends)
    return first, last
