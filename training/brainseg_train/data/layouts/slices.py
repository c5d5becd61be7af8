"""The layout of the public LGG set: one folder a case, slices and masks in files of their own.

``<case>/<case>_<n>.tif`` beside ``<case>/<case>_<n>_mask.tif``, the number counting along z.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from brainseg_train.data.layouts.folders import in_parts
from brainseg_train.data.layouts.found import FoundCase, only_folder, tidy_listing
from brainseg_train.data.unpaired import slice_numbers
from napari_brainseg.io.files import is_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_slices"]


def find_slices(root: Path) -> list[FoundCase]:
    """Find the folders of slices with masks in a folder, its ``kaggle_3m``, or its only one.

    They may lie in folders of parts, sites or patients, if each of these holds some.
    """
    home = root / "kaggle_3m" if (root / "kaggle_3m").is_dir() else root
    if here := _sliced(home):
        return [_case(folder) for folder in here]
    if (only := only_folder(home)) is not None:
        return find_slices(only)
    below = [_sliced(entry) for entry in tidy_listing(home) if is_folder(entry)]
    if not below or not all(below):
        return []
    return in_parts(home, [(folder, _case(folder)) for folder in chain.from_iterable(below)])


def _case(folder: Path) -> FoundCase:
    return FoundCase(folder.name, {}, (folder,))


def _sliced(home: Path) -> list[Path]:
    """Return the folders with slices in a folder; none if there are no masks beside any."""
    numbers = {entry: slice_numbers(entry) for entry in tidy_listing(home) if is_folder(entry)}
    if not any(masks for _, masks in numbers.values()):
        return []
    return sorted(folder for folder, (slices, _) in numbers.items() if slices)
