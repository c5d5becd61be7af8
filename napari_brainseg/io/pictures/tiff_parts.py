"""Whether the strips and tiles of a TIFF page hold what their places in the picture take.

tifffile lays row after row from whatever a part holds and drops the rest: where rows are wider than
the header says, the picture is sheared; where there are more of them, it is cropped. What is packed
is unpacked here once, to see how much it is.
"""

from __future__ import annotations

import io
import math
import warnings
from functools import partial
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from PIL import Image, UnidentifiedImageError
from tifffile import COMPRESSION, TIFF

from napari_brainseg.errors import ScanError
from napari_brainseg.io.jpeg import check_scans, is_whole_jpeg, is_whole_jpeg_xr
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from tifffile import TiffPage

__all__ = ["JPEG", "UNCOMPRESSED", "check_parts", "disagrees"]

UNCOMPRESSED = 1

JPEG = (6, 7, 34892, 33007)
"""Compressions that are decoded to red, green and blue."""

JPEG_XR = (22610, 34934)

BYTE_COUNTS = (279, 325)
"""Tags of what each strip and each tile holds."""

PICTURES = (*TIFF.IMAGE_COMPRESSIONS, COMPRESSION.LERC)
"""Compressions of whole pictures, which state their size themselves."""

TOLD_THE_SIZE = (2, 3, 4, 32771)
"""Compressions of fax, whose decoders ask how many rows and columns there are."""


def check_parts(page: TiffPage, path: Path, whole: int) -> None:
    """Refuse strips and tiles that hold more or less than their places take, or are too many.

    Parameters
    ----------
    page : TiffPage
        Whose header was read, with as many parts as it needs, or more.
    path : Path
        The file.
    whole : int
        Bytes of all slices: some programs state them as those of the only page.

    Raises
    ------
    ScanError
        If the size in the header and what is stored disagree.
    """
    parts = [part for part in zip(page.dataoffsets, page.databytecounts, strict=False) if all(part)]
    if len(parts) > 1 and _listed(page) > math.prod(page.chunked):
        raise disagrees(page, path)
    if page.planarconfig == 2 and len(parts) % page.samplesperpixel:  # no part holds two planes
        raise disagrees(page, path)
    if page.is_contiguous:
        stored = sum(count for _, count in parts)
        if stored != whole:
            _check_held(stored, page.nbytes, page.imagelength, page, path)
        return
    stream = page.parent.filehandle
    for number, (offset, count) in enumerate(parts):
        rows = _rows(page, number)
        if page.compression == UNCOMPRESSED:
            _check_held(count, rows * _row_bytes(page), rows, page, path)
        elif page.compression not in TOLD_THE_SIZE:
            stream.seek(offset)
            _check_packed(stream.read(count), number, page, path)


def _listed(page: TiffPage) -> int:
    """How many strips or tiles the tags list; tifffile drops those beyond what it needs."""
    lists = (page.tags.valueof(code, ()) for code in BYTE_COUNTS)
    return max(sum(1 for count in np.atleast_1d(each) if count) for each in lists)


def _check_held(held: int, needed: int, rows: int, page: TiffPage, path: Path) -> None:
    """Refuse all but a few bytes to spare, less than one for each row: no row is wider by those."""
    if not needed <= held < needed + rows:
        raise disagrees(page, path)


def _check_packed(data: bytes, number: int, page: TiffPage, path: Path) -> None:
    rows = _rows(page, number)
    if page.compression in JPEG:
        check_scans(data, path.name)
    if page.compression in PICTURES:
        _check_size(data, number, page, path)
        if not _is_whole(data, page):
            raise disagrees(page, path)
    else:
        data = bytes(imagecodecs.bitorder_decode(data)) if page.fillorder == 2 else data
        needed = rows * _row_bytes(page)
        # Room for some more than is needed, which tells; not for all that a bomb unfolds to.
        held = TIFF.DECOMPRESSORS[page.compression](data, out=needed + rows)
        _check_held(len(held), needed, rows, page, path)


def _check_size(data: bytes, number: int, page: TiffPage, path: Path) -> None:
    """Refuse a part that is of another size itself; tiles may end where the picture does."""
    rows, columns = _rows(page, number), page.chunks[-2] if page.is_tiled else page.imagewidth
    down, across = divmod(number % math.prod(page.chunked[-3:]), page.chunked[-2])
    left = page.imagelength - down * rows, page.imagewidth - across * columns
    if not _is_of_size(data, page, (rows, columns), (min(rows, left[0]), min(columns, left[1]))):
        raise disagrees(page, path)


def _is_of_size(data: bytes, page: TiffPage, *sizes: tuple[int, int]) -> bool:
    """Whether a picture has one of some numbers of rows and columns; no bomb is unfolded."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data)) as picture:
                return (picture.height, picture.width) in sizes
        except UnidentifiedImageError:  # JPEG XL, JPEG XR, LERC
            return any(_fills(data, page, size) for size in sizes)


def _fills(data: bytes, page: TiffPage, size: tuple[int, int]) -> bool:
    """Whether a picture fills an array, which its decoder compares with its header first."""
    room = np.empty((*size, _samples(page)), page.dtype)
    try:
        TIFF.DECOMPRESSORS[page.compression](data, out=room)
    except ValueError:
        return False
    return True


def _is_whole(data: bytes, page: TiffPage) -> bool:
    """Whether a picture is not cut short, of a kind whose decoder would not tell."""
    if page.compression in JPEG:
        decode = partial(imagecodecs.jpeg8_decode, tables=page.jpegtables)
        return is_whole_jpeg(data, decode(data), decode)
    if page.compression in JPEG_XR:
        values = imagecodecs.jpegxr_decode(data)
        return is_whole_jpeg_xr(data, values, imagecodecs.jpegxr_decode)
    return True


def _rows(page: TiffPage, number: int) -> int:
    """How many rows a part has; the last strip of a plane may have fewer than the others."""
    if page.is_tiled:
        return page.tilelength * page.tiledepth
    step = page.rowsperstrip
    return min(step, page.imagelength - number % math.ceil(page.imagelength / step) * step)


def _row_bytes(page: TiffPage) -> int:
    """Bytes of a row of a part, padded to whole ones."""
    columns = page.tilewidth if page.is_tiled else page.imagewidth
    return math.ceil(columns * _samples(page) * page.bitspersample / 8)


def _samples(page: TiffPage) -> int:
    """How many samples of a pixel lie together."""
    return int(page.samplesperpixel) if page.planarconfig == 1 else 1


def disagrees(page: TiffPage, path: Path) -> ScanError:
    """Say that the header of a page and what is stored of it disagree."""
    return ScanError(
        tr(
            "{name}: the strips or tiles of page {page} hold more, or less, than {columns:,} x "
            "{rows:,} pixels take, so its rows would be shifted or left out; its header is "
            "wrong, or it is cut short. Get a fresh copy, or export it again.",
            name=path.name,
            page=page.index + 1,
            columns=page.imagewidth,
            rows=page.imagelength,
        )
    )
