"""The architectures that a card may name, built by segmentation_models_pytorch."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from napari_brainseg.errors import ModelError
from napari_brainseg.models.runtime import ready_torch

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Architecture", "build_network", "short_encoder_name"]


class Architecture(StrEnum):
    """Decoders; the value is the name that segmentation_models_pytorch knows."""

    UNET = "unet"
    LINKNET = "linknet"
    FPN = "fpn"
    PSPNET = "pspnet"
    DEEPLABV3 = "deeplabv3"

    @property
    def label(self) -> str:
        """The name as the field writes it."""
        return {
            "unet": "U-Net",
            "linknet": "LinkNet",
            "fpn": "FPN",
            "pspnet": "PSPNet",
            "deeplabv3": "DeepLabV3",
        }[self.value]


def build_network(
    architecture: Architecture, encoder: str, in_channels: int, classes: int
) -> nn.Module:
    """Build an untrained network; it maps (N, C, H, W) float32 to logits (N, classes, H, W).

    Parameters
    ----------
    architecture : Architecture
        The decoder.
    encoder : str
        An encoder name of segmentation_models_pytorch, e.g. ``"resnet18"``.
    in_channels, classes : int
        Input channels and foreground classes.

    Raises
    ------
    ModelError
        If segmentation_models_pytorch has no such encoder, or cannot join it to this decoder.
    """
    ready_torch()
    import segmentation_models_pytorch as smp

    try:
        network: nn.Module = smp.create_model(
            architecture.value,
            encoder_name=encoder,
            encoder_weights=None,
            in_channels=in_channels,
            classes=classes,
        )
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"{architecture.label} with encoder {encoder!r} cannot be built ({error}). Choose an "
            "encoder that segmentation_models_pytorch lists, e.g. resnet18."
        ) from error
    return network


def short_encoder_name(encoder: str) -> str:
    """Drop the prefix by which segmentation_models_pytorch marks encoders taken from timm."""
    return encoder.removeprefix("timm-").removeprefix("tu-")
