"""Moving a fresh mask by threshold and rules, and going where the model was unsure."""

from __future__ import annotations

from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QWidget

from napari_brainseg.frames import frame_for
from napari_brainseg.gui.domain.mask_record import provenance_of, record_of
from napari_brainseg.gui.domain.provenance import info_of
from napari_brainseg.gui.domain.shortcuts import UNCERTAIN
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.state.edit_clock import Work, edit_record_of
from napari_brainseg.measure.uncertainty import expected_errors, uncertain_slices
from napari_brainseg.pipeline.postprocess import calibrated
from napari_brainseg.pipeline.segment import Segmentation, Step

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
def mask(viewer, panel, segment, oblique_file, monkeypatch, qtbot):
    """Run on the landscape; the layer."""

    def steps(scan, bundle, **_):
        found = landscape(scan).astype(np.float16)
        labels = (found >= 0.5).astype(np.uint8)
        yield Step(12, 12, "done", tuple(range(12)))
        slices = tuple(range(12))
        return Segmentation(
            scan, bundle.card, found[np.newaxis], labels, "axial", slices, True, "CPU", 0.1, ()
        )

    monkeypatch.setattr("napari_brainseg.pipeline.segment.segment_steps", steps)
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    segment(panel)
    return ready(qtbot, panel)


def ready(qtbot, panel):
    qtbot.waitUntil(panel.mask_rules.threshold.isEnabled, timeout=20_000)
    return panel.working.layer


def move(qtbot, panel, change) -> None:
    with qtbot.waitSignal(panel.mask_rules.live.moved, timeout=20_000):
        change()


def made(mask) -> str:
    return info_of(provenance_of(mask), mask_on_grid(mask)[0]).made


def drag(qtbot, panel, thresholds) -> None:
    slider = panel.mask_rules.threshold
    slider.slider.setSliderDown(True)
    for threshold in thresholds:
        move(qtbot, panel, lambda t=threshold: slider.setValue(t))
    slider.slider.setSliderDown(False)


def expected(panel, threshold: float) -> np.ndarray:
    handle = panel.working.provenance
    return handle.frame.apply(handle.result.probabilities[0]).astype(float) >= threshold


def test_the_mask_follows_the_threshold_and_comes_back(qtbot, panel, mask):
    assert panel.mask_rules.threshold.value() == pytest.approx(0.5)
    first = mask.data.copy()
    for threshold in (0.2, 0.75):
        move(qtbot, panel, lambda t=threshold: panel.mask_rules.threshold.setValue(t))
        np.testing.assert_array_equal(mask.data > 0, expected(panel, threshold))
    move(qtbot, panel, panel.mask_rules.reset_button.click)
    np.testing.assert_array_equal(mask.data, first)
    mask.undo()  # there is nothing to undo
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
    assert made(mask) == "AUTOMATIC"
    mask.paint((6, 2, 2), 1)
    assert made(mask) == "SEMIAUTOMATIC"


def test_all_moves_are_one_step_back_to_the_models_own(qtbot, panel, mask):
    first = mask.data.copy()
    for threshold in (0.3, 0.7, 0.2):
        move(qtbot, panel, lambda t=threshold: panel.mask_rules.threshold.setValue(t))
    drag(qtbot, panel, (0.25, 0.4, 0.35))
    last = mask.data.copy()
    np.testing.assert_array_equal(last > 0, expected(panel, 0.35))
    mask.undo()
    np.testing.assert_array_equal(mask.data, first)
    slider = panel.mask_rules.threshold
    qtbot.waitUntil(lambda: slider.value() == pytest.approx(0.5), timeout=20_000)
    assert slider.isEnabled()
    assert made(mask) == "AUTOMATIC"
    mask.redo()
    np.testing.assert_array_equal(mask.data, last)
    qtbot.waitUntil(lambda: slider.value() == pytest.approx(0.35), timeout=20_000)
    assert slider.isEnabled()
    assert made(mask) == "AUTOMATIC"


def test_moves_taken_back_at_once_are_noticed(qtbot, panel, mask):
    qtbot.waitUntil(lambda: panel.working.record.digests is not None, timeout=20_000)
    slider = panel.mask_rules.threshold
    move(qtbot, panel, lambda: slider.setValue(0.3))
    mask.undo()
    qtbot.waitUntil(lambda: slider.value() == pytest.approx(0.5), timeout=20_000)
    assert made(mask) == "AUTOMATIC"


