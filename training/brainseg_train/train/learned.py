"""Whether a network has learned anything: its masks of slices that it learned from.

A loss that stays near 1 is finite, and gives a network that marks nothing, or everything. Such a
network is no better, on slices that it was trained on, than masks that nobody needs a network for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from brainseg_train.data.labels import IGNORED
from brainseg_train.evaluate.choose import THRESHOLDS
from brainseg_train.train.loss import planes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from brainseg_train.data.slices import TrainingSlices

__all__ = ["FEWEST_STEPS", "Learned", "see_what_was_learned"]

WITH, WITHOUT = 48, 16
"""Slices with and without tumour that are looked at."""
MARGIN = 0.05
"""Share of the way from the masks of nobody to perfect ones that a network has to have gone."""
FEWEST_STEPS = 200
"""Steps of the optimiser under which a run is too short for much to be expected of it."""
BATCH = 8


@dataclass(frozen=True, slots=True)
class Learned:
    """How far a network has come, on slices that it learned from.

    Parameters
    ----------
    dice : tuple of float
        Of all slices pooled, by class, at the best threshold.
    trivial : tuple of float
        Of the better of two masks: the whole slice, and all that is not background.
    steps : int
        Of the optimiser.
    """

    dice: tuple[float, ...]
    trivial: tuple[float, ...]
    steps: int

    @property
    def nothing(self) -> bool:
        """Whether next to nothing was learned of any class."""
        pairs = zip(self.dice, self.trivial, strict=True)
        return all(dice <= trivial + MARGIN * (1 - trivial) for dice, trivial in pairs)

    @property
    def refused(self) -> bool:
        """Whether the network is no use, though it was trained long enough to be some."""
        return self.nothing and self.steps >= FEWEST_STEPS

    @property
    def told(self) -> tuple[str, str]:
        """What is said of a network of no use, and of one of which so few steps make none yet."""
        return (self.text, "") if self.refused else ("", self.text)

    @property
    def text(self) -> str:
        """What a card says; empty where something was learned."""
        if not self.nothing:
            return ""
        best = max(range(len(self.dice)), key=lambda place: self.dice[place] - self.trivial[place])
        return (
            f"the network has learned next to nothing in {self.steps} steps: on slices that it "
            f"learned from its Dice is {self.dice[best]:.2f}, that of a mask of all that is not "
            f"background {self.trivial[best]:.2f}"
        )


def see_what_was_learned(
    network: nn.Module, data: TrainingSlices, steps: int, device: torch.device | str
) -> Learned:
    """Measure a trained network on slices that it learned from.

    Parameters
    ----------
    network : Module
        In evaluation mode, on ``device``.
    data : TrainingSlices
        What it learned from; some slices are looked at, the same ones at every call.
    steps : int
        Of the optimiser.
    device : device
        Where it runs.
    """
    both = np.zeros((len(THRESHOLDS) + 2, len(data.table)))
    either = np.zeros_like(both)
    chosen = _spread(data.holds)
    with torch.inference_mode():
        for start in range(0, len(chosen), BATCH):
            images, marked = data.batch(chosen[start : start + BATCH])
            shown = images.to(device, memory_format=torch.channels_last)
            probable = network(shown).float().sigmoid().cpu()
            head = (images > data.span.zero + 1e-3).any(dim=1, keepdim=True).expand_as(probable)
            masks = [probable > threshold for threshold in THRESHOLDS]
            known = (marked < int(IGNORED)).unsqueeze(1)
            true = (planes_of(marked, data.table)[:, : len(data.table)] > 0) & known
            for place, mask in enumerate([*masks, head, torch.ones_like(head)]):
                both[place] += _counts(mask & true)
                either[place] += _counts(mask & known) + _counts(true)
    dice = 2 * both / np.maximum(either, 1)
    ours, others = dice[: len(THRESHOLDS)].max(axis=0), dice[len(THRESHOLDS) :].max(axis=0)
    return Learned(tuple(ours.tolist()), tuple(others.tolist()), steps)


def _counts(planes: Tensor) -> NDArray[np.float64]:
    """Count the voxels of each class."""
    found: NDArray[np.float64] = planes.sum(dim=(0, 2, 3)).numpy().astype(np.float64)
    return found


def _spread(holds: NDArray[np.bool_]) -> list[int]:
    """Choose slices with and without tumour, spread evenly over all."""
    sides = (np.flatnonzero(holds), WITH), (np.flatnonzero(~holds), WITHOUT)
    return [
        int(side[place])
        for side, count in sides
        for place in np.unique(np.linspace(0, len(side) - 1, min(count, len(side))).astype(int))
    ]
