"""NIfTI: geometry against SimpleITK, headers kept, hostile headers refused."""

from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from contracts.format_contract import ChannelsContract
from contracts.geometry import GEOMETRIES, ORIENTATIONS, itk_affine, oriented, rotation
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_brainseg.errors import ScanError
from napari_brainseg.frames import frame_for
from napari_brainseg.io import can_read, read_mask, read_scan, write_mask

AFFINE = np.array([[-0.9, 0, 0, 90], [0, 0.8, 0, -70], [0, 0, 5, -40], [0, 0, 0, 1.0]])


def write(path, data, affine=AFFINE, sform=1, qform=1, unit="mm", kind=nib.Nifti1Image):
    image = kind(data, affine)
    image.header.set_sform(affine, code=sform)
    image.header.set_qform(affine, code=qform)
    image.header.set_xyzt_units(unit)
    nib.save(kind(data, None, image.header), path)
    return path


def ramp(shape=(6, 7, 12), dtype=np.int16):
    return np.broadcast_to(10 * np.arange(shape[2]), shape).astype(dtype)


def channels():
    return np.stack([ramp(), ramp() + 100], axis=-1)


class TestNiftiContract(ChannelsContract):
    def make(self, folder):
        return write(folder / "flair.nii", ramp())

    def make_channels(self, folder):
        return write(folder / "flair.nii", channels())


class TestCompressedNiftiContract(ChannelsContract):
    def make(self, folder):
        return write(folder / "flair.nii.gz", ramp())

    def make_channels(self, folder):
        return write(folder / "flair.nii.gz", channels())


class TestNifti2Contract(ChannelsContract):
    def make(self, folder):
        return write(folder / "flair.nii", ramp(), kind=nib.Nifti2Image)

    def make_channels(self, folder):
        return write(folder / "flair.nii", channels(), kind=nib.Nifti2Image)


class TestPairContract(ChannelsContract):
    def make(self, folder):
        return write(folder / "flair.hdr", ramp(), kind=nib.Nifti1Pair)

    def make_channels(self, folder):
        return write(folder / "flair.hdr", channels(), kind=nib.Nifti1Pair)


class TestNifti2PairContract(ChannelsContract):
    def make(self, folder):
        return write(folder / "flair.img", ramp(), kind=nib.Nifti2Pair)

    def make_channels(self, folder):
        return write(folder / "flair.img", channels(), kind=nib.Nifti2Pair)

    def damage(self, path):
        return path.with_suffix(".hdr")


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_a_mask_keeps_every_orientation_exactly(tmp_path, order, signs, geometry):
    affine = oriented(order, signs, GEOMETRIES[geometry]).astype(np.float32).astype(np.float64)
    data = np.random.default_rng(0).integers(0, 1000, (4, 5, 6)).astype(np.int16)
    qform = 0 if geometry == "sheared" else 3
    path = write(tmp_path / "scan.nii", data, affine, sform=2, qform=qform)
    scan = read_scan(path).scan
    labels = (scan.data[0] > 500).astype(np.uint8)
    saved = write_mask(labels, scan, tmp_path / "mask.nii")

    header = nib.load(saved).header
    np.testing.assert_array_equal(nib.load(saved).affine, nib.load(path).affine)
    np.testing.assert_array_equal(header.get_qform(), nib.load(path).header.get_qform())
    assert (header["sform_code"], header["qform_code"]) == (2, qform)
    np.testing.assert_array_equal(np.asarray(nib.load(saved).dataobj), data > 500)
    if geometry == "sheared":  # SimpleITK knows no sheared grids
        np.testing.assert_array_equal(scan.affine, affine)
        return
    source, mask = sitk.ReadImage(str(path)), sitk.ReadImage(str(saved))
    np.testing.assert_allclose(itk_affine(source), scan.affine, atol=1e-4)
    assert mask.GetOrigin() == source.GetOrigin()
    assert mask.GetSpacing() == source.GetSpacing()
    assert mask.GetDirection() == source.GetDirection()
    np.testing.assert_array_equal(sitk.GetArrayFromImage(source), scan.data[0])
    np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), labels)


