"""One fact stands in one place of the panel, with one number, and under its own scan."""

from __future__ import annotations

import numpy as np
import pytest
from gui.landing import until_landed
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QLabel

from napari_brainseg.gui.layers.scan_layers import scan_of
from napari_brainseg.models.catalog import DEFAULT_MODEL
from napari_brainseg.pipeline.channels import guess_channels

pytestmark = pytest.mark.gui


@pytest.fixture
def opened(panel, viewer, oblique_file):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    return panel


def texts(panel) -> list[str]:
    """All that the panel says: its labels and the titles of its sections."""
    said = [label.text() for label in panel.findChildren(QLabel) if not label.isHidden()]
    return [*said, panel.measure.fold.toggleButton().text()]


def lines_with(panel, part: str) -> list[str]:
    return [line for text in texts(panel) for line in text.splitlines() if part in line]


def test_after_a_stroke_no_line_tells_another_number(opened, viewer, steered, segment, qtbot):
    segment(opened)
    mask = opened.working.layer
    title = opened.measure.fold.toggleButton()
    qtbot.waitUntil(lambda: "1 lesion ·" in title.text(), timeout=20_000)
    qtbot.waitUntil(opened.mask_rules.threshold.isEnabled, timeout=20_000)
    mask.brush_size = 2
    mask.paint((4, 30, 30), 1)
    qtbot.waitUntil(lambda: "2 lesions" in title.text(), timeout=20_000)
    assert "2 lesions" in opened.status.text()
    assert not lines_with(opened, "1 lesion ")
    qtbot.waitUntil(lambda: opened.status.text().endswith("· edited"), timeout=20_000)


def test_what_is_not_saved_is_seen_and_an_older_mask_is_hidden(
    opened, viewer, steered, segment, qtbot
):
    segment(opened)
    first = opened.working.layer
    assert viewer.title == f"● {first.name}, not saved – napari"
    assert opened.save_button.text() == "● Save mask…"
    segment(opened)
    assert opened.working.layer != first
    assert not first.visible
    assert viewer.title == "● 2 masks, not saved – napari"
    record = opened.working.record
    qtbot.waitUntil(lambda: record.is_settled)
    record.note_saved(record.digests)
    assert opened.save_button.text() == "Save mask…"
    # The other one is hidden, and can be lost all the same.
    assert viewer.title == f"● {first.name}, not saved – napari"
    viewer.layers.remove(first)
    assert viewer.title == "napari"


def test_buttons_stay_where_they_are_from_the_click_to_the_mask(opened, viewer, steered, qtbot):
    viewer.window.show()
    qtbot.wait(500)  # until it is laid out

    def places():
        qtbot.wait(50)
        upper = opened.segment_button, opened.empty_button, opened.views.planes
        above_the_end = opened.height() - opened.save_button.mapTo(opened, QPoint()).y()
        return [*(button.mapTo(opened, QPoint()) for button in upper), above_the_end]

    before = places()
    steered.pause_after = 4
    steered.leave.clear()
    opened.segment_button.click()
    qtbot.waitUntil(steered.started.is_set, timeout=20_000)
    assert places() == before
    steered.leave.set()
    qtbot.waitUntil(lambda: not (opened.run.running or opened.landing.busy), timeout=20_000)
    assert opened.working.layer is not None
    assert places() == before


def test_the_result_of_a_scan_goes_when_another_is_chosen(opened, viewer, steered, segment):
    segment(opened)
    assert "1 lesion" in opened.status.text()
    viewer.add_image(np.zeros((4, 30, 30)), name="other")
    assert opened.scans.currentText() == "other"
    assert opened.status.text() == ""
    opened.scans.setCurrentIndex(0)
    assert "1 lesion" in opened.status.text()


def test_the_scan_is_the_one_that_the_selected_mask_was_drawn_on(opened, viewer, oblique_file):
    """As an earlier examination, which was opened first."""
    later = oblique_file.with_name("later.nii.gz")
    later.write_bytes(oblique_file.read_bytes())
    opened.empty_button.click()
    earlier = opened.working.layer
    viewer.open(str(later), plugin="napari-brainseg")
    opened.empty_button.click()
    newest = opened.working.layer
    assert opened.scans.currentText() == "later"
    viewer.layers.selection.active = earlier
    assert opened.scans.currentText() == "flair"
    viewer.layers.selection.active = newest
    assert opened.scans.currentText() == "later"
    # Who chooses another one after that is left to it, and an image changes nothing.
    opened.scans.setCurrentText("flair")
    viewer.layers.selection.active = viewer.layers["later"]
    assert opened.scans.currentText() == "flair"


