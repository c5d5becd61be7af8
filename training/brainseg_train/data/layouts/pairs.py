"""Two folders: images in one, masks of the same names in the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from brainseg_train.data.description import read_description
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.layouts.found import (
    IMAGE,
    Found,
    FoundCase,
    same_name,
    see_whose,
    tidy_listing,
)
from napari_brainseg.io.files import is_file, is_folder
from napari_brainseg.io.formats import is_known, scan_name

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_pairs", "read_pairs"]

IMAGES = re.compile(r"(images?|imgs?|scans?|volumes?)(tr)?", re.IGNORECASE)
MASKS = re.compile(r"(labels?|masks?|segs?|segmentations?|annotations?)(tr)?", re.IGNORECASE)
_ENDING = re.compile(r"[\s_.\-]+(seg|segmentation|mask|label)s?$", re.IGNORECASE)


def find_pairs(root: Path) -> tuple[Path, Path] | None:
    """Return the folder of images and that of masks, if there is one each."""
    folders = [entry for entry in tidy_listing(root) if is_folder(entry)]
    images, masks = (
        [each for each in folders if names.fullmatch(each.name)] for names in (IMAGES, MASKS)
    )
    return (images[0], masks[0]) if len(images) == len(masks) == 1 else None


def read_pairs(root: Path, images: Path, masks: Path, *, patients_known: bool) -> Found:
    """Pair the files of two folders by their names.

    Raises
    ------
    DataError
        If the files are pictures, of which nobody says whose they are.
    """
    shown, marked = _by_name(images), _by_name(masks)
    if not patients_known:
        see_whose(images.name, list(shown.values()))
    cases = tuple(
        FoundCase(
            scan_name(shown.get(key) or marked[key]),
            {IMAGE: ImageFile(shown[key])} if key in shown else {},
            (marked[key],) if key in marked else (),
        )
        for key in dict.fromkeys((*shown, *marked))
    )
    return Found("images and masks in two folders", cases, None, read_description(root))


def _by_name(folder: Path) -> dict[str, Path]:
    files = [path for path in tidy_listing(folder) if is_file(path) and is_known(path)]
    return {same_name(_ENDING.sub("", scan_name(path))): path for path in files}
