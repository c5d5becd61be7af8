"""DICOM series of single-frame greyscale images.

A series is put together by its SeriesInstanceUID and by where its slices lie, never by file
names or instance numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pydicom
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_modality_lut

from napari_brainseg.errors import ScanError
from napari_brainseg.io._series import Plane, Stack, stack
from napari_brainseg.io._shared import check_memory, decoding, finite, guess_sequence, is_seg
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

__all__ = ["read"]

HEADER_TAGS = [
    *(
        "SOPClassUID",
        "SeriesInstanceUID",
        "SeriesNumber",
        "SeriesDescription",
        "Modality",
        "Rows",
        "Columns",
    ),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"),
    *("NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation"),
]


@dataclass(frozen=True, slots=True)
class _Image:
    """What the first pass keeps of one file."""

    path: Path
    series: str
    number: str
    description: str
    modality: str
    shape: tuple[int, int]
    frames: int
    photometric: str
    plane: Plane | None
    thickness: float | None


def read(paths: Sequence[Path], name: str, chosen: Path | None = None) -> Scan:
    """Read one series from DICOM files.

    Parameters
    ----------
    paths : sequence of Path
        DICOM files in any order; files that hold no image are skipped.
    name : str
        Name to use where the series has no description, such as the folder's.
    chosen : Path, optional
        A file of the series to read; by default the series with the most images.

    Returns
    -------
    Scan
        Slices in order along the slice normal, rescaled by the modality transform (Hounsfield
        units for CT): whole numbers where that is exact, else float32. ``source.header`` is the
        first slice's dataset without pixels.

    Raises
    ------
    ScanError
        If no image is there, a file is damaged, or one grid cannot hold the slices truly.
    """
    images, notes = _headers(paths, chosen)
    if not images:
        raise ScanError(
            f"{name}: no DICOM image could be read from {len(paths)} files. Choose the folder or "
            "a file of an image series."
        )
    series = defaultdict(list)
    for image in images:
        series[image.series].append(image)
    wanted = max(series.values(), key=len)
    if chosen is not None:
        wanted = next(group for group in series.values() if any(i.path == chosen for i in group))
    elif len(series) > 1:
        others = [group for group in series.values() if group is not wanted]
        notes += (_other_series(others),)
    return _read_series(wanted, name, notes)


def _headers(paths: Sequence[Path], chosen: Path | None) -> tuple[list[_Image], tuple[str, ...]]:
    """First pass: the headers of all images, damaged neighbours left out with a warning."""
    images = []
    notes: tuple[str, ...] = ()
    for path in paths:
        try:
            image = _header(path)
        except ScanError:
            if path == chosen or len(paths) == 1:
                raise
            notes += (f"{path.name} could not be decoded as DICOM and was left out.",)
            continue
        if image is not None:
            images.append(image)
        elif path == chosen:
            raise ScanError(
                f"{path.name}: this DICOM file holds no image. Choose a file of an image series."
            )
    return images, notes


def _header(path: Path) -> _Image | None:
    """Read what places and describes an image; None for a file that is none, or only a mask."""
    with decoding(path, "DICOM"):
        tags = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(HEADER_TAGS))
        if is_seg(path) or "Rows" not in tags or "Columns" not in tags:
            return None
        return _Image(
            path=path,
            series=str(tags.get("SeriesInstanceUID", "")),
            number=str(tags.get("SeriesNumber", "")),
            description=str(tags.get("SeriesDescription", "") or "").strip(),
            modality=str(tags.get("Modality", "") or ""),
            shape=(int(tags.Rows), int(tags.Columns)),
            frames=int(tags.get("NumberOfFrames", 1) or 1),
            photometric=str(tags.get("PhotometricInterpretation", "")),
            plane=_plane(tags, path.name),
            thickness=float(tags.get("SliceThickness", 0) or 0) or None,
        )


def _plane(tags: Dataset, file: str) -> Plane | None:
    """Place of an image, or None where the file does not state it."""
    position = tags.get("ImagePositionPatient")
    orientation = tags.get("ImageOrientationPatient")
    spacing = tags.get("PixelSpacing")
    if not position or not orientation or not spacing:
        return None
    return Plane(
        file=file,
        position=np.array(position, dtype=np.float64).reshape(3),
        cosines=np.array(orientation, dtype=np.float64).reshape(2, 3),
        spacing=np.array(spacing, dtype=np.float64).reshape(2),
    )


def _other_series(others: list[list[_Image]]) -> str:
    """Say what else was there."""
    listed = ", ".join(
        f"{group[0].number or '?'} {group[0].description or group[0].modality}"
        f" ({len(group)} images)"
        for group in others
    )
    return f"The largest series was opened. Others here: {listed}; open a file of one to see it."


def _read_series(images: list[_Image], name: str, notes: tuple[str, ...]) -> Scan:
    """Second pass: the pixels of one series, in order."""
    first = images[0]
    # The description names files later, so it keeps only what is safe in a file name.
    name = re.sub(r"[^\w .+-]+", "_", first.description).strip(" .") or name
    _check_supported(images, name)
    placed = _place(images, name)
    ordered = [images[index] for index in placed.order]
    rows, columns = first.shape
    check_memory(name, len(images) * rows * columns * 4)
    data, not_finite = finite(np.stack([_pixels(image) for image in ordered])[np.newaxis])
    if first.photometric == "MONOCHROME1":
        notes += ("Stored with white as zero; intensities were turned round.",)
    with decoding(ordered[0].path, "DICOM"):
        header = pydicom.dcmread(ordered[0].path, stop_before_pixels=True)
    files = tuple(image.path for image in ordered)
    source = Source("dicom", name, files, header, (*notes, *placed.warnings, *not_finite))
    channel = guess_sequence(first.description) or first.modality or "image"
    units: Literal["mm", "pixel"] = "pixel" if first.plane is None else "mm"
    return Scan(data, placed.affine, (channel,), source, units)


def _check_supported(images: list[_Image], name: str) -> None:
    """Refuse what this reader would get wrong."""
    for image in images:
        if image.frames > 1:
            raise ScanError(
                f"{image.path.name}: holds {image.frames} frames, expected one slice per file. "
                "Multi-frame DICOM is not read yet; convert it to NIfTI (e.g. with dcm2niix)."
            )
        if image.photometric not in ("MONOCHROME1", "MONOCHROME2"):
            raise ScanError(
                f"{image.path.name}: the picture is {image.photometric or 'of unknown kind'}, "
                "expected greyscale; colour DICOM is usually a screenshot. Open the original "
                "series."
            )
        if image.shape != images[0].shape:
            raise ScanError(
                f"{name}: {image.path.name} has {image.shape} rows and columns, "
                f"{images[0].path.name} {images[0].shape}, expected equal sizes. Open slices of "
                "one size only."
            )


def _place(images: list[_Image], name: str) -> Stack:
    """Order the images in space; a single image may do without a place."""
    planes = [image.plane for image in images if image.plane is not None]
    if len(planes) == len(images):
        return stack(planes, name, images[0].thickness)
    if len(images) > 1:
        raise ScanError(
            f"{name}: {len(images) - len(planes)} of {len(images)} images do not state position, "
            "orientation or pixel size, expected all of them to. Export the series again, or "
            "open one image."
        )
    note = "The image states no position or pixel size; shown in pixels, orientation assumed."
    return Stack((0,), DISPLAY_AFFINE, (note,))


def _pixels(image: _Image) -> NDArray[Any]:
    """Decode and rescale one slice (Y, X)."""
    with decoding(image.path, "DICOM"):
        dataset = pydicom.dcmread(image.path)
        syntax = dataset.file_meta.TransferSyntaxUID
        if syntax.is_compressed and not get_decoder(syntax).is_available:
            raise ScanError(
                f"{image.path.name}: compressed as {syntax.name}, for which no decoder is "
                "installed. Install one (pylibjpeg with pylibjpeg-openjpeg) or export the series "
                "uncompressed."
            )
        stored = dataset.pixel_array
        if image.photometric == "MONOCHROME1":
            # Values from white to black become values from black to white, over the same range.
            whole = (1 << int(dataset.BitsStored)) - 1
            stored = (-1 if dataset.PixelRepresentation else whole) - stored.astype(np.int32)
        return _compact(apply_modality_lut(stored, dataset))


def _compact(values: NDArray[Any]) -> NDArray[Any]:
    """Use int16 or uint16 where these hold the values exactly, else int32 or float32."""
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        return values.astype(np.float32)
    low, high = values.min(), values.max()
    for kind in (np.int16, np.uint16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    return values.astype(np.float32)
