"""Numbers per patient and over patients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from monai import metrics

from brainseg_train.calibration import pool, reliability
from brainseg_train.significance import confidence_interval, holm, paired_p_value
from brainseg_train.surface import surface_agreement

SPACING = (5.0, 0.9, 0.8)


def ball(center: tuple[int, int, int], radius: float) -> np.ndarray:
    z, y, x = np.ogrid[:12, :40, :40]
    squares = sum((axis - c) ** 2 for axis, c in zip((z, y, x), center, strict=True))
    return squares <= radius**2


def test_equal_masks_agree() -> None:
    mask = ball((6, 20, 20), 5)
    result = surface_agreement(mask, mask, SPACING, 1.0)
    assert (result.hd95, result.nsd) == (0.0, 1.0)


def test_a_shift_is_measured_in_mm() -> None:
    one, other = ball((6, 20, 20), 5), ball((6, 20, 24), 5)
    result = surface_agreement(one, other, (1.0, 1.0, 0.5), 0.4)
    assert 0 < result.hd95 <= 2.0
    assert result.nsd < 1


def test_a_missed_lesion_costs_more_than_any_found() -> None:
    reference = ball((6, 20, 20), 5)
    missed = surface_agreement(np.zeros_like(reference), reference, SPACING, 1.0)
    corner = np.zeros_like(reference)
    corner[0, 0, 0] = True
    found = surface_agreement(corner, reference, SPACING, 1.0)
    assert missed.hd95 > found.hd95
    assert missed.nsd == 0
    empty = np.zeros_like(reference)
    both = surface_agreement(empty, empty, SPACING, 1.0)
    assert (both.hd95, both.nsd) == (0.0, 1.0)


# MONAI's own call of its deprecated argument.
@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")
@pytest.mark.parametrize("seed", range(4))
def test_distances_are_those_of_monai(seed: int) -> None:
    random = np.random.default_rng(seed)
    mask, reference = (
        ball(tuple(random.integers((4, 12, 12), (8, 28, 28))), random.uniform(3, 8))
        | ball(tuple(random.integers((4, 12, 12), (8, 28, 28))), 2)
        for _ in range(2)
    )
    ours = surface_agreement(mask, reference, SPACING, 2.0)
    one, two = (torch.from_numpy(side[None, None]).float() for side in (mask, reference))
    hd95 = metrics.compute_hausdorff_distance(
        one, two, include_background=True, percentile=95, spacing=SPACING
    )
    nsd = metrics.compute_surface_dice(
        one, two, class_thresholds=[2.0], include_background=True, spacing=SPACING
    )
    assert ours.hd95 == pytest.approx(float(hd95), rel=1e-5)
    assert ours.nsd == pytest.approx(float(nsd), rel=1e-5)


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
    assert pool([empty, empty]).ece == 0.0


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
