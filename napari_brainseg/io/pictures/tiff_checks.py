"""Whether a TIFF file has what it needs: pages, strips, tiles and bytes.

tifffile fills up with zeros what is not there, or drops it, and takes minutes and gigabytes for a
page that a damaged header makes enormous. What is needed is compared with what is listed, and what
is listed with the size of the file, before anything is decoded.
"""

from __future__ import annotations

import math
import struct
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, cast
from xml.etree import ElementTree

from tifffile import TiffPage

from napari_brainseg.errors import ScanError
from napari_brainseg.io.pictures.tiff_parts import UNCOMPRESSED, check_parts, disagrees
from napari_brainseg.language import tr
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tifffile import TiffFile, TiffFrame, TiffPageSeries

__all__ = ["check_one_file", "check_pages", "check_pixels", "own_pages"]

FILE_HEADER = 8

SMALLEST_PAGE = 100
"""Bytes that the list of tags of one image takes at least."""

MAX_PAGES = 20_000
"""More than slices and channels of any scan; listing some hundred thousand takes minutes."""

MAX_PLANES = MAX_PAGES * 64
"""Slices of all channels together, of which a page may hold several."""

MAX_BELOW = 100
"""More than smaller copies of any page; listing a million takes minutes."""

MAX_RATIO = 5000
SMALL = 2**26
"""What is packed tighter is refused, unless it is small: an empty slice packs to nothing."""


def check_one_file(tif: TiffFile, path: Path) -> None:
    """Refuse OME-XML that places slices in other files: those of this one would pass for all.

    Raises
    ------
    ScanError
        If it names another file, or counts more slices than are listed in good time.
    """
    if not tif.is_ome:
        return
    root = ElementTree.fromstring(tif.ome_metadata or "")
    _check_planes(root, tif.pages.first, path)
    for element in root.iter():
        kind, file = element.tag.rpartition("}")[2], element.get("FileName", "")
        is_own = element.text == root.get("UUID") or file.lower() == path.name.lower()
        if kind == "BinaryOnly" or (kind == "UUID" and not is_own):
            raise ScanError(
                tr(
                    "{name}: its metadata lead to another file ({file}), expected all slices in "
                    "this one. Save them as one stack.",
                    name=path.name,
                    file=shortened(PureWindowsPath(file or element.get("MetadataFile", "")).name),
                )
            )


