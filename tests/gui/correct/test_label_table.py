"""The table of labels: what it shows, what it changes, and that each change is one step."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from correcting import is_one_step, lock, settle
from qtpy.QtCore import Qt

from napari_brainseg.gui.correct.label_table import LOCK, NAME, SHOW, VOLUME
from napari_brainseg.gui.domain.mask_record import record_of
from napari_brainseg.gui.domain.metadata import scan_handle_of
from napari_brainseg.gui.domain.provenance import Provenance
from napari_brainseg.gui.layers.mask_layers import mask_layer_data
from napari_brainseg.io import MaskInfo

pytestmark = pytest.mark.gui


@pytest.fixture
def bench(viewer, panel, qtbot, oblique_file):
    """Give a mask of three classes on a scan, one slice of each."""
    from napari.layers import Layer

    viewer.open(str(oblique_file), plugin="napari-brainseg")
    handle = scan_handle_of(viewer.layers["flair"].metadata)
    labels = np.zeros(handle.scan.grid, dtype=np.uint8)
    labels[3, 10:20, 10:20], labels[4, 10:20, 10:15], labels[5, 12:20, 10:20] = 1, 2, 3
    info = MaskInfo(names={1: "core", 2: "oedema", 3: "cyst"}, colors={2: "#112233"})
    known = Provenance(handle.scan, handle.frame, info)
    mask = viewer.add_layer(Layer.create(*mask_layer_data(labels, known, "mask")))
    viewer.layers.selection.active = mask
    table = panel.labels
    qtbot.waitUntil(lambda: table._voxels is not None)
    return SimpleNamespace(
        table=table, mask=mask, viewer=viewer, panel=panel, qtbot=qtbot, section=panel.correct
    )


def cells(bench, column: int) -> list[str]:
    table = bench.table.table
    return [table.item(row, column).text() for row in range(table.rowCount())]


def ticks(bench, column: int) -> list[bool]:
    table = bench.table.table
    states = [table.item(row, column).checkState() for row in range(table.rowCount())]
    return [state == Qt.CheckState.Checked for state in states]


def info_of(bench) -> MaskInfo:
    return record_of(bench.mask).provenance.info


def test_it_shows_names_volumes_and_the_label_that_is_edited(bench):
    assert cells(bench, NAME) == ["core", "oedema", "cyst"]
    assert cells(bench, VOLUME) == ["0.4", "0.2", "0.3"]
    bench.mask.selected_label = 2
    assert bench.table.table.currentRow() == 1
    bench.table.table.selectRow(2)
    assert bench.mask.selected_label == 3


def test_names_and_colours_belong_to_the_mask(bench):
    bench.table.table.item(0, NAME).setText("enhancing")
    bench.table.set_color(3, "#abcdef")
    assert dict(info_of(bench).names) == {1: "enhancing", 2: "oedema", 3: "cyst"}
    assert info_of(bench).color(3) == "#abcdef"
    np.testing.assert_allclose(bench.mask.get_color(3)[:3], np.array((0xAB, 0xCD, 0xEF)) / 255)
    assert list(bench.mask.features["name"]) == ["enhancing", "oedema", "cyst"]
    assert bench.panel.classes.buttons[1].text() == "enhancing"


def test_hiding_a_label_leaves_its_voxels(bench):
    before = bench.mask.data.copy()
    bench.table.table.item(1, SHOW).setCheckState(Qt.CheckState.Unchecked)
    assert bench.mask.get_color(2)[3] == 0
    assert bench.mask.get_color(1)[3] == 1
    np.testing.assert_array_equal(bench.mask.data, before)
    bench.table.table.item(1, SHOW).setCheckState(Qt.CheckState.Checked)
    assert bench.mask.get_color(2)[3] == 1


def test_locks_are_those_of_the_tools(bench):
    bench.table.table.item(0, LOCK).setCheckState(Qt.CheckState.Checked)
    assert bench.section.protection.locks.locked == {1}
    lock(bench.section, 2)
    assert ticks(bench, LOCK) == [True, True, False]
    bench.table.turn(1, 0)
    settle(bench)
    assert "locked" in bench.section.hint.text()
    assert (bench.mask.data == 1).any()


@pytest.mark.parametrize("display", [2, 3], ids=["2-D", "3-D"])
@pytest.mark.parametrize("other", [0, 3], ids=["delete", "merge"])
def test_deleting_and_merging_are_one_step(bench, other, display):
    before = bench.mask.data.copy()
    bench.viewer.dims.ndisplay = display
    bench.mask.selected_label = 2
    bench.table.turn(2, other)
    settle(bench)
    np.testing.assert_array_equal(bench.mask.data, np.where(before == 2, other, before))
    assert cells(bench, NAME) == ["core", "cyst"]
    assert bench.mask.selected_label == (other or 1)
    is_one_step(bench, before)
    bench.mask.undo()
    bench.qtbot.waitUntil(lambda: cells(bench, NAME) == ["core", "oedema", "cyst"], timeout=10_000)
    assert info_of(bench).color(2) == "#112233"


def test_a_new_label_is_named_and_selected(bench):
    bench.table.add.click()
    assert cells(bench, NAME) == ["core", "oedema", "cyst", "label 4"]
    assert bench.mask.selected_label == 4


def test_without_a_mask_nothing_can_be_changed(bench):
    bench.viewer.layers.remove(bench.mask)
    assert bench.table.table.rowCount() == 0
    assert not bench.table.add.isEnabled()
