"""Open the panel in a window, turn a mouse's wheel over every control, and print what moved.

A program of its own: the mouse of the window system stays with the window for as long as it lives.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager

import napari
import numpy as np
from gui.hand import WHEEL_DOWN, WHEEL_UP, Hand, bring_into_view, rest
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollArea,
    QScrollBar,
    QWidget,
)
from superqt import QCollapsible

from napari_brainseg.gui.layers.belonging import new_empty_mask

KINDS = (QAbstractSlider, QAbstractSpinBox, QComboBox)


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


def main(path: str) -> dict[str, object]:
    viewer = napari.Viewer()
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg", "Segment")
    viewer.open(path, plugin="napari-brainseg")
    mask = new_empty_mask(viewer, panel.handle)
    mask.data_setitem((np.array([3]), np.array([9]), np.array([9])), 1)
    panel.window().resize(1366, 768)
    for fold in panel.findChildren(QCollapsible):
        fold.expand(animate=False)
    rest(500)
    controls, hand = controls_of(panel), Hand(panel.window())
    moved, focused, by_wheel, reached, scrolled = [], [], [], [], 0
    bars = [area.verticalScrollBar() for area in panel.findChildren(QScrollArea)]
    for control in controls:
        bring_into_view(control)
        name = f"{type(control).__name__}: {control.toolTip()}"
        before, at = value_of(control), [bar.value() for bar in bars]
        with noting() as wheels:
            hand.wheel(hand.at(control), WHEEL_UP)
            scrolled += at != [bar.value() for bar in bars]
            hand.wheel(hand.at(control), *[WHEEL_DOWN] * 3)
        if any(each is control or control.isAncestorOf(each) for each in wheels.seen):
            reached.append(name)
        if value_of(control) != before:
            moved.append(name)
        if control.hasFocus():
            focused.append(name)
        if control.focusPolicy() & Qt.FocusPolicy.WheelFocus == Qt.FocusPolicy.WheelFocus:
            by_wheel.append(name)
    enabled = sum(control.isEnabled() for control in controls)
    return {
        "controls": len(controls),
        "enabled": enabled,
        "reached": len(reached),
        "scrolled": scrolled,
        "moved": moved,
        "focused": focused,
        "focus by wheel": by_wheel,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])), flush=True)
    # Nothing of the window is needed any more.
    import os

    os._exit(0)
