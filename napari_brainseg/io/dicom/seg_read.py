"""DICOM SEG: reading masks that are stored frame by frame, and laying them on a scan.

A segmentation stores one bit-packed frame per segment and slice, a label map one per slice. Frames
come in any order, and slices without foreground may be left out, so the grid is put together from
the positions of the frames, as for an image series.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from pydicom.dataset import Dataset

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.geometry import MIN_ERROR_MM, Plane, are_tenths, stack
from napari_brainseg.io.dicom.image import check_loading, load
from napari_brainseg.io.dicom.seg_checks import check_laid, check_seg_frames, check_seg_kind
from napari_brainseg.io.dicom.seg_frames import LABEL_MAP, label_frames
from napari_brainseg.io.files import file_stem
from napari_brainseg.io.guards import check_memory, decoding
from napari_brainseg.io.mask_info import MaskInfo
from napari_brainseg.language import tr
from napari_brainseg.scan import DicomSource
from napari_brainseg.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["PRIVATE", "SegMask", "on_grid", "read", "refers_to"]

PRIVATE = (0x0071, "napari-brainseg", 0x01)
"""Group, creator and element of a label whose value is not the number of its segment: DICOM
counts segments from 1 without gaps, labels may be any number."""

MAX_SLICES = 10_000
"""More than a scan has: a grid that needs them is a mistake in the file."""

NEIGHBOURS = 1.5
"""Frames farther apart than so many of the smallest distance have others left out between them."""

MAX_VOXEL_ERROR = 0.05
"""A mask's voxel may lie this far, in voxels, from the scan's voxel that it stands for; or"""
ROUNDING_MM, MOST_ROUNDING = 0.1, 0.25
"""this far in mm, up to so many voxels: what places rounded to whole tenths cost."""


@dataclass(frozen=True, slots=True, eq=False)
class SegMask:
    """What a segmentation file holds.

    Parameters
    ----------
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        0 is background; slices in order along the slice normal.
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ mm.
    info : MaskInfo
        What the labels mean and what made them.
    name : str
        The file's name without suffix.
    frame_of_reference, series : str
        UIDs of the coordinate system and of the series that was segmented; empty if not stated.
    images : frozenset of (str, int)
        The images that its frames were made on: UID of the file, and number of the frame in it,
        from 1.
    """

    labels: NDArray[np.uint8 | np.uint16]
    affine: NDArray[np.float64]
    info: MaskInfo
    name: str
    frame_of_reference: str
    series: str
    images: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class _SegHeader:
    """What is read of a file before its pixels."""

    shape: tuple[int, int]
    segments: tuple[int, ...]
    planes: tuple[Plane, ...]
    labels: dict[int, int]
    spacing: float | None
    thickness: float | None
    info: MaskInfo
    frame_of_reference: str
    series: str
    images: frozenset[tuple[str, int]]


def read(path: Path) -> SegMask:
    """Read a binary segmentation, or a label map, of one or several segments.

    Parameters
    ----------
    path : Path
        A DICOM SEG file.

    Returns
    -------
    SegMask
        On a grid that holds every frame; slices left out between frames are empty.

    Raises
    ------
    ScanError
        If the file cannot be read, is fractional, has segments that overlap, or no one grid holds
        its frames truly.
    """
    with decoding(path, "DICOM SEG"):
        check_loading(path)
        dataset = load(path)
        header = _header(dataset, path.name)
    order, affine = _grid(header, path.name)
    top = max(header.labels.values())
    dtype = np.uint8 if top <= 255 else np.uint16
    shape = (max(order) + 1, *header.shape)
    check_memory(path.name, int(np.prod(shape)) * np.dtype(dtype).itemsize)
    labels: NDArray[np.uint8 | np.uint16] = np.zeros(shape, dtype)
    with decoding(path, "DICOM SEG"):
        frames = label_frames(dataset, header.segments, header.labels, path.name)
        for z, frame in zip(order, frames, strict=True):
            _paint(labels[z], frame.reshape(header.shape), path.name)
    return SegMask(
        labels,
        affine,
        header.info,
        file_stem(path, (".dcm",)),
        header.frame_of_reference,
        header.series,
        header.images,
    )


def on_grid(mask: SegMask, scan: Scan) -> NDArray[np.uint8 | np.uint16] | None:
    """Lay a mask on the grid of a scan, voxel on voxel, never resampled.

    Parameters
    ----------
    mask : SegMask
        May hold fewer slices than the scan, or run along other axes of it.
    scan : Scan
        The scan.

    Returns
    -------
    ndarray, shape (Z, Y, X), or None
        None where the frame of reference is another one, or voxels do not fall on voxels.
    """
    source = scan.source
    if not isinstance(source, DicomSource) or scan.units != "mm":
        return None
    if str(source.dataset.get("FrameOfReferenceUID", "")) != mask.frame_of_reference:
        return None
    to_scan = np.linalg.inv(scan.affine) @ mask.affine
    corners = _indices(to_scan, np.array(list(product(*((0, n - 1) for n in mask.labels.shape)))))
    in_plane = np.abs(to_scan[:3, :2])
    # Pixels of another size would leave gaps between them. The distance of slices is free: those
    # without foreground may be missing.
    same_pixels = np.allclose(in_plane.max(axis=0), 1, atol=MAX_VOXEL_ERROR)
    allowed = np.clip(ROUNDING_MM / np.array(scan.spacing), MAX_VOXEL_ERROR, MOST_ROUNDING)
    if not same_pixels or (np.abs(corners - np.rint(corners)) > allowed).any():
        return None
    whole = np.rint(corners).astype(int)
    if (whole < 0).any() or (whole >= scan.grid).any():
        return None
    placed = np.zeros(scan.grid, mask.labels.dtype)
    voxels = np.argwhere(mask.labels)
    z, y, x = np.rint(_indices(to_scan, voxels)).astype(int).T
    placed[z, y, x] = mask.labels[tuple(voxels.T)]
    return placed


def refers_to(mask: SegMask, scan: Scan) -> bool:
    """Whether a mask says that it was made on images of the first file of a scan.

    That tells echoes and time points apart, which share their series and their places.
    """
    source = scan.source
    if not isinstance(source, DicomSource):
        return False
    frames, uid = source.frames, str(source.dataset.get("SOPInstanceUID", ""))
    return any((uid, frame + 1) in mask.images for file, frame in frames if file == frames[0][0])


def _indices(affine: NDArray[np.float64], zyx: NDArray[np.intp]) -> NDArray[np.float64]:
    """Take array indices (N, 3) from one grid to another, whose affine maps (x, y, z)."""
    moved = zyx[:, ::-1] @ affine[:3, :3].T + affine[:3, 3]
    return np.asarray(moved[:, ::-1])


def _paint(target: NDArray[np.uint8 | np.uint16], frame: NDArray[np.uint16], name: str) -> None:
    """Add the labels of one frame."""
    found = frame > 0
    if (target[found] != 0).any():
        raise ScanError(
            tr(
                "{name}: two of its segments overlap, expected at most one label per voxel. "
                "Save its segments as files of their own from the program that made it.",
                name=name,
            )
        )
    target[found] = frame[found]


def _header(dataset: Dataset, name: str) -> _SegHeader:
    """Read everything but the pixels."""
    check_seg_kind(dataset, name)
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    frames = dataset.PerFrameFunctionalGroupsSequence
    check_seg_frames(dataset, frames, shared, name)
    measures = _group(frames[0], shared, "PixelMeasuresSequence")
    numbered = {int(item.SegmentNumber): item for item in dataset.SegmentSequence}
    items = {number: item for number, item in numbered.items() if number}  # 0 is the background
    labels = _label_values(items)
    is_map = dataset.SOPClassUID == LABEL_MAP
    return _SegHeader(
        shape=(int(dataset.Rows), int(dataset.Columns)),
        segments=() if is_map else tuple(_segment_number(frame, shared) for frame in frames),
        planes=tuple(_plane(frame, shared, name) for frame in frames),
        labels=labels,
        spacing=_length(measures, "SpacingBetweenSlices"),
        thickness=_length(measures, "SliceThickness"),
        info=_info(items, labels),
        frame_of_reference=str(dataset.get("FrameOfReferenceUID", "")),
        series=_referenced_series(dataset),
        images=frozenset(image for frame in frames for image in _images(frame)),
    )


def _length(measures: Dataset, keyword: str) -> float | None:
    """Read a length in mm; None where none is stated."""
    return float(measures.get(keyword, 0) or 0) or None


def _referenced_series(dataset: Dataset) -> str:
    series = dataset.get("ReferencedSeriesSequence")
    return str(series[0].get("SeriesInstanceUID", "")) if series else ""


def _images(frame: Dataset) -> Iterator[tuple[str, int]]:
    """Files and frame numbers that a frame refers to; without a number, the only frame there is."""
    for derivation in frame.get("DerivationImageSequence") or ():
        for source in derivation.get("SourceImageSequence") or ():
            for number in np.atleast_1d(source.get("ReferencedFrameNumber") or 1):
                yield str(source.get("ReferencedSOPInstanceUID", "")), int(number)


def _group(frame: Dataset, shared: Dataset, keyword: str) -> Dataset:
    """Functional group of a frame: its own, or the one shared by all."""
    own = frame.get(keyword) or shared[keyword].value
    return cast("Dataset", own[0])


def _segment_number(frame: Dataset, shared: Dataset) -> int:
    group = _group(frame, shared, "SegmentIdentificationSequence")
    return int(group.ReferencedSegmentNumber)


def _plane(frame: Dataset, shared: Dataset, name: str) -> Plane:
    position = _group(frame, shared, "PlanePositionSequence").ImagePositionPatient
    orientation = _group(frame, shared, "PlaneOrientationSequence").ImageOrientationPatient
    spacing = _group(frame, shared, "PixelMeasuresSequence").PixelSpacing
    return Plane(
        file=name,
        position=np.array(position, dtype=np.float64).reshape(3),
        cosines=np.array(orientation, dtype=np.float64).reshape(2, 3),
        spacing=np.array(spacing, dtype=np.float64).reshape(2),
    )


def _label_values(items: dict[int, Dataset]) -> dict[int, int]:
    """Label of each segment: its number, or the value that we noted beside it."""
    values = {number: _noted_value(item) or number for number, item in items.items()}
    # A note may be lost where private elements are dropped on the way; numbers never are.
    return values if len(set(values.values())) == len(values) else {n: n for n in items}


def _noted_value(item: Dataset) -> int | None:
    try:
        value = item.private_block(*PRIVATE[:2])[PRIVATE[2]].value
    except KeyError:
        return None
    return value if isinstance(value, int) and 0 < value <= 65535 else None


def _text(item: Dataset, keyword: str) -> str:
    """Return a text, whole where a backslash parted it, and without what is not to be shown."""
    value: Any = item.get(keyword) or ""
    return printable(value if isinstance(value, str) else "\\".join(map(str, value)))


def _info(items: dict[int, Dataset], labels: dict[int, int]) -> MaskInfo:
    """Names and makers; where segments differ, the first speaks for how they were made."""
    first = next(iter(items.values()))
    made = str(first.get("SegmentAlgorithmType", ""))
    known = made in ("AUTOMATIC", "SEMIAUTOMATIC")
    identified: Any = first.get("SegmentationAlgorithmIdentificationSequence")
    colors = {labels[n]: color for n, item in items.items() if (color := _color(item))}
    return MaskInfo(
        names={labels[n]: _text(item, "SegmentLabel") for n, item in items.items()},
        colors=colors,
        made=cast("Literal['AUTOMATIC', 'SEMIAUTOMATIC']", made) if known else "MANUAL",
        algorithm=_text(first, "SegmentAlgorithmName") if known else "",
        version=_text(identified[0], "AlgorithmVersion") if identified and known else "",
    )


def _color(item: Dataset) -> str:
    """Return the colour recommended for a segment as ``#rrggbb``; empty if there is none."""
    value = item.get("RecommendedDisplayCIELabValue")
    if np.size(value) != 3:
        return ""
    from highdicom.color import CIELabColor

    red, green, blue = CIELabColor.from_dicom_value([int(part) for part in value]).to_rgb(clip=True)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _grid(header: _SegHeader, name: str) -> tuple[list[int], NDArray[np.float64]]:
    """Find the slice of each frame, and the affine of a grid that holds them all.

    Slices that were left out between two frames are filled in, so that one even stack remains.
    """
    first = header.planes[0]
    normal = np.cross(first.cosines[0], first.cosines[1])
    heights = np.array([plane.position @ normal for plane in header.planes])
    if not np.isfinite(heights).all():
        raise ScanError(
            tr(
                "{name}: a position of a frame is not a finite number. Export the "
                "segmentation again.",
                name=name,
            )
        )
    ranked = np.argsort(heights, kind="stable")
    new_place = np.diff(heights[ranked], prepend=-np.inf) > MIN_ERROR_MM
    of_frame = np.empty(len(ranked), dtype=int)
    of_frame[ranked] = np.cumsum(new_place) - 1
    places = [header.planes[index] for index in ranked[new_place]]
    at = _slice_numbers(heights[ranked][new_place], header.spacing, name)
    check_laid(header.planes, [places[index] for index in of_frame], name)
    filled = _fill(places, at)
    placed = stack(filled, name, header.thickness or header.spacing)
    return [at[index] for index in of_frame], placed.affine


