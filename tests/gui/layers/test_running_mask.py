"""Slices appear as they are done, in a layer that is no mask before the run has ended."""

from __future__ import annotations

import time
from functools import partial

import numpy as np
import pytest
from gui.landing import until_landed
from qtpy.QtCore import QThreadPool, QTimer

from napari_brainseg.errors import SaveError
from napari_brainseg.gui.layers import running_mask
from napari_brainseg.gui.npe2.writers import write_labels_layer

pytestmark = pytest.mark.gui


@pytest.fixture
def opened(panel, viewer, oblique_file):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    return panel


def wait_for_three_slices(panel, qtbot):
    qtbot.waitUntil(lambda: panel.running.layer is not None, timeout=20_000)
    qtbot.waitUntil(lambda: panel.running.layer.data.any(axis=(1, 2)).sum() == 3, timeout=20_000)


@pytest.fixture
def halfway(opened, viewer, steered, qtbot):
    """Start a run that has done three slices and waits."""
    steered.pause_after = 3
    steered.leave.clear()
    opened.segment_button.click()
    wait_for_three_slices(opened, qtbot)
    return opened


def end(panel, steered, qtbot):
    with until_landed(qtbot, panel):
        steered.leave.set()


def test_finished_slices_are_shown_unfinished_and_then_are_the_mask(
    halfway, viewer, steered, qtbot, tmp_path
):
    layer = viewer.layers[-1]
    assert (layer.name, layer.contour > 0) == ("flair · unfinished", True)
    assert viewer.layers.selection.active == viewer.layers[0]
    assert halfway.working.layer is None
    assert halfway.save_button.isEnabled() is False
    layer.mode = "paint"
    assert layer.mode == "pan_zoom"
    with pytest.raises(SaveError, match="unfinished"):
        write_labels_layer(str(tmp_path / "mask.nii.gz"), *layer.as_layer_data_tuple()[:2])

    end(halfway, steered, qtbot)
    assert viewer.layers[-1] == layer == halfway.working.layer
    assert (layer.name, layer.contour, layer.mode) == ("flair · tumour", 0, "paint")
    assert layer.data.any(axis=(1, 2)).all()
    assert layer in halfway.keeper.unsaved()
    assert halfway.working.record.provenance.result is not None


def test_slices_are_shown_in_a_turn_after_that_in_which_their_layer_comes(
    opened, viewer, steered, qtbot
):
    shown = []
    viewer.layers.events.inserted.connect(lambda event: shown.append(event.value.visible))
    steered.pause_after = 3
    steered.leave.clear()
    opened.segment_button.click()
    wait_for_three_slices(opened, qtbot)
    qtbot.waitUntil(lambda: viewer.layers[-1].visible)
    assert shown == [False]

    viewer.layers[-1].visible = False
    end(opened, steered, qtbot)
    assert viewer.layers[-1].visible is False, "the user has hidden it"


def test_the_layer_comes_hidden_while_the_first_slice_is_run(opened, viewer, steered, qtbot):
    steered.leave.clear()
    opened.segment_button.click()
    qtbot.waitUntil(lambda: opened.running.layer is not None, timeout=20_000)
    assert (len(viewer.layers), viewer.layers[-1].visible) == (2, False)
    assert not viewer.layers[-1].data.any()
    assert opened.working.layer is None

    opened.segment_button.click()  # Cancel
    steered.leave.set()
    qtbot.waitUntil(lambda: not opened.run.running, timeout=20_000)
    assert len(viewer.layers) == 1
    assert "Cancelled before the first slices" in opened.status.text()


def test_a_mask_that_is_done_before_its_slices_are_drawn_is_shown(
    opened, viewer, segment, monkeypatch
):
    monkeypatch.setattr(running_mask, "REDRAW_S", 600.0)
    opened.running._drawn = time.monotonic()
    segment(opened)
    assert opened.working.layer == viewer.layers[-1]
    assert viewer.layers[-1].visible is True


def test_a_layer_that_the_user_deletes_meanwhile_does_not_take_the_mask_along(
    halfway, viewer, steered, qtbot
):
    viewer.layers.pop()
    end(halfway, steered, qtbot)
    assert viewer.layers[-1].data.any(axis=(1, 2)).all()
    assert len(viewer.layers) == 2


