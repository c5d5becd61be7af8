"""The correction tools in a viewer: what they do, undo, redo, and what they leave alone."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from correcting import is_one_step, lock, use
from napari.utils._proxies import ReadOnlyWrapper
from napari.utils.interactions import (
    mouse_move_callbacks,
    mouse_press_callbacks,
    mouse_release_callbacks,
)
from qtpy.QtCore import Qt

from napari_brainseg.edit.interpolate import interpolate_slices
from napari_brainseg.edit.islands import remove_islands
from napari_brainseg.edit.morphology import fill_holes, grow, shrink, smooth
from napari_brainseg.gui.correct import tools
from napari_brainseg.gui.domain.mask_record import record_of

pytestmark = pytest.mark.gui

SCALE = (4.0, 0.8, 1.0)
SHAPE = (9, 40, 48)
AT = 4
"""The slice on the screen."""


def start_labels() -> np.ndarray:
    """Make label 1 with a hole, a tunnel and islands, and label 2 beside it."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[2:7, 8:24, 10:30] = 1
    labels[4, 14:17, 18:21] = 0
    labels[3:6, 20, 13] = 0
    labels[2:7, 8:24, 30:36] = 2
    labels[4, 34:36, 40] = labels[6, 2, 2] = 1
    return labels


def start_scan() -> np.ndarray:
    """Intensity 100 in the left half, 200 in the right."""
    scan = np.full(SHAPE, 100, dtype=np.int16)
    scan[:, :, 20:] = 200
    return scan


@pytest.fixture
def bench(viewer, panel, qtbot):
    """Give the section a scan of 4.0 x 0.8 x 1.0 mm, a mask, and a second mask."""
    place = {"scale": SCALE, "units": ("mm",) * 3}
    viewer.add_image(start_scan(), name="scan", **place)
    other = np.zeros(SHAPE, dtype=np.uint8)
    other[3:6, 16:30, 20:40] = 3
    viewer.add_labels(other, name="other", **place)
    mask = viewer.add_labels(start_labels(), name="mask", **place)
    mask.brush_size = 5
    mask.preserve_labels = True
    viewer.dims.set_current_step(0, AT)
    section = panel.correct
    section.amount.setValue(1.7)
    section.smallest.setValue(10)
    qtbot.waitUntil(lambda: record_of(mask).first is not None)
    return SimpleNamespace(section=section, mask=mask, viewer=viewer, panel=panel, qtbot=qtbot)


def event_at(voxel, kind: str, viewer, button: int = 1) -> SimpleNamespace:
    return SimpleNamespace(
        type=kind,
        position=tuple(float(at * step) for at, step in zip(voxel, SCALE, strict=True)),
        view_direction=None,
        dims_displayed=list(viewer.dims.displayed),
        modifiers=(),
        button=button,
        is_dragging=kind == "mouse_move",
        handled=False,
    )


def drag(bench, *voxels) -> None:
    """Press at the first voxel, move over the others, release; as napari tells its callbacks."""
    viewer, layer = bench.viewer, bench.viewer.layers.selection.active
    first = ReadOnlyWrapper(event_at(voxels[0], "mouse_press", viewer), exceptions=("handled",))
    for target in (viewer, layer):
        mouse_press_callbacks(target, first)
    for voxel in voxels[1:]:
        for target in (viewer, layer):
            mouse_move_callbacks(target, event_at(voxel, "mouse_move", viewer))
    for target in (viewer, layer):
        mouse_release_callbacks(target, event_at(voxels[-1], "mouse_release", viewer))


OTHER = np.zeros(SHAPE, dtype=bool)
OTHER[3:6, 16:30, 20:40] = True

# What each tool makes of a mask: its dimensions, its spacing, and the other mask there.
EFFECTS = {
    "grow": lambda mask, spacing, other: grow(mask, 1.7, spacing),
    "shrink": lambda mask, spacing, other: shrink(mask, 1.7, spacing),
    "smooth": lambda mask, spacing, other: smooth(mask, 1.7, spacing),
    "fill": lambda mask, spacing, other: fill_holes(mask),
    "islands": lambda mask, spacing, other: remove_islands(mask, 10, 3.2),
    "add": lambda mask, spacing, other: mask | other,
    "subtract": lambda mask, spacing, other: mask & ~other,
    "intersect": lambda mask, spacing, other: mask & other,
}


