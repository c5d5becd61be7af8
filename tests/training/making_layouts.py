"""What folders of training data are written with, each of three patients of a few voxels."""

from __future__ import annotations

import csv
import json
import shlex
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import tifffile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

AFFINE = np.diag([-2.0, -2.0, 4.0, 1.0])
GRID = (24, 20, 5)
PATIENTS = range(3)

LAYOUTS: dict[str, Layout] = {}
"""Every layout, by its name."""

Layout = tuple["Callable[[Path], None]", list[str], str]
"""What writes it, what is said with it on the command line, and the reason why it is refused."""


def layout(said: str = "", refused: str = "") -> Callable[[Callable[[Path], None]], Any]:
    """Keep a function that writes a layout, by its name."""

    def keep(make: Callable[[Path], None]) -> Callable[[Path], None]:
        LAYOUTS[make.__name__] = (make, shlex.split(said), refused)
        return make

    return keep


def image(seed: int, grid: tuple[int, ...] = GRID) -> NDArray[np.int16]:
    """Return a box in noise, which no other seed gives."""
    random = np.random.default_rng(seed)
    return (50 + 60 * (mask(grid) > 0) + random.normal(0, 5, grid)).astype(np.int16)


def mask(grid: tuple[int, ...] = GRID, label: int = 1) -> NDArray[np.uint8]:
    """Return the box."""
    x, y, z = np.indices(grid[:3])
    found = (abs(x - 12) < 4) & (abs(y - 10) < 4) & (abs(z - 2) < 2)
    return (found * label).astype(np.uint8)


def rings(*labels: int) -> NDArray[np.uint8]:
    """Return the box in stripes of labels."""
    found = mask()
    found[found > 0] = np.resize(labels, int(found.sum()))
    return found


def save(path: Path, data: NDArray[Any], affine: NDArray[np.float64] = AFFINE) -> Path:
    """Write NIfTI, whatever the case of the letters of its ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = nib.Nifti1Image(data, affine)
    plain = path.with_name(path.name.replace(".NII.GZ", ".nii.gz").replace(".NII", ".nii"))
    nib.save(made, plain)
    return plain.rename(path)


def say(path: Path, content: object) -> None:
    """Write JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def case(root: Path, number: int, images: Iterable[str], of_mask: str) -> None:
    """Write images and mask of a patient, whose number goes in the place of ``#``."""
    for place, name in enumerate(images):
        save(root / name.replace("#", str(number)), image(10 * number + place))
    save(root / of_mask.replace("#", str(number)), mask())


def cases(root: Path, images: Iterable[str], of_mask: str) -> None:
    """Write images and masks of all patients."""
    for number in PATIENTS:
        case(root, number, list(images), of_mask)


def table(root: Path, name: str, rows: Iterable[Iterable[str]], **how: Any) -> None:
    """Write a table, of the files that :func:`cases` has written."""
    encoding = how.pop("encoding", "utf-8")
    with (root / name).open("w", encoding=encoding, newline="") as file:
        csv.writer(file, **how).writerows(rows)


def slices(folder: Path, seed: int, suffix: str = ".tif", *, size: int = 32) -> None:
    """Write a case as the LGG set has them."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for number in range(1, 5):
        box = np.zeros((size, size), np.uint8)
        box[12:20, 12:20] = 255 * (1 < number < 4)
        shown = 60 + 90 * (box[..., None] > 0) + random.normal(0, 5, (size, size, 3))
        name = f"{folder.name}_{number}"
        tifffile.imwrite(folder / f"{name}{suffix}", shown.astype(np.uint8), photometric="rgb")
        tifffile.imwrite(folder / f"{name}_mask{suffix}", box)
