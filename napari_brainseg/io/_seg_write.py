"""DICOM SEG: writing a mask that refers to the images it was made on."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.uid import generate_uid

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io._shared import decoding
from napari_brainseg.io.seg import PRIVATE

if TYPE_CHECKING:
    from pathlib import Path

    from highdicom.seg import SegmentDescription
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from napari_brainseg.io._shared import MaskInfo
    from napari_brainseg.scan import Scan

__all__ = ["OPTIONAL", "image_headers", "why_not", "write_seg"]

REQUIRED = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"),
    "FrameOfReferenceUID",
)
OPTIONAL = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("AccessionNumber", "StudyID", "StudyDate", "StudyTime"),
)
"""What DICOM wants to be there but allows to be empty."""

MAX_FRAMES = 10_000
"""One frame per label and slice; each has a header of its own, so that many take minutes."""

MAX_TEXT = 64
"""Characters in a name (DICOM's LO)."""


def why_not(scan: Scan) -> str:
    """Say why the mask of a scan cannot be saved as DICOM SEG; empty if it can."""
    header = scan.source.header
    if scan.source.format != "dicom" or header is None or not scan.source.files:
        return "the scan was not opened from a DICOM series"
    if scan.units != "mm":
        return "the images do not state their place in the patient"
    # The measures and places of a multi-frame file lie in its frames, which are not taken over.
    if len(scan.source.files) != scan.grid[0]:
        return "its slices do not lie in one file each"
    missing = [keyword for keyword in REQUIRED if not header.get(keyword)]
    return f"the images state no {missing[0]}" if missing else ""


def write_seg(labels: NDArray[Any], scan: Scan, info: MaskInfo, path: Path) -> None:
    """Write a mask as a binary DICOM segmentation that refers to the slices of a scan.

    Parameters
    ----------
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The mask on the scan's grid; each label becomes a segment. Every slice gets a frame, so
        that the file alone tells the whole grid.
    scan : Scan
        A scan read from a DICOM series; patient, study and frame of reference are taken over from
        its files.
    info : MaskInfo
        What the labels mean and what made them.
    path : Path
        File to write.

    Raises
    ------
    SaveError
        If the files of the series cannot be read any more or their headers cannot be taken over,
        or there are too many labels.
    """
    import highdicom

    from napari_brainseg import __version__

    present = [int(label) for label in np.unique(labels) if label] or [1]
    _check_amount(len(present), len(labels), scan)
    images = image_headers(scan)
    numbers = np.zeros(max(present) + 1, np.uint16)
    numbers[present] = np.arange(1, len(present) + 1)
    first = images[0]
    distance = _slice_distance(scan)
    # highdicom looks for it even where it is given the measures.
    first.SliceThickness = first.get("SliceThickness") or distance
    identity = [copy(first[keyword]) for keyword in OPTIONAL]
    for keyword in OPTIONAL:
        setattr(first, keyword, "")
    try:
        segmentation = highdicom.seg.Segmentation(
            source_images=images,
            pixel_array=numbers[labels],
            segmentation_type="BINARY",
            segment_descriptions=_descriptions(present, info),
            series_instance_uid=generate_uid(),
            series_number=max(1, 1000 + int(first.get("SeriesNumber") or 0)),
            sop_instance_uid=generate_uid(),
            instance_number=1,
            manufacturer="napari-brainseg",
            manufacturer_model_name="napari-brainseg",
            software_versions=__version__,
            device_serial_number="none",
            content_label="BRAIN_TUMOUR",
            content_description="Research use only, not a medical device",
            series_description="napari-brainseg mask",
            pixel_measures=highdicom.PixelMeasuresSequence(
                first.PixelSpacing, first.SliceThickness, distance
            ),
            omit_empty_frames=False,
        )
        # Word for word, also what highdicom would object to: it quotes the patient's name.
        for element in identity:
            segmentation[element.tag] = element
        _mend_deidentification(segmentation)
        segmentation.save_as(path)
    except OSError:
        raise
    except Exception as error:
        # Its words may hold the patient's name too.
        raise SaveError(
            f"{scan.source.name}: the headers of the series cannot be taken over to DICOM SEG "
            f"({type(error).__name__}). Save as NIfTI (.nii.gz) instead."
        ) from error


def _check_amount(n_labels: int, n_slices: int, scan: Scan) -> None:
    if n_labels * n_slices > MAX_FRAMES:
        raise SaveError(
            f"The mask of {scan.source.name} has {n_labels} labels on {n_slices} slices, expected "
            f"at most {MAX_FRAMES // n_slices} for DICOM SEG. Merge labels, or save as NIfTI."
        )


def image_headers(scan: Scan) -> list[Dataset]:
    try:
        return [_image_header(file) for file in scan.source.files]
    except ScanError as error:
        raise SaveError(
            f"{error} DICOM SEG takes patient and study from the series; or save as NIfTI."
        ) from error


def _image_header(file: Path) -> Dataset:
    """Read the header of a slice, with empty elements where DICOM wants one at least."""
    with decoding(file, "DICOM"):
        header = pydicom.dcmread(file, stop_before_pixels=True)
        for keyword in OPTIONAL:
            if keyword not in header:
                setattr(header, keyword, "")
    return header


def _mend_deidentification(segmentation: Dataset) -> None:
    """Say that the method is not known: where identity was removed, DICOM wants one named."""
    methods = ("DeidentificationMethod", "DeidentificationMethodCodeSequence")
    removed = segmentation.get("PatientIdentityRemoved") == "YES"
    if removed and not any(segmentation.get(keyword) for keyword in methods):
        segmentation.DeidentificationMethod = "Not stated in the source images"


def _slice_distance(scan: Scan) -> float:
    """Distance of slices along their normal, in mm."""
    row, column = (scan.affine[:3, axis] for axis in (0, 1))
    normal = np.cross(row, column) / np.linalg.norm(np.cross(row, column))
    return float(abs(scan.affine[:3, 2] @ normal))


def _descriptions(present: list[int], info: MaskInfo) -> list[SegmentDescription]:
    """Describe the segments, which DICOM numbers from 1 without gaps."""
    return [_describe(number, label, info) for number, label in enumerate(present, 1)]


def _describe(number: int, label: int, info: MaskInfo) -> SegmentDescription:
    import highdicom
    from pydicom.sr.codedict import codes

    algorithm = None
    if info.made != "MANUAL":
        algorithm = highdicom.AlgorithmIdentificationSequence(
            name=info.algorithm[:MAX_TEXT] or "unknown",
            family=codes.DCM.ArtificialIntelligence,
            version=info.version[:MAX_TEXT] or "unknown",
        )
    color = info.colors.get(label)
    description = highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=info.name(label)[:MAX_TEXT],
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Neoplasm,
        algorithm_type=info.made,
        algorithm_identification=algorithm,
        anatomic_regions=[codes.SCT.Brain],
        display_color=highdicom.color.CIELabColor.from_string(color) if color else None,
    )
    if label != number:
        block = description.private_block(*PRIVATE[:2], create=True)
        block.add_new(PRIVATE[2], "US", label)
    return description
