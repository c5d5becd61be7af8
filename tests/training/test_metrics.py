"""Overlaps over several patients."""

from __future__ import annotations

import numpy as np
import pytest

from brainseg_train.evaluate.patient_metrics import aggregate
from napari_brainseg.measure.metrics import overlap


def test_pooled_counts_weigh_voxels_and_means_weigh_patients() -> None:
    good = overlap(np.ones(90), np.ones(90))
    bad = overlap(np.zeros(10), np.ones(10))
    found = aggregate([good, bad])
    assert found["dice_mean"] == pytest.approx(0.5)
    assert found["dice_pooled"] == pytest.approx(180 / 190)
    assert found["dice_pooled"] == pytest.approx(
        2 * found["iou_pooled"] / (1 + found["iou_pooled"])
    )
