"""What the folds of a row choose for one another, where it holds no patients out to choose on.

Patients held out to validate on are lost to training. A row that learns from them too chooses, for
each fold, on the test patients of all other folds: each was predicted by a network that had seen
nothing of that patient, and none of them is scored by the choice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from brainseg_train.evaluate.calibration import count_logits, temperature_of
from brainseg_train.evaluate.predict import best_choice, dice_of_choices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from brainseg_train.benchmark.rows import Row

__all__ = ["choose_across"]

HIGHEST = np.float32(1 - 2**-12)
"""Half precision, in which predictions are kept, calls all that lies above this bound one."""


def choose_across(
    rows: Sequence[Row], references: Mapping[str, NDArray[np.uint8]]
) -> tuple[Row, ...]:
    """Choose threshold, component filter and temperature of each fold on the others' patients.

    Parameters
    ----------
    rows : sequence of Row
        One row's folds, all finished. A single fold has no others, and stays as it is.
    references : mapping
        Masks (Z, Y, X) by name of the case, for every test patient.

    Returns
    -------
    tuple of Row
        The same, their records saying what was chosen; the files of the rows stay.
    """
    if len(rows) < 2:
        return tuple(rows)
    looked = [_look(row, references) for row in rows]
    return tuple(
        replace(row, record=row.record | {"prediction": _chosen(row, looked, place)})
        for place, row in enumerate(rows)
    )


def _look(
    row: Row, references: Mapping[str, NDArray[np.uint8]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Dice (patients, choices) and logits, counted, of a fold's test patients."""
    predictions = row.predictions()
    stacks = [stack.astype(np.float32).clip(max=HIGHEST) for stack in predictions.values()]
    masks = [references[name] for name in predictions]
    return dice_of_choices(stacks, masks), count_logits(zip(stacks, masks, strict=True))


def _chosen(
    row: Row,
    looked: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    place: int,
) -> dict[str, Any]:
    others = [each for number, each in enumerate(looked) if number != place]
    choice = best_choice(np.concatenate([dice for dice, _ in others]))
    return {
        **row.record["prediction"],
        "threshold": choice.threshold,
        "keep_fraction": choice.keep_fraction,
        "temperature": temperature_of(np.sum([counts for _, counts in others], axis=0)),
    }
