"""MetaImage headers (.mha, .mhd), read and written.

The format is defined at https://itk.org/Wiki/ITK/MetaIO/Documentation; where that is silent, what
ITK does holds.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.itk.block import (
    LPS_TO_RAS,
    PIXEL,
    Block,
    VolumeHeader,
    data_file,
    numbers,
    read_text,
    to_affine,
)
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from napari_brainseg.io.itk.block import Encoding, Units
    from napari_brainseg.scan import Scan

__all__ = ["parse", "write"]

TYPES = {
    **{"MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2"},
    # A long has four bytes in the file on every machine.
    **{"MET_INT": "i4", "MET_UINT": "u4", "MET_LONG": "i4", "MET_ULONG": "u4"},
    **{"MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4", "MET_DOUBLE": "f8"},
}

MM_PER_UNIT = {"?": 1.0, "": 1.0, "mm": 1.0, "um": 1e-3, "cm": 10.0}

SYNONYMS = {
    **{"ElementSize": "ElementSpacing", "Position": "Offset", "Origin": "Offset"},
    **{"Rotation": "TransformMatrix", "Orientation": "TransformMatrix"},
    "ElementByteOrderMSB": "BinaryDataByteOrderMSB",
}
"""Older names of fields; the newer one wins where both are there."""

LAST = "ElementDataFile"
RESCALING = "ElementToIntensityFunction"


def parse(path: Path) -> VolumeHeader:
    """Read a header.

    Parameters
    ----------
    path : Path
        A ``.mha`` file, or a ``.mhd`` file that names its data file.

    Raises
    ------
    ScanError
        If the header is damaged, or does not describe a scan.
    """
    fields, end = _fields(read_text(path), path.name)
    sizes, channels = _sizes(fields, path.name)
    file, offset, encoding = _place(path, fields, end)
    dtype = _dtype(fields, path.name)
    affine, units, notes = _geometry(fields, len(sizes), path.name)
    if channels > 1:
        block = Block(file, offset, encoding, dtype, (channels, *sizes))
        return VolumeHeader(block, 0, affine, units, notes)
    block = Block(file, offset, encoding, dtype, sizes)
    return VolumeHeader(block, 3 if len(sizes) == 4 else None, affine, units, notes)


def _sizes(fields: dict[str, str], name: str) -> tuple[tuple[int, ...], int]:
    """Read the lengths of the axes, fastest first, and the number of channels of a voxel."""
    n = _whole(fields, "NDims", name)
    if n not in (2, 3, 4):
        raise ScanError(
            tr(
                "{name}: the image has {n} axes, expected two to four. Split it into 3-D "
                "images first.",
                name=name,
                n=n,
            )
        )
    lengths = numbers(fields.get("DimSize", ""), n, "DimSize", name)
    channels = _whole(fields, "ElementNumberOfChannels", name, default=1)
    if any(length < 1 or length != int(length) for length in (*lengths, channels)):
        raise ScanError(
            tr(
                "{name}: the sizes are {sizes} in {channels} channels, expected whole "
                "numbers from 1. Repair the header, or get a fresh copy.",
                name=name,
                sizes=fields["DimSize"][:60],
                channels=channels,
            )
        )
    if channels > 1 and n == 4:
        raise ScanError(
            tr(
                "{name}: the image has four axes and {channels} channels, expected one of "
                "both. Split it into 3-D images first.",
                name=name,
                channels=channels,
            )
        )
    return tuple(int(length) for length in lengths), channels


def write(path: Path, labels: NDArray[Any], scan: Scan) -> None:
    """Write a mask, compressed.

    Spacing and directions are stored apart, so an affine is kept to about fifteen digits.

    Parameters
    ----------
    path : Path
        File to write, ``.mha``.
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The mask.
    scan : Scan
        The scan it lies on.
    """
    lps = LPS_TO_RAS @ scan.affine[:3]
    spacing = np.linalg.norm(lps[:, :3], axis=0)
    voxels = labels.astype(labels.dtype.newbyteorder("<"), copy=False).tobytes()
    packed = zlib.compress(voxels, 6)
    lines = (
        "ObjectType = Image",
        "NDims = 3",
        "BinaryData = True",
        "BinaryDataByteOrderMSB = False",
        "CompressedData = True",
        f"CompressedDataSize = {len(packed)}",
        # One axis after the other, as ITK means it.
        f"TransformMatrix = {_text((lps[:, :3] / spacing).T.ravel())}",
        f"Offset = {_text(lps[:, 3])}",
        "CenterOfRotation = 0 0 0",
        f"DistanceUnits = {'mm' if scan.units == 'mm' else PIXEL}",
        f"ElementSpacing = {_text(spacing)}",
        f"DimSize = {' '.join(str(length) for length in scan.grid[::-1])}",
        f"ElementType = {'MET_UCHAR' if labels.dtype == np.uint8 else 'MET_USHORT'}",
        f"{LAST} = LOCAL",
    )
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("ascii") + packed)


def _text(values: NDArray[np.float64]) -> str:
    return " ".join(repr(float(value)) for value in values)


def _fields(content: bytes, name: str) -> tuple[dict[str, str], int]:
    """Fields of a header by their newest names, and where it ends."""
    fields: dict[str, str] = {}
    for match in re.finditer(rb"[^\n]*\n?", content):
        line = match[0].decode("utf-8", "replace").strip()
        key, *rest = re.split(r"\s*[=:]\s*", line, maxsplit=1)
        if not rest or key in fields:
            raise ScanError(
                tr(
                    "{name}: the header line '{line}' is no field, or one that was there before. "
                    "Repair the header, or get a fresh copy.",
                    name=name,
                    line=line[:60],
                )
            )
        fields[key] = rest[0]
        if key == LAST:
            break
    else:
        raise ScanError(
            tr(
                "{name}: the header names no {last}; it is cut short or damaged. Get a fresh copy.",
                name=name,
                last=LAST,
            )
        )
    newest = {SYNONYMS.get(key, key): value for key, value in fields.items() if key in SYNONYMS}
    return newest | fields, match.end()


def _whole(fields: dict[str, str], field: str, name: str, default: int | None = None) -> int:
    """Read a whole number; 0 for any other number."""
    if field not in fields and default is not None:
        return default
    (value,) = numbers(fields.get(field, ""), 1, field, name)
    return int(value) if value == int(value) else 0


def _flag(fields: dict[str, str], field: str, name: str, default: bool = False) -> bool:
    """Read yes or no; a guess at another word could swap bytes unseen."""
    value = fields.get(field, str(default))
    if value.lower() not in ("true", "false", "t", "f", "1", "0"):
        raise ScanError(
            tr(
                "{name}: {field} is '{value}', expected True or False. Repair the header, or "
                "get a fresh copy.",
                name=name,
                field=field,
                value=value[:30],
            )
        )
    return value.lower() in ("true", "t", "1")


def _dtype(fields: dict[str, str], name: str) -> np.dtype[Any]:
    kind = fields.get("ElementType", "")
    if kind not in TYPES:
        raise ScanError(
            tr(
                "{name}: voxels are of type '{kind}', expected whole or real numbers such as "
                "MET_SHORT. Convert the image to a scalar type first.",
                name=name,
                kind=kind[:30],
            )
        )
    return np.dtype((">" if _flag(fields, "BinaryDataByteOrderMSB", name) else "<") + TYPES[kind])


def _place(path: Path, fields: dict[str, str], end: int) -> tuple[Path, int, Encoding]:
    """Where the voxels lie, and how they are packed."""
    if not _flag(fields, "BinaryData", path.name, default=True):
        raise ScanError(
            tr(
                "{name}: voxels are written as text, expected binary ones. Save it again "
                "with BinaryData = True.",
                name=path.name,
            )
        )
    skip = _whole(fields, "HeaderSize", path.name, default=0)
    packed = _flag(fields, "CompressedData", path.name)
    local = fields[LAST].upper() == "LOCAL"
    if skip < -1 or (skip and (local or packed)):
        raise ScanError(
            tr(
                "{name}: HeaderSize is {skip}, expected bytes to skip in a data file of its "
                "own that is not compressed. Save the scan again as .mha.",
                name=path.name,
                skip=skip,
            )
        )
    if local:
        return path, end, "zlib" if packed else "raw"
    return data_file(path, fields[LAST]), skip, "zlib" if packed else "raw"


def _geometry(
    fields: dict[str, str], n: int, name: str
) -> tuple[NDArray[np.float64], Units, tuple[str, ...]]:
    """Affine in RAS+, units, and what to tell about them."""
    unit = fields.get("DistanceUnits", "?")
    if unit not in (*MM_PER_UNIT, PIXEL):
        raise ScanError(
            tr(
                "{name}: DistanceUnits is '{unit}', expected mm, um or cm. Correct it in the "
                "header.",
                name=name,
                unit=unit[:30],
            )
        )
    ones = " ".join(n * ["1"])
    spacing = np.array(numbers(fields.get("ElementSpacing", ones), n, "ElementSpacing", name))
    if (spacing <= 0).any():
        raise ScanError(
            tr(
                "{name}: ElementSpacing is {spacing}, expected positive numbers. Repair the "
                "header.",
                name=name,
                spacing=fields["ElementSpacing"][:60],
            )
        )
    identity = " ".join(str(value) for value in np.eye(n).ravel())
    matrix = fields.get("TransformMatrix", identity)
    axes = np.reshape(numbers(matrix, n * n, "TransformMatrix", name), (n, n))
    offset = np.array(numbers(fields.get("Offset", n * "0 "), n, "Offset", name))
    affine = to_affine(axes * spacing[:, np.newaxis], offset, name)
    affine[:3] = MM_PER_UNIT.get(unit, 1.0) * LPS_TO_RAS @ affine[:3]
    has_lengths = "ElementSpacing" in fields and unit != PIXEL
    return affine, "mm" if has_lengths else PIXEL, _notes(fields, unit, name)


def _notes(fields: dict[str, str], unit: str, name: str) -> tuple[str, ...]:
    """Return what the user should know, one sentence each."""
    notes = []
    if "TransformMatrix" not in fields and "ElementSpacing" in fields:
        notes.append(
            tr(
                "Orientation is not stored in the file (it has no TransformMatrix): left and "
                "right are a guess, check them."
            )
        )
    if MM_PER_UNIT.get(unit, 1.0) != 1:
        notes.append(tr("The header counts in {unit}; shown in millimetres.", unit=unit))
    (slope,) = numbers(fields.get(f"{RESCALING}Slope", "1"), 1, f"{RESCALING}Slope", name)
    (shift,) = numbers(fields.get(f"{RESCALING}Offset", "0"), 1, f"{RESCALING}Offset", name)
    if (slope, shift) != (1, 0):
        notes.append(
            tr(
                "The header states intensities of {slope:g} x value + {shift:g}; the values "
                "are shown as stored, as ITK does.",
                slope=slope,
                shift=shift,
            )
        )
    return tuple(notes)
