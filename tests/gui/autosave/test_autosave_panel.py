"""No mask is lost: autosaved, restored, asked about at closing, brought back."""

from __future__ import annotations

import re
import shutil
import threading
from contextlib import contextmanager
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from qtpy.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox, QPushButton

from napari_brainseg.autosave import MaskAutosave, Snapshot, find_orphans, read_autosave
from napari_brainseg.autosave.format import mark_of
from napari_brainseg.autosave.place import read_place
from napari_brainseg.frames import frame_for
from napari_brainseg.gui.autosave import followed, keeper, recovery
from napari_brainseg.gui.autosave.deletions import MAX_DELETIONS
from napari_brainseg.gui.autosave.recovery import file_of
from napari_brainseg.gui.autosave.restore_rows import MAX_ROWS
from napari_brainseg.gui.autosave.snapshots import find_scan, restored_layer
from napari_brainseg.gui.common import language
from napari_brainseg.gui.common.settings import Preferences
from napari_brainseg.gui.domain.mask_record import provenance_of, record_of
from napari_brainseg.gui.domain.metadata import METADATA_KEY
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.save import mask_saver
from napari_brainseg.gui.save.companions import companions
from napari_brainseg.io import (
    MaskInfo,
    read_mask_on,
    read_scan,
    write_mask,
    write_overlapping,
)
from napari_brainseg.language import LANGUAGES, tr, use
from napari_brainseg.sample import phantom

pytestmark = pytest.mark.gui

Answer = QMessageBox.StandardButton
PLUGIN = "napari-brainseg"
INFO = MaskInfo({1: "tumour"}, {1: "#e6194b"}, "AUTOMATIC", "lgg", "weights 12ab")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(keeper, "load_preferences", lambda: Preferences(autosave_s=0.03))


@pytest.fixture
def opened(panel, viewer, oblique_file):
    viewer.open(str(oblique_file), plugin=PLUGIN)
    return panel


@pytest.fixture
def mask(opened, viewer, steered, segment):
    segment(opened)
    return viewer.layers[-1]


@pytest.fixture
def questions(monkeypatch):
    """Answer what is asked at closing; give what was asked."""

    class Questions(list):
        answer = Answer.Cancel

    asked = Questions()

    def exec_(box):
        asked.append(box.text())
        return asked.answer

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return asked


@pytest.fixture
def leave_behind(oblique_file, autosaves):
    """Leave an autosave as a process that was killed does."""

    def leave(*places, of=oblique_file, **changes):
        scan = read_scan(of).scan
        labels = np.zeros(scan.grid, np.uint8)
        for place in places:
            labels[place] = 1
        snapshot = Snapshot(
            labels=labels,
            info=INFO,
            name=f"{scan.source.name} · tumour",
            scale=frame_for(scan.affine).reorder(scan.spacing),
            translate=(0.0, 0.0, 0.0),
            units=("millimeter",) * 3,
            scan=scan,
            original=np.zeros_like(labels),
        )
        autosave = MaskAutosave()
        autosave.write(replace(snapshot, **changes))
        autosave.close()
        return labels

    return leave


@pytest.fixture
def files(autosaves):
    return lambda: sorted(autosaves.glob("*.journal"))


def on_disk(files, layer):
    """Whether the one autosave holds what a layer shows."""
    try:
        (file,) = files()
    except ValueError:
        return False
    return np.array_equal(read_autosave(file).labels, mask_on_grid(layer)[0])


def paint(layer, place=(6, 30, 25)):
    layer.selected_label = 1
    layer.brush_size = 3
    layer.paint(place, 1)


def rows(panel):
    return [
        label.text() for label in panel.unsaved.findChildren(QLabel) if label.isVisibleTo(panel)
    ]


def click(panel, *names):
    for name in names:
        buttons = panel.unsaved.findChildren(QPushButton)
        next(b for b in buttons if b.text() == name and b.isVisibleTo(panel)).click()


def settled(panel):
    """Wait until everything handed to the disk is there, and told."""
    panel.keeper.unsaved()
    QApplication.processEvents()


def window_of(viewer):
    return viewer.window.main_menu.window()


@pytest.fixture
def closed(viewer, qtbot):
    """Wait until a user has closed the window; napari's own fixture is not made for that."""

    @contextmanager
    def wait():
        with qtbot.waitSignal(window_of(viewer).destroyed, timeout=20_000):
            yield
        del viewer.window.__wrapped__._qt_window

    return wait


# Keeping


