"""NRRD headers (NRRD0001 to NRRD0005), read.

The format is defined at https://teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.itk.block import (
    Block,
    VolumeHeader,
    data_file,
    numbers,
    read_text,
)
from napari_brainseg.io.itk.nrrd_space import VECTOR, needed_field, space_of
from napari_brainseg.io.volumes import COLOUR_NOTE, COLOURS
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from napari_brainseg.io.itk.block import Encoding

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

NO_FIELD = re.compile(r"#.*|[^:]*:=.*|\s*", re.DOTALL)
"""Comments, keys and values of somebody's own, and empty lines."""


KIND = re.compile(
    "domain|space|time|list|point|vector|covariant-vector|normal|stub|scalar|"
    "(rgb|rgba|3|4)-color|[234]-vector|3-gradient|3-normal|[?]{3}|none"
)
"""Kinds of axes along which the image is a scalar one, or has plain channels."""

COLOUR_KINDS = {
    **dict.fromkeys(("rgb-color", "3-color"), COLOURS),
    "rgba-color": (*COLOURS, "alpha"),
}
"""Kinds of axes of colours, and what these are."""


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
            tr(
                "{name}: the header does not end and names no data file; it is cut short. "
                "Get a fresh copy.",
                name=path.name,
            )
        )
    block = _block(fields, file, offset, sizes, path.name)
    axes = _spatial_axes(fields, len(sizes), path.name)
    rest = [axis for axis in range(len(sizes)) if axis not in axes[:3]]
    if not 2 <= len(axes) <= 4 or len(rest) > 1:
        raise ScanError(
            tr(
                "{name}: {placed} of its {total} axes lie in space, expected two or three "
                "and at most one axis of channels. Split it into 3-D images first.",
                name=path.name,
                placed=len(axes),
                total=len(sizes),
            )
        )
    affine, units, notes = space_of(fields, axes, sizes, path.name)
    names = _colours(fields, len(sizes), path.name)
    if names:
        notes = (*notes, tr(COLOUR_NOTE))
    return VolumeHeader(block, rest[0] if rest else None, affine, units, notes, names)


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
            tr(
                "{name}: begins with '{magic}', expected NRRD0001 to NRRD0005. Save it again "
                "with a current program.",
                name=name,
                magic=magic[:20],
            )
        )
    fields: dict[str, str] = {}
    for line in lines:
        if NO_FIELD.fullmatch(line):
            continue
        key, value = _field(line)
        if not key and fields.get("datafile", "").startswith("LIST"):
            continue  # the name of a file
        if not key or key in fields:
            raise ScanError(
                tr(
                    "{name}: the header line '{line}' is no field, or one that was there before. "
                    "Repair the header, or get a fresh copy.",
                    name=name,
                    line=line[:60],
                )
            )
        fields[key] = value
    return fields


def _field(line: str) -> tuple[str, str]:
    """Name and value of a field; without a name where the line is none that the format has."""
    stated, colon, value = line.partition(":")
    is_known = colon and FIELD.fullmatch(stated.lower())
    return stated.replace(" ", "").lower() if is_known else "", value.strip()


def _sizes(fields: dict[str, str], name: str) -> tuple[int, ...]:
    (dimension,) = numbers(needed_field(fields, "dimension", name), 1, "dimension", name)
    if dimension not in (2, 3, 4):
        raise ScanError(
            tr(
                "{name}: the image has {dimension:g} axes, expected two to four. Split it "
                "into 3-D images first.",
                name=name,
                dimension=dimension,
            )
        )
    sizes = numbers(needed_field(fields, "sizes", name), int(dimension), "sizes", name)
    if any(size < 1 or size != int(size) for size in sizes):
        raise ScanError(
            tr(
                "{name}: the sizes are {sizes}, expected whole numbers from 1. Repair the "
                "header, or get a fresh copy.",
                name=name,
                sizes=fields["sizes"],
            )
        )
    return tuple(int(size) for size in sizes)


def _dtype(fields: dict[str, str], encoding: Encoding, name: str) -> np.dtype[Any]:
    kind = needed_field(fields, "type", name).lower()
    if kind not in TYPES:
        raise ScanError(
            tr(
                "{name}: voxels are of type '{kind}', expected whole or real numbers. "
                "Convert the image to a scalar type first.",
                name=name,
                kind=kind[:30],
            )
        )
    dtype = np.dtype(TYPES[kind])
    if dtype.itemsize == 1 or encoding == "ascii":
        return dtype
    order = needed_field(fields, "endian", name).lower()
    if order not in ("little", "big"):
        raise ScanError(
            tr(
                "{name}: the byte order is '{order}', expected little or big. Repair the "
                "header, or get a fresh copy.",
                name=name,
                order=fields["endian"][:30],
            )
        )
    return dtype.newbyteorder("<" if order == "little" else ">")


def _encoding(fields: dict[str, str], name: str) -> Encoding:
    stated = needed_field(fields, "encoding", name).lower()
    if stated not in ENCODINGS:
        raise ScanError(
            tr(
                "{name}: the encoding is '{stated}', expected raw, gzip, bzip2, ascii or "
                "hex. Save it again with one of these.",
                name=name,
                stated=stated[:30],
            )
        )
    return ENCODINGS[stated]


def _skips(fields: dict[str, str], name: str) -> tuple[int, int]:
    """Lines and bytes before the voxels, by the header; -1 bytes where these are the last."""
    (lines,) = numbers(fields.get("lineskip", "0"), 1, "line skip", name)
    (skip,) = numbers(fields.get("byteskip", "0"), 1, "byte skip", name)
    is_known = 0 <= lines <= MAX_LINES and skip >= -1 and not (lines and skip < 0)
    if not is_known or lines != int(lines) or skip != int(skip):
        raise ScanError(
            tr(
                "{name}: line skip {lines:g} and byte skip {skip:g} are not read here, "
                "expected whole numbers of lines and bytes before the voxels. Save the scan "
                "again as .nrrd.",
                name=name,
                lines=lines,
                skip=skip,
            )
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
            tr(
                "{name}: none of its four axes is said to be the channels. Name the kinds of "
                "the axes in the header, such as 'kinds: domain domain domain list'.",
                name=name,
            )
        )
    return spatial or list(range(n))


def _colours(fields: dict[str, str], n: int, name: str) -> tuple[str, ...]:
    """Name the colours of an axis of them; none where there is no such axis."""
    kinds = _axis_kinds(fields, n, name)
    return next((COLOUR_KINDS[kind] for kind in kinds if kind in COLOUR_KINDS), ())


def _axis_kinds(fields: dict[str, str], n: int, name: str) -> list[str]:
    """Read the kinds of the axes, none where the header does not state them."""
    kinds = fields.get("kinds", "").lower().split()
    if not all(map(KIND.fullmatch, kinds)) or len(kinds) not in (0, n):
        raise ScanError(
            tr(
                "{name}: the kinds of its {n} axes are '{kinds}', expected those of a scalar "
                "image or of plain channels. Split it into scalar images first.",
                name=name,
                n=n,
                kinds=" ".join(kinds)[:60],
            )
        )
    return kinds
