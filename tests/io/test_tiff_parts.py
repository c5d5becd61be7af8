"""What strips, tiles and pages of a TIFF hold agrees with their headers, or the file is refused."""

from __future__ import annotations

import struct
import tracemalloc
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

STACK = np.random.default_rng(0).integers(0, 60_000, (12, 40, 48), np.uint16)
WIDTH, HEIGHT, OFFSETS, COUNTS, ROWS, TILE_COUNTS, SUBIFDS = 256, 257, 273, 279, 278, 325, 330
PLANAR = 284
FORMATS = {1: "B", 3: "H", 4: "I", 16: "Q"}
EXACT = {"jpegxl": None, "jpegxr": None, "lerc": 0}
PLAIN = {"photometric": "minisblack", "metadata": None}


def write(path: Path, stack: np.ndarray, **options: Any) -> Path:
    tifffile.imwrite(path, stack, **options)
    return path


def change(path: Path, code: int, value: int | Callable[[int], int], *pages: int) -> Path:
    """Write other values in the place of a tag's, on some pages or on all."""
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tif:
        for number in pages or range(len(tif.pages)):
            tag = tif.pages.get(number, aspage=True).tags[code]
            old = tag.value if isinstance(tag.value, tuple) else (tag.value,)
            new = [value(each) if callable(value) else value for each in old]
            kind = f"{tif.byteorder}{len(new)}{FORMATS[int(tag.dtype)]}"
            struct.pack_into(kind, content, tag.valueoffset, *new)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("bigtiff", [False, True], ids=["classic", "big"])
@pytest.mark.parametrize(
    "compression", [None, "lzw", "lzma", "zlib", "packbits", "png", "jpeg2000"]
)
@pytest.mark.parametrize("rows", [8, 40], ids=["strips", "one"])
@pytest.mark.parametrize(("code", "value"), [(WIDTH, 47), (WIDTH, 32), (HEIGHT, 39), (HEIGHT, 24)])
def test_strips_that_hold_more_than_the_picture_are_refused(
    tmp_path: Path, code: int, value: int, rows: int, compression: str | None, bigtiff: bool
) -> None:
    options = {"rowsperstrip": rows, "compression": compression, "bigtiff": bigtiff, **PLAIN}
    path = write(tmp_path / "a.tif", STACK[:2], **options)
    np.testing.assert_array_equal(read_scan(path).scan.data[0], STACK[:2])
    with pytest.raises(ScanError, match=r"^a\.tif: "):
        read_scan(change(path, code, value))


@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "png"])
@pytest.mark.parametrize(("code", "value"), [(WIDTH, 32), (HEIGHT, 16), (322, 32), (323, 32)])
def test_tiles_that_are_too_many_or_of_another_size_are_refused(
    tmp_path: Path, code: int, value: int, compression: str | None
) -> None:
    path = write(tmp_path / "a.tif", STACK[0], tile=(16, 16), compression=compression, **PLAIN)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], STACK[0])
    with pytest.raises(ScanError, match=r"^a\.tif: "):
        read_scan(change(path, code, value))


def test_a_tile_with_bytes_to_spare_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", STACK[0], tile=(16, 16), **PLAIN)
    path.write_bytes(path.read_bytes() + bytes(99))
    with pytest.raises(ScanError, match=r"^a\.tif: the strips or tiles of page 1 hold more"):
        read_scan(change(path, TILE_COUNTS, lambda count: count + 32))


@pytest.mark.parametrize(("spare", "is_read"), [(1, True), (39, True), (40, False), (80, False)])
def test_fewer_bytes_to_spare_than_rows_make_no_row_wider(
    tmp_path: Path, spare: int, is_read: bool
) -> None:
    path = write(tmp_path / "a.tif", STACK[0], rowsperstrip=40, **PLAIN)
    change(path, COUNTS, lambda count: count + spare)
    path.write_bytes(path.read_bytes() + bytes(99))
    if is_read:
        np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], STACK[0])
    else:
        with pytest.raises(ScanError, match=r"^a\.tif: the strips or tiles of page 1 hold more"):
            read_scan(path)


