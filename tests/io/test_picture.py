"""PNG and JPEG pictures as slices."""

from __future__ import annotations

import re
import struct
import zlib

import numpy as np
import pytest
from contracts.format_contract import FormatContract
from PIL import Image

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan


class TestPngContract(FormatContract):
    n_slices = 1

    def make(self, folder):
        Image.fromarray(np.zeros((60, 70), np.uint8)).save(folder / "slice.png", compress_level=0)
        return folder / "slice.png"


class TestJpegContract(FormatContract):
    n_slices = 1

    def make(self, folder):
        Image.fromarray(np.zeros((60, 70), np.uint8)).save(folder / "slice.jpg")
        return folder / "slice.jpg"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_values_keep_their_depth(tmp_path, dtype):
    pixels = np.linspace(0, np.iinfo(dtype).max, 42).reshape(6, 7).astype(dtype)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    scan = read_scan(tmp_path / "a.png").scan
    assert scan.data.dtype == dtype
    assert scan.units == "pixel"
    np.testing.assert_array_equal(scan.data[0, 0], pixels)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colour_has_three_channels_whatever_the_mode(tmp_path, mode):
    pixels = np.zeros((6, 7, 3), np.uint8)
    pixels[..., 0] = 204  # in the palette that Pillow converts to
    Image.fromarray(pixels).convert(mode).save(tmp_path / "a.png")
    scan = read_scan(tmp_path / "a.png").scan
    assert scan.channels == ("red", "green", "blue")
    np.testing.assert_array_equal(scan.data[:, 0], np.moveaxis(pixels, -1, 0))


@pytest.mark.parametrize("mode", ["1", "LA", "RGB", "P"])
def test_grey_in_any_mode_is_one_channel(tmp_path, mode):
    pixels = np.where(np.arange(42).reshape(6, 7) % 2, 255, 0).astype(np.uint8)
    Image.fromarray(pixels).convert(mode).save(tmp_path / "a.png")
    scan = read_scan(tmp_path / "a.png").scan
    assert scan.data.shape == (1, 1, 6, 7)
    np.testing.assert_array_equal(scan.data[0, 0] > 0, pixels > 0)


def test_the_rotation_tag_of_a_camera_is_obeyed(tmp_path):
    picture = Image.fromarray(np.zeros((60, 70), np.uint8))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.jpg", exif=exif)
    assert read_scan(tmp_path / "a.jpg").scan.grid == (1, 70, 60)


def test_a_decompression_bomb_is_refused(tmp_path, monkeypatch):
    Image.fromarray(np.zeros((60, 70), np.uint8)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)
    with pytest.raises(ScanError, match=r"a\.png.*4,200 pixels"):
        read_scan(tmp_path / "a.png")


def chunk(kind, content):
    whole = kind + content
    return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))


@pytest.mark.parametrize("rows", [30, 59])
def test_a_png_of_fewer_rows_than_it_announces_is_refused(tmp_path, rows):
    header = struct.pack(">IIBBBBB", 70, 60, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(rows * 71))
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    with pytest.raises(ScanError, match="announces 60 rows of 70 pixels and holds fewer"):
        read_scan(tmp_path / "a.png")


@pytest.mark.parametrize("passes", [1, 7])
@pytest.mark.parametrize(("kind", "samples"), [(0, 1), (2, 3), (4, 2), (6, 4)])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (70, 61)])
def test_a_png_of_all_its_rows_opens(tmp_path, passes, kind, samples, size):
    columns, rows = size
    header = struct.pack(">IIBBBBB", columns, rows, 8, kind, 0, 0, passes > 1)
    grid = np.zeros((rows, columns))
    starts = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2))
    steps = (*starts, (1, 0, 2, 1)) if passes > 1 else ((0, 0, 1, 1),)
    shapes = [grid[top::down, left::across].shape for top, left, down, across in steps]
    n_bytes = sum(height * (1 + width * samples) for height, width in shapes if width)
    data = zlib.compress(bytes(n_bytes))
    halves = chunk(b"IDAT", data[:5]) + chunk(b"IDAT", data[5:])
    parts = chunk(b"IHDR", header) + halves + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
    assert read_scan(tmp_path / "a.png").scan.grid == (1, rows, columns)


def test_inks_are_refused(tmp_path):
    Image.fromarray(np.zeros((6, 7, 4), np.uint8), "CMYK").save(tmp_path / "a.jpg")
    with pytest.raises(ScanError, match=r"^a\.jpg: the picture is CMYK"):
        read_scan(tmp_path / "a.jpg")


def test_an_animation_is_refused(tmp_path):
    pictures = [Image.fromarray(np.full((6, 7), value, np.uint8)) for value in range(3)]
    pictures[0].save(tmp_path / "a.png", save_all=True, append_images=pictures[1:])
    with pytest.raises(ScanError, match=r"^a\.png: holds 3 pictures"):
        read_scan(tmp_path / "a.png")


def test_the_copy_that_a_camera_adds_is_left_out(tmp_path):
    pictures = [Image.fromarray(np.full((8, 8), value, np.uint8)) for value in (40, 200)]
    options = {"format": "MPO", "save_all": True, "append_images": pictures[1:]}
    pictures[0].save(tmp_path / "a.jpg", **options)
    np.testing.assert_array_equal(read_scan(tmp_path / "a.jpg").scan.data, 40)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}])
