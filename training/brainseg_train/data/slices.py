"""Slices of many cases, and the drawing of those that an epoch learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from brainseg_train.data.augment import Surroundings
from brainseg_train.data.labels import ONE_CLASS, ClassTable
from brainseg_train.data.prepared import centre
from brainseg_train.data.skull import FURTHEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from brainseg_train.data.elsewhere import Span
    from brainseg_train.data.prepared import CaseSlices

__all__ = ["TrainingSlices"]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSlices:
    """N slices of many cases, mapped into memory; smaller ones lie amid background.

    Parameters
    ----------
    cases : tuple of CaseSlices
        Where they are.
    place : ndarray of int, shape (N, 2)
        Which case, and which slice of it.
    size : tuple of int
        Height and width (H, W).
    roles : int
        Channels of one slice.
    required : int
        Index, within a slice, of the channel that is always there.
    neighbours : int
        Slices on either side that are shown along, as further channels.
    span : Span
        How the images were standardised.
    table : ClassTable
        What the bits of the masks mean.
    """

    cases: tuple[CaseSlices, ...]
    place: NDArray[np.int64]
    size: tuple[int, int]
    roles: int
    required: int
    neighbours: int
    span: Span
    table: ClassTable = ONE_CLASS

    def __len__(self) -> int:
        return len(self.place)

    @property
    def channels(self) -> int:
        """Channels that the network sees."""
        return self.roles * (2 * self.neighbours + 1)

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether there is tumour in each slice."""
        flags = [self.cases[case].holds[index] for case, index in self.place]
        return np.array(flags, dtype=bool)

    @property
    def images(self) -> Tensor:
        """All slices at once, as of :meth:`batch`: for a few cases only."""
        return self.batch(range(len(self)))[0]

    @property
    def masks(self) -> Tensor:
        """All masks at once: for a few cases only."""
        return self.batch(range(len(self)))[1]

    @property
    def depth(self) -> Tensor | None:
        """Depth of all pixels at once, int8 (N, H, W): for a few cases only."""
        return self._depth(self.place.tolist())

    def select(self, indices: Sequence[int]) -> TrainingSlices:
        """Take some of the slices, by position; nothing is copied."""
        return replace(self, place=self.place[np.asarray(indices, dtype=np.int64)])

    def batch(self, chosen: Sequence[int] | Tensor) -> tuple[Tensor, Tensor]:
        """Read some slices.

        Returns
        -------
        images : Tensor of float32, shape (n, C, H, W)
            Standardised.
        masks : Tensor of uint8, shape (n, H, W)
            A bit for each class: 0 and 1 where there is one.
        """
        places = self.place[np.asarray(chosen, dtype=np.int64)]
        images = self.span.zero.expand(len(places), -1, *self.size).clone()
        masks = torch.zeros((len(places), *self.size), dtype=torch.uint8)
        shown, marked = images.numpy(), masks.numpy()
        for row, (number, index) in enumerate(places.tolist()):
            case = self.cases[number]
            centre(marked[row], case.target[index])
            for step in range(2 * self.neighbours + 1):
                at = min(max(index + step - self.neighbours, 0), len(case) - 1)
                case.show(at, shown[row, step * self.roles : (step + 1) * self.roles])
        return images, masks

    def around(self, chosen: Tensor, device: torch.device) -> Surroundings | None:
        """Return what the changes of other scanners need to know of some slices."""
        depth = self._depth(self.place[chosen.numpy()].tolist())
        if depth is None:
            return None
        return Surroundings(depth.to(device).unsqueeze(1).float(), self.span.to(device))

    def _depth(self, places: Sequence[tuple[int, int]]) -> Tensor | None:
        """Read the depth of some slices, where it is known."""
        found = torch.full((len(places), *self.size), -FURTHEST, dtype=torch.int8)
        for row, (number, index) in enumerate(places):
            known = self.cases[number].depth
            if known is None:
                return None
            centre(found[row].numpy(), known[index])
        return found

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Draw indices of ``count`` slices, half of them with tumour (where there are any).

        With ``count`` 0 every slice comes once, in random order.
        """
        if count == 0:
            return torch.randperm(len(self), generator=random)
        holds = torch.from_numpy(self.holds)
        tumour, rest = (0.5 / side.sum().clamp(min=1) for side in (holds, ~holds))
        share = torch.where(holds, tumour, rest)
        return torch.multinomial(share.double(), count, replacement=True, generator=random)
