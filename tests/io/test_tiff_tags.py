"""Tags that change the picture are obeyed, or the file is refused; what is needed must be there."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan
from napari_brainseg.io.pictures import tiff_checks

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = np.arange(600, dtype=np.uint16).reshape(20, 30)
ORIENTED = {
    1: PICTURE,
    2: PICTURE[:, ::-1],
    3: PICTURE[::-1, ::-1],
    4: PICTURE[::-1],
    5: PICTURE.T,
    6: np.rot90(PICTURE, -1),
    7: PICTURE[::-1, ::-1].T,
    8: np.rot90(PICTURE),
}


def write(path: Path, array: np.ndarray, **options: Any) -> Path:
    tifffile.imwrite(path, array, **options)
    return path


@pytest.mark.parametrize("extra", [1, 3])
def test_extra_samples_without_a_meaning_are_sequences_not_transparency(
    tmp_path: Path, extra: int
) -> None:
    array = np.stack([np.full((20, 30), 10 * n, np.uint16) for n in range(1, 2 + extra)], -1)
    path = write(tmp_path / "case_1.tif", array, photometric="minisblack", planarconfig="contig")
    scan = read_scan(path).scan
    assert [channel.max() for channel in scan.data] == [10 * n for n in range(1, 2 + extra)]
    assert scan.channels == tuple(f"channel {n}" for n in range(1, 2 + extra))


def test_a_fourth_sample_of_colour_without_a_meaning_is_kept(tmp_path: Path) -> None:
    array = np.stack([np.full((20, 30), n, np.uint8) for n in range(4)], -1)
    options = {"photometric": "rgb", "extrasamples": ["unspecified"]}
    scan = read_scan(write(tmp_path / "case_1.tif", array, **options)).scan
    assert [channel.max() for channel in scan.data] == [0, 1, 2, 3]
    assert "FLAIR" not in scan.channels


def test_grey_with_transparency_is_grey(tmp_path: Path) -> None:
    array = np.stack([np.full((20, 30), 7, np.uint8), np.full((20, 30), 255, np.uint8)], -1)
    options = {"photometric": "minisblack", "extrasamples": ["unassalpha"]}
    options["planarconfig"] = "contig"
    scan = read_scan(write(tmp_path / "a.tif", array, **options)).scan
    assert len(scan.data) == 1
    assert scan.data.max() == 7


@pytest.mark.parametrize("orientation", sorted(ORIENTED))
def test_the_orientation_is_obeyed(tmp_path: Path, orientation: int) -> None:
    path = write(tmp_path / "a.tif", PICTURE, extratags=[(274, "H", 1, orientation, True)])
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], ORIENTED[orientation])


def test_an_orientation_on_its_side_exchanges_the_spacing_too(tmp_path: Path) -> None:
    options = {"imagej": True, "resolution": (0.5, 0.25), "metadata": {"unit": "mm"}}
    path = write(tmp_path / "a.tif", PICTURE, extratags=[(274, "H", 1, 6, True)], **options)
    assert read_scan(path).scan.spacing[1:] == (2.0, 4.0)


def test_an_orientation_that_is_none_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", PICTURE, extratags=[(274, "H", 1, 9, True)])
    with pytest.raises(ScanError, match=r"^a\.tif: its orientation is 9"):
        read_scan(path)


def test_imagej_may_have_a_unit_for_each_axis(tmp_path: Path) -> None:
    metadata = {"axes": "ZYX", "unit": "um", "yunit": "mm", "zunit": "mm", "spacing": 3.0}
    options = {"imagej": True, "resolution": (0.002, 2), "metadata": metadata}
    path = write(tmp_path / "a.tif", np.zeros((4, 20, 30), np.uint16), **options)
    np.testing.assert_allclose(read_scan(path).scan.spacing, (3.0, 0.5, 0.5))


@pytest.mark.parametrize("step", [257, 256])
def test_a_palette_of_greys_is_seen_through(tmp_path: Path, step: int) -> None:
    order = np.random.default_rng(0).permutation(256)
    grey = (PICTURE % 256).astype(np.uint8)
    colours = np.stack([np.arange(256) * step] * 3).astype(np.uint16)[:, order]
    options = {"photometric": "palette", "colormap": colours}
    path = write(tmp_path / "a.tif", np.argsort(order)[grey].astype(np.uint8), **options)
    scan = read_scan(path).scan
    assert scan.data.dtype == np.uint8
    np.testing.assert_array_equal(scan.data[0, 0], grey)


def test_a_palette_of_colours_is_red_green_and_blue_and_no_sequences(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 65536, (3, 256), np.uint16)
    index = (PICTURE % 256).astype(np.uint8)
    options = {"photometric": "palette", "colormap": colours}
    scan = read_scan(write(tmp_path / "case_1.tif", index, **options)).scan
    np.testing.assert_array_equal(scan.data[:, 0], colours[:, index])
    assert scan.channels == ("red", "green", "blue")
    assert "colour" in scan.source.warnings[0]


def test_colours_of_imagej_are_for_the_eye(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 255, (3, 256)).astype(np.uint8)
    index = (PICTURE % 256).astype(np.uint8)
    path = write(tmp_path / "a.tif", index, imagej=True, colormap=colours.astype(np.uint16) * 257)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], index)


@pytest.mark.parametrize("kind", ["separated", "cielab"])
def test_pictures_of_other_kinds_are_refused(tmp_path: Path, kind: str) -> None:
    array = np.zeros((20, 30, 4 if kind == "separated" else 3), np.uint8)
    path = write(tmp_path / "a.tif", array, photometric=kind, planarconfig="contig")
    with pytest.raises(ScanError, match=r"stored as (CMYK|CIELAB)"):
        read_scan(path)


def patched(path: Path, tag: int, value: int) -> Path:
    """Change a number of the first page's header."""
    with tifffile.TiffFile(path) as tif:
        found = tif.pages.first.tags[tag]
        at, size = found.valueoffset, 2 if found.dtype == 3 else 4
    content = bytearray(path.read_bytes())
    content[at : at + size] = value.to_bytes(size, "little")
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "jpeg"])
@pytest.mark.parametrize("tile", [None, (16, 16)], ids=["strips", "tiles"])
def test_missing_strips_and_tiles_are_refused(
    tmp_path: Path, compression: str | None, tile: tuple[int, int] | None
) -> None:
    options = {"rowsperstrip": 16} if tile is None else {"tile": tile}
    array = np.full((64, 64), 200, np.uint8)
    path = write(
        tmp_path / "a.tif",
        array,
        compression=compression,
        metadata=None,
        photometric="minisblack",
        **options,
    )
    patched(path, 257, 128)
    with pytest.raises(ScanError, match=r"^a\.tif: .*(strips or tiles|needs .* bytes)"):
        read_scan(path)


