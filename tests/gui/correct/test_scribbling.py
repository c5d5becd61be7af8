"""Scribbling in a viewer: the mask follows each stroke, in one step."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from correcting import is_one_step, lock, settle

from napari_brainseg.edit.scribble import INSIDE, OUTSIDE
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY

pytestmark = pytest.mark.gui

SHAPE = (9, 60, 60)
SCALE = (4.0, 1.0, 1.0)
AT = 4


@pytest.fixture
def bench(viewer, panel, qtbot):
    """Give a scan with a bright box on slices 2 to 6, and an empty mask."""
    scan = np.random.default_rng(0).normal(100, 8, SHAPE).astype(np.float32)
    truth = np.zeros(SHAPE, dtype=bool)
    truth[2:7, 20:40, 22:38] = True
    scan[truth] += 80
    place = {"scale": SCALE, "units": ("mm",) * 3}
    viewer.add_image(scan, name="scan", **place)
    mask = viewer.add_labels(np.zeros(SHAPE, dtype=np.uint8), name="mask", **place)
    mask.selected_label = 1
    viewer.dims.set_current_step(0, AT)
    return SimpleNamespace(
        section=panel.correct, mask=mask, viewer=viewer, truth=truth, qtbot=qtbot, panel=panel
    )


def stroke(bench, kind: str, row: int, columns: slice, at: int = AT) -> None:
    """Draw a line in one movement, and wait for the mask to follow."""
    bench.section.use(kind)
    layer = bench.viewer.layers["Strokes"]
    with layer.block_history():
        for column in range(columns.start, columns.stop):
            layer.paint((at, row, column), layer.selected_label)
    bench.qtbot.wait(1)
    settle(bench)


def dice(one, other) -> float:
    return 2 * (one & other).sum() / max(1, one.sum() + other.sum())


@pytest.mark.parametrize("whole", [False, True], ids=["this slice", "all slices"])
def test_the_mask_follows_in_one_step(bench, whole):
    bench.section.options.scope.setValue(whole)
    stroke(bench, "inside", 30, slice(26, 34))
    before = bench.mask.data.copy()
    stroke(bench, "outside", 10, slice(15, 45))
    found = bench.mask.data == 1
    assert dice(found[AT], bench.truth[AT]) > 0.95
    assert found.any(axis=(1, 2)).sum() > 3 if whole else not np.delete(found, AT, axis=0).any()
    assert "Scribble" in bench.section.hint.text()
    bench.section.done.click()
    bench.viewer.dims.ndisplay = 3
    is_one_step(bench, before)


def test_strokes_on_a_coronal_slice_redraw_that_slice(bench):
    """As they are drawn in three planes."""
    stroke(bench, "inside", 30, slice(26, 34))
    before = bench.mask.data.copy()
    bench.section.use("inside")
    layer, row = bench.viewer.layers["Strokes"], 36
    for kind, planes, columns in ((INSIDE, (3, 6), (26, 34)), (OUTSIDE, (3, 6), (8, 12))):
        places = np.ix_(range(*planes), [row], range(*columns))
        inside = np.broadcast_arrays(*places)
        layer.data_setitem(tuple(each.ravel() for each in inside), kind)
        bench.qtbot.wait(1)
        settle(bench)
    changed = np.unique(np.nonzero(bench.mask.data != before)[1])
    assert changed.tolist() == [row]
    assert dice(bench.mask.data[:, row] == 1, bench.truth[:, row]) > 0.9
    stroke(bench, "outside", 10, slice(15, 45))
    assert dice(bench.mask.data[AT] == 1, bench.truth[AT]) > 0.95


@pytest.mark.parametrize("tool", ["inside", "polish", "lasso"])
def test_what_needs_a_slice_ends_with_it_and_says_so(bench, tool):
    bench.mask.data[AT, 20:40, 20:40] = 1
    bench.section.use(tool)
    assert bench.viewer.layers.selection.active != bench.mask
    bench.viewer.dims.ndisplay = 3
    assert bench.viewer.layers.selection.active == bench.mask
    assert "switch to the 2-D display" in bench.section.hint.text()
    assert len(bench.viewer.layers) == 2


@pytest.mark.parametrize("seen", ["scan", "other"])
def test_the_mask_follows_the_scan_that_is_seen(bench, seen):
    """Whichever the range of intensities is measured in."""
    elsewhere = np.zeros(SHAPE, dtype=bool)
    elsewhere[2:7, 20:40, 8:52] = True
    noise = np.random.default_rng(1).normal(100, 8, SHAPE)
    other = (noise + 80 * elsewhere).astype(np.float32)
    place = {"scale": SCALE, "units": ("mm",) * 3}
    bench.viewer.add_image(other, name="other", **place)
    bench.viewer.layers["other"].visible = seen == "other"
    bench.viewer.layers.selection.active = bench.mask
    bench.section.use("inside")
    assert f"It goes by {seen}." in bench.section.hint.text()
    stroke(bench, "inside", 30, slice(26, 34))
    stroke(bench, "outside", 10, slice(5, 55))
    truth = bench.truth if seen == "scan" else elsewhere
    assert dice(bench.mask.data[AT] == 1, truth[AT]) > 0.95


def test_strokes_are_nothing_to_save_nor_to_bring_back(bench):
    stroke(bench, "inside", 30, slice(26, 34))
    assert "Strokes" not in [layer.name for layer in bench.panel.keeper.unsaved()]
    bench.section.done.click()
    bench.qtbot.wait(300)
    assert bench.panel.keeper.deletions == []


def test_strokes_are_no_mask_to_combine_with(bench):
    other = bench.section.other
    before = [other.itemText(i) for i in range(other.count())]
    bench.section.use("inside")
    assert [other.itemText(i) for i in range(other.count())] == before
    assert not bench.section.buttons["add"].isEnabled()


def test_ctrl_z_takes_back_the_stroke_and_what_followed(bench, qtbot):
    stroke(bench, "inside", 30, slice(26, 34))
    first = bench.mask.data.copy()
    stroke(bench, "inside", 10, slice(15, 45))
    assert not np.array_equal(first, bench.mask.data)
    bench.section.canvas.scribbling.undo()
    settle(bench)
    np.testing.assert_array_equal(bench.mask.data, first)
    bench.section.canvas.scribbling.redo()
    settle(bench)
    assert not np.array_equal(first, bench.mask.data)


def test_the_strokes_are_an_overlay_in_two_colours_that_goes_with_the_mode(bench):
    bench.mask.mode = "paint"
    bench.section.use("inside")
    strokes = bench.viewer.layers["Strokes"]
    assert strokes.metadata[OVERLAY_KEY]
    assert bench.panel.working.layer == bench.mask
    assert not np.array_equal(strokes.get_color(INSIDE), strokes.get_color(OUTSIDE))
    assert bench.section.buttons["inside"].isChecked()
    bench.section.use("outside")
    assert strokes.selected_label == OUTSIDE
    bench.section.done.click()
    assert "Strokes" not in bench.viewer.layers
    assert bench.viewer.layers.selection.active == bench.mask
    assert bench.mask.mode == "paint"
    assert not bench.section.done.isEnabled()


def test_the_mode_ends_with_its_layer_with_another_tool_and_with_the_mask(bench):
    for ending in (
        lambda: bench.viewer.layers.remove("Strokes"),
        lambda: bench.section.use("fill"),
        lambda: bench.viewer.layers.remove("mask"),
    ):
        bench.section.use("inside")
        assert bench.section.canvas.kind_drawn == INSIDE
        ending()
        assert bench.section.canvas.kind_drawn == 0
        assert "Strokes" not in bench.viewer.layers
        settle(bench)


def test_locks_and_the_range_hold(bench):
    bench.mask.data[AT, 20:30] = 2
    bench.section.protection.keep.setChecked(False)
    lock(bench.section, 2)
    stroke(bench, "inside", 35, slice(26, 34))
    assert (bench.mask.data[AT, 20:30] == 2).all()
    assert (bench.mask.data == 1).any()


def test_a_stroke_in_three_d_is_refused(bench):
    bench.viewer.dims.ndisplay = 3
    bench.section.use("inside")
    assert "2-D" in bench.section.hint.text()
    assert "Strokes" not in bench.viewer.layers
