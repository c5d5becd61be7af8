"""Re-drawing a mask between a few strokes inside and outside of it.

Geodesic segmentation after X. Bai and G. Sapiro, "A geodesic framework for fast interactive image
and video segmentation and matting", Proc. ICCV 2007, and A. Criminisi, T. Sharp and A. Blake,
"GeoS: geodesic image segmentation", Proc. ECCV 2008, 99-112: the intensities under the strokes say
how likely a voxel is inside; a voxel goes to the strokes that are nearer by the shortest way, which
is long through what is unlikely. The ways are those of skimage's ``MCP_Geometric``. It was chosen
among four by measuring: ``benchmarks/scribbling.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.bbox import bounding_box, widened
from napari_brainseg.errors import EditError
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Box = tuple[slice, ...]

__all__ = ["INSIDE", "OUTSIDE", "follow_strokes"]

INSIDE, OUTSIDE = 1, 2
"""The values of strokes; 0 is none."""

SHARE, LEAST = 0.5, 12.0
"""The mask is drawn anew as far around the strokes as this share of their extent, or this many mm.
"""

BINS, BLUR, FLOOR = 64, 2.7, 0.1
"""Of the histograms of intensities: bins, their blur in bins, and what each holds at least."""

STEP = 0.03
"""What a mm costs where the voxels are certain, 1 being where the contrary is."""

SMOOTH = 0.5
"""Standard deviation by which noise is smoothed, in voxels of the finest axis."""

SURE = 0.95
"""No probability counts as surer than this."""

MOST = 150_000
"""In larger boxes the ways are first found on a coarser grid, then near the outline only."""

NOTHING_DRAWN = marked("Nothing is drawn here: draw inside and outside of what is to be marked.")
INSIDE_MISSING = marked("Nothing is drawn inside: draw a stroke through what is to be marked, too.")
OUTSIDE_MISSING = marked(
    "Nothing is drawn outside: draw a stroke through what is not to be marked, too."
)
CANCELLED = marked("Cancelled; the mask is as it was.")


def follow_strokes(
    mask: NDArray[np.bool_],
    strokes: NDArray[np.uint8],
    intensities: NDArray[Any],
    spacing: Sequence[float],
    likely: NDArray[Any] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> NDArray[np.bool_]:
    """Draw a mask anew between strokes, and leave it as it is farther away.

    Parameters
    ----------
    mask : ndarray of bool, shape ([Z,] Y, X)
        Around the strokes only its border counts, where what is drawn anew joins what stays. Where
        nothing is drawn inside, its core stands for that.
    strokes : ndarray of uint8
        :data:`INSIDE` and :data:`OUTSIDE`, of the shape of the mask.
    intensities : ndarray
        The scan, of the shape of the mask.
    spacing : sequence of float
        Distance of neighbouring voxels along each axis, in mm.
    likely : ndarray of float, optional
        What a model holds to be the probability of each voxel, in [0, 1]; 0.5 is no opinion.
    cancelled : callable
        Asked between the steps whether to stop.

    Returns
    -------
    ndarray of bool
        It holds all of the strokes inside, and nothing of those outside.

    Raises
    ------
    EditError
        If there are no strokes, or nothing that could be inside, or outside; or if cancelled.

    Examples
    --------
    A bright square, from one voxel in it and one beside it:

    >>> scan = np.zeros((9, 9))
    >>> scan[2:7, 2:7] = 100
    >>> strokes = np.zeros((9, 9), dtype=np.uint8)
    >>> strokes[4, 4], strokes[4, 0] = INSIDE, OUTSIDE
    >>> mask = follow_strokes(scan < 0, strokes, scan, (1.0, 1.0))
    >>> bool((mask == (scan > 0)).all())
    True
    """
    box = _reach(strokes, spacing)
    if box is None:
        raise EditError(tr(NOTHING_DRAWN))
    seeds = _seeds(mask, strokes, box)
    chance = _chance(_smoothed(intensities[box], spacing), seeds)
    if likely is not None:
        chance = _joined(chance, np.asarray(likely[box], dtype=np.float32))
    result = mask.copy()
    result[box] = _nearer_inside(chance, seeds, tuple(spacing), cancelled)
    return result


def _reach(strokes: NDArray[np.uint8], spacing: Sequence[float]) -> Box | None:
    """Return the box that is drawn anew."""
    box = bounding_box(strokes > 0)
    if box is None:
        return None
    margins = (
        np.ceil(max(SHARE * (side.stop - side.start), LEAST / step))
        for side, step in zip(box, spacing, strict=True)
    )
    return widened(box, margins, strokes.shape)


def _seeds(mask: NDArray[np.bool_], strokes: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return the strokes, and what the mask says on the border of the box."""
    from scipy import ndimage

    drawn, before = strokes[box], mask[box]
    seeds = drawn.copy()
    within = tuple(
        slice(int(side.start > 0), (side.stop - side.start) - int(side.stop < size))
        for side, size in zip(box, mask.shape, strict=True)
    )
    border = np.ones(drawn.shape, dtype=bool)
    border[within] = False
    border &= drawn == 0
    seeds[border] = np.where(before[border], INSIDE, OUTSIDE)
    if not (seeds == INSIDE).any():
        depth = ndimage.distance_transform_edt(before & (drawn == 0))
        seeds[(depth > 0) & (depth >= depth.max() / 2)] = INSIDE
    for kind, missing in ((INSIDE, tr(INSIDE_MISSING)), (OUTSIDE, tr(OUTSIDE_MISSING))):
        if not (seeds == kind).any():
            raise EditError(missing)
    return seeds