def effect(name: str, labels: np.ndarray, whole: bool) -> np.ndarray:
    """Where label 1 should be after the tool, if nothing is protected."""
    where = slice(None) if whole else AT
    mask = labels == 1
    mask[where] = EFFECTS[name](mask[where], SCALE if whole else SCALE[1:], OTHER[where])
    return mask


@pytest.mark.parametrize("display", [2, 3], ids=["2-D", "3-D"])
@pytest.mark.parametrize("name", EFFECTS)
def test_a_tool_does_its_work_in_one_step_and_spares_other_labels(bench, name, display):
    before = start_labels()
    bench.viewer.dims.ndisplay = display
    for whole in (False, True):
        use(bench, name, whole)
        after = bench.mask.data
        np.testing.assert_array_equal(after == 1, effect(name, before, whole) & (before != 2))
        np.testing.assert_array_equal(after == 2, before == 2)
        is_one_step(bench, before)
        bench.mask.undo()


def test_a_class_within_another_one_is_no_hole_of_it_even_where_labels_give_way(bench):
    bench.section.protection.keep.setChecked(False)
    nested = np.zeros(SHAPE, np.uint8)
    nested[:, 10:30, 10:30] = 1
    nested[AT, 15:25, 15:25] = 2
    nested[AT, 12, 12] = 0
    bench.mask.data = nested
    use(bench, "fill", whole=False)
    nested[AT, 12, 12] = 1
    np.testing.assert_array_equal(bench.mask.data, nested)


def test_other_labels_give_way_on_request_unless_locked(bench):
    section, before = bench.section, start_labels()
    section.protection.keep.setChecked(False)
    for whole in (False, True):
        for name in ("grow", "add"):
            lock(section, 2)
            use(bench, name, whole)
            np.testing.assert_array_equal(bench.mask.data == 2, before == 2)
            bench.mask.undo()
            lock(section, 2, on=False)
            use(bench, name, whole)
            np.testing.assert_array_equal(bench.mask.data == 1, effect(name, before, whole))
            assert (bench.mask.data == 2).sum() < (before == 2).sum()
            bench.mask.undo()


def test_keeping_other_labels_is_napari_s_own_setting(bench):
    mask, keep = bench.mask, bench.section.protection.keep
    assert keep.isChecked()
    mask.preserve_labels = False
    assert not keep.isChecked()
    keep.setChecked(True)
    assert mask.preserve_labels
    bench.viewer.layers.selection.active = bench.viewer.layers["other"]
    assert not keep.isChecked()
    assert mask.preserve_labels
    bench.viewer.layers.selection.active = mask
    assert keep.isChecked()


def test_no_tool_changes_anything_outside_the_range_of_intensities(bench):
    before, bright = start_labels(), start_scan() == 200
    bench.section.protection.range.set_range(150, 250)
    for whole in (False, True):
        for name in EFFECTS:
            use(bench, name, whole)
            after = bench.mask.data.copy()
            np.testing.assert_array_equal(after[~bright], before[~bright])
            wanted = effect(name, before, whole) & (before != 2)
            np.testing.assert_array_equal((after == 1)[bright], wanted[bright])
            if not np.array_equal(after, before):
                bench.mask.undo()


def test_every_tool_that_needs_a_label_refuses_a_locked_one(bench):
    lock(bench.section, 1)
    before = bench.mask.data.copy()
    for name in (*EFFECTS, "previous", "next", "interpolate", "keep", "slice", "box"):
        assert not bench.section.buttons[name].isEnabled()
        use(bench, name)
        assert "Label 1 is locked" in bench.section.hint.text()
    np.testing.assert_array_equal(bench.mask.data, before)


# Across slices


@pytest.mark.parametrize("display", [2, 3], ids=["2-D", "3-D"])
def test_copying_replaces_the_neighbour_and_goes_there(bench, display):
    before = bench.mask.data.copy()
    bench.viewer.dims.ndisplay = display
    use(bench, "next")
    assert bench.viewer.dims.current_step[0] == AT + 1
    expected = before.copy()
    expected[AT + 1][expected[AT + 1] == 1] = 0
    expected[AT + 1][before[AT] == 1] = 1
    np.testing.assert_array_equal(bench.mask.data, expected)
    is_one_step(bench, before)
    use(bench, "previous")
    assert bench.viewer.dims.current_step[0] == AT


