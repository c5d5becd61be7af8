"""Keys of tools, brush and slices, while a control of a panel has the focus."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QDockWidget,
    QDoubleSpinBox,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.gui.common.passing_keys import pass_keys

pytestmark = pytest.mark.gui

KEYS = {
    "Shift+G": (Qt.Key.Key_G, "G", Qt.KeyboardModifier.ShiftModifier),
    "n": (Qt.Key.Key_N, "n", Qt.KeyboardModifier.NoModifier),
    "2": (Qt.Key.Key_2, "2", Qt.KeyboardModifier.NoModifier),
    "Shift+Right": (Qt.Key.Key_Right, "", Qt.KeyboardModifier.ShiftModifier),
    "Alt+Left": (Qt.Key.Key_Left, "", Qt.KeyboardModifier.AltModifier),
}
ALL = set(KEYS)


class Dock(QDockWidget):
    """Notes the keys that come to it, as napari's docks hand them to the viewer."""

    def __init__(self):
        super().__init__()
        self.keys: list[int] = []

    def keyPressEvent(self, event):
        self.keys.append(event.key())
        event.accept()


@pytest.mark.parametrize(
    ("kind", "passed"),
    [
        (QPushButton, ALL),
        (QSlider, ALL),
        (QTableWidget, ALL),
        (QComboBox, ALL),
        (QDoubleSpinBox, {"Shift+G"}),
        (QLineEdit, set()),
    ],
)
def test_what_a_control_has_no_use_for_goes_to_napari(qtbot, kind, passed):
    """The control came into the panel later."""
    dock, inner, scroll = Dock(), QWidget(), QScrollArea()
    qtbot.addWidget(dock)
    scroll.setWidget(inner)
    scroll.setWidgetResizable(True)
    dock.setWidget(scroll)
    pass_keys(scroll)
    column = QVBoxLayout(inner)
    control, other = kind(), QPushButton()
    column.addWidget(control)
    column.addWidget(other)
    # As when the window system gives the focus, with no window system.
    QApplication.instance().focusChanged.emit(None, control)
    found = set()
    for name, (key, text, held) in KEYS.items():
        QApplication.sendEvent(control, QKeyEvent(QEvent.Type.KeyPress, key, held, text))
        if dock.keys == [key]:
            found.add(name)
        dock.keys.clear()
    assert found == passed