def _smoothed(intensities: NDArray[Any], spacing: Sequence[float]) -> NDArray[np.float32]:
    from scipy import ndimage

    sigma = [SMOOTH * min(spacing) / step for step in spacing]
    return np.asarray(ndimage.gaussian_filter(intensities.astype(np.float32), sigma))


def _chance(values: NDArray[np.float32], seeds: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute how likely each voxel is inside, by the intensities of the seeds alone."""
    from scipy import ndimage

    low, high = np.percentile(values, (0.5, 99.5))
    levels = (values - low) * ((BINS - 1) / max(float(high - low), 1e-6))
    bins = np.clip(levels, 0, BINS - 1).astype(np.uint8)
    counts = []
    for kind in (INSIDE, OUTSIDE):
        count = np.bincount(bins[seeds == kind], minlength=BINS).astype(np.float32)
        counts.append(ndimage.gaussian_filter1d(count / count.sum(), BLUR) + FLOOR / BINS)
    inside, outside = counts
    return np.asarray((inside / (inside + outside))[bins], dtype=np.float32)


def _joined(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Join two independent opinions on whether voxels are inside."""
    other = np.clip(other, 1 - SURE, SURE)
    both = one * other
    return np.asarray(both / (both + (1 - one) * (1 - other)))


def _nearer_inside(
    chance: NDArray[np.float32],
    seeds: NDArray[np.uint8],
    spacing: tuple[float, ...],
    cancelled: Callable[[], bool],
) -> NDArray[np.bool_]:
    """Mark the voxels that are nearer to the seeds inside, in large boxes from coarse to fine."""
    from scipy import ndimage
    from skimage.measure import block_reduce

    strides = _strides(chance.shape, spacing)
    if max(strides) == 1:
        return _race(chance, seeds, spacing, cancelled)
    count = block_reduce(np.ones(chance.shape, dtype=np.float32), strides, np.sum)
    votes = block_reduce(np.select([seeds == INSIDE, seeds == OUTSIDE], [1, -1]), strides, np.sum)
    coarse = _race(
        block_reduce(chance, strides, np.sum) / count,
        np.select([votes > 0, votes < 0], [INSIDE, OUTSIDE]).astype(np.uint8),
        tuple(step * stride for step, stride in zip(spacing, strides, strict=True)),
        cancelled,
    )
    for axis, stride in enumerate(strides):
        coarse = coarse.repeat(stride, axis=axis)
    guess = coarse[tuple(slice(size) for size in chance.shape)]
    around = [2 * stride + 1 for stride in strides]
    near = ndimage.maximum_filter(guess, around) & ~ndimage.minimum_filter(guess, around)
    sure = np.where(guess, INSIDE, OUTSIDE).astype(np.uint8)
    return _race(chance, np.where(near, seeds, sure), spacing, cancelled)


def _strides(shape: Sequence[int], spacing: Sequence[float]) -> tuple[int, ...]:
    """Return how many voxels along each axis become one, so that there are not too many."""
    strides = [1] * len(shape)
    while np.prod([-(-size // stride) for size, stride in zip(shape, strides, strict=True)]) > MOST:
        finest = min(range(len(shape)), key=lambda axis: spacing[axis] * strides[axis])
        strides[finest] += 1
    return tuple(strides)


def _race(
    chance: NDArray[np.float32],
    seeds: NDArray[np.uint8],
    spacing: tuple[float, ...],
    cancelled: Callable[[], bool],
) -> NDArray[np.bool_]:
    """Mark the voxels that are nearer to the seeds inside, by the shortest ways through chances."""
    from scipy import ndimage
    from skimage.graph import MCP_Geometric

    free = ndimage.binary_dilation(seeds == 0, np.ones((3,) * seeds.ndim))
    ways = []
    for kind, toll in ((INSIDE, 1 - chance), (OUTSIDE, chance)):
        if cancelled():
            raise EditError(tr(CANCELLED))
        # No way leads through what is decided otherwise: a negative cost bars it.
        passable = free & ((seeds == 0) | (seeds == kind))
        costs = np.where(passable, STEP + toll, -1.0)
        starts = np.argwhere(free & (seeds == kind))
        finder = MCP_Geometric(costs, sampling=spacing)
        ways.append(finder.find_costs(starts)[0] if len(starts) else np.full(seeds.shape, np.inf))
    nearer = np.asarray(ways[0] < ways[1])
    return np.where(seeds == 0, nearer, seeds == INSIDE)
