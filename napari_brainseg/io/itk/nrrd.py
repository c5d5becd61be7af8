"""NRRD headers (NRRD0001 to NRRD0005), read.

The format is defined at https://teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

import re
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
from napari_brainseg.io.volumes import COLOUR_NOTE

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from napari_brainseg.io.itk.block import Encoding, Units

__all__ = ["MAGIC", "parse"]

MAGIC = b"NRRD000"

TYPES = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int"), "i2"),
    **dict.fromkeys(("int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int"), "u2"),
    **dict.fromkeys(("uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    **dict.fromkeys(("longlong", "long long", "long long int", "signed long long"), "i8"),
    **dict.fromkeys(("signed long long int", "int64", "int64_t"), "i8"),
    **dict.fromkeys(("ulonglong", "unsigned long long", "unsigned long long int"), "u8"),
    **dict.fromkeys(("uint64", "uint64_t"), "u8"),
    "float": "f4",
    "double": "f8",
}

ENCODINGS: dict[str, Encoding] = {
    "raw": "raw",
    **dict.fromkeys(("gz", "gzip"), "gzip"),
    **dict.fromkeys(("bz2", "bzip2"), "bzip2"),
    **dict.fromkeys(("txt", "text", "ascii"), "ascii"),
    "hex": "hex",
}

MAX_LINES = 10_000
"""How many lines may be skipped before the voxels."""

FIELD = re.compile(
    "dimension|type|block ?size|encoding|endian|content|min|max|old ?min|old ?max|data ?file|"
    "line ?skip|byte ?skip|number|sample ?units|sizes|spacings|thicknesses|axis ?mins|axis ?maxs|"
    "centerings|centers|labels|units|kinds|measurement frame|"
    "space|space (dimension|units|origin|directions)"
)
"""All fields that the format has. Another one is a known one damaged."""

SPACES = {
    **dict.fromkeys(("right-anterior-superior", "ras"), np.eye(3)),
    **dict.fromkeys(("left-anterior-superior", "las"), np.diag([-1.0, 1.0, 1.0])),
    **dict.fromkeys(("left-posterior-superior", "lps"), LPS_TO_RAS),
}
"""From each space that names the patient's sides to RAS+."""

SIDELESS = ("scanner-xyz", "3d-right-handed", "3d-left-handed")
KIND = re.compile(
    "domain|space|time|list|point|vector|covariant-vector|normal|stub|scalar|"
    "(rgb|hsv|xyz|rgba|3|4)-color|[234]-vector|3-gradient|3-normal|[?]{3}|none"
)
"""Kinds of axes along which the image is a scalar one, or has plain channels."""

MM_PER_UNIT = {
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "", "???"), 1.0),
    **dict.fromkeys(("um", "\u00b5m", "\u03bcm", "micron", "microns"), 1e-3),
    "cm": 10.0,
    "m": 1000.0,
}
"""Millimetres are what everyone means who states no unit."""

VECTOR = re.compile(r"none|\([^()]*\)")

UNSURE = (
    "Orientation is not stored in the file (it names no anatomical space): left and right are a "
    "guess, check them."
)


def parse(path: Path) -> VolumeHeader:
    """Read a header.

    Parameters
    ----------
    path : Path
        A ``.nrrd`` file, or a ``.nhdr`` file that names its data file.

    Raises
    ------
    ScanError
        If the header is damaged, or does not describe a scan.
    """
    content = read_text(path)
    end = re.search(rb"\r?\n\r?\n", content)
    fields = _fields(content[: end.start()] if end else content, path.name)
    sizes = _sizes(fields, path.name)
    if "datafile" in fields:
        file, offset = data_file(path, fields["datafile"]), 0
    elif end:
        file, offset = path, end.end()
    else:
        raise ScanError(
            f"{path.name}: the header does not end and names no data file; it is cut short. Get "
            "a fresh copy."
        )
    block = _block(fields, file, offset, sizes, path.name)
    axes = _spatial_axes(fields, len(sizes), path.name)
    rest = [axis for axis in range(len(sizes)) if axis not in axes[:3]]
    if not 2 <= len(axes) <= 4 or len(rest) > 1:
        raise ScanError(
            f"{path.name}: {len(axes)} of its {len(sizes)} axes lie in space, expected two or "
            "three and at most one axis of channels. Split it into 3-D images first."
        )
    affine, units, notes = _geometry(fields, axes, len(sizes), path.name)
    if "color" in fields.get("kinds", "").lower():
        notes = (*notes, COLOUR_NOTE)
    return VolumeHeader(block, rest[0] if rest else None, affine, units, notes)


def _block(
    fields: dict[str, str], file: Path, offset: int, sizes: tuple[int, ...], name: str
) -> Block:
    encoding = _encoding(fields, name)
    lines, skip = _skips(fields, name)
    if encoding == "raw":  # the bytes of a file; of a packed one, those that are in it
        offset, skip = (-1 if skip < 0 else offset + skip), 0
    return Block(file, offset, encoding, _dtype(fields, encoding, name), sizes, lines, skip)


