"""Where the brain ends, roughly, so that training can show heads without their skulls.

Many research scans come stripped of skull and scalp, by programs that cut at different depths. Of
the training heads a simple mask is made, once, when they are read: tissue of the brain's level that
hangs together after a thin opening, below the outermost shell of the head. What counts is not that
it is exact but that slices can be cut along it at a random depth
(:mod:`brainseg_train.data.elsewhere`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.counting import largest_part
from napari_brainseg.intensity.brain import LEVEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FURTHEST", "brain_depth"]

SIDE = 128
"""Pixels of a slice's width at which the mask is made."""

DARK, BRIGHT = 0.55 * LEVEL, 0.92
"""Brain tissue and tumours lie between these, on the network's scale."""

SHELL = 0.11
"""Thickness of scalp and skull, as a share of the head's greatest depth in a slice."""

OPENING = 1.75
"""Bridges of less than twice this width between brain and scalp are cut; pixels at SIDE."""

FURTHEST = 100
"""Depths beyond are kept as this; pixels."""


def brain_depth(
    slices: NDArray[np.float32], tumour: NDArray[np.uint8] | None = None
) -> NDArray[np.int8]:
    """Measure how deep each pixel lies below the surface of the brain, within its slice.

    Parameters
    ----------
    slices : ndarray of float32, shape (N, h, w)
        On the network's scale of 0 to 1, the brain at :data:`~napari_brainseg.intensity.LEVEL`.
    tumour : ndarray of uint8, shape (N, h, w), optional
        The reference mask, which counts as brain.

    Returns
    -------
    ndarray of int8, shape (N, h, w)
        In pixels, negative outside of the brain.
    """
    step = max(1, round(slices.shape[2] / SIDE))
    small = slices[:, ::step, ::step]
    brain = _brain(small)
    if tumour is not None:
        brain |= tumour[:, ::step, ::step] > 0
    depth = np.clip(step * np.stack([_signed_depth(each) for each in brain]), -FURTHEST, FURTHEST)
    whole = depth.repeat(step, axis=1).repeat(step, axis=2)
    fitting: NDArray[np.int8] = whole[:, : slices.shape[1], : slices.shape[2]].astype(np.int8)
    return fitting


def _brain(slices: NDArray[np.float32]) -> NDArray[np.bool_]:
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(slices, (0.4, 0.4, 0.4))
    tissue: NDArray[np.bool_] = (smooth > DARK) & (smooth < BRIGHT)
    shell = _depth(np.stack([ndimage.binary_fill_holes(each > DARK) for each in smooth]))
    tissue &= shell > SHELL * shell.max(initial=0.0)
    core = largest_part(_depth(tissue) > OPENING)
    if not core.any():
        return tissue
    grown = np.stack([_signed_depth(each) > -OPENING - 0.5 for each in core])
    closed = ndimage.binary_closing(np.pad(grown, ((0, 0), (4, 4), (4, 4))), _disc(3))
    filled = [ndimage.binary_fill_holes(each) for each in closed[:, 4:-4, 4:-4]]
    return np.stack(filled)


def _depth(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance from the outside, within the slice; beyond its edge all is outside."""
    from scipy import ndimage

    return np.stack(
        [ndimage.distance_transform_edt(np.pad(each, 1))[1:-1, 1:-1] for each in inside]
    )


def _signed_depth(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance from the border, positive inside; as far out as can be where nothing is inside."""
    from scipy import ndimage

    if not inside.any():
        return np.full(inside.shape, -float(FURTHEST))
    within: NDArray[np.float64] = ndimage.distance_transform_edt(inside)
    without: NDArray[np.float64] = ndimage.distance_transform_edt(~inside)
    return np.where(inside, within, -without)


def _disc(radius: int) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    disc: NDArray[np.bool_] = (rows**2 + columns**2 <= radius**2 + radius)[None]
    return disc
