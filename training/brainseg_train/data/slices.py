"""Slices in memory, and the drawing of those that an epoch learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from brainseg_train.data.augment import Surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from brainseg_train.data.elsewhere import Span

__all__ = ["TrainingSlices"]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSlices:
    """Slices in memory.

    Parameters
    ----------
    images : Tensor of float32, shape (N, C, H, W)
        Standardised slices.
    masks : Tensor of uint8, shape (N, H, W)
        0 or 1.
    roles : int
        Channels of one slice; with neighbours, ``images`` has several times as many.
    required : int
        Index, within a slice, of the channel that is always there.
    span : Span, optional
        How the images were standardised.
    depth : Tensor of int8, shape (N, H, W), optional
        Depth below the surface of the brain, in pixels.
    """

    images: Tensor
    masks: Tensor
    roles: int
    required: int
    span: Span | None = None
    depth: Tensor | None = None

    def __len__(self) -> int:
        return len(self.masks)

    def select(self, indices: Sequence[int]) -> TrainingSlices:
        """Take some of the slices, by position."""
        chosen = torch.as_tensor(indices, dtype=torch.long)
        depth = None if self.depth is None else self.depth[chosen]
        return replace(self, images=self.images[chosen], masks=self.masks[chosen], depth=depth)

    def around(self, chosen: Tensor, device: torch.device) -> Surroundings | None:
        """Return what the changes of other scanners need to know of some slices."""
        if self.depth is None or self.span is None:
            return None
        depth = self.depth[chosen].to(device).unsqueeze(1).float()
        return Surroundings(depth, self.span.to(device))

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Draw indices of ``count`` slices, half of them with tumour (where there are any).

        With ``count`` 0 every slice comes once, in random order.
        """
        if count == 0:
            return torch.randperm(len(self), generator=random)
        holds = self.masks.flatten(1).amax(dim=1) > 0
        tumour, rest = (0.5 / side.sum().clamp(min=1) for side in (holds, ~holds))
        share = torch.where(holds, tumour, rest)
        return torch.multinomial(share.double(), count, replacement=True, generator=random)
