"""NIfTI headers that other programs read, and that must not be called damaged."""

from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np
import pytest

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
