"""Whether a probability of 0.8 means that four voxels in five are tumour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["BINS", "Reliability", "pool", "reliability"]

BINS = 15
MARGIN = (1, 10, 10)
"""Slices, rows and columns around the lesion that are looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Voxels by predicted probability, in :data:`BINS` bins of equal width.

    Parameters
    ----------
    voxels : ndarray of int, shape (BINS,)
        How many.
    probability : ndarray of float, shape (BINS,)
        Sum of their probabilities.
    positive : ndarray of int, shape (BINS,)
        How many of them are tumour.
    """

    voxels: NDArray[np.int64]
    probability: NDArray[np.float64]
    positive: NDArray[np.int64]

    @property
    def ece(self) -> float:
        """Expected calibration error: mean distance of probability and frequency, by voxel."""
        total = self.voxels.sum()
        return float(np.abs(self.probability - self.positive).sum() / total) if total else 0.0

    def curve(self) -> tuple[list[float], list[float]]:
        """Mean probability and observed frequency of the bins that hold voxels."""
        held = self.voxels > 0
        predicted = self.probability[held] / self.voxels[held]
        observed = self.positive[held] / self.voxels[held]
        return predicted.tolist(), observed.tolist()


def reliability(probabilities: NDArray[np.floating], reference: NDArray[np.generic]) -> Reliability:
    """Sort the voxels around the lesion by their probability.

    Only the lesion's bounding box and a margin count: far background is easy, and so much of it
    would make any network look well calibrated. A patient without lesion adds nothing.

    Parameters
    ----------
    probabilities : ndarray of float, shape (Z, Y, X)
        In [0, 1].
    reference : ndarray, shape (Z, Y, X)
        Nonzero is tumour.
    """
    true = reference.astype(bool)
    boxes = ndimage.find_objects(true.astype(np.uint8))
    if not boxes:
        return Reliability(np.zeros(BINS, np.int64), np.zeros(BINS), np.zeros(BINS, np.int64))
    around = tuple(
        slice(max(0, side.start - margin), side.stop + margin)
        for side, margin in zip(boxes[0], MARGIN, strict=True)
    )
    p = probabilities[around].astype(np.float64).ravel()
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    return Reliability(
        np.bincount(bins, minlength=BINS),
        np.bincount(bins, weights=p, minlength=BINS).astype(np.float64),
        np.bincount(bins[true[around].ravel()], minlength=BINS),
    )


def pool(each: Iterable[Reliability]) -> Reliability:
    """Join the voxels of several patients."""
    parts = list(each)
    return Reliability(
        np.sum([part.voxels for part in parts], axis=0),
        np.sum([part.probability for part in parts], axis=0),
        np.sum([part.positive for part in parts], axis=0),
    )