def test_while_the_slider_is_dragged_the_mask_follows(qtbot, panel, mask):
    slider = panel.mask_rules.threshold
    slider.slider.setSliderDown(True)
    for threshold in (0.2, 0.75, 0.4):
        move(qtbot, panel, lambda t=threshold: slider.setValue(t))
        np.testing.assert_array_equal(mask.data > 0, expected(panel, threshold))
        assert made(mask) == "AUTOMATIC"


def test_undo_leads_through_moves_to_what_a_new_mask_replaced(qtbot, viewer, panel, mask, segment):
    """Moves must not leave steps before them half undone."""
    mask.data[:] = 0
    mask.paint((6, 30, 5), 1)
    painted = mask.data.copy()
    panel.target.setCurrentIndex(1)
    segment(panel)
    ready(qtbot, panel)
    model = mask.data.copy()
    drag(qtbot, panel, (0.3, 0.2))
    moved = mask.data.copy()
    assert not np.array_equal(moved, model)
    for before in (model, painted):
        mask.undo()
        np.testing.assert_array_equal(mask.data, before)
    for after in (model, moved):
        mask.redo()
        np.testing.assert_array_equal(mask.data, after)


def test_a_replaced_mask_can_be_moved(qtbot, panel, mask, segment):
    mask.paint((6, 30, 5), 1)
    panel.target.setCurrentIndex(1)
    segment(panel)
    ready(qtbot, panel)
    move(qtbot, panel, lambda: panel.mask_rules.threshold.setValue(0.3))
    np.testing.assert_array_equal(mask.data > 0, expected(panel, 0.3))


def test_a_stroke_on_a_moved_mask_is_undone_before_the_moves(qtbot, panel, mask):
    first = mask.data.copy()
    drag(qtbot, panel, (0.3,))
    moved = mask.data.copy()
    mask.paint((6, 2, 2), 1)
    for before in (moved, first):
        mask.undo()
        np.testing.assert_array_equal(mask.data, before)


def test_each_mask_keeps_its_rules(qtbot, viewer, panel, mask, segment):
    move(qtbot, panel, lambda: panel.mask_rules.threshold.setValue(0.3))
    segment(panel)
    other = ready(qtbot, panel)
    assert other != mask
    assert panel.mask_rules.threshold.value() == pytest.approx(0.5)
    panel.mask_rules.accept_button.click()
    viewer.layers.selection.active = mask
    ready(qtbot, panel)
    assert panel.mask_rules.threshold.value() == pytest.approx(0.3)
    assert not panel.mask_rules.accept_button.isChecked()
    move(qtbot, panel, lambda: panel.mask_rules.threshold.setValue(0.2))
    np.testing.assert_array_equal(mask.data > 0, expected(panel, 0.2))
    viewer.layers.selection.active = other
    assert panel.mask_rules.accept_button.isChecked()
    assert not panel.mask_rules.threshold.isEnabled()


def test_the_status_says_what_a_moved_mask_amounts_to(qtbot, panel, mask):
    move(qtbot, panel, lambda: panel.mask_rules.threshold.setValue(0.3))
    voxels = np.count_nonzero(expected(panel, 0.3))
    amount = f"2 lesions · {voxels * 3.6 / 1000:.1f} mL · threshold 0.30"
    qtbot.waitUntil(lambda: panel.status.text() == amount, timeout=20_000)


def test_the_account_of_edits_names_the_rules_of_the_mask(qtbot, panel, mask):
    drag(qtbot, panel, (0.3,))
    account = edit_record_of(Work.on(record_of(mask)), *mask_on_grid(mask))
    assert account is not None
    assert account.rules["threshold"] == pytest.approx(0.3)


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


def test_a_stroke_while_the_slider_is_dragged_is_never_lost(qtbot, panel, mask):
    slider = panel.mask_rules.threshold
    slider.slider.setSliderDown(True)
    move(qtbot, panel, lambda: slider.setValue(0.3))
    mask.paint((6, 2, 2), 1)
    edited = mask.data.copy()
    slider.setValue(0.4)
    slider.slider.setSliderDown(False)
    qtbot.waitUntil(lambda: not slider.isEnabled(), timeout=20_000)
    np.testing.assert_array_equal(mask.data, edited)
    assert slider.value() == pytest.approx(0.3)


def test_undoing_the_only_edit_makes_it_movable_again(qtbot, panel, mask):
    with qtbot.waitSignal(panel.working.edited, timeout=20_000):
        mask.paint((6, 2, 2), 1)
    qtbot.waitUntil(lambda: not panel.mask_rules.threshold.isEnabled(), timeout=20_000)
    mask.undo()
    qtbot.waitUntil(panel.mask_rules.threshold.isEnabled, timeout=20_000)


