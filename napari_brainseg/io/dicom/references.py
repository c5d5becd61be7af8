"""The DICOM images that a mask was made on, as the files that refer to them need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io.dicom.enhanced import functional_group, groups_of
from napari_brainseg.io.dicom.image import check_loading, load, reading
from napari_brainseg.io.guards import decoding
from napari_brainseg.language import tr
from napari_brainseg.scan import DicomSource
from napari_brainseg.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_brainseg.scan import Scan

__all__ = [
    "OPTIONAL",
    "REQUIRED",
    "SourceImage",
    "file_references",
    "long_string",
    "referenced_series",
    "source_images",
    "why_unreferable",
]

SHARED = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
"""What a file that refers to the images has one value of: they must agree in it."""

REQUIRED = ("SOPClassUID", "SOPInstanceUID", *SHARED)

UTF8 = "ISO_IR 192"

OPTIONAL = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("AccessionNumber", "StudyID", "StudyDate", "StudyTime"),
)
"""What DICOM requires, but allows to be empty (type 2)."""


MAX_TEXT = 64
"""Characters in a name (DICOM's LO)."""


def referenced_series(path: Path) -> frozenset[str]:
    """Return the UIDs of the series that a DICOM SEG says it was drawn on; empty if it is damaged.

    A file of many segments is not read whole.
    """
    try:
        with reading(path):
            check_loading(path)
            tags = load(path, stop_before_pixels=True, specific_tags=["ReferencedSeriesSequence"])
            found = tags.get("ReferencedSeriesSequence") or ()
            stated = (str(each.get("SeriesInstanceUID", "") or "") for each in found)
            return frozenset(filter(None, stated))
    except ScanError:
        return frozenset()


def long_string(text: str) -> str:
    r"""Make a name one value of DICOM's LO, in which a backslash would part it in two.

    Examples
    --------
    >>> long_string("left\\right")
    'left/right'
    """
    return printable(text).replace("\\", "/")[:MAX_TEXT]


@dataclass(frozen=True, slots=True, eq=False)
class SourceImage:
    """The image of one slice.

    Parameters
    ----------
    header : Dataset
        Of its file, without pixels; slices of one file share it.
    groups : tuple of Dataset
        Functional groups that describe the frame, its own first; empty for a file of one image.
    frame : int or None
        Number of the frame in its file, from 1; None for a file of one image.
    """

    header: Dataset
    groups: tuple[Dataset, ...] = ()
    frame: int | None = None

    def value(self, group: str, keyword: str) -> Any:
        """Value that a functional group states, or the header of a file of one image."""
        holder = functional_group(self.groups, group) if self.groups else self.header
        return holder.get(keyword)

    def reference(self) -> Dataset:
        """Refer to the image, and to its frame where it is one of a multi-frame file."""
        return _reference(self.header, [] if self.frame is None else [self.frame])


def why_unreferable(scan: Scan) -> str:
    """Return why no file can refer to the images of a scan; empty if one can."""
    source = scan.source
    if not isinstance(source, DicomSource) or len(source.frames) != scan.grid[0]:
        return tr("the scan was not opened from a DICOM series")
    if source.unreferable:
        return source.unreferable
    if scan.units != "mm":
        return tr("the images do not state their place in the patient")
    missing = [keyword for keyword in REQUIRED if not source.dataset.get(keyword)]
    return tr("the images state no {missing}", missing=", ".join(missing)) if missing else ""


def source_images(scan: Scan) -> list[SourceImage]:
    """Read the headers of the images of a scan, one for each slice, in slice order.

    Raises
    ------
    SaveError
        If a file cannot be read any more, or they do not state alike what a file that refers to
        them takes over.
    """
    source = scan.source
    if not isinstance(source, DicomSource):
        raise SaveError(
            tr(
                "{source}: {reason}. Save as NIfTI (.nii.gz).",
                source=source.name,
                reason=why_unreferable(scan),
            )
        )
    try:
        headers = {file: _header(file) for file in source.files}
        for keyword in SHARED:
            _check_alike(keyword, headers, source.name)
        _check_apart(headers, source.name)
        return [_image(file, headers[file], frame) for file, frame in source.frames]
    except ScanError as error:
        raise SaveError(
            tr(
                "{error} Patient, study and places are taken from the images: put that "
                "right, or save as NIfTI (.nii.gz).",
                error=error,
            )
        ) from error


def file_references(images: Sequence[SourceImage]) -> list[Dataset]:
    """Refer to each file once, and to which of its frames unless they are all there."""
    frames: dict[str, list[int]] = {}
    for image in images:
        numbers = frames.setdefault(str(image.header.SOPInstanceUID), [])
        numbers += [] if image.frame is None else [image.frame]
    headers = {str(image.header.SOPInstanceUID): image.header for image in images}
    return [
        _reference(header, [] if len(frames[uid]) == header.get("NumberOfFrames") else frames[uid])
        for uid, header in headers.items()
    ]


def _reference(header: Dataset, frames: list[int]) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = header.SOPClassUID
    reference.ReferencedSOPInstanceUID = header.SOPInstanceUID
    if frames:
        reference.ReferencedFrameNumber = sorted(frames)
    return reference


def _header(file: Path) -> Dataset:
    """Read the header of a file for what is made of it.

    With empty elements where DICOM wants one at least, its texts as Unicode: any name of a patient
    or a label can then be written.
    """
    with reading(file):
        header = load(file, stop_before_pixels=True)
        header.decode()
        header.SpecificCharacterSet = UTF8
        missing = [keyword for keyword in REQUIRED if not header.get(keyword)]
        if missing:
            raise ScanError(
                tr("{file}: states no {missing}.", file=file.name, missing=", ".join(missing))
            )
        for keyword in OPTIONAL:
            if keyword not in header:
                setattr(header, keyword, "")
    return header


def _image(file: Path, header: Dataset, frame: int) -> SourceImage:
    with decoding(file, "DICOM"):
        if "PerFrameFunctionalGroupsSequence" not in header:
            return SourceImage(header)
        return SourceImage(header, groups_of(header)[frame], frame + 1)


def _check_apart(headers: dict[Path, Dataset], name: str) -> None:
    """Refuse files of which a reference would not say which is meant."""
    count = len({header.SOPInstanceUID for header in headers.values()})
    if count < len(headers):
        raise ScanError(
            tr(
                "{name}: its {files} files state {count} values of SOPInstanceUID, expected one "
                "each.",
                name=name,
                files=len(headers),
                count=count,
            )
        )


def _check_alike(keyword: str, headers: dict[Path, Dataset], name: str) -> None:
    count = len({str(header[keyword].value) for header in headers.values()})
    if count > 1:
        raise ScanError(
            tr(
                "{name}: its files state {count} values of {keyword}, expected one.",
                name=name,
                count=count,
                keyword=keyword,
            )
        )
