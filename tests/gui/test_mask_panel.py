"""Moving a fresh mask by threshold and rules, and going where the model was unsure."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from napari_brainseg.frames import frame_for
from napari_brainseg.gui.layers import mask_info, mask_on_grid
from napari_brainseg.segment import Segmentation, Step

pytestmark = pytest.mark.gui


def landscape(scan) -> np.ndarray:
    """Make a hill of probability, its top in slice 6 on the screen, and a small one beside it."""
    z, y, x = np.indices(scan.grid)
    turned = frame_for(scan.affine).apply(np.zeros(scan.grid, np.float32))
    z, y, x = np.indices(turned.shape)
    hill = 1 - np.hypot(np.hypot((z - 6) / 3, (y - 15) / 9), (x - 17) / 9)
    turned[:] = np.clip(hill, 0, 1)
    turned[2, 34:36, 34:36] = 0.8
    return frame_for(scan.affine).invert(turned)


@pytest.fixture
def mask(viewer, panel, segment, oblique_file, monkeypatch):
    """Run on the landscape; the layer."""

    def steps(scan, bundle, **_):
        found = landscape(scan).astype(np.float16)
        labels = (found >= 0.5).astype(np.uint8)
        yield Step(12, 12, "done", tuple(range(12)))
        slices = tuple(range(12))
        return Segmentation(
            scan, bundle.card, found[np.newaxis], labels, "axial", slices, True, "CPU", 0.1, ()
        )

    monkeypatch.setattr("napari_brainseg.segment.segment_steps", steps)
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    segment(panel)
    return panel.working.layer


def move(qtbot, panel, change) -> None:
    with qtbot.waitSignal(panel.mask_rules.moved, timeout=20_000):
        change()


def expected(panel, threshold: float) -> np.ndarray:
    handle = panel.working.handle
    return handle.frame.apply(handle.result.probabilities[0]).astype(float) >= threshold


def test_the_mask_follows_the_threshold_and_comes_back(qtbot, panel, mask):
    assert panel.mask_rules.threshold.value() == pytest.approx(0.5)
    first = mask.data.copy()
    for threshold in (0.2, 0.75):
        move(qtbot, panel, lambda t=threshold: panel.mask_rules.threshold.setValue(t))
        np.testing.assert_array_equal(mask.data > 0, expected(panel, threshold))
    move(qtbot, panel, panel.mask_rules.reset_button.click)
    np.testing.assert_array_equal(mask.data, first)
    mask.undo()  # the slider leaves no steps behind
    np.testing.assert_array_equal(mask.data, first)


def test_the_other_rules_move_it_too(qtbot, panel, mask):
    assert mask.data[2].any()
    move(qtbot, panel, lambda: panel.mask_rules.largest.setValue(1))
    assert not mask.data[2].any()
    assert mask.data[6].any()
    move(qtbot, panel, lambda: panel.mask_rules.largest.setValue(0))
    # The small one has 4 voxels of 0.9 x 0.8 x 5 mm.
    move(qtbot, panel, lambda: panel.mask_rules.minimum.setValue(4 * 3.6 + 1))
    assert not mask.data[2].any()
    assert panel.mask_rules.minimum.suffix() == " mm³"


def test_a_moved_mask_is_still_the_models_and_an_edited_one_is_not(qtbot, panel, mask):
    move(qtbot, panel, lambda: panel.mask_rules.threshold.setValue(0.3))
    labels, _ = mask_on_grid(mask)
    assert mask_info(mask.metadata, labels).made == "AUTOMATIC"
    mask.paint((6, 2, 2), 1)
    labels, _ = mask_on_grid(mask)
    assert mask_info(mask.metadata, labels).made == "SEMIAUTOMATIC"


def test_a_stroke_right_before_a_move_is_never_lost(qtbot, panel, mask):
    mask.paint((6, 2, 2), 1)
    edited = mask.data.copy()
    panel.mask_rules.threshold.setValue(0.2)  # no event has been handled between
    qtbot.waitUntil(lambda: not panel.mask_rules.threshold.isEnabled(), timeout=20_000)
    np.testing.assert_array_equal(mask.data, edited)
    assert "edited by hand" in panel.mask_rules.threshold.toolTip()


def test_a_stroke_while_a_move_is_computed_is_never_lost(qtbot, panel, mask):
    panel.mask_rules.threshold.setValue(0.2)
    mask.paint((6, 2, 2), 1)
    edited = mask.data.copy()
    qtbot.waitUntil(lambda: not panel.mask_rules.threshold.isEnabled(), timeout=20_000)
    np.testing.assert_array_equal(mask.data, edited)


def test_undoing_the_only_edit_makes_it_movable_again(qtbot, panel, mask):
    with qtbot.waitSignal(panel.working.edited, timeout=20_000):
        mask.paint((6, 2, 2), 1)
    qtbot.waitUntil(lambda: not panel.mask_rules.threshold.isEnabled(), timeout=20_000)
    mask.undo()
    qtbot.waitUntil(panel.mask_rules.threshold.isEnabled, timeout=20_000)


def test_an_accepted_mask_stays(qtbot, panel, mask):
    panel.mask_rules.accept_button.click()
    assert not panel.mask_rules.threshold.isEnabled()
    assert "accepted" in panel.mask_rules.threshold.toolTip()


def test_the_newest_of_many_moves_wins(qtbot, panel, mask):
    for threshold in np.linspace(0.2, 0.8, 13):
        panel.mask_rules.threshold.setValue(float(threshold))
    qtbot.waitUntil(lambda: np.array_equal(mask.data > 0, expected(panel, 0.8)))


def test_a_mask_of_another_origin_cannot_be_moved_and_says_why(viewer, panel):
    assert "no mask" in panel.mask_rules.threshold.toolTip()
    viewer.add_labels(np.zeros((5, 6, 7), np.uint8))
    assert not panel.mask_rules.threshold.isEnabled()
    assert "run Segment" in panel.mask_rules.threshold.toolTip()


def test_the_heat_map_lies_on_the_scan_and_goes_again(qtbot, viewer, panel, mask):
    chosen, before = panel.scans.layer, list(viewer.layers)
    panel.doubts.heat_button.click()
    qtbot.waitUntil(lambda: len(viewer.layers) == len(before) + 1)
    (heat,) = [layer for layer in viewer.layers if layer not in before]
    np.testing.assert_allclose(heat.scale, mask.scale)
    assert heat.data.shape == mask.data.shape
    assert viewer.layers.selection.active == mask
    assert panel.scans.layer == chosen
    assert len(panel.scans.groups) == 1
    panel.doubts.heat_button.click()
    assert heat not in viewer.layers


def test_the_next_uncertain_slices_come_in_order_of_doubt(qtbot, viewer, panel, mask):
    from napari_brainseg.uncertainty import expected_errors

    doubt = expected_errors(expected_heat(panel), mask.data > 0)
    order = [int(i) for i in np.argsort(-doubt, kind="stable") if doubt[i] >= 1]
    assert len(order) > 2
    for place in [*order, order[0]]:
        panel.doubts.next_button.click()
        qtbot.waitUntil(lambda place=place: viewer.dims.current_step[0] == place)
    assert f"of {len(order)}" in panel.doubts.next_button.text()


def expected_heat(panel) -> np.ndarray:
    handle = panel.working.handle
    return handle.frame.apply(handle.result.probabilities[0]).astype(np.float32)


def test_saving_a_moved_mask_writes_what_is_seen(qtbot, panel, mask, tmp_path):
    from napari_brainseg.io import write_mask

    move(qtbot, panel, lambda: panel.mask_rules.threshold.setValue(0.3))
    labels, scan = mask_on_grid(mask)
    saved = nib.load(write_mask(labels, scan, tmp_path / "m.nii.gz"))
    handle = panel.working.handle
    found = handle.result.probabilities[0] >= 0.3
    np.testing.assert_array_equal(np.asarray(saved.dataobj).T > 0, found)
