"""NIfTI headers that other programs read, and that must not be called damaged."""

from __future__ import annotations

import bz2
import gzip
import lzma

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from imagecodecs import zstd_encode

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan, write_mask

AFFINE = np.diag([2, 2.5, 3, 1.0])
VOXELS = np.arange(210, dtype=np.int16).reshape(5, 6, 7)
ZEROS = {"srow_x": [0] * 4, "srow_y": [0] * 4, "srow_z": [0] * 4}


def write(path, kind=nib.Nifti1Image, **fields):
    """Write an image with both forms, then change fields of its header as they are stored."""
    image = kind(VOXELS, AFFINE)
    image.set_qform(AFFINE, 1)
    image.set_sform(AFFINE, 1)
    content = bytearray(image.to_bytes())
    size = len(image.header.binaryblock)
    header = type(image.header)(bytes(content[:size]), check=False)
    for name, value in fields.items():
        header[name] = value
    content[:size] = header.binaryblock
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def turned(factor):
    """Make a quaternion of the length given."""
    b, c, d = np.array([0.6, 0.48, 0.64]) / np.linalg.norm([0.6, 0.48, 0.64]) * factor
    return {"sform_code": 0, "quatern_b": b, "quatern_c": c, "quatern_d": d}


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("excess", [1e-6, 1e-4, 5e-3])
def test_a_quaternion_too_long_by_rounding_is_a_rotation(tmp_path, kind, suffix, excess):
    exact = read_scan(write(tmp_path / f"a{suffix}", kind, **turned(1 - 1e-7))).scan
    scan = read_scan(write(tmp_path / f"b{suffix}", kind, **turned(1 + excess))).scan
    np.testing.assert_array_equal(scan.data, exact.data)
    np.testing.assert_allclose(scan.affine, exact.affine, atol=1e-2)
    # What nibabel refuses to read must not be in a mask.
    mask = nib.load(write_mask(np.ones(scan.grid, bool), scan, tmp_path / "mask.nii.gz"))
    np.testing.assert_allclose(mask.affine, scan.affine, atol=1e-5)


def test_a_number_that_is_none_in_any_of_its_bits_gives_no_warning(tmp_path):
    path = write(tmp_path / "a.nii")
    content = bytearray(path.read_bytes())
    content[256:260] = bytes.fromhex("0000a07f")  # a signalling NaN, in the quaternion
    path.write_bytes(content)
    np.testing.assert_allclose(read_scan(path).scan.affine, AFFINE)


@pytest.mark.parametrize("stated", [-2, -0.5, 0, 0.5, 3, np.nan])
def test_slices_go_the_way_that_itk_reads_whatever_the_sign_is_called(tmp_path, stated):
    pixdim = [stated, 2, 2.5, 3, 0, 0, 0, 0]
    path = write(tmp_path / "a.nii", sform_code=0, pixdim=pixdim)
    image = sitk.ReadImage(str(path))
    scan = read_scan(path).scan
    assert scan.affine[2, 2] == pytest.approx(image.GetDirection()[8] * image.GetSpacing()[2])
    mask = write_mask(np.ones(scan.grid, bool), scan, tmp_path / "mask.nii.gz")
    np.testing.assert_allclose(nib.load(mask).affine, scan.affine, atol=1e-5)


def test_an_origin_beyond_all_measure_is_refused(tmp_path):
    with pytest.raises(ScanError, match=r"^a: the affine .* does not place voxels in space"):
        read_scan(write(tmp_path / "a.nii", srow_x=[2, 0, 0, 1e12]))


def test_a_quaternion_much_too_long_is_named(tmp_path):
    with pytest.raises(ScanError, match=r"a\.nii: .*no rotation.*length 1\.5"):
        read_scan(write(tmp_path / "a.nii", **turned(1.5)))


def test_a_quaternion_does_not_matter_beside_an_sform(tmp_path):
    scan = read_scan(write(tmp_path / "a.nii", **turned(1.5) | {"sform_code": 1})).scan
    np.testing.assert_array_equal(scan.affine, AFFINE)


