"""TIFF: one slice or a stack, plain, ImageJ or OME; and masks written for Fiji."""

from __future__ import annotations

import json
import math
import struct
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import tifffile

from napari_brainseg.errors import ScanError
from napari_brainseg.io.guards import check_memory, decoding
from napari_brainseg.io.volumes import MM_PER_UNIT, Pixels, check_channels, finite
from napari_brainseg.scan import DISPLAY_AFFINE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["is_stack", "load", "write"]

NOTE_KEY = "napari_brainseg"
"""Under which :func:`write` keeps the affine in ImageJ's Info text (JSON)."""

IMAGEJ_CHANNELS = 7
"""The most that ImageJ shows of one picture."""

SMALLEST_PAGE = 100
"""Bytes that the list of tags of one image takes at least."""


def load(path: Path) -> Pixels:
    """Decode one TIFF file.

    Parameters
    ----------
    path : Path
        A slice (Y, X) or (Y, X, RGB), a stack (Z, Y, X) with or without channels, in any axis
        order that the file names. Channels and time points both become channels.

    Returns
    -------
    Pixels
        Data of shape (C, Z, Y, X). Spacing in mm where ImageJ or OME metadata state a unit of
        length (the plain resolution tags are for printers and not believed), else in pixels.

    Raises
    ------
    ScanError
        If the file is damaged, too large, or its axes are not those of one scan.
    """
    with decoding(path, "TIFF"), tifffile.TiffFile(path) as tif:
        _check_chain(tif, path)
        if len(tif.series) != 1:
            raise ScanError(
                f"{path.name}: holds {len(tif.series)} images of different sizes or kinds, "
                "expected one slice or one stack. Save the image you want in a file of its own."
            )
        series = tif.series[0]
        check_memory(path.name, series.nbytes)
        _check_complete(tif, path)
        array, axes = _unsqueezed(tif)
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        axes, axis_notes = _axes(axes, array.shape)
        data, counted = _arrange(array, axes, path.name)
        is_colour, names = "S" in counted and len(data) == 3, _names(tif, counted)
        affine, units, notes = _geometry(tif, data.shape[1])
        if tif.pages.first.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
            notes = (*notes, "The file says that zero is white; values are shown as stored.")
    data, not_finite = finite(data)
    return Pixels(data, is_colour, affine, units, (*axis_notes, *notes, *not_finite), names)


def _check_chain(tif: tifffile.TiffFile, path: Path) -> None:
    """Refuse pages that lead back to earlier ones: read one after another they have no end.

    Raises
    ------
    ScanError
        If there are more pages than a file of this size has room for.
    """
    room = path.stat().st_size // SMALLEST_PAGE
    try:
        tif.pages[room]
    except IndexError:
        return
    raise ScanError(
        f"{path.name}: claims more than {room} pages, which a file of its size cannot hold; it is "
        "damaged. Get a fresh copy, or export it again."
    )


def is_stack(path: Path) -> bool:
    """Whether a file holds several slices, by the header of its second page; never raises."""
    try:
        with decoding(path, "TIFF"), tifffile.TiffFile(path) as tif:
            return len(tif.pages[:2]) > 1
    except ScanError:
        return False  # reading it will tell


def write(path: Path, labels: NDArray[Any], scan: Scan) -> None:
    """Write a mask as an ImageJ stack, spacing and affine included.

    Uncompressed, because ImageJ does not read compressed hyperstacks, and ImageJ's is the one
    TIFF dialect whose voxel size Fiji, QuPath and Python all understand.

    Parameters
    ----------
    path : Path
        File to write, ``.tif`` or ``.tiff``.
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The mask.
    scan : Scan
        The scan it lies on; its affine is kept to the last bit in the file's Info text.
    """
    z, y, x = scan.spacing
    note = {NOTE_KEY: {"affine": scan.affine.tolist(), "units": scan.units}}
    tifffile.imwrite(
        path,
        labels,
        imagej=True,
        resolution=(1 / x, 1 / y),
        metadata={"axes": "ZYX", "spacing": z, "unit": scan.units, "Info": json.dumps(note)},
    )


