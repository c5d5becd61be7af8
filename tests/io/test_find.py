"""Finding the scans of a folder by names and headers."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
import tifffile
from dicom_series import write_series
from PIL import Image

from napari_brainseg.errors import ScanError
from napari_brainseg.io import find_scans, read_scan, write_mask


def nifti(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.eye(4)), path)
    return path


def slices(folder, count=3):
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        tifffile.imwrite(folder / f"{folder.name}_{number}.tif", np.zeros((6, 7), np.uint8))
    return folder


def found(folder, **options):
    return [scan.path.relative_to(folder).as_posix() for scan in find_scans(folder, **options)]


def test_volumes_are_found_in_folders_of_folders_in_natural_order(tmp_path):
    for name in ("p10/flair.nii.gz", "p2/t1.nii", "p2/a/flair.nii.gz", "zero.nii.gz"):
        nifti(tmp_path / name)
    assert found(tmp_path) == ["zero.nii.gz", "p2/t1.nii", "p2/a/flair.nii.gz", "p10/flair.nii.gz"]


def test_masks_sidecars_and_hidden_files_are_no_scans(tmp_path):
    scan = read_scan(nifti(tmp_path / "flair.nii.gz")).scan
    write_mask(np.zeros(scan.grid, np.uint8), scan, tmp_path / "flair_mask.nii.gz")
    write_mask(np.zeros(scan.grid, np.uint8), scan, tmp_path / "flair_mask.tif")
    (tmp_path / "flair_mask.json").write_text("{}")
    nifti(tmp_path / "._flair.nii.gz")
    nifti(tmp_path / ".cache" / "t1.nii.gz")
    assert found(tmp_path) == ["flair.nii.gz"]


def test_a_pair_of_header_and_voxels_is_one_scan(tmp_path):
    nib.save(nib.Nifti1Pair(np.zeros((4, 5, 6), np.int16), np.eye(4)), tmp_path / "t1.img")
    (tmp_path / "other.hdr").write_text("ENVI")
    assert found(tmp_path) == ["t1.hdr"]


def test_each_dicom_series_is_one_scan_even_in_one_folder(tmp_path):
    for uid, description in (("1.9", "Ax T1"), ("1.8", "Ax FLAIR")):
        write_series(tmp_path / uid, series=uid, SeriesDescription=description)
        for file in list((tmp_path / uid).iterdir()):
            file.rename(tmp_path / f"{uid}_{file.name}")
        (tmp_path / uid).rmdir()
    listed = list(find_scans(tmp_path))
    assert [scan.path for scan in listed] == [tmp_path, tmp_path]
    assert [scan.title for scan in listed] == ["Ax FLAIR", "Ax T1"]
    for scan in listed:
        assert read_scan(scan.path, series=scan.series).scan.source.name == scan.name


def test_a_dicom_series_that_cannot_be_opened_says_why(tmp_path):
    write_series(tmp_path / "s", PhotometricInterpretation="PALETTE COLOR")
    (scan,) = find_scans(tmp_path)
    assert "expected greyscale" in scan.problem


def test_a_folder_of_slices_is_one_scan_and_its_masks_none(tmp_path):
    folder = slices(tmp_path / "TCGA_1")
    for file in list(folder.iterdir()):
        tifffile.imwrite(file.with_name(f"{file.stem}_mask.tif"), np.zeros((6, 7), np.uint8))
    (scan,) = find_scans(tmp_path)
    assert (scan.path, scan.name) == (folder, "TCGA_1")
    assert found(folder) == ["."]


def test_stacks_are_a_scan_each(tmp_path):
    for name in ("a.tif", "b.tif"):
        tifffile.imwrite(tmp_path / name, np.zeros((5, 6, 7), np.uint8))
    assert found(tmp_path) == ["a.tif", "b.tif"]


def test_pictures_beside_volumes_are_figures(tmp_path):
    nifti(tmp_path / "flair.nii.gz")
    Image.fromarray(np.zeros((6, 7), np.uint8)).save(tmp_path / "overview.png")
    assert found(tmp_path) == ["flair.nii.gz"]
    (tmp_path / "flair.nii.gz").unlink()
    assert found(tmp_path) == ["overview.png"]


def test_a_folder_can_be_left_out(tmp_path):
    nifti(tmp_path / "set" / "flair.nii.gz")
    nifti(tmp_path / "flair.nii.gz")
    assert found(tmp_path, leave_out=lambda folder: folder.name == "set") == ["flair.nii.gz"]


def test_links_are_followed_but_not_in_circles(tmp_path):
    nifti(tmp_path / "elsewhere" / "flair.nii.gz")
    root = tmp_path / "root"
    root.mkdir()
    try:
        (root / "patient").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "elsewhere" / "back").symlink_to(root)
    except OSError:
        pytest.skip("links need permission here")
    assert found(root) == ["patient/flair.nii.gz"]


def test_a_folder_that_cannot_be_listed_is_said(tmp_path):
    with pytest.raises(ScanError, match="cannot be listed"):
        list(find_scans(tmp_path / "gone"))
