"""What is fuzzed: each target takes bytes that anybody may have written, and refuses or accepts.

A target returns where the bytes are accepted or refused with an error for the user; anything else
that comes out of it is a finding. ``scripts/fuzzing.py`` drives the targets guided by coverage, the
tests beside this file drive them a little with the seeds and some mutants.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import dicom_files
import minc_files
import nibabel as nib
import nrrd
import numpy as np
import tifffile
from PIL import Image

from napari_brainseg.autosave import MaskAutosave, Snapshot, read_autosave
from napari_brainseg.errors import BrainsegError
from napari_brainseg.io import MaskInfo, color_table, read_masks, read_scan, write_mask
from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.catalog import EMBEDDED_FOLDER
from napari_brainseg.training_set import MANIFEST_NAME, open_training_set
from napari_brainseg.worklist import STATE_NAME, open_worklist

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TARGETS", "Target"]

VOXELS = np.arange(3 * 5 * 4, dtype=np.int16).reshape(3, 5, 4)
LABELS = (VOXELS % 7 == 0).astype(np.uint8)
CARD = EMBEDDED_FOLDER / "lgg-flair-default" / "card.json"


@dataclass(frozen=True, slots=True)
class Target:
    """A place where bytes come in.

    Parameters
    ----------
    name : str
        Of the file that the bytes become.
    open : callable
        Given that file's path, reads it as the program does.
    seed : callable
        Given a path, writes a valid file there.
    """

    name: str
    open: Callable[[Path], object]
    seed: Callable[[Path], object]

    def __call__(self, content: bytes) -> None:
        """Give the bytes to the program; raise what is a finding."""
        with tempfile.TemporaryDirectory() as folder, suppress(BrainsegError):
            path = Path(folder) / self.name
            path.write_bytes(content)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self.open(path)

    def seeded(self) -> bytes:
        """Return the bytes of a valid file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / self.name
            self.seed(path)
            return path.read_bytes()


def _open_card(path: Path) -> None:
    (path.parent / "model.safetensors").touch()
    open_bundle(path.parent)


def _autosave(path: Path) -> None:
    info = MaskInfo({1: "tumour"}, {1: "#e6194b"})
    snapshot = Snapshot(LABELS, info, "mask", (1.0,) * 3, (0.0,) * 3, ("mm",) * 3)
    with tempfile.TemporaryDirectory() as folder, patch.dict("os.environ", BRAINSEG_JOURNAL=folder):
        autosave = MaskAutosave()
        autosave.write(snapshot)
        (file,) = Path(folder).glob(f"*{path.suffix}")
        shutil.copyfile(file, path)
        autosave.remove()


def _worklist(path: Path) -> None:
    path.write_text(json.dumps({"version": 1, "items": {}, "current": None}))


def _training_set(path: Path) -> None:
    open_training_set(path.parent, create=True)


def _nifti_mask(path: Path) -> None:
    scan = path.with_name("scan.nii")
    nib.save(nib.Nifti1Image(VOXELS.T, np.diag([0.9, 0.9, 5.0, 1.0])), scan)
    write_mask(LABELS, read_scan(scan).scan, path)


TARGETS = {
    "nifti": Target(
        "a.nii",
        read_scan,
        lambda path: nib.save(nib.Nifti1Image(VOXELS.T, np.diag([0.9, 0.9, 5.0, 1.0])), path),
    ),
    "nifti_gz": Target("a.nii.gz", read_scan, _nifti_mask),
    "nrrd": Target("a.nrrd", read_scan, lambda path: nrrd.write(str(path), VOXELS)),
    "seg_nrrd": Target("a.seg.nrrd", read_masks, _nifti_mask),
    "metaimage": Target("a.mha", read_scan, _nifti_mask),
    "minc": Target("a.mnc", read_scan, lambda path: minc_files.write_minc1(path, VOXELS)),
    "minc2": Target("a.mnc", read_scan, lambda path: minc_files.write_minc2(path, VOXELS)),
    "mgh": Target(
        "a.mgh",
        read_scan,
        lambda path: nib.save(nib.MGHImage(VOXELS.T, np.diag([0.9, 0.9, 5.0, 1.0])), path),
    ),
    "tiff": Target(
        "a.tif",
        read_scan,
        lambda path: tifffile.imwrite(path, VOXELS, photometric="minisblack", compression="zlib"),
    ),
    "png": Target(
        "a.png", read_scan, lambda path: Image.fromarray(VOXELS[0].astype(np.uint8)).save(path)
    ),
    "jpeg": Target(
        "a.jpg", read_scan, lambda path: Image.fromarray(VOXELS[0].astype(np.uint8)).save(path)
    ),
    "dicom": Target(
        "a.dcm", read_scan, lambda path: dicom_files.write_slice(path, VOXELS[0], (0.0, 0.0, 0.0))
    ),
    "color_table": Target(
        "a_colors.ctbl",
        color_table.read,
        lambda path: path.write_text(
            color_table.format_table(MaskInfo({1: "tumour"}, {1: "#e6194b"}), (1,))
        ),
    ),
    "card": Target("card.json", _open_card, lambda path: shutil.copyfile(CARD, path)),
    "autosave": Target("a.journal", read_autosave, _autosave),
    "worklist": Target(STATE_NAME, lambda path: open_worklist(path.parent, ()), _worklist),
    "training_set": Target(
        MANIFEST_NAME, lambda path: open_training_set(path.parent), _training_set
    ),
}
