"""Working through a folder of scans in a viewer."""

from __future__ import annotations

import gc
import json
import weakref
from threading import Event, current_thread, main_thread
from threading import enumerate as enumerate_threads

import nibabel as nib
import numpy as np
import pytest
from dicom_series import write_series, write_slice
from gui.landing import until_landed
from napari.settings import get_settings
from qtpy.QtCore import QSettings, Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPushButton,
)

from napari_brainseg.errors import ModelError
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.domain.mask_standing import Look
from napari_brainseg.gui.domain.metadata import METADATA_KEY, OVERLAY_KEY
from napari_brainseg.gui.panel.widget import SegmentWidget
from napari_brainseg.gui.worklist import prefetch, session, tasks
from napari_brainseg.gui.worklist.table import WorkTable
from napari_brainseg.gui.worklist.training_dialog import Lesson, TrainingDialog
from napari_brainseg.gui.worklist.widget import KEYS
from napari_brainseg.io import MaskInfo, read_mask, read_scan
from napari_brainseg.measure.edit_record_file import read_edit_record
from napari_brainseg.training_set import open_training_set
from napari_brainseg.worklist import STATE_NAME, Status, save_mask
from napari_brainseg.worklist.items import WorkItem

pytestmark = pytest.mark.gui

A, B, C = "a/flair.nii.gz", "b/flair.nii.gz", "c/flair.nii.gz"


@pytest.fixture(autouse=True)
def own_settings(tmp_path):
    """Keep what is remembered away from the user's own settings."""
    form, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    QSettings.setPath(form, scope, str(tmp_path / "settings"))


def write_scan(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    voxels = np.random.default_rng(seed).integers(0, 400, (30, 32, 6)).astype(np.int16)
    nib.save(nib.Nifti1Image(voxels, np.diag([1.0, 1.0, 5.0, 1.0])), path)
    return path


@pytest.fixture
def study(tmp_path):
    for seed, name in enumerate((A, B, C)):
        write_scan(tmp_path / "study" / name, seed)
    return tmp_path / "study"


@pytest.fixture
def work(viewer, panel, qtbot):
    _, widget = viewer.window.add_plugin_dock_widget("napari-brainseg", "Work list")
    return widget


@pytest.fixture
def open_folder(work, qtbot, monkeypatch):
    """Open a folder, and wait for its first scan."""

    def run(folder, path):
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(folder))
        work.open_button.click()
        arrive(qtbot, work, path)

    return run


@pytest.fixture
def opened(work, study, open_folder, steered):
    open_folder(study, A)
    return work


def arrive(qtbot, work, path):
    session = work.session

    def arrived():
        assert not session.busy, work.status.text()
        assert session.current is not None
        assert session.current.path == path, work.status.text()

    qtbot.waitUntil(arrived, timeout=30_000)


def prefetched(qtbot, work, path):
    """Wait until the mask of a scan that is not on screen was made ahead."""

    def done():
        kept = work.session.prefetcher._kept
        found = [each for each in kept.values() if each.item.path == path]
        assert found
        assert found[0].bundle is not None

    qtbot.waitUntil(done, timeout=30_000)


def segmented(qtbot, work, segment, panel):
    """Have a mask on the scan on screen by pressing Segment."""
    segment(panel)
    assert work.session.mask is not None
    return work.session.mask


def names(viewer):
    return [layer.name for layer in viewer.layers]


def rows(work):
    table = work.items.table
    shown = [row for row in range(table.rowCount()) if not table.isRowHidden(row)]
    return [(table.item(row, 0).text(), table.item(row, 1).text()) for row in shown]


def paint(mask):
    mask.data_setitem((np.array([2]), np.array([3]), np.array([4])), np.array([1]))


def answer(monkeypatch, *answers):
    """Answer the questions about files that are in the way, and collect them."""
    asked, left = [], list(answers)

    def reply(_, question):
        asked.append(question)
        return left.pop(0)

    monkeypatch.setattr(session, "ask_about_file", reply)
    return asked


# Opening


def test_a_folder_opens_at_its_first_scan_and_lists_the_rest(opened, viewer, study):
    assert names(viewer) == ["flair"]
    assert rows(opened) == [(A, "new"), (B, "new"), (C, "new")]
    assert opened.bar.format() == "0 of 3 accepted"
    assert not (study / "a" / "flair_mask.nii.gz").exists()


