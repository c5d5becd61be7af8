"""Which layout a folder has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brainseg_train.data.layouts.bids import is_bids, read_bids
from brainseg_train.data.layouts.dataset_json import read_dataset_json
from brainseg_train.data.layouts.folders import read_folders
from brainseg_train.data.layouts.found import (
    PARTS,
    Found,
    few,
    only_folder,
    see_whose,
    tidy_listing,
)
from brainseg_train.data.layouts.nothing import why_nothing
from brainseg_train.data.layouts.pairs import find_pairs, pairs_of_parts, read_pairs
from brainseg_train.data.layouts.stored import read_stored
from brainseg_train.data.layouts.table import is_table, read_table
from brainseg_train.errors import DataError
from napari_brainseg.io.files import is_file, is_folder, is_present
from napari_brainseg.io.layouts.numbered import DATASET_JSON, IMAGES
from napari_brainseg.training_set.contents import MANIFEST_NAME

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_layout"]

RAW = "nnUNet_raw"

EXPECTED = (
    "Expected is one folder a patient with files <case>_<n>.tif and <case>_<n>_mask.tif, as in the "
    "public LGG set; images beside a mask named …_seg, …_mask or …_label (BraTS); BIDS; nnU-Net or "
    "the Decathlon with dataset.json; a training set with manifest.json; or a CSV of paths"
)


def find_layout(root: Path, *, patients_known: bool = False) -> Found:
    """Find the cases of a folder, or of a table, by its layout; folders of slices aside.

    Parameters
    ----------
    root : Path
        Folder, ``dataset.json``, ``manifest.json``, or table.
    patients_known : bool
        Whether the user says which cases are of one patient.

    Raises
    ------
    DataError
        If no case is found, or what describes the data cannot be used.
    """
    if not is_present(root):
        raise DataError(f"No case was found: there is no {root.name!r}. {EXPECTED}.")
    if is_table(root):
        return read_table(root)
    home = root.parent if root.name in (DATASET_JSON, MANIFEST_NAME) else root
    if not is_folder(home):
        raise DataError(f"No case was found in {root.name!r}. {EXPECTED}.")
    found = _of_folder(_home(home), patients_known)
    if found is None or not found.cases:
        held = why_nothing(home)
        said = f"; it holds {held}" if held else f". {EXPECTED}"
        raise DataError(f"No case was found in {root.name!r}{said}.")
    return found


def _home(folder: Path) -> Path:
    """Step into the only nnU-Net data set of a folder, or of the ``nnUNet_raw`` in it.

    Raises
    ------
    DataError
        If there are several.
    """
    raw = folder / RAW
    if is_folder(raw):
        folder = raw
    if is_file(folder / DATASET_JSON):
        return folder
    below = [entry for entry in tidy_listing(folder) if is_file(entry / DATASET_JSON)]
    if len(below) > 1:
        names = few([entry.name for entry in below])
        raise DataError(f"{folder.name!r} holds {len(below)} data sets ({names}). Name one.")
    return below[0] if below else folder


def _of_folder(home: Path, patients_known: bool) -> Found | None:
    if is_file(home / MANIFEST_NAME):
        return read_stored(home)
    if is_file(home / DATASET_JSON) and is_folder(home / IMAGES):
        found = read_dataset_json(home)
        if not patients_known:
            images = (image.path for case in found.cases for image in case.images.values())
            see_whose("imagesTr", list(images))
        return found
    if is_folder(home / IMAGES):
        raise DataError(
            f"{home.name!r} holds {IMAGES} and no {DATASET_JSON}, which says what the channels and "
            "the labels are. Add it, as nnU-Net describes."
        )
    if is_bids(home):
        return read_bids(home)
    if (pairs := _pairs(home, patients_known)) is not None:
        return pairs
    if (only := only_folder(home)) is not None:
        return _of_folder(_home(only), patients_known)
    return read_folders(home)


def _pairs(home: Path, patients_known: bool) -> Found | None:
    """Read two folders, of images and of masks, or those of each part."""
    if (pair := find_pairs(home)) is not None:
        return read_pairs(home, *pair, patients_known=patients_known)
    parts = pairs_of_parts(home)
    return _of_parts(parts, patients_known) if parts is not None else None


def _of_parts(parts: dict[Path, tuple[Path, Path]], patients_known: bool) -> Found:
    """Read the two folders of each part of a data set."""
    read = {
        part: read_pairs(part, *pair, patients_known=patients_known) for part, pair in parts.items()
    }
    cases = [
        replace(case, part=PARTS[part.name.lower()])
        for part, found in read.items()
        for case in found.cases
    ]
    return replace(next(iter(read.values())), cases=tuple(cases))