@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_every_orientation_of_one_head_is_shown_alike(tmp_path, order, signs):
    head = np.random.default_rng(1).integers(0, 99, (4, 5, 6)).astype(np.int16)
    image = nib.Nifti1Image(head, np.diag([2.0, 3.0, 4.0, 1.0]))
    turned = image.as_reoriented(np.stack([order, signs], axis=1))
    nib.save(turned, tmp_path / "turned.nii")
    nib.save(image, tmp_path / "straight.nii")
    views = [
        frame_for(scan.affine).apply(scan.data)
        for scan in (read_scan(tmp_path / f"{name}.nii").scan for name in ("turned", "straight"))
    ]
    np.testing.assert_array_equal(*views)
    np.testing.assert_array_equal(views[0][0], head.transpose(2, 1, 0)[:, ::-1, ::-1])


def test_a_scan_with_a_qform_only_keeps_it(tmp_path):
    path = write(tmp_path / "scan.nii.gz", ramp(), sform=0, qform=1)
    scan = read_scan(path).scan
    header = nib.load(write_mask(np.zeros(scan.grid, int), scan, tmp_path / "m.nii.gz")).header
    assert (header["sform_code"], header["qform_code"]) == (0, 1)
    np.testing.assert_array_equal(header.get_best_affine(), scan.affine)
    assert not scan.source.warnings


def test_unset_forms_are_warned_of_and_stay_unset(tmp_path):
    scan = read_scan(write(tmp_path / "scan.nii", ramp(), sform=0, qform=0)).scan
    assert "rientation is not stored" in scan.source.warnings[0]
    header = nib.load(write_mask(np.zeros(scan.grid, int), scan, tmp_path / "m.nii")).header
    assert (header["sform_code"], header["qform_code"]) == (0, 0)
    np.testing.assert_array_equal(header.get_best_affine(), scan.affine)


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1000.0), ("micron", 0.001)])
def test_other_units_are_read_as_mm_and_saved_as_they_were(tmp_path, unit, factor):
    scan = read_scan(write(tmp_path / "scan.nii", ramp(), unit=unit)).scan
    np.testing.assert_allclose(scan.affine[:3], factor * AFFINE[:3], rtol=1e-6)
    assert unit in scan.source.warnings[0]
    saved = write_mask(np.zeros(scan.grid, int), scan, tmp_path / "m.nii")
    assert nib.load(saved).header.get_xyzt_units()[0] == unit
    np.testing.assert_allclose(nib.load(saved).affine, AFFINE, rtol=1e-6)
    np.testing.assert_array_equal(read_mask(saved)[1], scan.affine)


def test_free_text_and_extensions_do_not_reach_the_mask(tmp_path):
    image = nib.Nifti1Image(ramp(), AFFINE)
    image.header["descrip"] = b"Jane Doe"
    image.header["db_name"] = b"Jane Doe"
    image.header["aux_file"] = b"Jane Doe"
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"Jane Doe"))
    nib.save(image, tmp_path / "scan.nii")
    scan = read_scan(tmp_path / "scan.nii").scan
    saved = write_mask(np.zeros(scan.grid, int), scan, tmp_path / "m.nii")
    assert b"Jane Doe" in (tmp_path / "scan.nii").read_bytes()
    assert b"Jane Doe" not in saved.read_bytes()


