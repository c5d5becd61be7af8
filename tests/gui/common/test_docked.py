"""The panel and the work list go with their docks, and not by the garbage collector."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from qtpy.compat import isalive
from qtpy.QtWidgets import QDockWidget, QWidget

from napari_brainseg.gui.common.docked import dock_of, end_with_dock

pytestmark = pytest.mark.gui


@pytest.mark.parametrize("title", ["Segment", "Work list"])
def test_a_widget_is_deleted_when_its_dock_is_closed(viewer, qtbot, title):
    """Cleared by Python while Qt still calls what it is connected to, it crashed napari."""
    _, widget = viewer.window.add_plugin_dock_widget("napari-brainseg", title)
    qtbot.wait(50)
    viewer.add_image(np.zeros((3, 8, 8), np.float32))
    dock = dock_of(widget)
    with qtbot.waitSignal(widget.destroyed, timeout=20_000):
        dock.destroyOnClose()
    del widget
    gc.collect()
    qtbot.wait(50)
    assert len(viewer.layers) == 1


def test_a_widget_that_is_moved_stays(qtbot):
    first, second, widget = QDockWidget(), QDockWidget(), QWidget()
    end_with_dock(widget)
    for dock in (first, second):
        qtbot.addWidget(dock)
        dock.setWidget(widget)
        qtbot.wait(20)
    assert isalive(widget)
    widget.setParent(None)
    qtbot.waitUntil(lambda: not isalive(widget))


def test_a_widget_that_was_in_no_dock_stays(qtbot):
    window, widget = QWidget(), QWidget()
    qtbot.addWidget(window)
    end_with_dock(widget)
    for parent in (window, None):
        widget.setParent(parent)
        qtbot.wait(20)
    assert isalive(widget)
    qtbot.addWidget(widget)
