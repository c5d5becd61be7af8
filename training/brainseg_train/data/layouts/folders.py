"""One folder a case, or one folder of all: the mask is known by its name (BraTS, and many labs).

``<case>/<case>_t1ce.nii.gz`` beside ``<case>/<case>_seg.nii.gz``; series of DICOM may lie in
folders of their own; folders may lie in folders.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from brainseg_train.data.description import read_description
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.labels import ClassTable, classes_of
from brainseg_train.data.layouts.found import (
    IMAGE,
    PARTS,
    Found,
    FoundCase,
    same_name,
    tidy_listing,
)
from brainseg_train.data.patients import is_visit
from napari_brainseg.io import is_seg, is_segmentation
from napari_brainseg.io.dicom.sniff import is_dicom
from napari_brainseg.io.files import has_suffix, is_file, is_folder
from napari_brainseg.io.formats import SLICE_SUFFIXES, TIFF, is_volume, scan_name
from napari_brainseg.io.layouts.mask_names import (
    SEPARATORS,
    is_mask_name,
    marks_no_lesion,
    mask_owner,
    plain_stem,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["in_parts", "read_folders"]

DEPTH = 6
_BRATS = re.compile(r"brats", re.IGNORECASE)
_SINCE_2023 = re.compile(r"brats-([a-z]+)-\d+-\d+", re.IGNORECASE)
ADULT = ("gli", "men", "met", "ssa")
FEWEST_PATIENTS = 3
"""Fewest folders of folders of cases that are patients; fewer are parts of the data set."""


def read_folders(root: Path) -> Found | None:
    """Find cases by the names of their masks; None if there is no mask."""
    found = list(_walk(root, DEPTH))
    if not any(case.masks for _, case in found):
        return None
    cases = in_parts(root, found)
    brats = all(_BRATS.search(case.name) for case in cases)
    return Found(
        layout="BraTS" if brats else "one folder a case",
        cases=tuple(cases),
        table=_regions([case.name for case in cases]) if brats else None,
        description=read_description(root),
    )


def _regions(names: list[str]) -> ClassTable | None:
    """Return BraTS' regions, by the numbers that its labels had in that year.

    The enhancing tumour was 4 until 2021 and is 3 since 2023; of the paediatric set, whose labels
    were renumbered later, nothing is assumed.
    """
    new = [_SINCE_2023.search(name) for name in names]
    if any(match and match[1].lower() not in ADULT for match in new):
        return None
    enhancing = 3 if any(new) else 4
    regions = [
        ("whole tumour", (1, 2, enhancing)),
        ("tumour core", (1, enhancing)),
        ("enhancing tumour", (enhancing,)),
    ]
    return ClassTable(classes_of(regions))


def _walk(folder: Path, depth: int) -> Iterator[tuple[Path, FoundCase]]:
    """Find cases in a folder and those in it, each with the folder that it is named after."""
    entries = tidy_listing(folder)
    folders = list(filter(is_folder, entries))
    series = list(filter(_is_series, folders))
    found = [*filter(_is_image, entries), *series]
    found = [path for path in found if not marks_no_lesion(_stem(path))]
    masks = list(filter(_is_mask, found))
    images = [path for path in found if path not in masks]
    if masks:
        yield from _cases(folder, images, masks)
        return
    below = list(_walk_all([entry for entry in folders if entry not in series], depth - 1))
    yield from below
    if images and not below:
        yield folder, _case(folder.name, images, [])


def _walk_all(folders: list[Path], depth: int) -> Iterator[tuple[Path, FoundCase]]:
    for folder in folders if depth else ():
        yield from _walk(folder, depth)


def _is_image(path: Path) -> bool:
    return is_file(path) and (
        is_volume(path) or has_suffix(path, TIFF.suffixes) or _is_segmentation(path)
    )


def _is_segmentation(path: Path) -> bool:
    """Whether a file is a mask whatever its name: DICOM SEG, or what 3D Slicer saves."""
    return is_seg(path) or is_segmentation(path)


def _is_series(folder: Path) -> bool:
    """Whether a folder holds the files of a DICOM series, or slices, and no folder.

    Stacks of slices beside the one that is their mask are no series.
    """
    entries = tidy_listing(folder)
    if not entries or any(map(is_folder, entries)) or any(map(is_volume, entries)):
        return False
    stacks = [entry for entry in entries if has_suffix(entry, TIFF.suffixes)]
    if sum(is_mask_name(_stem(entry)) for entry in stacks) == 1 < len(stacks):
        return False
    return is_dicom(entries[0]) or has_suffix(entries[0], SLICE_SUFFIXES)


def _is_mask(path: Path) -> bool:
    if is_folder(path):
        (first, *others) = tidy_listing(path)
        return not others and is_seg(first)
    return is_mask_name(_stem(path)) or _is_segmentation(path)


def _stem(path: Path) -> str:
    """Return a file's name without ending, and a folder's whole."""
    return plain_stem(path.name if is_folder(path) else scan_name(path))


def _cases(folder: Path, images: list[Path], masks: list[Path]) -> Iterator[tuple[Path, FoundCase]]:
    """Make one case of a folder, or several where each mask is named after a case of its own."""
    owners = {mask: mask_owner(_stem(mask)) for mask in masks}
    keys = {same_name(owner): owner for owner in owners.values() if owner}
    named = (_fitting(_stem(image), keys) for image in images)
    if len(keys) < 2 or not any(named):  # masks called after classes, or raters, are of one case
        yield folder, _case(folder.name, images, masks)
        return
    groups: dict[str, list[Path]] = defaultdict(list)
    for image in images:
        owner = _owner(_stem(image), keys)
        keys.setdefault(same_name(owner), owner)
        groups[same_name(owner)].append(image)
    marked: dict[str, list[Path]] = defaultdict(list)
    for mask, owner in owners.items():
        marked[same_name(owner)].append(mask)
    for key, name in keys.items():
        yield folder / name, _case(name, groups[key], marked[key])


def _owner(stem: str, keys: dict[str, str]) -> str:
    """Return the longest key that an image's name begins with; else its name but the last word."""
    if fitting := _fitting(stem, keys):
        return max(fitting, key=len)
    return re.sub(r"[\s_.\-]+[^\s_.\-]*$", "", stem) or stem


