"""What one corrects with, done with mouse and keys of the window system, undone and redone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from gui.hand import RIGHT, WHEEL_DOWN, WHEEL_UP, bring_into_view, rest
from gui.seat import MIDDLE, WITH_A_HAND, lesion, lesion_file
from qtpy.QtWidgets import QApplication

from napari_brainseg.gui.correct.label_table import LOCK, NAME

if TYPE_CHECKING:
    from gui.hand import Hand

pytestmark = WITH_A_HAND


@pytest.mark.parametrize("eraser", [False, True])
def test_a_stroke_of_brush_and_eraser(drawn, eraser):
    before = drawn.mask.data.copy()
    drawn.mask.brush_size = 3
    drawn.hand.press("1" if eraser else "2")
    drawn.draw((-3, -3), (-3, 12))
    lost, won = (before > drawn.mask.data).sum(), (before < drawn.mask.data).sum()
    assert (lost > 5 and won == 0) if eraser else (won > 5 and lost == 0)
    # Along all of it, and on the slice that is shown alone.
    changed = np.nonzero(before != drawn.mask.data)
    assert set(changed[0]) == {MIDDLE[0]}
    assert set(changed[1]) <= set(range(18, 25))
    drawn.is_one_step(before)


def test_scribbles_inside_and_outside(clean):
    """The mask follows to the edge of the ball; each stroke is one step."""
    clean.hand.press("shift+e")
    clean.draw((-4, 0), (4, 0))
    first = clean.mask.data.copy()
    assert first.any()
    clean.hand.press("shift+o")
    clean.draw((-11, -11), (-11, 11), (11, 11), (11, -11), (-11, -11))
    after, truth = clean.mask.data[MIDDLE[0]] > 0, lesion()[MIDDLE[0]]
    assert 2 * (after & truth).sum() / (after.sum() + truth.sum()) > 0.9
    clean.is_one_step(first)
    clean.hand.press("Escape")
    assert "Strokes" not in clean.viewer.layers


def test_scribbling_in_3d_says_what_to_do(drawn):
    drawn.look_from_above()
    before = drawn.mask.data.copy()
    drawn.hand.press("shift+e")
    assert "switch to the 2-D display" in drawn.panel.correct.hint.text()
    assert "Strokes" not in drawn.viewer.layers
    np.testing.assert_array_equal(drawn.mask.data, before)


@pytest.mark.parametrize("ndisplay", [2, 3])
def test_the_sphere_brush(drawn, ndisplay):
    drawn.hand.press("shift+y")
    assert drawn.mask.n_edit_dimensions == 3
    drawn.mask.brush_size = 12
    if ndisplay == 3:
        drawn.look_from_above()
    before = drawn.mask.data.copy()
    drawn.draw((0, -1), (0, 1))
    changed = np.nonzero(before != drawn.mask.data)
    assert len(set(changed[0])) > 1  # it is a ball of more than one slice
    drawn.is_one_step(before)


@pytest.mark.parametrize("whole", [False, True], ids=["one", "all"])
@pytest.mark.parametrize("tool", ["lasso", "scissors", "crop"])
def test_outlines(drawn, tool, whole):
    key = {"lasso": "shift+q", "scissors": "shift+x", "crop": "shift+c"}[tool]
    (drawn.panel.correct.all if whole else drawn.panel.correct.one).setChecked(True)
    before = drawn.mask.data.copy()
    drawn.hand.press(key)
    rest(200)
    drawn.draw((-4, -4), (-4, 6), (4, 6), (4, -4), (-4, -4))
    inside = np.zeros(before.shape[1:], bool)
    inside[MIDDLE[1] - 2 : MIDDLE[1] + 3, MIDDLE[2] - 2 : MIDDLE[2] + 5] = True
    after = drawn.mask.data
    slices = range(12) if whole else [MIDDLE[0]]
    for z in range(12):
        if z not in slices:
            np.testing.assert_array_equal(after[z], before[z])
        elif tool == "lasso":
            assert after[z][inside].all()
        elif tool == "scissors":
            assert not after[z][inside].any()
        else:
            np.testing.assert_array_equal(after[z][inside], before[z][inside])
            assert not after[z][:, : MIDDLE[2] - 6].any()
    drawn.is_one_step(before)


def test_two_clicks_on_one_spot_are_no_outline_and_the_next_one_counts(drawn):
    """An outline is told of all the same; the lasso was dead after it."""
    before = drawn.mask.data.copy()
    drawn.hand.press("shift+q")
    rest(200)
    place = drawn.hand.on_canvas(drawn.viewer, drawn.world(0, 0))
    for _ in range(2):
        drawn.hand.click_at(place)
        rest(QApplication.doubleClickInterval() + 100)
    np.testing.assert_array_equal(drawn.mask.data, before)
    drawn.draw((-8, -8), (-8, 8), (8, 8), (8, -8), (-8, -8))
    drawn.is_one_step(before)


@pytest.mark.parametrize("ndisplay", [2, 3])
@pytest.mark.parametrize(("tool", "grows"), [("grow", True), ("shrink", False), ("smooth", None)])
def test_moving_the_outline_by_its_button(drawn, tool, grows, ndisplay):
    if ndisplay == 3:
        drawn.look_from_above()
    drawn.panel.correct_fold.expand(animate=False)
    before = drawn.mask.data.copy()
    drawn.hand.click(drawn.panel.correct.buttons[tool])
    drawn.settle()
    if grows is not None:
        assert (drawn.mask.data.sum() > before.sum()) == grows
    drawn.is_one_step(before)


def test_the_smoothing_brush(drawn):
    """A spike of one voxel's width goes where the brush goes, and nothing elsewhere."""
    z, y, x = MIDDLE
    spike = np.full(8, z), np.full(8, y), np.arange(x + 1, x + 9)
    drawn.mask.data_setitem(spike, 1)
    drawn.settle()
    before = drawn.mask.data.copy()
    drawn.hand.press("shift+j")
    drawn.viewer.layers["Strokes"].brush_size = 6
    drawn.draw((0, 4), (0, 9))
    assert not drawn.mask.data[z, y, x + 4 : x + 8].any()
    changed = np.nonzero(before != drawn.mask.data)
    assert set(changed[0]) == {z}
    assert changed[2].min() > x - 2  # the rest of the outline stays as it was
    drawn.is_one_step(before)
    drawn.hand.press("Escape")
    assert "Strokes" not in drawn.viewer.layers


