"""What the folds of a row choose for one another, where it holds no patients out to choose on.

Patients held out to validate on are lost to training. A row that learns from them too chooses, for
each fold, on the test patients of all other folds: each was predicted by a network that had seen
nothing of that patient, and none of them is scored by the choice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from brainseg_train.data.labels import ONE_CLASS
from brainseg_train.evaluate.calibration import count_logits, temperature_of
from brainseg_train.evaluate.choose import best_choice, dice_of_choices
from brainseg_train.evaluate.masks import class_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from brainseg_train.data.labels import ClassTable
    from brainseg_train.evaluate.prediction import Prediction

__all__ = ["TestedFold", "choose_across"]

HIGHEST = np.float32(1 - 2**-12)
"""Half precision, in which predictions are kept, calls all that lies above this bound one."""


class TestedFold(Protocol):
    """What is asked of a fold: how it answers so far, and its test patients' probabilities."""

    @property
    def prediction(self) -> Prediction:
        """What the fold itself has chosen."""

    def predictions(self) -> Mapping[str, NDArray[np.float16]]:
        """Probabilities (Z, Y, X) by name of the test case."""


def choose_across(
    folds: Sequence[TestedFold],
    references: Mapping[str, NDArray[np.uint8]],
    table: ClassTable = ONE_CLASS,
) -> tuple[Prediction, ...]:
    """Choose threshold, component filter and temperature of each fold on the others' patients.

    Parameters
    ----------
    folds : sequence of TestedFold
        One row's folds, all finished. A single fold has no others, and keeps what it has.
    references : mapping
        Masks (Z, Y, X) by name of the case, for every test patient.
    table : ClassTable
        What their bits mean.
    """
    if len(folds) < 2:
        return tuple(fold.prediction for fold in folds)
    looked = [_look(fold, references, table) for fold in folds]
    return tuple(_chosen(fold.prediction, looked, place) for place, fold in enumerate(folds))


def _look(
    fold: TestedFold, references: Mapping[str, NDArray[np.uint8]], table: ClassTable
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Dice (patients, choices) and logits, counted, of a fold's test patients."""
    predictions = fold.predictions()
    stacks = [stack.astype(np.float32).clip(max=HIGHEST) for stack in predictions.values()]
    masks = [references[name] for name in predictions]
    pairs = class_pairs(zip(stacks, masks, strict=True), table)
    return dice_of_choices(stacks, masks, table), count_logits(pairs)


def _chosen(
    own: Prediction,
    looked: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    place: int,
) -> Prediction:
    others = [each for number, each in enumerate(looked) if number != place]
    choice = best_choice(np.concatenate([dice for dice, _ in others]))
    return replace(
        own,
        threshold=choice.threshold,
        keep_fraction=choice.keep_fraction,
        temperature=temperature_of(np.sum([counts for _, counts in others], axis=0)),
    )
