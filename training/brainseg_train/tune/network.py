"""The network of a finished trial, kept until the search is over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brainseg_train.errors import DataError
from brainseg_train.files import replacing
from brainseg_train.train.init import start_network
from napari_brainseg.models.ensemble import Ensemble

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from brainseg_train.train.config import RunConfig

__all__ = ["keep_trained", "load_trained"]

NETWORK_NAME = "network.safetensors"


def keep_trained(network: nn.Module, folder: Path) -> None:
    """Write the weights of a trial's network into its folder."""
    from safetensors.torch import save_file

    weights = {key: tensor.contiguous().cpu() for key, tensor in network.state_dict().items()}
    with replacing(folder / NETWORK_NAME, NETWORK_NAME) as aside:
        save_file(weights, aside)


def load_trained(config: RunConfig, channels: int, folder: Path, classes: int = 1) -> nn.Module:
    """Return the network of a finished trial, in evaluation mode.

    Raises
    ------
    DataError
        If its weights are gone.
    """
    from safetensors.torch import load_file

    config = replace(config, init="random")
    members = [start_network(config, channels, classes).network for _ in range(config.members)]
    network = members[0] if len(members) == 1 else Ensemble(members)
    try:
        network.load_state_dict(load_file(folder / NETWORK_NAME))
    except OSError as error:
        raise DataError(
            f"The weights of {folder.name} are gone, so it cannot be measured. Delete the search "
            "to start anew."
        ) from error
    return network.eval()