def _check_planes(root: ElementTree.Element, page: TiffPage, path: Path) -> None:
    """Refuse more slices than a scan has: tifffile lists them all, in gigabytes and minutes."""
    size = max(page.size, 1)
    counted = max(
        max(int(element.get("PlaneCount", 1)), _pixels_of(element) // size)
        for element in root.iter()
    )
    if counted > MAX_PLANES:
        raise ScanError(
            tr(
                "{name}: its metadata count {counted:,} slices and channels, expected at most "
                "{most:,}; they are damaged. Save it again as one stack.",
                name=path.name,
                counted=counted,
                most=MAX_PLANES,
            )
        )


def _pixels_of(element: ElementTree.Element) -> int:
    return math.prod(int(element.get(f"Size{axis}", 1)) for axis in "XYZCT")


def check_pages(tif: TiffFile, path: Path) -> list[TiffPage]:
    """Check the chain of pages, and the first page; return them, each as its own header says.

    Raises
    ------
    ScanError
        If there are more pages than a scan has, or than a file of this size has room for (pages
        that lead back to earlier ones have no end), a page has many below it, or the first page
        lacks pixels.
    """
    room = min(path.stat().st_size // SMALLEST_PAGE, MAX_PAGES)
    try:
        tif.pages[room]
    except IndexError:
        _check_page(tif.pages.first, path)
        return [_whole_page(tif, number, path) for number in range(len(tif.pages))]
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


def _whole_page(tif: TiffFile, number: int, path: Path) -> TiffPage:
    """Read a page by its own header, and refuse it where more hang on it than a few copies."""
    page = cast("TiffPage", tif.pages.get(number, aspage=True, cache=False))
    below = len(page.subifds or ())
    if below > MAX_BELOW:
        raise ScanError(
            tr(
                "{name}: page {page} has {below:,} smaller copies of itself, expected a few; it "
                "is damaged. Get a fresh copy, or export it again.",
                name=path.name,
                page=number + 1,
                below=below,
            )
        )
    return page


def own_pages(tif: TiffFile, pages: Sequence[TiffPage], path: Path) -> Sequence[TiffPage]:
    """Choose the pages of the one image in a file.

    tifffile reads a stack by the header of its first page. Where that one stands for all, as
    ImageJ's does, the others are chosen too.

    Parameters
    ----------
    tif : TiffFile
        The file.
    pages : sequence of TiffPage
        All of the file's.
    path : Path
        Its place.

    Raises
    ------
    ScanError
        If pages are missing, or are images of their own below others.
    """
    series = tif.series[0]
    listed = _listed(series, path)
    if any(len(page.treeindex) > 1 for page in listed):
        raise ScanError(
            tr(
                "{name}: holds images below its pages (SubIFDs) that are no smaller copies of "
                "them. Save the image you want in a file of its own.",
                name=path.name,
            )
        )
    if len(series.pages) == 1 < series.size // max(series.keyframe.size, 1) == len(pages):
        return pages
    return [pages[page.index] for page in listed]


def _listed(series: TiffPageSeries, path: Path) -> list[TiffPage | TiffFrame]:
    """Return the pages of a series that have headers, and refuse it where some are missing."""
    there = [page for page in series.pages if page is not None]
    if len(there) < len(series.pages):
        raise ScanError(
            tr(
                "{name}: its metadata announce {pages} pages, and the file does not hold "
                "them all. Get a fresh copy, or export it again.",
                name=path.name,
                pages=len(series.pages),
            )
        )
    return [page for page in there if isinstance(page, TiffPage) or not page.is_virtual]


def check_pixels(tif: TiffFile, pages: Sequence[TiffPage], path: Path) -> None:
    """Check that all pixels of the one image in a file are there, and lie where they are read.

    Parameters
    ----------
    tif : TiffFile
        The file.
    pages : sequence of TiffPage
        Of its image, from :func:`own_pages`.
    path : Path
        Its place.

    Raises
    ------
    ScanError
        If pages, strips, tiles or bytes are missing, too many, elsewhere, or those of others.
    """
    _check_end(tif, path)
    series, size = tif.series[0], path.stat().st_size
    _check_expansion(series.nbytes, size, series.keyframe, path)
    _check_all_named(tif, path)
    _check_apart(pages, path)
    if series.dataoffset is not None:  # one block
        _check_reach(series.dataoffset + series.nbytes, size, path)
    for number, page in enumerate(pages):
        _check_page(page, path)
        _check_place(page, number, series, path)
        check_parts(page, path, series.nbytes if len(series.pages) == 1 else page.nbytes)


def _check_apart(pages: Sequence[TiffPage], path: Path) -> None:
    """Refuse pages that lie at the place of others: copies of a slice would pass for slices."""
    spare = len(pages) - len({page.dataoffsets for page in pages})
    if spare:
        raise ScanError(
            tr(
                "{name}: {spare} of its {pages} pages lie at the place of another one, expected "
                "a place for each; it is damaged. Get a fresh copy, or export it again.",
                name=path.name,
                spare=spare,
                pages=len(pages),
            )
        )


def _check_place(page: TiffPage, number: int, series: TiffPageSeries, path: Path) -> None:
    """Refuse a page that lies elsewhere, or in pieces, where it is read in one with others."""
    block, first = series.dataoffset, page.dataoffsets[0]
    is_elsewhere = block is not None and first != block + number * page.nbytes
    if is_elsewhere or (series.keyframe.is_contiguous and not page.is_contiguous):
        raise disagrees(page, path)


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


def _check_page(page: TiffPage, path: Path) -> None:
    """Refuse a page whose strips or tiles are too few, or end beyond the file."""
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    if page.compression == UNCOMPRESSED and not page.is_tiled:
        _check_bytes(sum(page.databytecounts), page, path)
    _check_number(sum(1 for offset, count in parts if offset and count), page, path)
    _check_start(min(offset for offset, count in parts if count), path)
    end = max(offset + count for offset, count in parts)
    _check_reach(end, path.stat().st_size, path)


def _check_number(there: int, page: TiffPage, path: Path) -> None:
    """Refuse fewer strips or tiles than needed; one may be a block, whatever is said of strips."""
    needed = math.prod(page.chunked)
    if there < needed and not (there == 1 and page.is_contiguous):
        raise ScanError(
            tr(
                "{name}: a page of {columns:,} x {rows:,} pixels needs {needed:,} strips or "
                "tiles and has {there:,}; the file is cut short, or its header is wrong. Get "
                "a fresh copy, or export it again.",
                name=path.name,
                columns=page.imagewidth,
                rows=page.imagelength,
                needed=needed,
                there=there,
            )
        )


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
