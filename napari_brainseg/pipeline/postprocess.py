"""From probabilities to a label map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.bbox import bounding_box
from napari_brainseg.counting import count_voxels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MaskRules", "calibrated", "label_map", "mark", "strongest"]

TOUCHING = np.ones((3, 3, 3))
"""Voxels that touch by a corner belong together."""


@dataclass(frozen=True, slots=True)
class MaskRules:
    """How a probability map becomes a mask; each rule works on what those before it left.

    Parameters
    ----------
    threshold : float
        Smallest probability that counts.
    smooth : float
        Standard deviation of the Gaussian that rounds the outline, in mm (in pixels for a scan
        without spacing); 0 leaves it.
    fill_holes : bool
        Whether holes that are closed within a slice are filled.
    keep_fraction : float
        Components smaller than this share of the largest are dropped.
    largest : int
        How many components are kept, the largest first; 0 keeps all.
    minimum : float
        Components of a smaller volume are dropped, in mm³ (in voxels for a scan without spacing).
    """

    threshold: float
    smooth: float = 0.0
    fill_holes: bool = False
    keep_fraction: float = 0.0
    largest: int = 0
    minimum: float = 0.0


def mark(
    probabilities: NDArray[np.floating],
    rules: MaskRules,
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0),
    voxel_volume: float = 1.0,
) -> NDArray[np.bool_]:
    """Mark the voxels that are foreground by the rules.

    Fast enough to follow a slider: all rules but the threshold work within the bounding box of
    what is above it.

    Parameters
    ----------
    probabilities : ndarray of float, shape (Z, Y, X)
        In [0, 1].
    rules : MaskRules
        The rules.
    spacing : tuple of float
        Voxel size along (Z, Y, X), in mm; ones where it is not known.
    voxel_volume : float
        In mm³; 1 where it is not known.

    Returns
    -------
    ndarray of bool, shape (Z, Y, X)

    Examples
    --------
    The largest component alone:

    >>> probabilities = np.array([[[0.9, 0.8, 0.1, 0.7]]])
    >>> mark(probabilities, MaskRules(threshold=0.5, largest=1))
    array([[[ True,  True, False, False]]])
    """
    found = _at_least(probabilities, rules.threshold)
    box = bounding_box(found, 1)
    if box is None:
        return found
    inside = found[box]
    if rules.smooth > 0:
        inside = _smooth(inside, [rules.smooth / step for step in spacing])
    if rules.fill_holes:
        inside = _fill_holes(inside)
    if rules.keep_fraction > 0 or rules.largest or rules.minimum > 0:
        inside = _large_components(inside, rules, voxel_volume)
    found[box] = inside
    return found


def label_map(
    probabilities: NDArray[np.floating], threshold: float, keep_fraction: float, value: int
) -> NDArray[np.uint8]:
    """Label voxels at or above a threshold, without components that are small beside the largest.

    Parameters
    ----------
    probabilities : ndarray of float, shape (Z, Y, X)
        In [0, 1].
    threshold : float
        Smallest probability that counts.
    keep_fraction : float
        Components (26-connected) smaller than this share of the largest are dropped; 0 keeps all.
    value : int
        Label of the class.

    Returns
    -------
    ndarray of uint8, shape (Z, Y, X)
    """
    found = mark(probabilities, MaskRules(threshold, keep_fraction=keep_fraction))
    return found.astype(np.uint8) * np.uint8(value)


def strongest(
    probabilities: NDArray[np.floating], values: Sequence[int], nested: float | None = None
) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
    """Find in each voxel the class with the highest probability; of equal ones the first.

    Of classes that lie within each other, the largest first, it is the last that is probable.

    Parameters
    ----------
    probabilities : ndarray of float, shape (K, Z, Y, X)
        One map per class, in [0, 1].
    values : sequence of int
        The K classes' label values.
    nested : float, optional
        The probability from which a class counts, where classes lie within each other.

    Returns
    -------
    foreground : ndarray of float, shape (Z, Y, X)
        That highest probability.
    kinds : ndarray of uint8, shape (Z, Y, X)
        The label value of that class, in background too.
    """
    table = np.asarray(values, dtype=np.uint8)
    if len(table) == 1:  # the usual case, free of cost
        return probabilities[0], np.broadcast_to(table[0], probabilities.shape[1:])
    chosen = probabilities.argmax(axis=0)
    if nested is not None:
        for place in range(len(table)):
            chosen[_at_least(probabilities[place], nested)] = place
    return probabilities.max(axis=0), table[chosen]


def calibrated(probabilities: NDArray[np.floating], temperature: float) -> NDArray[np.float32]:
    """Divide the logits by a temperature, for a map in which 0.8 means four voxels in five.

    For showing only: a model's threshold is on its own probabilities, not on these. The order of
    voxels stays, and so do 0, 1/2 and 1.

    Parameters
    ----------
    probabilities : ndarray of float, any shape
        The network's own, in [0, 1].
    temperature : float
        From the model card; 1 changes nothing, more is less sure.

    Returns
    -------
    ndarray of float32, same shape
    """
    # sigmoid(logit(p) / T), written so that no logit becomes infinite.
    given = probabilities.astype(np.float32)
    yes, no = (each ** np.float32(1 / temperature) for each in (given, 1 - given))
    return np.asarray(yes / (yes + no), dtype=np.float32)


def _at_least(probabilities: NDArray[np.floating], threshold: float) -> NDArray[np.bool_]:
    """Compare; half-precision numbers by their bits, which have the same order: ten times as fast.

    (As signed integers: negative numbers, minus zero among them, stay below any threshold.)
    """
    if probabilities.dtype != np.float16:
        return probabilities >= threshold
    least = np.float16(threshold)
    if float(least) < threshold:
        least = np.nextafter(least, np.float16(np.inf))
    return probabilities.view(np.int16) >= least.view(np.int16)


def _smooth(found: NDArray[np.bool_], sigma: list[float]) -> NDArray[np.bool_]:
    """Round the outline; it stays within the box, because no Gaussian grows a convex body.

    (Each axis as one product of matrices: three times as fast as filtering along it.)
    """
    from scipy import ndimage

    # At the edge of the scan a lesion is taken to go on: its last slice is repeated. At the other
    # faces of the box that slice is empty.
    z, y, x = (
        ndimage.gaussian_filter1d(np.eye(length, dtype=np.float32), width, axis=0, mode="nearest")
        for length, width in zip(found.shape, sigma, strict=True)
    )
    blurred: NDArray[np.float32] = np.tensordot(z, y @ found.astype(np.float32) @ x.T, axes=1)
    return blurred >= 0.5


def _fill_holes(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill holes within their slice, in all slices at once (faster than one by one)."""
    from scipy import ndimage

    touching = np.zeros((3, 3, 3))
    touching[1] = ndimage.generate_binary_structure(2, 1)
    background, count = ndimage.label(~found, touching)
    outside = np.zeros(count + 1, dtype=bool)
    for edge in (background[:, 0], background[:, -1], background[..., 0], background[..., -1]):
        outside[edge] = True
    outside[0] = False  # the foreground itself, which may reach the edge
    filled: NDArray[np.bool_] = ~outside[background]
    return filled


def _large_components(
    found: NDArray[np.bool_], rules: MaskRules, voxel_volume: float
) -> NDArray[np.bool_]:
    from scipy import ndimage

    components, _ = ndimage.label(found, structure=TOUCHING)
    sizes = count_voxels(components)
    sizes[0] = 0
    kept = (sizes >= rules.keep_fraction * sizes.max()) & (sizes * voxel_volume >= rules.minimum)
    if rules.largest:
        kept[np.argsort(-sizes, kind="stable")[rules.largest :]] = False
    kept[0] = False
    chosen: NDArray[np.bool_] = kept[components]
    return chosen
