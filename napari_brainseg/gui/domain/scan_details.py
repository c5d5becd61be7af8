"""What is told of a patient and a series when somebody asks; it goes into no file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nibabel.orientations as nio
import numpy as np

from napari_brainseg.scan import DicomSource, NiftiSource
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from napari_brainseg.scan import Scan

__all__ = ["details_of"]

LONGEST = 120
"""Of a value, in characters."""

TAGS = (
    ("Patient", "PatientName"),
    ("Patient ID", "PatientID"),
    ("Born", "PatientBirthDate"),
    ("Sex", "PatientSex"),
    ("Age", "PatientAge"),
    ("Study", "StudyDescription"),
    ("Study date", "StudyDate"),
    ("Series", "SeriesDescription"),
    ("Series number", "SeriesNumber"),
    ("Protocol", "ProtocolName"),
    ("Modality", "Modality"),
    ("Scanner", "ManufacturerModelName"),
    ("Made by", "Manufacturer"),
    ("Field, T", "MagneticFieldStrength"),
    ("Repetition time, ms", "RepetitionTime"),
    ("Echo time, ms", "EchoTime"),
    ("Inversion time, ms", "InversionTime"),
    ("Contrast agent", "ContrastBolusAgent"),
    ("Tube voltage, kV", "KVP"),
)
"""Texts and DICOM keywords."""


def details_of(scan: Scan) -> tuple[tuple[str, str], ...]:
    """Return what is known of a scan, its patient and its series, as titles and texts.

    Returns
    -------
    tuple of (str, str)
        Printable and shortened; of a DICOM series the patient too.
    """
    rows: list[tuple[str, Any]] = [
        ("Scan", scan.source.name),
        ("Images", ", ".join(scan.channels)),
        ("Voxels", " × ".join(map(str, scan.grid[::-1]))),
        (f"Voxel size, {scan.units}", " × ".join(f"{step:.3g}" for step in scan.spacing[::-1])),
        ("Axes towards", "".join(nio.aff2axcodes(scan.affine))),
        ("Tilt, degrees", f"{_tilt(scan):.1f}"),
        ("Values", f"{scan.data.dtype}, {scan.data.min():g} to {scan.data.max():g}"),
    ]
    if scan.source.files:
        rows.append(("File" if len(scan.source.files) == 1 else "Folder", _place(scan)))
    if isinstance(scan.source, NiftiSource):
        rows.append(("Note in the header", bytes(scan.source.header["descrip"]).decode("latin-1")))
    if isinstance(scan.source, DicomSource):
        found = scan.source.dataset
        rows += [(title, found.get(keyword, "")) for title, keyword in TAGS]
    texts = ((title, shortened(str(value).strip("\0 "), LONGEST)) for title, value in rows)
    return tuple((title, text) for title, text in texts if text)


def _place(scan: Scan) -> str:
    files = scan.source.files
    return str(files[0] if len(files) == 1 else files[0].parent)


def _tilt(scan: Scan) -> float:
    """Return the largest angle between an axis of the grid and the nearest one of the patient."""
    axes = scan.affine[:3, :3] / np.linalg.norm(scan.affine[:3, :3], axis=0)
    nearest = np.abs(axes).max(axis=0).clip(0.0, 1.0)
    return float(np.degrees(np.arccos(nearest)).max())