def test_without_a_folder_every_button_says_why_not(work):
    for button in (work.next_button, work.previous_button, work.accept_button):
        assert not button.isEnabled()
        assert button.toolTip() == "Open a folder first."


def test_the_list_leaves_the_panel_most_of_the_height(make_napari_viewer_proxy, qtbot):
    window = make_napari_viewer_proxy(show=True).window
    _, panel = window.add_plugin_dock_widget("napari-brainseg", "Segment")
    panel.window().resize(1366, 768)
    qtbot.waitUntil(lambda: panel.height() > 500, timeout=5000)
    qtbot.wait(1000)  # until the docks of the window have settled
    _, work = window.add_plugin_dock_widget("napari-brainseg", "Work list")
    qtbot.waitUntil(lambda: panel.height() + work.height() < 768, timeout=5000)
    qtbot.wait(200)  # for all that is to come
    assert panel.height() > 1.5 * work.height()
    folds = [fold.toggleButton() for fold in (panel.measure.fold, panel.correct_fold)]
    shown = (panel.segment_button, panel.forecast, panel.save_button, work.next_button, *folds)
    for part in shown:
        assert is_whole(part)
    # Rows that come above them, as notes of the next scan do, push them out of sight no more.
    panel.notes.show_lines(("It looks like CT.",) * 4)
    panel.notes.show()
    qtbot.waitUntil(lambda: panel.notes.height() > 60)
    qtbot.waitUntil(lambda: all(map(is_whole, folds)))
    for fold in (panel.measure.fold, panel.correct_fold):
        fold.toggleButton().click()
        # What is unfolded begins at the top, where it is taller than what is seen.
        qtbot.waitUntil(lambda fold=fold: fold.visibleRegion().boundingRect().height() > 200)
        assert is_whole(fold.toggleButton())
        fold.toggleButton().click()


def test_a_message_below_leaves_the_row_in_sight_that_is_chosen(qtbot):
    table = WorkTable()
    qtbot.addWidget(table)
    items = [WorkItem(f"{n}.nii", str(n)) for n in range(9)]
    table.resize(300, 300)
    table.show()
    table.show_items(items, items[5].key)
    table.resize(300, 150)
    chosen = table.table.visualItemRect(table.table.currentItem())
    assert table.table.currentRow() == 5
    assert table.table.viewport().rect().contains(chosen)


def is_whole(part):
    return part.visibleRegion().boundingRect().size() == part.size()


def test_an_empty_folder_is_said(work, qtbot, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: f"{tmp_path}/empty")
    with qtbot.waitSignal(work.session.told, timeout=20_000, check_params_cb=is_final):
        work.open_button.click()
    assert "No scan was found in empty" in work.status.text()


def is_final(text):
    return "No scan" in text


def test_the_panel_is_opened_if_it_is_not_there(viewer, qtbot, monkeypatch, study, steered):
    _, work = viewer.window.add_plugin_dock_widget("napari-brainseg", "Work list")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(study))
    work.open_button.click()
    arrive(qtbot, work, A)
    assert work.window().findChild(SegmentWidget) is work.panel.widget
    assert work.panel.widget.scans.currentText() == "flair"


def test_the_dialog_starts_where_a_folder_was_opened_last(opened, qtbot, monkeypatch, study):
    asked = []

    def dialog(*arguments):
        asked.append(arguments[2])
        return ""

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", dialog)
    opened.open_button.click()
    assert asked == [str(study)]


# Going and saving


def test_next_saves_the_edited_mask_beside_the_scan(
    opened, viewer, panel, segment, qtbot, study, steered
):
    mask = segmented(qtbot, opened, segment, panel)
    paint(mask)
    expected = mask.data.copy()
    frame = provenance_of(mask).frame
    written = []
    opened.session.saved.connect(lambda *told: written.append(told))
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert written[0][0] == mask
    np.testing.assert_array_equal(written[0][1], frame.invert(expected))
    labels, affine = read_mask(study / "a" / "flair_mask.nii.gz")
    np.testing.assert_array_equal(labels, frame.invert(expected))
    np.testing.assert_array_equal(affine, nib.load(study / A).affine)
    assert rows(opened)[0] == (A, "corrected")
    assert opened.items.table.item(0, 2).text() == f"{expected.sum() * 5 / 1000:.1f}"
    assert "Saved flair_mask.nii.gz (corrected)." in opened.status.text()