def test_slope_and_intercept_are_applied(tmp_path):
    image = nib.Nifti1Image(ramp(), AFFINE)
    image.header.set_slope_inter(2.0, -1000.0)
    nib.save(image, tmp_path / "scan.nii")
    raw = bytearray((tmp_path / "scan.nii").read_bytes())
    raw[352:] = ramp().T.tobytes()  # nibabel stores values that already are scaled
    (tmp_path / "scan.nii").write_bytes(raw)
    data = read_scan(tmp_path / "scan.nii").scan.data
    assert data.dtype == np.float32
    np.testing.assert_array_equal(data[0], 2.0 * ramp().T - 1000.0)


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", ">i2", "i4", "f4", ">f8", "i8"])
def test_unscaled_values_keep_their_type(tmp_path, dtype):
    image = nib.Nifti1Image(ramp(dtype=dtype), AFFINE, dtype=np.dtype(dtype))
    header = nib.Nifti1Header(endianness=">" if dtype[0] == ">" else "<")
    image = nib.Nifti1Image(ramp(dtype=dtype), AFFINE, header, dtype=np.dtype(dtype))
    nib.save(image, tmp_path / "scan.nii")
    scan = read_scan(tmp_path / "scan.nii").scan
    assert scan.data.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(scan.data[0], ramp().T)
    labels = np.ones(scan.grid, np.uint16) * 300
    found, affine = read_mask(write_mask(labels, scan, tmp_path / "m.nii"))
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_array_equal(affine, scan.affine)


def test_voxels_that_are_no_numbers_become_zero_with_a_warning(tmp_path):
    data = ramp(dtype=np.float32)
    data[0, 0, :3] = np.nan, np.inf, -np.inf
    scan = read_scan(write(tmp_path / "scan.nii", data)).scan
    assert np.isfinite(scan.data).all()
    assert scan.source.warnings[0].startswith("3 voxels")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((6, 7), (1, 1, 7, 6)),
        ((6, 7, 5, 1), (1, 5, 7, 6)),
        ((6, 7, 5, 3), (3, 5, 7, 6)),
        ((6, 7, 5, 1, 3), (3, 5, 7, 6)),
        ((6, 7, 5, 1, 1, 1), (1, 5, 7, 6)),
    ],
)
def test_axes_are_channels_and_space(tmp_path, shape, expected):
    data = np.random.default_rng(0).integers(0, 99, shape).astype(np.int16)
    scan = read_scan(write(tmp_path / "flair.nii.gz", data)).scan
    assert scan.data.shape == expected
    np.testing.assert_array_equal(scan.data.ravel(), data.ravel(order="F"))
    assert scan.channels == (
        ("FLAIR",) if expected[0] == 1 else ("volume 1", "volume 2", "volume 3")
    )
    labels = np.ones(scan.grid, int)
    found, _ = read_mask(write_mask(labels, scan, tmp_path / "m.nii.gz"))
    np.testing.assert_array_equal(found, labels)


@pytest.mark.parametrize("shape", [(6,), (2, 2, 2, 65), (2, 2, 2, 2, 2)])
def test_shapes_that_are_no_scan_are_refused(tmp_path, shape):
    path = write(tmp_path / "scan.nii", np.zeros(shape, np.int16))
    with pytest.raises(ScanError, match=r"scan\.nii"):
        read_scan(path)


def test_complex_voxels_are_refused(tmp_path):
    path = write(tmp_path / "scan.nii", np.zeros((3, 3, 3), np.complex64))
    with pytest.raises(ScanError, match="scalar"):
        read_scan(path)


@pytest.mark.parametrize("names", ["RGB", "RGBA"])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_colours_are_three_channels_with_a_warning(tmp_path, names, suffix):
    colours = np.random.default_rng(0).integers(0, 255, (6, 7, 5, len(names))).astype(np.uint8)
    voxels = colours.view([(name, "u1") for name in names])[..., 0]
    scan = read_scan(write(tmp_path / f"scan{suffix}", voxels)).scan
    assert scan.channels == ("red", "green", "blue")
    np.testing.assert_array_equal(scan.data, colours[..., :3].T)
    assert "colour" in scan.source.warnings[0]
    saved = write_mask(scan.data[0] > 99, scan, tmp_path / "m.nii")
    np.testing.assert_array_equal(
        nib.load(saved).affine, nib.load(tmp_path / f"scan{suffix}").affine
    )


