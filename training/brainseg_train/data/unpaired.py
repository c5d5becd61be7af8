"""Slices and masks of one folder that have no counterpart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["slice_numbers", "unpaired"]

_SLICE = re.compile(
    r"^(?P<stem>.+_(?P<number>\d+))(?P<mask>_mask)?\.(tiff?|png|jpe?g)$", re.IGNORECASE
)


def unpaired(folder: Path) -> tuple[list[int], list[int]]:
    """Return the numbers of slices without mask, and of masks without slice."""
    slices, masks = slice_numbers(folder)
    return sorted(slices - masks), sorted(masks - slices)


def slice_numbers(folder: Path) -> tuple[set[int], set[int]]:
    """Numbers of the slice files and of the mask files in a folder."""
    slices: set[int] = set()
    masks: set[int] = set()
    for path in folder.iterdir():
        match = _SLICE.match(path.name)
        if match:
            (masks if match["mask"] else slices).add(int(match["number"]))
    return slices, masks
