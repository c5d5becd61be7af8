"""Whether a network takes the slices that a run will show it, tried before the data are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from brainseg_train.errors import DataError
from brainseg_train.train.loop import augmentation_for

if TYPE_CHECKING:
    from torch import nn

    from brainseg_train.train.config import RunConfig

__all__ = ["try_out"]

STRIDE = 32
"""Slices are padded to multiples of it."""


def try_out(network: nn.Module, config: RunConfig, channels: int) -> None:
    """Show a network an empty slice of each size that it will see: windows, and whole slices.

    Parameters
    ----------
    network : Module
        Before its training; its statistics stay as they are.
    config : RunConfig
        The run.
    channels : int
        That the network sees.

    Raises
    ------
    DataError
        If it does not take one, or answers in another size.
    """
    augmentation = augmentation_for(config)
    whole = -(-config.size // STRIDE) * STRIDE
    sizes = {whole, min(whole, augmentation.crop or whole) if augmentation else whole}
    training = network.training
    network.eval()
    for size in sorted(sizes):
        try:
            with torch.inference_mode():
                shape = network(torch.zeros(1, channels, size, size)).shape[-2:]
        except (RuntimeError, ValueError, AssertionError) as error:
            raise DataError(_refused(config, size, f"{error}".strip().split("\n")[0])) from error
        if tuple(shape) != (size, size):
            raise DataError(_refused(config, size, f"it answers in {shape[0]} x {shape[1]}"))
    network.train(training)


def _refused(config: RunConfig, size: int, why: str) -> str:
    return (
        f"{config.name}: {config.network} does not take slices of {size} x {size} px ({why}), "
        f"which a size of {config.size} shows it. Choose a larger --size, or another network."
    )
