"""What turns probabilities into masks, chosen on patients that the network did not learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.data.labels import ONE_CLASS
from brainseg_train.evaluate.calibration import fit_temperature
from brainseg_train.evaluate.masks import class_pairs
from brainseg_train.evaluate.predict import predict_patient, score
from brainseg_train.evaluate.prediction import Prediction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import nn

    from brainseg_train.data.case import Patient
    from brainseg_train.data.labels import ClassTable

__all__ = [
    "Choice",
    "best_choice",
    "choose_postprocessing",
    "choose_prediction",
    "dice_of_choices",
]

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
KEEP_FRACTIONS = (0.0, 0.05, 0.1, 0.2)
CHOICES = tuple((threshold, keep) for threshold in THRESHOLDS for keep in KEEP_FRACTIONS)
MIRROR_GAIN = 0.005
"""Mean Dice that mirroring has to bring, since it doubles the time of every prediction."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What turns probabilities into a mask, and the mean Dice it reached."""

    threshold: float
    keep_fraction: float
    dice: float


def choose_postprocessing(
    probabilities: Sequence[NDArray[np.float32]],
    references: Sequence[NDArray[np.uint8]],
    table: ClassTable = ONE_CLASS,
) -> Choice:
    """Find threshold and component filter with the best mean Dice over patients and classes."""
    return best_choice(dice_of_choices(probabilities, references, table))


def best_choice(dice: NDArray[np.float64]) -> Choice:
    """Take the choice with the best mean of a table by :func:`dice_of_choices`."""
    means = dice.mean(axis=0)
    best = int(means.argmax())
    return Choice(*CHOICES[best], float(means[best]))


def dice_of_choices(
    probabilities: Sequence[NDArray[np.float32]],
    references: Sequence[NDArray[np.uint8]],
    table: ClassTable = ONE_CLASS,
) -> NDArray[np.float64]:
    """Dice of each patient by each of :data:`CHOICES`, as an array (patients, choices).

    Of several classes it is their mean.
    """
    columns = []
    for choice in CHOICES:
        overlaps = score(zip(probabilities, references, strict=True), *choice, table)
        columns.append([float(np.mean([each.dice for each in classes])) for classes in overlaps])
    return np.array(columns).T


def choose_prediction(
    network: nn.Module, patients: Sequence[Patient], device: str
) -> tuple[Prediction, list[NDArray[np.float32]]]:
    """Choose threshold, component filter and mirroring by mean Dice, and calibrate.

    Parameters
    ----------
    network : nn.Module
        Returns logits; on ``device``.
    patients : sequence of Patient
        None of whom it learned from.
    device : str
        As torch names it.

    Returns
    -------
    Prediction
        What was chosen.
    list of ndarray of float32, shape (Z, Y, X), or (K, Z, Y, X) of several classes
        The patients' probabilities by it.
    """
    masks, table = [patient.mask for patient in patients], patients[0].case.table
    plain = [predict_patient(network, patient, device, flip=False) for patient in patients]
    both = [predict_patient(network, patient, device, flip=True) for patient in patients]
    without, mirrored = (choose_postprocessing(each, masks, table) for each in (plain, both))
    flip = mirrored.dice > without.dice + MIRROR_GAIN
    best, probabilities = (mirrored, both) if flip else (without, plain)
    temperature = fit_temperature(class_pairs(zip(probabilities, masks, strict=True), table))
    return Prediction(best.threshold, best.keep_fraction, flip, temperature), probabilities
