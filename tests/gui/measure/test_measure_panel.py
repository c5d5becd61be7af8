"""The section Measure in a real viewer, and the account of edits beside a saved mask."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta

import nibabel as nib
import numpy as np
import pytest
from napari.layers import Labels, Shapes
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QFileDialog, QMessageBox

from napari_brainseg.errors import SaveError
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.measure.reference import FROM_FILE, ORIGINAL
from napari_brainseg.gui.measure.text import length
from napari_brainseg.gui.npe2.commands import save_selected_mask
from napari_brainseg.gui.state import edit_clock
from napari_brainseg.io import write_mask
from napari_brainseg.measure.edit_record_file import edit_record_path, read_edit_record

pytestmark = pytest.mark.gui


@pytest.fixture
def opened(panel, viewer, oblique_file):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    return panel


@pytest.fixture
def mask(opened, viewer, steered, segment, qtbot):
    """12 slices of 10 x 10 voxels of 0.8 x 0.9 x 5 mm, at row 10 and column 12 of the display."""
    segment(opened)
    layer = viewer.layers[-1]
    layer.brush_size = 1
    wait_for(qtbot, opened, "1 lesion")
    looked_at(qtbot, opened)
    return layer


def looked_at(qtbot, panel) -> None:
    """Wait for the first look at the voxels, without which there is no change to tell."""
    qtbot.waitUntil(lambda: panel.working.record.digests is not None, timeout=20_000)


def title(panel) -> str:
    return panel.measure.fold.toggleButton().text()


def wait_for(qtbot, panel, text: str) -> None:
    qtbot.waitUntil(lambda: text in title(panel), timeout=20_000)


def stroke(qtbot, panel, layer, place, label=1) -> None:
    """Paint, and wait until the numbers have followed; an earlier measuring may end before."""
    layer.paint(place, label)
    counted = np.count_nonzero(layer.data)

    def has_followed() -> bool:
        measured = panel.measure.measured
        return measured is not None and measured.report.measures.voxels == counted

    qtbot.waitUntil(has_followed, timeout=20_000)


def choose(panel, name: str) -> None:
    combo = panel.measure.choice
    index = combo.findText(name)
    assert index >= 0, [combo.itemText(i) for i in range(combo.count())]
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def compared(qtbot, panel, name: str):
    choose(panel, name)
    section = panel.measure
    qtbot.waitUntil(
        lambda: section.measured is not None and section.measured.report.reference == name,
        timeout=20_000,
    )
    return section.measured.report.comparison


def test_the_line_says_lesions_volume_and_diameters(opened, mask):
    found = opened.measure.measured.report.measures
    assert title(opened).startswith("Measure: 1 lesion · 4.3 mL · ")
    # The diagonal of 8 x 9 mm, less the corners that the outline cuts off.
    assert found.diameters.long_mm == pytest.approx(np.hypot(8, 9), abs=0.9)
    sizes = (found.diameters.long_mm, found.diameters.short_mm)
    assert title(opened).endswith(" · {} × {} mm".format(*map(length, sizes)))


def test_a_lesion_of_few_voxels_is_not_nothing(opened, mask, qtbot):
    with qtbot.waitSignal(opened.measure.told):
        mask.data_setitem(tuple(np.argwhere(mask.data)[10:].T), 0)
    wait_for(qtbot, opened, "1 lesion · 0.036 mL")


def test_several_labels_are_counted_together_said_so_and_listed_by_name(opened, mask, qtbot):
    with qtbot.waitSignal(opened.measure.told):
        mask.paint((4, 30, 30), 2)
    wait_for(qtbot, opened, "2 labels · 2 lesions")
    assert "All labels together" in opened.measure.fold.toggleButton().toolTip()
    assert "label 2" in opened.measure.numbers.text()
    opened.labels.rename(2, "oedema")
    qtbot.waitUntil(lambda: "oedema" in opened.measure.numbers.text())
    opened.measure.copy_button.click()
    assert "oedema\t0." in QGuiApplication.clipboard().text()


def test_numbers_follow_a_stroke_undo_and_redo(opened, mask, qtbot):
    mask.paint((4, 30, 30), 1)
    wait_for(qtbot, opened, "2 lesions")
    assert "1201" in opened.measure.numbers.text()
    mask.undo()
    wait_for(qtbot, opened, "1 lesion ·")
    mask.redo()
    wait_for(qtbot, opened, "2 lesions")


def test_the_mask_selected_is_the_one_measured(opened, mask, viewer, qtbot):
    other = viewer.add_labels(
        np.zeros_like(mask.data), scale=mask.scale, units=mask.units, name="other"
    )
    wait_for(qtbot, opened, "empty mask")
    viewer.layers.selection.active = mask
    wait_for(qtbot, opened, "1 lesion")
    viewer.layers.remove(mask)
    viewer.layers.remove(other)
    assert title(opened) == "Measure: no mask"


def test_without_a_mask_the_controls_say_why(opened):
    section = opened.measure
    for control in (section.diameters, section.changes, section.copy_button, section.export_button):
        assert not control.isEnabled()
        assert control.toolTip() == "There is no mask to measure yet."


def test_the_plot_counts_slices_as_the_viewer_does_and_goes_there(opened, mask, viewer, qtbot):
    section = opened.measure
    section.fold.expand(animate=False)
    opened.window().show()
    stroke(qtbot, opened, mask, (3, 30, 30))
    assert np.argmax(section.plot.areas) == 3
    assert section.plot.areas[3] == pytest.approx(101 * 0.8 * 0.9)
    assert section.plot.current == viewer.dims.current_step[0] != 7
    place = QPoint(round(section.plot.x_of(7)), 30)
    qtbot.mouseClick(section.plot, Qt.MouseButton.LeftButton, pos=place)
    assert viewer.dims.current_step[0] == section.plot.current == 7
    viewer.dims.set_current_step(0, 2)
    assert section.plot.current == 2
    section.grab()


def test_slices_of_another_plane_are_turned_to(panel, viewer, qtbot):
    labels = np.zeros((20, 5, 20), np.uint8)
    labels[5:9, 3, 5:9] = 1
    viewer.add_labels(labels, scale=(1, 6, 1), units=("mm",) * 3, name="coronal")
    wait_for(qtbot, panel, "1 lesion")
    assert len(panel.measure.plot.areas) == 5
    panel.measure.plot.clicked.emit(3)
    assert viewer.dims.order[0] == 1
    assert viewer.dims.current_step[1] == panel.measure.plot.current == 3


def test_a_lesion_of_the_table_is_gone_to(opened, mask, viewer, qtbot):
    stroke(qtbot, opened, mask, (3, 30, 30))
    table = opened.measure.lesions
    assert [table.item(row, 3).text() for row in range(2)][1] == "3"
    table.cellClicked.emit(1, 0)
    assert viewer.dims.current_step[0] == 3


def test_diameters_are_drawn_on_the_largest_slice_and_follow(opened, mask, viewer, qtbot):
    stroke(qtbot, opened, mask, (4, 20, 15))
    chosen, mode = viewer.layers.selection.active, mask.mode
    opened.measure.diameters.setChecked(True)
    lines = viewer.layers[-1]
    assert isinstance(lines, Shapes)
    assert (viewer.layers.selection.active, mask.mode) == (chosen, mode)
    assert not lines.editable
    found = opened.measure.measured.report.measures.diameters
    for ends, mm in zip(lines.data, (found.long_mm, found.short_mm), strict=True):
        assert (ends[:, 0] == 4).all()
        assert ends[:, 1:].min(axis=0)[0] >= 9.5
        assert ends[:, 1:].max(axis=0)[1] <= 21.5
        assert np.linalg.norm((ends[1] - ends[0]) * mask.scale) == pytest.approx(mm)
    for row in range(21, 30):
        mask.paint((4, row, 15), 1)
    qtbot.waitUntil(lambda: np.concatenate(lines.data)[:, 1].max() > 29, timeout=20_000)
    longest = opened.measure.measured.report.measures.diameters.long_mm
    assert lines.features["length"][0] == f"{longest:.0f} mm"
    opened.measure.diameters.setChecked(False)
    assert lines not in viewer.layers


def test_removed_overlays_untick_their_boxes(opened, mask, viewer, qtbot):
    compared(qtbot, opened, ORIGINAL)
    for box in (opened.measure.diameters, opened.measure.changes):
        box.setChecked(True)
        viewer.layers.remove(viewer.layers[-1])
        assert not box.isChecked()
    assert viewer.layers[-1] == mask


def test_overlays_of_a_mask_among_others_stay_and_select_nothing(opened, mask, viewer, qtbot):
    """Neither the mask segmented last nor the topmost one, which count where none is selected."""
    place = {"scale": mask.scale, "units": mask.units}
    middle = viewer.add_labels(mask.data.copy(), name="middle", **place)
    viewer.add_labels(np.ones_like(mask.data), name="topmost", **place)
    viewer.layers.selection.active = middle
    compared(qtbot, opened, "topmost")
    looked_at(qtbot, opened)
    middle.brush_size = 1
    switched = []
    opened.working.switched.connect(lambda: switched.append(opened.working.layer))
    for box in (opened.measure.diameters, opened.measure.changes):
        box.setChecked(True)
    stroke(qtbot, opened, middle, (4, 30, 30))
    assert [type(layer).__name__ for layer in viewer.layers[-2:]] == ["Shapes", "Labels"]
    assert viewer.layers.selection == {middle}
    for box in (opened.measure.diameters, opened.measure.changes):
        box.setChecked(False)
    assert viewer.layers.selection == {middle}
    assert not switched


def test_an_emptied_mask_takes_its_lines_away(opened, mask, viewer, qtbot):
    opened.measure.diameters.setChecked(True)
    assert isinstance(viewer.layers[-1], Shapes)
    mask.data = np.zeros_like(mask.data)
    wait_for(qtbot, opened, "empty mask")
    assert viewer.layers[-1] == mask
    assert opened.measure.diameters.toolTip() == "The mask is empty."


def test_the_mask_as_the_model_made_it_is_compared_with(opened, mask, qtbot):
    assert compared(qtbot, opened, ORIGINAL).dice == 1.0
    stroke(qtbot, opened, mask, (4, 30, 30))
    stroke(qtbot, opened, mask, (5, 10, 12), 0)
    found = opened.measure.measured.report.comparison
    assert (found.added_voxels, found.removed_voxels) == (1, 1)
    assert opened.measure.comparison.text().startswith("Dice 0.999 · IoU 0.998 · HD95 0.0 mm\n")
    assert "1 voxels added, 1 removed" in opened.measure.comparison.text()


def test_changes_lie_over_the_mask_and_are_no_mask(opened, mask, viewer, qtbot, tmp_path, notes):
    compared(qtbot, opened, ORIGINAL)
    active = viewer.layers.selection.active
    opened.measure.changes.setChecked(True)
    overlay = viewer.layers[-1]
    assert isinstance(overlay, Labels)
    assert viewer.layers.selection.active == active
    assert not overlay.editable
    np.testing.assert_array_equal(overlay.extent.world, mask.extent.world)
    mask.paint((4, 30, 30), 1)
    mask.paint((5, 10, 12), 0)
    qtbot.waitUntil(lambda: overlay.data.max() == 2, timeout=20_000)
    expected = np.zeros_like(overlay.data)
    expected[4, 30, 30], expected[5, 10, 12] = 1, 2
    np.testing.assert_array_equal(overlay.data, expected)

    viewer.layers.selection.active = overlay
    assert opened.working.layer == mask
    assert mask.name in opened.save_button.toolTip()
    assert opened.target.findText(f"Replace {overlay.name}") < 0
    assert opened.measure.choice.findText(overlay.name) < 0
    assert save_selected_mask() is None
    assert (
        "warning",
        "No mask is selected. Click a labels layer in the layer list first.",
    ) in notes

    with pytest.raises(SaveError, match="is none"):
        overlay.save(str(tmp_path / "changes.nii.gz"), plugin="napari-brainseg")
    assert not (tmp_path / "changes.nii.gz").exists()

    viewer.layers.selection.active = mask
    mask.undo()
    mask.undo()
    qtbot.waitUntil(lambda: not overlay.data.any(), timeout=20_000)


def test_overlays_leave_with_the_panel(opened, mask, viewer, qtbot):
    compared(qtbot, opened, ORIGINAL)
    opened.measure.diameters.setChecked(True)
    opened.measure.changes.setChecked(True)
    assert len(viewer.layers) == 4
    viewer.window.remove_dock_widget(opened)
    opened.close()
    assert [type(layer).__name__ for layer in viewer.layers] == ["Image", "Labels"]


def test_the_viewer_closes_with_overlays_shown(opened, mask, viewer, qtbot):
    compared(qtbot, opened, ORIGINAL)
    opened.measure.diameters.setChecked(True)
    opened.measure.changes.setChecked(True)
    viewer.close()


def test_masks_on_the_same_voxels_are_offered_and_no_others(opened, mask, viewer, qtbot):
    place = {"scale": mask.scale, "units": mask.units}
    viewer.add_labels(np.ones_like(mask.data), name="all", **place)
    viewer.add_labels(np.ones((3, 4, 5), np.uint8), name="small", **place)
    viewer.layers.selection.active = mask
    combo = opened.measure.choice
    offered = [combo.itemText(index) for index in range(combo.count())]
    assert offered == ["nothing", ORIGINAL, "all", FROM_FILE]
    found = compared(qtbot, opened, "all")
    assert (found.added_voxels, found.reference_voxels) == (0, mask.data.size)
    viewer.layers.remove(viewer.layers["all"])
    assert combo.currentText() == "nothing"
    qtbot.waitUntil(lambda: opened.measure.measured.report.comparison is None, timeout=20_000)
    assert opened.measure.changes.toolTip() == "Choose what to compare with."


def test_a_saved_mask_is_compared_with(opened, mask, viewer, qtbot, monkeypatch, tmp_path, notes):
    handle = provenance_of(mask)
    path = write_mask(handle.original * 0, handle.scan, tmp_path / "earlier.nii.gz")
    names = [str(path), str(tmp_path / "other.nii.gz")]
    nib.save(nib.Nifti1Image(np.zeros((3, 4, 5), np.uint8), np.eye(4)), names[1])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (names.pop(0), ""))
    choose(opened, FROM_FILE)
    qtbot.waitUntil(lambda: opened.measure.choice.currentText() == path.name, timeout=20_000)
    qtbot.waitUntil(lambda: opened.measure.comparison.text() != "", timeout=20_000)
    assert opened.measure.measured.report.comparison.removed_voxels == 0
    choose(opened, FROM_FILE)
    qtbot.waitUntil(lambda: bool(notes), timeout=20_000)
    assert "does not lie on the voxels" in notes[-1][1]
    assert opened.measure.choice.currentText() == path.name


def test_numbers_are_copied_for_a_spreadsheet(opened, mask, qtbot):
    stroke(qtbot, opened, mask, (3, 30, 30))
    compared(qtbot, opened, ORIGINAL)
    opened.measure.copy_button.click()
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert ["Volume", "4.32", "mL"] in lines
    assert ["Largest slice", "3", ""] in lines
    assert ["Added", "1", "voxels"] in lines
    assert ["3", "72.7"] in lines
    small = next(line for line in lines if line[:4] == ["2", "0.00", "0.9 × 0.8", "3"])
    (place,) = opened.measure.measured.report.measures.table[1:]
    right, ahead, up = place.centroid_mm
    sides = ("R" if right >= 0 else "L", "A" if ahead >= 0 else "P", "S" if up >= 0 else "I")
    numbers = (
        f"{abs(value):.1f} {side}" for value, side in zip(place.centroid_mm, sides, strict=True)
    )
    assert small[4] == ", ".join(numbers)


@pytest.mark.parametrize(("typed", "kind"), [("out", "csv"), ("out.json", "json")])
def test_numbers_are_exported(opened, mask, monkeypatch, tmp_path, typed, kind):
    answer = (str(tmp_path / typed), "Table, a line per mask (*.csv)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: answer)
    opened.measure.export_button.click()
    text = (tmp_path / f"out.{kind}").read_text(encoding="utf-8")
    found = next(csv.DictReader(text.splitlines())) if kind == "csv" else json.loads(text)[0]
    assert (found["mask"], float(found["volume_ml"])) == (mask.name, pytest.approx(4.32))


def test_an_export_replaces_a_file_only_when_told_to(opened, mask, monkeypatch, tmp_path):
    there = tmp_path / "out.csv"
    there.write_text("mine", encoding="utf-8")
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *_, **__: answers.pop(0))
    answer = (str(tmp_path / "out"), "Table, a line per mask (*.csv)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: answer)
    opened.measure.export_button.click()
    assert there.read_text(encoding="utf-8") == "mine"
    opened.measure.export_button.click()
    assert there.read_text(encoding="utf-8").startswith("mask,voxels")


def test_without_spacing_lengths_are_dashes_with_the_reason(panel, viewer, qtbot):
    labels = np.zeros((30, 40), np.uint8)
    labels[5:9, 5:9] = 1
    viewer.add_labels(labels, name="picture")
    wait_for(qtbot, panel, "1 lesion · 16 voxels · — mL")
    section = panel.measure
    assert "no voxel size" in section.fold.toggleButton().toolTip()
    assert not section.diameters.isEnabled()
    assert "no voxel size" in section.diameters.toolTip()
    assert section.plot.areas == (16,)
    section.plot.clicked.emit(0)


def test_a_layer_that_cannot_be_measured_says_so(panel, viewer, qtbot):
    viewer.add_labels(np.zeros((2, 3, 4, 5), np.uint8), name="movie")
    qtbot.waitUntil(
        lambda: "4 dimensions" in panel.measure.fold.toggleButton().toolTip(), timeout=20_000
    )
    assert title(panel) == "Measure: —"


# The account of edits


@pytest.fixture
def clock(monkeypatch):
    """Let a test say what time it is."""
    now = [datetime(2024, 5, 1, 9, 0, tzinfo=UTC)]
    monkeypatch.setattr(edit_clock, "_now", lambda: now[0])

    def forward(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    return forward


def save_to(panel, qtbot, monkeypatch, path) -> str:
    answer = (str(path), "NIfTI (*.nii.gz *.nii)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: answer)
    with qtbot.waitSignal(panel.saver.ended, timeout=20_000) as ended:
        panel.save_button.click()
    return ended.args[0]


def edit(qtbot, panel, layer, place, label=1) -> None:
    with qtbot.waitSignal(panel.working.edited, timeout=20_000):
        layer.paint(place, label)


def test_what_was_changed_is_saved_beside_the_mask(
    opened, mask, qtbot, monkeypatch, tmp_path, clock, tiny_bundle
):
    edit(qtbot, opened, mask, (4, 30, 30))
    clock(20)
    edit(qtbot, opened, mask, (5, 10, 12), 0)
    clock(3600)
    edit(qtbot, opened, mask, (5, 10, 13), 0)
    path = tmp_path / "flair_mask.nii.gz"
    said = save_to(opened, qtbot, monkeypatch, path)
    assert said.endswith("Changes are listed in flair_mask.edits.json.")
    found = read_edit_record(path)
    assert (found.model, found.weights) == ("tiny", tiny_bundle.card.weights_sha256)
    assert found.rules["threshold"] == 0.5
    assert (found.added_voxels, found.removed_voxels) == (1, 2)
    assert (found.slices, found.slices_touched) == (12, 2)
    assert (found.time.seconds, found.time.steps) == (20.0, 3)
    assert (found.time.started[:19], found.time.ended[:19]) == (
        "2024-05-01T09:00:00",
        "2024-05-01T10:00:20",
    )


def test_a_mask_saved_as_it_came_says_that_nothing_was_changed(
    opened, mask, qtbot, monkeypatch, tmp_path
):
    save_to(opened, qtbot, monkeypatch, tmp_path / "a.nii.gz")
    found = read_edit_record(tmp_path / "a.nii.gz")
    assert (found.dice, found.slices_touched, found.time.steps) == (1.0, 0, 0)


def test_file_save_keeps_the_account_too(opened, mask, qtbot, tmp_path):
    edit(qtbot, opened, mask, (4, 30, 30))
    mask.save(str(tmp_path / "a.nii"), plugin="napari-brainseg")
    assert read_edit_record(tmp_path / "a.nii").added_voxels == 1


def test_a_mask_drawn_by_hand_has_no_account_and_leaves_no_old_one(
    opened, mask, viewer, qtbot, monkeypatch, tmp_path
):
    path = tmp_path / "a.nii.gz"
    save_to(opened, qtbot, monkeypatch, path)
    assert edit_record_path(path).exists()
    viewer.add_labels(np.ones_like(mask.data), scale=mask.scale, units=mask.units, name="mine")
    assert save_to(opened, qtbot, monkeypatch, path) == "Saved a.nii.gz, read back and compared."
    assert not edit_record_path(path).exists()


def test_a_mask_that_cannot_be_saved_leaves_the_account_of_the_one_there(
    opened, mask, qtbot, monkeypatch, tmp_path
):
    path = tmp_path / "a.nii.gz"
    save_to(opened, qtbot, monkeypatch, path)
    edit(qtbot, opened, mask, (4, 30, 30))

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("napari_brainseg.io.save._write", fail)
    assert "No space left" in save_to(opened, qtbot, monkeypatch, path)
    assert read_edit_record(path).added_voxels == 0


def test_an_account_that_cannot_be_written_is_told_and_the_mask_is_saved(
    opened, mask, qtbot, monkeypatch, tmp_path
):
    (tmp_path / "a.edits.json").write_text("mine", encoding="utf-8")
    said = save_to(opened, qtbot, monkeypatch, tmp_path / "a.nii.gz")
    assert said.startswith("Saved a.nii.gz, read back and compared. a.edits.json: a file that is")
    assert (tmp_path / "a.edits.json").read_text(encoding="utf-8") == "mine"


def test_another_result_in_the_same_layer_starts_the_clock_anew(
    opened, mask, qtbot, monkeypatch, tmp_path, segment, clock
):
    edit(qtbot, opened, mask, (4, 30, 30))
    clock(10)
    edit(qtbot, opened, mask, (4, 31, 30))
    opened.target.setCurrentIndex(opened.target.findText(f"Replace {mask.name}"))
    with qtbot.waitSignal(opened.working.edited, timeout=20_000):
        segment(opened)
    save_to(opened, qtbot, monkeypatch, tmp_path / "a.nii.gz")
    found = read_edit_record(tmp_path / "a.nii.gz")
    assert (found.time.seconds, found.time.steps, found.added_voxels) == (0.0, 0, 0)


def test_slices_that_the_model_was_not_run_on_do_not_count(
    opened, mask, viewer, qtbot, monkeypatch, tmp_path, segment
):
    mask.data[:] = 0
    mask.data[8, :5, :5] = 1
    viewer.dims.set_current_step(0, 3)
    opened.target.setCurrentIndex(1)
    opened.range.one.setChecked(True)
    segment(opened)
    save_to(opened, qtbot, monkeypatch, tmp_path / "a.nii.gz")
    found = read_edit_record(tmp_path / "a.nii.gz")
    assert (found.slices, found.slices_touched, found.final_voxels) == (1, 0, 100)