def test_a_cancelled_run_is_told_under_its_scan_only(opened, viewer, steered, qtbot):
    steered.pause_after = 0
    steered.leave.clear()
    opened.segment_button.click()
    qtbot.waitUntil(steered.started.is_set, timeout=20_000)
    with until_landed(qtbot, opened):
        opened.segment_button.click()
        steered.leave.set()
    assert opened.status.text().startswith("Cancelled")
    viewer.add_image(np.zeros((4, 30, 30)), name="other")
    assert opened.status.text() == ""


def test_a_double_click_on_segment_is_one_click(opened, viewer, steered, qtbot):
    """The second would cancel what the first has begun."""
    steered.pause_after = 2
    steered.leave.clear()
    button = opened.segment_button
    with until_landed(qtbot, opened) as ended:
        # As a mouse does it; the second press comes as a double click of its own.
        for act in (qtbot.mouseClick, qtbot.mouseDClick, qtbot.mouseRelease):
            act(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(steered.started.is_set, timeout=20_000)
        steered.leave.set()
    assert ended.args[0].segmentation.complete


def test_another_scan_that_is_run_is_named(opened, viewer, steered, qtbot):
    steered.pause_after = 2
    steered.leave.clear()
    opened.segment_button.click()
    qtbot.waitUntil(steered.started.is_set, timeout=20_000)
    viewer.add_image(np.zeros((4, 30, 30)), name="other")
    assert opened.status.text().startswith("flair: ")
    with until_landed(qtbot, opened):
        steered.leave.set()


def test_a_missing_channel_is_told_once(opened, viewer, segment, notes):
    """With the real assembly of channels, whose notes a run brings back."""
    combo = opened.models.combo
    combo.setCurrentIndex(combo.findData(DEFAULT_MODEL))
    segment(opened)
    for role in ("pre-contrast", "post-contrast"):
        assert len([line for line in lines_with(opened, role) if "missing" in line]) == 1
    assert not [text for _, text in notes if "contrast" in text]


def test_buttons_below_do_not_move_while_a_run_is_under_way(opened, viewer, steered, qtbot):
    window = opened.window()
    window.resize(1366, 768)
    window.show()
    qtbot.waitExposed(window)
    before = opened.save_button.mapTo(opened, opened.save_button.rect().topLeft()).y()
    steered.pause_after = 4
    steered.leave.clear()
    opened.segment_button.click()
    qtbot.waitUntil(steered.started.is_set, timeout=20_000)
    qtbot.wait(50)
    after = opened.save_button.mapTo(opened, opened.save_button.rect().topLeft()).y()
    with until_landed(qtbot, opened):
        steered.leave.set()
    assert abs(after - before) <= 2  # an empty line is a little lower than a written one


@pytest.mark.parametrize("way", ["run", "empty"])
def test_the_channels_fold_away_once_there_is_a_mask_and_their_notes_stay(
    way, opened, steered, segment
):
    opened.channels.fold.expand(animate=False)
    notes = opened.channels.note.text()
    segment(opened) if way == "run" else opened.empty_button.click()
    assert not opened.channels.fold.isExpanded()
    assert opened.channels.note.text() == notes
    # Measure and Correct stand above the rules, which open by themselves.
    tops = [part.y() for part in (opened.measure, opened.correct_fold, opened.mask_fold)]
    assert tops == sorted(tops)


def test_what_the_inputs_say_a_run_that_was_made_ahead_does_not_say_again(
    panel, viewer, oblique_file
):
    plain = oblique_file.rename(oblique_file.with_name("scan.nii.gz"))
    (layer,) = viewer.open(str(plain), plugin="napari-brainseg")
    note = "The model expects FLAIR; this image names no sequence."
    assert note in panel.channels.note.text().splitlines()
    made = guess_channels(panel.models.bundle.card, scan_of(layer).scan, ())
    assert made.notes == (note,)
    assert note in panel.channels.said
    combo = panel.channels.combos["post-contrast"]  # the user's choice is none of the guess
    combo.setCurrentIndex(combo.count() - 1)
    assert note not in panel.channels.said


def test_what_a_tool_said_of_a_mask_goes_with_it(opened, viewer, steered, segment, qtbot):
    segment(opened)
    opened.correct.say("Fill holes: 12 voxels changed.")
    segment(opened)
    assert not lines_with(opened, "12 voxels")