def test_what_the_list_saved_is_not_offered_again(
    opened, panel, viewer, segment, qtbot, study, notes
):
    mask = segmented(qtbot, opened, segment, panel)
    paint(mask)
    qtbot.waitUntil(lambda: mask in panel.keeper.unsaved(), timeout=20_000)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    # The mask that the model made of the next scan, as soon as it is there, is not saved yet.
    qtbot.waitUntil(lambda: panel.keeper.unsaved() in ([], [opened.session.mask]), timeout=20_000)
    qtbot.waitUntil(lambda: not panel.keeper.deletions, timeout=20_000)
    assert mask not in panel.keeper.unsaved()
    assert not panel.keeper.orphans


def test_the_account_of_edits_lies_beside_the_mask_and_goes_on_when_it_is_opened_again(
    opened, panel, segment, qtbot, study
):
    mask = segmented(qtbot, opened, segment, panel)
    made = np.count_nonzero(mask.data)
    paint(mask)
    first = np.count_nonzero(mask.data)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    file = study / "a" / "flair_mask.nii.gz"
    account = read_edit_record(file)
    assert (account.against, account.model) == ("model", panel.models.bundle.card.name)
    assert (account.original_voxels, account.final_voxels) == (made, first)
    opened.previous_button.click()
    arrive(qtbot, opened, A)
    again = opened.session.mask
    again.paint((1, 3, 3), 1)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    later = read_edit_record(file)
    assert (later.against, later.original_voxels) == ("file", first)
    assert later.earlier == (account,)


def test_an_overlay_is_not_taken_for_the_mask(opened, panel, viewer, segment, qtbot):
    mask = segmented(qtbot, opened, segment, panel)
    over = viewer.add_labels(
        np.ones_like(mask.data), metadata={**mask.metadata, OVERLAY_KEY: "changes"}
    )
    viewer.layers.selection.active = over
    assert opened.session.mask == mask
    viewer.layers.remove(mask)
    assert opened.session.mask is None


def test_scans_gone_by_are_not_held_by_workers_that_are_done(opened, qtbot, study):
    voxels = weakref.ref(opened.session.visit.scan.data)
    for button, path in ((opened.next_button, B), (opened.next_button, C)):
        button.click()
        arrive(qtbot, opened, path)
    opened.session.prefetcher.leave()
    opened.panel.widget.input_check.clear()

    def gone():
        gc.collect()
        assert voxels() is None

    qtbot.waitUntil(gone, timeout=20_000)


def test_what_was_saved_is_not_held_once_it_is_done(opened, panel, segment, qtbot, monkeypatch):
    paint(segmented(qtbot, opened, segment, panel))
    written = []

    def watched(worklist, item, labels, *args, **kwargs):
        written.append(weakref.ref(labels))
        return save_mask(worklist, item, labels, *args, **kwargs)

    monkeypatch.setattr(tasks, "save_mask", watched)
    opened.next_button.click()
    arrive(qtbot, opened, B)

    def gone():
        gc.collect()
        assert written[0]() is None

    qtbot.waitUntil(gone, timeout=20_000)


def test_an_untouched_mask_of_the_model_counts_as_segmented(opened, panel, segment, qtbot, study):
    segmented(qtbot, opened, segment, panel)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert rows(opened)[0] == (A, "segmented")
    assert (study / "a" / "flair_mask.nii.gz").exists()


def test_a_scan_without_a_mask_is_left_as_it_is(opened, qtbot, study, panel):
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert not list(study.rglob("*_mask.*"))
    assert rows(opened)[0] == (A, "new")


def test_going_back_opens_the_saved_mask_ready_to_be_corrected(
    opened, viewer, panel, segment, qtbot, study
):
    paint(segmented(qtbot, opened, segment, panel))
    opened.next_button.click()
    arrive(qtbot, opened, B)
    opened.previous_button.click()
    arrive(qtbot, opened, A)
    mask = opened.session.mask
    assert mask.data[2, 3, 4] == 1
    assert viewer.layers.selection.active == mask
    assert mask.mode == "paint"
    assert panel.working.layer == mask
    before = (study / "a" / "flair_mask.nii.gz").stat().st_mtime_ns
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert (study / "a" / "flair_mask.nii.gz").stat().st_mtime_ns == before


