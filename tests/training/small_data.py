"""A small generated dataset in the public LGG layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tifffile

if TYPE_CHECKING:
    from pathlib import Path

SLICES = 4
SIZE = 64


def write_case(root: Path, name: str, seed: int) -> Path:
    """Write one case: a disc of brain with a brighter disc of lesion in its inner slices."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    brain = np.hypot(rows - 32, columns - 32) < 26
    center = random.integers(24, 40, size=2)
    lesion = np.hypot(rows - center[0], columns - center[1]) < 7
    folder = root / name
    folder.mkdir(parents=True)
    for number in range(1, SLICES + 1):
        mask = lesion & (1 < number < SLICES)
        flair = 70.0 * brain + 90.0 * mask
        image = np.stack([60.0 * brain, flair, 65.0 * brain], axis=-1)
        image = np.clip(image + random.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
        tifffile.imwrite(folder / f"{name}_{number}.tif", image, photometric="rgb")
        tifffile.imwrite(folder / f"{name}_{number}_mask.tif", mask.astype(np.uint8) * 255)
    return folder


def write_dataset(root: Path) -> Path:
    """Write eight patients of two institutions."""
    for index in range(8):
        write_case(root, f"TCGA_{'AB'[index % 2]}X_{1000 + index}_20000101", index)
    return root
