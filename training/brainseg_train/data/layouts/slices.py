"""The layout of the public LGG set: one folder a case, slices and masks in files of their own.

``<case>/<case>_<n>.tif`` beside ``<case>/<case>_<n>_mask.tif``, the number counting along z.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.data.layouts.found import only_folder, tidy_listing
from brainseg_train.data.unpaired import slice_numbers
from napari_brainseg.io.files import is_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_slices"]


def find_slices(root: Path) -> list[Path]:
    """List the folders of slices with masks in a folder, its ``kaggle_3m``, or its only one."""
    home = root / "kaggle_3m" if (root / "kaggle_3m").is_dir() else root
    folders = [entry for entry in tidy_listing(home) if is_folder(entry)]
    numbers = {folder: slice_numbers(folder) for folder in folders}
    if not any(masks for _, masks in numbers.values()):
        only = only_folder(home)
        return find_slices(only) if only is not None else []
    return sorted(folder for folder, (slices, _) in numbers.items() if slices)