def test_layers_of_the_user_stay_and_those_of_the_list_go(opened, viewer, panel, segment, qtbot):
    image = viewer.add_image(np.zeros((6, 32, 30)), name="my image")
    labels = viewer.add_labels(np.zeros((6, 32, 30), dtype=np.uint8), name="my labels")
    viewer.layers.selection.active = viewer.layers["flair"]
    panel.scans.setCurrentText("flair")
    segmented(qtbot, opened, segment, panel)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert image in viewer.layers
    assert labels in viewer.layers
    flair = viewer.layers["flair"].metadata[METADATA_KEY].scan
    assert flair.source.files[0].parent.name == "b"


def test_a_second_mask_that_was_changed_by_hand_is_left_open_and_said(
    opened, viewer, panel, segment, qtbot, notes, study
):
    first = segmented(qtbot, opened, segment, panel)
    paint(first)
    second = segmented(qtbot, opened, segment, panel)
    assert second != first
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert first in viewer.layers
    assert second not in viewer.layers
    assert any("left open" in message for _, message in notes)


def test_going_on_right_after_strokes_compares_no_voxels_in_the_gui_thread(
    opened, viewer, panel, segment, qtbot, monkeypatch, study
):
    first = segmented(qtbot, opened, segment, panel)
    second = segmented(qtbot, opened, segment, panel)
    take, threads = Look.take, []
    monkeypatch.setattr(
        Look, "take", lambda look: (threads.append(current_thread()), take(look))[1]
    )
    paint(first)
    paint(second)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert first in viewer.layers
    assert second not in viewer.layers
    assert threads
    assert main_thread() not in threads


def test_a_labels_layer_drawn_from_scratch_is_the_scans_mask(opened, viewer, qtbot, study):
    image = viewer.layers["flair"]
    keywords = {key: getattr(image, key) for key in ("scale", "units", "axis_labels", "translate")}
    assert not opened.accept_button.isEnabled()
    drawn = viewer.add_labels(np.zeros(image.data.shape, dtype=np.uint8), **keywords)
    assert opened.accept_button.isEnabled()
    paint(drawn)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert rows(opened)[0] == (A, "corrected")
    labels, _ = read_mask(study / "a" / "flair_mask.nii.gz")
    assert labels.sum() == 1
    assert drawn not in viewer.layers


def test_a_file_of_somebody_else_is_opened_but_not_replaced_unasked(
    work, qtbot, monkeypatch, study, open_folder, steered
):
    target = study / "a" / "flair_mask.nii.gz"
    nib.save(nib.Nifti1Image(np.ones((30, 32, 6), np.uint8), nib.load(study / A).affine), target)
    before = target.read_bytes()
    open_folder(study, A)
    assert "flair_mask.nii.gz was found" in work.status.text()
    work.session.mask.data_setitem((np.array([0]), np.array([0]), np.array([0])), np.array([0]))

    asked = answer(monkeypatch, None, "beside")
    work.next_button.click()
    qtbot.waitUntil(lambda: len(asked) == 1 and not work.session.busy, timeout=20_000)
    assert work.session.current.path == A
    assert "did not write it" in asked[0]
    assert target.read_bytes() == before

    work.next_button.click()
    arrive(qtbot, work, B)
    assert target.read_bytes() == before
    assert read_mask(study / "a" / "flair-2_mask.nii.gz")[0].sum() == 30 * 32 * 6 - 1


def test_what_is_painted_while_it_is_being_saved_is_saved_too(
    opened, panel, segment, qtbot, study, monkeypatch
):
    mask = segmented(qtbot, opened, segment, panel)
    frame, waiting, leave = provenance_of(mask).frame, Event(), Event()

    def slow(*args, **kwargs):
        waiting.set()
        leave.wait(20)
        return save_mask(*args, **kwargs)

    monkeypatch.setattr(tasks, "save_mask", slow)
    opened.next_button.click()
    qtbot.waitUntil(waiting.is_set, timeout=20_000)
    paint(mask)
    expected = frame.invert(mask.data.copy())
    leave.set()
    arrive(qtbot, opened, B)
    labels, _ = read_mask(study / "a" / "flair_mask.nii.gz")
    np.testing.assert_array_equal(labels, expected)
    assert rows(opened)[0] == (A, "corrected")