@pytest.mark.parametrize("pages", [[2], range(12)], ids=["some pages", "all pages"])
def test_strips_in_another_order_are_obeyed_or_refused(
    tmp_path: Path, pages: Sequence[int]
) -> None:
    path = write(tmp_path / "a.tif", STACK, rowsperstrip=8, **PLAIN)
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tif:
        for number in pages:
            tag = tif.pages.get(number, aspage=True).tags[OFFSETS]
            struct.pack_into(f"<{tag.count}I", content, tag.valueoffset, *tag.value[::-1])
    path.write_bytes(content)
    if len(pages) < len(STACK):  # which tifffile reads like the first page, as one block
        with pytest.raises(ScanError, match=r"^a\.tif: the strips or tiles of page 3"):
            read_scan(path)
    else:
        turned = STACK.reshape(12, 5, 8, 48)[:, ::-1].reshape(STACK.shape)
        np.testing.assert_array_equal(read_scan(path).scan.data[0], turned)


@pytest.mark.parametrize(
    ("code", "value"), [(WIDTH, 24), (HEIGHT, 20), (258, 8), (259, 8), (262, 0), (ROWS, 4)]
)
def test_a_page_in_the_middle_that_is_stored_otherwise_is_refused(
    tmp_path: Path, code: int, value: int
) -> None:
    path = write(tmp_path / "a.tif", STACK, rowsperstrip=8, **PLAIN)
    with pytest.raises(ScanError, match=r"^a\.tif: (its pages are stored|could not be decoded)"):
        read_scan(change(path, code, value, 5))


@pytest.mark.parametrize("page", [1, 3])
def test_pages_of_imagej_that_lie_elsewhere_are_refused(tmp_path: Path, page: int) -> None:
    path = write(tmp_path / "a.tif", STACK[:4], imagej=True, metadata={"axes": "ZYX"})
    np.testing.assert_array_equal(read_scan(path).scan.data[0], STACK[:4])
    with pytest.raises(ScanError, match=rf"^a\.tif: the strips or tiles of page {page + 1} "):
        read_scan(change(path, OFFSETS, lambda offset: offset - 2, page))


def test_a_jpeg_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    picture = (STACK[0] >> 8).astype(np.uint8)
    path = write(tmp_path / "a.tif", picture, compression="jpeg", rowsperstrip=40, **PLAIN)
    assert read_scan(path).scan.data.shape == (1, 1, 40, 48)
    with pytest.raises(ScanError, match=r"^a\.tif: the strips or tiles of page 1 hold more, or le"):
        read_scan(change(path, COUNTS, lambda count: count - 16))


@pytest.mark.parametrize("kind", ["jpeg", "jpegxr"])
@pytest.mark.parametrize("tile", [None, (16, 16)], ids=["strips", "tiles"])
@pytest.mark.parametrize("lacks", [20, 100])
def test_a_part_whose_decoder_fills_up_what_lacks_is_refused(
    tmp_path: Path, kind: str, tile: tuple[int, int] | None, lacks: int
) -> None:
    picture = (STACK[0] >> 8).astype(np.uint8)
    path = write(tmp_path / "a.tif", picture, compression=kind, tile=tile, **PLAIN)
    assert read_scan(path).scan.data.shape == (1, 1, 40, 48)
    if kind == "jpegxr":  # pads its own picture to blocks of 16, which nobody sees
        lacks *= 3 if tile else 6
    with tifffile.TiffFile(path) as tif:
        page = tif.pages.first
        end = page.dataoffsets[-1] + page.databytecounts[-1]
        whole = page.databytecounts
    content = bytearray(path.read_bytes())
    content[end - lacks - 2 : end - lacks] = content[end - 2 : end]  # JPEG has a mark of its end
    path.write_bytes(content)
    change(path, TILE_COUNTS if tile else COUNTS, lambda n: n - lacks if n == whole[-1] else n)
    with pytest.raises(ScanError, match=r"^a\.tif: "):
        read_scan(path)


