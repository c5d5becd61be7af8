"""Whether a TIFF file has what it needs: pages, strips, tiles and bytes.

tifffile fills up with zeros what is not there, or drops it, and takes minutes and gigabytes for a
page that a damaged header makes enormous. What is needed is compared with what is listed, and what
is listed with the size of the file, before anything is decoded.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from tifffile import TiffFile, TiffFrame, TiffPage

__all__ = ["check_pages", "check_pixels"]

FILE_HEADER = 8

SMALLEST_PAGE = 100
"""Bytes that the list of tags of one image takes at least."""

MAX_PAGES = 20_000
"""More than slices and channels of any scan; listing some hundred thousand takes minutes."""

UNCOMPRESSED = 1

MAX_RATIO = 5000
SMALL = 2**26
"""What is packed tighter is refused, unless it is small: an empty slice packs to nothing."""


def check_pages(tif: TiffFile, path: Path) -> None:
    """Check the chain of pages, and the first page.

    Raises
    ------
    ScanError
        If there are more pages than a scan has, or than a file of this size has room for (pages
        that lead back to earlier ones have no end), or the first page lacks pixels.
    """
    room = min(path.stat().st_size // SMALLEST_PAGE, MAX_PAGES)
    try:
        tif.pages[room]
    except IndexError:
        first = tif.pages.first
        _check_page(first, first, path)
        return
    texts = {"name": path.name, "room": room}
    if room == MAX_PAGES:
        raise ScanError(
            tr(
                "{name}: claims more than {room} pages, which is more than a scan has. Save "
                "the slices of one scan in a file of their own.",
                **texts,
            )
        )
    raise ScanError(
        tr(
            "{name}: claims more than {room} pages, which a file of its size cannot hold; it "
            "is damaged. Get a fresh copy, or export it again.",
            **texts,
        )
    )


def check_pixels(tif: TiffFile, path: Path) -> None:
    """Check that all pixels of the one image in a file are there.

    Raises
    ------
    ScanError
        If pages, strips, tiles or bytes are missing.
    """
    _check_end(tif, path)
    series, size = tif.series[0], path.stat().st_size
    _check_expansion(series.nbytes, size, series.keyframe, path)
    _check_all_named(tif, path)
    if series.dataoffset is not None:  # one block
        _check_reach(series.dataoffset + series.nbytes, size, path)
        return
    for page in series.pages:
        if page is None:
            raise ScanError(
                tr(
                    "{name}: its metadata announce {pages} pages, and the file does not hold "
                    "them all. Get a fresh copy, or export it again.",
                    name=path.name,
                    pages=len(series.pages),
                )
            )
        _check_page(page, page.keyframe or tif.pages.first, path)


def _check_all_named(tif: TiffFile, path: Path) -> None:
    """Refuse OME-XML that names some of the pages: they would pass for the whole."""
    if not tif.is_ome:
        return
    series = tif.series[0]
    named = series.size // series.keyframe.size
    pages = (tif.pages.get(number, aspage=True) for number in range(len(tif.pages)))
    alike = sum(1 for page in pages if page.shape == series.keyframe.shape)
    if alike > named:
        raise ScanError(
            tr(
                "{name}: its metadata name {named} of its {alike} pages, expected all of "
                "them. Save it again as one stack.",
                name=path.name,
                named=named,
                alike=alike,
            )
        )


def _check_expansion(n_bytes: int, size: int, page: TiffPage, path: Path) -> None:
    """Refuse what unfolds to thousands of times the file: a bomb, or pages that share data."""
    most = 8 * size if page.compression == UNCOMPRESSED else max(size * MAX_RATIO, SMALL)
    if n_bytes > most:
        raise ScanError(
            tr(
                "{name}: claims {n_bytes:,} bytes of pixels in a file of {size:,} bytes, "
                "more than it can hold; it is damaged. Get a fresh copy, or export it again.",
                name=path.name,
                n_bytes=n_bytes,
                size=size,
            )
        )


def _check_end(tif: TiffFile, path: Path) -> None:
    """Refuse a file that ends before its last page, which tifffile drops."""
    size, layout = path.stat().st_size, tif.tiff
    stream, last = tif.filehandle, tif.pages[len(tif.pages) - 1].offset
    stream.seek(last)
    (n_tags,) = struct.unpack(layout.tagnoformat, stream.read(layout.tagnosize))
    stream.seek(last + layout.tagnosize + n_tags * layout.tagsize)
    (next_page,) = struct.unpack(layout.offsetformat, stream.read(layout.offsetsize))
    if next_page:  # the chain of pages ends with 0
        raise ScanError(
            tr(
                "{name}: holds {pages} pages and announces another one at byte {next_page:,} "
                "of {size:,}; it is cut short. Get a fresh copy.",
                name=path.name,
                pages=len(tif.pages),
                next_page=next_page,
                size=size,
            )
        )


def _check_page(page: TiffPage | TiffFrame, described: TiffPage, path: Path) -> None:
    """Refuse a page whose strips or tiles are too few, or end beyond the file.

    Parameters
    ----------
    page : TiffPage or TiffFrame
        Which lists them.
    described : TiffPage
        The page that states its size; itself, or the one that it is like.
    """
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    there = sum(1 for offset, count in parts if offset and count)
    needed = math.prod(described.chunked)
    if described.compression == UNCOMPRESSED and not described.is_tiled:
        _check_bytes(sum(page.databytecounts), described, path)
        needed = 1 if there == 1 else needed  # one block, whatever is said of strips
    if there < needed:
        raise ScanError(
            tr(
                "{name}: a page of {columns:,} x {rows:,} pixels needs {needed:,} strips or "
                "tiles and has {there:,}; the file is cut short, or its header is wrong. Get "
                "a fresh copy, or export it again.",
                name=path.name,
                columns=described.imagewidth,
                rows=described.imagelength,
                needed=needed,
                there=there,
            )
        )
    _check_start(min(offset for offset, count in parts if count), path)
    end = max(offset + count for offset, count in parts)
    _check_reach(end, path.stat().st_size, path)


def _check_start(start: int, path: Path) -> None:
    """Refuse pixels that are said to begin within the header of the file."""
    if start < FILE_HEADER:
        raise ScanError(
            tr(
                "{name}: the pixels are said to begin within the first {file_header} bytes, "
                "which are the file's header; it is damaged. Get a fresh copy.",
                name=path.name,
                file_header=FILE_HEADER,
            )
        )


def _check_bytes(stored: int, page: TiffPage, path: Path) -> None:
    """Refuse fewer bytes than the rows of a page without compression take."""
    if stored < _bytes_of(page):
        raise ScanError(
            tr(
                "{name}: a page needs {needed:,} bytes and has {stored:,}; the file is cut "
                "short, or its header is wrong. Get a fresh copy, or export it again.",
                name=path.name,
                needed=_bytes_of(page),
                stored=stored,
            )
        )


def _bytes_of(page: TiffPage) -> int:
    """Bytes that a page without compression takes, rows padded to whole bytes."""
    samples = page.samplesperpixel if page.planarconfig == 1 else 1
    planes = 1 if page.planarconfig == 1 else page.samplesperpixel
    bits = page.bitspersample
    row = math.ceil(page.imagewidth * samples * bits / 8)
    return row * page.imagelength * planes


def _check_reach(end: int, size: int, path: Path) -> None:
    if end > size:
        raise ScanError(
            tr(
                "{name}: the pixels reach to byte {end:,}, but the file has {size:,} bytes; "
                "it is cut short. Get a fresh copy.",
                name=path.name,
                end=end,
                size=size,
            )
        )