def test_a_double_click_goes_to_a_scan(opened, qtbot):
    opened.items.table.itemActivated.emit(opened.items.table.item(2, 0))
    arrive(qtbot, opened, C)
    assert opened.items.table.item(2, 0).font().bold()
    assert not opened.items.table.item(0, 0).font().bold()


def test_nobody_goes_on_while_the_panel_segments(opened, panel, steered, qtbot):
    steered.leave.clear()
    panel.segment_button.click()
    assert not opened.next_button.isEnabled()
    assert "Wait for Segment" in opened.next_button.toolTip()
    with until_landed(qtbot, panel):
        steered.leave.set()
    assert opened.next_button.isEnabled()


# Accepting


def test_accept_saves_and_goes_to_the_next_scan_that_is_not_accepted(
    opened, panel, segment, qtbot, study
):
    segmented(qtbot, opened, segment, panel)
    opened.accept_button.click()
    arrive(qtbot, opened, B)
    assert rows(opened)[0] == (A, "accepted")
    assert opened.bar.format() == "1 of 3 accepted"
    assert json.loads((study / STATE_NAME).read_text())["current"][0] == B
    opened.previous_button.click()
    arrive(qtbot, opened, A)
    opened.items.table.itemActivated.emit(opened.items.table.item(2, 0))
    arrive(qtbot, opened, C)
    qtbot.waitUntil(lambda: opened.accept_button.isEnabled() or not panel.run.running)
    if opened.session.mask is None:
        segmented(qtbot, opened, segment, panel)
    opened.accept_button.click()
    arrive(qtbot, opened, B)


def test_what_was_accepted_can_be_taken_back_or_corrected(opened, panel, segment, qtbot, study):
    segmented(qtbot, opened, segment, panel)
    opened.accept_button.click()
    arrive(qtbot, opened, B)
    opened.previous_button.click()
    arrive(qtbot, opened, A)
    assert opened.accept_button.text() == "Take back"
    qtbot.waitUntil(lambda: panel.working.record.digests is not None)
    with qtbot.waitSignal(panel.working.edited):
        paint(opened.session.mask)
    assert opened.accept_button.text() == "Accept"
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert rows(opened)[0] == (A, "corrected")


def test_taking_back_keeps_the_mask(opened, panel, segment, qtbot, study):
    segmented(qtbot, opened, segment, panel)
    opened.accept_button.click()
    arrive(qtbot, opened, B)
    opened.previous_button.click()
    arrive(qtbot, opened, A)
    opened.accept_button.click()
    qtbot.waitUntil(lambda: rows(opened)[0] == (A, "corrected"), timeout=20_000)
    assert (study / "a" / "flair_mask.nii.gz").exists()
    assert opened.accept_button.text() == "Accept"


def test_after_the_last_one_it_says_that_all_is_done(opened, panel, segment, qtbot, open_folder):
    for path in (B, C, None):
        if opened.session.mask is None:
            segmented(qtbot, opened, segment, panel)
        opened.accept_button.click()
        if path is not None:
            arrive(qtbot, opened, path)
    qtbot.waitUntil(lambda: "all scans" in opened.status.text(), timeout=20_000)
    assert opened.bar.format() == "3 of 3 accepted"


# Resuming


def test_reopening_goes_to_the_scan_that_was_left_off_at(opened, qtbot, study, open_folder, viewer):
    opened.next_button.click()
    arrive(qtbot, opened, B)
    qtbot.waitUntil(lambda: json.loads((study / STATE_NAME).read_text())["current"][0] == B)
    viewer.window.remove_dock_widget(opened)
    opened.close()
    viewer.layers.clear()
    _, again = viewer.window.add_plugin_dock_widget("napari-brainseg", "Work list")
    again.session.open(study)
    arrive(qtbot, again, B)


def test_a_mask_that_vanished_makes_its_scan_new_and_says_so(
    opened, panel, segment, qtbot, study, open_folder, notes
):
    segmented(qtbot, opened, segment, panel)
    opened.accept_button.click()
    arrive(qtbot, opened, B)
    (study / "a" / "flair_mask.nii.gz").unlink()
    opened.session.open(study)
    qtbot.waitUntil(lambda: rows(opened)[0] == (A, "new"), timeout=20_000)
    arrive(qtbot, opened, B)
    assert any("counts as new again" in message for _, message in notes)
    assert "is gone" in opened.items.table.item(0, 0).toolTip()


# The background


