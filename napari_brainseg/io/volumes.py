"""Volumes as the readers hand them over: their axes, channels, numbers and units of length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.sequences import guess_sequence
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = [
    "COLOURS",
    "COLOUR_NOTE",
    "MAX_CHANNELS",
    "MM_PER_UNIT",
    "OVERFLOWN",
    "Pixels",
    "Reading",
    "channel_names",
    "check_channels",
    "colour_names",
    "finite",
    "grid_of",
    "is_nameless",
    "shear",
]

COLOURS = ("red", "green", "blue")

COLOUR_NOTE = marked(
    "A colour picture: red, green and blue are shown as channels, check what they mean."
)

OVERFLOWN = marked("Infinite ones are among them: the program that wrote them divided by 0.")

MM_PER_UNIT = {
    **dict.fromkeys(("nm", "nanometer", "nanometre"), 1e-6),
    **dict.fromkeys(("um", "\u00b5m", "\u03bcm", "\\u00b5m", "micron", "microns"), 1e-3),
    **dict.fromkeys(("micrometer", "micrometers", "micrometre"), 1e-3),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre"), 1.0),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre"), 10.0),
    **dict.fromkeys(("inch", "in"), 25.4),
    **dict.fromkeys(("m", "meter", "meters", "metre"), 1000.0),
}
"""Units of length, in lower case, of ImageJ, OME and napari: both micro signs, and ImageJ's escape
for one."""

MAX_CHANNELS = 64
"""A longer fourth axis is a time series (fMRI, perfusion), not channels of one scan."""


NAMELESS = re.compile(r"image|(volume|channel) \d+")
"""What readers call channels that have no name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What opening a path gave.

    Parameters
    ----------
    scan : Scan
        The scan.
    mask : ndarray of uint8, shape (Z, Y, X), optional
        The mask that the source brings along, on the scan's grid; 0 is background.
    """

    scan: Scan
    mask: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Pixels:
    """One decoded TIFF or picture file.

    Parameters
    ----------
    data : ndarray, shape (C, Z, Y, X)
        Values as stored, transparency dropped.
    is_colour : bool
        Whether the channels are red, green and blue.
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ ``units``.
    units : {"mm", "pixel"}
        ``"pixel"`` where the file stores no spacing.
    warnings : tuple of str
        What the user should know, one sentence each.
    names : tuple of str
        Of the channels, where the file has some.
    """

    data: NDArray[Any]
    is_colour: bool
    affine: NDArray[np.float64]
    units: Literal["mm", "pixel"]
    warnings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def channel_names(name: str, channels: int) -> tuple[str, ...]:
    """Name the channels of a volume: by the sequence if there is one, else by number."""
    if channels == 1:
        return (guess_sequence(name) or "image",)
    return tuple(f"volume {index + 1}" for index in range(channels))


def is_nameless(channel: str) -> bool:
    """Whether the name of a channel only counts it, as :func:`channel_names` and others do."""
    return NAMELESS.fullmatch(channel) is not None


def colour_names(volumes: int) -> tuple[str, ...]:
    """Name the channels of so many colour volumes: the red of all, the green, the blue."""
    if volumes == 1:
        return COLOURS
    return tuple(f"{colour}, volume {n + 1}" for colour in COLOURS for n in range(volumes))


def grid_of(shape: tuple[int, ...], name: str) -> tuple[int, int, int, int]:
    """Sort the axes of a volume (X, Y[, Z[, C, ...]]) into (X, Y, Z, C).

    Raises
    ------
    ScanError
        If there are more than four axes longer than 1, an empty one, or too many channels.
    """
    extra = [length for length in shape[3:] if length != 1]
    if not shape or min(shape) < 1:
        raise ScanError(
            tr(
                "{name}: the image has shape {shape}, so there are no voxels. Save the scan "
                "again from the program that made it.",
                name=name,
                shape=shape,
            )
        )
    if len(shape) < 2 or len(extra) > 1:
        raise ScanError(
            tr(
                "{name}: the image has shape {shape}, expected two to four axes (x, y, z, "
                "volume). Split it into 3-D images first.",
                name=name,
                shape=shape,
            )
        )
    channels = extra[0] if extra else 1
    check_channels(channels, name)
    x, y, z = (*shape[:3], 1)[:3]
    return x, y, z, channels


def check_channels(channels: int, name: str) -> None:
    """Refuse more volumes than are channels of one scan.

    Raises
    ------
    ScanError
        If there are more than :data:`MAX_CHANNELS`.
    """
    if channels > MAX_CHANNELS:
        raise ScanError(
            tr(
                "{name}: the image has {channels} volumes, expected at most {max_channels}; "
                "it looks like a time series. Extract the volume you want into a 3-D file "
                "first.",
                name=name,
                channels=channels,
                max_channels=MAX_CHANNELS,
            )
        )


def shear(affine: NDArray[np.float64]) -> float:
    """How far the voxel axes are from perpendicular: the largest |cosine| between two of them."""
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return float(np.abs(axes.T @ axes - np.eye(3)).max())


def finite(data: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Replace NaN and infinite voxels by 0, and say so.

    Returns
    -------
    data : ndarray
        The same array when nothing had to be replaced.
    warnings : tuple of str
        Empty, or a sentence with the count, and one more where some are infinite.
    """
    if data.dtype.kind != "f":
        return data, ()
    good = np.isfinite(data)
    bad = int(data.size - np.count_nonzero(good))
    if not bad:
        return data, ()
    note = tr("{bad} voxels were not finite numbers and were set to 0.", bad=bad)
    overflown = (tr(OVERFLOWN),) if np.isinf(data).any() else ()
    return np.where(good, data, data.dtype.type(0)), (note, *overflown)