def test_copying_stops_at_the_last_slice_and_at_an_empty_one(bench):
    bench.viewer.dims.set_current_step(0, 8)
    before = bench.mask.data.copy()
    use(bench, "next")
    assert "Slice 8 is the last one" in bench.section.hint.text()
    use(bench, "previous")
    assert "nothing to copy" in bench.section.hint.text()
    assert bench.viewer.dims.current_step[0] == 8
    np.testing.assert_array_equal(bench.mask.data, before)


@pytest.mark.parametrize("display", [2, 3], ids=["2-D", "3-D"])
@pytest.mark.parametrize("protected", ["", "range", "lock"])
def test_interpolation_redraws_between_the_edited_slices_only(bench, protected, display):
    mask = bench.mask
    bench.viewer.dims.ndisplay = display
    for z, size in ((2, 3), (5, 9)):
        mask.data_setitem(np.nonzero(stamp(z, size)), 1)
    before = mask.data.copy()
    spared = np.zeros(SHAPE, dtype=bool)
    if protected == "range":
        bench.section.protection.range.set_range(150, 250)
        spared = start_scan() == 100
    if protected == "lock":
        bench.section.protection.keep.setChecked(False)
        lock(bench.section, 2)
        spared = before == 2
    use(bench, "interpolate")
    wanted = interpolate_slices(before == 1, [2, 5], SCALE)
    free = ~spared if protected == "lock" else ~spared & (before != 2)
    np.testing.assert_array_equal((mask.data == 1)[free], wanted[free])
    np.testing.assert_array_equal(mask.data[spared], before[spared])
    assert (mask.data[3:5] != before[3:5]).any()
    np.testing.assert_array_equal(mask.data[[0, 1, 2, 5, 6, 7, 8]], before[[0, 1, 2, 5, 6, 7, 8]])
    is_one_step(bench, before)


def stamp(z: int, size: int) -> np.ndarray:
    found = np.zeros(SHAPE, dtype=bool)
    found[z, 22 : 22 + size, 12:28] = True
    return found


def test_what_interpolation_drew_is_no_edit_to_interpolate_from(bench):
    mask = bench.mask
    for z in (2, 6):
        mask.data_setitem(np.nonzero(stamp(z, 6)), 1)
    use(bench, "interpolate")
    first = mask.data.copy()
    use(bench, "interpolate")
    assert "nothing to interpolate" in bench.section.hint.text()
    mask.data_setitem(np.nonzero(stamp(4, 12)), 1)
    use(bench, "interpolate")
    assert (mask.data[[3, 5]].astype(int).sum(axis=(1, 2)) > first[[3, 5]].sum(axis=(1, 2))).all()


def test_slices_drawn_into_an_empty_mask_are_joined(bench):
    empty = bench.viewer.add_labels(np.zeros(SHAPE, np.uint8), scale=SCALE, units=("mm",) * 3)
    bench.qtbot.waitUntil(lambda: record_of(empty).first is not None)
    for z, size in ((1, 6), (4, 10), (8, 4)):
        empty.data_setitem(np.nonzero(stamp(z, size)), 1)
    use(bench, "interpolate")
    assert empty.data.any(axis=(1, 2)).tolist() == [False] + [True] * 8
    np.testing.assert_array_equal(
        empty.data == 1,
        interpolate_slices(stamp(1, 6) | stamp(4, 10) | stamp(8, 4), [1, 4, 8], SCALE),
    )


# A click


@pytest.mark.parametrize("whole", [False, True], ids=["2-D", "3-D"])
def test_the_clicked_part_stays_alone(bench, whole):
    section, before = bench.section, bench.mask.data.copy()
    bench.mask.mode = "paint"
    use(bench, "keep", whole)
    assert "Click on the part" in section.hint.text()
    assert not section.hint.isHidden()
    drag(bench, (AT, 34, 40))
    bench.qtbot.waitUntil(lambda: not section.click.waiting and not section.runner.busy)
    kept = np.zeros(SHAPE, dtype=bool)
    kept[AT, 34:36, 40] = True
    if not whole:
        kept |= (before == 1) & (np.arange(9) != AT)[:, None, None]
    np.testing.assert_array_equal(bench.mask.data == 1, kept)
    np.testing.assert_array_equal(bench.mask.data == 2, before == 2)
    assert bench.mask.mode == "paint"
    is_one_step(bench, before)