@pytest.mark.parametrize("lacks", [3, 50, 500])
def test_a_jpeg_that_is_cut_short_and_closed_is_refused(tmp_path, mode, options, lacks):
    shape = (60, 70, 3) if mode == "RGB" else (60, 70)
    pixels = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    path = tmp_path / "a.jpg"
    Image.fromarray(pixels).save(path, quality=95, **options)
    whole = path.read_bytes()
    path.write_bytes(whole + whole)  # as cameras add a small copy
    assert read_scan(path).scan.grid == (1, 60, 70)
    path.write_bytes(whole[: -2 - lacks] + whole[-2:] + whole)
    with pytest.raises(ScanError, match=r"^a\.jpg: announces 60 rows of 70 pixels and holds fewer"):
        read_scan(path)


SCAN = re.compile(rb"\xff\xda.*?(?=\xff[^\x00\xd0-\xd7])", re.DOTALL)


def scans_of(path, mode):
    """Save a progressive picture of noise; return its start, its scans with tables, its end."""
    shape = (60, 70, 3) if mode == "RGB" else (60, 70)
    pixels = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    Image.fromarray(pixels).save(path, quality=95, progressive=True)
    whole = path.read_bytes()
    ends = [found.end() for found in SCAN.finditer(whole)]
    starts = [whole.index(b"\xff\xc4"), *ends[:-1]]
    scans = [whole[start:end] for start, end in zip(starts, ends, strict=True)]
    return whole[: starts[0]], scans, whole[ends[-1] :]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_progressive_jpeg_that_lacks_any_of_its_scans_is_refused(tmp_path, mode):
    path = tmp_path / "a.jpg"
    start, scans, end = scans_of(path, mode)
    assert read_scan(path).scan.grid == (1, 60, 70)
    for lacks in range(1, len(scans)):  # no decoder opens what lacks the first
        path.write_bytes(b"".join([start, *scans[:lacks], *scans[lacks + 1 :], end]))
        with pytest.raises(ScanError, match=r"^a\.jpg: "):
            read_scan(path)


def many_scans(path):
    start, scans, end = scans_of(path, "L")
    return b"".join([start, scans[0], *[scans[1]] * 100, end])


def test_a_jpeg_of_more_scans_than_programs_make_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(many_scans(path))
    with pytest.raises(ScanError, match=r"^a\.jpg: its picture is sent in 101 scans"):
        read_scan(path)


@pytest.mark.parametrize("part", [b"\xff\xe0\0\2", b"\xff"], ids=["empty parts", "no part"])
def test_a_jpeg_of_parts_without_end_is_refused_before_it_is_decoded(tmp_path, part):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8" + part * 100_000)
    with pytest.raises(ScanError, match=r"^a\.jpg: its picture has no parts, or thousands"):
        read_scan(path)


@pytest.mark.parametrize("lacks", [3, 50])
def test_a_progressive_jpeg_with_a_scan_cut_short_in_its_midst_is_refused(tmp_path, lacks):
    path = tmp_path / "a.jpg"
    start, scans, end = scans_of(path, "L")
    path.write_bytes(b"".join([start, scans[0], scans[1][:-lacks], *scans[2:], end]))
    with pytest.raises(ScanError, match=r"^a\.jpg: "):
        read_scan(path)


def test_the_end_of_a_small_picture_in_the_header_is_none_of_the_picture(tmp_path):
    path = tmp_path / "a.jpg"
    pixels = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 70), np.uint8))
    pixels.resize((8, 8)).save(path)
    small = b"Exif\0\0" + path.read_bytes()
    pixels.save(path, exif=small)
    assert read_scan(path).scan.grid == (1, 60, 70)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ScanError, match=r"^a\.jpg: "):
        read_scan(path)


@pytest.mark.parametrize(("kind", "samples"), [(2, 3), (4, 2), (6, 4)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_colours_of_sixteen_bits_keep_them(tmp_path, kind, samples, orientation):
    pixels = np.random.default_rng(0).integers(0, 60_000, (6, 7, samples), np.uint16)
    path = tmp_path / "a.png"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.zeros((6, 7), np.uint8)).save(path, exif=exif)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    path.write_bytes(png_with(path.read_bytes(), rows, depth=16, kind=kind))
    shown = np.rot90(pixels, -1) if orientation == 6 else pixels
    colours = shown[..., :3] if samples > 2 else shown[..., :1]
    np.testing.assert_array_equal(read_scan(path).scan.data[:, 0], np.moveaxis(colours, -1, 0))


@pytest.mark.parametrize("wrong", ["width", "height"])
def test_a_png_that_holds_more_than_its_header_says_is_refused(tmp_path, wrong):
    pixels = np.random.default_rng(0).integers(0, 255, (60, 70), np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(path)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    whole = path.read_bytes()
    path.write_bytes(png_with(whole, rows + b"\0" * 5, depth=8, kind=0))
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], pixels)
    path.write_bytes(png_with(whole, rows, depth=8, kind=0, **{wrong: 59}))
    with pytest.raises(ScanError, match=r"^a\.png: "):
        read_scan(path)


def png_with(content, rows, depth, kind, **sizes):
    """Put other rows into a PNG, and say in its header what they are."""
    made, at = content[:8], 8
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        name, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        if name == b"IHDR":
            width, height = struct.unpack(">II", data[:8])
            stated = sizes.get("width", width), sizes.get("height", height)
            data = struct.pack(">IIBB", *stated, depth, kind) + data[10:]
        if name == b"IDAT":
            data = zlib.compress(rows)
        made += struct.pack(">I", len(data)) + name + data
        made += struct.pack(">I", zlib.crc32(name + data))
        at += 12 + length
    return made
