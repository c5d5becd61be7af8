"""The training loop: read it top to bottom.

Each epoch draws slices, steps through them, and writes a checkpoint that holds all that the next
epoch depends on. Chance comes from one generator seeded by run and epoch, so a run that was killed
and started again draws what it would have drawn.
"""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from segmentation_models_pytorch.losses import DiceLoss, SoftBCEWithLogitsLoss
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from brainseg_train.augment import Augmentation, augment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lightning_fabric import Fabric
    from torch import Tensor, nn

    from brainseg_train.config import RunConfig

__all__ = ["TrainingSlices", "train"]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSlices:
    """All training slices in memory.

    Parameters
    ----------
    images : Tensor of float32, shape (N, C, H, W)
        Standardised slices.
    masks : Tensor of uint8, shape (N, H, W)
        0 or 1.
    required : int
        Index of the channel that is always there.
    """

    images: Tensor
    masks: Tensor
    required: int

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Draw indices of ``count`` slices, half of them with tumour (where there are any)."""
        holds = self.masks.flatten(1).amax(dim=1) > 0
        tumour, rest = (0.5 / side.sum().clamp(min=1) for side in (holds, ~holds))
        share = torch.where(holds, tumour, rest)
        return torch.multinomial(share.double(), count, replacement=True, generator=random)


def train(
    network: nn.Module,
    data: TrainingSlices,
    config: RunConfig,
    fabric: Fabric,
    checkpoint: Path,
    report: Callable[[int, int, float], None],
    augmentation: Augmentation | None = None,
) -> nn.Module:
    """Train, resuming from ``checkpoint`` if it is there.

    Parameters
    ----------
    network : nn.Module
        Gives logits (n, 1, H, W).
    data : TrainingSlices
        What to learn from.
    config : RunConfig
        How.
    fabric : Fabric
        Device and precision.
    checkpoint : Path
        Written after every epoch, replaced atomically.
    report : callable
        Called with (epoch, step, mean loss of the epoch so far) after each step.
    augmentation : Augmentation, optional
        Ranges of the random changes.

    Returns
    -------
    nn.Module
        The moving average of the weights, in evaluation mode on the device.
    """
    augmentation = augmentation or Augmentation()
    network = network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    steps = -(-config.slices_per_epoch // config.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.epochs * steps, pct_start=0.2
    )
    average = AveragedModel(
        network,
        multi_avg_fn=get_ema_multi_avg_fn(config.average),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )
    model, optimiser = fabric.setup(network, optimiser)
    average.to(fabric.device)
    state = {"model": network, "optimiser": optimiser, "average": average, "schedule": schedule}
    first = _resume(fabric, checkpoint, state)
    dice, bce = DiceLoss("binary", from_logits=True), SoftBCEWithLogitsLoss()
    for epoch in range(first, config.epochs):
        random = torch.Generator().manual_seed(config.seed * 100_003 + epoch)
        torch.manual_seed(config.seed * 100_003 + epoch)
        order = data.draw(config.slices_per_epoch, random)
        model.train()
        total = 0.0
        for step, chosen in enumerate(torch.split(order, config.batch_size), start=1):
            masks = data.masks[chosen].unsqueeze(1).float()
            images, masks = augment(data.images[chosen], masks, augmentation, data.required, random)
            images = images.to(fabric.device, memory_format=torch.channels_last)
            masks = masks.to(fabric.device)
            logits = model(images).float()
            loss = dice(logits, masks) + bce(logits, masks)
            fabric.backward(loss)
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
            average.update_parameters(network)
            total += loss.item()
            report(epoch, step, total / step)
        _save(fabric, checkpoint, state, epoch + 1)
    return copy.deepcopy(average.module).eval()


def _resume(fabric: Fabric, checkpoint: Path, state: dict[str, Any]) -> int:
    """Load a checkpoint into ``state`` and return the epoch to go on with."""
    if not checkpoint.is_file():
        return 0
    remainder = fabric.load(checkpoint, state, weights_only=True)
    return int(remainder["epoch"])


def _save(fabric: Fabric, checkpoint: Path, state: dict[str, Any], epoch: int) -> None:
    aside = checkpoint.with_suffix(".partial")
    fabric.save(aside, {**state, "epoch": epoch})
    os.replace(aside, checkpoint)