def test_what_is_painted_is_soon_on_disk_on_the_grid_of_the_scan(mask, files, qtbot):
    paint(mask)
    qtbot.waitUntil(lambda: on_disk(files, mask))
    paint(mask, (3, 8, 9))
    mask.visible = False
    qtbot.waitUntil(lambda: on_disk(files, mask))


def test_a_finished_mask_is_on_disk_before_anybody_touches_it(mask, opened, files, qtbot):
    qtbot.waitUntil(lambda: on_disk(files, mask))
    assert opened.keeper.unsaved() == [mask]


def test_a_mask_that_was_opened_is_not_kept_before_it_is_edited(
    opened, viewer, files, qtbot, tmp_path, oblique_file
):
    scan = read_scan(oblique_file).scan
    labels = np.zeros(scan.grid, np.uint8)
    labels[2:4, 20:25, 20:25] = 1
    # Beside it, its colour table says that it is a mask.
    info = replace(INFO, names={1: "core", 2: "oedema"})
    viewer.open(str(write_mask(labels, scan, tmp_path / "m.nii", info=info)), plugin=PLUGIN)
    layer = viewer.layers[-1]
    assert opened.keeper.unsaved() == []
    assert not files()
    paint(layer)
    qtbot.waitUntil(lambda: on_disk(files, layer))


def test_undoing_every_edit_since_saving_leaves_nothing_to_lose(
    mask, opened, files, qtbot, tmp_path
):
    mask.save(str(tmp_path / "out.nii"), plugin=PLUGIN)
    paint(mask)
    qtbot.waitUntil(lambda: len(files()) == 1)
    mask.undo()
    qtbot.waitUntil(lambda: not files())
    mask.redo()
    qtbot.waitUntil(lambda: on_disk(files, mask))


def test_looking_at_other_slices_writes_nothing(viewer, files, qtbot, monkeypatch, request):
    monkeypatch.setattr(
        keeper, "load_preferences", lambda: Preferences(autosave_s=0.6)
    )  # longer than a look takes, as in use
    mask, opened = request.getfixturevalue("mask"), request.getfixturevalue("opened")
    qtbot.waitUntil(lambda: on_disk(files, mask))
    qtbot.waitUntil(lambda: opened.working.record.is_settled)
    settled(opened)
    paint(mask)
    qtbot.waitUntil(lambda: on_disk(files, mask))
    copied, copy = [], followed.take_snapshot

    def take_snapshot(*args):
        copied.append(args)
        return copy(*args)

    monkeypatch.setattr(followed, "take_snapshot", take_snapshot)
    for step in (1, 3):
        viewer.dims.set_current_step(0, step)
    assert not opened.working.record.is_settled
    qtbot.wait(1500)
    assert not copied


def test_a_plain_layer_is_kept_from_the_first_stroke(panel, viewer, files, qtbot):
    layer = viewer.add_labels(np.zeros((4, 20, 20), np.uint16), name="mine", scale=(2, 1, 1))
    layer.data = np.full((4, 20, 20), 2, np.uint16)
    settled(panel)
    assert not files()
    paint(layer, (2, 5, 5))
    qtbot.waitUntil(lambda: on_disk(files, layer))
    assert read_autosave(files()[0]).header.scale == (2, 1, 1)


def test_saving_from_the_panel_leaves_nothing_to_lose(
    mask, opened, files, qtbot, monkeypatch, tmp_path
):
    paint(mask)
    qtbot.waitUntil(lambda: len(files()) == 1)
    name = (str(tmp_path / "out.nii.gz"), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: name)
    opened.save_button.click()
    qtbot.waitUntil(lambda: not files())
    assert opened.keeper.unsaved() == []
    assert opened.status.text().startswith("Saved out.nii.gz, read back and compared.")
    assert "Later changes" not in opened.status.text()
    paint(mask, (2, 2, 2))
    assert opened.keeper.unsaved() == [mask]
    qtbot.waitUntil(lambda: opened.status.text().endswith("Later changes are not saved."))


def test_saving_from_the_file_menu_leaves_nothing_to_lose(mask, opened, files, qtbot, tmp_path):
    paint(mask)
    qtbot.waitUntil(lambda: len(files()) == 1)
    mask.save(str(tmp_path / "out.nii"), plugin=PLUGIN)
    qtbot.waitUntil(lambda: not files())
    assert opened.keeper.unsaved() == []


