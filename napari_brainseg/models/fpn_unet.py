"""A hybrid of FPN and U-Net: every level of a U-Net decoder speaks in the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FpnUnet"]

WIDTHS = (256, 128, 64, 32)
PYRAMID = 32


class FpnUnet(nn.Module):
    """U-Net decoder whose levels are joined as a feature pyramid before the head.

    A U-Net answers from its finest level alone. Here each decoder level, from stride 16 to
    stride 2, is brought to a common width, resized and summed, so that context need not survive
    the whole way up. Maps (N, C, H, W) to logits (N, classes, H, W).

    Parameters
    ----------
    encoder : nn.Module
        Gives five feature maps below the input, each half as large as the one before; of
        segmentation_models_pytorch, depth 5.
    channels : sequence of int
        Channels of the encoder's maps, the input's first (``encoder.out_channels``).
    classes : int
        Foreground classes.

    References
    ----------
    The parts: Ronneberger et al., MICCAI 2015 (U-Net); Kirillov et al.: Panoptic Feature Pyramid
    Networks, CVPR 2019 (sum of levels).
    """

    def __init__(self, encoder: nn.Module, channels: Sequence[int], classes: int) -> None:
        super().__init__()
        self.encoder = encoder
        skips = tuple(channels[-2:0:-1])
        inputs = (channels[-1], *WIDTHS[:-1])
        self.decoder = nn.ModuleList(
            _block(below + skip, width)
            for below, skip, width in zip(inputs, skips, WIDTHS, strict=True)
        )
        self.pyramid = nn.ModuleList(nn.Conv2d(width, PYRAMID, kernel_size=1) for width in WIDTHS)
        self.head = nn.Sequential(_block(PYRAMID, PYRAMID), nn.Conv2d(PYRAMID, classes, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits for images."""
        _, *skips, features = self.encoder(images)
        levels = []
        for block, lateral, skip in zip(self.decoder, self.pyramid, skips[::-1], strict=True):
            features = block(torch.cat([_resize(features, skip), skip], dim=1))
            levels.append(lateral(features))
        joined = torch.stack([_resize(level, levels[-1]) for level in levels]).sum(dim=0)
        logits: Tensor = _resize(self.head(joined), images)
        return logits


def _resize(features: Tensor, like: Tensor) -> Tensor:
    size = like.shape[-2:]
    return functional.interpolate(features, size=size, mode="bilinear", align_corners=False)


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
