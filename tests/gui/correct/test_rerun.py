"""The model run again on a slice or in a box: what it replaces, and what is known of the mask."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from correcting import is_one_step, lock, settle, use
from gui.landing import until_landed
from qtpy.QtCore import Qt

from napari_brainseg.gui.domain.mask_record import provenance_of, record_of
from napari_brainseg.gui.domain.metadata import METADATA_KEY
from napari_brainseg.gui.domain.provenance import info_of
from napari_brainseg.gui.domain.rules import rules_of
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.state.edit_clock import Work, edit_record_of
from napari_brainseg.pipeline.postprocess import mark

pytestmark = pytest.mark.gui


@pytest.fixture
def fresh(viewer, panel, oblique_file, steered, segment, qtbot):
    """Segment, and go to slice 6."""
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    segment(panel)
    viewer.dims.set_current_step(0, 6)
    return bench_of(panel, viewer, qtbot)


def bench_of(panel, viewer, qtbot) -> SimpleNamespace:
    mask = panel.working.layer
    return SimpleNamespace(
        section=panel.correct, mask=mask, viewer=viewer, panel=panel, qtbot=qtbot
    )


@pytest.fixture
def segmented(fresh):
    """Draw over what was found, with label 1 and, in slice 6, with label 2."""
    mask = fresh.mask
    mask.data[:] = 0
    mask.data[5:8, 2:30, 2:30] = 1
    mask.data[6, 2:6, 2:30] = 2
    mask.preserve_labels = True
    return fresh


def model_finds(bench) -> np.ndarray:
    """Give what the steered network marks, in display order, in every slice."""
    handle = provenance_of(bench.mask)
    found = np.zeros(handle.scan.grid, dtype=np.uint8)
    handle.frame.apply(found)[:, 10:20, 12:22] = 1
    return handle.frame.apply(found)


def test_the_model_runs_again_on_this_slice_only(segmented):
    before, found = segmented.mask.data.copy(), model_finds(segmented)
    use(segmented, "slice", True)
    expected = before.copy()
    expected[6] = np.where(before[6] == 2, 2, found[6])
    np.testing.assert_array_equal(segmented.mask.data, expected)
    is_one_step(segmented, before)


@pytest.mark.parametrize("whole", [False, True], ids=["2-D", "3-D"])
def test_the_model_runs_again_inside_a_box_only(segmented, whole):
    viewer, mask = segmented.viewer, segmented.mask
    before, found = mask.data.copy(), model_finds(segmented)
    use(segmented, "box", whole)
    box_layer = viewer.layers.selection.active
    assert box_layer != mask
    assert box_layer.mode == "add_rectangle"
    box_layer.add([[6, 8.6, 10.2], [6, 8.6, 18.7], [6, 14.2, 18.7], [6, 14.2, 10.2]])
    segmented.qtbot.waitUntil(lambda: not segmented.section.drawing.waiting)
    settle(segmented)
    assert box_layer not in viewer.layers
    assert viewer.layers.selection.active == mask
    inside = np.zeros(mask.data.shape, dtype=bool)
    inside[slice(None) if whole else 6, 9:15, 11:19] = True
    np.testing.assert_array_equal(mask.data, np.where(inside & (before != 2), found, before))
    is_one_step(segmented, before)


def test_the_model_heeds_locks_and_range(segmented):
    segmented.section.protection.range.set_range(250, 1000)
    before = segmented.mask.data.copy()
    scan = segmented.viewer.layers[0].data
    use(segmented, "slice")
    outside = scan < 250
    np.testing.assert_array_equal(segmented.mask.data[outside], before[outside])
    assert (segmented.mask.data[6] != before[6]).any()


def test_escape_leaves_the_drawing_of_a_box_and_removes_its_layer(segmented):
    count = len(segmented.viewer.layers)
    use(segmented, "box")
    assert len(segmented.viewer.layers) == count + 1
    segmented.qtbot.keyClick(segmented.panel.window(), Qt.Key.Key_Escape)
    segmented.qtbot.waitUntil(lambda: len(segmented.viewer.layers) == count)


def test_removing_the_layer_of_the_box_leaves_the_drawing(segmented):
    use(segmented, "box")
    segmented.viewer.layers.remove(segmented.viewer.layers["Box for the model"])
    assert not segmented.section.drawing.waiting


def test_a_locked_label_stays_while_the_layer_of_the_box_is_selected(segmented):
    """Another mask lies on top: it must not become the working mask meanwhile."""
    viewer, mask = segmented.viewer, segmented.mask
    viewer.add_labels(np.zeros_like(mask.data), scale=mask.scale, units=mask.units)
    viewer.layers.selection.active = mask
    lock(segmented.section, 2)
    mask.preserve_labels = False
    before = mask.data.copy()
    use(segmented, "box", False)
    assert segmented.panel.working.layer == mask
    viewer.layers.selection.active.add([[6, 0, 0], [6, 0, 40], [6, 40, 40], [6, 40, 0]])
    segmented.qtbot.waitUntil(lambda: not segmented.section.drawing.waiting)
    settle(segmented)
    np.testing.assert_array_equal(mask.data == 2, before == 2)
    assert (mask.data != before).any()


def test_closing_the_panel_takes_the_layer_of_the_box_along(segmented):
    count = len(segmented.viewer.layers)
    use(segmented, "box")
    assert len(segmented.viewer.layers) == count + 1
    with segmented.qtbot.waitSignal(segmented.panel.destroyed):
        segmented.viewer.window.remove_dock_widget(segmented.panel)
        segmented.panel.deleteLater()
    segmented.qtbot.waitUntil(lambda: len(segmented.viewer.layers) == count)


def test_a_run_of_the_model_can_be_cancelled(segmented, steered):
    before = segmented.mask.data.copy()
    steered.leave.clear()
    segmented.section.use("slice")
    assert segmented.section.buttons["slice"].text() == "Cancel"
    segmented.qtbot.waitUntil(steered.started.is_set)
    segmented.section.use("slice")
    steered.leave.set()
    settle(segmented)
    assert "Cancelled" in segmented.section.hint.text()
    np.testing.assert_array_equal(segmented.mask.data, before)


def test_a_mask_of_another_grid_is_not_given_the_model_s_result(segmented):
    segmented.viewer.add_labels(np.ones((40, 4, 5), dtype=np.uint8))
    use(segmented, "slice")
    assert "does not lie on the chosen scan" in segmented.section.hint.text()


# What is known of the mask


def movable(bench) -> None:
    """Wait until the mask can be moved by threshold."""
    threshold = bench.panel.mask_rules.threshold
    bench.qtbot.waitUntil(threshold.isEnabled, timeout=20_000)


def not_movable(bench) -> None:
    threshold = bench.panel.mask_rules.threshold
    bench.qtbot.waitUntil(lambda: not threshold.isEnabled(), timeout=20_000)


def result_of(bench):
    return provenance_of(bench.mask).result


def test_a_tool_ends_the_live_threshold_and_undo_brings_it_back(fresh):
    movable(fresh)
    use(fresh, "grow")
    not_movable(fresh)
    assert "edited by hand" in fresh.panel.mask_rules.threshold.toolTip()
    fresh.mask.undo()
    movable(fresh)


def test_a_tool_counts_as_an_edit_and_is_in_the_edit_record(fresh):
    fresh.qtbot.waitUntil(lambda: record_of(fresh.mask).is_original, timeout=20_000)
    with fresh.qtbot.waitSignal(fresh.panel.working.edited, timeout=20_000):
        use(fresh, "grow")
    labels, scan = mask_on_grid(fresh.mask)
    account = edit_record_of(Work.on(record_of(fresh.mask)), labels, scan)
    assert account.slices_touched == 1
    assert info_of(provenance_of(fresh.mask), labels).made == "SEMIAUTOMATIC"
    assert fresh.panel.keeper.unsaved() == [fresh.mask]
    assert not record_of(fresh.mask).is_original


def test_a_slice_that_was_spoilt_is_the_model_s_again(fresh):
    first, result = fresh.mask.data.copy(), result_of(fresh)
    fresh.mask.data_setitem((np.full(5, 6), np.arange(12, 17), np.full(5, 15)), 0)
    not_movable(fresh)
    use(fresh, "slice")
    np.testing.assert_array_equal(fresh.mask.data, first)
    assert result_of(fresh) is result
    movable(fresh)


def test_a_slice_run_afterwards_joins_what_is_known_of_the_others(
    viewer, panel, oblique_file, steered, segment, qtbot
):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    viewer.dims.set_current_step(0, 4)
    panel.range.one.setChecked(True)
    segment(panel)
    bench = bench_of(panel, viewer, qtbot)
    movable(bench)
    panel.uncertainty.heat_button.click()
    qtbot.waitUntil(lambda: len(viewer.layers) == 3, timeout=20_000)
    viewer.dims.set_current_step(0, 6)
    before = bench.mask.data.copy()
    use(bench, "slice")
    found = np.flatnonzero(bench.mask.data.any(axis=(1, 2)))
    assert found.tolist() == [4, 6]
    assert result_of(bench).slices == (4, 6)
    frame = provenance_of(bench.mask).frame
    np.testing.assert_array_equal(frame.apply(result_of(bench).probabilities[0]), bench.mask.data)
    movable(bench)
    # The heat map shows both, too.
    (heat,) = (layer for layer in viewer.layers if "probability" in layer.name)
    qtbot.waitUntil(
        lambda: any("probability" in each.name for each in viewer.layers), timeout=20_000
    )
    (heat,) = (layer for layer in viewer.layers if "probability" in layer.name)
    assert np.flatnonzero(heat.data.any(axis=(1, 2))).tolist() == [4, 6]
    is_one_step(bench, before)


@pytest.fixture
def layered(viewer, panel, oblique_file, steered, qtbot):
    """Open a scan and lay an empty mask of napari's own on it."""
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    image = viewer.layers[0]
    empty = np.zeros(image.data.shape, np.uint8)
    viewer.add_labels(empty, scale=image.scale, units=image.units)
    viewer.dims.set_current_step(0, 6)
    return bench_of(panel, viewer, qtbot)


