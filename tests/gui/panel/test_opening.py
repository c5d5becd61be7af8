"""The panel's Open button, and what it says that a run will do."""

from __future__ import annotations

import json
import threading

import pytest
from gui.landing import until_landed
from qtpy.QtWidgets import QFileDialog

from napari_brainseg.choice import costs
from napari_brainseg.pipeline.devices import Device
from napari_brainseg.pipeline.plan import RunPlan
from napari_brainseg.pipeline.warm import Estimate

pytestmark = pytest.mark.gui


def test_files_chosen_are_opened_and_the_scan_is_chosen(
    panel, viewer, monkeypatch, oblique_file, notes
):
    def choose(*_):
        return [str(oblique_file)], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    panel.open_button.files.trigger()
    assert panel.scans.currentText() == "flair"
    assert panel.segment_button.isEnabled()
    assert not notes


def test_a_folder_is_opened_as_one_scan(panel, viewer, monkeypatch, tmp_path):
    from dicom_files import write_series

    folder = write_series(tmp_path / "series")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    panel.open_button.folder.trigger()
    assert viewer.layers[0].data.shape[0] == 12


def test_cancelling_the_dialog_opens_nothing(panel, viewer, monkeypatch, notes):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    panel.open_button.files.trigger()
    panel.open_button.folder.trigger()
    assert not viewer.layers
    assert not notes


def test_one_file_that_is_no_scan_does_not_keep_the_others_out(
    panel, viewer, monkeypatch, tmp_path, oblique_file, notes
):
    text, broken = tmp_path / "notes.txt", tmp_path / "broken.nii"
    text.write_text("no scan")
    broken.write_bytes(b"no scan")
    paths = [str(text), str(broken), str(oblique_file)]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (paths, ""))
    panel.open_button.files.trigger()
    assert [layer.name for layer in viewer.layers] == ["flair"]
    assert [severity for severity, _ in notes] == ["error", "error"]
    assert "notes.txt: no scan was found" in notes[0][1]
    assert "broken.nii" in notes[1][1]


def test_the_sample_is_one_click_away(panel, viewer):
    panel.open_button.sample.trigger()
    assert panel.scans.currentText() == "brain_sample"


def test_the_panel_says_what_a_run_will_do_and_next_time_how_long_it_takes(
    panel, viewer, steered, segment, oblique_file, timings, tiny_bundle
):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    assert panel.outlook.text() == "12 slices on the fastest device"
    panel.range.one.setChecked(True)
    assert panel.outlook.text() == "1 slice on the fastest device"
    panel.range.whole.setChecked(True)
    segment(panel)
    # The stand-in says that its 12 slices took half a second.
    (kept,) = json.loads(timings.read_text()).values()
    assert kept["run"]["seconds"] / kept["run"]["slices"] == pytest.approx(0.5 / 12)
    assert panel.outlook.text() == "12 slices on the fastest device · about 1 s, by the last run"


def test_what_a_run_took_is_written_by_its_own_thread(
    panel, viewer, steered, segment, oblique_file, monkeypatch
):
    writers: list[threading.Thread] = []
    replacing = costs.replacing

    def watched(*given):
        writers.append(threading.current_thread())
        return replacing(*given)

    monkeypatch.setattr(costs, "replacing", watched)
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    segment(panel)
    (writer,) = writers
    assert writer is not threading.main_thread(), "a slow disk would stop the window"


def test_the_chosen_model_is_made_ready_once_and_then_what_will_run_is_said(
    panel, viewer, qtbot, oblique_file, cold, monkeypatch
):
    bundle = panel.models.bundle
    qtbot.waitUntil(lambda: cold[-1:] == [(bundle, "auto")], timeout=20_000)
    asked = len(cold)
    device = Device("cpu", "CPU · 2 threads")
    plan = RunPlan("U-Net", device, "openvino", "bf16", head_only=True)
    known = Estimate(plan, loading=1.0, per_slice=0.25)
    monkeypatch.setattr("napari_brainseg.pipeline.warm.estimate_of", lambda *_: known)
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    assert panel.outlook.text() == "U-Net · CPU (OpenVINO, bf16) · 12 slices · about 3 s"
    assert len(cold) == asked


def test_a_damaged_file_of_times_is_as_good_as_none(panel, viewer, oblique_file, timings):
    timings.parent.mkdir()
    timings.write_text("[")
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    assert panel.outlook.text() == "12 slices on the fastest device"


def test_a_cancelled_run_says_nothing_about_time(
    panel, viewer, steered, qtbot, oblique_file, timings
):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    steered.pause_after = 3
    steered.leave.clear()
    panel.segment_button.click()
    qtbot.waitUntil(steered.started.is_set, timeout=20_000)
    with until_landed(qtbot, panel):
        panel.segment_button.click()
        steered.leave.set()
    assert not timings.exists()
    assert panel.outlook.text() == "12 slices on the fastest device"