def _slice_numbers(heights: NDArray[np.float64], spacing: float | None, name: str) -> list[int]:
    """Count the slices at rising heights (mm), and those missing between them."""
    if len(heights) == 1:
        return [0]
    gaps = np.diff(heights)
    # The mean of the nearest neighbours: places may be rounded.
    step = float(gaps[gaps < NEIGHBOURS * gaps.min()].mean())
    if spacing is not None and spacing <= step + MIN_ERROR_MM:
        step = spacing
    extent = float(gaps.sum())
    if extent > MAX_SLICES * step:
        raise ScanError(
            tr(
                "{name}: frames {step:.3g} mm apart over {extent:.0f} mm, expected at most "
                "{max_slices} slices. The positions are wrong; export the segmentation again.",
                name=name,
                step=step,
                extent=extent,
                max_slices=MAX_SLICES,
            )
        )
    numbers = np.rint(np.concatenate([[0.0], np.cumsum(gaps)]) / step)
    return [int(number) for number in numbers]


def _fill(places: Sequence[Plane], at: list[int]) -> list[Plane]:
    """Return a plane for every slice number, interpolated where one is missing."""
    wanted = np.arange(at[-1] + 1)
    known = np.stack([plane.position for plane in places])
    positions = np.stack([np.interp(wanted, at, axis) for axis in known.T], axis=1)
    if are_tenths(known):  # so these are alike in what rounding may do to them
        positions = np.round(positions, 1)
    first = places[0]
    by_number = dict(zip(at, places, strict=True))
    return [
        by_number.get(z) or Plane(first.file, position, first.cosines, first.spacing)
        for z, position in enumerate(positions)
    ]