def test_slices_without_anything_marked_draw_nothing(opened, viewer, steered, segment):
    steered.found_in, drawn = {2}, []
    opened.running._refresh = lambda: drawn.append(1)
    viewer.layers.events.inserted.connect(lambda event: setattr(opened.running, "_shown", True))
    segment(opened)
    assert len(viewer.layers[0].data) > 4
    assert len(drawn) <= 2, "the first slices, and the one with a lesion"


def test_a_mask_that_is_deleted_as_it_comes_leaves_the_panel_ready(halfway, viewer, steered, qtbot):
    halfway.flow.landed.connect(lambda _: viewer.layers.pop())
    end(halfway, steered, qtbot)
    assert len(viewer.layers) == 1
    assert halfway.working.layer is None
    assert (halfway.segment_button.text(), halfway.segment_button.isEnabled()) == ("Segment", True)


def test_segment_can_be_pressed_again_as_the_mask_comes(halfway, viewer, steered, qtbot):
    again = partial(QTimer.singleShot, 0, halfway.segment_button.click)
    halfway.flow.landed.connect(lambda _: again() if len(viewer.layers) == 2 else None)
    end(halfway, steered, qtbot)
    qtbot.waitUntil(lambda: len(viewer.layers) == 3, timeout=20_000)
    qtbot.waitUntil(lambda: not (halfway.run.running or halfway.landing.busy), timeout=20_000)
    _, first, second = viewer.layers
    assert (first.visible, second.visible, second.mode) == (False, True, "paint")
    assert viewer.layers.selection.active == second
    assert "1 lesion" in halfway.status.text()


def test_a_run_that_fails_takes_its_slices_back(halfway, viewer, steered, qtbot):
    steered.error = RuntimeError("broken")
    end(halfway, steered, qtbot)
    assert len(viewer.layers) == 1


def test_the_view_stays_where_the_user_went_meanwhile(halfway, viewer, steered, qtbot):
    steered.found_in = {0}
    viewer.dims.set_current_step(0, 1)
    end(halfway, steered, qtbot)
    assert viewer.dims.current_step[0] == 1


@pytest.fixture
def over_a_mask(opened, viewer, steered, segment, qtbot):
    """Start a run that is to replace a mask, and has done three slices."""
    segment(opened)
    opened.target.setCurrentIndex(1)
    steered.pause_after, steered.columns = 3, slice(0, 30)
    steered.leave.clear()
    opened.segment_button.click()
    wait_for_three_slices(opened, qtbot)
    return opened


def test_strokes_in_the_mask_that_is_replaced_are_kept(over_a_mask, viewer, steered, qtbot):
    mask = viewer.layers[1]
    assert over_a_mask.working.layer == mask
    mask.paint((0, 2, 2), 1)  # where the run finds nothing
    mask.data_setitem((np.array([1]), np.array([12]), np.array([14])), 0)  # and where it does
    drawn = mask.data.copy()
    end(over_a_mask, steered, qtbot)
    assert len(viewer.layers) == 2
    assert mask.data[0, 2, 2] == 1
    assert mask.data[1, 12, 14] == 0
    assert mask.data[1, 12, 2] == 1
    mask.undo()
    np.testing.assert_array_equal(mask.data, drawn)


def test_a_cancelled_run_replaces_nothing(over_a_mask, viewer, steered, qtbot):
    before = viewer.layers[1].data.copy()
    over_a_mask.segment_button.click()
    end(over_a_mask, steered, qtbot)
    np.testing.assert_array_equal(viewer.layers[1].data, before)
    assert viewer.layers[2].data.any(axis=(1, 2)).sum() == 3
    assert over_a_mask.working.layer == viewer.layers[2]


@pytest.mark.parametrize("done", [0, 1], ids=["loaded", "one slice"])
@pytest.mark.parametrize("closed", ["scan", "viewer"])
def test_what_is_on_its_way_when_the_scan_is_closed_is_not_shown(
    opened, viewer, steered, qtbot, done, closed
):
    steered.pause_after = done
    steered.leave.clear()
    opened.segment_button.click()
    assert steered.started.wait(20)  # in the run's thread: the window has heard of no step yet
    if closed == "viewer":
        viewer.close()  # its fixture looks whether anything keeps it
    else:
        viewer.layers.clear()
    qtbot.wait(50)
    assert list(viewer.layers) == []
    steered.leave.set()
    qtbot.waitUntil(lambda: QThreadPool.globalInstance().activeThreadCount() == 0, timeout=20_000)
    qtbot.wait(50)
    assert list(viewer.layers) == []