def test_a_failed_save_keeps_the_autosave(mask, opened, files, qtbot, monkeypatch, oblique_file):
    paint(mask)
    qtbot.waitUntil(lambda: len(files()) == 1)
    name = (str(oblique_file), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: name)
    with qtbot.waitSignal(opened.saver.ended):
        opened.save_button.click()
    assert opened.keeper.unsaved() == [mask]
    assert files()


def test_a_disk_that_takes_nothing_is_told_once(mask, opened, autosaves, notes, qtbot):
    settled(opened)
    shutil.rmtree(autosaves)
    autosaves.write_bytes(b"in the way")
    paint(mask)
    qtbot.waitUntil(lambda: bool(notes))
    paint(mask, (2, 2, 2))
    assert opened.keeper.unsaved() == [mask]
    QApplication.processEvents()
    (note,) = notes
    assert "Save the mask now" in note[1]
    assert str(autosaves) not in note[1]


def test_closing_only_the_panel_goes_on_keeping_edits(mask, opened, viewer, files, qtbot):
    viewer.window.remove_dock_widget(opened)
    opened.close()
    opened.deleteLater()
    qtbot.wait(50)
    paint(mask)
    qtbot.waitUntil(lambda: on_disk(files, mask))
    _, again = viewer.window.add_plugin_dock_widget("napari-brainseg")
    assert again.keeper.unsaved() == [mask]
    assert not again.unsaved.isVisibleTo(again)


# Restoring


def test_nothing_is_offered_where_nothing_was_left(panel, qtbot):
    qtbot.wait(100)
    assert not panel.unsaved.isVisibleTo(panel)


def test_an_unsaved_mask_is_restored_on_its_open_scan(
    leave_behind, viewer, oblique_file, qtbot, files, monkeypatch, tmp_path, request
):
    labels = leave_behind((3, 20, 21), (4, 20, 21))
    panel = request.getfixturevalue("opened")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    (text,) = rows(panel)
    assert re.fullmatch(r"Unsaved: flair\.nii\.gz, .*, 2 slices", text)
    click(panel, "Restore")
    qtbot.waitUntil(lambda: len(viewer.layers) == 2)
    image, mask = viewer.layers
    assert not panel.unsaved.isVisibleTo(panel)
    assert mask.name == "flair · tumour"
    np.testing.assert_array_equal(mask.extent.world, image.extent.world)
    grid, scan = mask_on_grid(mask)
    np.testing.assert_array_equal(grid, labels)
    assert scan is image.metadata[METADATA_KEY].scan
    assert provenance_of(mask).info == INFO
    assert not provenance_of(mask).original.any()
    assert panel.target.findText("Replace flair · tumour") > 0

    # It is as unsaved as before, and can be lost no more than before.
    assert panel.keeper.unsaved() == [mask]
    assert len(files()) == 1
    paint(mask)
    qtbot.waitUntil(lambda: on_disk(files, mask))
    name = (str(tmp_path / "out.nii.gz"), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: name)
    panel.save_button.click()
    qtbot.waitUntil(lambda: not files())
    source, saved = nib.load(oblique_file), nib.load(tmp_path / "out.nii.gz")
    np.testing.assert_array_equal(saved.affine, source.affine)


def test_restoring_opens_the_scan_and_shows_the_mask_on_it_where_there_is_some(
    leave_behind, viewer, oblique_file, qtbot, request, tmp_path
):
    labels = leave_behind((9, 20, 21))
    panel = request.getfixturevalue("panel")
    # Of another size, and opened by somebody who has forgotten the mask.
    other = tmp_path / "other.nii.gz"
    nib.save(nib.Nifti1Image(np.ones((60, 60, 5), np.int16), np.eye(4)), other)
    viewer.open(str(other), plugin=PLUGIN)
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: len(viewer.layers) == 3)
    assert [layer.name for layer in viewer.layers] == ["other", "flair", "flair · tumour"]
    _, image, mask = viewer.layers
    grid, scan = mask_on_grid(mask)
    np.testing.assert_array_equal(grid, labels)
    assert scan is image.metadata[METADATA_KEY].scan
    np.testing.assert_array_equal(mask.extent.world, image.extent.world)
    assert viewer.layers.selection.active == mask
    shown = mask.world_to_data(viewer.dims.point[-3:])[0]
    assert mask.data[round(shown)].any()


def test_of_two_copies_of_a_scan_a_mask_takes_the_one_of_its_name(oblique_file, tmp_path):
    shutil.copy(oblique_file, tmp_path / "a copy.nii.gz")
    copy, scan = (read_scan(path).scan for path in (tmp_path / "a copy.nii.gz", oblique_file))
    assert find_scan(mark_of(scan), [copy, scan]) is scan
    assert find_scan(mark_of(scan), [copy]) is copy


