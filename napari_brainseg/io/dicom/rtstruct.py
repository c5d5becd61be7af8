"""DICOM RTSTRUCT: a mask as contours in the patient, for programs that plan radiotherapy."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import SaveError
from napari_brainseg.io.mask_info import MaskInfo
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from napari_brainseg.io.dicom.references import SourceImage
    from napari_brainseg.scan import Scan

__all__ = ["verify", "write"]

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
PLAIN_COLOR = "#e6194b"


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """One closed line on one slice: ``points`` (n, 3) in voxels (x, y, z), not repeated at the end.

    It runs half a voxel outside the centres of the voxels it surrounds.
    """

    slice: int
    points: NDArray[np.float64]


def write(path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo | None) -> None:
    """Write a mask as outlines; see :func:`napari_brainseg.io.write_contours`.

    Parameters
    ----------
    path : Path
        File to write.
    labels : ndarray of int, shape (Z, Y, X)
        The mask on the scan's grid.
    scan : Scan
        A scan read from DICOM.
    info : MaskInfo, optional
        What the labels mean and what made them.

    Raises
    ------
    SaveError
        If the files of the scan cannot be read any more.
    """
    regions = {int(label): list(_outlines(labels == label)) for label in np.unique(labels) if label}
    _structure_set(regions, scan, info).save_as(path, enforce_file_format=True)


def _outlines(found: NDArray[np.bool_]) -> Iterator[Contour]:
    """Iterate over one contour per component of each slice, holes joined to its outside."""
    from scipy import ndimage
    from skimage.measure import find_contours

    for z in np.flatnonzero(found.any(axis=(1, 2))):
        components, count = ndimage.label(found[z])
        for number in range(1, count + 1):
            # A margin, so that what touches the border is closed too.
            component = np.pad(components == number, 1).astype(np.uint8)
            loops = [loop[:-1] - 1 for loop in find_contours(component, 0.5)]
            y, x = _keyhole(sorted(loops, key=lambda loop: -float(np.ptp(loop, axis=0).prod()))).T
            yield Contour(int(z), np.column_stack([x, y, np.full(len(x), float(z))]))


def _keyhole(loops: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Join holes to the outer loop, the first, by channels of no width: DICOM's way (C.8.8.6.3)."""
    outer = loops[0]
    for hole in loops[1:]:
        apart = np.linalg.norm(outer[:, None] - hole[None], axis=-1)
        at, start = np.unravel_index(int(apart.argmin()), apart.shape)
        turned = np.roll(hole, -int(start), axis=0)
        outer = np.concatenate([outer[: at + 1], turned, turned[:1], outer[at:]])
    return outer


def _structure_set(
    regions: Mapping[int, Sequence[Contour]],
    scan: Scan,
    info: MaskInfo | None,
) -> Dataset:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid

    from napari_brainseg import __version__
    from napari_brainseg.io.dicom.references import OPTIONAL, source_images

    images = source_images(scan)
    first = images[0].header
    now = datetime.now()
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = RTStructureSetStorage
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = generate_uid()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SpecificCharacterSet = first.SpecificCharacterSet
    for keyword in OPTIONAL:
        made[keyword] = first[keyword]
    made.ReferringPhysicianName = first.get("ReferringPhysicianName", "")
    made.StudyInstanceUID = first.StudyInstanceUID
    made.FrameOfReferenceUID = first.FrameOfReferenceUID
    made.PositionReferenceIndicator = ""
    made.Modality = "RTSTRUCT"
    made.SeriesInstanceUID = generate_uid()
    made.SeriesNumber = max(1, 2000 + int(first.get("SeriesNumber") or 0))
    made.SeriesDescription = "napari-brainseg contours"
    made.OperatorsName = ""
    made.Manufacturer = made.ManufacturerModelName = "napari-brainseg"
    made.DeviceSerialNumber = "none"
    made.SoftwareVersions = __version__
    made.InstanceNumber = 1
    made.StructureSetLabel = "BRAIN_TUMOUR"
    made.StructureSetDescription = "Research use only, not a medical device"
    made.InstanceCreationDate = made.StructureSetDate = now.strftime("%Y%m%d")
    made.InstanceCreationTime = made.StructureSetTime = now.strftime("%H%M%S")
    made.ReferencedFrameOfReferenceSequence = [_frame_of_reference(images)]
    numbers = {label: number for number, label in enumerate(regions, start=1)}
    made.StructureSetROISequence = [
        _region(numbers[label], label, first, info) for label in regions
    ]
    made.ROIContourSequence = [
        _region_contours(numbers[label], label, contours, images, scan, info)
        for label, contours in regions.items()
    ]
    made.RTROIObservationsSequence = [_observation(numbers[label]) for label in regions]
    return made


