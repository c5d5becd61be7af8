"""The panel tells what is doubtful about the chosen images before they are segmented."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import deque
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from gui.landing import until_landed

from napari_brainseg.gui.state import input_check
from napari_brainseg.models.catalog import DEFAULT_MODEL, find_models
from napari_brainseg.pipeline import feed
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.sample import phantom

pytestmark = pytest.mark.gui

LOOKS = "The image for FLAIR looks like"


@pytest.fixture
def fully(panel):
    """Return the panel with the embedded model, whose card has a fingerprint."""
    combo = panel.models.combo
    combo.setCurrentIndex(combo.findData(DEFAULT_MODEL))
    return panel


@pytest.fixture
def t1_file(tmp_path):
    """Write the phantom's T1 under a name that says nothing."""
    scan = phantom()
    path = tmp_path / "series_7.nii.gz"
    nib.save(nib.Nifti1Image(scan.data[0].transpose(2, 1, 0), scan.affine), path)
    return path


@pytest.fixture
def checks(monkeypatch):
    """Count the images that are really looked at."""
    import napari_brainseg.input_check.check as check

    seen = []
    look = check.check_input

    def count(scan, card):
        seen.append(scan)
        return look(scan, card)

    monkeypatch.setattr(check, "check_input", count)
    monkeypatch.setattr(feed, "KNOWN", deque())
    return seen


def choose(panel, role, name):
    """Choose another image for a role, as a user would."""
    combo = panel.channels.combos[role]
    combo.setCurrentIndex(next(i for i in range(combo.count()) if name in combo.itemText(i)))


def test_a_wrong_sequence_is_told_before_segment_is_pressed_and_the_right_one_takes_it_back(
    fully, viewer, qtbot
):
    viewer.open_sample("napari-brainseg", "phantom")
    qtbot.wait(100)
    choose(fully, "FLAIR", "pre-contrast")
    qtbot.waitUntil(lambda: LOOKS in fully.notes.text(), timeout=20_000)
    assert fully.notes.isVisibleTo(fully)
    assert fully.segment_button.isEnabled()
    assert not fully.run.running
    choose(fully, "FLAIR", "FLAIR")
    qtbot.waitUntil(lambda: not fully.notes.isVisibleTo(fully), timeout=20_000)
    assert fully.notes.text() == ""


def test_the_sample_is_looked_at_and_not_doubted(fully, viewer, qtbot, checks):
    viewer.open_sample("napari-brainseg", "phantom")
    qtbot.waitUntil(lambda: bool(checks), timeout=20_000)
    qtbot.wait(1_000)
    assert fully.input_check.doubts == ()
    assert not fully.notes.isVisibleTo(fully)


def test_a_scan_that_names_nothing_is_doubted_by_its_looks(fully, viewer, qtbot, t1_file):
    viewer.open(str(t1_file), plugin="napari-brainseg")
    qtbot.waitUntil(lambda: LOOKS in fully.notes.text(), timeout=20_000)
    viewer.layers.clear()
    assert fully.notes.text() == ""


def test_the_doubts_stay_while_the_model_runs_and_come_with_the_mask(
    fully, viewer, qtbot, t1_file, steered, segment
):
    viewer.open(str(t1_file), plugin="napari-brainseg")
    qtbot.waitUntil(lambda: LOOKS in fully.notes.text(), timeout=20_000)
    steered.leave.clear()
    steered.notes = ("From the run.",)
    with until_landed(qtbot, fully):
        fully.segment_button.click()
        qtbot.waitUntil(steered.started.is_set, timeout=20_000)
        assert LOOKS in fully.notes.text()
        steered.leave.set()
    assert fully.notes.text() == "From the run."


def test_the_same_choice_is_looked_at_once(fully, viewer, qtbot, checks):
    viewer.open_sample("napari-brainseg", "phantom")
    qtbot.waitUntil(lambda: len(checks) == 1, timeout=20_000)
    for name in ("pre-contrast", "FLAIR", "pre-contrast"):
        choose(fully, "FLAIR", name)
        expected = LOOKS if name == "pre-contrast" else ""
        qtbot.waitUntil(lambda text=expected: text in fully.notes.text(), timeout=20_000)
        qtbot.wait(2 * input_check.PATIENCE_MS)
    viewer.layers[0].name = "renamed"
    viewer.add_labels(np.zeros(viewer.layers[0].data.shape, np.uint8))
    qtbot.wait(2 * input_check.PATIENCE_MS)
    assert len(checks) == 2
    assert LOOKS in fully.notes.text()


def test_hasty_choices_are_looked_at_as_one(fully, viewer, qtbot, checks):
    viewer.open_sample("napari-brainseg", "phantom")
    for name in ("pre-contrast", "post-contrast", "pre-contrast", "post-contrast"):
        choose(fully, "FLAIR", name)
    qtbot.waitUntil(lambda: LOOKS in fully.notes.text(), timeout=20_000)
    assert len(checks) == 1


def test_an_image_that_is_closed_is_not_kept(fully, viewer, qtbot, t1_file):
    viewer.open(str(t1_file), plugin="napari-brainseg")
    qtbot.waitUntil(lambda: LOOKS in fully.notes.text(), timeout=20_000)
    data = weakref.ref(fully.handle.scan.data)
    viewer.layers.clear()
    qtbot.wait(300)
    gc.collect()
    assert data() is None


def test_a_check_that_fails_is_not_in_the_way(fully, viewer, qtbot, monkeypatch, caplog, t1_file):
    def fail(scan, card):
        raise RuntimeError("broken")

    monkeypatch.setattr("napari_brainseg.input_check.check.check_input", fail)
    viewer.open(str(t1_file), plugin="napari-brainseg")
    qtbot.waitUntil(lambda: "could not be checked" in caplog.text, timeout=20_000)
    assert fully.segment_button.isEnabled()


def test_what_is_being_looked_at_is_not_looked_at_twice(qtbot, monkeypatch):
    """Chosen, left and chosen again while the first look goes on."""
    going_on = threading.Event()
    begun = []

    def slow(scan, card):
        begun.append(scan)
        assert going_on.wait(20)
        return ("Doubtful.",)

    monkeypatch.setattr("napari_brainseg.input_check.check.check_input", slow)
    check, card = input_check.InputCheck(), find_models().default.card
    one = phantom()
    other = replace(one, data=one.data.copy())
    for scan, count in ((one, 1), (other, 2), (one, 2)):
        check.check(scan, card, {"FLAIR": Channel(scan, 0)})
        qtbot.wait(2 * input_check.PATIENCE_MS)
        qtbot.waitUntil(lambda count=count: len(begun) >= count, timeout=15_000)
        assert len(begun) == count
    going_on.set()
    qtbot.waitUntil(lambda: check.doubts == ("Doubtful.",), timeout=20_000)