def test_restoring_brings_the_scan_up_where_another_one_lies_above(
    leave_behind, viewer, oblique_file, qtbot, request, tmp_path
):
    leave_behind((3, 20, 21))
    panel = request.getfixturevalue("opened")
    viewer.open(str(shutil.copy(oblique_file, tmp_path / "other.nii.gz")), plugin=PLUGIN)
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: len(viewer.layers) == 3)
    names = [layer.name for layer in viewer.layers]
    assert names[-1].endswith("· tumour")
    assert names[-2] == names[-1].removesuffix(" · tumour")


def test_of_a_scan_that_was_moved_it_is_asked_where_it_is(
    leave_behind, viewer, oblique_file, qtbot, request, tmp_path, monkeypatch
):
    leave_behind((3, 20, 21))
    moved = oblique_file.rename(tmp_path / "moved.nii.gz")
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: any("not found" in text for text in rows(panel)))
    assert not viewer.layers
    changed = nib.load(moved)
    wrong = tmp_path / "wrong.nii.gz"
    nib.save(nib.Nifti1Image(np.asarray(changed.dataobj) + 1, changed.affine), wrong)
    answers = [str(wrong), str(moved)]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (answers.pop(0), ""))
    click(panel, "Find scan…")
    qtbot.waitUntil(lambda: len(answers) == 1 and any("not found" in text for text in rows(panel)))
    assert not viewer.layers
    click(panel, "Find scan…")
    qtbot.waitUntil(lambda: len(viewer.layers) == 2)
    assert [layer.name for layer in viewer.layers] == ["moved", "moved · tumour"]


def test_a_mask_of_the_sample_comes_back_with_the_sample(leave_behind, viewer, qtbot, request):
    scan = phantom()
    labels = np.zeros(scan.grid, np.uint8)
    labels[9, 100:110, 100:110] = 1
    leave_behind(labels=labels, original=None, scan=scan, name=f"{scan.source.name} · tumour")
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: len(viewer.layers) == len(scan.channels) + 1)
    grid, shown = mask_on_grid(viewer.layers[-1])
    np.testing.assert_array_equal(grid, labels)
    assert shown is viewer.layers[0].metadata[METADATA_KEY].scan


def test_one_that_cannot_be_shown_is_said_and_the_others_still_are(
    leave_behind, viewer, files, qtbot, request, monkeypatch
):
    leave_behind((3, 20, 21))
    leave_behind((4, 20, 21), (5, 20, 21))
    panel = request.getfixturevalue("opened")
    qtbot.waitUntil(lambda: len(rows(panel)) == 1)
    make = recovery.restored_layer

    def fail_once(*args):
        monkeypatch.setattr(recovery, "restored_layer", make)
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(recovery, "restored_layer", fail_once)
    click(panel, "Restore")
    qtbot.waitUntil(lambda: any("cannot be shown" in text for text in rows(panel)))
    qtbot.waitUntil(lambda: len(viewer.layers) == 2)
    assert len(rows(panel)) == 1


def test_a_mask_restored_without_its_scan_is_attached_when_that_is_opened(
    leave_behind, viewer, oblique_file, qtbot, request, tmp_path
):
    labels = leave_behind((3, 20, 21))
    away = oblique_file.rename(tmp_path / "away")
    oblique_file = tmp_path / "flair.nii.gz"
    panel = request.getfixturevalue("panel")
    changed = nib.load(shutil.copy(away, tmp_path / "whole.nii.gz"))
    other = tmp_path / "other.nii.gz"
    nib.save(nib.Nifti1Image(np.asarray(changed.dataobj) + 1, changed.affine), other)
    viewer.open(str(other), plugin=PLUGIN)
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: any("not found" in text for text in rows(panel)))
    click(panel, "Show alone")
    qtbot.waitUntil(lambda: len(viewer.layers) == 2)
    mask = viewer.layers[-1]
    grid, scan = mask_on_grid(mask)
    np.testing.assert_array_equal(grid, labels)
    np.testing.assert_array_equal(scan.affine, changed.affine)
    assert scan is not viewer.layers[0].metadata[METADATA_KEY].scan
    paint(mask)
    away.rename(oblique_file)
    with qtbot.waitSignal(panel.keeper.attached):
        viewer.open(str(oblique_file), plugin=PLUGIN)
    image = viewer.layers["flair"]
    handle = provenance_of(mask)
    assert handle.scan is image.metadata[METADATA_KEY].scan
    np.testing.assert_array_equal(mask.extent.world, image.extent.world)
    assert panel.target.findText("Replace flair · tumour") > 0
    assert list(viewer.layers)[-2:] == [image, mask], "the mask is above its scan"