@pytest.mark.parametrize("whole", [False, True])
def test_in_3d_display_the_part_in_the_line_of_sight_stays(bench, whole):
    """On all slices, whatever the tools work on: none is on the screen."""
    before = bench.mask.data.copy()
    bench.viewer.dims.ndisplay = 3
    use(bench, "keep", whole)
    assert "on all slices" in bench.section.hint.text()
    event = event_at((AT, 34, 40), "mouse_press", bench.viewer)
    event.view_direction = np.array([0.0, 1.0, 0.0])
    event.position = tuple(np.multiply((AT, -5, 40), SCALE))
    release = SimpleNamespace(**{**vars(event), "type": "mouse_release"})
    mouse_press_callbacks(bench.viewer, ReadOnlyWrapper(event, exceptions=("handled",)))
    mouse_release_callbacks(bench.viewer, release)
    bench.qtbot.waitUntil(lambda: not bench.section.click.waiting and not bench.section.runner.busy)
    kept = np.zeros(SHAPE, dtype=bool)
    kept[AT, 34:36, 40] = True
    np.testing.assert_array_equal(bench.mask.data == 1, kept)
    is_one_step(bench, before)


def test_escape_leaves_the_mode_and_so_does_another_tool(bench):
    section, before = bench.section, bench.mask.data.copy()
    use(bench, "keep")
    bench.qtbot.keyClick(bench.panel.window(), Qt.Key.Key_Escape)
    bench.qtbot.waitUntil(lambda: not section.click.waiting)
    assert section.hint.isHidden()
    drag(bench, (AT, 34, 40))
    np.testing.assert_array_equal(bench.mask.data, before)
    use(bench, "keep")
    use(bench, "mode")
    assert not section.click.waiting


def test_dragging_moves_the_view_instead_of_choosing_a_part(bench):
    before = bench.mask.data.copy()
    use(bench, "keep")
    drag(bench, (AT, 34, 40), (AT, 30, 40))
    assert bench.section.click.waiting
    np.testing.assert_array_equal(bench.mask.data, before)


def test_a_click_beside_the_mask_says_so(bench):
    before = bench.mask.data.copy()
    use(bench, "keep")
    drag(bench, (AT, 1, 1))
    bench.qtbot.waitUntil(lambda: "no mask at that place" in bench.section.hint.text())
    np.testing.assert_array_equal(bench.mask.data, before)


def test_keeping_heeds_locks_and_range(bench):
    before = bench.mask.data.copy()
    bench.section.protection.range.set_range(150, 250)
    use(bench, "keep", True)
    drag(bench, (AT, 34, 40))
    bench.qtbot.waitUntil(lambda: not bench.section.runner.busy and not bench.section.click.waiting)
    dark = start_scan() == 100
    np.testing.assert_array_equal(bench.mask.data[dark], before[dark])
    assert (bench.mask.data[~dark] == 1).sum() == 2


def test_the_range_is_taken_from_the_tissue_under_the_click(bench):
    image = bench.viewer.layers["scan"]
    image.data = np.random.default_rng(0).normal(500, 10, SHAPE).round().astype(np.int16)
    bench.section.protection.range.refresh()
    bench.mask.brush_size = 30
    use(bench, "pick")
    drag(bench, (AT, 20, 24))
    limits = bench.section.protection.range.intensity_range
    assert limits.low == pytest.approx(480, abs=6)
    assert limits.high == pytest.approx(520, abs=6)


# The brush


@pytest.mark.parametrize("mode", ["paint", "erase", "fill"])
@pytest.mark.parametrize("thick", [False, True], ids=["2-D", "3-D"])
def test_a_stroke_changes_only_what_is_in_the_range_and_is_one_step(bench, mode, thick):
    mask, before = bench.mask, bench.mask.data.copy()
    mask.n_edit_dimensions = 3 if thick else 2
    path = [(AT, 26, 14), (AT, 22, 14), (AT, 22, 30)]
    if mode == "fill":
        path = [(AT, 0, 0)]
    mask.mode = mode
    drag(bench, *path)
    free = mask.data.copy()
    mask.undo()
    np.testing.assert_array_equal(mask.data, before)
    bench.section.protection.range.set_range(150, 250)
    drag(bench, *path)
    bright = start_scan() == 200
    assert (free[~bright] != before[~bright]).any()
    np.testing.assert_array_equal(mask.data, np.where(bright, free, before))
    is_one_step(bench, before)