def _fitting(stem: str, keys: dict[str, str]) -> list[str]:
    """Return the keys that an image's name begins with."""
    text = same_name(stem)
    return [key for key in keys if re.match(rf"{re.escape(key)}([\s_.\-]|$)", text)]


def _case(name: str, images: list[Path], masks: list[Path]) -> FoundCase:
    """Name the images of a case by what sets their names apart."""
    cut = _common(name, list(map(_stem, images)), list(map(_stem, masks)))
    found: dict[str, ImageFile] = {}
    notes: list[str] = []
    for image in images:
        path = _mask_file(image)
        text = _stem(image)[cut:].strip(SEPARATORS)
        of_case = same_name(name) in (same_name(text), same_name(_stem(image)))
        sequence = IMAGE if not text or of_case else text
        if sequence in found:
            notes.append(f"{image.name} is left out, {found[sequence].path.name} is taken")
        found.setdefault(sequence, ImageFile(path))
    return FoundCase(name, found, tuple(map(_mask_file, masks)), notes=tuple(notes))


def _common(name: str, images: list[str], masks: list[str]) -> int:
    """Return the length of what images have in common with their masks, or with their case.

    It ends where a word does, whatever separates words: ``case_flair`` and ``case-seg``.
    """
    parts = str.maketrans(dict.fromkeys(SEPARATORS, SEPARATORS[0]))
    shown = [image.translate(parts) for image in images]
    names = [(mask + SEPARATORS[0]).translate(parts) for mask in masks]
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*shown, *names, strict=False))
    prefix = "".join(letters[0] for letters in same)
    of_case = (name + SEPARATORS[0]).translate(parts)
    if all(image.startswith(of_case) for image in shown):
        prefix = max(prefix, of_case, key=len)
    return prefix.rfind(SEPARATORS[0]) + 1


def _mask_file(path: Path) -> Path:
    """Return the only file of a mask's folder, and other paths as they are."""
    return tidy_listing(path)[0] if is_folder(path) and _is_mask(path) else path


def in_parts(root: Path, found: list[tuple[Path, FoundCase]]) -> list[FoundCase]:
    """Name cases apart by the folders that they lie in, which may be parts, or patients.

    Parameters
    ----------
    root : Path
        The data set: parts, where all of its folders are called as parts are.
    found : list of (Path, FoundCase)
        Each case with the folder that it is named after.
    """
    tops: dict[str, list[tuple[Path, FoundCase]]] = defaultdict(list)
    for place, case in found:
        tops[place.relative_to(root).parts[0] if place != root else ""].append((place, case))
    if not all(top.lower() in PARTS for top in tops):
        return _named_apart(root, found)
    return [
        replace(case, part=PARTS[top.lower()])
        for top, each in tops.items()
        for case in _named_apart(root / top, each)
    ]


def _are_of_patients(root: Path, found: list[tuple[Path, FoundCase]]) -> bool:
    """Whether the folders that the cases lie in are patients."""
    leaves = Counter(same_name(case.name) for _, case in found)
    parents = {place.parent for place, _ in found}
    return (
        any(count > 1 for count in leaves.values())
        or (len(parents) >= FEWEST_PATIENTS and root not in parents)
        or all(is_visit(case.name) for _, case in found)
    )


def _named_apart(root: Path, found: list[tuple[Path, FoundCase]]) -> list[FoundCase]:
    """Name cases apart, and take the folder that several lie in for their patient."""
    if not _are_of_patients(root, found):
        return [case for _, case in found]

    def joined(place: Path) -> str:
        return "-".join(place.relative_to(root).parts) or root.name

    return [
        replace(case, name=joined(place), patient=joined(place.parent)) for place, case in found
    ]
