"""NRRD and MetaImage: against SimpleITK and pynrrd; what is hostile or unclear is refused."""

from __future__ import annotations

import bz2
import gzip
import random
import re
import zlib

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
from contracts.format_contract import ChannelsContract
from contracts.geometry import GEOMETRIES, ORIENTATIONS, itk_affine, oriented

from napari_brainseg.errors import ScanError
from napari_brainseg.io import can_read, default_mask_path, read_mask, read_scan, write_mask
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source

AFFINE = np.array([[-0.9, 0, 0, 90], [0, 0.8, 0, -70], [0, 0, 5, -40], [0, 0, 0, 1.0]])
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

NRRD_HEADER = """NRRD0005
# a comment
type: short
dimension: 3
space: {space}
sizes: 7 6 4
space directions: (0.9,0,0) (0,0.8,0) (0,0.3,5)
kinds: domain domain domain
endian: little
encoding: raw
space origin: (1,2,3)
patient:=Jane Doe
"""

META_HEADER = """ObjectType = Image
NDims = 3
BinaryData = True
BinaryDataByteOrderMSB = False
CompressedData = False
TransformMatrix = 1 0 0 0 1 0 0 0 1
Offset = 1 2 3
ElementSpacing = 0.9 0.8 5
DimSize = 7 6 4
ElementType = MET_SHORT
ElementDataFile = LOCAL
"""

KINDS = ["vector", "domain", "domain", "domain"]
VOXELS = np.arange(7 * 6 * 4, dtype="<i2").reshape(4, 6, 7)


def ramp():
    return np.broadcast_to(10 * np.arange(12, dtype=np.int16)[:, None, None], (12, 7, 6))


def channels():
    return np.stack([ramp(), ramp() + 100], axis=-1)