def test_a_strip_that_lies_nowhere_is_missing(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.tif",
        np.full((64, 64), 200, np.uint8),
        compression="zlib",
        rowsperstrip=16,
        metadata=None,
    )
    with tifffile.TiffFile(path) as tif:
        at = tif.pages.first.tags[279].valueoffset
    content = bytearray(path.read_bytes())
    kind = struct.calcsize("<H")
    content[at : at + kind] = bytes(kind)
    path.write_bytes(content)
    with pytest.raises(ScanError, match="needs 4 strips or tiles and has 3"):
        read_scan(path)


def test_a_bomb_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.tif",
        np.zeros((10_000, 10_000), np.uint8),
        compression="zstd",
        rowsperstrip=10_000,
        metadata=None,
    )
    assert path.stat().st_size < 20_000
    with pytest.raises(ScanError, match="claims 100,000,000 bytes"):
        read_scan(path)


def test_more_pages_than_a_scan_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiff_checks, "MAX_PAGES", 10)
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for _ in range(12):
            writer.write(np.zeros((6, 7), np.uint8), metadata=None)
    with pytest.raises(ScanError, match="more than 10 pages"):
        read_scan(tmp_path / "a.tif")


@pytest.mark.parametrize("kind", ["orientation", "palette"])
def test_pages_that_are_to_be_shown_in_different_ways_are_refused(tmp_path, kind):
    path, page = tmp_path / "a.tif", np.arange(20, dtype=np.uint8).reshape(4, 5)
    maps = np.stack([np.zeros((3, 256)), np.full((3, 256), 65535)]).astype(np.uint16)
    with tifffile.TiffWriter(path) as file:
        for number in range(2):
            turned = [(274, "H", 1, 1 + 2 * number, True)]
            how = {"extratags": turned} if kind == "orientation" else {"colormap": maps[number]}
            file.write(page, contiguous=False, metadata=None, **how)
    with pytest.raises(ScanError, match=r"a\.tif: (its pages are stored or|holds 2)"):
        read_scan(path)


