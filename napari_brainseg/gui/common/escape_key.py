"""Escape, heard wherever the focus is."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt, QTimer, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QApplication

__all__ = ["EscapeKey"]


class EscapeKey(QObject):
    """Tells of Escape, wherever the focus is, while it is on; napari does not see it then."""

    pressed = Signal()

    def set_on(self, on: bool) -> None:
        """Begin or stop to listen."""
        application = QApplication.instance()
        if application is not None:
            (application.installEventFilter if on else application.removeEventFilter)(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Take Escape out of the stream of events."""
        if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape:
            return False
        # Qt first asks whether the key is a shortcut or wanted here, then sends it.
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            QTimer.singleShot(0, self.pressed.emit)
        return True