def test_a_mask_that_was_not_restored_onto_its_scan_still_finds_it_next_time(
    leave_behind, viewer, oblique_file, qtbot, request, files, autosaves
):
    leave_behind((3, 20, 21))
    oblique_file.unlink()
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    before = read_autosave(files()[0]).header
    click(panel, "Restore")
    qtbot.waitUntil(lambda: any("not found" in text for text in rows(panel)))
    click(panel, "Show alone")
    qtbot.waitUntil(lambda: len(viewer.layers) == 1)
    paint(viewer.layers[0])
    qtbot.waitUntil(lambda: on_disk(files, viewer.layers[0]))
    assert read_autosave(files()[0]).header == before


def test_several_masks_are_offered_the_newest_first_and_no_more_than_fit(
    leave_behind, viewer, qtbot, request
):
    for count in range(1, MAX_ROWS + 3):  # of layers that know no scan: each is alone
        leave_behind(*((z, 5, 5) for z in range(count)), scan=None, original=None)
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: len(rows(panel)) == MAX_ROWS + 1)
    assert "5 slices" in rows(panel)[0]
    assert rows(panel)[-1] == "… and 2 more"
    for left in range(MAX_ROWS + 1, -1, -1):
        click(panel, "Restore")
        qtbot.waitUntil(lambda left=left: len(panel.keeper.orphans) == left)
    qtbot.waitUntil(lambda: len(viewer.layers) == MAX_ROWS + 2, timeout=30_000)
    assert not panel.unsaved.isVisibleTo(panel)


def test_masks_of_one_scan_come_back_together_as_they_lay_on_each_other(
    leave_behind, viewer, oblique_file, tmp_path, qtbot, request
):
    other = tmp_path / "other.nii.gz"
    nib.save(nib.Nifti1Image(np.ones((60, 60, 5), np.int16), np.eye(4)), other)
    core, oedema = (replace(INFO, names={1: name}) for name in ("core", "oedema"))
    below = leave_behind((3, 20, 21), name="flair · core", info=core)
    leave_behind((2, 20, 21), of=other)
    above = leave_behind((3, 20, 21), (4, 20, 21), name="flair · oedema", info=oedema)
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: len(rows(panel)) == 2)
    first, second = rows(panel)
    assert re.fullmatch(r"Unsaved: flair\.nii\.gz, .*, 2 masks", first)
    assert re.fullmatch(r"Unsaved: other\.nii\.gz, .*, 1 slice", second)
    click(panel, "Restore")
    # With their scan, which is opened once.
    qtbot.waitUntil(lambda: len(viewer.layers) == 3)
    assert [layer.name for layer in viewer.layers] == ["flair", "flair · core", "flair · oedema"]
    for layer, labels in zip(viewer.layers[1:], (below, above), strict=True):
        assert layer.visible
        np.testing.assert_array_equal(mask_on_grid(layer)[0], labels)
    assert rows(panel) == [second]


def test_masks_of_one_file_go_back_into_it_together(leave_behind, viewer, qtbot, tmp_path, request):
    file = tmp_path / "both.seg.nrrd"
    for name in ("core", "oedema"):
        info = replace(INFO, names={1: name})
        leave_behind((3, 20, 21), name=f"flair · {name}", info=info, file=file, masks=2)
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: len(viewer.layers) == 3)
    masks = viewer.layers[1:]
    assert companions(masks[0], viewer.layers) == masks
    assert {record_of(mask).saved.file for mask in masks} == {file}
    assert set(panel.keeper.unsaved()) == set(masks)


