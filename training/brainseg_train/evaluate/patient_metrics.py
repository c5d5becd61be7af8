"""Overlaps of several patients together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.measure.metrics import Overlap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brainseg_train.data.labels import ClassTable

__all__ = ["aggregate", "aggregate_classes", "pool_overlaps"]


def pool_overlaps(overlaps: Sequence[Overlap]) -> Overlap:
    """Count the voxels of several masks together."""
    return Overlap(*(sum(getattr(o, name) for o in overlaps) for name in ("tp", "fp", "fn", "tn")))


def aggregate_classes(patients: Sequence[Sequence[Overlap]], table: ClassTable) -> dict[str, float]:
    """Aggregate each class over patients, as :func:`aggregate` does, and average the classes.

    The mean Dice of each class comes under its own name.
    """
    by_class = [aggregate(each) for each in zip(*patients, strict=True)]
    if len(by_class) == 1:
        return by_class[0]
    means = {key: float(np.mean([each[key] for each in by_class])) for key in by_class[0]}
    return means | {
        f"dice_mean, {each.name}": numbers["dice_mean"]
        for each, numbers in zip(table.classes, by_class, strict=True)
    }


def aggregate(overlaps: Sequence[Overlap]) -> dict[str, float]:
    """Mean and median over patients, and the pooled Dice and IoU of all voxels together."""
    dice = [each.dice for each in overlaps]
    pooled = pool_overlaps(overlaps)
    return {
        "patients": float(len(overlaps)),
        "dice_mean": float(np.mean(dice)),
        "dice_median": float(np.median(dice)),
        "dice_min": float(np.min(dice)),
        "iou_mean": float(np.mean([each.iou for each in overlaps])),
        "sensitivity_mean": float(np.mean([each.sensitivity for each in overlaps])),
        "precision_mean": float(np.mean([each.precision for each in overlaps])),
        "accuracy_mean": float(np.mean([each.accuracy for each in overlaps])),
        "dice_pooled": pooled.dice,
        "iou_pooled": pooled.iou,
    }
