"""Numbers per patient and over patients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from brainseg_train.evaluate.calibration import pool_reliability, reliability
from brainseg_train.evaluate.statistics import (
    confidence_interval,
    could_differ,
    holm,
    paired_p_value,
    share_interval,
)


def names(count: int) -> list[str]:
    return [f"p{number}" for number in range(count)]


def test_honest_probabilities_are_calibrated_and_bold_ones_are_not() -> None:
    random = np.random.default_rng(0)
    honest = random.uniform(size=(12, 40, 40))
    truth = random.uniform(size=honest.shape) < honest
    bold = np.where(honest > 0.5, 0.999, 0.001)
    assert reliability(honest, truth).ece < 0.02
    assert reliability(bold, truth).ece > 0.2


def test_a_patient_without_lesion_adds_nothing_to_calibration() -> None:
    empty = reliability(np.full((4, 8, 8), 0.3), np.zeros((4, 8, 8)))
    assert empty.voxels.sum() == 0
    assert pool_reliability([empty, empty]).ece == 0.0


@settings(max_examples=40)
@given(arrays(np.float64, 12, elements=st.floats(0, 1)))
def test_an_interval_holds_the_mean(values: np.ndarray) -> None:
    low, high = confidence_interval(names(12), lambda drawn: float(values[drawn].mean()))
    assert low - 1e-12 <= values.mean() <= high + 1e-12
    low, high = share_interval(values.tolist(), names(12))
    assert low - 1e-12 <= values.mean() <= high + 1e-12


def test_a_consistent_difference_is_significant_and_none_is_not() -> None:
    base = np.linspace(0.5, 0.9, 16)
    assert paired_p_value(base + np.linspace(0.01, 0.05, 16), base) < 0.001
    assert paired_p_value(base, base) == 1.0


def test_holm_adjusts_as_published() -> None:
    p = {("a", "b"): 0.01, ("a", "c"): 0.04, ("b", "c"): 0.03}
    assert holm(p) == pytest.approx({("a", "b"): 0.03, ("b", "c"): 0.06, ("a", "c"): 0.06})


def test_one_patient_says_nothing_of_others() -> None:
    assert confidence_interval(names(1), lambda drawn: float(drawn.mean())) is None
    assert share_interval([0.9, 0.8], ["anna", "anna"]) is None


@pytest.mark.parametrize("count", [5, 22])
def test_intervals_of_few_patients_cover_more_often_than_percentiles_do(count: int) -> None:
    random = np.random.default_rng(count)
    held = 0
    for _ in range(60):
        values = random.beta(8, 2, count)
        low, high = confidence_interval(
            names(count), lambda drawn, v=values: float(v[drawn].mean())
        )
        held += low <= 0.8 <= high
    assert held >= 52  # 93 % and more are expected; percentiles of five cover 83 %


@pytest.mark.parametrize("count", [5, 8, 16, 22])
@pytest.mark.parametrize("failures", [0.0, 0.1])
def test_intervals_of_dice_cover_where_few_patients_show_no_failure(
    count: int, failures: float
) -> None:
    random = np.random.default_rng(count)

    def draw(number: int) -> np.ndarray:
        good, bad = random.beta(9, 1.4, number), random.beta(1, 2.5, number)
        return np.where(random.random(number) < failures, bad, good)

    truth, held = draw(200_000).mean(), 0
    for _ in range(200):
        low, high = share_interval(draw(count).tolist(), names(count))
        held += low <= truth <= high
    assert held >= 184  # 95 % and more are expected; BCa covers 83 to 90 % with failures


def test_an_interval_is_as_narrow_as_patients_are_many() -> None:
    random = np.random.default_rng(0)
    dice = random.beta(9, 1.4, 400)
    low, high = share_interval(dice.tolist(), names(400))
    assert high - low < 1.15 * 2 * 1.96 * dice.std() / 20


def test_scans_of_one_patient_are_no_further_patients() -> None:
    dice = np.random.default_rng(1).beta(9, 3, 10)
    alone = share_interval(dice.tolist(), names(10))
    again = [*dice.tolist()] * 4
    assert share_interval(again, names(10) * 4) == pytest.approx(alone)
    low, high = share_interval(again, names(40))
    assert high - low < 0.7 * (alone[1] - alone[0])

    def mean(drawn: np.ndarray) -> float:
        return float(np.array(again)[drawn].mean())

    low, high = confidence_interval(names(10) * 4, mean)
    narrow = confidence_interval(names(40), mean)
    assert narrow[1] - narrow[0] < 0.7 * (high - low)


def test_five_patients_cannot_show_a_difference_and_six_can() -> None:
    assert [n for n in range(1, 9) if could_differ(n)] == [6, 7, 8]
    assert paired_p_value([0.1] * 5, [0.0] * 5) > 0.05 > paired_p_value([0.1] * 6, [0.0] * 6)