def _frame_of_reference(images: Sequence[SourceImage]) -> Dataset:
    from pydicom.dataset import Dataset

    from napari_brainseg.io.dicom.references import file_references

    first = images[0].header
    series, study, frame = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = first.SeriesInstanceUID
    series.ContourImageSequence = file_references(images)
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"  # retired, and still asked for
    study.ReferencedSOPInstanceUID = first.StudyInstanceUID
    study.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID = first.FrameOfReferenceUID
    frame.RTReferencedStudySequence = [study]
    return frame


def _region(number: int, label: int, image: Dataset, info: MaskInfo | None) -> Dataset:
    from pydicom.dataset import Dataset

    from napari_brainseg.io.dicom.references import long_string

    region = Dataset()
    region.ROINumber = number
    region.ReferencedFrameOfReferenceUID = image.FrameOfReferenceUID
    region.ROIName = long_string((info or MaskInfo()).name(label))
    region.ROIGenerationAlgorithm = info.made if info else ""
    if info and info.algorithm:
        region.ROIGenerationDescription = long_string(info.algorithm)
    return region


def _region_contours(
    number: int,
    label: int,
    contours: Sequence[Contour],
    images: Sequence[SourceImage],
    scan: Scan,
    info: MaskInfo | None,
) -> Dataset:
    from pydicom.dataset import Dataset

    color = info.colors.get(label, PLAIN_COLOR) if info else PLAIN_COLOR
    region = Dataset()
    region.ROIDisplayColor = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    region.ReferencedROINumber = number
    to_lps = LPS @ scan.affine
    region.ContourSequence = []
    for contour in contours:
        places = contour.points @ to_lps[:3, :3].T + to_lps[:3, 3]
        item = Dataset()
        item.ContourImageSequence = [images[contour.slice].reference()]
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = len(places)
        item.ContourData = [f"{value:.4f}" for value in places.ravel()]
        region.ContourSequence.append(item)
    return region


def _observation(number: int) -> Dataset:
    from pydicom.dataset import Dataset

    observation = Dataset()
    observation.ObservationNumber = observation.ReferencedROINumber = number
    observation.RTROIInterpretedType = ""
    observation.ROIInterpreter = ""
    return observation


def verify(path: Path, labels: NDArray[Any], scan: Scan, name: str) -> None:
    """Fill the outlines on disk again and compare them with the mask.

    Raises
    ------
    SaveError
        If they are not the mask.
    """
    import pydicom
    from skimage.draw import polygon2mask

    to_voxels = np.linalg.inv(LPS @ scan.affine)
    made = pydicom.dcmread(path)
    present = [int(label) for label in np.unique(labels) if label]
    for label, region in zip(present, made.ROIContourSequence, strict=True):
        filled: dict[int, NDArray[np.bool_]] = defaultdict(lambda: np.zeros(scan.grid[1:], bool))
        for item in region.ContourSequence:
            places = np.array(item.ContourData, dtype=float).reshape(-1, 3)
            x, y, z = (places @ to_voxels[:3, :3].T + to_voxels[:3, 3]).T
            filled[round(float(z.mean()))] ^= polygon2mask(scan.grid[1:], np.column_stack([y, x]))
        again = np.zeros(scan.grid, bool)
        for slice_, inside in filled.items():
            again[slice_] = inside
        if not np.array_equal(again, labels == label):
            raise SaveError(
                tr(
                    "{name}: the contours did not read back as written, so nothing was replaced. "
                    "Save as NIfTI (.nii.gz), and report this.",
                    name=name,
                )
            )
