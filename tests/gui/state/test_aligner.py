"""Sequences of one patient lie on each other, and every mask is saved where it was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest

from napari_brainseg.errors import RegistrationError
from napari_brainseg.frames import frame_for
from napari_brainseg.gui.layers.alignment import alignment_of, moved_point
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.layers.scan_layers import scan_of
from napari_brainseg.gui.npe2.writers import write_labels_layer
from napari_brainseg.io import read_scan
from napari_brainseg.registration import Match

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.gui

CENTRE = np.array((5.0, -8.0, 20.0))
"""Of the lesion, in RAS+ mm."""


def ball(shape, affine) -> np.ndarray:
    """Draw one lesion of one patient as a scan of any grid shows it."""
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    world = index @ affine[:3, :3].T + affine[:3, 3]
    return np.where(np.linalg.norm(world - CENTRE, axis=-1) < 12, 900, 100).astype(np.int16)


def write(path: Path, shape, tilt: float, shift, steps) -> Path:
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(steps)
    affine[:3, 3] = CENTRE + shift - affine[:3, :3] @ (np.array(shape) - 1) / 2
    nib.save(nib.Nifti1Image(ball(shape, affine), affine), path)
    return path


@pytest.fixture
def two(tmp_path):
    """Two sequences: tilted against each other, shifted, of other sizes and voxels."""
    return (
        write(tmp_path / "flair.nii.gz", (48, 56, 16), 0.3, (3, -6, 2), (-1, 1, 3)),
        write(tmp_path / "t1.nii.gz", (60, 44, 20), -0.2, (-4, 9, -5), (-1, -1.2, 2.5)),
    )


def opened(viewer, *paths):
    for path in paths:
        viewer.open(str(path), plugin="napari-brainseg")
    return list(viewer.layers)[-len(paths) :]


def lesion(layer) -> np.ndarray:
    """Where the viewer shows the lesion, in its own millimetres."""
    places = np.argwhere(np.asarray(layer.data) > 500)
    return layer.data_to_world(places.mean(axis=0))


def test_two_sequences_show_the_lesion_at_one_place(viewer, panel, qtbot, two):
    flair, t1 = opened(viewer, *two)
    panel.scans.setCurrentIndex(0)
    qtbot.waitUntil(lambda: alignment_of(t1) is not None, timeout=20_000)
    assert alignment_of(flair) is None
    np.testing.assert_allclose(lesion(t1), lesion(flair), atol=1.0)
    assert t1.data.shape == flair.data.shape
    assert panel.aligned.text().startswith("Shown resampled on flair: t1.")
    # It still stands for its own voxels.
    assert scan_of(t1).scan is panel.scans.handle(t1).scan
    np.testing.assert_array_equal(scan_of(t1).scan.data[0], read_scan(two[1]).scan.data[0])


def test_the_chosen_scan_is_the_one_that_is_shown_as_it_is(viewer, panel, qtbot, two):
    flair, t1 = opened(viewer, *two)
    panel.scans.setCurrentIndex(0)
    qtbot.waitUntil(lambda: alignment_of(t1) is not None, timeout=20_000)
    before = lesion(flair)
    viewer.dims.set_point(0, before[0])
    panel.scans.setCurrentIndex(1)
    qtbot.waitUntil(lambda: alignment_of(flair) is not None, timeout=20_000)
    assert alignment_of(t1) is None
    assert np.may_share_memory(t1.data, scan_of(t1).scan.data)
    np.testing.assert_allclose(lesion(flair), lesion(t1), atol=1.0)
    # The slider stays at the lesion.
    assert viewer.dims.point[0] == pytest.approx(lesion(t1)[0], abs=3.0)


def test_a_finer_sequence_that_is_opened_leaves_the_slider_where_it_is(viewer, panel, qtbot, two):
    """For a moment there are more slices than the slider has once the new one is resampled."""
    flair = two[0]
    opened(viewer, flair)
    viewer.dims.set_current_step(0, 8)
    point = viewer.dims.point
    fine = write(flair.with_name("t1.nii.gz"), (60, 44, 90), -0.2, (-4, 9, -5), (-1, -1, 0.5))
    (layer,) = opened(viewer, fine)
    qtbot.waitUntil(lambda: alignment_of(layer) is not None, timeout=20_000)
    assert viewer.dims.nsteps[0] == 16
    assert viewer.dims.point == pytest.approx(point)


def test_a_mask_is_saved_on_the_grid_that_it_was_drawn_on(viewer, panel, qtbot, two, tmp_path):
    flair, t1 = opened(viewer, *two)
    panel.scans.setCurrentIndex(0)
    qtbot.waitUntil(lambda: alignment_of(t1) is not None, timeout=20_000)
    panel.empty_button.click()
    mask = viewer.layers.selection.active
    drawn = np.asarray(flair.data) > 500
    mask.data_setitem(np.nonzero(drawn), 1)
    # The other scan is chosen: the mask is seen on it, as a copy, and stays what it is.
    viewer.layers.selection.active = t1
    panel.scans.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not mask.visible, timeout=20_000)
    copy = viewer.layers[f"{mask.name} on t1"]
    np.testing.assert_allclose(lesion_of(copy), lesion(t1), atol=1.5)
    data, keywords, _ = mask.as_layer_data_tuple()
    (saved,) = write_labels_layer(str(tmp_path / "mask.nii.gz"), data, keywords)
    np.testing.assert_allclose(nib.load(saved).affine, nib.load(two[0]).affine, atol=1e-5)
    np.testing.assert_array_equal(
        np.asarray(nib.load(saved).dataobj) > 0, np.asarray(nib.load(two[0]).dataobj) > 500
    )
    # Whoever selects the mask sees its scan as it is.
    viewer.layers.selection.active = mask
    qtbot.waitUntil(lambda: alignment_of(t1) is not None, timeout=20_000)
    assert mask.visible
    assert copy not in viewer.layers
    assert mask_on_grid(mask)[1] is scan_of(flair).scan


def lesion_of(mask) -> np.ndarray:
    return mask.data_to_world(np.argwhere(np.asarray(mask.data) == 1).mean(axis=0))


def test_a_point_is_found_again_there_and_back(two):
    from napari_brainseg.gui.domain.provenance import ScanHandle

    scans = [read_scan(path).scan for path in two]
    one, other = (ScanHandle(scan, 0, frame_for(scan.affine)) for scan in scans)
    point = np.array((20.0, 11.0, 33.0))
    np.testing.assert_allclose(
        moved_point(moved_point(point, one, other), other, one), point, atol=1e-9
    )


def test_a_part_of_a_series_behind_another_opens_in_its_middle(viewer, panel, tmp_path):
    """And not at its end, which is nearest to where the slider was."""
    first = write(tmp_path / "low.nii.gz", (24, 20, 14), 0.0, (0, 0, -40), (-1, 1, 4))
    second = write(tmp_path / "high.nii.gz", (24, 20, 14), 0.0, (0, 0, 40), (-1, 1, 7))
    opened(viewer, first, second)
    assert round(viewer.dims.point[0] / 7) == 7


def test_scans_that_state_no_place_or_do_not_meet_are_left_as_they_are(
    viewer, panel, qtbot, two, tmp_path
):
    far = write(tmp_path / "far.nii.gz", (20, 20, 8), 0, (900, 0, 0), (-1, 1, 3))
    bare = tmp_path / "bare.tif"
    import tifffile

    tifffile.imwrite(bare, np.zeros((5, 30, 30), np.uint8), photometric="minisblack")
    flair, *others = opened(viewer, two[0], far, bare)
    panel.scans.setCurrentIndex(0)
    qtbot.waitUntil(lambda: not panel.aligner._working.running, timeout=20_000)
    assert all(alignment_of(layer) is None for layer in (flair, *others))
    qtbot.waitUntil(lambda: panel.aligned.text().endswith(": far."), timeout=20_000)
    assert panel.aligned.text().startswith("Not aligned")


def test_the_brain_of_a_real_patient_lies_on_itself(viewer, panel, qtbot, shared):
    """The head's silhouettes agree only once the sequences are aligned (0.6 before)."""
    flair, t1 = opened(
        viewer,
        *(shared / "scans" / "mr_clinical" / f"{name}.nii.gz" for name in ("flair", "t1_pre")),
    )
    panel.scans.setCurrentIndex(0)
    qtbot.waitUntil(lambda: alignment_of(t1) is not None, timeout=20_000)
    one, other = (np.asarray(layer.data[2:20]) > 60 for layer in (flair, t1))
    overlap = 2 * np.count_nonzero(one & other) / (one.sum() + other.sum())
    assert overlap > 0.7


def test_match_is_pressed_only_while_something_is_matched(viewer, panel, qtbot, two, monkeypatch):
    """Not where nothing came of it, and no longer once the scan is closed."""
    found = []

    def register(fixed, moving, channels):
        if not found:
            raise RegistrationError("no overlap")
        return found[0]

    monkeypatch.setattr("napari_brainseg.registration.register", register)
    opened(viewer, *two)
    panel.scans.setCurrentIndex(0)
    button = panel.match_button
    button.click()
    qtbot.waitUntil(lambda: panel.status.text() == "no overlap", timeout=20_000)
    assert not button.isChecked()
    found.append(Match(np.eye(4), 0.0, 0.0))
    button.click()
    assert button.isChecked()
    qtbot.waitUntil(lambda: "by image" in panel.aligned.text(), timeout=20_000)
    assert button.isChecked()
    viewer.layers.remove(viewer.layers[1])
    assert not button.isChecked()
