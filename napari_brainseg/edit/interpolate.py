"""Interpolating the slices between those that a person drew.

Shape-based interpolation after S. P. Raya and J. K. Udupa, "Shape-based interpolation of
multidimensional objects", IEEE Trans. Med. Imaging 9(1), 32-42 (1990): the signed distances to the
outlines of two slices are averaged with the weights of linear interpolation, and cut at zero. Parts
of two slices belong together where they overlap. Parts that do not overlap but lie near each other
move along the line between their centres while one turns into the other. A part without partner
ends on its slice.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.bbox import bounding_box
from napari_brainseg.errors import EditError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Pair = tuple[NDArray[np.bool_], NDArray[np.bool_]]

__all__ = ["interpolate_edits", "interpolate_slices"]

NEAR = 2.0
"""Largest distance of partners that do not overlap, in sums of their radii."""

TOUCHING = np.ones((3, 3))
"""Voxels of a slice that touch by a corner belong to one part."""


def interpolate_edits(
    mask: NDArray[np.bool_], edited: NDArray[np.bool_], spacing: Sequence[float]
) -> NDArray[np.bool_]:
    """Interpolate between edited slices; where that changes nothing, fill the gaps.

    Parameters
    ----------
    mask : ndarray of bool, shape (Z, Y, X)
    edited : ndarray of bool, shape (Z, Y, X)
        The voxels that were marked or unmarked by hand. Parts that touch none of them stay.
    spacing : sequence of float
        Along Z, Y and X, in mm.

    Returns
    -------
    ndarray of bool, shape (Z, Y, X)
        Gaps are the empty slices between two that hold the mask.

    Raises
    ------
    EditError
        If there is nothing to interpolate.
    """
    for source, touched in ((edited, edited), (mask, None)):
        keys = np.flatnonzero(source.any(axis=(1, 2))).tolist()
        result = interpolate_slices(mask, keys, spacing, touched)
        if not np.array_equal(result, mask):
            return result
    raise EditError(
        tr(
            "There is nothing to interpolate. Draw or correct this label on two slices that are "
            "not neighbours, in parts that overlap or lie near each other."
        )
    )


def interpolate_slices(
    mask: NDArray[np.bool_],
    keys: Sequence[int],
    spacing: Sequence[float],
    touched: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Interpolate between neighbouring key slices.

    Parameters
    ----------
    mask : ndarray of bool, shape (Z, Y, X)
    keys : sequence of int
        The slices to interpolate between, from 0. They stay as they are, and so does everything
        up to the next key slice where one of the two is empty.
    spacing : sequence of float
        Along Z, Y and X, in mm; slices count as equally far apart.
    touched : ndarray of bool, shape (Z, Y, X), optional
        Interpolate only parts that touch some of these voxels on both of their key slices.

    Returns
    -------
    ndarray of bool, shape (Z, Y, X)
        Parts between key slices stay where they touch nothing that is drawn.

    Examples
    --------
    >>> mask = np.zeros((3, 5, 5), dtype=bool)
    >>> mask[0, 2, 1:4] = mask[2, 2, 1:4] = True
    >>> interpolate_slices(mask, [0, 2], (5.0, 1.0, 1.0))[1].nonzero()
    (array([2, 2, 2]), array([1, 2, 3]))
    """
    result = mask.copy()
    for first, last in pairwise(sorted(set(keys))):
        block = result[first : last + 1]
        box = bounding_box(np.asarray(block.any(axis=0)))
        if last - first < 2 or box is None:
            continue
        pairs = _partners(block[0][box], block[-1][box], spacing[1:])
        if touched is not None:
            near = touched[first][box], touched[last][box]
            pairs = (pair for pair in pairs if all(map(_touches, pair, near)))
        _redraw(block[:, *box], pairs, spacing[1:])
    return result


def _touches(shape: NDArray[np.bool_], voxels: NDArray[np.bool_]) -> bool:
    """Whether some voxels lie in a shape or next to it, where it may have been erased."""
    from scipy import ndimage

    return bool((ndimage.binary_dilation(shape, TOUCHING) & voxels).any())


def _redraw(block: NDArray[np.bool_], pairs: Iterator[Pair], spacing: Sequence[float]) -> None:
    """Replace, in place, all slices of a block but the first and last."""
    from scipy import ndimage

    drawn = np.zeros_like(block)
    swept = np.zeros_like(block)
    for start, end in pairs:
        swept |= start | end
        for index, shape in enumerate(_shapes_between(start, end, len(block), spacing), start=1):
            drawn[index] |= shape
    swept |= drawn
    for index in range(1, len(block) - 1):
        parts, count = ndimage.label(block[index], structure=TOUCHING)
        gone = np.zeros(count + 1, dtype=bool)
        gone[np.unique(parts[swept[index]])] = True
        block[index] &= ~gone[parts]
        block[index] |= drawn[index]


