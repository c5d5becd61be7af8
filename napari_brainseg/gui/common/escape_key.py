"""Escape, heard wherever in a viewer's window the focus is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, Qt, QTimer, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QApplication

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["EscapeKey"]


class EscapeKey(QObject):
    """Tells of Escape, wherever the focus is, while it is on; napari does not see it then.

    Parameters
    ----------
    viewer : Viewer
        In whose window, its docks that float and dialogs included: another viewer has its own.
    """

    pressed = Signal()

    def __init__(self, viewer: Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer

    def set_on(self, on: bool) -> None:
        """Begin or stop to listen."""
        application = QApplication.instance()
        if application is not None:
            (application.installEventFilter if on else application.removeEventFilter)(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Take Escape out of the stream of events."""
        if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape:
            return False
        if not self._is_in_window():
            return False
        # Qt first asks whether the key is a shortcut or wanted here, then sends it.
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            QTimer.singleShot(0, self.pressed.emit)
        return True

    def _is_in_window(self) -> bool:
        active = QApplication.activeWindow()
        while active is not None and active.parentWidget() is not None:
            active = active.parentWidget()
        return active is None or active == self._viewer.window.main_menu.window()
