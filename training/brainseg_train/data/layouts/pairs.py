"""Two folders: images in one, masks of the same names in the other."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from brainseg_train.data.description import read_description
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.layouts.found import (
    IMAGE,
    PARTS,
    Found,
    FoundCase,
    once_each,
    see_whose,
    tidy_listing,
)
from napari_brainseg.io.files import is_file, is_folder
from napari_brainseg.io.formats import is_known, scan_name
from napari_brainseg.io.layouts.mask_names import SEPARATORS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_pairs", "pairs_of_parts", "read_pairs"]

IMAGES = re.compile(r"(images?|imgs?|scans?|volumes?)(tr)?", re.IGNORECASE)
MASKS = re.compile(r"(labels?|masks?|segs?|segmentations?|annotations?)(tr)?", re.IGNORECASE)
_ENDING = re.compile(r"[\s_.\-]+(seg|segmentation|mask|label)s?$", re.IGNORECASE)
_BETWEEN = re.escape(SEPARATORS)


def find_pairs(root: Path) -> tuple[Path, Path] | None:
    """Return the folder of images and that of masks, if there is one each."""
    folders = [entry for entry in tidy_listing(root) if is_folder(entry)]
    images, masks = (
        [each for each in folders if names.fullmatch(each.name)] for names in (IMAGES, MASKS)
    )
    return (images[0], masks[0]) if len(images) == len(masks) == 1 else None


def pairs_of_parts(root: Path) -> dict[Path, tuple[Path, Path]] | None:
    """Return the two folders of each part, where all folders are called as parts are.

    A part without masks, such as one to be predicted, is passed over.
    """
    folders = [entry for entry in tidy_listing(root) if is_folder(entry)]
    if not all(each.name.lower() in PARTS for each in folders):
        return None
    found = {each: pair for each in folders if (pair := find_pairs(each)) is not None}
    return found or None


def read_pairs(root: Path, images: Path, masks: Path, *, patients_known: bool) -> Found:
    """Pair the files of two folders by their names.

    A mask has the image of its name or, where there is none, those that begin with its name and go
    on with their sequence: ``images/p1_FLAIR.nii.gz`` and ``images/p1_T1.nii.gz`` beside
    ``labels/p1.nii.gz``.

    Raises
    ------
    DataError
        If two files of a folder have one name, or the files are pictures, of which nobody says
        whose they are.
    """
    shown, marked = _by_name(images), _by_name(masks)
    if not patients_known:
        see_whose(images.name, list(shown.values()))
    cases = []
    for key in sorted(marked, key=len, reverse=True):  # p1_2_FLAIR is of p1_2, not of p1
        if key in shown:
            name, of_case = scan_name(shown[key]), {IMAGE: ImageFile(shown.pop(key))}
        else:
            beginning = {each: rest for each in shown if (rest := _sequence(shown[each], key))}
            name = _plain(marked[key])
            of_case = {rest: ImageFile(shown.pop(each)) for each, rest in beginning.items()}
        cases.append(FoundCase(name, of_case, (marked[key],)))
    cases += [FoundCase(scan_name(path), {IMAGE: ImageFile(path)}, ()) for path in shown.values()]
    return Found("images and masks in two folders", tuple(cases), None, read_description(root))


def _by_name(folder: Path) -> dict[str, Path]:
    files = [path for path in tidy_listing(folder) if is_file(path) and is_known(path)]
    return once_each(files, _plain)


def _plain(path: Path) -> str:
    """Return a file's name without ending, and without what says that it is a mask."""
    return _ENDING.sub("", scan_name(path))


def _sequence(path: Path, key: str) -> str:
    """Return with what an image's name goes on after that of a mask; empty if it does not.

    A number would be another visit, or another case, rather than a sequence.
    """
    text = unicodedata.normalize("NFC", _plain(path))
    found = re.fullmatch(rf"{re.escape(key)}[{_BETWEEN}]+(.+)", text, re.IGNORECASE)
    said = found[1] if found else ""
    return "" if any(map(str.isdigit, re.split(f"[{_BETWEEN}]", said))) else said
