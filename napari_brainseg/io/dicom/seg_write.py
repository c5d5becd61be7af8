"""DICOM SEG: writing a mask that refers to the images it was made on."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import config
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import EnhancedMRImageStorage, generate_uid
from pydicom.valuerep import validate_value

from napari_brainseg.errors import SaveError
from napari_brainseg.io.dicom.geometry import JITTER, LPS_TO_RAS
from napari_brainseg.io.dicom.image import thickness_of
from napari_brainseg.io.dicom.references import (
    OPTIONAL,
    REQUIRED,
    SourceImage,
    file_references,
    long_string,
    source_images,
)
from napari_brainseg.io.dicom.seg_read import PRIVATE
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from highdicom.seg import Segmentation, SegmentDescription
    from numpy.typing import NDArray
    from pydicom.dataelem import DataElement

    from napari_brainseg.io.mask_info import MaskInfo
    from napari_brainseg.scan import Scan

__all__ = ["write_seg"]

ADDED = {
    Tag(keyword)
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", *REQUIRED)
}

IDENTITY = ("PatientID", "PatientName", "AccessionNumber", "StudyID")

MAX_FRAMES = 10_000
"""One frame per label and slice; each has a header of its own, so that many take minutes."""


def write_seg(labels: NDArray[Any], scan: Scan, info: MaskInfo, path: Path) -> None:
    """Write a mask as a binary DICOM segmentation that refers to the slices of a scan.

    Parameters
    ----------
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The mask on the scan's grid; each label becomes a segment. Every slice gets a frame, so
        that the file alone tells the whole grid.
    scan : Scan
        A scan read from DICOM, of one file per slice or of multi-frame files; patient, study and
        frame of reference are taken over from them.
    info : MaskInfo
        What the labels mean and what made them.
    path : Path
        File to write.

    Raises
    ------
    SaveError
        If the files of the scan cannot be read any more or their headers cannot be taken over, or
        there are too many labels.
    """
    present = [int(label) for label in np.unique(labels) if label] or [1]
    _check_amount(len(present), len(labels), scan)
    numbers = np.zeros(max(present) + 1, np.uint16)
    numbers[present] = np.arange(1, len(present) + 1)
    images = source_images(scan)
    # Before the header is changed for highdicom's eyes.
    references, files = [image.reference() for image in images], file_references(images)
    try:
        source = _as_one_file(images, scan.affine)
        _drop_forbidden(source)
        identity = _taken_out(source)
        segmentation = _segmentation(source, numbers[labels], _descriptions(present, info))
        # Word for word, also what highdicom would object to: it quotes the patient's name.
        for element in identity:
            segmentation[element.tag] = element
        _mend_deidentification(segmentation)
        _refer(segmentation, references, files)
        segmentation.save_as(path)
    except OSError:
        raise
    except Exception as error:
        # Its words may hold the patient's name too.
        raise SaveError(
            tr(
                "{scan}: the headers of the series cannot be taken over to DICOM SEG "
                "({error}). Save as NIfTI (.nii.gz) instead.",
                scan=scan.source.name,
                error=type(error).__name__,
            )
        ) from error


def _segmentation(
    source: Dataset, numbers: NDArray[np.uint16], segments: list[SegmentDescription]
) -> Segmentation:
    import highdicom

    from napari_brainseg import __version__

    return highdicom.seg.Segmentation(
        source_images=[source],
        pixel_array=numbers,
        segmentation_type="BINARY",
        segment_descriptions=segments,
        series_instance_uid=generate_uid(),
        series_number=max(1, 1000 + int(source.get("SeriesNumber") or 0)),
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="napari-brainseg",
        manufacturer_model_name="napari-brainseg",
        software_versions=__version__,
        device_serial_number="none",
        content_label="BRAIN_TUMOUR",
        content_description="Research use only, not a medical device",
        series_description="napari-brainseg mask",
        omit_empty_frames=False,
    )


def _as_one_file(images: list[SourceImage], affine: NDArray[np.float64]) -> Dataset:
    """Describe slices as the frames of one file, in their order.

    ``affine`` is that of the scan they make (RAS+ mm).

    highdicom wants single images of one orientation, or one multi-frame file and all its frames,
    of kinds that it knows. Slices may be some of the frames, in another order, of several files,
    and of a manufacturer's own kind. :func:`_refer` says afterwards which ones they are.
    """
    import highdicom

    first, shared = images[0], Dataset()
    distance = _slice_distance(affine)
    shared.PixelMeasuresSequence = highdicom.PixelMeasuresSequence(
        first.value("PixelMeasuresSequence", "PixelSpacing"),
        thickness_of(first.value("PixelMeasuresSequence", "SliceThickness")) or distance,
        distance,
    )
    # Made anew, since values with more digits than DICOM allows are found in files.
    shared.PlaneOrientationSequence = highdicom.PlaneOrientationSequence(
        "PATIENT", _orientation(images, affine)
    )
    frames = []
    for image in images:
        position = image.value("PlanePositionSequence", "ImagePositionPatient")
        frames.append(Dataset())
        frames[-1].PlanePositionSequence = highdicom.PlanePositionSequence("PATIENT", position)
    header = first.header
    header.SOPClassUID = EnhancedMRImageStorage
    header.NumberOfFrames = len(images)
    header.SharedFunctionalGroupsSequence = [shared]
    header.PerFrameFunctionalGroupsSequence = frames
    return header


def _taken_out(source: Dataset) -> list[DataElement]:
    """Empty what says whose the study is, and return it as it was."""
    found = [copy(source[keyword]) for keyword in OPTIONAL if keyword in source]
    for keyword in OPTIONAL:
        setattr(source, keyword, "")
    return found


def _orientation(images: list[SourceImage], affine: NDArray[np.float64]) -> list[float]:
    """Directions of all slices: of the lowest one word for word, or the mean of what differs.

    The decision is that of reading the series, :func:`~napari_brainseg.io.dicom.geometry.stack`,
    so that the mask lies where its scan does.
    """
    stated = [
        np.array(image.value("PlaneOrientationSequence", "ImageOrientationPatient"), np.float64)
        for image in images
    ]
    if max(float(np.abs(each - stated[0]).max()) for each in stated) <= JITTER:
        return [float(value) for value in stated[0]]
    axes = (LPS_TO_RAS @ affine)[:3, :2]
    return [float(value) for value in (axes / np.linalg.norm(axes, axis=0)).T.ravel()]


def _drop_forbidden(source: Dataset) -> None:
    """Leave out what the standard forbids: it would stand in the segmentation too.

    What says whose the study is stays word for word.
    """
    for element in list(source):
        if element.tag in ADDED or element.keyword in IDENTITY:
            continue
        if not _is_allowed(element):
            del source[element.tag]


def _is_allowed(element: DataElement) -> bool:
    if element.VR == "SQ":
        return bool(element.value)
    values = element.value if element.VM > 1 else [element.value]
    try:
        for value in values:
            validate_value(element.VR, value, config.RAISE)
    except ValueError:
        return False
    return True


def _refer(segmentation: Dataset, references: list[Dataset], files: list[Dataset]) -> None:
    """Make references to the frames of :func:`_as_one_file` ones to the image of each slice."""
    for frame in segmentation.PerFrameFunctionalGroupsSequence:
        derivation = frame.DerivationImageSequence[0]
        (source,) = derivation.SourceImageSequence
        # A new item: frames of several segments share the one that is there.
        referring = Dataset()
        referring.update(references[source.ReferencedFrameNumber - 1])
        for keyword in ("PurposeOfReferenceCodeSequence", "SpatialLocationsPreserved"):
            referring[keyword] = source[keyword]
        derivation.SourceImageSequence = [referring]
    segmentation.SourceImageSequence = files
    (series,) = segmentation.ReferencedSeriesSequence
    series.ReferencedInstanceSequence = [_whole(file) for file in files]


def _whole(reference: Dataset) -> Dataset:
    """Refer to a file as such: the list of instances has no place for frames."""
    whole = Dataset()
    for keyword in ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"):
        whole[keyword] = reference[keyword]
    return whole


def _check_amount(n_labels: int, n_slices: int, scan: Scan) -> None:
    if n_labels * n_slices > MAX_FRAMES:
        raise SaveError(
            tr(
                "The mask of {scan} has {n_labels} labels on {n_slices} slices, expected at "
                "most {most} for DICOM SEG. Merge labels, or save as NIfTI.",
                scan=scan.source.name,
                n_labels=n_labels,
                n_slices=n_slices,
                most=MAX_FRAMES // n_slices,
            )
        )


def _mend_deidentification(segmentation: Dataset) -> None:
    """Name an unknown method: where identity was removed, DICOM asks for one."""
    methods = ("DeidentificationMethod", "DeidentificationMethodCodeSequence")
    removed = segmentation.get("PatientIdentityRemoved") == "YES"
    if removed and not any(segmentation.get(keyword) for keyword in methods):
        segmentation.DeidentificationMethod = "Not stated in the source images"


def _slice_distance(affine: NDArray[np.float64]) -> float:
    """Distance of slices along their normal, in mm."""
    row, column = (affine[:3, axis] for axis in (0, 1))
    normal = np.cross(row, column) / np.linalg.norm(np.cross(row, column))
    return float(abs(affine[:3, 2] @ normal))


def _descriptions(present: list[int], info: MaskInfo) -> list[SegmentDescription]:
    """Describe the segments, which DICOM numbers from 1 without gaps."""
    return [_describe(number, label, info) for number, label in enumerate(present, 1)]


def _describe(number: int, label: int, info: MaskInfo) -> SegmentDescription:
    import highdicom
    from pydicom.sr.codedict import codes

    algorithm = None
    if info.made != "MANUAL":
        algorithm = highdicom.AlgorithmIdentificationSequence(
            name=long_string(info.algorithm) or "unknown",
            family=codes.DCM.ArtificialIntelligence,
            version=long_string(info.version) or "unknown",
        )
    color = info.colors.get(label)
    description = highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=long_string(info.name(label)),
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
