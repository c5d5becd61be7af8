"""TIFF: one slice or a stack, plain, ImageJ or OME; and masks written for Fiji."""

from __future__ import annotations

import json
import logging
import math
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from napari_brainseg.errors import ScanError
from napari_brainseg.io.guards import check_memory, decoding
from napari_brainseg.io.pictures.tiff_checks import (
    check_one_file,
    check_pages,
    check_pixels,
    own_pages,
)
from napari_brainseg.io.pictures.tiff_geometry import NOTE_KEY, geometry, ome_pixels
from napari_brainseg.io.pictures.tiff_tags import (
    check_alike,
    check_kind,
    is_on_its_side,
    kept_samples,
    through_palette,
    upright,
)
from napari_brainseg.io.volumes import COLOUR_NOTE, COLOURS, Pixels, check_channels, finite
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["is_stack", "load", "write"]

# What is wrong with a file is told by the error: nothing is printed where nobody asks for the log.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

THIS_FILE: dict[str, Any] = {"_multifile": False, "is_mmstack": False, "is_ndtiff": False}
"""Keeps tifffile from other files that metadata name, wherever these lie."""

STRAIGHT_LINE = 0
"""ImageJ's number of the function that makes what is meant of what is stored: c0 + c1 x value."""

IMAGEJ_CHANNELS = 7
"""The most that ImageJ shows of one picture."""


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
    with decoding(path, "TIFF"), tifffile.TiffFile(path, **THIS_FILE) as tif:
        check_one_file(tif, path)
        pages = check_pages(tif, path)
        check_kind(tif.pages.first, path.name)
        if (count := _images(tif)) != 1:
            raise ScanError(
                tr(
                    "{name}: holds {count} images of different sizes or kinds, expected one "
                    "slice or one stack. Save the image you want in a file of its own.",
                    name=path.name,
                    count=count,
                )
            )
        check_memory(path.name, tif.series[0].nbytes)
        own = own_pages(tif, pages, path)
        check_alike(own, path.name)
        check_pixels(tif, own, path)
        return _pixels(tif, path.name)


def _images(tif: tifffile.TiffFile) -> int:
    """Count the images; one of half the size is a copy of another only if it says so."""
    own = [level for level in tif.series[0].levels[1:] if not level.keyframe.is_reduced]
    return len(tif.series) + len(own)


def _pixels(tif: tifffile.TiffFile, name: str) -> Pixels:
    """Decode a file that was checked."""
    page, (array, axes) = tif.pages.first, _unsqueezed(tif, name)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    axes, axis_notes = _axes(axes, array.shape)
    data, counted = _arrange(array, axes, name)
    sample_notes: tuple[str, ...] = ()
    is_colour, names = False, _names(tif, counted)
    if "S" in counted:
        kept, is_colour = kept_samples(page)
        data = data[kept]
    elif page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        data, names, sample_notes = _through_palette(data, tif)
    affine, units, notes = geometry(tif, data.shape[1], is_on_its_side(page))
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        notes = (*notes, tr("The file says that zero is white; values are shown as stored."))
    data, value_notes = _calibrated(data, tif)
    data, not_finite = finite(upright(data, page))
    told = (*axis_notes, *sample_notes, *value_notes, *notes, *not_finite)
    return Pixels(data, is_colour, affine, units, told, names)


def _through_palette(
    data: NDArray[Any], tif: tifffile.TiffFile
) -> tuple[NDArray[Any], tuple[str, ...], tuple[str, ...]]:
    """Replace the numbers of colours by colours, or by grey where all of them are grey.

    Returns
    -------
    data : ndarray, shape (C, Z, Y, X)
        One channel, or red, green and blue.
    names : tuple of str
        Of three channels.
    warnings : tuple of str
        What the user should know, one sentence each.
    """
    if tif.is_imagej or len(data) > 1:  # ImageJ's colours are for the eye; the numbers are measured
        return (
            data,
            (),
            (tr("The file has a colour table for display; values are shown as stored."),),
        )
    colours = through_palette(data, tif.pages.first)
    if (colours == colours[:1]).all():
        return colours[:1], (), ()
    return colours, COLOURS, (tr(COLOUR_NOTE),)