def test_the_threshold_brush_is_paint_mode_with_the_range_on_and_again_off(bench):
    section, mask = bench.section, bench.mask
    bench.viewer.layers.selection.active = bench.viewer.layers["scan"]
    bench.panel.working.show(mask)
    use(bench, "brush")
    assert mask.mode == "paint"
    assert bench.viewer.layers.selection.active == mask
    assert section.protection.range.box.isChecked()
    use(bench, "brush")
    assert not section.protection.range.box.isChecked()


def test_changing_the_mode_does_not_free_the_brush(bench):
    mask, before = bench.mask, bench.mask.data.copy()
    bench.section.protection.range.set_range(150, 250)
    for mode in ("erase", "pan_zoom", "paint"):
        mask.mode = mode
    drag(bench, (AT, 28, 5), (AT, 28, 12))
    np.testing.assert_array_equal(mask.data, before)


def test_a_locked_label_is_safe_from_the_brush(bench):
    mask, before = bench.mask, bench.mask.data.copy()
    lock(bench.section, 2)
    mask.mode = "paint"
    drag(bench, (AT, 16, 26), (AT, 16, 40))
    np.testing.assert_array_equal(mask.data == 2, before == 2)
    assert mask.data[AT, 16, 40] == 1
    is_one_step(bench, before)


def test_without_limits_the_brush_is_napari_s_own(bench):
    mask = bench.mask
    mask.mode = "paint"
    for preserved, found in ((True, 2), (False, 1)):
        mask.preserve_labels = preserved
        drag(bench, (AT, 16, 33))
        assert mask.data[AT, 16, 33] == found


# Painting while a tool works


@pytest.fixture
def slow_grow(monkeypatch):
    """Grow waits for leave."""
    begun, leave = Event(), Event()

    def waiting(*arguments):
        begun.set()
        leave.wait(20)
        return grow(*arguments)

    monkeypatch.setattr(tools, "grow", waiting)
    yield SimpleNamespace(begun=begun, leave=leave)
    leave.set()


def test_a_stroke_made_meanwhile_is_not_overwritten(bench, slow_grow):
    mask, before = bench.mask, bench.mask.data.copy()
    bench.section.use("grow")
    bench.qtbot.waitUntil(slow_grow.begun.is_set)
    stroke = (np.array([AT, AT]), np.array([24, 24]), np.array([15, 16]))
    mask.data_setitem(stroke, 7)
    slow_grow.leave.set()
    bench.qtbot.waitUntil(lambda: not bench.section.runner.busy)
    assert "2 voxels that you painted meanwhile kept" in bench.section.hint.text()
    expected = np.where(effect("grow", before, False) & (before == 0), 1, before)
    expected[stroke] = 7
    np.testing.assert_array_equal(mask.data, expected)
    mask.undo()
    mask.undo()
    np.testing.assert_array_equal(mask.data, before)


def test_a_mask_that_is_gone_meanwhile_is_left_alone(bench, slow_grow):
    bench.section.use("grow")
    bench.qtbot.waitUntil(slow_grow.begun.is_set)
    before = bench.mask.data.copy()
    bench.viewer.layers.remove(bench.mask)
    slow_grow.leave.set()
    bench.qtbot.waitUntil(lambda: not bench.section.runner.busy)
    assert "removed or replaced" in bench.section.hint.text()
    np.testing.assert_array_equal(bench.mask.data, before)


def test_presses_in_a_row_are_done_in_a_row(bench, slow_grow):
    for name in ("grow", "shrink", "next"):
        bench.section.use(name)
    slow_grow.leave.set()
    bench.qtbot.waitUntil(lambda: not bench.section.runner.busy)
    assert bench.viewer.dims.current_step[0] == AT + 1
    for _ in range(3):
        bench.mask.undo()
    np.testing.assert_array_equal(bench.mask.data, start_labels())


def test_a_tool_that_fails_says_so_and_the_next_one_works(bench, monkeypatch):
    def broken(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(tools, "shrink", broken)
    use(bench, "shrink")
    assert "Shrink failed: MemoryError: no room" in bench.section.hint.text()
    use(bench, "grow")
    assert "voxels changed" in bench.section.hint.text()


# Layers shown otherwise


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1), (2, 1, 0)])
def test_this_slice_is_the_one_that_the_slider_counts(bench, order):
    viewer, mask, axis = bench.viewer, bench.mask, order[0]
    viewer.dims.order = order
    viewer.dims.set_current_step(axis, 15)
    before = mask.data.copy()
    spacing = [step for k, step in enumerate(SCALE) if k != axis]
    use(bench, "grow", False)
    expected = before.copy()
    plane, seen = (np.moveaxis(array, axis, 0)[15] for array in (expected, before))
    plane[grow(seen == 1, 1.7, spacing) & (seen == 0)] = 1
    np.testing.assert_array_equal(mask.data, expected)
    is_one_step(bench, before)
    mask.undo()
    use(bench, "next")
    assert viewer.dims.current_step[axis] == 16
    change = np.moveaxis(mask.data != before, axis, 0)
    assert change.any(axis=(1, 2)).nonzero()[0].tolist() in ([16], [])


