"""Saving: what is refused, and that no earlier file is ever lost."""

from __future__ import annotations

import os

import numpy as np
import pytest
import SimpleITK as sitk
from contracts.geometry import GEOMETRIES, ORIENTATIONS, itk_affine, oriented

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io import default_mask_path, read_mask, save, write_mask
from napari_brainseg.scan import Scan, Source

SUFFIXES = [".nii", ".nii.gz", ".nrrd", ".mha", ".tif"]
ONES = np.ones((3, 4, 5), np.uint8)


@pytest.fixture
def scan():
    affine = np.diag([-0.9, -0.8, 5.0, 1.0])
    return Scan(np.zeros((1, 3, 4, 5)), affine, ("image",), Source("head"))


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_mask_of_any_of_48_orientations_keeps_voxels_and_affine(tmp_path, suffix, geometry):
    labels = np.random.default_rng(0).integers(0, 4, (3, 4, 5)).astype(np.uint8)
    for number, (order, signs) in enumerate(ORIENTATIONS):
        affine = oriented(order, signs, GEOMETRIES[geometry])
        scan = Scan(np.zeros((1, 3, 4, 5)), affine, ("image",), Source("head"))
        path = write_mask(labels, scan, tmp_path / f"{number}{suffix}")
        found, found_affine = read_mask(path)
        np.testing.assert_array_equal(found, labels)
        np.testing.assert_allclose(found_affine, affine, rtol=1e-6, atol=1e-6)
        # TIFF has no field for an orientation that ITK would read, and ITK no NIfTI with a shear.
        if suffix in (".nrrd", ".mha") or (suffix != ".tif" and geometry != "sheared"):
            image = sitk.ReadImage(str(path))
            np.testing.assert_array_equal(sitk.GetArrayFromImage(image), labels)
            np.testing.assert_allclose(itk_affine(image), affine, rtol=1e-6, atol=1e-5)


def leftovers(folder):
    return [file.name for file in folder.iterdir() if file.name.startswith(".")]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_existing_file_is_replaced_only_on_request(scan, tmp_path, suffix):
    path = write_mask(ONES, scan, tmp_path / f"mask{suffix}")
    with pytest.raises(SaveError, match="exists"):
        write_mask(0 * ONES, scan, path)
    assert read_mask(path)[0].all()
    write_mask(0 * ONES, scan, path, overwrite=True)
    assert not read_mask(path)[0].any()
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("step", ["_write", "verify_written", "os.fsync", "os.replace"])
def test_a_failure_at_any_step_leaves_the_earlier_file(scan, tmp_path, monkeypatch, suffix, step):
    path = write_mask(ONES, scan, tmp_path / f"mask{suffix}")
    before = path.read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device", "/secret/folder/file")

    target, name = (os, step[3:]) if step.startswith("os.") else (save, step)
    monkeypatch.setattr(target, name, fail)
    with pytest.raises(SaveError, match="No space left on device") as error:
        write_mask(0 * ONES, scan, path, overwrite=True)
    assert "/secret" not in str(error.value)
    assert path.read_bytes() == before
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_reads_back_differently_is_not_kept(scan, tmp_path, monkeypatch, suffix):
    write = save._write
    monkeypatch.setattr(save, "_write", lambda path, labels, *rest: write(path, 0 * labels, *rest))
    with pytest.raises(SaveError, match="voxels did not read back"):
        write_mask(ONES, scan, tmp_path / f"mask{suffix}")
    assert not list(tmp_path.iterdir())


def test_a_file_cut_short_while_writing_is_not_kept(scan, tmp_path, monkeypatch):
    write = save._write

    def cut(path, *rest):
        write(path, *rest)
        os.truncate(path, 100)

    monkeypatch.setattr(save, "_write", cut)
    with pytest.raises(SaveError, match="could not be read back"):
        write_mask(ONES, scan, tmp_path / "mask.nii.gz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.ones((3, 4, 4), int), "shape"),
        (np.ones((3, 4, 5)), "whole numbers"),
        (-np.ones((3, 4, 5), int), "from -1"),
        (np.full((3, 4, 5), 65536), "to 65536"),
    ],
)
def test_masks_that_cannot_be_saved_faithfully_are_refused(scan, tmp_path, labels, reason):
    with pytest.raises(SaveError, match=reason):
        write_mask(labels, scan, tmp_path / "mask.nii")
    assert not list(tmp_path.iterdir())


def test_places_that_take_no_mask_are_refused(scan, tmp_path):
    (tmp_path / "folder.nii").mkdir()
    for name, reason in (
        ("mask.png", "saved as"),
        ("mask", "saved as"),
        ("nowhere/mask.nii", "does not exist"),
        ("folder.nii", "a folder has this name"),
    ):
        with pytest.raises(SaveError, match=reason):
            write_mask(ONES, scan, tmp_path / name, overwrite=True)


def test_a_link_is_written_through(scan, tmp_path):
    real = write_mask(ONES, scan, tmp_path / "real.nii")
    link = tmp_path / "link.nii"
    link.symlink_to(real)
    write_mask(0 * ONES, scan, link, overwrite=True)
    assert link.is_symlink()
    assert not read_mask(real)[0].any()


def test_a_link_to_the_scan_is_the_scan(tmp_path):
    source = tmp_path / "scan.nii"
    source.write_bytes(b"precious")
    (tmp_path / "alias.nii").symlink_to(source)
    scan = Scan(np.zeros((1, 3, 4, 5)), np.eye(4), ("image",), Source("scan", (source,)))
    with pytest.raises(SaveError, match="the scan itself"):
        write_mask(ONES, scan, tmp_path / "alias.nii", overwrite=True)
    assert source.read_bytes() == b"precious"


def test_new_files_have_the_usual_permissions(scan, tmp_path):
    (tmp_path / "usual").touch()
    path = write_mask(ONES, scan, tmp_path / "mask.nii")
    assert path.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_scan_that_is_not_on_disk_is_saved_at_home(scan, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert default_mask_path(scan) == tmp_path / "head_mask.nii.gz"


def test_an_image_is_no_mask(tmp_path):
    import nibabel as nib

    for values in (np.full((3, 3, 3), 0.5), np.full((3, 3, 3), -1.0), np.zeros((3, 3, 3, 2))):
        nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "image.nii")
        with pytest.raises(ScanError, match="Choose a mask file"):
            read_mask(tmp_path / "image.nii")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_mask_is_said_to_be_missing(tmp_path, suffix):
    with pytest.raises(ScanError, match="there is no such file"):
        read_mask(tmp_path / f"gone{suffix}")


def test_a_mask_stored_as_real_numbers_is_a_mask(tmp_path):
    import nibabel as nib

    nib.save(nib.Nifti1Image(np.full((3, 3, 3), 2.0), np.eye(4)), tmp_path / "mask.nii")
    labels, _ = read_mask(tmp_path / "mask.nii")
    assert labels.dtype == np.uint8
    assert (labels == 2).all()
