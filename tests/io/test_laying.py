"""Masks on the voxels of a scan, in another order, cropped, or with a scale."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from contracts.geometry import GEOMETRIES, ORIENTATIONS, oriented

from napari_brainseg.errors import ScanError
from napari_brainseg.io import laid_on, read_mask, read_mask_on, read_scan
from napari_brainseg.io.label_values import whole_labels
from napari_brainseg.scan import Scan, Source

GRID = (4, 5, 6)
LABELS = np.random.default_rng(0).integers(0, 4, GRID).astype(np.uint8)


def scan_of(affine: np.ndarray) -> Scan:
    return Scan(np.zeros((1, *GRID)), affine, ("image",), Source("head"))


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_mask_in_any_of_48_orders_lies_voxel_on_voxel(geometry):
    scan = scan_of(oriented((0, 1, 2), (1, 1, 1), GEOMETRIES[geometry]))
    image = nib.Nifti1Image(LABELS.T, scan.affine)
    for order, signs in ORIENTATIONS:
        turned = image.as_reoriented(np.stack([order, signs], axis=1))
        labels = np.asarray(turned.dataobj).T
        np.testing.assert_array_equal(laid_on(labels, turned.affine, scan), LABELS)


def test_a_part_of_the_grid_lies_where_it_was_cut_out_and_one_that_is_padded_too():
    scan = scan_of(np.diag([-0.9, -0.8, 5.0, 1.0]))
    affine = scan.affine.copy()
    affine[:3, 3] = scan.affine[:3] @ (2, 1, 1, 1)
    cut = laid_on(LABELS[1:3, 1:4, 2:], affine, scan)
    np.testing.assert_array_equal(cut[1:3, 1:4, 2:], LABELS[1:3, 1:4, 2:])
    assert np.count_nonzero(cut) == np.count_nonzero(LABELS[1:3, 1:4, 2:])
    affine[:3, 3] = scan.affine[:3] @ (-1, -2, -3, 1)
    np.testing.assert_array_equal(
        laid_on(np.pad(LABELS, ((3, 1), (2, 0), (1, 4))), affine, scan), LABELS
    )


@pytest.mark.parametrize(
    "change",
    [
        np.diag([1, 1, 0.6, 1.0]),  # other slices
        np.array([[1, 0, 0, 0.6], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]),  # between voxels
        np.array([[1, 0, 0, 3.0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]),  # beyond the scan
        np.array([[0.8, -0.6, 0, 0], [0.6, 0.8, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]),  # turned
        np.diag([1e9, 1, 1, 1.0]),
    ],
)
def test_what_would_have_to_be_resampled_or_cut_is_refused(change):
    scan = scan_of(np.diag([-1.0, -1.0, 1.0, 1.0]))
    assert laid_on(np.ones(GRID, np.uint8), scan.affine @ change, scan) is None


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 10.92], [0, 1]),
        ([0, 10.92, 21.84, 54.6], [0, 1, 2, 5]),
        ([0, 0.5, 1.25], [0, 2, 5]),
        (np.array([0, 255], np.float32) * np.float32(1 / 255), [0, 1]),
        ([0, 1, 3.0], [0, 1, 3]),
        ([0, 255.0], [0, 255]),
    ],
)
def test_a_scale_is_taken_off_and_whole_labels_stay(values, labels):
    found = whole_labels(np.array(values, np.float32))
    assert found.tolist() == labels
    assert found.dtype == np.uint8


@pytest.mark.parametrize(
    "values",
    [
        [-1, 0, 1],
        [0, 0.1234, 1.5],
        np.linspace(0, 1, 400),
        [70000],
        [0, 0.7],  # probabilities of few values
        [0, 0.28, 0.7],
        [0, 0.5, 1],  # one of two people
        np.arange(5) / np.float32(255),
        [0, np.nan, 1],
    ],
)
def test_other_numbers_are_no_labels(values):
    assert whole_labels(np.array(values)) is None


def test_a_mask_of_infinite_values_is_refused_and_what_is_no_number_is_background(tmp_path):
    path = tmp_path / "mask.nii.gz"
    for odd in (np.nan, np.inf, -np.inf):
        values = np.where(LABELS > 1, 1.0, odd).astype(np.float32)
        nib.save(nib.Nifti1Image(values.T, np.eye(4)), path)
        if np.isnan(odd):
            np.testing.assert_array_equal(read_mask(path)[0], LABELS > 1)
            continue
        with pytest.raises(ScanError, match=r"^mask\.nii\.gz: holds infinite values, expected"):
            read_mask(path)
        assert any("divided by 0" in note for note in read_scan(path).scan.source.warnings)


def test_a_file_with_a_scale_in_another_order_is_read_onto_its_scan(tmp_path):
    scan = scan_of(np.diag([-0.9, -0.8, 5.0, 1.0]))
    turned = nib.Nifti1Image((LABELS > 1).T.astype(np.float32) * 10.92, scan.affine)
    turned = turned.as_reoriented(np.array([[2, 1], [0, -1], [1, 1]]))
    nib.save(turned, tmp_path / "reference.nii.gz")
    found = read_mask_on(tmp_path / "reference.nii.gz", scan)
    np.testing.assert_array_equal(found, LABELS > 1)
    with pytest.raises(ScanError, match="does not lie on the voxels"):
        read_mask_on(tmp_path / "reference.nii.gz", scan_of(np.eye(4)))
