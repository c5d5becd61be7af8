"""Numbers per patient and over patients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from brainseg_train.evaluate.calibration import pool_reliability, reliability
from brainseg_train.evaluate.statistics import confidence_interval, holm, paired_p_value


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


@given(arrays(np.float64, 12, elements=st.floats(0, 1)))
def test_an_interval_holds_the_mean(values: np.ndarray) -> None:
    low, high = confidence_interval(12, lambda drawn: float(values[drawn].mean()))
    assert low - 1e-12 <= values.mean() <= high + 1e-12


def test_a_consistent_difference_is_significant_and_none_is_not() -> None:
    base = np.linspace(0.5, 0.9, 16)
    assert paired_p_value(base + np.linspace(0.01, 0.05, 16), base) < 0.001
    assert paired_p_value(base, base) == 1.0


def test_holm_adjusts_as_published() -> None:
    p = {("a", "b"): 0.01, ("a", "c"): 0.04, ("b", "c"): 0.03}
    assert holm(p) == pytest.approx({("a", "b"): 0.03, ("b", "c"): 0.06, ("a", "c"): 0.06})
