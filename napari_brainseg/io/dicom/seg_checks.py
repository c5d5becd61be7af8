"""What is refused of a DICOM SEG before its frames are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.uid import UID, RTStructureSetStorage, SegmentationStorage

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.geometry import MAX_JITTER
from napari_brainseg.io.dicom.seg_frames import LABEL_MAP
from napari_brainseg.language import tr
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from napari_brainseg.io.dicom.geometry import Plane

__all__ = ["check_laid", "check_seg_frames", "check_seg_kind"]

PLACED_BY = ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")

TOLERANCES = ((0, 0.1), (0, MAX_JITTER), (1e-3, 0))
"""How far, relative and absolute, places (mm), directions and sizes of pixels of a frame may be
from those of its slice: what rounding costs."""


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
    """Refuse frames that are not all there, do not lie in a patient, or are of no segment.

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
        If there are more or fewer than it holds, or no place or segment is stated.
    """
    _check_number(dataset, len(frames), name)
    _check_placed(frames, shared, name)
    _check_segments(dataset, frames, shared, name)
    _check_amount(dataset, name)


def check_laid(planes: Sequence[Plane], laid_on: Sequence[Plane], name: str) -> None:
    """Refuse frames that lie otherwise than the slice of the grid on which they are laid.

    Parameters
    ----------
    planes : sequence of Plane
        Of the frames.
    laid_on : sequence of Plane
        Of the slice for each.
    name : str
        Of the file, for errors.

    Raises
    ------
    ScanError
        If one is turned, mirrored, shifted, or of other pixels.
    """
    pairs = zip(_values(planes), _values(laid_on), TOLERANCES, strict=True)
    alike = [
        np.isclose(one, other, rtol=relative, atol=absolute).all(axis=1)
        for one, other, (relative, absolute) in pairs
    ]
    odd = np.flatnonzero(~np.all(alike, axis=0))
    if odd.size:
        raise ScanError(
            tr(
                "{name}: frames at one height lie in different places or directions ({frame} is "
                "the first), expected one grid for all. Save its segments as files of their own "
                "from the program that made it.",
                name=name,
                frame=odd[0] + 1,
            )
        )


def _values(planes: Sequence[Plane]) -> tuple[NDArray[np.float64], ...]:
    """Return places, directions and sizes of pixels, a row for each plane."""
    cosines = np.array([plane.cosines.ravel() for plane in planes])
    places = np.array([plane.position for plane in planes])
    sizes = np.array([plane.spacing for plane in planes])
    return places, cosines, sizes


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


def _check_placed(frames: Sequence[Dataset], shared: Dataset, name: str) -> None:
    """Refuse frames that do not lie in a patient, such as those of an X-ray or a microscope."""
    missing = [keyword for keyword in PLACED_BY if not all(map(_states(keyword, shared), frames))]
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


def _states(keyword: str, shared: Dataset) -> Callable[[Dataset], bool]:
    return lambda frame: bool(frame.get(keyword) or shared.get(keyword))


def _check_segments(
    dataset: Dataset, frames: Sequence[Dataset], shared: Dataset, name: str
) -> None:
    """Refuse a file that lists no segments, or frames that do not say which of them is theirs."""
    is_stated = map(_states("SegmentIdentificationSequence", shared), frames)
    is_map = dataset.SOPClassUID == LABEL_MAP
    if not dataset.get("SegmentSequence") or not (is_map or all(is_stated)):
        raise ScanError(
            tr(
                "{name}: does not say which segments there are, or which each frame is of. Export "
                "it again from the program that made it.",
                name=name,
            )
        )


def _check_amount(dataset: Dataset, name: str) -> None:
    """Refuse frames of fewer bytes than they take, or of more; highdicom fills up with any byte."""
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return
    pixels = dataset.get("PixelData") or b""
    bits = int(dataset.BitsAllocated) * int(dataset.Rows) * int(dataset.Columns)
    needed = -(-bits * int(dataset.get("NumberOfFrames") or 1) // 8)
    if len(pixels) < needed or any(pixels[needed + 1 :]):
        raise ScanError(
            tr(
                "{name}: its frames take {needed:,} bytes, and it holds {held:,}; it is cut short "
                "or its header is wrong. Get a fresh copy.",
                name=name,
                needed=needed,
                held=len(pixels),
            )
        )
