"""A scan that is opened or chosen is in view, and a detail that is looked at stays."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

pytestmark = pytest.mark.gui

STEP = 2.0
LARGE, SMALL = (100, 110, 9), (8, 8, 3)


@pytest.fixture
def opened(viewer, panel, tmp_path):
    """Open scans of a size whose first voxel lies somewhere."""

    def open_(name, size, origin=(0.0, 0.0, 0.0)):
        affine = np.diag([-STEP, -STEP, 4.0, 1.0])
        affine[:3, 3] = origin
        path = tmp_path / f"{name}.nii.gz"
        nib.save(nib.Nifti1Image(np.ones(size, np.int16), affine), path)
        (layer,) = viewer.open(str(path), plugin="napari-brainseg")
        return layer

    return open_


def view(viewer):
    """Return the middle of what is seen, and its size, in mm."""
    camera = viewer.scene.camera
    return np.array(camera.center[-2:]), np.array(viewer.canvas.size) / camera.zoom


def shows_whole(viewer, layer) -> bool:
    (centre, size), (low, high) = view(viewer), layer.extent.world[:, -2:]
    inside = (low >= centre - size / 2).all() and (high <= centre + size / 2).all()
    return inside and ((high - low) / size).max() > 0.8


@pytest.mark.parametrize("sizes", [(SMALL, LARGE), (LARGE, SMALL)], ids=["larger", "smaller"])
def test_a_scan_of_another_size_is_seen_whole(viewer, opened, sizes):
    first = opened("first", sizes[0])
    assert shows_whole(viewer, first)
    assert shows_whole(viewer, opened("second", sizes[1]))


def test_a_scan_about_another_origin_is_seen_whole(viewer, opened):
    opened("first", LARGE)
    assert shows_whole(viewer, opened("second", LARGE, (180.0, 150.0, 0.0)))


def test_of_scans_that_lie_alike_the_view_stays_and_a_detail_does(viewer, opened, panel):
    opened("first", LARGE)
    before = view(viewer)
    opened("second", (110, 112, 8), (6.0, 2.0, 0.0))
    np.testing.assert_allclose(view(viewer)[1], before[1])
    viewer.scene.camera.zoom *= 6
    before = view(viewer)
    panel.scans.setCurrentIndex(0)
    panel.scans.setCurrentIndex(1)
    np.testing.assert_allclose(view(viewer), before)
