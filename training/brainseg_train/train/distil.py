"""Targets that a trained model gives, beside those that readers have drawn.

What two networks know together, one can learn: it is asked for their probabilities as well as for
the masks (Hinton et al., "Distilling the Knowledge in a Neural Network", 2015). The teacher sees
each slice as it was and the network that learns sees it changed, so that it learns to answer
alike (Xie et al., "Self-training with Noisy Student improves ImageNet classification", CVPR 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from brainseg_train.train.depthwise import DepthwiseInSingle
from brainseg_train.train.processes import whole_batch

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from torch import Tensor, nn

__all__ = ["Teacher"]


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """A model that is asked for targets, and never changed.

    Parameters
    ----------
    network : nn.Module
        Maps (N, C, H, W) to logits (N, K, H, W), in evaluation mode.
    share : float
        Of its probabilities in the targets, 0 to 1; the rest are the masks.
    """

    network: nn.Module
    share: float

    def soften(self, planes: Tensor, images: Tensor, fabric: Fabric) -> Tensor:
        """Mix probabilities into targets.

        Parameters
        ----------
        planes : Tensor of float32, shape (N, K or K + 1, H, W)
            0 or 1 for each class, as of :func:`~brainseg_train.train.loss.planes_of`; a last plane
            of voxels that do not count stays as it is.
        images : Tensor of float32, shape (n, C, H, W)
            This process' share of the slices, as they were before their intensities were changed.
        fabric : Fabric
            Device and precision.

        Returns
        -------
        Tensor of float32, shape (N, K or K + 1, H, W)
            Between 0 and 1.
        """
        with torch.no_grad(), fabric.autocast(), DepthwiseInSingle():
            logits = whole_batch(self.network(images).float(), fabric)
        known = planes[:, : logits.shape[1]].lerp(logits.sigmoid(), self.share)
        return torch.cat([known, planes[:, logits.shape[1] :]], dim=1)