@pytest.mark.parametrize("ndisplay", [2, 3])
@pytest.mark.parametrize("by_key", [True, False], ids=["key", "button"])
@pytest.mark.parametrize("tool", ["fill", "islands"])
def test_holes_and_islands(drawn, tool, by_key, ndisplay):
    """A hole of one voxel is filled, an island of one taken away; how much is said before."""
    z, y, x = MIDDLE
    place = (z, y, x - 3) if tool == "fill" else (z, y, x + 15)
    drawn.mask.data_setitem(tuple(np.array([axis]) for axis in place), int(tool == "islands"))
    drawn.settle()
    if ndisplay == 3:
        drawn.look_from_above()
    before = drawn.mask.data.copy()
    drawn.panel.correct_fold.expand(animate=False)
    button = drawn.panel.correct.buttons[tool]
    drawn.wait(button.isEnabled, 5_000)
    if by_key:
        drawn.hand.press({"fill": "shift+h", "islands": "shift+r"}[tool])
    else:
        drawn.hand.click(button)
    drawn.settle()
    assert [tuple(at) for at in np.argwhere(before != drawn.mask.data)] == [place]
    drawn.is_one_step(before)
    rest(500)
    drawn.hand.click(button)  # again: there is none left
    drawn.settle()
    assert np.count_nonzero(before != drawn.mask.data) == 1


def test_undo_turns_to_the_slice_that_it_changes(drawn):
    drawn.hand.press("2")
    drawn.draw((0, 6), (2, 8))
    drawn.viewer.dims.set_current_step(0, 1)
    drawn.hand.press("ctrl+z")
    drawn.wait(lambda: drawn.viewer.dims.current_step[0] == MIDDLE[0], 5_000)


# The mask of a model


def test_the_threshold_by_its_slider(seat, straight, tmp_path, monkeypatch, steered_by_rows):
    seat.panel = seat.dock("Segment")
    seat.viewer.open(str(lesion_file(tmp_path, straight)), plugin="napari-brainseg")
    seat.hand.click(seat.panel.segment_button)
    seat.wait(lambda: seat.mask is not None and not seat.is_running)
    rest(300)
    before = seat.mask.data.copy()
    slider = seat.panel.mask_rules.threshold.slider
    middle = slider.height() / 2
    at = [seat.hand.at(slider, slider.width() * share, middle)
          for share in (0.5, 0.55, 0.65, 0.75, 0.8)]  # fmt: skip
    seat.hand.drag(at)
    seat.settle()
    assert seat.panel.mask_rules.threshold.value() > 0.6
    assert 0 < seat.mask.data.sum() < before.sum()
    seat.hand.focus()
    seat.viewer.layers.selection.active = seat.mask
    seat.is_one_step(before)


@pytest.fixture
def steered_by_rows(steered, monkeypatch):
    """Have a model whose probabilities rise from 0.05 to 0.95 over the rows of the head."""
    plain = steered.__call__

    def graded(*args, **kwargs):
        result = yield from plain(*args, **kwargs)
        chances = np.zeros(result.probabilities.shape, dtype=np.float16)
        rows = chances.shape[-2]
        chances[..., :, :] = np.linspace(0.05, 0.95, rows)[:, np.newaxis]
        labels = (chances[0] >= 0.5).astype(np.uint8)
        return replace(result, probabilities=chances, labels=labels)

    monkeypatch.setattr("napari_brainseg.pipeline.segment.segment_steps", graded)


# Looking