def _fields(content: bytes, name: str) -> dict[str, str]:
    """Fields of a header by their names in lower case without blanks; free text left out."""
    magic, *lines = content.decode("utf-8", "replace").split("\n")
    if not re.fullmatch(r"NRRD000[1-5]", magic.strip()):
        raise ScanError(
            f"{name}: begins with '{magic[:20]}', expected NRRD0001 to NRRD0005. Save it again "
            "with a current program."
        )
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith("#") or re.match(r"[^:]*:=", line) or not line.strip():
            continue
        key, colon, value = line.partition(":")
        is_known = FIELD.fullmatch(key.lower())
        key = key.replace(" ", "").lower()
        if not colon or key in fields or not is_known:
            raise ScanError(
                f"{name}: the header line '{line[:60]}' is no field, or one that was there "
                "before. Repair the header, or get a fresh copy."
            )
        fields[key] = value.strip()
    return fields


def _need(fields: dict[str, str], field: str, name: str) -> str:
    if field not in fields:
        raise ScanError(
            f"{name}: the header has no field '{field}'; it is cut short or damaged. Get a fresh "
            "copy."
        )
    return fields[field]


def _sizes(fields: dict[str, str], name: str) -> tuple[int, ...]:
    (dimension,) = numbers(_need(fields, "dimension", name), 1, "dimension", name)
    if dimension not in (2, 3, 4):
        raise ScanError(
            f"{name}: the image has {dimension:g} axes, expected two to four. Split it into 3-D "
            "images first."
        )
    sizes = numbers(_need(fields, "sizes", name), int(dimension), "sizes", name)
    if any(size < 1 or size != int(size) for size in sizes):
        raise ScanError(
            f"{name}: the sizes are {fields['sizes']}, expected whole numbers from 1. Repair the "
            "header, or get a fresh copy."
        )
    return tuple(int(size) for size in sizes)


def _dtype(fields: dict[str, str], encoding: Encoding, name: str) -> np.dtype[Any]:
    kind = _need(fields, "type", name).lower()
    if kind not in TYPES:
        raise ScanError(
            f"{name}: voxels are of type '{kind[:30]}', expected whole or real numbers. Convert "
            "the image to a scalar type first."
        )
    dtype = np.dtype(TYPES[kind])
    if dtype.itemsize == 1 or encoding == "ascii":
        return dtype
    order = _need(fields, "endian", name).lower()
    if order not in ("little", "big"):
        raise ScanError(
            f"{name}: the byte order is '{fields['endian'][:30]}', expected little or big. Repair "
            "the header, or get a fresh copy."
        )
    return dtype.newbyteorder("<" if order == "little" else ">")


def _encoding(fields: dict[str, str], name: str) -> Encoding:
    stated = _need(fields, "encoding", name).lower()
    if stated not in ENCODINGS:
        raise ScanError(
            f"{name}: the encoding is '{stated[:30]}', expected raw, gzip, bzip2, ascii or hex. "
            "Save it again with one of these."
        )
    return ENCODINGS[stated]


def _skips(fields: dict[str, str], name: str) -> tuple[int, int]:
    """Lines and bytes before the voxels, by the header; -1 bytes where these are the last."""
    (lines,) = numbers(fields.get("lineskip", "0"), 1, "line skip", name)
    (skip,) = numbers(fields.get("byteskip", "0"), 1, "byte skip", name)
    is_known = 0 <= lines <= MAX_LINES and skip >= -1 and not (lines and skip < 0)
    if not is_known or lines != int(lines) or skip != int(skip):
        raise ScanError(
            f"{name}: line skip {lines:g} and byte skip {skip:g} are not read here, expected whole "
            "numbers of lines and bytes before the voxels. Save the scan again as .nrrd."
        )
    return int(lines), int(skip)


def _spatial_axes(fields: dict[str, str], n: int, name: str) -> list[int]:
    """Find the axes that lie in space: by their directions, else by their kinds, else all."""
    kinds = _axis_kinds(fields, n, name)
    vectors = VECTOR.findall(fields.get("spacedirections", ""))
    if vectors:
        return [axis for axis, vector in enumerate(vectors) if vector != "none"]
    spatial = [axis for axis, kind in enumerate(kinds) if kind in ("domain", "space")]
    if n == 4 and not spatial:
        raise ScanError(
            f"{name}: none of its four axes is said to be the channels. Name the kinds of the "
            "axes in the header, such as 'kinds: domain domain domain list'."
        )
    return spatial or list(range(n))