def test_what_was_not_edited_of_a_file_of_several_masks_comes_back_with_what_was(
    leave_behind, viewer, qtbot, tmp_path, oblique_file, request
):
    """Without it the mask could not be saved into its file again."""
    scan = read_scan(oblique_file).scan
    infos = [replace(INFO, names={1: name}) for name in ("core", "oedema", "cyst")]
    in_file = [np.zeros(scan.grid, np.uint8) for _ in infos]
    for nth, labels in enumerate(in_file):
        labels[3, 20, 20 : 22 + nth] = 1
    file = tmp_path / "all.seg.nrrd"
    write_overlapping(list(zip(in_file, infos, strict=True)), scan, file)
    edited = leave_behind((4, 20, 21), info=infos[1], file=file, masks=3, part=1)
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: len(viewer.layers) == 4, timeout=20_000)
    mask = viewer.layers[-1]
    assert viewer.layers.selection.active == mask
    found = companions(mask, viewer.layers)
    assert [record_of(each).saved.part for each in found] == [0, 1, 2]
    for each, labels in zip(found, (in_file[0], edited, in_file[2]), strict=True):
        np.testing.assert_array_equal(mask_on_grid(each)[0], labels)
    assert panel.keeper.unsaved() == [mask]


def test_a_file_of_several_masks_that_is_gone_gives_none(
    leave_behind, viewer, qtbot, tmp_path, request
):
    leave_behind((4, 20, 21), file=tmp_path / "gone.seg.nrrd", masks=3, part=1)
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: len(viewer.layers) == 2)
    qtbot.wait(300)
    assert len(viewer.layers) == 2


def test_a_restored_mask_is_offered_its_own_file_and_counts_as_unsaved(
    opened, viewer, files, tmp_path, qtbot, oblique_file
):
    scan = read_scan(oblique_file).scan
    labels = np.zeros(scan.grid, np.uint8)
    labels[3, 20, 21] = 1
    file = write_mask(labels, scan, tmp_path / "mine.nii.gz")
    (mask,) = viewer.open(str(file), plugin=PLUGIN)
    paint(mask)
    qtbot.waitUntil(lambda: on_disk(files, mask))
    place = read_place(files()[0].with_suffix(".place"))
    assert (place.mask, place.masks) == (str(file), 1)
    restored = restored_layer(read_autosave(files()[0]), scan, file_of(place, {}))
    record = record_of(restored)
    assert record.saved.file == file
    record.see(record.look_at(restored.data).take())
    assert record.is_unsaved


def test_of_two_masks_of_the_same_labels_the_newer_is_seen(leave_behind, viewer, qtbot, request):
    leave_behind((3, 20, 21))
    newer = leave_behind((4, 20, 21))
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: len(viewer.layers) == 3)
    assert [layer.visible for layer in viewer.layers] == [True, False, True]
    np.testing.assert_array_equal(mask_on_grid(viewer.layers[-1])[0], newer)


def test_masks_of_a_scan_that_is_gone_stay_together_until_it_is_found(
    leave_behind, viewer, oblique_file, tmp_path, qtbot, monkeypatch, request
):
    leave_behind((3, 20, 21))
    leave_behind((4, 20, 21))
    moved = oblique_file.rename(tmp_path / "elsewhere.nii.gz")
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    click(panel, "Restore")
    qtbot.waitUntil(lambda: [*map(were_missed, rows(panel))] == [True])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(moved), ""))
    click(panel, "Find scan…")
    qtbot.waitUntil(lambda: len(viewer.layers) == 3)
    assert not panel.unsaved.isVisibleTo(panel)


def were_missed(text):
    return "2 masks. Its scan was not found" in text


@pytest.mark.parametrize("chosen", LANGUAGES.values())
def test_discarding_wants_a_second_click(leave_behind, files, qtbot, chosen, monkeypatch, request):
    request.addfinalizer(lambda: use("en"))
    monkeypatch.setattr(language, "load_preferences", lambda: Preferences(language=chosen))
    leave_behind((3, 20, 21))
    leave_behind((4, 20, 21))
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    discard = tr("Discard")
    click(panel, discard)
    settled(panel)
    assert len(files()) == 2
    click(panel, tr("Really {button}?", button=discard.lower()))
    qtbot.waitUntil(lambda: not files())
    assert not panel.unsaved.isVisibleTo(panel)


def test_a_damaged_autosave_is_said_and_can_only_be_discarded(leave_behind, files, qtbot, request):
    leave_behind((3, 20, 21))
    files()[0].write_bytes(b"rubbish")
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    assert "damaged" in rows(panel)[0]
    names = [button.text() for button in panel.unsaved.findChildren(QPushButton)]
    assert names == ["Discard"]