@pytest.mark.parametrize("spacing", ["nan", "inf", "wide", "0", "1e-30"])
def test_a_distance_of_slices_that_is_none_is_as_if_not_stated(tmp_path, spacing):
    options = {"axes": "ZYX", "unit": "mm", "spacing": spacing}
    path = write(
        tmp_path / "a.tif",
        np.stack([PICTURE] * 3),
        imagej=True,
        resolution=(1, 1),
        metadata=options,
    )
    scan = read_scan(path).scan
    assert scan.spacing == (1, 1, 1)
    assert "not stored; 1 mm is assumed" in scan.source.warnings[0]


@pytest.mark.parametrize(("size", "units"), [("wide", "pixel"), ("NaN", "pixel"), ("-2", "mm")])
def test_a_size_of_pixels_that_is_none_is_not_believed(tmp_path, size, units):
    options = {"axes": "ZYX", "PhysicalSizeX": size, "PhysicalSizeY": 2}
    path = write(tmp_path / "a.ome.tif", np.stack([PICTURE] * 3), metadata=options)
    scan = read_scan(path).scan
    assert scan.units == units
    assert scan.affine[0, 0] < 0  # left and right as ever


def test_metadata_that_name_some_of_the_pages_are_refused(tmp_path):
    path = write(tmp_path / "a.ome.tif", np.stack([PICTURE] * 5), metadata={"axes": "ZYX"})
    path.write_bytes(path.read_bytes().replace(b'SizeZ="5"', b'SizeZ="3"'))
    with pytest.raises(ScanError, match="name 3 of its 5 pages"):
        read_scan(path)


def test_pixels_within_the_header_of_the_file_are_refused(tmp_path):
    path = write(tmp_path / "a.tif", PICTURE, metadata=None)
    with pytest.raises(ScanError, match="within the first 8 bytes"):
        read_scan(patched(path, 273, 1))


@pytest.mark.parametrize(("tag", "value"), [(259, 60_999), (317, 9)])
def test_a_packing_that_nobody_knows_is_named(tmp_path, tag, value):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.ones((8, 9), np.uint16), compression="zlib", predictor=True)
    with tifffile.TiffFile(path) as tif:
        at = tif.pages.first.tags[tag].valueoffset
    content = bytearray(path.read_bytes())
    content[at : at + 2] = value.to_bytes(2, "little")
    path.write_bytes(content)
    with pytest.raises(ScanError, match=rf"packed by the method .*{value}"):
        read_scan(path)


def say(path: Path, tag: int, value: int, page: int) -> Path:
    """Change a number that a page states."""
    with tifffile.TiffFile(path) as tif:
        offset = tif.pages.get(page, aspage=True).tags[tag].valueoffset
    content = bytearray(path.read_bytes())
    struct.pack_into("<H", content, offset, value)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("role", [1, 4, 6])  # reduced, transparency, transparency of a page
def test_a_copy_or_a_transparency_is_no_slice(tmp_path: Path, role: int) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(PICTURE, metadata=None)
        tif.write(PICTURE // 2, metadata=None, subfiletype=1)
    with pytest.raises(ScanError, match=r"a\.tif: its pages are .* shown in 2 ways.*page 2"):
        read_scan(say(path, 254, role, 1))


def test_a_picture_of_half_the_size_is_a_copy_only_if_it_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    for role in ({}, {"subfiletype": 1}):
        with tifffile.TiffWriter(path) as tif:
            tif.write(PICTURE, metadata=None)
            tif.write(PICTURE[::2, ::2], metadata=None, **role)
        if role:
            np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], PICTURE)
        else:
            with pytest.raises(ScanError, match=r"a\.tif: holds 2 images"):
                read_scan(path)