def _check_complete(tif: tifffile.TiffFile, path: Path) -> None:
    """Refuse a file that ends early: tifffile would fill up with zeros, or drop pages."""
    size, series, layout = path.stat().st_size, tif.series[0], tif.tiff
    stream, last = tif.filehandle, tif.pages[len(tif.pages) - 1].offset
    stream.seek(last)
    (n_tags,) = struct.unpack(layout.tagnoformat, stream.read(layout.tagnosize))
    stream.seek(last + layout.tagnosize + n_tags * layout.tagsize)
    (next_page,) = struct.unpack(layout.offsetformat, stream.read(layout.offsetsize))
    if next_page:  # the chain of pages ends with 0
        raise ScanError(
            f"{path.name}: holds {len(tif.pages)} pages and announces another one at byte "
            f"{next_page:,} of {size:,}; it is cut short. Get a fresh copy."
        )
    if series.dataoffset is not None:
        end = series.dataoffset + series.nbytes
    else:
        pages = [page for page in series.pages if page is not None]
        parts = [zip(page.dataoffsets, page.databytecounts, strict=False) for page in pages]
        end = max((offset + count for part in parts for offset, count in part), default=0)
    if end > size:
        raise ScanError(
            f"{path.name}: the pixels reach to byte {end:,}, but the file has {size:,} bytes; it "
            "is cut short. Get a fresh copy."
        )


def _unsqueezed(tif: tifffile.TiffFile) -> tuple[NDArray[Any], str]:
    """Read the voxels with every axis that the file names, those of length 1 too."""
    series: Any = tif.series
    if callable(series):  # since tifffile 2026.5.2, which needs Python 3.12
        (whole,) = series(squeeze=False)
        return whole.asarray().reshape(whole.shape), whole.axes
    (whole,) = series
    return whole.asarray().reshape(whole.get_shape(squeeze=False)), whole.get_axes(squeeze=False)


def _axes(axes: str, shape: tuple[int, ...]) -> tuple[str, tuple[str, ...]]:
    """Correct the names of axes where they cannot be meant, and tell.

    Arrays (Z, Y, X) that are written as ImageJ files without naming their axes end up as so many
    channels of one slice; ImageJ itself shows no more than seven.
    """
    lengths = dict(zip(axes, shape, strict=True))
    others = [axis for axis in axes if axis not in "CYX" and lengths[axis] > 1]
    if others or lengths.get("C", 1) <= IMAGEJ_CHANNELS:
        return axes, ()
    note = f"The file calls its {lengths['C']} pictures channels; they are taken for slices."
    return axes.replace("Z", "Q").replace("C", "Z"), (note,)


def _long(axes: str, shape: tuple[int, ...], among: str) -> list[int]:
    """Find the axes of these names that are longer than 1, by their positions."""
    return [i for i, axis in enumerate(axes) if axis in among and shape[i] > 1]


def _roles(axes: str, shape: tuple[int, ...], name: str) -> tuple[list[int], list[int]]:
    """Find the axes that count channels and those that count slices, by their positions.

    Raises
    ------
    ScanError
        If the axes are not those of one scan.
    """
    counting, others = "CS", "".join(set(axes) - set("CSYX"))
    if len(_long(axes, shape, others)) == 2:  # a stack over time: one channel per time point
        counting, others = "TCS", others.replace("T", "")
    channel, stack = _long(axes, shape, counting), _long(axes, shape, others)
    is_mixed = len(channel) > 1 and bool(_long(axes, shape, "S"))
    if is_mixed or len(stack) > 1 or not set("YX") <= set(axes):
        raise ScanError(
            f"{name}: the axes are {axes} with lengths {shape}, expected rows and columns "
            "with at most one stack axis, and channels, time points or colours. Save one stack "
            "per file."
        )
    check_channels(math.prod(shape[i] for i in channel), name)
    return channel, stack


def _arrange(array: NDArray[Any], axes: str, name: str) -> tuple[NDArray[Any], dict[str, int]]:
    """Bring an array with named axes into (C, Z, Y, X); tell which axes C counts, how far each."""
    channel, stack = _roles(axes, array.shape, name)
    order = [*channel, *stack, axes.index("Y"), axes.index("X")]
    single = [i for i in range(array.ndim) if i not in order]
    ordered = array.transpose(*single, *order)
    depth = math.prod(array.shape[i] for i in stack)
    data = ordered.reshape(-1, depth, *ordered.shape[-2:])
    counted = {axes[i]: array.shape[i] for i in channel}
    if "S" in counted:
        # An even number of samples is grey or colour with transparency at the end.
        data = data[: {2: 1, 4: 3}.get(len(data), len(data))]
    return data, counted


