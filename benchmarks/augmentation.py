"""What a batch's random changes cost: ours against MONAI's and, where it is installed, Kornia's.

    python benchmarks/augmentation.py [--size 256] [--rounds 5]

Each makes the same kinds of change: flip, rotation, scaling, shift and crop of image and mask,
gain, offset and noise of the image. They take turns, and the fastest round of each counts.
"""

from __future__ import annotations

import argparse
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import torch

from brainseg_train.data.augment import Augmentation, augment

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 16


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    images = torch.randn(BATCH, 3, options.size, options.size)
    masks = (torch.rand(BATCH, 1, options.size, options.size) > 0.9).float()
    crop = options.size * 3 // 4
    ways = {"ours": ours(crop), "MONAI": monai(crop)}
    if find_spec("kornia"):
        ways["Kornia"] = kornia(crop)
    best = dict.fromkeys(ways, float("inf"))
    for turn in range(options.rounds + 1):
        for name, change in ways.items():
            started = time.process_time()
            change(images, masks)
            if turn:  # the first turn warms up
                best[name] = min(best[name], time.process_time() - started)
    print("| by | CPU ms a batch | ratio |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {1000 * seconds:.0f} | {seconds / best['ours']:.2f} |")


def ours(crop: int) -> Callable[[torch.Tensor, torch.Tensor], object]:
    """Return what training does."""
    random = torch.Generator().manual_seed(0)
    return lambda images, masks: augment(images, masks, Augmentation(crop), (3, 1), random)


def monai(crop: int) -> Callable[[torch.Tensor, torch.Tensor], object]:
    """Return the same kinds of change by MONAI, slice by slice."""
    from monai import transforms as t

    both, ranges = ("image", "mask"), Augmentation(crop)
    chain = t.Compose(
        [
            t.RandFlipd(both, prob=0.5, spatial_axis=1),
            t.RandAffined(
                both,
                prob=1.0,
                rotate_range=ranges.rotation,
                scale_range=ranges.scale,
                translate_range=crop // 6,
                mode=("bilinear", "nearest"),
                padding_mode=("border", "zeros"),
            ),
            t.CenterSpatialCropd(both, (crop, crop)),
            t.RandScaleIntensityd("image", factors=ranges.contrast, prob=1.0),
            t.RandShiftIntensityd("image", offsets=ranges.brightness, prob=1.0),
            t.RandGaussianNoised("image", prob=1.0, std=ranges.noise),
        ]
    )

    def change(images: torch.Tensor, masks: torch.Tensor) -> object:
        made = [chain({"image": i, "mask": m}) for i, m in zip(images, masks, strict=True)]
        return torch.stack([each["image"] for each in made]), torch.stack(
            [each["mask"] for each in made]
        )

    return change


def kornia(crop: int) -> Callable[[torch.Tensor, torch.Tensor], object]:
    """Return the same kinds of change by Kornia, a batch at a time."""
    from kornia import augmentation as k

    ranges = Augmentation(crop)
    chain = k.AugmentationSequential(
        k.RandomHorizontalFlip(),
        k.RandomAffine(
            degrees=20, scale=(1 - ranges.scale, 1 + ranges.scale), translate=(0.12, 0.12), p=1.0
        ),
        k.CenterCrop((crop, crop)),
        k.RandomContrast((1 - ranges.contrast, 1 + ranges.contrast), clip_output=False, p=1.0),
        k.RandomBrightness(
            (1 - ranges.brightness, 1 + ranges.brightness), clip_output=False, p=1.0
        ),
        k.RandomGaussianNoise(std=ranges.noise, p=1.0),
        data_keys=["input", "mask"],
    )
    return lambda images, masks: chain(images, masks)


if __name__ == "__main__":
    main()
