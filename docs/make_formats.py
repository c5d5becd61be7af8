# ruff: noqa: E501  (lines of the page are paragraphs)
"""Write ``docs/formats.md``: what every format does, found out with the samples of its tests.

    python docs/make_formats.py            # rewrite the page
    python docs/make_formats.py --check    # say whether it is up to date

Each row opens the sample of one contract test class, saves a mask on it in every format, and reads
that back: nothing in the table is typed by hand but the names.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from inspect import isabstract
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "io")]

from contracts.format_contract import ChannelsContract, FormatContract  # noqa: E402

from napari_brainseg.errors import SaveError  # noqa: E402
from napari_brainseg.io import (  # noqa: E402
    MASK_SUFFIXES,
    default_mask_path,
    read_mask,
    read_scan,
    write_mask,
)

if TYPE_CHECKING:
    from napari_brainseg.scan import Scan

PAGE = Path(__file__).with_name("formats.md")
MODULES = ("nifti", "itk", "mgh", "minc", "dicom", "dicom_enhanced", "tiff", "slices", "picture")
HEAD = """# Formats

What is read, and what a mask saved on it keeps. Made by `python docs/make_formats.py` from the samples of the contract tests, which every format inherits (`tests/contracts/format_contract.py`): slices in the order of their places, masks voxel for voxel on the same grid, files cut short or of garbage refused by name, the scan itself never overwritten. Geometry is judged by SimpleITK in `tests/io/test_nifti.py`, `test_itk.py` and `test_dicom_geometry.py`: 48 orientations of isotropic, anisotropic, oblique and sheared grids; masks and DICOM SEG in the same 48 in `test_masks.py` and `test_seg.py`.

| format | read | units | several channels | mask proposed as | masks that come back exactly | largest error of the affine |
|---|---|---|---|---|---|---|
"""
FOOT = """
Units of mm: the affine is the file's own, in RAS+. NIfTI-1 stores the affine of a scan of another format in 32-bit numbers, as the standard has it: for an origin 500 mm away that is 0.00003 mm. Pixels: the file states no geometry, so the scan counts pixels and radiological display is assumed, with a warning where sides are a guess. Several channels: sequences or time points on one grid; colour pictures are read as three, with a warning.

**DICOM SEG** is proposed where the scan comes from DICOM and its images state a place in the patient and the identifiers that the standard asks for; else NIfTI, and asked for DICOM SEG the refusal names what is missing. Each of its frames refers to the image it was drawn on: the file of the slice, or the frame of an Enhanced multi-frame MR or CT, stored in any order, in one file or several, or being one echo, time point or stack of many. `tests/io/test_seg.py` shows it on axial, coronal, oblique and tilted series, `test_seg_enhanced.py` on multi-frame files, in the eyes of highdicom too; dciodvfy finds no error. It carries the patient's name, ID and dates.

**DICOM RTSTRUCT** of a mask of the same scans: from the save dialog of the panel, or by `brainseg contours MASK SCAN OUT.dcm`. Outlines between the voxels inside and outside, holes joined by channels of no width; filled again, by our account and by SimpleITK's, they are the mask (`tests/io/test_contours.py`, `test_seg_enhanced.py`; dciodvfy finds no error). It carries the patient's name, ID and dates, and is not read back.

**Tilted and uneven CT.** A tilted gantry shears the voxel grid: the scan opens with its true, sheared affine, which saved masks keep; the view shows the slices stacked straight, and a note says by how many degrees. A series whose distances change fits no one grid: opened unasked it is refused with the distances; in napari its even parts are listed, and each opens exactly. Below, the upper part of a head CT tilted by 18.5 degrees, with slices 4 mm apart below and 7 mm above, in the brain window (neurolabusc/dcm_qa_ct, BSD-2).

![The upper part of an unevenly spaced, tilted CT](images/ct_tilted.png)

**Layers of other plugins** are segmented as they are shown: scale, translation, rotation, shear and affine are kept, units of length become millimetres, several scales give the finest, further axes (time, channels) up to 64 channels. The viewer's axes are taken for a radiological display: foot to head, front to back, the patient's right to left (`tests/gui/layers/test_foreign.py`).

**Limits.** Sizes are checked against the header before anything is allocated: what would need more than half of the free memory, and what a file of its size cannot hold, is refused with the number. At most 64 channels; pictures up to 89 million pixels; 10,000 frames in a DICOM SEG. Compressed voxels are checked by their checksum. `make slow` opens 10,000 damaged files of each kind: each gives a valid scan or one sentence of refusal. It also opens scans of 63 MB and checks that memory grows by no more than twice the voxels (`tests/io/test_memory.py`).

**Not read:** Analyze 7.5 (does not tell left from right), unevenly spaced DICOM as one volume (its even parts can be opened), DICOMDIR (open the folder), colour DICOM, TIFF in CMYK or CIELAB, Siemens mosaics, DICOM of several frames without places, complex numbers, fractional DICOM SEG, RTSTRUCT.
"""


def main() -> None:
    """Write the page, or compare it."""
    text = HEAD + "".join(_row(sample) for sample in _samples()) + FOOT
    if "--check" in sys.argv:
        current = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
        raise SystemExit(
            0 if current == text else "docs/formats.md is out of date: run this script"
        )
    PAGE.write_text(text, encoding="utf-8")


def _samples() -> list[type[FormatContract]]:
    found = []
    for name in MODULES:
        module = importlib.import_module(f"test_{name}")
        classes = [value for value in vars(module).values() if isinstance(value, type)]
        found += [c for c in classes if issubclass(c, FormatContract) and not isabstract(c)]
    return found


def _row(contract: type[FormatContract]) -> str:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "sample"
        folder.mkdir()
        scan = read_scan(contract().make(folder)).scan
        several = issubclass(contract, ChannelsContract) or len(scan.channels) > 1
        kept, worst = _masks(scan, Path(made))
        cells = (
            _title(contract),
            "yes",
            scan.units,
            "yes" if several else "no",
            "".join(default_mask_path(scan).suffixes[-2:]) or "",
            " ".join(kept),
            "none" if worst == 0 else f"{worst:.0e}",
        )
    return f"| {' | '.join(cells)} |\n"


def _masks(scan: Scan, folder: Path) -> tuple[list[str], float]:
    """Suffixes under which a mask comes back exactly, and the largest error of its affine."""
    labels = np.random.default_rng(0).integers(0, 3, scan.grid)
    kept, worst = [], 0.0
    for suffix in MASK_SUFFIXES:
        try:
            found, affine = read_mask(write_mask(labels, scan, folder / f"mask{suffix}"))
        except SaveError:
            continue
        if np.array_equal(found, labels):
            kept.append(suffix)
            worst = max(worst, float(np.abs(affine - scan.affine).max()))
    return kept, worst


def _title(contract: type[FormatContract]) -> str:
    """Spell a class like ``TestCompressedNiftiContract`` as words."""
    name = contract.__name__.removeprefix("Test").removesuffix("Contract")
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


if __name__ == "__main__":
    main()
