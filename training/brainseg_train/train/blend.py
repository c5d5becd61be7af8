"""Weights halfway between a model and what further training made of it.

A network that goes on with other data forgets some of what it knew. The mean of its weights before
and after keeps most of both, where training did not lead too far away (Wortsman et al., "Robust
fine-tuning of zero-shot models", CVPR 2022).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

__all__ = ["blend_into", "copy_weights"]


def copy_weights(network: nn.Module) -> dict[str, Tensor]:
    """Copy the weights of a network, so that training leaves them as they are."""
    return {key: value.detach().cpu().clone() for key, value in network.state_dict().items()}


def blend_into(network: nn.Module, before: Mapping[str, Tensor], share: float) -> None:
    """Replace the weights of a network by a mean with those of before.

    Parameters
    ----------
    network : nn.Module
        The trained one.
    before : mapping of str to Tensor
        Weights of the same names and shapes. Counters, which are no weights, stay as trained.
    share : float
        Of the weights of before, in the mean.
    """
    import torch

    with torch.no_grad():
        for key, value in network.state_dict().items():
            if value.is_floating_point():
                value.lerp_(before[key].to(value), share)
