"""From probabilities to a label map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["calibrated", "label_map", "strongest"]


def label_map(
    probabilities: NDArray[np.floating], threshold: float, keep_fraction: float, value: int
) -> NDArray[np.uint8]:
    """Mark voxels at or above a threshold, without components that are small beside the largest.

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
    from scipy import ndimage

    found = probabilities >= threshold
    if keep_fraction > 0:
        components, count = ndimage.label(found, structure=np.ones((3, 3, 3)))
        if count > 1:
            sizes = np.bincount(components.ravel())
            sizes[0] = 0
            found = (sizes >= keep_fraction * sizes.max())[components] & found
    return found.astype(np.uint8) * np.uint8(value)


def strongest(
    probabilities: NDArray[np.floating], values: Sequence[int]
) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
    """Find in each voxel the class with the highest probability; of equal ones the first.

    Parameters
    ----------
    probabilities : ndarray of float, shape (K, Z, Y, X)
        One map per class, in [0, 1].
    values : sequence of int
        The K classes' label values.

    Returns
    -------
    foreground : ndarray of float, shape (Z, Y, X)
        That highest probability.
    kinds : ndarray of uint8, shape (Z, Y, X)
        The label value of that class, in background too.
    """
    table = np.asarray(values, dtype=np.uint8)
    return probabilities.max(axis=0), table[probabilities.argmax(axis=0)]


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
