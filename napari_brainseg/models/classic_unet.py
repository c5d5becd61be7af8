"""The classic U-Net, which segmentation_models_pytorch does not build: no encoder to borrow."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["ClassicUnet"]

WIDTHS = (64, 128, 256, 512, 1024)


class ClassicUnet(nn.Module):
    """U-Net as published, with batch norm and padded convolutions.

    Four times halved and doubled again, 64 to 1024 channels, about 31 million parameters. Maps
    (N, C, H, W) to logits (N, classes, H, W); height and width must be multiples of 16.

    Parameters
    ----------
    in_channels, classes : int
        Input channels and foreground classes.

    References
    ----------
    Ronneberger, Fischer, Brox: U-Net: Convolutional Networks for Biomedical Image Segmentation.
    MICCAI 2015. Padding (the output is as large as the input) and batch norm are later custom.
    """

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        inputs = (in_channels, *WIDTHS[:-1])
        self.down = nn.ModuleList(map(_double, inputs, WIDTHS))
        upward = tuple(zip(WIDTHS[::-1], WIDTHS[-2::-1], strict=False))
        self.widen = nn.ModuleList(nn.ConvTranspose2d(deep, flat, 2, 2) for deep, flat in upward)
        self.up = nn.ModuleList(_double(2 * flat, flat) for _, flat in upward)
        self.head = nn.Conv2d(WIDTHS[0], classes, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits for images."""
        features = self.down[0](images)
        skips = []
        for block in self.down[1:]:
            skips.append(features)
            features = block(functional.max_pool2d(features, 2))
        for widen, block, skip in zip(self.widen, self.up, reversed(skips), strict=True):
            features = block(torch.cat([skip, widen(features)], dim=1))
        logits: Tensor = self.head(features)
        return logits


def _double(inputs: int, outputs: int) -> nn.Sequential:
    """Two 3x3 convolutions, each with batch norm and ReLU."""
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [
            nn.Conv2d(channels, outputs, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)