@pytest.mark.parametrize("tool", ["paint", "erase", "fill"])
def test_window_and_level_by_dragging(tool, drawn):
    """No tool of napari's draws meanwhile: they all ask for no button."""
    image = drawn.viewer.layers[0]
    drawn.mask.mode = tool
    low, high = image.contrast_limits
    place = drawn.hand.on_canvas(drawn.viewer, drawn.world(0, 0))
    before, zoom = drawn.mask.data.copy(), drawn.viewer.scene.camera.zoom
    drawn.hand.drag([(place[0] + step, place[1]) for step in range(0, 90, 10)], RIGHT)
    wide = np.diff(image.contrast_limits)[0]
    assert wide > high - low
    drawn.hand.drag([(place[0], place[1] + step) for step in range(0, 90, 10)], RIGHT)
    assert np.mean(image.contrast_limits) > (low + high) / 2
    assert np.isclose(np.diff(image.contrast_limits)[0], wide, rtol=0.05)
    assert drawn.viewer.scene.camera.zoom == zoom
    # Nor does one afterwards, when the mouse is only moved.
    drawn.hand.do("mousemove", place[0] - 60, place[1] - 60)
    np.testing.assert_array_equal(drawn.mask.data, before)
    assert drawn.mask.mode == tool
    drawn.hand.press("shift+z")
    assert np.allclose(image.contrast_limits, (low, high))


def test_the_wheel_turns_slices_with_ctrl_and_zooms_without(drawn):
    place = drawn.hand.on_canvas(drawn.viewer, drawn.world(0, 0))
    zoom = drawn.viewer.scene.camera.zoom
    drawn.hand.wheel(place, WHEEL_UP)
    assert drawn.viewer.scene.camera.zoom != zoom
    drawn.hand.do("keydown", "ctrl", "click", WHEEL_DOWN, "keyup", "ctrl")
    assert drawn.viewer.dims.current_step[0] != MIDDLE[0]


# Labels


def test_the_table_of_labels(drawn):
    """Rename, lock, merge and delete by mouse and keys; the last two are one step each."""
    hand, table = drawn.hand, drawn.panel.labels
    drawn.panel.correct_fold.expand(animate=False)
    drawn.panel.labels_fold.expand(animate=False)
    rest(200)
    hand.click(table.add)
    drawn.mask.data_setitem(tuple(np.nonzero(lesion() & (drawn.mask.data == 0))), 2)
    drawn.settle()
    rest(500)
    cell(hand, table, 0, NAME, twice=True)
    hand.do("key", "ctrl+a")
    hand.type("core")
    hand.do("key", "Return")
    assert table.table.item(0, NAME).text() == "core"
    assert drawn.panel.working.provenance.info.name(1) == "core"
    cell(hand, table, 0, LOCK, box=True)
    assert drawn.panel.correct.protection.locks.locked == {1}
    before = drawn.mask.data.copy()
    cell(hand, table, 0, NAME)
    hand.click(table.delete)
    drawn.settle()
    np.testing.assert_array_equal(drawn.mask.data, before)  # it is locked
    cell(hand, table, 0, LOCK, box=True)
    cell(hand, table, 1, NAME)
    hand.click(table.delete)
    drawn.settle()
    assert set(np.unique(drawn.mask.data)) == {0, 1}
    drawn.is_one_step(before)
    hand.press("ctrl+z")
    drawn.settle()
    rest(500)
    cell(hand, table, 1, NAME)
    hand.click(table.merge)
    rest(200)
    hand.do("key", "Down", "key", "Return")
    drawn.settle()
    np.testing.assert_array_equal(drawn.mask.data > 0, before > 0)
    assert set(np.unique(drawn.mask.data)) == {0, 1}
    drawn.is_one_step(before)


def test_keys_work_wherever_in_the_panel_one_clicked_last(drawn):
    """A row of the table, a button, and the amount that was just typed."""
    hand, panel = drawn.hand, drawn.panel
    panel.correct_fold.expand(animate=False)
    panel.labels_fold.expand(animate=False)
    rest(200)
    cell(hand, panel.labels, 0, NAME)
    hand.press("2")
    assert drawn.mask.mode == "paint"
    hand.press("shift+d")
    assert panel.correct.all.isChecked()
    hand.click(panel.views.grey)
    hand.press("shift+Right")
    drawn.settle()
    assert drawn.viewer.dims.current_step[0] == MIDDLE[0] + 1
    before = drawn.mask.data.copy()
    hand.click(panel.correct.amount)
    hand.do("key", "ctrl+a")
    hand.type("3")
    hand.press("shift+g")
    drawn.settle()
    assert panel.correct.amount.value() == 3
    assert drawn.mask.data.sum() > before.sum()


def cell(hand: Hand, table: Any, row: int, column: int, box: bool = False, twice: bool = False):
    """Click a cell, or the box in it."""
    view = table.table
    rect = view.visualItemRect(view.item(row, column))
    x = rect.left() + 10 if box else rect.center().x()
    bring_into_view(view)
    hand.clicks += 1
    place = hand.at(view.viewport(), x, rect.center().y())
    hand.do("mousemove", *place, "click", "--repeat", 2 if twice else 1, "--delay", 60, "1")
    rest(150)
