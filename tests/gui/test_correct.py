"""The tools that correct a mask, in a real viewer."""

from __future__ import annotations

import numpy as np
import pytest
from napari.utils.shortcuts import default_shortcuts

from napari_brainseg.gui._keys import KEYS, KeySheet, key_table

pytestmark = pytest.mark.gui

SCALE = (5.0, 1.0, 0.5)


@pytest.fixture
def mask(viewer, panel):
    """Add a lesion in slices 3 to 7, on an image, with anisotropic spacing; slice 5 is shown."""
    labels = np.zeros((11, 40, 60), np.uint8)
    labels[3:8, 10:24, 14:40] = 1
    image = np.full(labels.shape, 100.0)
    image[..., :30] = 300.0
    place = {"scale": SCALE, "units": ("mm",) * 3}
    viewer.add_image(image, contrast_limits=(0, 400), **place)
    layer = viewer.add_labels(labels, **place)
    viewer.dims.set_current_step(0, 5)
    return layer


def use(qtbot, panel, name: str, *, everywhere: bool = False) -> str:
    """Use a tool by its button; return what it says."""
    (panel.correct.all if everywhere else panel.correct.one).setChecked(True)
    button = panel.correct.buttons.get(name) or panel.correct.combine_buttons[name]
    with qtbot.waitSignal(panel.correct.done, timeout=20_000) as told:
        button.click()
    qtbot.waitUntil(lambda: panel.correct._worker is None, timeout=20_000)
    return str(told.args[0])


def check_undo(mask, before: np.ndarray) -> None:
    """See that the last change is one step, and comes again."""
    after = mask.data.copy()
    assert (after != before).any()
    mask.undo()
    np.testing.assert_array_equal(mask.data, before)
    mask.redo()
    np.testing.assert_array_equal(mask.data, after)


def damage(mask, name: str) -> None:
    """Give a tool something to do in slice 5, and in others."""
    if name == "fill":
        mask.data[4:7, 15:18, 20:24] = 0
    if name == "islands":
        mask.data[5, 35, 50] = mask.data[6, 36, 51] = 1
    if name == "smooth":
        mask.data[3:8, 5:10, 25] = 1


@pytest.mark.parametrize("everywhere", [False, True], ids=["2-D", "3-D"])
@pytest.mark.parametrize("name", ["grow", "shrink", "smooth", "fill", "islands"])
def test_a_tool_changes_the_slice_or_all_of_them_as_one_step(qtbot, panel, mask, name, everywhere):
    damage(mask, name)
    panel.correct.amount.setValue(2.0)
    before = mask.data.copy()
    use(qtbot, panel, name, everywhere=everywhere)
    changed = np.flatnonzero((mask.data != before).any(axis=(1, 2)))
    assert 5 in changed
    assert (len(changed) > 1) == everywhere
    check_undo(mask, before)


def test_growth_is_measured_in_mm(qtbot, panel, mask):
    panel.correct.amount.setValue(2.0)
    use(qtbot, panel, "grow")
    rows, columns = (np.flatnonzero(mask.data[5].any(axis=axis)) for axis in (1, 0))
    assert (rows[0], rows[-1]) == (8, 25)  # 2 voxels of 1 mm
    assert (columns[0], columns[-1]) == (10, 43)  # 4 voxels of 0.5 mm
    assert panel.correct.amount.suffix() == " mm"
    panel.correct.amount.setValue(5.0)
    use(qtbot, panel, "grow", everywhere=True)
    assert np.flatnonzero(mask.data.any(axis=(1, 2))).tolist() == list(range(2, 9))


def test_holes_are_closed_and_islands_go(qtbot, panel, mask):
    whole = mask.data.copy()
    damage(mask, "fill")
    use(qtbot, panel, "fill")
    np.testing.assert_array_equal(mask.data[5], whole[5])
    assert (mask.data[4] != whole[4]).any()
    damage(mask, "islands")
    panel.correct.smallest.setValue(10)
    use(qtbot, panel, "islands", everywhere=True)
    assert not mask.data[:, 30:].any()


def test_interpolation_fills_the_gap_between_slices(qtbot, panel, mask):
    whole = mask.data.copy()
    mask.data[4:7] = 0
    before = mask.data.copy()
    use(qtbot, panel, "interpolate")
    np.testing.assert_array_equal(mask.data, whole)
    check_undo(mask, before)
    assert "nothing to interpolate" in use(qtbot, panel, "interpolate")


def test_a_slice_is_copied_to_its_neighbours(qtbot, panel, mask):
    mask.data[5, 30:33, 30:33] = 1
    before = mask.data.copy()
    use(qtbot, panel, "after")
    np.testing.assert_array_equal(mask.data[6], mask.data[5])
    check_undo(mask, before)
    use(qtbot, panel, "before")
    np.testing.assert_array_equal(mask.data[4], mask.data[5])


def test_there_is_nothing_before_the_first_slice(qtbot, viewer, panel, mask):
    viewer.dims.set_current_step(0, 0)
    assert "no such slice" in use(qtbot, panel, "before")


class Click:
    type = "mouse_press"

    def __init__(self, layer, place) -> None:
        self.position = layer.data_to_world(place)


def test_the_clicked_component_is_kept(qtbot, panel, mask):
    damage(mask, "islands")
    before = mask.data.copy()
    use(qtbot, panel, "keep")
    assert panel.correct.buttons["keep"].isChecked()
    with qtbot.waitSignal(panel.correct.done, timeout=20_000):
        mask.mouse_drag_callbacks[-1](mask, Click(mask, (5, 12, 20)))
    assert not panel.correct.buttons["keep"].isChecked()
    assert not mask.data[:, 30:].any()
    assert mask.data[5, 12, 20] == 1
    check_undo(mask, before)


