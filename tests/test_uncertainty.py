"""Which slices are worth a look."""

from __future__ import annotations

import numpy as np
import pytest

from napari_brainseg.postprocess import calibrated
from napari_brainseg.uncertainty import expected_errors


def test_voxels_near_the_boundary_count_on_both_sides() -> None:
    probabilities = np.zeros((3, 4, 4), np.float32)
    probabilities[1] = 0.9
    probabilities[2, 0] = 0.4
    doubt = expected_errors(probabilities, probabilities >= 0.5)
    assert doubt == pytest.approx([0, 16 * 0.1, 4 * 0.4])


def test_what_is_surely_outside_does_not_add_up() -> None:
    assert expected_errors(np.full((1, 500, 500), 0.004), np.zeros((1, 500, 500), bool))[0] == 0


def test_it_expects_as_many_errors_as_there_are_where_probabilities_are_true() -> None:
    random = np.random.default_rng(0)
    true_probability = random.uniform(0.02, 1, (4, 200, 200))
    wrong = (random.random(true_probability.shape) < true_probability) != (true_probability >= 0.5)
    expected = expected_errors(true_probability, true_probability >= 0.5)
    assert expected == pytest.approx(wrong.sum(axis=(1, 2)), rel=0.05)
    sharpened = calibrated(true_probability, 0.3)  # as an overconfident network would say
    assert (expected_errors(sharpened, sharpened >= 0.5) < 0.7 * expected).all()
