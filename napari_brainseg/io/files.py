"""What every reader needs: names, ordering, guards, and the shape of a result."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import psutil

from napari_brainseg.errors import ScanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = [
    "COLOUR_NOTE",
    "MAX_CHANNELS",
    "MAX_DEFLATE_RATIO",
    "META_SUFFIXES",
    "MM_PER_UNIT",
    "NIFTI_SUFFIXES",
    "NRRD_SUFFIXES",
    "PAIR_SUFFIXES",
    "PICTURE_SUFFIXES",
    "SEG_SUFFIXES",
    "TIFF_SUFFIXES",
    "UNNAMED_COLOR",
    "VOLUME_SUFFIXES",
    "MaskInfo",
    "Pixels",
    "Reading",
    "channel_names",
    "check_channels",
    "check_memory",
    "decoding",
    "finite",
    "grid_of",
    "guess_sequence",
    "has_suffix",
    "is_dicom",
    "is_seg",
    "listing",
    "natural_key",
    "read_volume",
    "scan_name",
    "shear",
    "visible",
]

NIFTI_SUFFIXES = (".nii.gz", ".nii")
PAIR_SUFFIXES = (".hdr", ".img")
"""NIfTI in two files: the header, and the voxels."""
NRRD_SUFFIXES = (".nrrd", ".nhdr")
META_SUFFIXES = (".mha", ".mhd")
TIFF_SUFFIXES = (".tif", ".tiff")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
SEG_SUFFIXES = (".dcm",)
SEG_CLASSES = (b"1.2.840.10008.5.1.4.1.1.66.4", b"1.2.840.10008.5.1.4.1.1.66.7")
"""SOP classes of segmentations and of label map segmentations."""
VALUE_LENGTHS = {
    **dict.fromkeys((b"UL", b"UI", b"CS", b"DA", b"TM", b"DT", b"LO", b"SH", b"AE", b"PN"), (6, 2)),
    b"OB": (8, 4),
}
"""Where an element of the kinds that DICOM files begin with keeps its length, in how many bytes."""
VOLUME_SUFFIXES = (*NIFTI_SUFFIXES, *PAIR_SUFFIXES, *NRRD_SUFFIXES, *META_SUFFIXES)

COLOUR_NOTE = "A colour picture: red, green and blue are shown as channels, check what they mean."

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

PALETTE = (
    *("#ff5c39", "#4dd17b", "#ffd23f", "#b07cff"),
    *("#00c2b8", "#ff8fc7", "#c98b4b", "#a5d8ff"),
)
"""Colours of labels that come without one, easily told from each other and from grey."""
UNNAMED_COLOR = "#3fa7ff"

MAX_DEFLATE_RATIO = 1032
"""Deflate cannot pack tighter than this, so a header that claims more is lying."""


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
class MaskInfo:
    """What the labels of a mask mean and how they came about, for formats that can say so.

    Parameters
    ----------
    names : mapping of int to str
        What a label stands for; a label without a name is called after its number.
    colors : mapping of int to str
        ``#rrggbb`` of a label, where one is recommended.
    made : {"AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"}
        By a program, by a program and corrected by hand, or by hand, in DICOM's words.
    algorithm, version : str
        The program, such as the name of the model card, and which state of it; empty for
        ``"MANUAL"``.
    """

    names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({1: "tumour"}))
    colors: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    made: Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"] = "MANUAL"
    algorithm: str = ""
    version: str = ""

    def corrected(self) -> MaskInfo:
        """Describe the same mask after a change by hand."""
        return replace(self, made="SEMIAUTOMATIC") if self.made == "AUTOMATIC" else self

    def name(self, label: int) -> str:
        """Tell what a label is called."""
        return self.names.get(label, f"label {label}")

    def color(self, label: int) -> str:
        """Tell the ``#rrggbb`` to show a label in; named ones get colours that differ."""
        if label in self.colors:
            return self.colors[label]
        if label not in self.names:
            return UNNAMED_COLOR
        return PALETTE[sorted(self.names).index(label) % len(PALETTE)]


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


