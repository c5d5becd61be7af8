"""Masks as PNG pictures: pixel on pixel with the slices, called after them, all or nothing."""

from __future__ import annotations

import numpy as np
import pytest
from dicom_series import write_series
from PIL import Image

from napari_brainseg.errors import SaveError
from napari_brainseg.io import mask_pictures, read_scan, write_mask_pictures
from napari_brainseg.scan import Scan, Source


@pytest.fixture
def scan():
    affine = np.diag([-0.9, -0.8, 5.0, 1.0])
    return Scan(np.zeros((1, 11, 4, 5)), affine, ("image",), Source("head"))


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_each_picture_lies_on_its_slice_and_is_called_after_it(tmp_path):
    scan = read_scan(write_series(tmp_path / "series")).scan
    labels = np.random.default_rng(0).integers(0, 2, scan.grid)
    written = write_mask_pictures(labels, scan, tmp_path / "pictures")
    assert [path.name for path in written] == [
        f"{file.name}_mask.png" for file in scan.source.files
    ]
    for path, expected in zip(written, labels, strict=True):
        np.testing.assert_array_equal(pixels(path), 255 * expected)
    assert len(list((tmp_path / "pictures").iterdir())) == len(labels)


def test_slices_of_one_file_are_numbered(scan, tmp_path):
    written = write_mask_pictures(np.ones(scan.grid, bool), scan, tmp_path / "p")
    assert [written[0].name, written[-1].name] == ["head_00_mask.png", "head_10_mask.png"]


@pytest.mark.parametrize(("top", "dtype"), [(2, np.uint8), (255, np.uint8), (300, np.uint16)])
def test_several_labels_keep_their_values(scan, tmp_path, top, dtype):
    labels = np.zeros(scan.grid, int)
    labels[3, 1, 2], labels[3, 1, 3] = top, 1
    written = write_mask_pictures(labels, scan, tmp_path / "p")
    found = pixels(written[3])
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, labels[3])


def test_a_folder_that_is_there_is_left_alone(scan, tmp_path):
    (tmp_path / "p").mkdir()
    with pytest.raises(SaveError, match="exists already"):
        write_mask_pictures(np.ones(scan.grid, int), scan, tmp_path / "p")
    with pytest.raises(SaveError, match="Create it first"):
        write_mask_pictures(np.ones(scan.grid, int), scan, tmp_path / "no" / "p")
    assert not list((tmp_path / "p").iterdir())


def test_a_failure_leaves_nothing_behind(scan, tmp_path, monkeypatch):
    def fail(path, values):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mask_pictures, "_write", fail)
    with pytest.raises(SaveError, match="No space left"):
        write_mask_pictures(np.ones(scan.grid, int), scan, tmp_path / "p")
    assert not list(tmp_path.iterdir())
