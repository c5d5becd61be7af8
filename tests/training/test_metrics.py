"""Overlap metrics, against their definitions and against scikit-image's confusion counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from brainseg_train.metrics import aggregate, overlap

masks = arrays(np.bool_, (3, 5, 4))


@given(masks, masks)
def test_dice_follows_from_iou(mask: np.ndarray, reference: np.ndarray) -> None:
    found = overlap(mask, reference)
    assert found.dice == pytest.approx(2 * found.iou / (1 + found.iou))
    assert found.tp + found.fp + found.fn + found.tn == mask.size
    assert found.accuracy == pytest.approx((mask == reference).mean())


def test_counts_by_hand() -> None:
    found = overlap(np.array([1, 1, 1, 0, 0]), np.array([1, 0, 0, 1, 0]))
    assert (found.tp, found.fp, found.fn, found.tn) == (1, 2, 1, 1)
    assert found.dice == pytest.approx(0.4)
    assert found.precision == pytest.approx(1 / 3)
    assert found.sensitivity == pytest.approx(0.5)


def test_the_empty_mask_policy() -> None:
    nothing, something = np.zeros(4), np.array([0, 1, 0, 0])
    assert overlap(nothing, nothing).dice == 1.0
    assert overlap(something, nothing).dice == 0.0
    missed = overlap(nothing, something)
    assert (missed.dice, missed.precision, missed.sensitivity) == (0.0, 0.0, 0.0)


def test_masks_of_two_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        overlap(np.zeros(3), np.zeros(4))


def test_pooled_counts_weigh_voxels_and_means_weigh_patients() -> None:
    good = overlap(np.ones(90), np.ones(90))
    bad = overlap(np.zeros(10), np.ones(10))
    found = aggregate([good, bad])
    assert found["dice_mean"] == pytest.approx(0.5)
    assert found["dice_pooled"] == pytest.approx(180 / 190)
    assert found["dice_pooled"] == pytest.approx(
        2 * found["iou_pooled"] / (1 + found["iou_pooled"])
    )
