"""Whether a brain was cut out of its head: no bright scalp is around it with a dark skull below."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.counting import largest_part
from napari_brainseg.intensity.regions import RIM, depth_in, upper_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.intensity.brain import BrainMap

__all__ = ["cut_out", "is_bare", "is_one_value"]

EXACT = 0.9
"""Share of what lies outside of the head that is one exact value, where it was cut out."""

SCALP = 2.5
"""A scalp with fat is brighter than the brain by more widths than this."""

SKULL = -0.7
"""Below a scalp lies a skull, darker than the brain by more widths than this."""

LAYERS = (0.02, 0.05, 0.08, 0.11, 0.14, 0.17, 0.2)
"""Borders of the layers, as shares of the slice's greatest depth, in one of which a skull lies."""


def is_bare(
    values: NDArray[np.floating[Any]],
    head: NDArray[np.bool_],
    around: NDArray[np.bool_],
    found: BrainMap,
    pixel: tuple[float, float] = (1.0, 1.0),
) -> bool:
    """Tell whether what is seen in a volume is a brain alone, amid an exact value.

    Parameters
    ----------
    values : ndarray of floats, shape (n, h, w)
        Some slices from foot to head, in any unit; coarse ones will do.
    head : ndarray of bool, shape (n, h, w)
        What is seen, brain or head.
    around : ndarray of bool, shape (n, h, w)
        Where the one exact value is that surrounds what was cut out; nowhere if there is none.
    found : BrainMap
        The brain's level and contrast.
    pixel : tuple of float
        Height and width of a pixel; only their ratio counts.
    """
    if found.width <= 0 or not is_one_value(around[~head]):
        return False
    # Bright as fat is, and as fluid around a brain is in T2: below the one lies a skull.
    if head.any() and (_rim_of(values, head, pixel) - found.level) / found.width >= SCALP:
        inside = cut_out(~around)
        has_skull = (_skull_of(values, inside, pixel) - found.level) / found.width < SKULL
        return not has_skull
    return True


def is_one_value(around: NDArray[np.bool_]) -> bool:
    """Tell whether nearly all that lies outside of a head is the one value around it."""
    return bool(around.size and np.mean(around) >= EXACT)


def cut_out(other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the largest part (n, h, w) of what is not the exact value around, its holes filled."""
    from scipy import ndimage

    return np.stack([ndimage.binary_fill_holes(each) for each in largest_part(other)])


def _rim_of(
    values: NDArray[np.floating[Any]], head: NDArray[np.bool_], pixel: tuple[float, float]
) -> float:
    """Return how bright the outermost shell of a head is: the 90th percentile of its upper part."""
    upper = upper_part(head)
    shell = head[upper] & (depth_in(head[upper], pixel) < RIM)
    return float(np.percentile(values[upper][shell], 90)) if shell.any() else float("nan")


def _skull_of(
    values: NDArray[np.floating[Any]], head: NDArray[np.bool_], pixel: tuple[float, float]
) -> float:
    """Return how dark a head gets below its surface: the least median of thin layers there."""
    upper = upper_part(head)
    depth = np.where(head[upper], depth_in(head[upper], pixel), 0)
    layers = [values[upper][(depth > low) & (depth <= high)] for low, high in pairwise(LAYERS)]
    return min((float(np.median(each)) for each in layers if each.size), default=float("nan"))