def test_colours_of_several_volumes_are_named(tmp_path):
    colours = np.random.default_rng(0).integers(0, 255, (6, 7, 5, 2, 3)).astype(np.uint8)
    voxels = colours.view([(name, "u1") for name in "RGB"])[..., 0]
    scan = read_scan(write(tmp_path / "scan.nii", voxels)).scan
    assert scan.channels[:3] == ("red, volume 1", "red, volume 2", "green, volume 1")
    np.testing.assert_array_equal(scan.data[1], colours[..., 1, 0].T)
    np.testing.assert_array_equal(scan.data[2], colours[..., 0, 1].T)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_a_file_that_was_packed_or_unpacked_behind_its_name_opens_all_the_same(tmp_path, kind):
    whole = write(tmp_path / "scan.nii", ramp(), kind=kind)
    expected = read_scan(whole).scan
    content = whole.read_bytes()
    (tmp_path / "unpacked.nii.gz").write_bytes(content)
    (tmp_path / "packed.nii").write_bytes(gzip.compress(content))
    for name in ("unpacked.nii.gz", "packed.nii"):
        scan = read_scan(tmp_path / name).scan
        np.testing.assert_array_equal(scan.data, expected.data)
        np.testing.assert_array_equal(scan.affine, expected.affine)
        saved = write_mask(scan.data[0] > 50, scan, tmp_path / f"mask of {name}")
        np.testing.assert_array_equal(np.asarray(nib.load(saved).dataobj).T, scan.data[0] > 50)


def test_damage_in_a_file_packed_behind_its_name_is_noticed(tmp_path):
    content = bytearray(gzip.compress(write(tmp_path / "scan.nii", ramp()).read_bytes()))
    content[-6] ^= 1  # of the checksum
    (tmp_path / "packed.nii").write_bytes(content)
    with pytest.raises(ScanError, match=r"packed\.nii: could not be decoded"):
        read_scan(tmp_path / "packed.nii")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_bytes_to_spare_are_told_and_many_refused(tmp_path, suffix):
    content = write(tmp_path / "whole.nii", ramp()).read_bytes()
    pack = gzip.compress if suffix.endswith("gz") else bytes
    path = tmp_path / f"scan{suffix}"
    path.write_bytes(pack(content + bytes(100)))
    assert f"{path.name} holds 100 bytes more" in read_scan(path).scan.source.warnings[0]
    path.write_bytes(pack(content + bytes(2**20 + 1)))
    with pytest.raises(
        ScanError, match=r"1,360 bytes, and the file goes on for more than 1,048,576"
    ):
        read_scan(path)


def test_voxels_that_begin_within_the_header_are_refused(tmp_path):
    content = bytearray(write(tmp_path / "scan.nii", ramp()).read_bytes())
    content[108:112] = bytes(4)  # vox_offset: the header would be shown as voxels
    (tmp_path / "scan.nii").write_bytes(content)
    with pytest.raises(ScanError, match=r"scan\.nii: .* byte 0, within the header of 348 bytes"):
        read_scan(tmp_path / "scan.nii")


def test_two_places_that_disagree_are_told_and_both_are_kept(tmp_path):
    image = nib.Nifti1Image(ramp(), AFFINE)
    moved = AFFINE.copy()
    moved[:3, 3] += (3, 0, 4)
    image.set_sform(AFFINE, code=2)
    image.set_qform(moved, code=1)
    nib.save(image, tmp_path / "scan.nii")
    scan = read_scan(tmp_path / "scan.nii").scan
    np.testing.assert_allclose(scan.affine, AFFINE, rtol=1e-6)
    assert "sform and qform) that are up to 5.0 mm apart" in scan.source.warnings[0]
    header = nib.load(write_mask(scan.data[0] > 50, scan, tmp_path / "m.nii")).header
    np.testing.assert_allclose(header.get_sform(), AFFINE, rtol=1e-6)
    np.testing.assert_allclose(header.get_qform(), moved, rtol=1e-6)
    assert (header["sform_code"], header["qform_code"]) == (2, 1)