@pytest.mark.parametrize("kind", ["png", "jpegxl", "jpegxr", "lerc"])
def test_a_tile_that_unfolds_to_gigabytes_is_refused_unread(tmp_path: Path, kind: str) -> None:
    bomb = np.zeros((9000, 9000), np.uint8)
    tile = getattr(imagecodecs, f"{kind}_encode")(bomb)
    path = tmp_path / "a.tif"
    options = {"tile": (16, 16), "compression": kind, "dtype": np.uint8, "shape": (16, 16)}
    tifffile.imwrite(path, iter([tile]), **options, **PLAIN)
    tracemalloc.start()
    try:
        with pytest.raises(ScanError, match=r"^a\.tif: the strips or tiles of page 1 hold more"):
            read_scan(path)
        assert tracemalloc.get_traced_memory()[1] < bomb.nbytes
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("compression", ["jpegxl", "jpegxr", "lerc"])
@pytest.mark.parametrize("tile", [None, (16, 16)], ids=["strips", "tiles"])
@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3)], ids=["grey", "colour"])
def test_pictures_that_only_their_decoders_know_open(
    tmp_path: Path, shape: tuple[int, ...], tile: tuple[int, int] | None, compression: str
) -> None:
    picture = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    kind = "minisblack" if len(shape) == 2 else "rgb"
    options = {"compression": compression, "compressionargs": {"level": EXACT[compression]}}
    options |= {"tile": tile, "rowsperstrip": None if tile else 16, "metadata": None}
    path = write(tmp_path / "a.tif", picture, photometric=kind, **options)
    stored = np.moveaxis(np.atleast_3d(picture), -1, 0)[:, np.newaxis]
    np.testing.assert_array_equal(read_scan(path).scan.data, stored)


def test_images_below_pages_are_no_slices(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        for page in STACK[:3]:
            tif.write(page, subifds=1, metadata=None)
            tif.write(STACK[3], metadata=None)
    with pytest.raises(ScanError, match=r"^a\.tif: holds images below its pages \(SubIFDs\)"):
        read_scan(path)


def test_a_page_with_a_million_copies_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(STACK[0], subifds=1, metadata=None)
        tif.write(STACK[0, ::2, ::2], subfiletype=1, metadata=None)
    with tifffile.TiffFile(path) as tif:
        tag = tif.pages.first.tags[SUBIFDS]
        entry, below = tag.offset, tag.value[0]
    content = bytearray(path.read_bytes())
    struct.pack_into("<HHII", content, entry, SUBIFDS, 4, 10**6, len(content))
    path.write_bytes(bytes(content) + struct.pack("<I", below) * 10**6)
    with pytest.raises(ScanError, match=r"^a\.tif: page 1 has 1,000,000 smaller copies"):
        read_scan(path)


@pytest.mark.parametrize("tile", [None, (16, 16)], ids=["strips", "tiles"])
def test_colours_that_are_said_to_lie_in_planes_and_do_not_are_refused(
    tmp_path: Path, tile: tuple[int, int] | None
) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (40, 48, 3), np.uint8)
    options = {"photometric": "rgb", "metadata": None, "tile": tile}
    path = write(tmp_path / "a.tif", picture, planarconfig="contig", **options)
    np.testing.assert_array_equal(read_scan(path).scan.data[:, 0], np.moveaxis(picture, -1, 0))
    with pytest.raises(ScanError, match=r"^a\.tif: "):
        read_scan(change(path, PLANAR, 2))
    planes = np.ascontiguousarray(np.moveaxis(picture, -1, 0))
    path = write(tmp_path / "b.tif", planes, planarconfig="separate", **options)
    np.testing.assert_array_equal(read_scan(path).scan.data[:, 0], planes)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_pages_that_lie_at_the_place_of_others_are_refused(tmp_path: Path, compression) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as out:
        for page in np.random.default_rng(0).integers(0, 99, (3, 30, 40), np.uint8):
            out.write(page, compression=compression, contiguous=False, **PLAIN)
    with tifffile.TiffFile(path) as tif:
        first, _, last = (page.tags for page in tif.pages)
    content = bytearray(path.read_bytes())
    for tag in ("StripOffsets", "StripByteCounts"):
        here, there = first[tag].valueoffset, last[tag].valueoffset
        content[there : there + 4] = content[here : here + 4]
    path.write_bytes(content)
    with pytest.raises(ScanError, match=r"^a\.tif: 1 of its 3 pages lie at the place of another"):
        read_scan(path)
