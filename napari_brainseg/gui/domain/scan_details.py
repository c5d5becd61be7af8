"""What is told of a patient and a series when somebody asks; it goes into no file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nibabel.orientations as nio
import numpy as np

from napari_brainseg.language import marked, tr
from napari_brainseg.scan import DicomSource, NiftiSource
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from napari_brainseg.scan import Scan

__all__ = ["details_of"]

LONGEST = 120
"""Of a value, in characters."""

TAGS = (
    (marked("Patient"), "PatientName"),
    (marked("Patient ID"), "PatientID"),
    (marked("Born"), "PatientBirthDate"),
    (marked("Sex"), "PatientSex"),
    (marked("Age"), "PatientAge"),
    (marked("Study"), "StudyDescription"),
    (marked("Study date"), "StudyDate"),
    (marked("Series"), "SeriesDescription"),
    (marked("Series number"), "SeriesNumber"),
    (marked("Protocol"), "ProtocolName"),
    (marked("Modality"), "Modality"),
    (marked("Scanner"), "ManufacturerModelName"),
    (marked("Made by"), "Manufacturer"),
    (marked("Field, T"), "MagneticFieldStrength"),
    (marked("Repetition time, ms"), "RepetitionTime"),
    (marked("Echo time, ms"), "EchoTime"),
    (marked("Inversion time, ms"), "InversionTime"),
    (marked("Contrast agent"), "ContrastBolusAgent"),
    (marked("Tube voltage, kV"), "KVP"),
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
        (tr("Scan"), scan.source.name),
        (tr("Images"), ", ".join(scan.channels)),
        (tr("Voxels"), " × ".join(map(str, scan.grid[::-1]))),
        (
            tr("Voxel size, {units}", units=scan.units),
            " × ".join(f"{step:.3g}" for step in scan.spacing[::-1]),
        ),
        (tr("Axes towards"), "".join(nio.aff2axcodes(scan.affine))),
        (tr("Tilt, degrees"), tr("{tilt:.1f}", tilt=_tilt(scan))),
        (
            tr("Values"),
            tr(
                "{dtype}, {min:g} to {max:g}",
                dtype=scan.data.dtype,
                min=scan.data.min(),
                max=scan.data.max(),
            ),
        ),
    ]
    if scan.source.files:
        rows.append((tr("File") if len(scan.source.files) == 1 else tr("Folder"), _place(scan)))
    if isinstance(scan.source, NiftiSource):
        rows.append(
            (tr("Note in the header"), bytes(scan.source.header["descrip"]).decode("latin-1"))
        )
    if isinstance(scan.source, DicomSource):
        found = scan.source.dataset
        rows += [(tr(title), found.get(keyword, "")) for title, keyword in TAGS]
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