def _names(tif: tifffile.TiffFile, counted: dict[str, int]) -> tuple[str, ...]:
    """Name the channels that count channels and time points, the last axis fastest."""
    if not counted or not counted.keys() <= {"T", "C"}:
        return ()
    told = {
        "T": [f"time {t + 1}" for t in range(counted.get("T", 0))],
        "C": _ome_channels(tif, counted.get("C", 0)),
    }
    return tuple(", ".join(names) for names in product(*(told[axis] for axis in counted)))


def _ome_channels(tif: tifffile.TiffFile, count: int) -> list[str]:
    """Names of the channels by OME-XML if each has its own, else their numbers."""
    found = _ome_pixels(tif).get("Channel", []) if tif.is_ome else []
    names = [str(each.get("Name", "")) for each in (found if isinstance(found, list) else [found])]
    is_told = all(names) and len(set(names)) == count == len(names)
    return names if is_told else [f"channel {c + 1}" for c in range(count)]


def _geometry(
    tif: tifffile.TiffFile, depth: int
) -> tuple[NDArray[np.float64], Literal["mm", "pixel"], tuple[str, ...]]:
    """Affine, units and warnings, from the most exact statement that the file makes."""
    note = _own_note(tif)
    if note is not None:
        units: Literal["mm", "pixel"] = "mm" if note["units"] == "mm" else "pixel"
        return np.array(note["affine"], dtype=np.float64), units, ()
    sizes = _ome_spacing(tif) if tif.is_ome else _imagej_spacing(tif)
    if sizes is None:
        return DISPLAY_AFFINE, "pixel", ()
    x, y, z = sizes
    notes: tuple[str, ...] = ()
    if z is None:
        # ImageJ leaves a distance of one unit unsaid.
        unit = "mm" if tif.is_ome else str((tif.imagej_metadata or {})["unit"])
        z = MM_PER_UNIT[unit.lower()]
        if depth > 1:
            notes = (f"The distance between slices is not stored; 1 {unit} is assumed.",)
    return DISPLAY_AFFINE @ np.diag([x, y, z, 1.0]), "mm", notes


def _own_note(tif: tifffile.TiffFile) -> dict[str, Any] | None:
    """Find what :func:`write` left in the Info text."""
    info = (tif.imagej_metadata or {}).get("Info")
    if not isinstance(info, str) or NOTE_KEY not in info:
        return None
    try:
        note = json.loads(info).get(NOTE_KEY)
    except (ValueError, AttributeError):  # text of somebody else
        return None
    return note if isinstance(note, dict) else None


def _imagej_spacing(tif: tifffile.TiffFile) -> tuple[float, float, float | None] | None:
    """Voxel size (x, y, z) in mm by ImageJ's metadata; z None where it is not stated."""
    metadata = tif.imagej_metadata or {}
    factor = MM_PER_UNIT.get(str(metadata.get("unit", "")).lower())
    tags = tif.pages.first.tags
    if factor is None or "XResolution" not in tags or "YResolution" not in tags:
        return None
    (nx, dx), (ny, dy) = tags["XResolution"].value, tags["YResolution"].value
    if 0 in (nx, dx, ny, dy):
        return None
    spacing = abs(float(metadata.get("spacing") or 0)) * factor
    return dx / nx * factor, dy / ny * factor, spacing or None


def _ome_pixels(tif: tifffile.TiffFile) -> dict[str, Any]:
    images = tifffile.xml2dict(tif.ome_metadata or "")["OME"]["Image"]
    pixels: dict[str, Any] = (images[0] if isinstance(images, list) else images)["Pixels"]
    return pixels


def _ome_spacing(tif: tifffile.TiffFile) -> tuple[float, float, float | None] | None:
    """Voxel size (x, y, z) in mm by OME-XML; z None where it is not stated."""
    pixels = _ome_pixels(tif)

    def size(axis: str) -> float | None:
        # OME's own default unit is the micrometre.
        factor = MM_PER_UNIT.get(str(pixels.get(f"PhysicalSize{axis}Unit", "um")).lower())
        return factor and (float(pixels.get(f"PhysicalSize{axis}", 0)) * factor or None)

    x, y, z = size("X"), size("Y"), size("Z")
    return None if x is None or y is None else (x, y, z)