def test_an_accepted_mask_stays_until_it_is_released(qtbot, panel, mask):
    panel.mask_rules.accept_button.click()
    assert not panel.mask_rules.threshold.isEnabled()
    assert "accepted" in panel.mask_rules.threshold.toolTip()
    panel.mask_rules.accept_button.click()
    assert panel.mask_rules.threshold.isEnabled()


def test_the_newest_of_many_moves_wins(qtbot, panel, mask):
    for threshold in np.linspace(0.2, 0.8, 13):
        panel.mask_rules.threshold.setValue(float(threshold))
    qtbot.waitUntil(lambda: np.array_equal(mask.data > 0, expected(panel, 0.8)))


def test_a_mask_of_another_origin_cannot_be_moved_and_says_why(viewer, panel):
    assert "no mask" in panel.mask_rules.threshold.toolTip()
    viewer.add_labels(np.zeros((5, 6, 7), np.uint8))
    assert not panel.mask_rules.threshold.isEnabled()
    assert "run Segment" in panel.mask_rules.threshold.toolTip()


def test_without_spacing_sizes_are_in_voxels_and_said_so(qtbot, viewer, panel, mask, segment):
    viewer.layers.clear()
    viewer.add_image(np.random.default_rng(0).random((12, 48, 40)))
    segment(panel)
    ready(qtbot, panel)
    assert panel.mask_rules.smooth.suffix() == " pixels"
    assert panel.mask_rules.minimum.suffix() == " voxels"
    assert "does not tell" in panel.mask_rules.minimum.toolTip()
    move(qtbot, panel, lambda: panel.mask_rules.minimum.setValue(5))
    assert not panel.working.layer.data[2].any()


def test_components_that_the_model_drops_can_be_kept(qtbot, viewer, panel, mask, segment):
    bundle = panel.models.bundle
    card = bundle.card.model_copy(update={"keep_fraction": 0.2})
    handle = provenance_of(mask)
    result = replace(handle.result, card=card)
    record_of(mask).change(result=result)
    panel.working.show(mask)
    ready(qtbot, panel)
    assert panel.mask_rules.small.isChecked()
    assert "20%" in panel.mask_rules.small.toolTip()
    move(qtbot, panel, lambda: panel.mask_rules.threshold.setValue(0.3))
    assert not mask.data[2].any()
    move(qtbot, panel, lambda: panel.mask_rules.small.setChecked(False))
    assert mask.data[2].any()


