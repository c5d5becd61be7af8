"""How wide the panel is."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt

from napari_brainseg.gui.common import widths
from napari_brainseg.gui.common.docked import dock_of
from napari_brainseg.gui.panel import layout
from napari_brainseg.gui.worklist import widget as worklist

pytestmark = pytest.mark.gui


def docked(viewer, qtbot, screen, monkeypatch, title="Segment"):
    """Open the panel, or another widget, on a screen of a width."""
    monkeypatch.setattr(widths, "screen_width", lambda _: screen)
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg", title)
    viewer.window.resize(1366, 700)
    viewer.window.show()
    qtbot.wait(300)
    return panel


def test_where_there_is_room_rows_stand_in_one_line(viewer, qtbot, monkeypatch):
    """Qt gives a dock the least that it asks for: once that was 175 pixels, on every screen."""
    panel = docked(viewer, qtbot, 1366, monkeypatch)
    assert panel.width() >= layout.WIDTH
    assert panel.segment_button.y() == pytest.approx(panel.empty_button.y(), abs=10)


def test_on_a_small_screen_it_leaves_napari_its_room(viewer, qtbot, monkeypatch):
    panel = docked(viewer, qtbot, 910, monkeypatch)
    dock = dock_of(panel)
    window = dock.window()
    window.resizeDocks([dock], [1], Qt.Orientation.Horizontal)
    qtbot.wait(100)
    assert panel.width() <= 910 - widths.BESIDE
    assert window.minimumSizeHint().width() <= 910


@pytest.mark.parametrize(("screen", "width"), [(1366, worklist.WIDTH), (910, 910 - widths.BESIDE)])
def test_the_work_list_has_room_for_its_names(viewer, qtbot, monkeypatch, screen, width):
    found = docked(viewer, qtbot, screen, monkeypatch, "Work list")
    assert found.minimumWidth() == width
    assert found.width() >= width