def test_the_next_scan_is_segmented_ahead_and_shown_at_once(
    opened, viewer, panel, qtbot, steered, study
):
    prefetched(qtbot, opened, B)
    runs = len(steered.scans)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    mask = opened.session.mask
    assert mask is not None
    assert mask.data.any()
    handle = provenance_of(mask)
    assert handle.result.complete
    assert handle.original is not None
    assert viewer.layers.selection.active == mask
    assert [scan for scan in steered.scans[:runs] if scan is handle.scan]
    assert "lesion" in panel.status.text()
    assert mask.data[viewer.dims.current_step[0]].any()
    assert rows(opened)[1] == (B, "new")
    assert not (study / "b" / "flair_mask.nii.gz").exists()


def test_the_scan_being_segmented_ahead_goes_on_when_it_is_opened(
    work, qtbot, study, open_folder, steered
):
    steered.pause_after = 2
    steered.leave.clear()
    open_folder(study, A)
    qtbot.waitUntil(steered.started.is_set, timeout=30_000)
    work.next_button.click()
    arrive(qtbot, work, B)
    assert work.session.mask is None
    assert "being made" in work.status.text()
    steered.leave.set()
    qtbot.waitUntil(lambda: work.session.mask is not None, timeout=20_000)
    (made,) = [scan for scan in steered.scans if scan is work.session.visit.scan]
    assert provenance_of(work.session.mask).scan is made


def test_segment_ends_what_is_made_ahead_and_it_is_taken_up_again(
    work, panel, qtbot, study, open_folder, steered
):
    steered.pause_after = 2
    steered.leave.clear()
    open_folder(study, A)
    qtbot.waitUntil(steered.started.is_set, timeout=30_000)
    ahead = work.session.prefetcher._cancelled
    panel.segment_button.click()
    assert ahead.is_set()
    assert work.session.prefetcher.under_way is None
    with until_landed(qtbot, panel):
        steered.leave.set()
    prefetched(qtbot, work, B)


def test_a_mask_of_another_model_is_not_shown(opened, panel, qtbot, steered, monkeypatch):
    prefetched(qtbot, opened, B)
    panel.models._catalog.bundles.clear()
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert opened.session.mask is None


def test_an_error_ahead_is_told_only_where_it_matters(
    work, qtbot, study, open_folder, steered, notes
):
    steered.error = ModelError("The model is unwell.")
    open_folder(study, A)
    prefetched(qtbot, work, B)
    assert "unwell" not in work.status.text()
    assert not notes
    work.next_button.click()
    arrive(qtbot, work, B)
    assert "unwell" in work.status.text()


def test_what_does_not_fit_in_memory_is_not_made_ahead(
    work, qtbot, study, open_folder, steered, monkeypatch
):
    monkeypatch.setattr(prefetch, "MAX_BYTES", 100)
    open_folder(study, A)
    prefetcher = work.session.prefetcher

    def given_up():
        return {item.path for item in prefetcher._in_vain} == {A, B, C} and not prefetcher.under_way

    qtbot.waitUntil(given_up, timeout=20_000)
    assert not prefetcher._kept
    assert not steered.scans
    work.next_button.click()
    arrive(qtbot, work, B)


def fetching():
    return [thread for thread in enumerate_threads() if thread.name == prefetch.THREAD]


def test_closing_while_a_mask_is_made_ahead_ends_the_worker(
    work, viewer, qtbot, study, open_folder, steered
):
    steered.pause_after = 2
    steered.leave.clear()
    open_folder(study, A)
    qtbot.waitUntil(steered.started.is_set, timeout=30_000)
    cancelled = work.session.prefetcher._cancelled
    assert fetching()
    viewer.close()
    qtbot.waitUntil(cancelled.is_set, timeout=5_000)
    steered.leave.set()
    qtbot.waitUntil(lambda: not fetching(), timeout=20_000)


# Training sets


@pytest.fixture
def training(monkeypatch, tmp_path):
    """Answer the questions for a training set; gives its folder."""

    def answer(dialog):
        dialog.note.setText("AB, Monday")
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(TrainingDialog, "exec", answer)
    (tmp_path / "set").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: f"{tmp_path}/set")
    return tmp_path / "set"


def added(qtbot, work):
    """Click, and wait for what is said at the end."""
    said = []
    work.adder.ended.connect(said.append)
    work.training_button.click()
    qtbot.waitUntil(lambda: bool(said) and not said[-1].endswith("…"), timeout=30_000)
    return said[-1]