def test_the_tools_work_in_3d_display_along_the_axis_of_the_slider(bench):
    before = start_labels()
    bench.viewer.dims.ndisplay = 3
    use(bench, "grow", False)
    wanted = effect("grow", before, False) & (before != 2)
    np.testing.assert_array_equal(bench.mask.data == 1, wanted)
    use(bench, "box")
    assert bench.section.hint.text()
    assert len(bench.viewer.layers) == 3


def test_the_threshold_brush_works_in_a_rolled_view(bench):
    viewer, mask, before = bench.viewer, bench.mask, bench.mask.data.copy()
    viewer.dims.order = (1, 0, 2)
    viewer.dims.set_current_step(1, 26)
    bench.section.protection.range.set_range(150, 250)
    mask.mode = "paint"
    drag(bench, (4, 26, 10), (4, 26, 34))
    changed = mask.data != before
    assert changed[:, 26, 20:].any()
    assert not changed[:, :, :20].any()
    assert not np.delete(changed, 26, axis=1).any()
    is_one_step(bench, before)


def test_a_picture_of_two_dimensions_can_be_corrected_in_pixels(viewer, panel, qtbot):
    viewer.add_image(np.tile(np.arange(40.0), (30, 1)))
    mask = viewer.add_labels(np.zeros((30, 40), dtype=np.int32))
    mask.data[10:20, 10:20] = 1
    before = mask.data.copy()
    bench = SimpleNamespace(section=panel.correct, mask=mask, viewer=viewer, qtbot=qtbot)
    assert panel.correct.amount.suffix() == " px"
    panel.correct.amount.setValue(2)
    assert "only one slice" in panel.correct.buttons["interpolate"].toolTip()
    panel.correct.protection.range.set_range(0, 15)
    for whole in (False, True):
        use(bench, "grow", whole)
        wanted = grow(before == 1, 2, (1, 1)) & (np.arange(40) <= 15) | (before == 1)
        np.testing.assert_array_equal(mask.data == 1, wanted)
        is_one_step(bench, before)
        mask.undo()


# The section


def test_controls_that_cannot_act_say_why(viewer, panel):
    section = panel.correct
    assert "no mask yet" in section.buttons["grow"].toolTip()
    mask = viewer.add_labels(np.ones((3, 4, 5), dtype=np.uint8))
    assert section.buttons["grow"].isEnabled()
    assert "no other mask" in section.buttons["add"].toolTip()
    assert "no scan" in section.buttons["brush"].toolTip()
    mask.selected_label = 0
    assert "background is selected" in section.buttons["grow"].toolTip()
    viewer.layers.clear()
    assert not section.buttons["grow"].isEnabled()


def test_only_masks_on_the_same_grid_are_offered(bench):
    larger = tuple(length + 1 for length in SHAPE)  # one of this shape would lie on the scan
    bench.viewer.add_labels(np.zeros(larger, dtype=np.uint8), name="elsewhere")
    bench.viewer.layers.selection.active = bench.mask
    other = bench.section.other
    assert [other.itemText(index) for index in range(other.count())] == ["other"]


def test_labels_found_in_the_mask_are_offered_to_lock(bench):
    locks = bench.section.protection.locks
    locks.refresh()
    bench.qtbot.waitUntil(lambda: sorted(locks._entries) == [1, 2])


def test_another_mask_begins_without_locks(bench):
    lock(bench.section, 2)
    bench.viewer.layers.selection.active = bench.viewer.layers["other"]
    assert bench.section.protection.locks.locked == frozenset()


def test_the_section_is_folded_and_fits_the_panel(bench):
    fold = bench.panel.correct_fold
    assert not fold.isExpanded()
    fold.expand(animate=False)
    assert bench.section.minimumSizeHint().width() <= 370
