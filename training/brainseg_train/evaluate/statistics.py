"""How far a number measured on few patients can be trusted."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.evaluate.results import ModelComparison

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["compare_pairs", "confidence_interval", "holm", "paired_p_value"]

RESAMPLES = 2000


def confidence_interval(
    patients: int, statistic: Callable[[NDArray[np.int64]], float], seed: int = 0
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a statistic over patients.

    Parameters
    ----------
    patients : int
        How many there are.
    statistic : callable
        Given indices of patients, with repeats, returns the number.
    seed : int
        Of the resampling.

    References
    ----------
    Efron: Bootstrap methods: another look at the jackknife. Annals of Statistics, 1979.
    """
    random = np.random.default_rng(seed)
    drawn = random.integers(0, patients, size=(RESAMPLES, patients))
    low, high = np.percentile([statistic(indices) for indices in drawn], (2.5, 97.5))
    return float(low), float(high)


def paired_p_value(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Two-sided Wilcoxon signed-rank test on values of the same patients; 1 if they are all equal.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    from scipy.stats import wilcoxon

    difference = np.subtract(ours, theirs)
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} values against {len(theirs)}")
    return float(wilcoxon(difference).pvalue) if difference.any() else 1.0


def holm(p_values: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """Adjust p-values for their number, by Holm's method.

    References
    ----------
    Holm: A simple sequentially rejective multiple test procedure. Scandinavian Journal of
    Statistics, 1979.
    """
    adjusted: dict[tuple[str, str], float] = {}
    highest = 0.0
    for rank, (pair, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, p * (len(p_values) - rank)))
        adjusted[pair] = highest
    return adjusted


def compare_pairs(dice: Mapping[str, Mapping[str, float]]) -> tuple[ModelComparison, ...]:
    """Compare each two models on the Dice of the same patients: Wilcoxon's test, Holm-adjusted.

    Parameters
    ----------
    dice : mapping of str to mapping of str to float
        Dice by name of the case, by name of the model.
    """
    p_values, differences = {}, {}
    for one, other in combinations(dice, 2):
        cases = sorted(dice[one].keys() & dice[other].keys())
        ours, theirs = ([dice[name][case] for case in cases] for name in (one, other))
        p_values[one, other] = paired_p_value(ours, theirs)
        differences[one, other] = float(np.mean(np.subtract(ours, theirs)))
    adjusted = holm(p_values)
    return tuple(
        ModelComparison(
            rows=pair, dice_difference=differences[pair], p=p_values[pair], p_holm=adjusted[pair]
        )
        for pair in p_values
    )
