"""FreeSurfer's volumes, against nibabel."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from contracts.format_contract import ChannelsContract
from contracts.geometry import GEOMETRIES, ORIENTATIONS, oriented

from napari_brainseg.io import default_mask_path, find_scans, read_scan

AFFINE = oriented((0, 1, 2), (1, 1, 1), GEOMETRIES["oblique"])


def ramp():
    """Slices ``z`` of value ``10 * z``, in nibabel's order of axes."""
    return np.broadcast_to(10 * np.arange(12, dtype=np.int16), (7, 6, 12)).copy()


class TestMgzContract(ChannelsContract):
    suffix = ".mgz"

    def make(self, folder):
        return self.write(folder, ramp())

    def make_channels(self, folder):
        return self.write(folder, np.stack([ramp(), ramp() + 100], axis=-1))

    def write(self, folder, voxels):
        path = folder / f"T1{self.suffix}"
        nib.save(nib.MGHImage(voxels, AFFINE), path)
        return path


class TestMghContract(TestMgzContract):
    suffix = ".mgh"


@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS[::5])
@pytest.mark.parametrize("geometry", ["anisotropic", "oblique"])
def test_voxels_lie_where_nibabel_says(tmp_path, order, signs, geometry):
    affine = oriented(order, signs, GEOMETRIES[geometry])
    voxels = np.random.default_rng(0).integers(0, 255, (5, 6, 7)).astype(np.uint8)
    nib.save(nib.MGHImage(voxels, affine), tmp_path / "a.mgz")
    scan = read_scan(tmp_path / "a.mgz").scan
    np.testing.assert_array_equal(scan.data[0], voxels.T)
    np.testing.assert_allclose(scan.affine, affine, atol=1e-4)


def test_a_file_without_orientation_says_so(tmp_path):
    nib.save(nib.MGHImage(np.zeros((5, 6, 7), np.uint8), np.eye(4)), tmp_path / "a.mgh")
    content = bytearray((tmp_path / "a.mgh").read_bytes())
    content[28:30] = bytes(2)  # the RAS flag
    (tmp_path / "a.mgh").write_bytes(content)
    assert "left and right are a guess" in read_scan(tmp_path / "a.mgh").scan.source.warnings[0]


def test_it_is_found_in_a_folder_and_its_mask_is_nifti(tmp_path):
    nib.save(nib.MGHImage(ramp(), AFFINE), tmp_path / "T1.mgz")
    (found,) = find_scans(tmp_path)
    assert found.name == "T1"
    assert default_mask_path(read_scan(found.path).scan).name == "T1_mask.nii.gz"
