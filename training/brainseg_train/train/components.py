"""A Dice loss of each lesion by itself, so that small ones count as much as large ones.

In a Dice loss over a batch a lesion counts by its area. Here every connected part of a mask is
compared with what is found nearer to it than to any other part, and each part counts alike (blob
loss, Kofler et al., IPMI 2023, on the regions of CC-Metrics, Jaus et al., AAAI 2025).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, label

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = ["component_loss"]

SMOOTH = 1.0
"""Pixels added to both sides of the ratio, so that a part of one pixel does not jump."""


def component_loss(logits: Tensor, planes: Tensor) -> Tensor:
    """Return one less the mean Dice of all parts of a batch; 0 where there is none.

    Parameters
    ----------
    logits : Tensor of float32, shape (N, K, H, W)
        Of each class.
    planes : Tensor of float32, shape (N, K, H, W)
        Masks; at least 0.5 is inside, below 0 does not count.

    Returns
    -------
    Tensor of float32, shape ()
        Between 0 and 1.
    """
    found = logits.sigmoid().flatten()
    target = planes.flatten()
    count, regions = _regions(planes.detach().cpu().numpy())
    if count == 0:
        return logits.sum() * 0
    place = torch.from_numpy(regions).to(logits.device).flatten()
    kept = (place > 0) & (target >= 0)
    place, found, target = place[kept] - 1, found[kept], target[kept]
    zeros = found.new_zeros(count)
    both = zeros.index_add(0, place, found * target)
    either = zeros.index_add(0, place, found + target)
    return 1 - ((2 * both + SMOOTH) / (either + SMOOTH)).mean()


def _regions(planes: NDArray[np.float32]) -> tuple[int, NDArray[np.int64]]:
    """Label all parts from 1, and give each pixel the label of the part nearest to it."""
    regions = np.zeros(planes.shape, dtype=np.int64)
    count = 0
    for at in np.ndindex(*planes.shape[:2]):
        parts, number = label(planes[at] >= 0.5)
        if number == 0:
            continue
        if number > 1:
            nearest = distance_transform_edt(
                parts == 0, return_distances=False, return_indices=True
            )
            parts = parts[tuple(nearest)]
        regions[at] = count + np.maximum(parts, 1)
        count += number
    return count, regions