def test_a_plain_layer_comes_back_as_it_was(leave_behind, viewer, qtbot, request):
    labels = np.zeros((12, 13), np.int32)
    labels[3, 4] = 300
    leave_behind(
        labels=labels,
        scan=None,
        original=None,
        name="mine",
        scale=(2.0, 3.0),
        translate=(4.0, 5.0),
        units=("mm", "mm"),
    )
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    assert rows(panel)[0].startswith("Unsaved: mine, ")
    assert rows(panel)[0].endswith(", 1 slice")
    click(panel, "Restore")
    qtbot.waitUntil(lambda: len(viewer.layers) == 1)
    (layer,) = viewer.layers
    np.testing.assert_array_equal(layer.data, labels)
    assert layer.data.dtype == np.int32
    assert layer.name == "mine"
    assert (tuple(layer.scale), tuple(layer.translate)) == ((2, 3), (4, 5))


def test_what_is_left_alone_is_offered_again(leave_behind, viewer, qtbot, request, files):
    leave_behind((3, 20, 21))
    panel = request.getfixturevalue("panel")
    qtbot.waitUntil(lambda: bool(rows(panel)))
    assert find_orphans() == [], "no second program offers it meanwhile"
    window = window_of(viewer)
    with qtbot.waitSignal(window.destroyed):
        viewer.close()
    (orphan,) = find_orphans()
    orphan.release()


# Closing


def test_closing_with_everything_saved_does_not_ask(mask, viewer, questions, closed, tmp_path):
    mask.save(str(tmp_path / "out.nii"), plugin=PLUGIN)
    with closed():
        window_of(viewer).close()
    assert not questions


def test_closing_while_a_mask_is_written_waits_for_it_and_asks_nothing(
    mask, opened, viewer, questions, closed, monkeypatch, tmp_path
):
    paint(mask)
    leave, keep, path = threading.Event(), mask_saver.keep_mask, tmp_path / "a.nii.gz"

    def slowly(*given, **options):
        leave.wait(20)
        return keep(*given, **options)

    monkeypatch.setattr(mask_saver, "keep_mask", slowly)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    opened.save_button.click()
    for _ in range(2):
        assert not window_of(viewer).close()
    assert not path.exists()
    with closed():
        leave.set()
    assert not questions
    assert path.exists()


def test_closing_on_a_finished_mask_that_nobody_edited_asks_too(mask, viewer, questions, files):
    assert not window_of(viewer).close()
    assert questions == ["Not saved: flair · tumour."]
    assert mask in viewer.layers
    assert files()


def test_closing_with_unsaved_edits_asks_and_can_be_cancelled(mask, viewer, questions, files):
    paint(mask)
    window = window_of(viewer)
    assert not window.close()
    assert questions == ["Not saved: flair · tumour."]
    assert mask in viewer.layers
    assert files()


def test_discarding_closes_and_leaves_nothing_behind(mask, viewer, questions, files, closed):
    paint(mask)
    questions.answer = Answer.Discard
    with closed():
        window_of(viewer).close()
    assert len(questions) == 1
    assert not files()


def test_saving_at_closing_saves_every_mask_and_then_closes(
    mask, opened, viewer, questions, files, segment, closed, monkeypatch, tmp_path, oblique_file
):
    segment(opened)
    other = viewer.layers[-1]
    paint(mask)
    paint(other, (2, 2, 2))
    wanted = [mask_on_grid(layer)[0] for layer in (mask, other)]
    paths = [tmp_path / "a.nii.gz", tmp_path / "b.nii.gz"]
    names = [(str(path), "") for path in paths]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: names.pop(0))
    questions.answer = Answer.Save
    with closed():
        window_of(viewer).close()
    assert len(questions) == 1
    scan = read_scan(oblique_file).scan
    for path, labels in zip(paths, wanted, strict=True):
        np.testing.assert_array_equal(read_mask_on(path, scan), labels)
    assert not files()


def test_not_choosing_a_file_at_closing_stays(mask, viewer, questions, monkeypatch, files, qtbot):
    paint(mask)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: ("", ""))
    questions.answer = Answer.Save
    assert not window_of(viewer).close()
    qtbot.wait(50)
    assert mask in viewer.layers
    assert files()


def test_a_script_that_closes_the_viewer_is_not_asked_and_loses_nothing(
    mask, viewer, questions, qtbot, files
):
    paint(mask)
    labels = mask_on_grid(mask)[0]
    window = window_of(viewer)
    with qtbot.waitSignal(window.destroyed):
        viewer.close()
    assert not questions
    (orphan,) = find_orphans()
    np.testing.assert_array_equal(read_autosave(orphan.path).labels, labels)
    orphan.release()
    assert not [thread for thread in threading.enumerate() if "brainseg" in thread.name]


# Deleting