def draw_box(bench, first: tuple[int, int], last: tuple[int, int]) -> None:
    """Draw from corner to corner in slice 6, and wait for the model."""
    use(bench, "box", False)
    (y, x), (below, right) = first, last
    corners = [[6, y, x], [6, y, right], [6, below, right], [6, below, x]]
    bench.viewer.layers.selection.active.add(corners)
    bench.qtbot.waitUntil(lambda: not bench.section.drawing.waiting)
    settle(bench)


def test_an_empty_mask_becomes_the_model_s_where_it_was_run(layered):
    mask, expected = layered.mask, np.zeros_like(layered.mask.data)
    draw_box(layered, (12, 0), (30, 40))
    expected[6, 12:20, 12:22] = 1
    np.testing.assert_array_equal(mask.data, expected)
    handle = provenance_of(mask)
    np.testing.assert_array_equal(handle.frame.apply(handle.result.probabilities[0]), expected)
    movable(layered)
    labels, scan = mask_on_grid(mask)
    assert scan is layered.viewer.layers[0].metadata[METADATA_KEY].scan
    assert info_of(provenance_of(mask), labels).made == "AUTOMATIC"


def test_a_mask_drawn_by_hand_stays_one_with_a_part_by_the_model(layered):
    mask = layered.mask
    mask.data[3, 1:4, 1:4] = 1
    expected = mask.data.copy()
    draw_box(layered, (12, 0), (30, 40))
    expected[6, 12:20, 12:22] = 1
    np.testing.assert_array_equal(mask.data, expected)
    labels, scan = mask_on_grid(mask)
    assert scan is layered.viewer.layers[0].metadata[METADATA_KEY].scan
    info = info_of(provenance_of(mask), labels)
    assert (info.made, info.algorithm) == ("SEMIAUTOMATIC", "tiny")
    assert result_of(layered) is None


