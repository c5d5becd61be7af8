"""Overlap of a mask with its reference, over the whole volume of a patient.

Empty masks: where the reference is empty, Dice and IoU are 1 if the mask is empty too and 0
otherwise; sensitivity is 1 (nothing was missed). Precision of an empty mask is 1 only if the
reference is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Overlap", "aggregate", "overlap", "pool"]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Voxel counts of one patient: true/false positives and negatives."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def dice(self) -> float:
        """Volumetric Dice, 2 TP / (2 TP + FP + FN)."""
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def iou(self) -> float:
        """Intersection over union (Jaccard), TP / (TP + FP + FN)."""
        return _ratio(self.tp, self.tp + self.fp + self.fn)

    @property
    def sensitivity(self) -> float:
        """TP / (TP + FN)."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def precision(self) -> float:
        """TP / (TP + FP); 0 for an empty mask that missed a lesion."""
        return _ratio(self.tp, self.tp + self.fp) if self.tp + self.fp else float(self.fn == 0)

    @property
    def accuracy(self) -> float:
        """Share of voxels that agree."""
        return (self.tp + self.tn) / (self.tp + self.fp + self.fn + self.tn)


def overlap(mask: NDArray[np.generic], reference: NDArray[np.generic]) -> Overlap:
    """Count agreement of two masks of one shape; nonzero is foreground.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if mask.shape != reference.shape:
        raise ValueError(f"mask has shape {mask.shape}, reference {reference.shape}")
    found, true = mask.astype(bool), reference.astype(bool)
    tp = int(np.count_nonzero(found & true))
    fp = int(np.count_nonzero(found)) - tp
    fn = int(np.count_nonzero(true)) - tp
    return Overlap(tp, fp, fn, found.size - tp - fp - fn)


def pool(overlaps: Sequence[Overlap]) -> Overlap:
    """Count the voxels of several masks together."""
    return Overlap(*(sum(getattr(o, name) for o in overlaps) for name in ("tp", "fp", "fn", "tn")))


def aggregate(overlaps: Sequence[Overlap]) -> dict[str, float]:
    """Mean and median over patients, and the pooled Dice and IoU of all voxels together."""
    dice = [each.dice for each in overlaps]
    pooled = pool(overlaps)
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


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