def itk_write(path, data, affine=AFFINE, *, packed=False, vector=False):
    """Write with SimpleITK; data (Z, Y, X) or (Z, Y, X, C)."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(data), isVector=vector)
    lps = LPS @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing)
    image.SetDirection((lps[:3, :3] / spacing).ravel())
    image.SetOrigin(lps[:3, 3])
    sitk.WriteImage(image, str(path), packed)
    return path


def nrrd_file(path, *changes, space="left-posterior-superior", voxels=None):
    """Write a small NRRD; each change replaces, by its field, a line of the header."""
    header = NRRD_HEADER.format(space=space)
    for change in changes:
        field = change.split(":")[0].removeprefix("-")
        line = re.compile(rf"^{field}:.*\n", re.MULTILINE)
        new = "" if change.startswith("-") else f"{change}\n"
        if not line.search(header):  # a space has to be named before it is used
            header = header.replace("# a comment\n", f"# a comment\n{new}")
        header = line.sub(lambda _, new=new: new, header)
    content = VOXELS.tobytes() if voxels is None else voxels
    path.write_bytes(f"{header}\n".encode() + content)
    return path


def meta_file(path, *changes, voxels=None):
    """Write a small MetaImage; each change replaces, by its field, a line of the header."""
    header = META_HEADER
    for change in changes:
        field = change.split(" =")[0].removeprefix("-")
        line = re.compile(rf"^{field} =.*\n", re.MULTILINE)
        new = "" if change.startswith("-") else f"{change}\n"
        header = line.sub(lambda _, new=new: new, header) if line.search(header) else new + header
    path.write_bytes(header.encode() + (VOXELS.tobytes() if voxels is None else voxels))
    return path


class TestNrrdContract(ChannelsContract):
    def make(self, folder):
        return itk_write(folder / "flair.nrrd", ramp())

    def make_channels(self, folder):
        return itk_write(folder / "flair.nrrd", channels(), vector=True)


class TestCompressedNrrdContract(ChannelsContract):
    def make(self, folder):
        header = {"space": "right-anterior-superior", "space directions": AFFINE[:3, :3].T}
        nrrd.write(str(folder / "flair.nrrd"), ramp().T, {**header, "space origin": AFFINE[:3, 3]})
        return folder / "flair.nrrd"

    def make_channels(self, folder):
        directions = np.vstack([np.full(3, np.nan), AFFINE[:3, :3].T])
        header = {"space": "right-anterior-superior", "space directions": directions}
        origin = {"space origin": AFFINE[:3, 3], "kinds": KINDS}
        nrrd.write(str(folder / "flair.nrrd"), channels().T, {**header, **origin})
        return folder / "flair.nrrd"


class TestBzip2NrrdContract(ChannelsContract):
    def make(self, folder):
        nrrd.write(str(folder / "flair.nrrd"), ramp().T, {"encoding": "bzip2"})
        return folder / "flair.nrrd"

    def make_channels(self, folder):
        header = {"encoding": "bzip2", "kinds": KINDS}
        nrrd.write(str(folder / "flair.nrrd"), channels().T, header)
        return folder / "flair.nrrd"


class TestDetachedNrrdContract(ChannelsContract):
    def make(self, folder):
        return itk_write(folder / "flair.nhdr", ramp())

    def make_channels(self, folder):
        return itk_write(folder / "flair.nhdr", channels(), vector=True)


class TestDetachedNrrdVoxelsContract(ChannelsContract):
    def make(self, folder):
        return itk_write(folder / "flair.nhdr", ramp(), packed=True)

    def make_channels(self, folder):
        return itk_write(folder / "flair.nhdr", channels(), packed=True, vector=True)

    def damage(self, path):
        return path.with_name("flair.raw.gz")


class TestMhaContract(ChannelsContract):
    def make(self, folder):
        return itk_write(folder / "flair.mha", ramp())

    def make_channels(self, folder):
        return itk_write(folder / "flair.mha", channels(), vector=True)


class TestCompressedMhaContract(ChannelsContract):
    def make(self, folder):
        return itk_write(folder / "flair.mha", ramp(), packed=True)

    def make_channels(self, folder):
        return itk_write(folder / "flair.mha", channels(), packed=True, vector=True)


class TestMhdContract(ChannelsContract):
    def make(self, folder):
        return itk_write(folder / "flair.mhd", ramp())

    def make_channels(self, folder):
        return itk_write(folder / "flair.mhd", channels(), vector=True)


class TestMhdVoxelsContract(ChannelsContract):
    def make(self, folder):
        return itk_write(folder / "flair.mhd", ramp(), packed=True)

    def make_channels(self, folder):
        return itk_write(folder / "flair.mhd", channels(), packed=True, vector=True)

    def damage(self, path):
        return path.with_name("flair.zraw")


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_every_orientation_is_read_and_saved_as_itk_means_it(
    tmp_path, order, signs, geometry, suffix
):
    affine = oriented(order, signs, GEOMETRIES[geometry])
    data = np.random.default_rng(0).integers(0, 1000, (6, 5, 4)).astype(np.int16)
    path = itk_write(tmp_path / f"scan{suffix}", data, affine)
    scan = read_scan(path).scan
    np.testing.assert_allclose(scan.affine, affine, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(scan.data[0], data)
    assert not scan.source.warnings
    saved = write_mask(data > 500, scan, tmp_path / f"mask{suffix}")
    mask = sitk.ReadImage(str(saved))
    np.testing.assert_allclose(itk_affine(mask), affine, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), data > 500)
    assert mask.GetPixelID() == sitk.sitkUInt8
    if suffix == ".nrrd":
        voxels, header = nrrd.read(str(saved))
        assert header["space"] == "left-posterior-superior"
        np.testing.assert_array_equal(header["space directions"], (LPS @ scan.affine)[:3, :3].T)
        np.testing.assert_array_equal(header["space origin"], (LPS @ scan.affine)[:3, 3])
        np.testing.assert_array_equal(voxels, data.T > 500)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii.gz", ".tif"])
@pytest.mark.parametrize("source", [".nrrd", ".mhd"])
def test_masks_of_any_suffix_lie_on_the_grid(tmp_path, source, suffix):
    affine = oriented((2, 0, 1), (1, -1, 1), GEOMETRIES["oblique"])
    scan = read_scan(itk_write(tmp_path / f"scan{source}", ramp(), affine)).scan
    _, found = read_mask(write_mask(scan.data[0] > 50, scan, tmp_path / f"mask{suffix}"))
    np.testing.assert_allclose(found, scan.affine, rtol=1e-6, atol=1e-6)


def test_wide_labels_are_read_alike_by_all(tmp_path):
    labels = np.arange(12 * 7 * 6).reshape(12, 7, 6) * 130
    scan = Scan(np.zeros((1, *labels.shape)), AFFINE, ("image",), Source("scan"))
    for suffix in (".nrrd", ".mha"):
        path = write_mask(labels, scan, tmp_path / f"mask{suffix}")
        np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), labels)
    np.testing.assert_array_equal(nrrd.read(str(tmp_path / "mask.nrrd"))[0].T, labels)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_units_of_pixels_stay_pixels_in_a_mask(tmp_path, suffix):
    scan = Scan(np.zeros((1, 3, 4, 5)), AFFINE, ("image",), Source("scan"), "pixel")
    path = write_mask(np.ones(scan.grid, int), scan, tmp_path / f"mask{suffix}")
    again = read_scan(path).scan
    assert again.units == "pixel"
    np.testing.assert_allclose(again.affine, AFFINE, atol=1e-12)
    assert sitk.ReadImage(str(path)).GetSize() == (5, 4, 3)


@pytest.mark.parametrize(
    ("space", "signs"),
    [
        ("right-anterior-superior", (1, 1, 1)),
        ("RAS", (1, 1, 1)),
        ("left-anterior-superior", (-1, 1, 1)),
        ("left-posterior-superior", (-1, -1, 1)),
        ("LPS", (-1, -1, 1)),
    ],
)
def test_nrrd_spaces_are_turned_to_ras(tmp_path, space, signs):
    path = nrrd_file(tmp_path / "a.nrrd", space=space)
    scan = read_scan(path).scan
    expected = np.array([[0.9, 0, 0, 1], [0, 0.8, 0.3, 2], [0, 0, 5, 3]]) * np.reshape(
        signs, (3, 1)
    )
    np.testing.assert_array_equal(scan.affine[:3], expected)
    np.testing.assert_allclose(scan.affine, itk_affine(sitk.ReadImage(str(path))), atol=1e-12)
    assert not scan.source.warnings


@pytest.mark.parametrize(
    "space", ["space: scanner-xyz", "space: 3D-right-handed", "space dimension: 3"]
)
def test_a_space_without_sides_is_taken_for_lps_with_a_warning(tmp_path, space):
    path = nrrd_file(tmp_path / "a.nrrd", "-space:", space)
    scan = read_scan(path).scan
    assert "left and right are a guess" in scan.source.warnings[0]
    np.testing.assert_allclose(scan.affine, itk_affine(sitk.ReadImage(str(path))), atol=1e-12)


PLAIN = ("-space:", "-space directions:", "-space origin:")


def test_a_nrrd_without_lengths_counts_pixels(tmp_path):
    scan = read_scan(nrrd_file(tmp_path / "a.nrrd", *PLAIN)).scan
    assert scan.units == "pixel"
    np.testing.assert_array_equal(scan.affine, DISPLAY_AFFINE)
    np.testing.assert_array_equal(scan.data[0], VOXELS)


@pytest.mark.parametrize(("unit", "factor"), [("", 1), ("mm", 1), ("um", 1e-3), ("cm", 10)])
def test_nrrd_spacings_are_read_in_mm_with_a_warning(tmp_path, unit, factor):
    units = f'units: "{unit}" "{unit}" "{unit}"'
    scan = read_scan(nrrd_file(tmp_path / "a.nrrd", *PLAIN, "spacings: 0.9 0.8 5", units)).scan
    assert scan.units == "mm"
    np.testing.assert_allclose(scan.spacing, np.array([5, 0.8, 0.9]) * factor)
    assert "left and right are a guess" in scan.source.warnings[0]


def test_units_that_differ_along_the_axes_are_told(tmp_path):
    lines = ["spacings: 0.9 0.8 5000", 'units: "mm" "mm" "um"']
    scan = read_scan(nrrd_file(tmp_path / "a.nrrd", *PLAIN, *lines)).scan
    np.testing.assert_allclose(scan.spacing, (5, 0.8, 0.9))
    assert "The header counts in um; shown in millimetres." in scan.source.warnings


@pytest.mark.parametrize("centres", ["cell cell cell", "node node node", "node cell cell", ""])
def test_least_positions_along_the_axes_are_those_of_the_first_voxel(tmp_path, centres):
    lines = ["kinds: domain domain domain", "spacings: 0.9 0.8 5", "axis mins: 5 6 -7"]
    lines += [f"centerings: {centres}"] if centres else []
    path = nrrd_file(tmp_path / "a.nrrd", *PLAIN, "\n".join(lines))
    expected = itk_affine(sitk.ReadImage(str(path)))
    np.testing.assert_allclose(read_scan(path).scan.affine, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("centres", "spacing", "first"),
    [("cell", (5, 0.8, 0.9), (-0.45, -0.4, 2.5)), ("node", (20 / 3, 0.96, 1.05), (0, 0, 0))],
)
def test_least_and_greatest_positions_tell_the_spacing(tmp_path, centres, spacing, first):
    lines = ["axis mins: 0 0 0", "axis maxs: 6.3 4.8 20", f"centerings: {3 * (centres + ' ')}"]
    scan = read_scan(nrrd_file(tmp_path / "a.nrrd", *PLAIN, *lines)).scan
    assert scan.units == "mm"
    np.testing.assert_allclose(scan.spacing, spacing)
    np.testing.assert_allclose(scan.affine[:3, 3], first)


@pytest.mark.parametrize("mins", ["0 0 nan", "0 0"])
def test_greatest_positions_without_least_ones_tell_nothing(tmp_path, mins):
    lines = [f"axis mins: {mins}", "axis maxs: 6.3 4.8 20"]
    assert read_scan(nrrd_file(tmp_path / "a.nrrd", *PLAIN, *lines)).scan.units == "pixel"


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("RGB-color", ("red", "green", "blue")),
        ("RGBA-color", ("red", "green", "blue", "alpha")),
        ("4-color", ("volume 1", "volume 2", "volume 3", "volume 4")),
    ],
)
def test_colours_are_named_where_the_header_tells_them(tmp_path, kind, names):
    count = len(names)
    changes = ["dimension: 3", f"sizes: {count} {168 // count} 1", f"kinds: {kind} domain domain"]
    scan = read_scan(nrrd_file(tmp_path / "a.nrrd", *PLAIN, *changes)).scan
    assert scan.channels == names


def test_colours_that_are_not_red_green_and_blue_are_refused(tmp_path):
    changes = ["dimension: 3", "sizes: 3 7 8", "kinds: HSV-color domain domain"]
    with pytest.raises(ScanError, match="hsv-color"):
        read_scan(nrrd_file(tmp_path / "a.nrrd", *PLAIN, *changes))


def test_a_least_position_that_is_not_stated_is_zero(tmp_path):
    path = nrrd_file(tmp_path / "a.nrrd", *PLAIN, "spacings: 1 1 5", "axis mins: nan 6 nan")
    np.testing.assert_allclose(read_scan(path).scan.affine[:3, 3], (0, -6.5, 0))


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_other_units_become_millimetres(tmp_path, suffix):
    if suffix == ".nrrd":
        path = nrrd_file(tmp_path / "a.nrrd", 'space units: "um" "um" "um"')
    else:
        path = meta_file(tmp_path / "a.mha", "DistanceUnits = um")
    scan = read_scan(path).scan
    np.testing.assert_allclose(scan.affine[:3, 3], (-1e-3, -2e-3, 3e-3))
    assert "counts in um" in scan.source.warnings[0]


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        (["dimension: 4", "sizes: 3 7 2 4", "kinds: vector domain domain domain"], (3, 4, 2, 7)),
        (["dimension: 4", "sizes: 7 2 4 3", "kinds: domain domain domain list"], (3, 4, 2, 7)),
        (["dimension: 4", "sizes: 1 7 6 4", "kinds: stub domain domain domain"], (1, 4, 6, 7)),
        (["dimension: 3", "sizes: 3 7 8", "kinds: RGB-color domain domain"], (3, 1, 8, 7)),
        (["dimension: 2", "sizes: 12 14", "kinds: domain domain"], (1, 1, 14, 12)),
        (["dimension: 2", "sizes: 12 14", "-kinds:"], (1, 1, 14, 12)),
    ],
)
@pytest.mark.parametrize("placed", [True, False])
def test_nrrd_axes_are_channels_and_space(tmp_path, changes, shape, placed):
    sizes = np.array(next(c for c in changes if c.startswith("sizes")).split()[1:], int)
    kinds = [c for c in changes if c.startswith("kinds")] or ["kinds: domain domain"]
    is_space = [kind == "domain" for kind in kinds[0].split()[1:]]
    vectors = iter(["(0,0.9,0)", "(0,0,0.8)", "(5,0,0)"])
    directions = " ".join(next(vectors) if spatial else "none" for spatial in is_space)
    changes = [*changes, *([f"space directions: {directions}"] if placed else PLAIN)]
    path = nrrd_file(tmp_path / "a.nrrd", *changes, "encoding: raw")
    scan = read_scan(path).scan
    assert scan.data.shape == shape
    told = any("colour" in warning for warning in scan.source.warnings)
    assert told == ("RGB" in kinds[0])
    axes = np.arange(168).reshape(sizes[::-1])
    channel = is_space[::-1].index(False) if False in is_space else None
    expected = axes if channel is None else np.moveaxis(axes, channel, 0)
    np.testing.assert_array_equal(scan.data.ravel(), expected.ravel())
    found, _ = read_mask(write_mask(np.ones(scan.grid, int), scan, tmp_path / "m.nrrd"))
    assert found.all()
    if placed:
        spacing = (5, 0.8, 0.9) if sum(is_space) == 3 else (1, 0.8, 0.9)
        np.testing.assert_allclose(scan.spacing, spacing)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_itk_images_of_other_axes_open(tmp_path, suffix):
    data = np.random.default_rng(0).integers(0, 99, (2, 5, 6, 7)).astype(np.float32)
    as_vector = itk_write(tmp_path / f"v{suffix}", np.moveaxis(data, 0, -1), vector=True)
    sitk.WriteImage(sitk.GetImageFromArray(data, isVector=False), str(tmp_path / f"t{suffix}"))
    sitk.WriteImage(sitk.GetImageFromArray(data[0, 0]), str(tmp_path / f"p{suffix}"))
    for path in (as_vector, tmp_path / f"t{suffix}"):
        scan = read_scan(path).scan
        np.testing.assert_array_equal(scan.data, data)
        assert scan.channels == ("volume 1", "volume 2")
    np.testing.assert_array_equal(read_scan(tmp_path / f"p{suffix}").scan.data, data[:1, :1])


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_values_keep_their_type_in_either_byte_order(tmp_path, dtype, suffix):
    data = (ramp() - 3 * (dtype[0] != "u")).astype(dtype)
    scan = read_scan(itk_write(tmp_path / f"a{suffix}", data)).scan
    assert scan.data.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(scan.data[0], data)
    big = VOXELS.astype(">i2").tobytes()
    if suffix == ".nrrd":
        nrrd_file(tmp_path / "b.nrrd", "endian: big", voxels=big)
    else:
        meta_file(tmp_path / "b.mha", "BinaryDataByteOrderMSB = True", voxels=big)
    np.testing.assert_array_equal(read_scan(tmp_path / f"b{suffix}").scan.data[0], VOXELS)


def test_older_metaimage_fields_and_missing_ones(tmp_path):
    path = meta_file(
        tmp_path / "a.mha",
        *("-TransformMatrix =", "-Offset =", "-ElementSpacing ="),
        *("Rotation = 0 1 0 1 0 0 0 0 1", "Position = 1 2 3", "ElementSize = 0.9 0.8 5"),
    )
    scan = read_scan(path).scan
    np.testing.assert_allclose(
        scan.affine[:3], [[0, -0.8, 0, -1], [-0.9, 0, 0, -2], [0, 0, 5, 3]], atol=1e-12
    )
    scan = read_scan(meta_file(tmp_path / "b.mha", "-TransformMatrix =")).scan
    assert "left and right are a guess" in scan.source.warnings[0]
    scan = read_scan(meta_file(tmp_path / "d.mha", "-ElementSpacing =")).scan
    assert scan.units == "pixel"
    bare = ("-TransformMatrix =", "-Offset =", "-ElementSpacing =")
    scan = read_scan(meta_file(tmp_path / "c.mha", *bare)).scan
    assert scan.units == "pixel"
    np.testing.assert_array_equal(scan.affine, DISPLAY_AFFINE)


def test_a_stated_rescaling_is_told_and_not_applied(tmp_path):
    path = meta_file(tmp_path / "a.mha", "ElementToIntensityFunctionSlope = 2")
    scan = read_scan(path).scan
    assert "2 x value" in scan.source.warnings[0]
    np.testing.assert_array_equal(scan.data[0], sitk.GetArrayFromImage(sitk.ReadImage(str(path))))


def test_bytes_to_spare_are_told(tmp_path):
    path = nrrd_file(tmp_path / "a.nrrd", voxels=VOXELS.tobytes() + bytes(9))
    assert "9 bytes more" in read_scan(path).scan.source.warnings[0]


@pytest.mark.parametrize(
    "changes",
    [
        ["sizes: 7 6 0"],
        ["sizes: 7 6 -4"],
        ["sizes: 7 6"],
        ["sizes: 7 6 4.5"],
        [f"sizes: 7 6 {'9' * 5000}"],
        ["dimension: 1", "sizes: 168"],
        ["dimension: 5", "sizes: 7 6 4 1 1"],
        ["type: block"],
        ["type: complex"],
        ["endian: middle"],
        ["-endian:"],
        ["encoding: hex"],
        ["encoding: ascii"],
        ["encoding: gzip"],
        ["line skip: 1"],
        ["byte skip: -2"],
        ["byte skip: 99999"],
        ["kinds: 2D-matrix domain domain"],
        ["kinds: complex domain domain"],
        ["kinds: domain domain"],
        ["space directions: (0.9,0,0) (0,0.8,0)"],
        ["space directions: (0.9,0,0) (0,0.8,0) (0,0.8,0)"],
        ["space directions: (0.9,0,0) (0,0.8,0) (0,0,nan)"],
        ["space directions: (0.9,0,0) (0,0.8,0) (0,0,1e300)"],
        ["space directions: (0.9,0,0) (0,0.8,0) (0,0,5) nonsense"],
        ["space directions: none none (0,0,5)"],
        ["space origin: (1,2)"],
        ["space origin: (1,2,inf)"],
        ["-space:"],
        ['space units: "light-year" "mm" "mm"'],
        ["data file: LIST"],
        ["nonsense"],
        ["space origim: (1,2,3)"],
        ["space: left-posterior"],
        ["kinds: domain domain domian"],
        ["encoding: raw\nencoding: raw"],
        [*PLAIN, "spacings: 1 1 0"],
        [*PLAIN, "spacings: 1 1"],
        [*PLAIN, "-kinds:", "dimension: 4", "sizes: 7 6 2 2"],
    ],
)
def test_unclear_nrrd_headers_are_refused(tmp_path, changes):
    path = nrrd_file(tmp_path / "a.nrrd", *changes)
    with pytest.raises(ScanError, match=r"^a(\.nrrd)?: "):
        read_scan(path)


@pytest.mark.parametrize(
    "changes",
    [
        ["NDims = 1"],
        ["NDims = 3.5"],
        ["NDims = 99999999999999999999"],
        ["DimSize = 7 6"],
        ["DimSize = 7 6 0"],
        ["-DimSize ="],
        ["ElementType = MET_STRING"],
        ["ElementNumberOfChannels = 0"],
        ["ElementNumberOfChannels = 2"],
        ["BinaryData = False"],
        ["BinaryDataByteOrderMSB = Txue"],
        ["CompressedData = True"],
        ["HeaderSize = 5"],
        ["ElementSpacing = 0.9 0.8 0"],
        ["ElementSpacing = 0.9 0.8 -5"],
        ["TransformMatrix = 1 0 0 0 1 0 0 0 0"],
        ["TransformMatrix = 1 0 0 0 1 0 0 0"],
        ["Offset = 1 2 1e99"],
        ["DistanceUnits = furlong"],
        ["nonsense"],
        ["NDims = 3\nNDims = 3"],
        ["-ElementDataFile ="],
    ],
)
def test_unclear_metaimage_headers_are_refused(tmp_path, changes):
    path = meta_file(tmp_path / "a.mha", *changes)
    with pytest.raises(ScanError, match=r"^a(\.mha)?: "):
        read_scan(path)


@pytest.mark.parametrize(
    "name", ["../secret.raw", "/etc/passwd", "C:\\secret", "..\\x", "s/../../x"]
)
def test_a_header_leads_to_no_file_outside_its_folder(tmp_path, name):
    (tmp_path / "secret.raw").write_bytes(VOXELS.tobytes())
    folder = tmp_path / "scans"
    folder.mkdir()
    for path in (
        nrrd_file(folder / "a.nhdr", f"data file: {name}", voxels=b""),
        meta_file(folder / "a.mhd", f"ElementDataFile = {name}", voxels=b""),
    ):
        with pytest.raises(ScanError, match=rf"^{path.name}: .*outside the header's folder"):
            read_scan(path)


@pytest.mark.parametrize("name", ["LIST", "LIST 2", "slice%03d.raw 1 4 1", "a%d.raw"])
def test_voxels_in_several_files_are_refused(tmp_path, name):
    for path in (
        nrrd_file(tmp_path / "a.nhdr", f"data file: {name}", voxels=b""),
        meta_file(tmp_path / "a.mhd", f"ElementDataFile = {name}", voxels=b""),
    ):
        with pytest.raises(ScanError, match=rf"^{path.name}: .*several files"):
            read_scan(path)


def test_voxels_in_files_that_are_listed_are_refused(tmp_path):
    path = nrrd_file(tmp_path / "a.nhdr", "data file: LIST\none.raw\ntwo.raw", voxels=b"")
    with pytest.raises(ScanError, match=r"^a\.nhdr: .*several files \('LIST'\)"):
        read_scan(path)


@pytest.mark.parametrize("name", ["gone.raw", "x" * 300, "folder"])
def test_a_missing_data_file_is_said_to_be_missing(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ScanError, match=r"^a\.nhdr: .*is not there"):
        read_scan(nrrd_file(tmp_path / "a.nhdr", f"data file: {name}", voxels=b""))


def test_a_data_file_below_the_header_is_read_with_its_skip(tmp_path):
    (tmp_path / "raw").mkdir()
    name = "raw/a b.raw"
    (tmp_path / name).write_bytes(bytes(11) + VOXELS.tobytes())
    for path in (
        nrrd_file(tmp_path / "a.nhdr", f"data file: {name}", "byte skip: 11", voxels=b""),
        nrrd_file(tmp_path / "b.nhdr", f"data file: {name}", "byte skip: -1", voxels=b""),
        meta_file(tmp_path / "a.mhd", f"ElementDataFile = {name}", "HeaderSize = 11", voxels=b""),
        meta_file(tmp_path / "b.mhd", f"ElementDataFile = {name}", "HeaderSize = -1", voxels=b""),
    ):
        scan = read_scan(path).scan
        np.testing.assert_array_equal(scan.data[0], VOXELS)
        assert scan.source.files == (path, tmp_path / name)
        assert default_mask_path(scan).parent == tmp_path


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2"])
@pytest.mark.parametrize("sizes", ["1000 1000 1000", "32767 32767 3584"])
def test_a_small_file_that_claims_too_much_is_refused_with_the_number(tmp_path, sizes, encoding):
    content = random.Random(0).randbytes(1_000_000)
    pack = {"gzip": gzip.compress, "bzip2": bz2.compress}.get(encoding, bytes)
    path = nrrd_file(
        tmp_path / "a.nrrd", f"sizes: {sizes}", f"encoding: {encoding}", voxels=pack(content)
    )
    with pytest.raises(ScanError, match=r"^a\.nrrd: the header announces [\d,.]+ "):
        read_scan(path)


@pytest.mark.parametrize("packed", [False, True])
def test_a_metaimage_that_claims_terabytes_is_refused_with_the_number(tmp_path, packed):
    changes = ("DimSize = 32767 32767 1800", f"CompressedData = {packed}")
    path = meta_file(tmp_path / "a.mha", *changes, voxels=zlib.compress(bytes(1_000_000)))
    with pytest.raises(ScanError, match=r"3,865,234,\d+,\d+ bytes"):
        read_scan(path)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_damage_in_packed_voxels_is_noticed(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(-999, 999, (9, 9, 9)).astype(np.int16)
    path = itk_write(tmp_path / f"a{suffix}", noise, packed=True)
    content = path.read_bytes()
    for place in (-200, -3):  # the voxels; their checksum
        damaged = bytearray(content)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(ScanError, match=rf"^a\{suffix}: "):
            read_scan(path)
    for cut in (1, 4, 5, 9, 100):
        path.write_bytes(content[:-cut])
        with pytest.raises(ScanError, match=rf"^a\{suffix}: "):
            read_scan(path)


def test_packed_voxels_that_hold_more_than_announced_are_refused(tmp_path):
    more = VOXELS.tobytes() + bytes(2)
    nrrd_file(tmp_path / "a.nrrd", "encoding: gzip", voxels=gzip.compress(more))
    meta_file(tmp_path / "a.mha", "CompressedData = True", voxels=zlib.compress(more))
    for name in ("a.nrrd", "a.mha"):
        with pytest.raises(ScanError, match="336 bytes of voxels, but more"):
            read_scan(tmp_path / name)


def mutate(content, rng):
    """Change, drop, repeat or insert a few bytes, mostly in the header."""
    mutant = bytearray(content)
    for _ in range(rng.randrange(1, 5)):
        reach = len(mutant) if rng.random() < 0.2 else min(len(mutant), 400)
        start = rng.randrange(max(1, reach))
        some = mutant[start : start + rng.randrange(1, 12)]
        kind = rng.randrange(5)
        if kind == 0:
            mutant[start : start + 1] = rng.randbytes(1)
        elif kind == 1:
            del mutant[start : start + len(some)]
        elif kind == 2:
            mutant[start:start] = some
        elif kind == 3:
            mutant[start:start] = rng.choice([b"9", b"-", b".", b"0", b"e", b" ", b"\n", b"\0"])
        else:
            mutant[start : start + 1] = rng.choice(b"0123456789").to_bytes(1, "big")
    return bytes(mutant)


def check_mutants(folder, each):
    rng = random.Random(2024)
    opened = 0
    for name, packed in (("a.nrrd", True), ("b.nrrd", False), ("a.mha", True), ("b.mha", False)):
        path = itk_write(folder / name, ramp(), packed=packed)
        content = path.read_bytes()
        for _ in range(each):
            path.write_bytes(mutate(content, rng))
            message = ""
            try:
                read_scan(path)
                opened += 1
            except ScanError as error:
                message = str(error)
            assert str(folder) not in message
            assert not message or message.startswith(name[0])
    assert 0 < opened < 4 * each


def test_a_mutant_gives_a_scan_or_a_refusal(tmp_path):
    check_mutants(tmp_path, 100)


@pytest.mark.slow
def test_ten_thousand_mutants_give_scans_or_refusals(tmp_path):
    check_mutants(tmp_path, 10_000)


def test_a_real_nrrd_opens_as_others_open_it(shared, tmp_path):
    path = shared / "scans" / "FLAIR.nrrd"
    assert can_read(path)
    scan = read_scan(path).scan
    assert scan.channels == ("FLAIR",)
    assert not scan.source.warnings
    voxels, header = nrrd.read(str(path))
    np.testing.assert_array_equal(scan.data[0], voxels.T)
    np.testing.assert_array_equal((LPS @ scan.affine)[:3, :3], header["space directions"].T)
    image = sitk.ReadImage(str(path))
    np.testing.assert_allclose(scan.affine, itk_affine(image), atol=1e-12)
    for suffix in (".nrrd", ".mha"):
        mask = sitk.ReadImage(str(write_mask(voxels.T > 99, scan, tmp_path / f"mask{suffix}")))
        np.testing.assert_allclose(mask.GetOrigin(), image.GetOrigin(), atol=1e-12)
        np.testing.assert_allclose(mask.GetDirection(), image.GetDirection(), atol=1e-12)
        np.testing.assert_allclose(mask.GetSpacing(), image.GetSpacing(), atol=1e-12)
