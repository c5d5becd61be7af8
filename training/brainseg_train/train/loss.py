"""What training makes small: Dice loss and cross-entropy of every class, without ignored voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from segmentation_models_pytorch.losses import DiceLoss, SoftBCEWithLogitsLoss

from brainseg_train.data.labels import IGNORED
from brainseg_train.train.components import component_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from brainseg_train.data.labels import ClassTable

__all__ = ["loss_for", "planes_of"]

LEFT_OUT = -1
"""Target of voxels that do not count."""


def planes_of(masks: Tensor, table: ClassTable) -> Tensor:
    """Lay the bits of masks beside each other.

    Parameters
    ----------
    masks : Tensor of uint8, shape (N, H, W)
        Bits, as of :meth:`~brainseg_train.data.labels.ClassTable.bits`.
    table : ClassTable
        What they mean.

    Returns
    -------
    Tensor of float32, shape (N, K, H, W)
        0 or 1 for each class; where labels are ignored one more plane marks these voxels.
    """
    if len(table) == 1 and not table.ignored:
        return masks.unsqueeze(1).float()
    bits = [1 << place for place in range(len(table))] + [int(IGNORED)] * bool(table.ignored)
    wanted = torch.tensor(bits, dtype=torch.uint8, device=masks.device).view(1, -1, 1, 1)
    return ((masks.unsqueeze(1) & wanted) > 0).float()


def loss_for(table: ClassTable, parts: float = 0.0) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the loss of logits (N, K, H, W) by planes as of :func:`planes_of`.

    Each class has a sigmoid of its own, overlapping or not: that one voxel is of one class alone,
    the mask says, which takes the most probable. ``parts`` is the weight of
    :func:`~brainseg_train.train.components.component_loss`.
    """
    mode = "binary" if len(table) == 1 else "multilabel"
    left_out = LEFT_OUT if table.ignored else None
    dice = DiceLoss(mode, from_logits=True, ignore_index=left_out)
    bce = SoftBCEWithLogitsLoss(ignore_index=left_out)

    def loss(logits: Tensor, planes: Tensor) -> Tensor:
        target = _known(planes) if table.ignored else planes
        total: Tensor = dice(logits, target) + bce(logits, target)
        return total + parts * component_loss(logits, target) if parts else total

    return loss


def _known(planes: Tensor) -> Tensor:
    """Mark what the last plane ignores as left out, in the others."""
    return torch.where(planes[:, -1:] < 0.5, planes[:, :-1], LEFT_OUT)