def _shapes_between(
    start: NDArray[np.bool_], end: NDArray[np.bool_], count: int, spacing: Sequence[float]
) -> Iterator[NDArray[np.bool_]]:
    """Yield the shapes from one outline to the other, for slices 1 to ``count`` - 2."""
    from scipy import ndimage

    move = np.zeros(2)
    if not (start & end).any():
        move = np.subtract(*(ndimage.center_of_mass(shape) for shape in (end, start)))
    depths = _signed_distance(start, spacing), _signed_distance(end, spacing)
    for index in range(1, count - 1):
        way = index / (count - 1)
        ways = (way, way - 1.0)
        here, there = (
            ndimage.shift(depth, move * share, order=1, mode="nearest") if move.any() else depth
            for depth, share in zip(depths, ways, strict=True)
        )
        yield (1.0 - way) * here + way * there > 0


def _signed_distance(shape: NDArray[np.bool_], spacing: Sequence[float]) -> NDArray[np.float64]:
    """Return the distance to the outline, positive inside; beyond the slice is outside."""
    from scipy import ndimage

    padded = np.pad(shape, 1)
    depth = ndimage.distance_transform_edt(padded, sampling=spacing)
    depth -= ndimage.distance_transform_edt(~padded, sampling=spacing)
    return np.asarray(depth[1:-1, 1:-1])


def _partners(
    start: NDArray[np.bool_], end: NDArray[np.bool_], spacing: Sequence[float]
) -> Iterator[Pair]:
    """Yield the parts of two slices that belong together."""
    from scipy import ndimage

    parts, others = (ndimage.label(shape, structure=TOUCHING)[0] for shape in (start, end))
    left, right = _overlap_groups(parts, others)
    for group in np.intersect1d(left[1:], right[1:]):
        yield (left == group)[parts] & start, (right == group)[others] & end
    alone, lonely = (
        [index for index in range(1, len(mine)) if mine[index] not in theirs[1:]]
        for mine, theirs in ((left, right), (right, left))
    )
    for part, other in _near_each_other(parts, alone, others, lonely, spacing):
        yield parts == part, others == other


def _overlap_groups(
    parts: NDArray[np.int_], others: NDArray[np.int_]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Return numbers of the groups of parts that overlap, directly or through others.

    Parameters
    ----------
    parts, others : ndarray of int, shape (Y, X)
        Labelled parts of two slices.

    Returns
    -------
    tuple of ndarray of int
        For both slices the group of each label, the background's (0) first. One numbering serves
        both.
    """
    from scipy import sparse

    count = int(parts.max()) + 1
    size = count + int(others.max()) + 1
    both = (parts > 0) & (others > 0)
    ends = parts[both], others[both] + count
    links = sparse.coo_matrix((np.ones(len(ends[0])), ends), shape=(size, size))
    _, groups = sparse.csgraph.connected_components(links, directed=False)
    return groups[:count], groups[count:]


def _near_each_other(
    parts: NDArray[np.int_],
    alone: Sequence[int],
    others: NDArray[np.int_],
    lonely: Sequence[int],
    spacing: Sequence[float],
) -> Iterator[tuple[int, int]]:
    """Pair the parts that overlap nothing, so that they are least far apart in sum."""
    from scipy.optimize import linear_sum_assignment

    if not alone or not lonely:
        return
    far = _farness(parts, alone, others, lonely, spacing)
    for row, column in zip(*linear_sum_assignment(far), strict=True):
        if far[row, column] <= NEAR:
            yield alone[row], lonely[column]


def _farness(
    parts: NDArray[np.int_],
    alone: Sequence[int],
    others: NDArray[np.int_],
    lonely: Sequence[int],
    spacing: Sequence[float],
) -> NDArray[np.float64]:
    """Return distances of centres, in sums of the radii of discs as large as the parts."""
    from scipy import ndimage
    from scipy.spatial.distance import cdist

    centres, radii = [], []
    for found, wanted in ((parts, alone), (others, lonely)):
        places = ndimage.center_of_mass(found > 0, found, wanted)
        centres.append(np.array(places) * spacing)
        areas = np.bincount(found.ravel())[list(wanted)] * np.prod(spacing)
        radii.append(np.sqrt(areas / np.pi))
    return np.asarray(cdist(*centres) / np.add.outer(*radii))
