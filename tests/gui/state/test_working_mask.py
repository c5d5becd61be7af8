"""The mask that the panel works on, and writing into it."""

from __future__ import annotations

import numpy as np
import pytest
from napari.utils.key_bindings import coerce_keybinding
from qtpy.QtCore import QObject

from napari_brainseg.gui.layers.undoable import write_labels
from napari_brainseg.gui.state.undo_view import UndoView
from napari_brainseg.gui.state.working_mask import WorkingMask

pytestmark = pytest.mark.gui


@pytest.fixture
def mask(viewer):
    return viewer.add_labels(np.zeros((5, 20, 30), dtype=np.uint8))


@pytest.fixture
def working(viewer, mask, qtbot) -> WorkingMask:
    working = WorkingMask(viewer)
    qtbot.waitUntil(lambda: working.record is not None and working.record.is_settled)
    yield working
    working.leave()


def paint(layer) -> None:
    layer.paint((2, 5, 5), 1)


def set_all(layer) -> None:
    layer.data = np.ones_like(layer.data)


def write_box(layer) -> None:
    write_labels(layer, np.full((1, 2, 3), 4, dtype=np.uint8), (1, 2, 3))


@pytest.mark.parametrize("change", [paint, set_all, write_box])
def test_every_way_of_changing_voxels_is_told(working, mask, qtbot, change):
    with qtbot.waitSignal(working.edited):
        change(mask)


@pytest.mark.parametrize("step", ["undo", "redo"])
def test_undo_and_redo_are_told(working, mask, qtbot, step):
    with qtbot.waitSignal(working.edited):
        paint(mask)
    if step == "redo":
        with qtbot.waitSignal(working.edited):
            mask.undo()
    with qtbot.waitSignal(working.edited):
        getattr(mask, step)()


def test_moving_through_slices_is_no_edit(working, viewer, qtbot):
    with qtbot.assertNotEmitted(working.edited, wait=600):
        viewer.dims.set_current_step(0, 1)
        viewer.dims.set_current_step(0, 3)


def test_it_follows_the_selected_mask_and_forgets_a_removed_one(working, viewer, mask, qtbot):
    with qtbot.waitSignal(working.switched):
        other = viewer.add_labels(np.zeros((5, 20, 30), dtype=np.uint8))
    assert working.layer == other
    with qtbot.waitSignal(working.edited):
        qtbot.waitUntil(lambda: working.record is not None and working.record.is_settled)
        paint(other)
    viewer.layers.remove(other)
    assert working.layer == mask
    viewer.layers.remove(mask)
    assert working.layer is None


def test_a_box_is_written_as_one_step_that_undo_takes_back(mask):
    mask.data[1, 2, 3] = 7
    before = mask.data.copy()
    assert write_labels(mask, np.full((2, 2, 3), 7, dtype=np.uint8), (1, 2, 3)) == 11
    assert (mask.data[1:3, 2:4, 3:6] == 7).all()
    mask.undo()
    np.testing.assert_array_equal(mask.data, before)
    mask.redo()
    assert mask.data.sum() == 12 * 7


def test_writing_what_is_there_leaves_the_history_alone(mask):
    write_labels(mask, np.full((1, 1, 1), 3, dtype=np.uint8), (0, 0, 0))
    assert write_labels(mask, mask.data.copy()) == 0
    mask.undo()
    assert not mask.data.any()


def press(layer, key) -> None:
    """Press a key that is bound to the layer itself."""
    layer.keymap[coerce_keybinding(key)](layer)


def test_undo_and_redo_turn_to_the_slice_that_they_change(viewer, mask, working, qtbot):
    owner = QObject()
    view = UndoView(viewer, working, owner)
    viewer.dims.set_current_step(0, 2)
    paint(mask)
    qtbot.waitUntil(lambda: working.record.is_settled and working.record.revision == 1)
    for key in ("Control-Z", "Control-Shift-Z"):
        viewer.dims.set_current_step(0, 4)
        press(mask, key)
        qtbot.waitUntil(lambda: viewer.dims.current_step[0] == 2)
    del view
    owner.deleteLater()
    qtbot.waitUntil(lambda: coerce_keybinding("Control-Z") not in mask.keymap)
