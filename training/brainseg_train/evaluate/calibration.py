"""Whether a probability of 0.8 means that four voxels in five are tumour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage, optimize

from brainseg_train.evaluate.prediction import TEMPERATURES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = [
    "BINS",
    "Reliability",
    "count_logits",
    "fit_temperature",
    "pool_reliability",
    "reliability",
    "temperature_of",
]

BINS = 15
MARGIN = (1, 10, 10)
"""Slices, rows and columns around the lesion that are looked at."""

GREATEST_LOGIT = 16.0
LOGIT_BINS = 3200
LOGIT_EDGES = np.linspace(-GREATEST_LOGIT, GREATEST_LOGIT, LOGIT_BINS + 1)


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


def pool_reliability(each: Iterable[Reliability]) -> Reliability:
    """Join the voxels of several patients."""
    parts = list(each)
    return Reliability(
        np.sum([part.voxels for part in parts], axis=0),
        np.sum([part.probability for part in parts], axis=0),
        np.sum([part.positive for part in parts], axis=0),
    )


def fit_temperature(
    pairs: Iterable[tuple[NDArray[np.floating], NDArray[np.generic]]],
) -> float:
    """Find the temperature by which the logits must be divided to be calibrated.

    One number, at which all voxels of all patients have the least negative log-likelihood (Guo et
    al., On Calibration of Modern Neural Networks, 2017). All voxels, as a map of the whole scan is
    shown by it; so a lesion that the network saw where none is counts as well.

    Parameters
    ----------
    pairs : iterable of (ndarray of float, ndarray), each of shape (Z, Y, X)
        Probabilities and reference mask (nonzero is tumour) of patients not trained on.

    Returns
    -------
    float
        In the range that a model card allows; 1 if there is no tumour or nothing else.
    """
    return temperature_of(count_logits(pairs))


def count_logits(
    pairs: Iterable[tuple[NDArray[np.floating], NDArray[np.generic]]],
) -> NDArray[np.float64]:
    """Count the voxels of patients by logit, (2, LOGIT_BINS): background, then tumour.

    Counts of several patients add up.
    """
    counts = np.zeros((2, LOGIT_BINS))
    for probabilities, reference in pairs:
        p = probabilities.astype(np.float64)
        with np.errstate(divide="ignore"):
            logits = np.clip(np.log(p) - np.log1p(-p), -GREATEST_LOGIT, GREATEST_LOGIT)
        true = reference.astype(bool)
        for row, chosen in zip(counts, (~true, true), strict=True):
            row += np.histogram(logits[chosen], LOGIT_EDGES)[0]
    return counts


def temperature_of(counts: NDArray[np.float64]) -> float:
    """Find the temperature of voxels counted by :func:`count_logits`."""
    if not counts.any(axis=1).all():
        return 1.0
    middle = (LOGIT_EDGES[1:] + LOGIT_EDGES[:-1]) / 2

    def loss(log_temperature: float) -> float:
        scaled = middle / np.exp(log_temperature)
        return float(counts[0] @ np.logaddexp(0, scaled) + counts[1] @ np.logaddexp(0, -scaled))

    bounds = [float(np.log(bound)) for bound in TEMPERATURES]
    best = optimize.minimize_scalar(loss, bounds=bounds, method="bounded")
    return round(float(np.exp(best.x)), 3)