def test_a_deleted_mask_with_unsaved_edits_comes_back_exactly(mask, opened, viewer, files, qtbot):
    viewer.add_image(np.zeros((12, 20, 20)), name="above")
    paint(mask)
    before = mask.data.copy()
    handle = provenance_of(mask)
    viewer.layers.remove(mask)
    qtbot.waitUntil(lambda: rows(opened) == ["Deleted flair · tumour with unsaved edits"])
    assert files(), "still on disk"
    click(opened, "Undo")
    assert [layer.name for layer in viewer.layers] == ["flair", "flair · tumour", "above"]
    back = viewer.layers["flair · tumour"]
    np.testing.assert_array_equal(back.data, before)
    assert provenance_of(back) is handle
    assert not opened.unsaved.isVisibleTo(opened)
    assert opened.keeper.unsaved() == [back]
    back.undo()
    assert not np.array_equal(back.data, before)
    paint(back, (2, 2, 2))
    qtbot.waitUntil(lambda: on_disk(files, back))


@pytest.mark.parametrize("again", [False, True])
def test_a_deleted_mask_comes_back_on_its_scan_whatever_is_open_by_then(
    mask, opened, viewer, qtbot, tmp_path, oblique_file, again
):
    paint(mask)
    before = mask.data.copy()
    viewer.layers.clear()
    qtbot.waitUntil(lambda: rows(opened) == ["Deleted flair · tumour with unsaved edits"])
    other = tmp_path / "other.nii"
    nib.save(nib.Nifti1Image(np.ones((20, 22, 4), np.int16), np.diag([2.0, 2.0, 3.0, 1.0])), other)
    for path in [oblique_file, other] if again else [other]:
        viewer.open(str(path), plugin=PLUGIN)
    click(opened, "Undo")
    qtbot.waitUntil(lambda: not rows(opened), timeout=20_000)
    assert [layer.name for layer in viewer.layers] == ["other", "flair", "flair · tumour"]
    np.testing.assert_array_equal(mask.data, before)
    known = provenance_of(mask)
    assert known.scan is viewer.layers["flair"].metadata[METADATA_KEY].scan
    assert known.scan.source.files == (oblique_file,)
    assert mask.data[viewer.dims.current_step[0]].any()
    assert opened.keeper.unsaved() == [mask]


def test_a_deleted_mask_without_unsaved_edits_is_not_mentioned(mask, opened, viewer, qtbot):
    viewer.layers.remove(mask)
    qtbot.wait(200)
    assert not rows(opened)


def test_a_deleted_mask_can_be_let_go(mask, opened, viewer, files, qtbot):
    paint(mask)
    viewer.layers.remove(mask)
    qtbot.waitUntil(lambda: bool(rows(opened)))
    click(opened, "Dismiss")
    qtbot.waitUntil(lambda: not files())
    assert not opened.unsaved.isVisibleTo(opened)


def test_a_mask_that_is_back_at_once_is_kept_on_disk(mask, opened, viewer, files, qtbot):
    paint(mask)
    viewer.layers.remove(mask)
    viewer.layers.append(mask)
    settled(opened)
    assert not rows(opened)
    paint(mask, (2, 2, 2))
    qtbot.waitUntil(lambda: on_disk(files, mask))


def test_of_many_deleted_masks_the_oldest_are_only_on_disk(panel, viewer, files, qtbot):
    count = MAX_DELETIONS + 2
    for index in range(count):
        paint(viewer.add_labels(np.zeros((4, 20, 20), np.uint8), name=f"m{index}"), (2, 5, 5))
    for index in range(count):
        viewer.layers.remove(f"m{index}")
    qtbot.waitUntil(lambda: len(find_orphans_and_release()) == 2)
    assert len(files()) == count
    assert [deletion.name for deletion in panel.keeper.deletions] == ["m2", "m3", "m4", "m5", "m6"]


def find_orphans_and_release():
    orphans = find_orphans()
    for orphan in orphans:
        orphan.release()
    return orphans


@pytest.mark.parametrize("seen", [True, False])
def test_only_a_deletion_that_nobody_saw_is_offered_at_the_next_start(
    mask, opened, viewer, questions, files, qtbot, closed, seen
):
    if seen:
        window_of(viewer).show()
    paint(mask)
    viewer.layers.remove(mask)
    qtbot.waitUntil(lambda: bool(rows(opened)))
    with closed():
        window_of(viewer).close()
    assert not questions
    assert len(files()) == (0 if seen else 1)