def test_places_that_differ_by_rounding_are_not_told(tmp_path):
    image = nib.Nifti1Image(ramp(), AFFINE)
    moved = AFFINE.copy()
    moved[:3, 3] += 0.1
    image.set_sform(AFFINE, code=2)
    image.set_qform(moved, code=1)
    nib.save(image, tmp_path / "scan.nii")
    assert read_scan(tmp_path / "scan.nii").scan.source.warnings == ()


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_small_file_that_claims_terabytes_is_refused_with_the_number(tmp_path, suffix):
    header = nib.Nifti1Header()
    header.set_data_shape((32767, 32767, 1800))
    header["vox_offset"] = 352
    content = header.binaryblock + bytes(4) + bytes(1_000_000)
    path = tmp_path / f"bomb{suffix}"
    path.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    with pytest.raises(ScanError, match=r"7,730,469,\d+,\d+ bytes"):
        read_scan(path)


def test_a_flipped_byte_in_compressed_voxels_is_noticed(tmp_path):
    noise = np.random.default_rng(0).integers(-999, 999, (9, 9, 9)).astype(np.int16)
    path = write(tmp_path / "scan.nii.gz", noise)
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(ScanError, match=r"scan\.nii\.gz"):
        read_scan(path)


@settings(max_examples=40)
@given(
    angles=st.tuples(*3 * [st.floats(-180, 180)]),
    spacing=st.tuples(*3 * [st.floats(0.05, 20)]),
    origin=st.tuples(*3 * [st.floats(-500, 500)]),
)
def test_an_affine_from_another_source_is_saved_to_seven_digits(
    tmp_path_factory, angles, spacing, origin
):
    from napari_brainseg.scan import Scan, Source

    affine = np.eye(4)
    affine[:3, :3] = rotation(angles) @ np.diag(spacing)
    affine[:3, 3] = origin
    scan = Scan(np.zeros((1, 2, 3, 4), np.uint8), affine, ("image",), Source("scan"))
    path = tmp_path_factory.mktemp("affine") / "mask.nii"
    write_mask(np.zeros(scan.grid, int), scan, path)
    image = nib.load(path)
    np.testing.assert_allclose(image.affine, affine, rtol=1e-6, atol=1e-6)
    assert image.header["sform_code"] == image.header["qform_code"] == 1
    np.testing.assert_allclose(image.header.get_qform(), affine, atol=2e-3 * max(spacing))
    assert image.header.get_xyzt_units()[0] == "mm"


@pytest.mark.parametrize("name", ["flair", "t1_pre", "t1_post", "t2"])
def test_real_scans_keep_their_geometry(shared, tmp_path, name):
    path = shared / "scans" / "mr_clinical" / f"{name}.nii.gz"
    scan = read_scan(path).scan
    assert scan.grid[0] == 26
    assert not scan.source.warnings
    names = {"flair": "FLAIR", "t1_pre": "pre-contrast", "t1_post": "post-contrast", "t2": "T2"}
    assert scan.channels == (names[name],)
    saved = write_mask(scan.data[0] > 300, scan, tmp_path / "mask.nii.gz")
    source, mask = sitk.ReadImage(str(path)), sitk.ReadImage(str(saved))
    assert mask.GetDirection() == source.GetDirection()
    assert mask.GetOrigin() == source.GetOrigin()
    np.testing.assert_array_equal(nib.load(saved).affine, nib.load(path).affine)
    np.testing.assert_array_equal(
        sitk.GetArrayFromImage(mask), sitk.GetArrayFromImage(source) > 300
    )


