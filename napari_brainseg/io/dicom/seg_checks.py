"""What is refused of a DICOM SEG before its frames are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.uid import UID, RTStructureSetStorage, SegmentationStorage

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.seg_frames import LABEL_MAP
from napari_brainseg.language import tr
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom.dataset import Dataset

__all__ = ["check_seg_frames", "check_seg_kind"]


def check_seg_kind(dataset: Dataset, name: str) -> None:
    """Refuse what cannot become labels.

    Raises
    ------
    ScanError
        If it is fractional, or no segmentation.
    """
    stored, kind = dataset.get("SOPClassUID"), str(dataset.get("SegmentationType", ""))
    if stored == RTStructureSetStorage:
        raise ScanError(
            tr(
                "{name}: holds contours (RTSTRUCT), expected the voxels of a mask. Save it as "
                "DICOM SEG or NIfTI with the program that drew them.",
                name=name,
            )
        )
    if stored and stored not in (SegmentationStorage, LABEL_MAP):
        raise ScanError(
            tr(
                "{name}: this DICOM file is of the kind {kind}, expected a segmentation. Choose "
                "the file of a mask.",
                name=name,
                kind=shortened(UID(stored).name),
            )
        )
    if (stored, kind) not in ((SegmentationStorage, "BINARY"), (LABEL_MAP, "LABELMAP")):
        kind = kind.lower() or tr("of unknown kind")
        raise ScanError(
            tr(
                "{name}: this DICOM segmentation is {kind}, expected binary or a label map: "
                "only these say of each voxel which segment it belongs to. Export it as a "
                "binary one.",
                name=name,
                kind=kind,
            )
        )


def check_seg_frames(
    dataset: Dataset, frames: Sequence[Dataset], shared: Dataset, name: str
) -> None:
    """Refuse frames that are not all there, or do not lie in a patient.

    Parameters
    ----------
    dataset : Dataset
        The file.
    frames : sequence of Dataset
        What it says of each frame.
    shared : Dataset
        What it says of all.
    name : str
        Of the file, for errors.

    Raises
    ------
    ScanError
        If there are more or fewer than it holds, or no place is stated.
    """
    _check_number(dataset, len(frames), name)
    _check_placed(frames[0], shared, name)


def _check_number(dataset: Dataset, placed: int, name: str) -> None:
    """Refuse a file with a place for more or fewer frames than it holds."""
    if placed != (held := int(dataset.get("NumberOfFrames") or 1)):
        raise ScanError(
            tr(
                "{name}: places {placed} frames and holds {held}; it is cut short or its "
                "header is wrong. Get a fresh copy.",
                name=name,
                placed=placed,
                held=held,
            )
        )


def _check_placed(frame: Dataset, shared: Dataset, name: str) -> None:
    """Refuse frames that do not lie in a patient, such as those of an X-ray or a microscope."""
    needed = ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")
    missing = [keyword for keyword in needed if not (frame.get(keyword) or shared.get(keyword))]
    if missing:
        raise ScanError(
            tr(
                "{name}: the frames of this segmentation state no {missing}, expected slices "
                "that lie in a patient. Segmentations of X-rays and of microscopy are not "
                "read.",
                name=name,
                missing=", ".join(missing),
            )
        )
