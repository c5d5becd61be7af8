"""TIFF files: axes, spacing, and masks that Fiji and Python both open."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from contracts.format_contract import ChannelsContract, FormatContract
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_brainseg.errors import ScanError
from napari_brainseg.io import default_mask_path, read_mask, read_scan, write_mask
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source


def ramp(depth=12):
    return np.broadcast_to(10 * np.arange(depth, dtype=np.uint8)[:, None, None], (depth, 6, 7))


class TestPlainStackContract(FormatContract):
    def make(self, folder):
        tifffile.imwrite(folder / "stack.tif", ramp(), photometric="minisblack")
        return folder / "stack.tif"


class TestImageJStackContract(ChannelsContract):
    def make(self, folder):
        return self.write(folder, ramp(), "ZYX")

    def make_channels(self, folder):
        return self.write(folder, np.stack([ramp(), ramp() + 100], axis=1), "ZCYX")

    def write(self, folder, data, axes):
        metadata = {"axes": axes, "spacing": 5.0, "unit": "mm"}
        path = folder / "stack.tiff"
        tifffile.imwrite(path, data, imagej=True, resolution=(2, 2), metadata=metadata)
        return path


class TestSliceContract(FormatContract):
    n_slices = 1

    def make(self, folder):
        tifffile.imwrite(folder / "slice.tif", ramp(1)[0], photometric="minisblack")
        return folder / "slice.tif"


@pytest.mark.parametrize(
    ("axes", "shape", "expected"),
    [
        ("YX", (6, 7), (1, 1, 6, 7)),
        ("ZYX", (5, 6, 7), (1, 5, 6, 7)),
        ("TYX", (5, 6, 7), (1, 5, 6, 7)),
        ("CYX", (3, 6, 7), (3, 1, 6, 7)),
        ("ZCYX", (5, 2, 6, 7), (2, 5, 6, 7)),
        ("TZYX", (2, 5, 6, 7), (2, 5, 6, 7)),
    ],
)
def test_imagej_axes_become_channels_and_slices(tmp_path, axes, shape, expected):
    array = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", array, imagej=True, metadata={"axes": axes})
    scan = read_scan(tmp_path / "a.tif").scan
    assert scan.data.shape == expected
    by_channel = np.moveaxis(array, 1, 0) if axes == "ZCYX" else array
    np.testing.assert_array_equal(scan.data.ravel(), by_channel.ravel())
    assert len(scan.channels) == expected[0]


@pytest.mark.parametrize("axes", ["TZCYX", "TCZYX", "CTZYX"])
@pytest.mark.parametrize("kind", ["imagej", "ome"])
def test_channels_over_time_are_named_by_both(tmp_path, axes, kind):
    lengths = {"T": 2, "C": 3, "Z": 4, "Y": 6, "X": 7}
    array = np.random.default_rng(0).integers(0, 255, [lengths[a] for a in axes]).astype("u2")
    if kind == "imagej":  # which has one order only
        array, axes = array.transpose([axes.index(a) for a in "TZCYX"]), "TZCYX"
    path = tmp_path / ("a.ome.tif" if kind == "ome" else "a.tif")
    tifffile.imwrite(path, array, **{kind: True}, metadata={"axes": axes})
    scan = read_scan(path).scan
    for time, channel in np.ndindex(2, 3):
        index = scan.channels.index(
            f"channel {channel + 1}, time {time + 1}"
            if axes.index("C") < axes.index("T")
            else f"time {time + 1}, channel {channel + 1}"
        )
        one = array.transpose([axes.index(a) for a in "TCZYX"])[time, channel]
        np.testing.assert_array_equal(scan.data[index], one)


def test_time_points_and_ome_channels_keep_their_names(tmp_path):
    metadata = {"axes": "CZYX", "Channel": {"Name": ["FLAIR", "T1 post"]}}
    tifffile.imwrite(
        tmp_path / "a.ome.tif", np.zeros((2, 4, 6, 7), "u2"), ome=True, metadata=metadata
    )
    assert read_scan(tmp_path / "a.ome.tif").scan.channels == ("FLAIR", "T1 post")
    tifffile.imwrite(
        tmp_path / "b.tif", np.zeros((2, 4, 6, 7), "u2"), imagej=True, metadata={"axes": "TZYX"}
    )
    assert read_scan(tmp_path / "b.tif").scan.channels == ("time 1", "time 2")


def test_two_stacks_and_colours_over_time_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((2, 3, 6, 7), np.uint8), photometric="minisblack")
    with pytest.raises(ScanError, match=r"a\.tif: the axes are QQYX"):
        read_scan(tmp_path / "a.tif")
    array = np.zeros((2, 4, 6, 7, 3), np.uint8)
    tifffile.imwrite(tmp_path / "b.tif", array, imagej=True, metadata={"axes": "TZYXS"})
    with pytest.raises(ScanError, match=r"b\.tif: the axes are TZCYXS"):
        read_scan(tmp_path / "b.tif")


def test_a_long_series_over_time_is_refused_with_the_number(tmp_path):
    array = np.zeros((65, 2, 6, 7), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", array, imagej=True, metadata={"axes": "TZYX"})
    with pytest.raises(ScanError, match=r"a\.tif: the image has 65 volumes, expected at most 64"):
        read_scan(tmp_path / "a.tif")


def test_a_stack_written_without_naming_its_axes_is_a_stack(tmp_path):
    # tifffile calls them channels, which ImageJ would not show.
    tifffile.imwrite(tmp_path / "a.tif", ramp(12), imagej=True)
    scan = read_scan(tmp_path / "a.tif").scan
    np.testing.assert_array_equal(scan.data[0], ramp(12))
    assert "12 pictures channels; they are taken for slices" in scan.source.warnings[0]


def test_white_as_zero_is_told(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", ramp(3), photometric="miniswhite")
    scan = read_scan(tmp_path / "a.tif").scan
    np.testing.assert_array_equal(scan.data[0], ramp(3))
    assert "zero is white" in scan.source.warnings[0]


def test_pages_of_different_sizes_are_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(np.zeros((6, 7), np.uint8), metadata=None)
        writer.write(np.zeros((7, 7), np.uint8), metadata=None)
    with pytest.raises(ScanError, match="2 images"):
        read_scan(tmp_path / "a.tif")


def test_a_colour_stack_has_three_channels_and_a_warning(tmp_path):
    array = np.random.default_rng(0).integers(0, 255, (5, 6, 7, 3)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb")
    scan = read_scan(tmp_path / "a.tif").scan
    assert scan.channels == ("red", "green", "blue")
    assert "colour" in scan.source.warnings[0]
    np.testing.assert_array_equal(scan.data, np.moveaxis(array, -1, 0))


def test_colour_that_is_grey_becomes_one_channel_and_transparency_is_dropped(tmp_path):
    array = np.full((6, 7, 4), 9, np.uint8)
    array[..., 3] = 255
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=["unassalpha"])
    scan = read_scan(tmp_path / "a.tif").scan
    assert scan.channels == ("grey",)
    assert scan.data.shape == (1, 1, 6, 7)
    assert (scan.data == 9).all()


@pytest.mark.parametrize(
    ("unit", "factor"), [("mm", 1), ("um", 1e-3), ("\\u00B5m", 1e-3), ("cm", 10), ("inch", 25.4)]
)
def test_imagej_spacing_is_read_in_mm(tmp_path, unit, factor):
    metadata = {"axes": "ZYX", "spacing": 3.0, "unit": unit}
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, ramp(4), imagej=True, resolution=(2, 4), metadata=metadata)
    scan = read_scan(path).scan
    np.testing.assert_allclose(scan.spacing, np.array([3, 0.25, 0.5]) * factor)
    assert scan.units == "mm"


def test_ome_spacing_is_read_in_mm(tmp_path):
    metadata = {
        "axes": "ZYX",
        **{"PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "mm", "PhysicalSizeY": 700.0},
        **{"PhysicalSizeZ": 3.0, "PhysicalSizeZUnit": "mm"},
    }
    tifffile.imwrite(tmp_path / "a.ome.tif", ramp(4), ome=True, metadata=metadata)
    scan = read_scan(tmp_path / "a.ome.tif").scan
    np.testing.assert_allclose(scan.spacing, (3, 0.7, 0.5))
    assert scan.units == "mm"


@pytest.mark.parametrize(("unit", "factor"), [("mm", 1), ("cm", 10), ("micron", 1e-3)])
@pytest.mark.parametrize("spacing", [{}, {"spacing": 0.0}])
def test_a_missing_slice_distance_is_one_unit_with_a_warning(tmp_path, unit, factor, spacing):
    metadata = {"axes": "ZYX", "unit": unit, **spacing}
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, ramp(4), imagej=True, resolution=(2, 2), metadata=metadata)
    scan = read_scan(path).scan
    np.testing.assert_allclose(scan.spacing, (factor, 0.5 * factor, 0.5 * factor))
    assert f"distance between slices is not stored; 1 {unit}" in scan.source.warnings[0]


def test_a_slice_distance_of_zero_is_none_in_ome_too(tmp_path):
    sizes = {f"PhysicalSize{axis}": size for axis, size in zip("XYZ", (500, 500, 0), strict=True)}
    tifffile.imwrite(tmp_path / "a.ome.tif", ramp(4), ome=True, metadata={"axes": "ZYX", **sizes})
    scan = read_scan(tmp_path / "a.ome.tif").scan
    assert scan.spacing == (1, 0.5, 0.5)
    assert "distance between slices is not stored; 1 mm" in scan.source.warnings[0]


def test_printer_resolution_is_no_spacing(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", ramp(5), resolution=(300, 300), resolutionunit="inch")
    scan = read_scan(tmp_path / "a.tif").scan
    assert scan.units == "pixel"
    np.testing.assert_array_equal(scan.affine, DISPLAY_AFFINE)


def test_a_mask_carries_spacing_for_fiji(tmp_path):
    affine = np.diag([-0.5, -0.25, 3.0, 1.0])
    scan = Scan(np.zeros((1, 4, 6, 7)), affine, ("image",), Source("scan"))
    path = write_mask(np.ones(scan.grid, int), scan, tmp_path / "mask.tif")
    with tifffile.TiffFile(path) as tif:
        assert tif.series[0].axes == "ZYX"
        assert tif.series[0].shape == (4, 6, 7)
        assert (tif.imagej_metadata["unit"], tif.imagej_metadata["spacing"]) == ("mm", 3.0)
        assert tif.pages.first.tags["XResolution"].value == (2, 1)
        assert tif.pages.first.tags["YResolution"].value == (4, 1)


@settings(max_examples=40)
@given(
    # Files of one pixel across are beyond ImageJ's format; saving such a mask is refused.
    grid=st.tuples(st.integers(1, 5), st.integers(2, 5), st.integers(2, 5)),
    axes=st.lists(st.floats(-0.3, 0.3), min_size=9, max_size=9),
    origin=st.lists(st.floats(-500, 500), min_size=3, max_size=3),
)
def test_a_mask_keeps_any_affine_to_the_last_bit(tmp_path_factory, grid, axes, origin):
    affine = np.eye(4)
    affine[:3, :3] += np.reshape(axes, (3, 3))
    affine[:3, 3] = origin
    scan = Scan(np.zeros((1, *grid), np.uint8), affine, ("image",), Source("scan"))
    labels = np.arange(np.prod(grid)).reshape(grid)
    path = tmp_path_factory.mktemp("affine") / "mask.tif"
    found, found_affine = read_mask(write_mask(labels, scan, path))
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_array_equal(found_affine, affine)


def test_a_file_or_picture_gets_a_tiff_mask_beside_it(tmp_path):
    tifffile.imwrite(tmp_path / "head.tif", ramp(5))
    scan = read_scan(tmp_path / "head.tif").scan
    assert default_mask_path(scan) == tmp_path / "head_mask.tif"