def _calibrated(data: NDArray[Any], tif: tifffile.TiffFile) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Make of stored values what ImageJ says that they mean; numbers with a sign are kept so."""
    metadata = tif.imagej_metadata or {}
    if "cf" not in metadata:
        return data, ()
    try:
        intercept, slope = float(metadata["c0"]), float(metadata["c1"])
    except (KeyError, ValueError):
        slope = 0.0
    if metadata["cf"] != STRAIGHT_LINE or not slope:
        return data, (tr("ImageJ calibrates its values by a curve; they are shown as stored."),)
    if (slope, intercept) == (1, -(2**15)) and data.dtype == np.uint16:
        return (data ^ 2**15).view(np.int16), ()
    return (data * slope + intercept).astype(np.float32), ()


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
        # All axes of ImageJ's: the last, where it is 1, would be taken for samples of a pixel.
        labels[None, :, None, :, :, None],
        imagej=True,
        photometric="minisblack",
        resolution=(1 / x, 1 / y),
        metadata={"axes": "TZCYXS", "spacing": z, "unit": scan.units, "Info": json.dumps(note)},
    )


def _unsqueezed(tif: tifffile.TiffFile, name: str) -> tuple[NDArray[Any], str]:
    """Read the voxels with every axis that the file names, those of length 1 too.

    Raises
    ------
    ScanError
        If it counts others than there are.
    """
    series: Any = tif.series
    if callable(series):  # since tifffile 2026.5.2, which needs Python 3.12
        (whole,) = series(squeeze=False)
        shape, axes = whole.shape, whole.axes
    else:
        (whole,) = series
        shape, axes = whole.get_shape(squeeze=False), whole.get_axes(squeeze=False)
    values, page = whole.asarray(), whole.keyframe
    _check_counted(shape, axes, values.size, name)
    # tifffile counts the pages itself where ImageJ's description counts more than there are.
    if (pages := (tif.imagej_metadata or {}).get("images", 0)) * page.size > values.size:
        _check_counted((pages, *page.shape), f"I{page.axes}", values.size, name)
    return values.reshape(shape), axes


def _check_counted(shape: tuple[int, ...], axes: str, found: int, name: str) -> None:
    """Refuse a stack whose description counts other pixels than there are."""
    if math.prod(shape) != found:
        raise ScanError(
            tr(
                "{name}: its description counts {counted} pixels, {shape} along {axes}, and "
                "{found} are there. Save the stack again from the program that made it.",
                name=name,
                counted=math.prod(shape),
                shape=" x ".join(map(str, shape)),
                axes=axes,
                found=found,
            )
        )


def _axes(axes: str, shape: tuple[int, ...]) -> tuple[str, tuple[str, ...]]:
    """Correct the names of axes where they cannot be meant, and tell.

    Arrays (Z, Y, X) that are written as ImageJ files without naming their axes end up as so many
    channels of one slice; ImageJ itself shows no more than seven.
    """
    lengths = dict(zip(axes, shape, strict=True))
    others = [axis for axis in axes if axis not in "CYX" and lengths[axis] > 1]
    if others or lengths.get("C", 1) <= IMAGEJ_CHANNELS:
        return axes, ()
    note = tr(
        "The file calls its {count} pictures channels; they are taken for slices.",
        count=lengths["C"],
    )
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
            tr(
                "{name}: the axes are {axes} with lengths {shape}, expected rows and columns "
                "with at most one stack axis, and channels, time points or colours. Save one "
                "stack per file.",
                name=name,
                axes=axes,
                shape=shape,
            )
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
    return data, {axes[i]: array.shape[i] for i in channel}


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
    found = ome_pixels(tif).get("Channel", []) if tif.is_ome else []
    names = [str(each.get("Name", "")) for each in (found if isinstance(found, list) else [found])]
    is_told = all(names) and len(set(names)) == count == len(names)
    return names if is_told else [f"channel {c + 1}" for c in range(count)]