@pytest.mark.parametrize(
    ("tag", "value", "found"),
    [(317, 3, "method 8 with the predictor 3,"), (259, 2, "method 2 "), (259, 3, "method 3 ")],
)
def test_a_packing_for_other_numbers_is_refused(
    tmp_path: Path, tag: int, value: int, found: str
) -> None:
    path = write(tmp_path / "a.tif", PICTURE, compression="zlib", predictor=True)
    with pytest.raises(ScanError, match=rf"a\.tif: its pixels are packed by the {found}"):
        read_scan(say(path, tag, value, 0))


@pytest.mark.parametrize("file", ["b.tif", "../b.tif", "{folder}/b.tif", "C:/scans/b.tif"])
def test_slices_that_metadata_place_in_other_files_are_refused(tmp_path, file):
    (tmp_path / "in").mkdir()
    for other in (tmp_path / "b.tif", tmp_path / "in" / "b.tif"):
        tifffile.imwrite(other, np.ones((40, 48), np.uint16))
    sizes = 'SizeX="48" SizeY="40" SizeZ="2" SizeC="1" SizeT="1"'
    named = f'<UUID FileName="{file.format(folder=tmp_path)}">urn:uuid:2</UUID>'
    text = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:1">'
        f'<Image><Pixels DimensionOrder="XYZCT" Type="uint16" {sizes}>'
        '<TiffData FirstZ="0" IFD="0"><UUID FileName="a.tif">urn:uuid:1</UUID></TiffData>'
        f'<TiffData FirstZ="1" IFD="0">{named}</TiffData></Pixels></Image></OME>'
    )
    path = tmp_path / "in" / "a.tif"
    tifffile.imwrite(path, np.zeros((40, 48), np.uint16), description=text, metadata=None)
    with pytest.raises(ScanError, match=r"^a\.tif: its metadata lead to another file \(b\.tif\)"):
        read_scan(path)


def test_a_file_whose_metadata_lie_elsewhere_is_refused(tmp_path):
    text = '<OME><BinaryOnly MetadataFile="all.ome" UUID="urn:uuid:1"/></OME>'
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((40, 48), np.uint16), description=text, metadata=None)
    with pytest.raises(ScanError, match=r"^a\.tif: its metadata lead to another file \(all\.ome\)"):
        read_scan(path)


def test_values_that_imagej_counts_from_the_least_have_a_sign(tmp_path):
    meant = np.array([[-32768, -1000, -1], [0, 40, 32767]], np.int16)
    stored = (meant.astype(np.int32) + 32768).astype(np.uint16)
    metadata = {"cf": 0, "c0": -32768.0, "c1": 1.0, "vunit": "gray value"}
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, stored, imagej=True, metadata={"axes": "YX", **metadata})
    data = read_scan(path).scan.data
    assert data.dtype == np.int16
    np.testing.assert_array_equal(data[0, 0], meant)


def test_values_on_a_line_are_what_imagej_says_that_they_mean(tmp_path):
    stored = np.arange(6, dtype=np.uint8).reshape(2, 3)
    path = tmp_path / "a.tif"
    metadata = {"axes": "YX", "cf": 0, "c0": -1.5, "c1": 0.25}
    tifffile.imwrite(path, stored, imagej=True, metadata=metadata)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], stored * 0.25 - 1.5)


@pytest.mark.parametrize("change", [{"cf": 8}, {"c1": 0.0}, {"c0": "none"}])
def test_values_on_a_curve_are_shown_as_stored_and_told(tmp_path, change):
    stored = np.arange(6, dtype=np.uint8).reshape(2, 3)
    path = tmp_path / "a.tif"
    metadata = {"axes": "YX", "cf": 0, "c0": -1.5, "c1": 0.25} | change
    tifffile.imwrite(path, stored, imagej=True, metadata=metadata)
    scan = read_scan(path).scan
    np.testing.assert_array_equal(scan.data[0, 0], stored)
    assert "calibrates its values by a curve" in scan.source.warnings[0]