def has_suffix(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether the file name ends in one of ``suffixes`` (lower case), in any case."""
    return path.name.lower().endswith(suffixes)


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM by its first bytes, whatever its name."""
    head = _first_bytes(path)
    return head[128:132] == b"DICM" or _is_bare_dicom(head)


def _is_bare_dicom(head: bytes) -> bool:
    """Whether bytes look like DICOM without preamble: three elements of its first groups in order.

    Such files come from old archives and from programs that write the bare data set.
    """
    order: Literal["little", "big"] = "big" if head[:1] == b"\0" else "little"
    at, before = 0, (0, -1)
    for _ in range(3):
        group, element = (head[at + i : at + i + 2] for i in (0, 2))
        tag = (int.from_bytes(group, order), int.from_bytes(element, order))
        kind = head[at + 4 : at + 6]
        start, size = VALUE_LENGTHS.get(kind, (4, 4))  # without a kind: implicit, so no group 2
        length = head[at + start : at + start + size]
        if tag[0] not in (2, 8) or tag <= before or (tag[0] == 2 and start == 4) or not length:
            return False
        at, before = at + start + size + int.from_bytes(length, order), tag
    return True


def is_seg(path: Path | str) -> bool:
    """Whether a file is a DICOM segmentation, so a mask and no scan; quick, and never raises."""
    head = _first_bytes(path)
    if head[128:132] != b"DICM":
        return False
    # Media Storage SOP Class UID: always here, explicit and little-endian. pydicom would do, but
    # it warns of bytes that are no UID.
    _, _, rest = head[132:].partition(b"\x02\x00\x02\x00UI")
    uid = rest[2 : 2 + int.from_bytes(rest[:2], "little")]
    return uid.rstrip(b"\0 ") in SEG_CLASSES


def _first_bytes(path: Path | str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(512)
    except OSError:
        return b""


def scan_name(path: Path) -> str:
    """Name of a file without the suffixes this package knows, e.g. ``flair`` of flair.nii.gz."""
    for suffix in (*VOLUME_SUFFIXES, *TIFF_SUFFIXES, *PICTURE_SUFFIXES, *SEG_SUFFIXES):
        if has_suffix(path, (suffix,)) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    return path.name


def visible(folder: Path) -> Iterator[Path]:
    """Give the entries of a folder but the hidden ones (``._x.tif`` is a macOS note, no slice)."""
    return (entry for entry in folder.iterdir() if not entry.name.startswith("."))


def listing(folder: Path) -> list[Path]:
    """List what :func:`visible` gives, in natural order.

    Raises
    ------
    ScanError
        If the folder cannot be listed.
    """
    try:
        return sorted(visible(folder), key=lambda entry: natural_key(entry.name))
    except OSError as error:
        raise ScanError(
            f"{folder.name}: the folder cannot be listed ({error.strerror}). Ask for read access."
        ) from error


def read_volume(path: Path) -> Scan:
    """Read a file of :data:`VOLUME_SUFFIXES` with the module of its format, loaded on first use.

    Raises
    ------
    ScanError
        If the file cannot be read faithfully.
    """
    if has_suffix(path, (*NRRD_SUFFIXES, *META_SUFFIXES)):
        from napari_brainseg.io.itk import files as itk

        return itk.read(path)
    from napari_brainseg.io import nifti

    return nifti.read(path)


def natural_key(text: str) -> tuple[str | int, ...]:
    """Sort key that reads runs of digits as numbers, so that ``_2`` comes before ``_10``."""
    # Splitting on a group alternates text and digits, text first: keys always compare like types.
    parts = re.split(r"(\d+)", text.lower())
    return tuple(int(part) if index % 2 else part for index, part in enumerate(parts))


def guess_sequence(text: str) -> str | None:
    """Guess which MR sequence a file or series name speaks of.

    Returns
    -------
    str or None
        ``"FLAIR"``, ``"pre-contrast"`` or ``"post-contrast"`` (T1 without and with contrast
        agent), ``"T1"`` where nothing is said of contrast, ``"T2"``, or None.
    """
    words = re.sub(r"[^a-z0-9+]+", " ", text.lower())
    if re.search(r"\bt1|mprage|bravo|spgr", words):
        if re.search(r"\bpre|\bnon|\bw ?o\b|without|nativ|unenhanced|\bt1n\b", words):
            return "pre-contrast"
        if re.search(r"post(?!erior)|\bt1 ?(c|ce|gd|kb?m)\b|\+c|\bgd|\bgad|contrast|\bce\b", words):
            return "post-contrast"
        return "T1"
    # BraTS since 2023: t1n, t1c, t2w and t2f, the last being T2-FLAIR.
    if re.search(r"flair|dark ?fluid|\btirm|\bt2f\b", words):
        return "FLAIR"
    return "T2" if re.search(r"\bt2", words) else None


def channel_names(name: str, channels: int) -> tuple[str, ...]:
    """Name the channels of a volume: by the sequence if there is one, else by number."""
    if channels == 1:
        return (guess_sequence(name) or "image",)
    return tuple(f"volume {index + 1}" for index in range(channels))


def grid_of(shape: tuple[int, ...], name: str) -> tuple[int, int, int, int]:
    """Sort the axes of a volume (X, Y[, Z[, C, ...]]) into (X, Y, Z, C).

    Raises
    ------
    ScanError
        If there are more than four axes longer than 1, an empty one, or too many channels.
    """
    extra = [length for length in shape[3:] if length != 1]
    if len(shape) < 2 or min(shape) < 1 or len(extra) > 1:
        raise ScanError(
            f"{name}: the image has shape {shape}, expected two to four non-empty axes "
            "(x, y, z, volume). Split it into 3-D images first."
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
            f"{name}: the image has {channels} volumes, expected at most {MAX_CHANNELS}; it looks "
            "like a time series. Extract the volume you want into a 3-D file first."
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
        Empty, or one sentence with the count.
    """
    if data.dtype.kind != "f":
        return data, ()
    good = np.isfinite(data)
    bad = int(data.size - np.count_nonzero(good))
    if not bad:
        return data, ()
    return np.where(good, data, data.dtype.type(0)), (
        f"{bad} voxels were not finite numbers and were set to 0.",
    )


def check_memory(name: str, n_bytes: int) -> None:
    """Refuse, before anything is allocated, what does not fit in memory twice.

    Twice, because decoding and rescaling each hold a copy for a moment.

    Raises
    ------
    ScanError
        If ``2 * n_bytes`` is more than the memory available now.
    """
    available = psutil.virtual_memory().available
    if 2 * n_bytes > available:
        raise ScanError(
            f"{name}: the header announces {n_bytes / 1e9:,.1f} GB of voxels, and opening them "
            f"needs twice that, but {available / 1e9:,.1f} GB of memory are free. Check that the "
            "header is right; else close other programs or crop the scan."
        )


@contextmanager
def decoding(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a decoding library raises on a bad file into a :class:`ScanError`.

    Wrap library calls only: decoders meet hostile bytes with every exception there is, while an
    exception from our own code is a defect and must keep its traceback. The library's text is
    left to the exception chain because it may hold a full path.

    Raises
    ------
    ScanError
        For any exception inside the block.
    """
    try:
        yield
    except ScanError:
        raise
    except FileNotFoundError as error:
        raise ScanError(f"{path.name}: there is no such file. Check the name.") from error
    except PermissionError as error:
        raise ScanError(
            f"{path.name}: reading is not permitted. Ask for read access, or copy the file to a "
            "place of your own."
        ) from error
    except MemoryError as error:
        raise ScanError(
            f"{path.name}: there is not enough memory to open it. Close other programs or crop "
            "the scan."
        ) from error
    except Exception as error:
        raise ScanError(
            f"{path.name}: could not be decoded as {kind} ({type(error).__name__}); the file is "
            "damaged, cut short, or of another kind. Get a fresh copy, or export it again."
        ) from error
