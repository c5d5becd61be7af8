"""The panel, from an open scan to a saved mask."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise

import dicom_series
import nibabel as nib
import numpy as np
import pytest
from gui.landing import until_landed
from qtpy.QtCore import QPoint, Qt, QThreadPool
from qtpy.QtWidgets import QComboBox, QFileDialog, QMessageBox, QPushButton, QRadioButton

from napari_brainseg.errors import ChannelError
from napari_brainseg.frames import frame_for
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.domain.metadata import METADATA_KEY

pytestmark = pytest.mark.gui


@pytest.fixture
def opened(panel, viewer, oblique_file):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    return panel


def save_to(panel, qtbot, monkeypatch, path, chosen="NIfTI (*.nii.gz *.nii)"):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), chosen))
    with qtbot.waitSignal(panel.saver.ended, timeout=20_000) as ended:
        panel.save_button.click()
    return ended.args[0]


def test_the_whole_path_keeps_geometry_and_edits(
    opened, viewer, segment, qtbot, monkeypatch, tmp_path, oblique_file
):
    segment(opened)
    mask = viewer.layers[-1]
    image = viewer.layers[0]
    assert mask.data.shape == image.data.shape
    np.testing.assert_array_equal(mask.extent.world, image.extent.world)
    assert viewer.layers.selection.active == mask
    assert mask.mode == "paint"

    predicted = mask.data.copy()
    mask.selected_label = 1
    mask.data[6] = predicted[6] = 0
    mask.paint((6, 30, 25), 1)
    assert mask.data[6].sum() > 20
    mask.undo()
    np.testing.assert_array_equal(mask.data, predicted)
    mask.brush_size = 1
    mask.paint((6, 3, 5), 1)

    target = tmp_path / "out.nii.gz"
    assert "Saved out.nii.gz" in save_to(opened, qtbot, monkeypatch, target)
    source, saved = nib.load(oblique_file), nib.load(target)
    np.testing.assert_array_equal(saved.affine, source.affine)
    for form in ("sform", "qform"):
        assert saved.header[f"{form}_code"] == source.header[f"{form}_code"]
    predicted[6, 3, 5] = 1
    grid = frame_for(source.affine).invert(predicted)
    np.testing.assert_array_equal(np.asarray(saved.dataobj), grid.transpose(2, 1, 0))
    # Rows are turned over for the eye: row 3 from the front is the file's y = 48 - 1 - 3.
    assert np.asarray(saved.dataobj)[5, 44, 6] == 1


def test_file_save_writes_the_mask_on_the_grid_of_the_scan(
    opened, viewer, steered, segment, tmp_path, oblique_file
):
    segment(opened)
    (written,) = viewer.layers[-1].save(str(tmp_path / "a.nii"), plugin="napari-brainseg")
    source, saved = nib.load(oblique_file), nib.load(written)
    np.testing.assert_array_equal(saved.affine, source.affine)
    assert saved.shape == source.shape


def test_a_mask_that_cannot_be_a_segmentation_any_more_is_kept_as_nifti(
    opened, viewer, qtbot, monkeypatch, tmp_path
):
    folder = dicom_series.write_series(tmp_path / "s")
    (image,) = viewer.open(str(folder), plugin="napari-brainseg")
    labels = np.zeros(image.data.shape, np.uint8)
    labels[3, 2, 2:4] = 1
    axes = {key: getattr(image, key) for key in ("scale", "units", "axis_labels", "translate")}
    mask = viewer.add_labels(labels, metadata=dict(image.metadata), **axes)
    viewer.layers.selection.active = mask
    for file in folder.iterdir():
        file.unlink()
    (written,) = mask.save(str(tmp_path / "a.dcm"), plugin="napari-brainseg")
    assert written == str(tmp_path / "a.nii.gz")
    assert "saved as b.nii.gz" in save_to(opened, qtbot, monkeypatch, tmp_path / "b.dcm")
    for name in ("a.nii.gz", "b.nii.gz"):
        assert np.asarray(nib.load(tmp_path / name).dataobj).sum() == 2


def test_a_scan_opens_in_its_middle_and_is_chosen(opened, viewer, oblique_file):
    assert viewer.dims.current_step[0] in (5, 6)
    assert opened.scans.currentText() == "flair"
    assert opened.segment_button.isEnabled()


def test_a_lesion_that_is_not_on_the_screen_is_turned_to(opened, viewer, steered, segment):
    steered.found_in = {2, 3}
    viewer.dims.set_current_step(0, 8)
    segment(opened)
    assert viewer.dims.current_step[0] == 2


@pytest.mark.parametrize("found_in", [{3, 8}, set()])
def test_otherwise_the_slice_on_the_screen_stays(opened, viewer, steered, segment, found_in):
    steered.found_in = found_in
    viewer.dims.set_current_step(0, 8)
    segment(opened)
    assert viewer.dims.current_step[0] == 8


@pytest.mark.parametrize("order", [("flair", "t1_post", "t2"), ("t2", "flair", "t1_post")])
def test_of_the_sequences_of_a_patient_the_one_that_the_model_needs_is_chosen(
    panel, viewer, oblique_file, order
):
    for name in order:
        path = oblique_file.with_name(f"{name}.nii.gz")
        path.write_bytes(oblique_file.read_bytes())
        viewer.open(str(path), plugin="napari-brainseg")
    assert panel.scans.currentText() == "flair"
    assert panel.channels.by_role["post-contrast"].scan.source.name == "t1_post"
    other = oblique_file.parent / "other"
    other.mkdir()
    (other / "t2.nii.gz").write_bytes(oblique_file.read_bytes())
    viewer.open(str(other / "t2.nii.gz"), plugin="napari-brainseg")
    assert panel.scans.currentIndex() == 3


def test_so_it_is_where_the_panel_is_opened_last(viewer, oblique_file, tiny_bundle):
    for name in ("t1_pre", "flair", "t2"):
        path = oblique_file.with_name(f"{name}.nii.gz")
        path.write_bytes(oblique_file.read_bytes())
        viewer.open(str(path), plugin="napari-brainseg")
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg")
    assert panel.scans.currentText() == "flair"


def test_without_a_scan_segment_says_why_not(panel):
    assert not panel.segment_button.isEnabled()
    assert panel.segment_button.toolTip().startswith("Open a scan first")
    assert panel.outlook.text() == panel.segment_button.toolTip()
    assert not panel.save_button.isEnabled()
    assert "no mask" in panel.save_button.toolTip()


def test_renamed_and_removed_layers_are_followed(opened, viewer):
    viewer.layers[0].name = "brain"
    assert opened.scans.currentText() == "brain"
    viewer.layers.clear()
    assert opened.scans.count() == 0


def test_a_layer_that_cannot_be_segmented_says_so(panel, viewer):
    viewer.add_image(np.zeros((65, 2, 3, 4)), name="movie")
    assert not panel.segment_button.isEnabled()
    assert "65 volumes" in panel.segment_button.toolTip()


def test_cancelling_keeps_the_slices_done_and_tells_of_the_others(opened, viewer, steered, qtbot):
    cancel_after(4, opened, steered, qtbot)
    mask, total = viewer.layers[-1], len(viewer.layers[0].data)
    assert mask == opened.working.layer
    assert mask.editable
    assert mask.data.any(axis=(1, 2)).sum() == 4
    assert mask.name.endswith(f"(4 of {total} slices)")
    assert f"{total - 4} of {total} slices were not run" in opened.notes.text()
    assert opened.segment_button.text() == "Segment"


def test_cancelling_before_the_first_slice_leaves_nothing(opened, viewer, steered, qtbot):
    cancel_after(0, opened, steered, qtbot)
    assert len(viewer.layers) == 1
    assert opened.segment_button.isEnabled()


def cancel_after(count, panel, steered, qtbot):
    steered.pause_after = count
    steered.leave.clear()
    panel.segment_button.click()
    assert panel.segment_button.text() == "Cancel"
    qtbot.waitUntil(steered.started.is_set, timeout=20_000)
    with until_landed(qtbot, panel):
        panel.segment_button.click()
        steered.leave.set()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ChannelError("FLAIR is missing. Choose it."), "FLAIR is missing. Choose it."),
        (ValueError("odd"), "Segmentation failed: ValueError: odd"),
    ],
)
def test_after_an_error_the_panel_is_usable(
    opened, viewer, steered, segment, notes, error, message
):
    steered.error = error
    segment(opened)
    assert ("error", message) in notes
    assert opened.status.text() == message
    steered.error = None
    segment(opened)
    assert len(viewer.layers) == 2


def test_the_result_goes_to_the_scan_chosen_at_the_click(opened, viewer, steered, qtbot):
    steered.leave.clear()
    opened.segment_button.click()
    scan = viewer.layers[0].metadata[METADATA_KEY].scan
    other = viewer.add_image(np.zeros((4, 30, 30)), name="other")
    assert opened.scans.currentText() == "other"
    with until_landed(qtbot, opened):
        steered.leave.set()
    mask = viewer.layers[-1]
    assert steered.scans == [scan]
    assert provenance_of(mask).scan is scan
    assert viewer.layers.selection.active == other


def test_a_run_ends_without_a_mask_when_its_scan_is_closed(opened, viewer, steered, qtbot):
    steered.leave.clear()
    opened.segment_button.click()
    with until_landed(qtbot, opened):
        viewer.layers.clear()
        steered.leave.set()
    assert not viewer.layers
    assert opened.status.text() == "flair: Stopped, as this scan was closed."
    assert opened.segment_button.text() == "Segment"


def test_a_second_run_makes_a_new_layer_unless_one_is_to_be_replaced(
    opened, viewer, steered, segment
):
    segment(opened)
    segment(opened)
    assert len(viewer.layers) == 3
    mask = viewer.layers[1]
    mask.data[:] = 0
    mask.data[2, 1, 1] = 1
    painted = mask.data.copy()
    opened.target.setCurrentIndex(opened.target.findText(f"Replace {mask.name}"))
    segment(opened)
    assert len(viewer.layers) == 3
    np.testing.assert_array_equal(mask.data, viewer.layers[2].data)
    mask.undo()
    np.testing.assert_array_equal(mask.data, painted)


def test_this_slice_segments_and_replaces_only_the_slice_shown(opened, viewer, steered, segment):
    segment(opened)
    mask = viewer.layers[1]
    mask.data[:] = 0
    viewer.dims.set_current_step(0, 3)
    opened.target.setCurrentIndex(1)
    opened.range.one.setChecked(True)
    result = segment(opened)
    assert result.segmentation.slices == (3,)
    assert np.flatnonzero(mask.data.any(axis=(1, 2))).tolist() == [3]


def test_this_slice_is_off_for_other_planes_and_says_why(panel, viewer):
    viewer.add_image(np.zeros((30, 4, 30)), scale=(1, 5, 1), units=("mm",) * 3)
    assert not panel.range.one.isEnabled()
    assert "coronal" in panel.range.one.toolTip()


def test_this_slice_of_thick_coronal_slices_is_the_axial_one_on_the_screen(panel, viewer, segment):
    viewer.add_image(np.ones((30, 12, 30)), scale=(1, 5, 1), units=("mm",) * 3)
    viewer.dims.set_current_step(0, 21)
    panel.range.one.setChecked(True)
    result = segment(panel)
    assert (result.segmentation.plane, result.segmentation.slices) == ("axial", (21,))


def test_what_the_run_notes_is_shown_and_told(opened, steered, segment, notes):
    steered.notes = ("post-contrast missing: FLAIR stood in.",)
    segment(opened)
    assert opened.notes.text() == steered.notes[0]
    assert ("warning", steered.notes[0]) in notes


def test_a_check_that_ends_after_the_run_leaves_what_the_run_found_out(opened, steered, segment):
    steered.notes = ("post-contrast missing: FLAIR stood in.",)
    segment(opened)
    opened.input_check.changed.emit(())
    assert opened.notes.text() == steered.notes[0]
    opened.input_check.chosen.emit()
    assert opened.notes.text() == ""


def test_the_status_says_what_was_found_in_units(opened, steered, segment):
    segment(opened)
    # 12 slices of 10 x 10 voxels of 0.9 x 0.8 x 5 mm.
    assert opened.status.text() == "1 lesion · 4.3 mL · 12 slices in 0.5 s on CPU"


def test_a_completed_name_that_exists_is_replaced_only_after_confirmation(
    opened, steered, segment, qtbot, monkeypatch, tmp_path
):
    segment(opened)
    (tmp_path / "out.tif").write_bytes(b"mine")
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *_, **__: answers.pop(0))
    name = (str(tmp_path / "out"), "TIFF (*.tif *.tiff)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: name)
    opened.save_button.click()
    assert (tmp_path / "out.tif").read_bytes() == b"mine"
    assert "Saved out.tif" in save_to(opened, qtbot, monkeypatch, *name)


def test_the_scan_itself_is_never_overwritten(
    opened, steered, segment, qtbot, monkeypatch, oblique_file, notes
):
    segment(opened)
    before = oblique_file.read_bytes()
    message = save_to(opened, qtbot, monkeypatch, oblique_file)
    assert "the scan itself" in message
    assert ("error", message) in notes
    assert oblique_file.read_bytes() == before


def test_a_new_model_appears_without_a_restart(panel, tiny_bundle, monkeypatch, tmp_path):
    monkeypatch.setenv("BRAINSEG_MODELS", str(tmp_path))
    shutil.copytree(tiny_bundle.path, tmp_path / "new")
    card = json.loads((tmp_path / "new" / "card.json").read_text())
    card |= {"name": "new-model", "title": "New model"}
    (tmp_path / "new" / "card.json").write_text(json.dumps(card))
    panel.models.combo.opening.emit()
    assert panel.models.combo.findText("New model") >= 0


def test_the_card_is_shown_without_blocking(panel):
    from napari_brainseg.gui.panel.model_card import CardDialog

    panel.models.about.click()
    (dialog,) = panel.models.findChildren(CardDialog)
    assert not dialog.isModal()
    dialog.close()


def test_closing_the_panel_ends_the_run(opened, viewer, steered, qtbot):
    steered.leave.clear()
    opened.segment_button.click()
    qtbot.waitUntil(steered.started.is_set, timeout=20_000)
    viewer.window.remove_dock_widget(opened)
    opened.close()
    steered.leave.set()
    assert not opened.run.running
    assert len(viewer.layers) == 1


def test_closing_the_viewer_ends_the_run(opened, viewer, steered, qtbot):
    steered.leave.clear()
    opened.segment_button.click()
    qtbot.waitUntil(steered.started.is_set, timeout=20_000)
    ended = []
    opened.run.ended.connect(ended.append)
    viewer.close()
    steered.leave.set()
    qtbot.waitUntil(lambda: QThreadPool.globalInstance().activeThreadCount() == 0, timeout=20_000)
    qtbot.wait(50)
    assert not ended


def test_missing_sequences_are_said_before_the_run(opened):
    assert opened.channels.note.isVisibleTo(opened)
    note = opened.channels.note.text()
    assert note == "pre-contrast, post-contrast missing: FLAIR stands in."


def test_the_tab_key_walks_the_panel_from_top_to_bottom(opened):
    opened.channels.fold.expand(animate=False)
    order, widget = [], opened.nextInFocusChain()
    while widget is not opened:
        tabbed = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if opened.isAncestorOf(widget) and tabbed and widget.isVisibleTo(opened):
            order.append(widget.mapTo(opened, QPoint(0, 0)).y())
        widget = widget.nextInFocusChain()
    assert len(order) >= 6
    # Controls of one row stand side by side, a few pixels up or down.
    assert all(later > earlier - 15 for earlier, later in pairwise(order))


def test_every_control_explains_itself(opened):
    controls = [
        *opened.findChildren(QPushButton),
        *opened.findChildren(QComboBox),
        *opened.findChildren(QRadioButton),
    ]
    silent = [control for control in controls if not control.toolTip()]
    assert [f"{type(c).__name__} of {type(c.parent()).__name__}" for c in silent] == []
