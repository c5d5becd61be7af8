"""The architectures that a card may name, built by segmentation_models_pytorch."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from napari_brainseg.errors import ModelError
from napari_brainseg.models.runtime import ready_torch
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "ENCODER_PATTERN",
    "MAX_MEMBERS",
    "NO_ENCODER",
    "Architecture",
    "build_network",
    "short_encoder_name",
]

NO_ENCODER = "none"
"""Stands for the encoder of an architecture that has none of its own."""

ENCODER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
"""What a card may name. timm takes URLs and paths for names (``hf-hub:``, ``local-dir:``), so that
a name with a colon or a slash could have it contact a host, or read a folder."""

MAX_MEMBERS = 8
"""Networks in one model; each takes its time at every slice."""


class Architecture(StrEnum):
    """Networks; the value is the name that segmentation_models_pytorch knows, where it has one."""

    UNET = "unet"
    LINKNET = "linknet"
    FPN = "fpn"
    PSPNET = "pspnet"
    DEEPLABV3 = "deeplabv3"
    CLASSIC_UNET = "classic-unet"
    FPN_UNET = "fpn-unet"
    UNETPLUSPLUS = "unetplusplus"
    MANET = "manet"
    DEEPLABV3PLUS = "deeplabv3plus"
    PAN = "pan"
    UPERNET = "upernet"
    SEGFORMER = "segformer"
    DPT = "dpt"

    @property
    def label(self) -> str:
        """The name as the field writes it."""
        return _LABELS[self]

    def in_words(self, encoder: str, members: int = 1) -> str:
        """Name the network whole, e.g. ``U-Net · resnet18``, or ``2 × U-Net · resnet18``."""
        times = f"{members} × " if members > 1 else ""
        if self is Architecture.CLASSIC_UNET:
            return times + self.label
        return f"{times}{self.label} · {short_encoder_name(encoder)}"


_LABELS = {
    Architecture.UNET: "U-Net",
    Architecture.LINKNET: "LinkNet",
    Architecture.FPN: "FPN",
    Architecture.PSPNET: "PSPNet",
    Architecture.DEEPLABV3: "DeepLabV3",
    Architecture.CLASSIC_UNET: "Classic U-Net",
    Architecture.FPN_UNET: "FPN-U-Net",
    Architecture.UNETPLUSPLUS: "UNet++",
    Architecture.MANET: "MA-Net",
    Architecture.DEEPLABV3PLUS: "DeepLabV3+",
    Architecture.PAN: "PAN",
    Architecture.UPERNET: "UPerNet",
    Architecture.SEGFORMER: "SegFormer",
    Architecture.DPT: "DPT",
}


def build_network(
    architecture: Architecture, encoder: str, in_channels: int, classes: int
) -> nn.Module:
    """Build an untrained network; it maps (N, C, H, W) float32 to logits (N, classes, H, W).

    Parameters
    ----------
    architecture : Architecture
        The decoder.
    encoder : str
        An encoder name of segmentation_models_pytorch, e.g. ``"resnet18"``; ``"none"`` for the
        classic U-Net.
    in_channels, classes : int
        Input channels and foreground classes.

    Raises
    ------
    ModelError
        If segmentation_models_pytorch has no such encoder, or cannot join it to this decoder.
    """
    ready_torch()
    if architecture is Architecture.CLASSIC_UNET:
        if encoder != NO_ENCODER:
            raise ModelError(
                f"The classic U-Net has no encoder, but {encoder!r} was asked for. Name the "
                f"encoder {NO_ENCODER!r}, or choose the architecture unet."
            )
        from napari_brainseg.models.classic_unet import ClassicUnet

        return ClassicUnet(in_channels, classes)
    import segmentation_models_pytorch as smp

    _check_listed(encoder)
    try:
        if architecture is Architecture.FPN_UNET:
            from napari_brainseg.models.fpn_unet import FpnUnet

            body = smp.encoders.get_encoder(encoder, in_channels=in_channels, weights=None)
            return FpnUnet(body, body.out_channels, classes)
        network: nn.Module = smp.create_model(
            architecture.value,
            encoder_name=encoder,
            encoder_weights=None,
            in_channels=in_channels,
            classes=classes,
            # A vision transformer otherwise takes only the size it was trained with.
            **({"dynamic_img_size": True} if architecture is Architecture.DPT else {}),
        )
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"{architecture.label} with encoder {encoder!r} cannot be built ({error}). Choose an "
            "encoder that segmentation_models_pytorch lists, e.g. resnet18."
        ) from error
    return network


def _check_listed(encoder: str) -> None:
    """See that an encoder is one of the two libraries' own lists, whatever else they would take.

    Raises
    ------
    ModelError
        If it is in neither.
    """
    import timm
    from segmentation_models_pytorch.encoders import encoders, is_equivalent_to_timm_universal

    listed = encoder in encoders
    if is_equivalent_to_timm_universal(encoder) or encoder.startswith("tu-"):
        own = encoder.partition("-")[2]  # a name of timm's, which tf_ may stand before
        listed = timm.is_model(own) or timm.is_model(f"tf_{own}")
    if not listed or not re.fullmatch(ENCODER_PATTERN, encoder):
        raise ModelError(
            f"There is no encoder {shortened(encoder)!r}. Choose one that "
            "segmentation_models_pytorch lists, e.g. resnet18, or a model of timm with tu- before "
            "its name."
        )


def short_encoder_name(encoder: str) -> str:
    """Drop the prefix by which segmentation_models_pytorch marks encoders taken from timm."""
    return encoder.removeprefix("timm-").removeprefix("tu-")