def test_an_empty_sform_gives_way_to_the_qform(tmp_path):
    scan = read_scan(write(tmp_path / "a.nii", **ZEROS)).scan
    np.testing.assert_allclose(scan.affine, AFFINE)
    mask = nib.load(write_mask(np.ones(scan.grid, bool), scan, tmp_path / "mask.nii"))
    np.testing.assert_allclose(mask.affine, AFFINE)


def test_an_empty_sform_alone_is_refused(tmp_path):
    with pytest.raises(ScanError, match="does not place voxels"):
        read_scan(write(tmp_path / "a.nii", **ZEROS | {"qform_code": 0}))


def test_a_voxel_size_of_zero_is_told(tmp_path):
    path = write(tmp_path / "a.nii", sform_code=0, pixdim=[1, 0, 0, 0, 0, 0, 0, 0])
    assert any("voxel size of 0" in note for note in read_scan(path).scan.source.warnings)


@pytest.mark.parametrize(
    "rows",
    [{"srow_x": [np.nan] * 4}, {"srow_x": [0] * 4}, {"srow_y": [2, 0, 0, 0]}],
    ids=["NaN", "empty row", "flat"],
)
def test_an_sform_that_places_nothing_gives_way_to_the_qform(tmp_path, rows):
    scan = read_scan(write(tmp_path / "a.nii", **rows)).scan
    np.testing.assert_allclose(scan.affine, AFFINE)
    mask = nib.load(write_mask(np.ones(scan.grid, bool), scan, tmp_path / "mask.nii"))
    np.testing.assert_allclose(mask.affine, AFFINE)


