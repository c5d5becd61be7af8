"""Lasso, scissors, sphere and smoothing brush; what is told before a tool is used."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from correcting import is_one_step, settle, use

from napari_brainseg.edit.outline import cut_along, within_outline
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY

pytestmark = pytest.mark.gui

SHAPE = (7, 40, 48)
SCALE = (4.0, 0.8, 1.0)
AT = 3
OUTLINE = np.array([(10.5, 8.5), (10.5, 25.5), (20.5, 30.5), (25.5, 12.5)])


def start_labels() -> np.ndarray:
    """Make label 1 with two holes in the slice, a spike and an island; label 2 beside it."""
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[1:6, 8:24, 10:30] = 1
    labels[AT, 14:17, 18:21] = labels[AT, 20, 13] = 0
    labels[AT, 12, 30:36] = labels[AT, 36, 40] = 1
    labels[1:6, 26:30, 10:30] = 2
    return labels


@pytest.fixture
def bench(viewer, panel, qtbot):
    """Give the section a scan and a mask."""
    place = {"scale": SCALE, "units": ("mm",) * 3}
    scan = np.full(SHAPE, 100, dtype=np.int16)
    scan[:, :, 20:] = 200
    viewer.add_image(scan, name="scan", **place)
    mask = viewer.add_labels(start_labels(), name="mask", **place)
    viewer.dims.set_current_step(0, AT)
    section = panel.correct
    section.amount.setValue(2.0)
    section.protection.keep.setChecked(True)
    return SimpleNamespace(section=section, mask=mask, viewer=viewer, panel=panel, qtbot=qtbot)


def draw_outline(bench, name: str) -> None:
    bench.section.use(name)
    corners = np.insert(OUTLINE, 0, AT, axis=1)
    bench.viewer.layers["Outline"].add(corners, shape_type="polygon")
    bench.qtbot.waitUntil(lambda: not bench.section.drawing.waiting)
    settle(bench)


@pytest.mark.parametrize("display", [2, 3], ids=["2-D", "3-D"])
@pytest.mark.parametrize(
    ("name", "how"), [("lasso", "mark"), ("scissors", "erase"), ("crop", "keep")]
)
def test_an_outline_marks_and_cuts_in_one_step_and_spares_other_labels(bench, name, how, display):
    before = start_labels()
    inside = within_outline(OUTLINE, SHAPE[1:])
    for whole in (False, True):
        bench.section.options.scope.setValue(whole)
        draw_outline(bench, name)
        where = slice(None) if whole else AT
        wanted = before == 1
        wanted[where] = cut_along(wanted[where], inside, how)
        np.testing.assert_array_equal(bench.mask.data == 1, wanted & (before != 2))
        np.testing.assert_array_equal(bench.mask.data == 2, before == 2)
        bench.viewer.dims.ndisplay = display
        is_one_step(bench, before)
        bench.mask.undo()
        bench.viewer.dims.ndisplay = 2
    assert bench.viewer.layers.selection.active == bench.mask
    assert "Outline" not in bench.viewer.layers


def test_outlines_and_strokes_need_a_slice(bench):
    bench.viewer.dims.ndisplay = 3
    for name in ("lasso", "scissors", "crop", "polish"):
        bench.section.use(name)
        assert "2-D" in bench.section.hint.text()
        assert not bench.section.canvas.waiting


def test_the_sphere_brush_paints_through_slices_in_millimetres(bench):
    before = start_labels()
    bench.section.use("sphere")
    assert bench.mask.n_edit_dimensions == 3
    assert bench.mask.mode == "paint"
    bench.mask.brush_size = 16
    bench.mask.paint((AT, 33, 40), 1)
    painted = np.argwhere(bench.mask.data != before)
    assert set(painted[:, 0]) == {AT - 1, AT, AT + 1}
    is_one_step(bench, before)
    bench.section.use("sphere")
    assert bench.mask.n_edit_dimensions == 2


@pytest.mark.parametrize("whole", [False, True], ids=["this slice", "all slices"])
def test_the_smoothing_brush_evens_out_what_it_covers(bench, whole):
    before = start_labels()
    bench.section.options.scope.setValue(whole)
    bench.section.use("polish")
    strokes = bench.viewer.layers["Strokes"]
    strokes.brush_size = 6
    for _ in range(2):
        with strokes.block_history():
            for column in range(31, 38):
                strokes.paint((AT, 12, column), strokes.selected_label)
        bench.qtbot.wait(1)
        settle(bench)
        assert not strokes.data.any()
    after = bench.mask.data
    assert not after[AT, 12, 33:36].any()
    np.testing.assert_array_equal(np.delete(after, AT, axis=0), np.delete(before, AT, axis=0))
    bench.section.done.click()
    for _ in range(2):
        bench.mask.undo()
    np.testing.assert_array_equal(bench.mask.data, before)
    assert "Strokes" not in bench.viewer.layers


def test_holes_and_islands_are_counted_before_the_tools_are_used(bench):
    section = bench.section
    bench.panel.correct_fold.expand(animate=False)
    bench.panel.show()
    section.smallest.setValue(10)
    section.options.scope.setValue(False)

    def texts() -> tuple[str, str]:
        return tuple(
            section.buttons[name].text().rpartition("· ")[2] for name in ("fill", "islands")
        )

    bench.qtbot.waitUntil(lambda: texts() == ("2", "1"), timeout=10_000)
    use(bench, "fill", whole=False)
    bench.qtbot.waitUntil(lambda: texts() == ("0", "1"), timeout=10_000)
    bench.viewer.dims.set_current_step(0, AT + 1)
    bench.qtbot.waitUntil(lambda: texts() == ("0", "0"), timeout=10_000)


def test_what_the_range_lets_change_is_highlighted(bench):
    row = bench.section.protection.range
    active = bench.viewer.layers.selection.active
    row.set_range(150, 250)
    tint = bench.viewer.layers["Range of scan"]
    assert tint.metadata[OVERLAY_KEY]
    assert np.shares_memory(tint.data, bench.viewer.layers["scan"].data)
    assert list(tint.contrast_limits) == [150, 250]
    assert bench.viewer.layers.selection.active == active
    assert bench.viewer.layers.index(tint) < bench.viewer.layers.index(bench.mask)
    row.low.setValue(50)
    assert list(tint.contrast_limits) == [50, 250]
    bench.viewer.dims.ndisplay = 3
    assert not tint.visible
    bench.viewer.dims.ndisplay = 2
    # It is no scan: neither to be segmented nor to paint by.
    assert [row.scan.itemText(index) for index in range(row.scan.count())] == ["scan"]
    row.box.setChecked(False)
    assert "Range of scan" not in bench.viewer.layers
