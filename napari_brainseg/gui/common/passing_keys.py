"""Keys of napari and of the tools that controls with the focus would swallow."""

from __future__ import annotations

from typing import cast

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QTextEdit,
    QWidget,
)

from napari_brainseg.gui.common.docked import dock_of

__all__ = ["pass_keys"]

NONE, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
SIDEWAYS = (Qt.Key.Key_Left, Qt.Key.Key_Right)


class _Passing(QObject):
    """Stands before whichever control of a panel has the focus, and sends keys on to the dock."""

    def __init__(self, root: QWidget) -> None:
        super().__init__(root)
        self._root = root
        application = cast("QApplication", QApplication.instance())
        application.focusChanged.connect(self._on_focus)

    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        # The list of a combo box is a window of its own, and needs its keys.
        if new is not None and self._root.isAncestorOf(new):
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Send on what is no use where the focus is."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        dock = dock_of(self._root)
        if dock is None or _is_wanted(watched, event):
            return False
        QApplication.sendEvent(dock, event)
        return True


def _is_wanted(control: QObject | None, event: QKeyEvent) -> bool:
    """Whether a control has better use for a key than napari."""
    held, text = event.modifiers(), event.text()
    is_sideways = event.key() in SIDEWAYS and held in (SHIFT, ALT)
    is_typed = held in (NONE, SHIFT) and text.isprintable() and bool(text.strip())
    if isinstance(control, QLineEdit | QTextEdit):
        return True
    if isinstance(control, QComboBox) and control.isEditable():
        return True
    if isinstance(control, QAbstractSpinBox):
        return not (held == SHIFT and text.isalpha())
    return not (is_sideways or is_typed)


def pass_keys(root: QWidget) -> None:
    """Have the keys of tools, brush and slices work while a control of a panel has the focus.

    Tables and combo boxes look for an entry by letters and digits, buttons and scroll areas go
    sideways by arrows whatever is held with them, and spin boxes drop letters. Fields of text keep
    all keys, spin boxes numbers and arrows.

    Parameters
    ----------
    root : QWidget
        What is docked: controls that come into it later count as well.
    """
    _Passing(root)