def test_the_wheel_scrolls_the_panel_and_moves_no_mask(qtbot, panel, mask):
    for control in (panel.mask_rules.threshold, panel.mask_rules.smooth, panel.mask_rules.largest):
        before = control.value()
        for part in (control, *control.findChildren(QWidget)):
            wheel = QWheelEvent(
                *(QPointF(5, 5),) * 2, QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(part, wheel)
        assert control.value() == before


@pytest.mark.parametrize("codes", ["RAS", "PIL", "SLA"])
def test_scans_stored_in_any_order_are_moved_alike(
    qtbot, viewer, panel, mask, segment, codes, tmp_path
):
    rng = np.random.default_rng(0)
    image = nib.Nifti1Image(rng.random((20, 24, 28)).astype(np.float32), np.diag([2, 2, 2, 1.0]))
    start, end = nib.io_orientation(image.affine), nib.orientations.axcodes2ornt(tuple(codes))
    turned = image.as_reoriented(nib.orientations.ornt_transform(start, end))
    nib.save(turned, tmp_path / "turned.nii.gz")
    viewer.open(str(tmp_path / "turned.nii.gz"), plugin="napari-brainseg")
    segment(panel)
    layer = ready(qtbot, panel)
    for threshold in (0.3, 0.6):
        move(qtbot, panel, lambda t=threshold: panel.mask_rules.threshold.setValue(t))
        np.testing.assert_array_equal(layer.data > 0, expected(panel, threshold))
        assert made(layer) == "AUTOMATIC"


def heat_of(qtbot, viewer, panel):
    before = list(viewer.layers)
    panel.uncertainty.heat_button.click()
    qtbot.waitUntil(lambda: len(viewer.layers) == len(before) + 1, timeout=20_000)
    (heat,) = [layer for layer in viewer.layers if layer not in before]
    return heat


def test_the_heat_map_lies_on_the_scan_and_goes_again(qtbot, viewer, panel, mask):
    chosen = panel.scans.layer
    mask.mode = "fill"
    heat = heat_of(qtbot, viewer, panel)
    assert list(viewer.layers)[-2:] == [heat, mask]
    np.testing.assert_allclose(heat.scale, mask.scale)
    assert heat.data.shape == mask.data.shape
    assert viewer.layers.selection.active == mask
    assert list(viewer.layers.selection) == [mask]
    assert mask.mode == "fill"
    assert panel.scans.layer == chosen
    assert len(panel.scans.groups) == 1
    panel.uncertainty.heat_button.click()
    assert heat not in viewer.layers


def test_the_heat_map_is_calibrated(qtbot, viewer, panel, mask):
    handle = provenance_of(mask)
    card = handle.result.card.model_copy(update={"temperature": 2.0})
    record_of(mask).change(result=replace(handle.result, card=card))
    panel.working.show(mask)
    heat = heat_of(qtbot, viewer, panel)
    wanted = calibrated(expected_heat(panel), 2.0)
    np.testing.assert_allclose(np.asarray(heat.data, dtype=float), wanted, atol=1e-3)
    assert not np.allclose(wanted, expected_heat(panel), atol=0.05)


def test_a_heat_map_that_was_deleted_can_be_shown_again(qtbot, viewer, panel, mask):
    viewer.layers.remove(heat_of(qtbot, viewer, panel))
    qtbot.waitUntil(lambda: not panel.uncertainty.heat_button.isChecked(), timeout=20_000)
    assert heat_of(qtbot, viewer, panel) in viewer.layers


def test_the_heat_map_goes_with_its_mask(qtbot, viewer, panel, mask, segment):
    heat_of(qtbot, viewer, panel)
    viewer.layers.remove(mask)
    qtbot.waitUntil(lambda: len(viewer.layers) == 1, timeout=20_000)
    assert not panel.uncertainty.heat_button.isChecked()
    assert not panel.uncertainty.heat_button.isEnabled()


def test_clearing_the_viewer_with_a_heat_map_is_no_error(qtbot, viewer, panel, mask):
    heat_of(qtbot, viewer, panel)
    viewer.layers.clear()
    qtbot.wait(50)
    assert len(viewer.layers) == 0


@pytest.mark.parametrize("rolled", [False, True])
def test_the_next_uncertain_slices_come_in_order_of_doubt(qtbot, viewer, panel, mask, rolled):
    if rolled:
        viewer.dims.roll()
    axis = viewer.dims.order[0]
    order = uncertain_slices(expected_errors(expected_heat(panel))[axis])
    assert len(order) > 2
    for rank, place in enumerate([*order, order[0]]):
        panel.uncertainty.next_button.click()
        qtbot.waitUntil(lambda place=place: viewer.dims.current_step[axis] == place)
        assert f"({rank % len(order) + 1} of {len(order)})" in panel.uncertainty.next_button.text()
        # Corrections on the way change nothing about the order.
        mask.paint((place, 20, 20), 1)


def test_in_3d_no_slice_is_gone_to_and_the_button_says_why(viewer, panel, mask):
    viewer.dims.ndisplay = 3
    assert not panel.uncertainty.next_button.isEnabled()
    assert "2-D" in panel.uncertainty.next_button.toolTip()
    viewer.dims.ndisplay = 2
    assert panel.uncertainty.next_button.isEnabled()


def test_a_key_leads_to_the_next_uncertain_slice(qtbot, viewer, panel, mask):
    order = uncertain_slices(expected_errors(expected_heat(panel))[0])
    viewer.dims.set_current_step(0, (order[0] + 3) % 12)
    window = panel.window()
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not None, timeout=20_000)
    qtbot.keyClick(window, UNCERTAIN.key)
    qtbot.waitUntil(lambda: viewer.dims.current_step[0] == order[0], timeout=20_000)


def expected_heat(panel) -> np.ndarray:
    handle = panel.working.provenance
    return handle.frame.apply(handle.result.probabilities[0]).astype(np.float32)


def test_saving_a_moved_mask_writes_what_is_seen(qtbot, panel, mask, tmp_path):
    from napari_brainseg.io import write_mask

    move(qtbot, panel, lambda: panel.mask_rules.threshold.setValue(0.3))
    labels, scan = mask_on_grid(mask)
    saved = nib.load(write_mask(labels, scan, tmp_path / "m.nii.gz"))
    handle = panel.working.provenance
    found = handle.result.probabilities[0] >= 0.3
    np.testing.assert_array_equal(np.asarray(saved.dataobj).T > 0, found)
