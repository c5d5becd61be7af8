"""Masks dropped on their scan, layers deleted, several scans: by mouse and keys, in a window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gui.hand import rest
from gui.seat import MIDDLE, SPACING, WITH_A_HAND, lesion, lesion_file
from napari.layers import Image, Labels
from napari.settings import get_settings
from qtpy.QtWidgets import QApplication, QMessageBox, QWidget

from napari_brainseg.gui.correct.label_table import NAME
from napari_brainseg.gui.domain.mask_record import record_of
from napari_brainseg.io import MaskInfo, read_mask_on, read_scan, write_mask

if TYPE_CHECKING:
    from gui.hand import Hand

pytestmark = WITH_A_HAND


@pytest.fixture
def opened(seat, straight, tmp_path, monkeypatch):
    """Open the lesion's scan, in a napari that asks for no reader."""
    readers = dict.fromkeys(("*.nii*", "*.tif*", "*.nrrd"), "napari-brainseg")
    monkeypatch.setattr(get_settings().plugins, "extension2reader", readers)
    seat.panel = seat.dock("Segment")
    path = lesion_file(tmp_path, straight)
    seat.viewer.open(str(path), plugin="napari-brainseg")
    seat.viewer.dims.set_current_step(0, MIDDLE[0])
    rest(300)
    return seat, path


def drop_mask(seat, path) -> Labels:
    before = len(seat.viewer.layers)
    seat.hand.drop(path, seat.canvas)
    seat.wait(lambda: len(seat.viewer.layers) == before + 1)
    rest(500)
    return seat.viewer.layers[-1]


@pytest.mark.parametrize("suffix", [".tif", ".nii.gz", ".seg.nrrd"])
def test_a_saved_mask_is_dropped_corrected_and_saved_over_itself(opened, suffix):
    seat, path = opened
    scan = read_scan(path).scan
    labels = seat.viewer.layers[0].metadata["brainseg"].frame.invert(lesion().astype(np.uint8))
    saved = write_mask(labels, scan, path.with_name(f"flair_mask{suffix}"))
    layer = drop_mask(seat, saved)
    assert isinstance(layer, Labels)
    assert seat.viewer.layers[0].visible  # it does not hide the scan
    assert seat.panel.handle.scan.source.name == "flair"
    assert seat.mask == layer
    seat.viewer.layers.selection.active = layer
    before = layer.data.copy()
    seat.hand.press("2")
    seat.draw((-10, -4), (-10, 4))
    seat.is_one_step(before)
    corrected = layer.data.copy()
    assert record_of(layer).is_unsaved
    seat.hand.in_dialog(partial(agree, seat.hand))
    seat.hand.click(seat.panel.save_button)
    seat.wait(lambda: not record_of(layer).is_unsaved)
    frame = record_of(layer).provenance.frame
    seat.hand.pending = None
    kept = record_of(layer).saved.path
    np.testing.assert_array_equal(frame.apply(read_mask_on(kept, scan)), corrected)


def agree(hand: Hand, dialog: QWidget) -> None:
    """Press Save for the name as it is proposed, and Yes if it is asked whether to replace it."""
    if isinstance(dialog, QMessageBox):
        hand.click(dialog.button(QMessageBox.StandardButton.Yes))
        return
    hand.in_dialog(partial(agree, hand))
    hand.focus(dialog)
    hand.do("key", "Return")


def test_a_segmentation_of_slicers_brings_its_names_and_each_class_is_edited(opened):
    seat, path = opened
    scan = read_scan(path).scan
    frame = seat.viewer.layers[0].metadata["brainseg"].frame
    both = lesion().astype(np.uint8)
    both[:, :, MIDDLE[2] + 1 :] *= 2
    info = MaskInfo({1: "oedema", 2: "core"}, {2: "#123456"})
    layer = drop_mask(
        seat, write_mask(frame.invert(both), scan, path.with_name("a.seg.nrrd"), info=info)
    )
    table = seat.panel.labels
    seat.panel.correct_fold.expand(animate=False)
    seat.panel.labels_fold.expand(animate=False)
    seat.wait(lambda: table.table.rowCount() == 2, 5_000)
    assert [table.table.item(row, NAME).text() for row in range(2)] == ["oedema", "core"]
    seat.viewer.layers.selection.active = layer
    for label, place in ((1, -10), (2, 10)):
        before = layer.data.copy()
        layer.selected_label = label
        seat.hand.press("2")
        layer.brush_size = 2
        seat.draw((-4, place), (4, place))
        assert set(layer.data[layer.data != before]) == {label}
        seat.is_one_step(before)