def test_a_quaternion_that_is_none_does_not_hinder_saving(tmp_path):
    scan = read_scan(write(tmp_path / "a.nii", quatern_b=np.nan)).scan
    np.testing.assert_array_equal(scan.affine, AFFINE)
    mask = nib.load(write_mask(np.ones(scan.grid, bool), scan, tmp_path / "mask.nii"))
    np.testing.assert_array_equal(mask.affine, AFFINE)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"datatype": 1}, r"of type 1 \(binary, of one bit\)"),
        ({"datatype": 0}, r"of type 0 \(unknown\)"),
        ({"datatype": 99}, "of type 99, expected"),
        ({"datatype": 1536}, "128 bits"),
        ({"dim": [0, 5, 6, 7, 1, 1, 1, 1]}, "0 axes, expected 1 to 7"),
        ({"dim": [3, 5, 0, 7, 1, 1, 1, 1]}, "there are no voxels"),
        ({"vox_offset": 16}, "begin at byte 16, within the header"),
        ({"scl_slope": 1, "scl_inter": np.nan}, "intercept nan"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_header_that_no_image_can_have_is_named(tmp_path, kind, fields, told):
    for name in ("a.nii", "a.nii.gz"):
        with pytest.raises(ScanError, match=told):
            read_scan(write(tmp_path / name, kind, **fields))


def test_a_header_without_the_mark_of_nifti_may_be_analyze(tmp_path):
    for name in ("a.nii", "a.nii.gz"):
        with pytest.raises(ScanError, match=r"lacks the mark of NIfTI.*left from right"):
            read_scan(write(tmp_path / name, magic=b""))


@pytest.mark.parametrize("size", [0, 7, 15, 2**31 - 16, -16])
def test_an_extension_that_is_none_does_not_hide_the_image(tmp_path, size):
    image = nib.Nifti1Image(VOXELS, AFFINE)
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"Doe" * 30))
    content = bytearray(image.to_bytes())
    content[352:356] = size.to_bytes(4, "little", signed=True)
    (tmp_path / "a.nii").write_bytes(content)
    scan = read_scan(tmp_path / "a.nii").scan
    np.testing.assert_array_equal(scan.data[0].T, VOXELS)
    mask = write_mask(np.ones(scan.grid, bool), scan, tmp_path / "mask.nii")
    assert b"Doe" not in mask.read_bytes()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "Git LFS"),
        (b"/annex/objects/MD5E-s12--00.nii.gz\n", "git-annex"),
        (b"<!DOCTYPE html><html>404</html>" * 20, "web page"),
    ],
    ids=["empty", "LFS", "annex", "HTML"],
)
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha", ".tif", ".mgz", ".png"])
def test_what_lies_in_the_place_of_a_file_is_told(tmp_path, content, told, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(ScanError, match=told):
        read_scan(path)


def test_a_slope_that_makes_all_values_infinite_is_refused(tmp_path):
    path = tmp_path / "a.nii"
    image = nib.Nifti1Image(np.arange(60, dtype=np.int16).reshape(3, 4, 5), np.eye(4))
    content = bytearray(image.to_bytes())
    content[112:116] = np.float32(3e38).tobytes()
    path.write_bytes(content)
    with pytest.raises(ScanError, match=r"slope 3e\+38"):
        read_scan(path)


@pytest.mark.parametrize("name", ["a.zip", "a.nii.gz", "a.dcm", "a.tif", "a.nrrd"])
def test_an_archive_is_called_one_whatever_its_name(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04" + bytes(600))
    with pytest.raises(ScanError, match=r"is an archive \(ZIP\)"):
        read_scan(tmp_path / name)


@pytest.mark.parametrize("name", ["a.nii.bz2", "a.nii", "a.nii.gz", "a"])
@pytest.mark.parametrize(
    ("pack", "kind"),
    [(bz2.compress, "bzip2"), (lzma.compress, "xz"), (zstd_encode, "Zstandard")],
)
def test_what_no_reader_unpacks_is_called_what_it_is(tmp_path, name, pack, kind):
    (tmp_path / name).write_bytes(pack(nib.Nifti1Image(VOXELS, AFFINE).to_bytes()))
    with pytest.raises(ScanError, match=rf"is an archive \({kind}\)"):
        read_scan(tmp_path / name)


@pytest.mark.parametrize("name", ["a.nii.gz.part", "a.nii (1).gz", "a.tgz"])
def test_what_is_packed_under_a_name_that_does_not_say_so_is_told(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(bytes(999)))
    with pytest.raises(ScanError, match="is packed by gzip, and its name does not say what"):
        read_scan(tmp_path / name)


def test_what_is_packed_twice_or_holds_a_tar_is_told(tmp_path):
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(gzip.compress(bytes(999))))
    with pytest.raises(ScanError, match="packed by gzip once more"):
        read_scan(path)
    path.write_bytes(gzip.compress(bytes(257) + b"ustar" + bytes(999)))
    with pytest.raises(ScanError, match=r"packed in it is an archive \(tar\)"):
        read_scan(path)


def test_colours_are_not_rescaled(tmp_path):
    colours = np.zeros((5, 6, 7), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colours["G"] = VOXELS
    image = nib.Nifti1Image(colours, AFFINE)
    content = bytearray(image.to_bytes())
    header = nib.Nifti1Header(bytes(content[:348]), check=False)
    header["scl_slope"], header["scl_inter"] = 2, 1
    (tmp_path / "a.nii").write_bytes(header.binaryblock + content[348:])
    scan = read_scan(tmp_path / "a.nii").scan
    np.testing.assert_array_equal(scan.data[1], VOXELS.T)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_what_is_mended_on_the_way_prints_nothing(tmp_path, capfd, kind, suffix):
    path = write(tmp_path / f"a{suffix}", kind, pixdim=[0, -2, 2.5, -3, 0, 0, 0, 0])
    scan = read_scan(path).scan
    np.testing.assert_allclose(scan.affine, AFFINE)
    write_mask(np.ones(scan.grid, bool), scan, tmp_path / "mask.nii.gz")
    assert capfd.readouterr() == ("", "")
