"""Where the voxels of a TIFF file lie, by the metadata of ImageJ, of OME, or our own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import tifffile

from napari_brainseg.io.volumes import MM_PER_UNIT
from napari_brainseg.language import tr
from napari_brainseg.scan import DISPLAY_AFFINE

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NOTE_KEY", "geometry", "ome_pixels"]

MIN_SIZE, MAX_SIZE = 1e-6, 1e6
"""Voxels beyond a nanometre and a kilometre are damage."""

MOST_UNEVEN = 0.1
"""How far the distance of two slices may be from that of all, as a part of it."""

NOTE_KEY = "napari_brainseg"
"""Under which our masks keep the affine in ImageJ's Info text (JSON)."""


def geometry(
    tif: tifffile.TiffFile, depth: int, is_turned: bool = False
) -> tuple[NDArray[np.float64], Literal["mm", "pixel"], tuple[str, ...]]:
    """Find where the voxels lie, from the most exact statement that a file makes.

    Parameters
    ----------
    tif : TiffFile
        The file.
    depth : int
        How many slices it holds.
    is_turned : bool
        Whether rows and columns were exchanged since.

    Returns
    -------
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ ``units``.
    units : {"mm", "pixel"}
        ``"pixel"`` where no length is stated.
    warnings : tuple of str
        What the user should know, one sentence each.
    """
    note = _own_note(tif)
    if note is not None:
        units: Literal["mm", "pixel"] = "mm" if note["units"] == "mm" else "pixel"
        return np.array(note["affine"], dtype=np.float64), units, ()
    sizes = _ome_spacing(tif) if tif.is_ome else _imagej_spacing(tif)
    if sizes is None:
        return DISPLAY_AFFINE, "pixel", ()
    x, y, z = sizes
    if is_turned:
        x, y = y, x
    notes: tuple[str, ...] = ()
    if z is None:
        # ImageJ leaves a distance of one unit unsaid.
        unit = "mm" if tif.is_ome else _slice_unit(tif)
        z = MM_PER_UNIT[unit.lower()]
        if depth > 1:
            notes = (
                tr("The distance between slices is not stored; 1 {unit} is assumed.", unit=unit),
            )
    return DISPLAY_AFFINE @ np.diag([x, y, z, 1.0]), "mm", (*notes, *_height_notes(tif, z))


def _height_notes(tif: tifffile.TiffFile, step: float) -> tuple[str, ...]:
    """Tell where the slices are placed otherwise than a step apart, rising or falling."""
    apart = np.abs(np.diff(_ome_heights(tif) if tif.is_ome else []))
    if (np.abs(apart - step) <= MOST_UNEVEN * step).all():
        return ()
    return (tr("Its metadata place the slices otherwise than {z:.3g} mm apart, as shown.", z=step),)


def _ome_heights(tif: tifffile.TiffFile) -> list[float]:
    """Heights in mm that OME-XML states of the slices of the first channel, from the first on."""
    stated = ome_pixels(tif).get("Plane", [])
    planes = stated if isinstance(stated, list) else [stated]
    first = [each for each in planes if not (each.get("TheC") or each.get("TheT"))]
    try:
        heights = {int(each["TheZ"]): _height(each) for each in first}
    except (KeyError, ValueError):  # not stated, or in no unit of length
        return []
    return [height for _, height in sorted(heights.items())]


def _height(plane: dict[str, Any]) -> float:
    return float(plane["PositionZ"]) * MM_PER_UNIT[str(plane["PositionZUnit"]).lower()]


def _slice_unit(tif: tifffile.TiffFile) -> str:
    metadata = tif.imagej_metadata or {}
    own = str(metadata.get("zunit", metadata["unit"]))
    return own if own.lower() in MM_PER_UNIT else str(metadata["unit"])


def _own_note(tif: tifffile.TiffFile) -> dict[str, Any] | None:
    """Find what :func:`write` left in the Info text."""
    info = (tif.imagej_metadata or {}).get("Info")
    if not isinstance(info, str) or NOTE_KEY not in info:
        return None
    try:
        note = json.loads(info).get(NOTE_KEY)
    except (ValueError, AttributeError, RecursionError):  # text of somebody else
        return None
    return note if isinstance(note, dict) else None


def _imagej_spacing(tif: tifffile.TiffFile) -> tuple[float, float, float | None] | None:
    """Voxel size (x, y, z) in mm by ImageJ's metadata; z None where it is not stated."""
    metadata = tif.imagej_metadata or {}
    stated = str(metadata.get("unit", ""))
    # One unit for all, unless an axis has its own.
    along_x, along_y, along_z = (
        MM_PER_UNIT.get(str(metadata.get(key, stated)).lower())
        for key in ("unit", "yunit", "zunit")
    )
    steps = _steps(tif.pages.first.tags)
    if along_x is None or along_y is None or steps is None:
        return None
    x, y = _length(steps[0], along_x), _length(steps[1], along_y)
    z = _length(metadata.get("spacing"), along_z or 0)
    return None if x is None or y is None else (x, y, z)


def _steps(tags: tifffile.TiffTags) -> tuple[float, float] | None:
    """Units for each pixel (x, y), by the tags of resolution; None where they state none."""
    if not {"XResolution", "YResolution"} <= _names_of(tags):
        return None
    (nx, dx), (ny, dy) = tags["XResolution"].value, tags["YResolution"].value
    return None if 0 in (nx, dx, ny, dy) else (dx / nx, dy / ny)


def _length(value: object, factor: float = 1) -> float | None:
    """Return a size in mm, whatever its sign; None where none is stated that could be one."""
    try:
        size = abs(float(str(value))) * factor
    except ValueError:
        return None
    return size if MIN_SIZE < size < MAX_SIZE else None


def _names_of(tags: tifffile.TiffTags) -> set[str]:
    return {tag.name for tag in tags}


def ome_pixels(tif: tifffile.TiffFile) -> dict[str, Any]:
    """Return what OME-XML says of the first image."""
    images = tifffile.xml2dict(tif.ome_metadata or "")["OME"]["Image"]
    pixels: dict[str, Any] = (images[0] if isinstance(images, list) else images)["Pixels"]
    return pixels


def _ome_spacing(tif: tifffile.TiffFile) -> tuple[float, float, float | None] | None:
    """Voxel size (x, y, z) in mm by OME-XML; z None where it is not stated."""
    pixels = ome_pixels(tif)

    def size(axis: str) -> float | None:
        # OME's own default unit is the micrometre.
        factor = MM_PER_UNIT.get(str(pixels.get(f"PhysicalSize{axis}Unit", "um")).lower())
        return _length(pixels.get(f"PhysicalSize{axis}"), factor or 0)

    x, y, z = size("X"), size("Y"), size("Z")
    return None if x is None or y is None else (x, y, z)