def _axis_kinds(fields: dict[str, str], n: int, name: str) -> list[str]:
    """Read the kinds of the axes, none where the header does not state them."""
    kinds = fields.get("kinds", "").lower().split()
    if not all(map(KIND.fullmatch, kinds)) or len(kinds) not in (0, n):
        raise ScanError(
            f"{name}: the kinds of its {n} axes are '{' '.join(kinds)[:60]}', expected those of a "
            "scalar image or of plain channels. Split it into scalar images first."
        )
    return kinds


def _geometry(
    fields: dict[str, str], axes: list[int], n: int, name: str
) -> tuple[NDArray[np.float64], Units, tuple[str, ...]]:
    """Affine in RAS+, units, and what to tell about them."""
    if "spacedirections" in fields:
        return _placed(fields, axes, n, name)
    steps = np.eye(len(axes))
    if "spacings" not in fields:
        affine = to_affine(steps, np.zeros(len(axes)), name)
        return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine, PIXEL, ()
    spacings = fields["spacings"].split()
    chosen = " ".join(spacings[axis] for axis in axes if len(spacings) == n)
    sizes = np.array(numbers(chosen, len(axes), "spacings", name))
    if (sizes <= 0).any():
        raise ScanError(
            f"{name}: the spacings are {fields['spacings'][:60]}, expected positive numbers. "
            "Repair the header."
        )
    stated = re.findall(r'"([^"]*)"', fields.get("units", ""))
    used = [stated[axis] for axis in axes] if len(stated) == n else []
    factors, units, notes = _units(used, len(axes), name)
    affine = to_affine(np.diag(sizes * factors), np.zeros(len(axes)), name)
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine, units, (UNSURE, *notes)


def _placed(
    fields: dict[str, str], axes: list[int], n: int, name: str
) -> tuple[NDArray[np.float64], Units, tuple[str, ...]]:
    """Affine where the header places the axes in a space."""
    text = fields["spacedirections"]
    vectors = VECTOR.findall(text)
    to_ras, dimension = _space(fields, name)
    if len(vectors) != n or VECTOR.sub("", text).strip():
        raise ScanError(
            f"{name}: the header's 'space directions' is '{text[:60]}', expected {n} vectors or "
            "'none'. Repair the header, or save the scan again from the program that made it."
        )
    steps = np.array(
        [numbers(vectors[axis][1:-1], dimension, "space directions", name) for axis in axes]
    )
    start = fields.get("spaceorigin", "(" + ",".join(dimension * ["0"]) + ")")
    origin = np.array(numbers(start.strip("()"), dimension, "space origin", name))
    stated = re.findall(r'"([^"]*)"', fields.get("spaceunits", ""))
    factors, units, notes = _units(stated[: min(dimension, 3)], min(dimension, 3), name)
    affine = to_affine(steps, origin, name)
    scale = np.ones(3)
    scale[: len(factors)] = factors
    affine[:3] *= scale[:, np.newaxis]
    if to_ras is None:
        notes = (UNSURE, *notes)
    affine[:3] = (LPS_TO_RAS if to_ras is None else to_ras) @ affine[:3]
    return affine, units, notes


def _space(fields: dict[str, str], name: str) -> tuple[NDArray[np.float64] | None, int]:
    """How the header's space lies to RAS+, None where it does not say, and its dimension.

    Spaces without anatomical sides are taken for LPS, as ITK does, and the user is told.
    """
    if "space" in fields:
        space, with_time = re.subn(r"-time$", "", fields["space"].lower())
        if len(space) == 4 and space.endswith("t"):  # RAST, LAST, LPST
            space, with_time = space[:3], 1
        if space not in SPACES and space not in SIDELESS:
            raise ScanError(
                f"{name}: the space is '{space[:40]}', expected one of the format's, such as "
                "left-posterior-superior. Repair the header, or get a fresh copy."
            )
        return SPACES.get(space), 3 + with_time
    (dimension,) = numbers(_need(fields, "spacedimension", name), 1, "space dimension", name)
    if dimension not in (2, 3, 4):
        raise ScanError(
            f"{name}: the space has {dimension:g} dimensions, expected two to four. Repair the "
            "header, or save the scan again from the program that made it."
        )
    return None, int(dimension)


def _units(
    stated: list[str], n: int, name: str
) -> tuple[NDArray[np.float64], Units, tuple[str, ...]]:
    """Millimetres per stated unit along each direction."""
    names = [unit.strip().lower() for unit in stated] or n * [""]
    if names == n * [PIXEL]:
        return np.ones(n), PIXEL, ()
    if len(names) != n or not set(names) <= MM_PER_UNIT.keys():
        raise ScanError(
            f"{name}: the units of length are '{' '.join(names)[:60]}', expected one of mm, um, "
            "cm, m for each direction. Correct the units in the header."
        )
    factors = np.array([MM_PER_UNIT[unit] for unit in names])
    if (factors == 1).all():
        return factors, "mm", ()
    return factors, "mm", (f"The header counts in {names[0]}; shown in millimetres.",)
