"""Why a folder holds no case that could be read, where more can be said than that."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from brainseg_train.data.layouts.found import few, tidy_listing
from napari_brainseg.io.dicom.sniff import is_dicom, is_rtstruct
from napari_brainseg.io.files import has_suffix, is_folder, is_present
from napari_brainseg.io.formats import is_volume
from napari_brainseg.io.layouts.numbered import DATASET_JSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["why_nothing"]

DEPTH = 4
MOST = 2000
"""Files that are looked at."""
PREPROCESSED = (".npz", ".npy", ".b2nd", ".pkl")
"""Files that nnU-Net keeps what it has preprocessed in."""
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar")


def why_nothing(root: Path) -> str:
    """Return what a folder without cases holds instead, and what to do; empty if nothing is known.

    Examples
    --------
    ``"archives (BraTS2021.zip). Unpack them"``
    """
    files = list(islice(_files(root, DEPTH), MOST)) if is_folder(root) else []
    for is_one, said in INSTEAD:
        if found := [path.name for path in files if is_one(path)]:
            return said.format(few(found))
    return ""


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not is_present(path)


def _is_image(path: Path) -> bool:
    return is_volume(path) or is_dicom(path)


INSTEAD: tuple[tuple[Callable[[Path], bool], str], ...] = (
    (
        _leads_nowhere,
        "links that lead nowhere ({}). Fetch the files (git annex get, datalad get), or mount the "
        "disk that they are on",
    ),
    (
        lambda path: has_suffix(path, PREPROCESSED),
        "arrays as nnU-Net has preprocessed them ({}). Name the data set that they were made of, "
        "in nnUNet_raw",
    ),
    (
        lambda path: path.name == DATASET_JSON,
        "a {} and no imagesTr. Name the files that it lists in a CSV of paths: a column for each "
        "sequence, such as FLAIR, and one called mask",
    ),
    (lambda path: has_suffix(path, ARCHIVES), "archives ({}). Unpack them"),
    (
        is_rtstruct,
        "contours in DICOM RTSTRUCT ({}), which are not read. Save them as DICOM SEG or NIfTI, as "
        "3D Slicer does",
    ),
    (
        _is_image,
        "images ({}), and none that is by its name a mask. Name masks …_seg, …_mask or …_label, or "
        "name images and masks in a CSV of paths",
    ),
)
"""What lies in the place of cases, the surest first, and what to do."""


def _files(folder: Path, depth: int) -> Iterator[Path]:
    for entry in tidy_listing(folder):
        if not is_folder(entry):
            yield entry
        elif depth:
            yield from _files(entry, depth - 1)