def test_what_another_model_found_is_a_correction(fresh, several_bundle, monkeypatch, steered):
    movable(fresh)
    result = result_of(fresh)
    monkeypatch.setattr(type(fresh.panel.models), "bundle", property(lambda self: several_bundle))
    steered.columns = slice(5, 9)
    before = fresh.mask.data.copy()
    use(fresh, "slice")
    expected = before.copy()
    expected[6] = 0
    expected[6, 10:20, 5:9] = 1
    np.testing.assert_array_equal(fresh.mask.data, expected)
    assert result_of(fresh) is result
    assert provenance_of(fresh.mask).info.names == {
        1: "tumour",
        2: "oedema",
        4: "enhancing",
    }
    not_movable(fresh)
    fresh.mask.undo()
    movable(fresh)


def test_other_probabilities_of_the_same_model_take_the_place_of_those_known(fresh, steered):
    """As from other channels: the heat map shows them; the mask is a correction."""
    original = provenance_of(fresh.mask).original
    steered.columns = slice(5, 9)
    use(fresh, "slice")
    handle = provenance_of(fresh.mask)
    seen = handle.frame.apply(handle.result.probabilities[0])
    np.testing.assert_array_equal(seen, fresh.mask.data)
    assert handle.original is original


def test_the_slice_follows_the_threshold_of_the_mask(fresh, steered):
    movable(fresh)
    with fresh.qtbot.waitSignal(fresh.panel.mask_rules.live.moved, timeout=20_000):
        fresh.panel.mask_rules.minimum.setValue(1e5)
    assert not fresh.mask.data.any()
    fresh.mask.paint((6, 30, 25), 1)
    use(fresh, "slice")
    assert not fresh.mask.data.any()