def test_a_corrected_mask_goes_to_a_training_set(
    opened, panel, segment, qtbot, study, training, monkeypatch
):
    assert not opened.training_button.isEnabled()
    mask = segmented(qtbot, opened, segment, panel)
    paint(mask)
    assert "Added a · flair.nii.gz" in added(qtbot, opened)
    assert rows(opened)[0] == (A, "corrected")
    (entry,) = open_training_set(training).contents.entries
    assert (entry.patient, entry.note) == ("a", "AB, Monday")
    assert [image.role for image in entry.images] == ["FLAIR"]
    copied, _ = read_mask(training / entry.id / "mask.nii.gz")
    np.testing.assert_array_equal(copied, read_mask(study / "a" / "flair_mask.nii.gz")[0])

    asked = []

    def question(*arguments):
        asked.append(arguments[2])
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", question)
    # The folder is remembered: nobody is asked again.
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", None)
    assert added(qtbot, opened) == "The training set was left as it is."
    assert "is in the training set already" in asked[0]


def lesson_of(scan, **changes):
    options = {"patient": "p1", "is_corrected": True, "channels": None, "model": None, **changes}
    return Lesson(scan, np.zeros(scan.grid, np.uint8), MaskInfo(), **options)


def test_a_folder_that_is_no_training_set_is_refused_in_the_dialog(qtbot, study):
    scan = read_scan(study / A).scan
    dialog = TrainingDialog(lesson_of(scan), study)
    qtbot.addWidget(dialog)
    assert not dialog.add.isEnabled()
    assert dialog.problem.text()
    assert not (study / "manifest.json").exists()


def test_the_patient_of_a_dicom_series_is_proposed_without_their_name(qtbot, tmp_path):
    scan = read_scan(write_series(tmp_path / "series")).scan
    dialog = TrainingDialog(lesson_of(scan, is_corrected=False), tmp_path / "set")
    qtbot.addWidget(dialog)
    assert dialog.patient.text().startswith("patient-")
    assert "Doe" not in dialog.patient.text()
    assert dialog.add.isEnabled()
    assert "untouched" in dialog.problem.text()


# What cannot be read, DICOM, filters, keys


def test_a_scan_that_cannot_be_read_is_passed_over_and_says_why(
    work, qtbot, study, open_folder, steered
):
    (study / B).write_bytes(b"no image")
    open_folder(study, A)
    prefetched(qtbot, work, C)
    assert "cannot" not in work.status.text()
    assert rows(work)[1] == (B, "new")
    work.next_button.click()
    arrive(qtbot, work, C)
    assert rows(work)[1] == (B, "cannot be read")
    assert "damaged" in work.items.table.item(1, 0).toolTip()
    assert "b/flair.nii.gz was passed over" in work.status.text()
    work.previous_button.click()
    arrive(qtbot, work, A)
    write_scan(study / B, 1)
    work.items.table.itemActivated.emit(work.items.table.item(1, 0))
    arrive(qtbot, work, B)
    assert rows(work)[1] == (B, "new")


def test_a_dicom_series_is_worked_on_and_saved_as_dicom_seg(
    work, panel, qtbot, tmp_path, open_folder, steered, segment
):
    write_scan(tmp_path / "study" / "p2" / "flair.nii.gz", 0)
    rng = np.random.default_rng(0)
    for z in range(6):
        pixels = rng.integers(0, 400, (40, 48))
        write_slice(
            tmp_path / "study" / "p1" / f"I{z}", pixels, (0, 0, 5 * z), SeriesDescription="head"
        )
    open_folder(tmp_path / "study", "p1")
    assert rows(work)[0] == ("p1 · head", "new")
    segmented(qtbot, work, segment, panel)
    work.accept_button.click()
    arrive(qtbot, work, "p2/flair.nii.gz")
    assert (tmp_path / "study" / "head_mask.dcm").exists()
    assert "patient's name" in work.status.text()
    work.previous_button.click()
    arrive(qtbot, work, "p1")
    assert work.session.mask.data.any()
    assert work.session.current.status is Status.ACCEPTED


