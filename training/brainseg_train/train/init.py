"""What a network starts from, and a record of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainseg_train.errors import DataError
from napari_brainseg.models.architectures import NO_ENCODER, build_network
from napari_brainseg.models.bundle import file_sha256
from napari_brainseg.models.card import StartingWeights

if TYPE_CHECKING:
    from torch import Tensor, nn

    from brainseg_train.train.config import RunConfig

__all__ = ["Start", "initialise_encoder", "start_network"]

RGB = 3


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A network before its training, where its weights come from, and the model it learns from."""

    network: nn.Module
    weights: StartingWeights
    teacher: nn.Module | None = None


def start_network(config: RunConfig, channels: int, classes: int = 1) -> Start:
    """Build the network of a run with its starting weights.

    Parameters
    ----------
    config : RunConfig
        Names architecture, encoder, weights and seed.
    channels, classes : int
        That the network sees, and finds.

    Raises
    ------
    DataError
        If the weights cannot be had or none of them fits.
    ModelError
        If the architecture and the encoder do not go together.
    """
    import torch

    torch.manual_seed(config.seed)
    network = build_network(config.architecture, config.encoder, channels, classes)
    return Start(network, initialise_encoder(network, config.encoder, config.init))


def initialise_encoder(network: nn.Module, encoder: str, source: str) -> StartingWeights:
    """Load starting weights into ``network.encoder``, and say which of them fitted.

    Parameters
    ----------
    network : nn.Module
        Built by segmentation_models_pytorch, with three input channels for ImageNet weights.
    encoder : str
        Its encoder's name.
    source : str
        ``"imagenet"`` (from the model hub), ``"random"``, or a file of encoder weights
        (safetensors, or a torch file that holds tensors only).

    Raises
    ------
    DataError
        If the weights cannot be had or none of them fits.
    """
    if source == "random" or encoder == NO_ENCODER:
        return StartingWeights(kind="random")
    if source == "imagenet":
        weights, start = _hub_weights(encoder), StartingWeights(kind="imagenet")
    else:
        weights, start = _file_weights(Path(source))
    own = network.get_submodule("encoder").state_dict()
    fitting = _match(weights, own)
    if not fitting:
        raise DataError(f"None of the weights of {start.source or encoder} fits {encoder}.")
    # Through the whole network: the loader of some encoders expects a classifier as well.
    type(network).load_state_dict(
        network, {f"encoder.{k}": t for k, t in (own | fitting).items()}, strict=False
    )
    return start.model_copy(update={"filled": _count(fitting), "tensors": _count(own)})


def _count(weights: dict[str, Tensor]) -> int:
    """Count tensors that are learned or measured; a batch counter is neither."""
    return sum(not key.endswith("num_batches_tracked") for key in weights)


def _match(weights: dict[str, Tensor], own: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights under the encoder's own names: by name, or by order where another code named them.

    Order is trusted only if every tensor of the encoder meets one of its shape at its place.
    """
    named = {key: _widen(t, own[key]) for key, t in weights.items() if key in own}
    named = {key: t for key, t in named.items() if own[key].shape == t.shape}
    pairs = [(key, _widen(t, own[key])) for key, t in zip(own, weights.values(), strict=False)]
    in_order = len(weights) >= len(own) and all(own[key].shape == t.shape for key, t in pairs)
    return dict(pairs) if in_order and len(named) < len(own) else named


def _widen(weight: Tensor, own: Tensor) -> Tensor:
    """Spread a first convolution over other input channels, so that equal ones act as one.

    Networks that see neighbouring slices (2.5-D), or more or fewer than three sequences, have other
    channels than those that their encoder was pretrained with.
    """
    if weight.ndim != 4 or weight.shape[1] != RGB or own.ndim != 4 or own.shape[1] == RGB:
        return weight
    count = own.shape[1]
    times = -(-count // RGB)
    return weight.repeat(1, times, 1, 1)[:, :count] / (count / RGB)


def _hub_weights(encoder: str) -> dict[str, Tensor]:
    from segmentation_models_pytorch.encoders import get_encoder

    try:
        pretrained = get_encoder(encoder, weights="imagenet")
    except Exception as error:  # a hub fails in many ways; all mean the same to the user
        raise DataError(
            f"ImageNet weights of {encoder} cannot be had from the model hub ({error}). Name a "
            "file with --init FILE, or start from --init random."
        ) from error
    return dict(pretrained.state_dict())


def _file_weights(path: Path) -> tuple[dict[str, Tensor], StartingWeights]:
    import torch

    if not path.is_file():
        raise DataError(f"There is no weights file {path.name!r}; see --init.")
    expected = "Expected is a safetensors file, or a torch file that holds tensors by name."
    try:
        weights = _load(path)
    except Exception as error:  # two loaders, each of which fails in many ways
        reason = type(error).__name__
        raise DataError(f"{path.name} cannot be read as weights ({reason}). {expected}") from error
    if not isinstance(weights, dict) or not all(map(torch.is_tensor, weights.values())):
        raise DataError(f"{path.name} holds more or other than tensors by name. {expected}")
    return weights, StartingWeights(kind="file", source=path.name, sha256=file_sha256(path))


def _load(path: Path) -> Any:
    import torch
    from safetensors.torch import load_file

    if path.suffix == ".safetensors":
        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)