def test_a_description_of_imagej_that_counts_more_pages_than_there_are_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    stack = np.zeros((5, 16, 24), np.uint16)
    tifffile.imwrite(path, stack, imagej=True, metadata={"axes": "ZYX"})
    assert read_scan(path).scan.grid == (5, 16, 24)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"images=5\nslices=5", b"images=6\nslices=6"))
    with pytest.raises(ScanError, match=r"counts 2304 pixels, 6 x 16 x 24 .* and 1920 are there"):
        read_scan(path)


def test_a_description_that_counts_other_slices_than_there_are_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    text = "ImageJ=1.54f\nimages=15\nchannels=3\nslices=4\nhyperstack=true\n"
    with tifffile.TiffWriter(path) as file:
        for page in range(15):
            described = {"description": text} if page == 0 else {}
            file.write(np.full((16, 24), page, np.uint16), metadata=None, **described)
    with pytest.raises(ScanError, match=r"counts 4608 pixels, .* and 5760 are there"):
        read_scan(path)


HEIGHTS = {
    "even": ([0, 5, 10, 15], "mm", False),
    "falling, in micrometres, rounded": ([15000, 10000.2, 5000, 0], "µm", False),
    "in no unit of length": ([0, 1, 2, 3], "reference frame", False),
    "no numbers": (["", "", "", ""], "mm", False),
    "all the same": ([3, 3, 3, 3], "mm", True),
    "a gap": ([0, 5, 10, 25], "mm", True),
}


@pytest.mark.parametrize(("heights", "unit", "is_told"), HEIGHTS.values(), ids=HEIGHTS)
def test_heights_of_slices_that_contradict_their_distance_are_told(
    tmp_path: Path, heights, unit, is_told
) -> None:
    sizes = {f"PhysicalSize{axis}": size for axis, size in zip("XYZ", (1, 1, 5), strict=True)}
    units = {f"{key}Unit": "mm" for key in sizes}
    plane = {"PositionZ": heights, "PositionZUnit": [unit] * 4}
    metadata = {"axes": "ZYX", **sizes, **units, "Plane": plane}
    values = np.arange(4 * 20 * 30, dtype=np.uint16).reshape(4, 20, 30)
    tifffile.imwrite(tmp_path / "a.ome.tif", values, photometric="minisblack", metadata=metadata)
    scan = read_scan(tmp_path / "a.ome.tif").scan
    assert scan.spacing == (5, 1, 1)
    assert any("otherwise than 5 mm" in note for note in scan.source.warnings) is is_told


@pytest.mark.parametrize("change", ['SizeZ="5"', 'SizeC="1"', 'SizeX="40"', "<TiffData/>"])
def test_metadata_that_count_slices_without_end_are_refused_at_once(tmp_path: Path, change) -> None:
    sizes = 'SizeX="40" SizeY="30" SizeZ="5" SizeC="1" SizeT="1"'
    kind = 'DimensionOrder="XYZCT" Type="uint16"'
    huge = change.split("=")[0] + '="1000000000000"'
    text = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        f'<Pixels ID="Pixels:0" {kind} {sizes}><TiffData/></Pixels></Image></OME>'
    )
    text = text.replace(change, '<TiffData PlaneCount="9000000"/>' if "<" in change else huge)
    path, values = tmp_path / "a.ome.tif", np.zeros((5, 30, 40), np.uint16)
    tifffile.imwrite(path, values, photometric="minisblack", description=text, metadata=None)
    with pytest.raises(ScanError, match=r"^a\.ome\.tif: its metadata count [\d,]+ slices and"):
        read_scan(path)


def test_heights_that_are_stated_of_no_slice_are_passed_over(tmp_path: Path) -> None:
    metadata = {"axes": "ZYX", "PhysicalSizeX": 1, "PhysicalSizeY": 1, "PhysicalSizeZ": 1}
    path, values = tmp_path / "a.ome.tif", np.zeros((2, 30, 40), np.uint16)
    tifffile.imwrite(path, values, photometric="minisblack", metadata=metadata)
    plane = b'<Plane TheZ="x" PositionZ="1" PositionZUnit="mm"/></Pixels>'
    with tifffile.TiffFile(path) as tif:
        text = str(tif.ome_metadata).encode().replace(b"</Pixels>", plane)
    options = {"photometric": "minisblack", "metadata": None}
    tifffile.imwrite(path, values, description=text.decode(), **options)
    assert read_scan(path).scan.units == "mm"