def test_filters_choose_what_is_shown_and_where_next_goes(work, qtbot, study, open_folder, steered):
    for patient in "abc":
        write_scan(study / f"{patient} other" / "t1.nii.gz", 5)
    open_folder(study, A)
    work.items.text.setText("FLAIR")
    assert [name for name, _ in rows(work)] == [A, B, C]
    assert work.bar.format() == "0 of 3 accepted"
    work.next_button.click()
    arrive(qtbot, work, B)
    work.items.statuses.setCurrentText("accepted")
    assert rows(work) == []
    assert not work.next_button.isEnabled()
    assert "last scan shown" in work.next_button.toolTip()


def test_keys_are_none_of_naparis_and_do_what_the_buttons_do(opened, viewer, qtbot):
    taken = {
        str(binding).casefold()
        for bindings in get_settings().shortcuts.shortcuts.values()
        for binding in bindings
    }
    for key in KEYS.values():
        assert key.casefold() not in taken
        assert QKeySequence(key).count() == 1
    window = opened.window()
    window.show()
    qtbot.waitUntil(window.isVisible)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    arrive(qtbot, opened, B)
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    arrive(qtbot, opened, A)


def test_every_control_explains_itself(opened):
    controls = [
        *opened.findChildren(QPushButton),
        *opened.findChildren(QComboBox),
        *opened.findChildren(QLineEdit),
    ]
    assert [type(control).__name__ for control in controls if not control.toolTip()] == []


def save_with_the_panel(panel, qtbot, monkeypatch, path):
    """Press *Save mask…*, and choose a file."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    with qtbot.waitSignal(panel.saver.ended, timeout=20_000):
        panel.save_button.click()


def at_rest(qtbot, work):
    qtbot.waitUntil(lambda: not work.session.busy, timeout=20_000)


def test_a_mask_that_the_panel_saved_counts_for_the_list(
    opened, viewer, panel, segment, qtbot, study, monkeypatch
):
    asked = answer(monkeypatch)
    paint(segmented(qtbot, opened, segment, panel))
    save_with_the_panel(panel, qtbot, monkeypatch, study / "a" / "flair_mask.nii.gz")
    qtbot.waitUntil(lambda: rows(opened)[0] == (A, "corrected"), timeout=20_000)
    at_rest(qtbot, opened)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    opened.previous_button.click()
    arrive(qtbot, opened, A)
    assert "was found" not in opened.status.text()
    mask = opened.session.mask
    mask.data_setitem((np.array([1]), np.array([1]), np.array([1])), np.array([1]))
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert "Saved flair_mask.nii.gz (corrected)." in opened.status.text()
    assert asked == []


def test_a_mask_that_the_panel_saved_elsewhere_is_saved_by_the_list_too(
    opened, viewer, panel, segment, qtbot, study, monkeypatch, tmp_path
):
    paint(segmented(qtbot, opened, segment, panel))
    save_with_the_panel(panel, qtbot, monkeypatch, tmp_path / "mine.nii.gz")
    at_rest(qtbot, opened)
    opened.next_button.click()
    arrive(qtbot, opened, B)
    assert rows(opened)[0] == (A, "corrected")
    assert (study / "a" / "flair_mask.nii.gz").exists()


def write_case(folder, name):
    for seed, sequence in enumerate(("flair", "t1", "t1ce", "t2")):
        write_scan(folder / name / f"{name}_{sequence}.nii.gz", seed)
    seg = np.zeros((30, 32, 6), np.uint8)
    seg[10:15, 10:15, 2] = 4
    image = nib.Nifti1Image(seg, np.diag([1.0, 1.0, 5.0, 1.0]))
    nib.save(image, folder / name / f"{name}_seg.nii.gz")


def test_a_case_shows_its_sequences_and_its_segmentation(
    work, panel, viewer, tmp_path, open_folder, steered, qtbot
):
    for name in ("case_1", "case_2"):
        write_case(tmp_path / "study", name)
    open_folder(tmp_path / "study", "case_1/case_1_flair.nii.gz")
    assert [row[0] for row in rows(work)] == ["case_1 · 4 images", "case_2 · 4 images"]
    assert {each: viewer.layers[each].visible for each in names(viewer)} == {
        "case_1": True,
        "case_1_t1": False,
        "case_1_t1ce": False,
        "case_1_t2": False,
        "case_1 · mask": True,
    }
    assert work.session.mask.data.max() == 4
    assert "case_1_seg.nii.gz was found" in work.status.text()
    work.next_button.click()
    arrive(qtbot, work, "case_2/case_2_flair.nii.gz")
    assert len(viewer.layers) == 5