def test_a_click_beside_the_mask_changes_nothing_and_says_so(qtbot, panel, mask):
    before = mask.data.copy()
    use(qtbot, panel, "keep")
    with qtbot.waitSignal(panel.correct.done, timeout=20_000) as told:
        mask.mouse_drag_callbacks[-1](mask, Click(mask, (5, 39, 59)))
    assert "no mask where you clicked" in told.args[0]
    np.testing.assert_array_equal(mask.data, before)


@pytest.mark.parametrize(("name", "count"), [("Add", 2), ("Subtract", 0), ("Intersect", 1)])
def test_two_masks_are_combined(qtbot, viewer, panel, mask, name, count):
    other = np.zeros_like(mask.data)
    other[5, 12:15, 10:20] = 7
    viewer.add_labels(other, scale=SCALE, units=("mm",) * 3)
    viewer.layers.selection.active = mask
    before = mask.data.copy()
    use(qtbot, panel, name, everywhere=True)
    ours, theirs = before > 0, other > 0
    expected = {0: ours & ~theirs, 1: ours & theirs, 2: ours | theirs}[count]
    np.testing.assert_array_equal(mask.data > 0, expected)
    check_undo(mask, before)


def test_other_labels_are_kept_or_overwritten_as_is_ticked(qtbot, panel, mask):
    mask.data[5, 10:24, 42] = 2
    panel.correct.amount.setValue(3.0)
    panel.correct.locked.setChecked(True)
    assert mask.preserve_labels
    use(qtbot, panel, "grow")
    assert (mask.data[5, 10:24, 42] == 2).all()
    mask.undo()
    panel.correct.locked.setChecked(False)
    use(qtbot, panel, "grow")
    assert (mask.data[5, 10:24, 42] == 1).all()


def test_a_range_of_intensities_limits_the_tools(qtbot, panel, mask):
    panel.correct.limit.setChecked(True)
    panel.correct.range.setValue((200.0, 400.0))
    panel.correct.amount.setValue(3.0)
    before = mask.data.copy()
    use(qtbot, panel, "grow")
    changed = np.nonzero(mask.data != before)
    assert changed[2].max() < 30
    check_undo(mask, before)


class Drag:
    def __init__(self) -> None:
        self.type = "mouse_press"


@pytest.mark.parametrize("limited", [False, True])
def test_a_stroke_stays_within_the_range_as_one_step(panel, mask, limited):
    panel.correct.limit.setChecked(limited)
    panel.correct.range.setValue((200.0, 400.0))
    mask.mode = "paint"
    before = mask.data.copy()
    event = Drag()
    ours = mask.mouse_drag_callbacks[0](mask, event)
    with mask.block_history():  # as napari's own brush does until the button is let go
        next(ours, None)
        mask.paint((5, 30, 30), 1)
        event.type = "mouse_release"
        next(ours, None)
    changed = np.nonzero(mask.data != before)
    assert changed[0].size
    assert (changed[2].max() >= 30) != limited
    mask.undo()
    np.testing.assert_array_equal(mask.data, before)


def test_a_stroke_during_the_computing_wins(qtbot, panel, mask, monkeypatch):
    from napari_brainseg.gui import _correct

    def slow(task):
        mask.data[5, 0, 0] = 1  # painted meanwhile
        return compute(task)

    compute = _correct._compute
    monkeypatch.setattr(_correct, "_compute", slow)
    before = mask.data.copy()
    before[5, 0, 0] = 1
    assert "changed while the tool worked" in use(qtbot, panel, "grow")
    np.testing.assert_array_equal(mask.data, before)


def test_the_tools_follow_the_axis_of_the_slider(qtbot, viewer, panel, mask):
    viewer.dims.order = (1, 0, 2)
    viewer.dims.set_current_step(1, 12)
    before = mask.data.copy()
    panel.correct.amount.setValue(2.0)
    use(qtbot, panel, "grow")
    assert np.flatnonzero((mask.data != before).any(axis=(0, 2))).tolist() == [12]


def test_the_model_is_run_on_this_slice_into_the_mask(
    qtbot, viewer, panel, segment, steered, oblique_file
):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    segment(panel)
    mask = panel.working.layer
    mask.data[:] = 0
    viewer.dims.set_current_step(0, 4)
    before, count = mask.data.copy(), len(viewer.layers)
    with qtbot.waitSignal(panel.run.ended, timeout=20_000):
        panel.correct.buttons["again"].click()
    assert np.flatnonzero(mask.data.any(axis=(1, 2))).tolist() == [4]
    assert len(viewer.layers) == count
    check_undo(mask, before)


def test_without_a_mask_the_tools_say_why_they_cannot_act(panel):
    for button in panel.correct.buttons.values():
        assert not button.isEnabled()
        assert "no mask" in button.toolTip()


def test_no_key_is_one_of_naparis(panel):
    taken = {str(key).casefold() for keys in default_shortcuts.values() for key in keys}
    assert not taken & {key.casefold() for key in KEYS.values()}
    assert len(set(KEYS.values())) == len(KEYS)
    bound = {shortcut.key().toString() for shortcut in panel.correct.shortcuts.values()}
    assert bound == {KEYS[name] for name in panel.correct.buttons}


def test_the_sheet_lists_every_key(qtbot, panel):
    panel.correct.keys_button.click()
    sheet = panel.correct.sheet
    assert isinstance(sheet, KeySheet)
    assert not sheet.isModal()
    text = sheet.layout().itemAt(0).widget().text()
    assert all(key in text and does in text for key, does in key_table().items())