@pytest.mark.parametrize("view", [0, 1], ids=["coronal", "sagittal"])
def test_a_stroke_in_a_side_view_is_one_step(drawn, view):
    drawn.hand.click(drawn.panel.views.planes)
    drawn.wait(lambda: drawn.panel.views._three is not None)
    rest(800)
    drawn.viewer.dims.point = tuple(MIDDLE * SPACING)
    side = drawn.panel.views._three.views[view]
    model = side.vm_container.viewer_model
    mask = model.layers[drawn.mask.name]
    drawn.mask.brush_size, drawn.mask.mode = 3, "paint"
    rest(300)
    before = drawn.mask.data.copy()
    # Upwards, beyond the lesion: the head is on top.
    line = [np.add(MIDDLE, (step, 0, 0)) * SPACING for step in np.linspace(3, 5, 8)]
    drawn.hand.drag([drawn.hand.on_canvas(model, place, side.qt_viewer) for place in line])
    drawn.settle()
    won = np.argwhere(drawn.mask.data > before)
    assert len(won)
    assert set(won[:, 0]) <= set(range(MIDDLE[0] + 2, MIDDLE[0] + 6))
    assert set(won[:, 1 + view]) == {MIDDLE[1 + view]}
    np.testing.assert_array_equal(mask.data, drawn.mask.data)
    drawn.is_one_step(before)
    drawn.hand.click(drawn.panel.views.planes)
    assert drawn.panel.views._three is None


@pytest.mark.parametrize("which", [0, 1], ids=["scan", "unfinished mask"])
def test_a_layer_that_is_deleted_during_the_run(opened, steered, which, tmp_path, straight):
    """Nothing breaks: the run ends, and the next one has its mask."""
    seat, _ = opened
    steered.pause_after = 3
    steered.leave.clear()
    seat.hand.click(seat.panel.segment_button)
    seat.wait(lambda: seat.panel.running.layer is not None)
    seat.viewer.layers.selection.active = seat.viewer.layers[which]
    seat.hand.click(seat.viewer.window._qt_viewer.layerButtons.deleteButton)
    rest(300)
    steered.leave.set()
    seat.wait(lambda: not seat.is_running)
    rest(500)
    assert QApplication.activeModalWidget() is None
    if which == 0:
        seat.viewer.open(
            str(lesion_file(tmp_path, straight, "t2.nii.gz")), plugin="napari-brainseg"
        )
        rest(300)
    count = len([each for each in seat.viewer.layers if isinstance(each, Labels)])
    seat.wait(seat.panel.segment_button.isEnabled)
    seat.hand.click(seat.panel.segment_button)
    masks = lambda: [each for each in seat.viewer.layers if isinstance(each, Labels)]  # noqa: E731
    seat.wait(lambda: len(masks()) == count + 1 and not seat.is_running)
    assert seat.mask.data.any()


def test_of_two_scans_each_has_its_own_mask(opened, straight, tmp_path):
    """A mask stays that of the scan it was drawn on, wherever the other lies."""
    seat, path = opened
    other = straight.copy()
    other[:3, 3] += (9, -8, 10)
    second = lesion_file(tmp_path, other, "t1.nii.gz")
    seat.hand.click(seat.panel.empty_button)
    seat.draw((0, -4), (0, 4))
    first = seat.mask
    seat.viewer.open(str(second), plugin="napari-brainseg")
    rest(800)
    assert len([each for each in seat.viewer.layers if isinstance(each, Image)]) == 2
    seat.hand.click(seat.panel.scans)
    seat.hand.do("key", "Down", "key", "Return")
    seat.wait(lambda: seat.panel.handle.scan.source.name == "t1", 10_000)
    rest(800)
    seat.hand.click(seat.panel.empty_button)
    seat.draw((0, -4), (0, 4))
    assert seat.mask != first
    for mask, own in ((first, path), (seat.mask, second)):
        known = record_of(mask).provenance
        assert known.scan.source.name == own.name.partition(".")[0]
        saved = write_mask(known.frame.invert(mask.data), known.scan, own.with_suffix(".nrrd"))
        assert read_mask_on(saved, read_scan(own).scan).any()
