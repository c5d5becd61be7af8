"""Several networks of one kind that answer as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

__all__ = ["Ensemble"]


class Ensemble(nn.Module):
    """Networks that were trained apart; their logits are averaged.

    What one of them sees by chance of its start and its draws, the others do not.

    Parameters
    ----------
    members : iterable of nn.Module
        Each maps (N, C, H, W) to logits (N, K, H, W).
    """

    def __init__(self, members: Iterable[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, images: Tensor) -> Tensor:
        """Return mean logits (N, K, H, W) for images (N, C, H, W)."""
        return torch.stack([member(images) for member in self.members]).mean(dim=0)
