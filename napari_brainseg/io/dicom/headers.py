"""Reading DICOM headers: one record per file, or per frame of a multi-frame file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.uid import MediaStorageDirectoryStorage

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.enhanced import read_frames
from napari_brainseg.io.dicom.image import (
    Image,
    check_loading,
    load,
    mark_text,
    place,
    reading,
    thickness_of,
)
from napari_brainseg.io.dicom.sniff import is_dicom
from napari_brainseg.io.files import check_fetched, stamp_of
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from pathlib import Path
    from warnings import WarningMessage

    from pydicom.dataset import Dataset

    from napari_brainseg.io.files import Stamp

__all__ = ["read_header", "why_no_image"]

SIEMENS_BLOCK, SIEMENS_SLICES = 0x00190010, 0x0019100A
"""Who put the private elements there, and how many slices a picture holds."""

HEADER_TAGS = [
    *(SIEMENS_BLOCK, SIEMENS_SLICES),
    *("SOPClassUID", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "Modality"),
    *("Rows", "Columns", "NumberOfFrames", "PhotometricInterpretation", "ImageType"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *("DimensionIndexSequence", "EchoTime", "EchoNumbers", "TemporalPositionIdentifier"),
    *("DiffusionBValue", "DiffusionGradientOrientation", "InversionTime", "TriggerTime"),
    *("AcquisitionNumber", "StackID", "InstanceNumber", "FrameOfReferenceUID", "StudyInstanceUID"),
    *("ConcatenationUID", "InConcatenationNumber", "InConcatenationTotalNumber"),
    *("PatientID", "FlipAngle", "ConvolutionKernel", "KVP", "FrameReferenceTime"),
    *("SamplesPerPixel", "BitsAllocated", "BitsStored", "PixelRepresentation", "RescaleSlope"),
]

NOT_SCANS = {
    "SEG": marked("a segmentation"),
    "RTDOSE": marked("a dose"),
    "PR": marked("a presentation state"),
    "RTSTRUCT": marked("contours"),
}
"""Modalities whose pixels are no picture of the patient, though they have rows and columns."""

MOSAICS = {"MOSAIC", "VFRAME"}
"""Image types of Siemens and of UIH for many slices laid out in one picture."""

ASSUMED = {
    "BitsStored": marked("all bits are taken"),
    "PixelRepresentation": marked("values are taken to have no sign"),
    "SamplesPerPixel": marked("one is taken"),
    "PhotometricInterpretation": marked("it is taken for grey, black as zero"),
}
"""What some programs leave out, and what others then assume."""

# In the order in which they are tried for telling the volumes of a series apart.
MARK_TAGS = {
    "EchoTime": "echo time in ms",
    "EchoNumbers": "echo",
    "TemporalPositionIdentifier": "time point",
    "DiffusionBValue": "b-value",
    "DiffusionGradientOrientation": "diffusion direction",
    "InversionTime": "inversion time in ms",
    "TriggerTime": "trigger time in ms",
    "FrameReferenceTime": "frame time in ms",
    "FlipAngle": "flip angle",
    "ConvolutionKernel": "kernel",
    "KVP": "kV",
    "ImageType": "image type",
    "AcquisitionNumber": "acquisition",
}


def read_header(path: Path) -> list[Image]:
    """Describe the images of a file, and where they lie, by its header.

    Returns
    -------
    list of Image
        One per frame; empty for a file that is not a picture of a patient.

    Raises
    ------
    ScanError
        If the file is damaged or no DICOM, or holds several slices and does not say where they lie.
    """
    stamp = stamp_of(path)
    if not is_dicom(path):
        check_fetched(path)
        raise ScanError(tr("{name}: is not DICOM. Get a fresh copy.", name=path.name))
    with reading(path) as odd:
        check_loading(path)
        tags = load(path, stop_before_pixels=True, specific_tags=list(HEADER_TAGS))
        modality = str(tags.get("Modality", "") or "")
        if "Rows" not in tags or "Columns" not in tags or modality in NOT_SCANS:
            _check_undamaged(path, odd)
            return []
        frames = int(tags.get("NumberOfFrames", 1) or 1)
        if "PerFrameFunctionalGroupsSequence" in tags:
            return read_frames(tags, _common(tags, path, frames, stamp))
        if frames > 1:
            raise ScanError(
                tr(
                    "{name}: holds {frames} frames and does not say where each of them lies, "
                    "expected one slice per file, or Enhanced DICOM. Export the series again, "
                    "one file per slice.",
                    name=path.name,
                    frames=frames,
                )
            )
        return [_single(tags, _common(tags, path, frames, stamp))]


def why_no_image(path: Path) -> str:
    """Return why :func:`read_header` found nothing in a file, with the remedy."""
    with reading(path):
        tags = load(
            path, stop_before_pixels=True, specific_tags=["Modality", "DirectoryRecordSequence"]
        )
        media = getattr(tags.file_meta, "MediaStorageSOPClassUID", "")
        is_index = media == MediaStorageDirectoryStorage or "DirectoryRecordSequence" in tags
        kind = NOT_SCANS.get(str(tags.get("Modality", "") or ""))
    if is_index:
        return tr(
            "{name}: this is a DICOMDIR, a list of the files on a disc, and holds no "
            "image. Open the folder with the images themselves.",
            name=path.name,
        )
    if kind:
        return tr(
            "{name}: this DICOM file holds {kind} and no image. Choose a file of an image series.",
            name=path.name,
            kind=tr(kind),
        )
    return tr(
        "{name}: this DICOM file holds no image. Choose a file of an image series.",
        name=path.name,
    )


def _common(tags: Dataset, path: Path, frames: int, stamp: Stamp) -> dict[str, Any]:
    """Collect the fields of :class:`Image` that all frames of a file share."""
    return {
        "path": path,
        "frames": frames,
        "series": str(tags.get("SeriesInstanceUID", "") or ""),
        "number": str(tags.get("SeriesNumber", "") or ""),
        "description": str(tags.get("SeriesDescription", "") or "").strip(),
        "modality": str(tags.get("Modality", "") or ""),
        "photometric": str(tags.get("PhotometricInterpretation", "") or _assumed_kind(tags)),
        "shape": (int(tags.Rows), int(tags.Columns)),
        "frame_of_reference": str(tags.get("FrameOfReferenceUID", "") or ""),
        "study": str(tags.get("StudyInstanceUID", "") or ""),
        "patient": str(tags.get("PatientID", "") or "").strip(),
        "written_as": _written_as(tags),
        "remarks": _remarks(tags),
        "stamp": stamp,
    }


def _written_as(tags: Dataset) -> tuple[str, int, int]:
    """Return the UID of a picture that is written in several files, which it is, and of how many.

    A header need not say how many there are; the last one known stands for it.
    """
    number = int(tags.get("InConcatenationNumber") or 1)
    total = int(tags.get("InConcatenationTotalNumber") or number)
    return str(tags.get("ConcatenationUID", "") or ""), number, total


def _assumed_kind(tags: Dataset) -> str:
    """Kind of a picture that does not state it: grey, if it has one sample a pixel."""
    return "MONOCHROME2" if int(tags.get("SamplesPerPixel", 1) or 1) == 1 else ""


def _remarks(tags: Dataset) -> tuple[str, ...]:
    """Return what the header leaves out, or has wrong, and what is assumed instead."""
    # Real numbers, in 32 or 64 bits, need none of them.
    needed = ASSUMED if int(tags.get("BitsAllocated", 16) or 16) <= 16 else ()
    missing = (tag for tag in needed if tags.get(tag) in (None, ""))
    notes = [
        tr("The header does not state {tag}; {assumed}.", tag=tag, assumed=tr(ASSUMED[tag]))
        for tag in missing
    ]
    if tags.get("RescaleSlope") == 0:
        notes.append(tr("The header multiplies all values by 0; this is ignored."))
    return tuple(notes)


def _single(tags: Dataset, fields: dict[str, Any]) -> Image:
    """Record of a file that holds one slice."""
    if _is_mosaic(tags):
        raise ScanError(
            tr(
                "{name}: a mosaic of many slices in one picture, expected one slice. Export "
                "the series as Enhanced DICOM, or convert it to NIfTI with dcm2niix.",
                name=fields["path"].name,
            )
        )
    name = fields["path"].name
    position, orientation = tags.get("ImagePositionPatient"), tags.get("ImageOrientationPatient")
    marks = ((label, _mark(tags, tag)) for tag, label in MARK_TAGS.items())
    return Image(
        frame=0,
        plane=place(name, position, orientation, tags.get("PixelSpacing")),
        thickness=thickness_of(tags.get("SliceThickness")),
        stack_id=_mark(tags, "StackID"),
        instance=_instance(tags),
        marks=tuple((label, text) for label, text in marks if text),
        **fields,
    )


def _is_mosaic(tags: Dataset) -> bool:
    """Whether many slices lie in one picture; a program may have left out the word for it."""
    is_named = not MOSAICS.isdisjoint(tags.get("ImageType") or ())
    if is_named or SIEMENS_BLOCK not in tags or SIEMENS_SLICES not in tags:
        return is_named
    slices = tags[SIEMENS_SLICES].value
    return tags[SIEMENS_BLOCK].value == "SIEMENS MR HEADER" and slices not in (None, "", 0, 1)


def _instance(tags: Dataset) -> int | None:
    try:
        return int(tags.get("InstanceNumber"))
    except (TypeError, ValueError):
        return None


def _mark(tags: Dataset, tag: str) -> str:
    """Return a value that tells images apart as text; empty for a malformed one."""
    try:
        return mark_text(tags.get(tag))
    except (TypeError, ValueError):
        return ""


def _check_undamaged(path: Path, odd: list[WarningMessage]) -> None:
    """Refuse a slice whose header is cut short, which looks like a file without an image."""
    if any("End of file" in str(warning.message) for warning in odd):
        raise ScanError(
            tr("{name}: ends within its header; it is cut short. Get a fresh copy.", name=path.name)
        )
