"""No value changes by scrolling: events of a mouse, from the window system, over every control.

Events that a test makes itself miss what Qt does before one arrives, such as giving the focus.
"""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QObject, QPoint, Qt
from qtpy.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollArea,
    QScrollBar,
    QToolTip,
    QWidget,
)
from superqt import QCollapsible

from napari_brainseg.gui.layers.belonging import new_empty_mask

pytestmark = [
    pytest.mark.gui,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("xdotool") is None, reason="needs xdotool"),
]

KINDS = (QAbstractSlider, QAbstractSpinBox, QComboBox)
UP, DOWN = "4", "5"


class Wheels(QObject):
    """Notes the widgets that wheel events of the window system were meant for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[QObject] = []

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget):
            self.seen.append(watched)
        return False


@contextmanager
def noting():
    wheels = Wheels()
    app = QApplication.instance()
    app.installEventFilter(wheels)
    try:
        yield wheels
    finally:
        app.removeEventFilter(wheels)


def value_of(control):
    if isinstance(control, QComboBox):
        return control.currentIndex()
    return control.text() if isinstance(control, QAbstractSpinBox) else control.value()


def controls_of(root: QWidget) -> list[QWidget]:
    found = [each for each in root.findChildren(QWidget) if isinstance(each, KINDS)]
    return [each for each in found if not isinstance(each, QScrollBar) and each.isVisibleTo(root)]


def scroll_over(control: QWidget, qtbot, *buttons: str) -> None:
    """Move the mouse of the window system there, and turn its wheel."""
    place = control.mapToGlobal(QPoint(control.width() // 2, control.height() // 2))
    clicks = [word for button in buttons for word in ("click", button)]
    command = ["xdotool", "mousemove", str(place.x()), str(place.y()), *clicks]
    subprocess.run(command, check=True, timeout=20)
    qtbot.wait(60)


def bring_into_view(control: QWidget, qtbot) -> None:
    parent = control.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(control, 10, 40)
        parent = parent.parentWidget()
    qtbot.wait(30)


@pytest.fixture
def viewer(make_napari_viewer_proxy, monkeypatch, tiny_bundle):
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))
    return make_napari_viewer_proxy(show=True)


@pytest.fixture
def window(viewer, panel, qtbot, oblique_file):
    """Show the panel with a mask, all of it unfolded, on a display of its own."""
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    mask = new_empty_mask(viewer, panel.handle)
    mask.data_setitem((np.array([3]), np.array([9]), np.array([9])), 1)
    shown = panel.window()
    shown.resize(1366, 768)
    shown.show()
    for fold in panel.findChildren(QCollapsible):
        fold.expand(animate=False)
    qtbot.waitUntil(shown.isVisible, timeout=20_000)
    qtbot.wait(300)
    yield shown
    subprocess.run(["xdotool", "mousemove", "0", "0"], check=True, timeout=20)
    QToolTip.hideText()
    qtbot.wait(100)


def test_no_control_of_the_panel_moves_while_it_is_scrolled(window, panel, qtbot):
    """Each was reached by the wheel, none moved, and none took the focus."""
    controls = controls_of(panel)
    assert len(controls) >= 10
    reached = 0
    for control in controls:
        bring_into_view(control, qtbot)
        before = value_of(control)
        with noting() as wheels:
            scroll_over(control, qtbot, UP, DOWN, DOWN, DOWN, UP)
        reached += any(each is control or control.isAncestorOf(each) for each in wheels.seen)
        name = f"{type(control).__name__} {control.toolTip()}"
        assert value_of(control) == before, name
        assert not control.hasFocus(), name
        wheel_focus = Qt.FocusPolicy.WheelFocus
        assert control.focusPolicy() & wheel_focus != wheel_focus, name
    # Controls that are disabled let the wheel pass by themselves.
    enabled = [control for control in controls if control.isEnabled()]
    assert reached >= len(enabled) * 0.9


def test_the_panel_is_scrolled_instead_and_a_control_that_was_clicked_moves(window, panel, qtbot):
    bar = panel.findChild(QScrollArea).verticalScrollBar()
    spins = [each for each in controls_of(panel) if isinstance(each, QAbstractSpinBox)]
    spin = next(each for each in spins if each.isEnabled())
    bring_into_view(spin, qtbot)
    assert bar.maximum() > 0
    bar.setValue(max(bar.value() - 1, 1))
    at, before = bar.value(), value_of(spin)
    scroll_over(spin, qtbot, UP)
    assert bar.value() < at
    assert value_of(spin) == before
    bring_into_view(spin, qtbot)
    window.activateWindow()
    spin.setFocus(Qt.FocusReason.MouseFocusReason)
    scroll_over(spin, qtbot, UP)
    if spin.hasFocus():  # a display without a window manager may activate no window
        assert value_of(spin) != before
