"""Ranking slices by doubt."""

from __future__ import annotations

import numpy as np
import pytest

from napari_brainseg.measure.uncertainty import expected_errors, uncertain_slices


def test_doubt_counts_the_voxels_that_are_probably_wrong() -> None:
    probabilities = np.zeros((3, 4, 5), np.float16)
    probabilities[1, 0, :3] = (0.5, 0.25, 0.75)
    probabilities[2] = 0.99
    z, y, x = expected_errors(probabilities)
    assert z.tolist() == [0, 1, 0]
    assert y.tolist() == [1, 0, 0, 0]
    assert x.tolist() == [0.5, 0.25, 0.25, 0, 0]


def test_many_voxels_that_are_all_but_certain_outweigh_no_doubt() -> None:
    probabilities = np.full((2, 100, 100), 0.01, np.float32)
    probabilities[1, 0, 0] = 0.5
    assert uncertain_slices(expected_errors(probabilities)[0]) == (1,)


def test_slices_come_by_doubt_and_without_doubt_not_at_all() -> None:
    assert uncertain_slices(np.array([0.0, 2.0, 7.0, 2.0, 0.0])) == (2, 1, 3)
    assert uncertain_slices(np.zeros(4)) == ()


def test_slices_with_more_errors_come_first() -> None:
    """A calibrated map by construction: the truth is drawn from it."""
    rng = np.random.default_rng(0)
    width = np.linspace(0.5, 12, 20)
    rows = np.arange(60)[None, :, None] - 30
    logits = np.broadcast_to(rows * 4 / width[:, None, None], (20, 60, 60))
    probabilities = 1 / (1 + np.exp(-logits))
    truth = rng.random(probabilities.shape) < probabilities
    wrong = ((probabilities >= 0.5) != truth).sum(axis=(1, 2))
    doubt = expected_errors(probabilities)[0]
    order = list(uncertain_slices(doubt))
    assert order[:10] == list(range(19, 9, -1))
    assert wrong[order[:5]].mean() > 1.5 * wrong.mean()
    assert doubt.sum() == pytest.approx(wrong.sum(), rel=0.5)