@pytest.mark.parametrize("kind", [nib.Nifti1Pair, nib.Nifti2Pair])
@pytest.mark.parametrize("chosen", ["SCAN.HDR", "scan.hdr", "scan.img"])
def test_a_pair_opens_by_either_file_and_lends_its_forms_to_the_mask(tmp_path, kind, chosen):
    write(tmp_path / "scan.img", ramp(), sform=2, qform=3, kind=kind)
    if chosen.isupper():
        for suffix in (".hdr", ".img"):
            (tmp_path / f"scan{suffix}").rename(tmp_path / f"SCAN{suffix.upper()}")
    scan = read_scan(tmp_path / chosen).scan
    assert [file.suffix.lower() for file in scan.source.files] == [".hdr", ".img"]
    np.testing.assert_allclose(scan.affine, AFFINE, rtol=1e-6)
    np.testing.assert_array_equal(scan.data[0], ramp().T)
    header = nib.load(write_mask(np.ones(scan.grid, int), scan, tmp_path / "m.nii")).header
    assert (header["sform_code"], header["qform_code"]) == (2, 3)
    np.testing.assert_array_equal(header.get_best_affine(), scan.affine)
    second = issubclass(kind, nib.Nifti2Pair)
    assert header["sizeof_hdr"] == (540 if second else 348)


@pytest.mark.parametrize("name", ["a.img", "a.img.gz"])
@pytest.mark.parametrize("kind", [nib.Nifti1Pair, nib.Nifti2Pair])
def test_the_voxels_of_a_pair_may_be_packed(tmp_path, kind, name):
    voxels = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    image = kind(voxels, np.diag([-1, 1, 3, 1.0]))
    image.header.set_slope_inter(2, -5)
    nib.save(image, tmp_path / "a.hdr")
    stored = (tmp_path / "a.img").read_bytes()
    (tmp_path / "a.img").unlink()
    (tmp_path / name).write_bytes(gzip.compress(stored))
    scan = read_scan(tmp_path / "a.hdr").scan
    np.testing.assert_array_equal(scan.data[0], 2 * voxels.T - 5)
    (tmp_path / name).write_bytes(gzip.compress(stored)[:-9])
    with pytest.raises(ScanError, match=rf"^{name}: "):
        read_scan(tmp_path / "a.hdr")


def test_half_a_pair_is_refused(tmp_path):
    write(tmp_path / "scan.img", ramp(), kind=nib.Nifti1Pair)
    (tmp_path / "scan.img").rename(tmp_path / "other.img")
    for name, missing in (("scan.hdr", r"scan\.img"), ("other.img", r"other\.hdr")):
        with pytest.raises(ScanError, match=f"^{name}: {missing} is not beside it"):
            read_scan(tmp_path / name)


@pytest.mark.parametrize("length", [0, 100, 1007])
def test_voxels_of_a_pair_cut_short_are_refused_with_the_numbers(tmp_path, length):
    write(tmp_path / "scan.img", ramp(), kind=nib.Nifti1Pair)
    with (tmp_path / "scan.img").open("rb+") as stream:
        stream.truncate(length)
    with pytest.raises(ScanError, match=rf"^scan\.img: .*1,008 bytes .* has {length:,} bytes"):
        read_scan(tmp_path / "scan.hdr")


@pytest.mark.parametrize("kind", [nib.AnalyzeImage, nib.Spm99AnalyzeImage, nib.Spm2AnalyzeImage])
def test_analyze_is_refused_because_it_does_not_tell_left_from_right(tmp_path, kind):
    nib.save(kind(ramp(), np.diag([-2.0, 2, 2, 1])), tmp_path / "scan.img")
    for name in ("scan.hdr", "scan.img"):
        with pytest.raises(ScanError, match=r"scan\.hdr: .*left from right"):
            read_scan(tmp_path / name)


def test_other_files_called_hdr_or_img_are_left_to_others(tmp_path):
    (tmp_path / "radiance.hdr").write_bytes(b"#?RADIANCE" + bytes(400))
    (tmp_path / "disk.img").write_bytes(bytes(400))
    assert not can_read(tmp_path / "radiance.hdr")
    assert not can_read(tmp_path / "disk.img")
    with pytest.raises(ScanError, match=r"^radiance\.hdr"):
        read_scan(tmp_path / "radiance.hdr")