def test_locks_stay_when_more_becomes_known_of_the_mask(fresh, steered):
    lock(fresh.section, 2)
    steered.columns = slice(5, 9)
    use(fresh, "slice")
    assert fresh.section.protection.locks.locked == frozenset({2})


def test_while_the_scan_is_segmented_the_model_does_not_run_again(fresh, steered):
    steered.leave.clear()
    with until_landed(fresh.qtbot, fresh.panel):
        fresh.panel.segment_button.click()
        use(fresh, "slice")
        assert "A run is under way" in fresh.section.hint.text()
        steered.leave.set()


def test_the_model_s_slice_counts_as_no_edit(fresh, steered):
    mask = fresh.mask
    mask.data_setitem((np.array([3]), np.array([15]), np.array([30])), 1)
    steered.columns = slice(5, 9)
    use(fresh, "slice")
    use(fresh, "interpolate")
    assert "nothing to interpolate" in fresh.section.hint.text()
    mask.data_setitem((np.array([6]), np.array([15]), np.array([30])), 1)
    use(fresh, "interpolate")
    assert mask.data[4:6, 15, 30].all()


def test_every_class_of_the_model_is_replaced_and_no_other_label(
    viewer, panel, oblique_file, several_bundle, monkeypatch, segment, qtbot
):
    """The real thing: an untrained network of three classes."""
    monkeypatch.setattr(type(panel.models), "bundle", property(lambda self: several_bundle))
    panel.models.changed.emit()
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    segment(panel)
    bench = bench_of(panel, viewer, qtbot)
    mask = bench.mask
    assert {1, 2, 4} <= set(np.unique(mask.data[6]))
    viewer.dims.set_current_step(0, 6)
    mask.preserve_labels = True
    mask.data[:] = 4
    mask.data[6, 20:30, 20:30] = 7
    before = mask.data.copy()
    use(bench, "slice")
    expected = before.copy()
    expected[6] = np.where(before[6] == 7, 7, model_s_own(mask, 6))
    np.testing.assert_array_equal(mask.data, expected)
    is_one_step(bench, before)


def model_s_own(mask, index: int) -> np.ndarray:
    """Make the mask of one slice from the probabilities that the whole run has left."""
    handle = provenance_of(mask)
    foreground, kinds = (handle.frame.apply(each)[[index]] for each in handle.result.strongest)
    return (mark(foreground, rules_of(handle.result.card)) * kinds)[0]
