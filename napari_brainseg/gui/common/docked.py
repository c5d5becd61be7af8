"""Widgets of docks that go when their dock is closed."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QDockWidget, QWidget

__all__ = ["dock_of", "end_with_dock", "is_one_open"]

_open: set[int] = set()
"""The widgets that have not been deleted yet, by their ids."""


class _End(QObject):
    """Has Qt delete a widget that was taken out of its dock and put nowhere else."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._docked = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._look)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Notice that the widget is being put somewhere, or taken out."""
        if event is not None and event.type() == QEvent.Type.ParentChange:
            self._docked = self._docked or dock_of(self._widget) is not None
            self._soon.start(0)
        return False

    def _look(self) -> None:
        if dock_of(self._widget) is not None:
            self._docked = True
        elif self._docked and self._widget.parentWidget() is None:
            self._widget.deleteLater()


def dock_of(widget: QWidget) -> QDockWidget | None:
    """Return the dock that a widget lies in; None if in none."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QDockWidget):
        parent = parent.parentWidget()
    return parent


def end_with_dock(widget: QWidget) -> None:
    """Delete a widget once napari has closed its dock.

    napari only takes it out. Python's garbage collector then clears what is to be called when its
    parts are destroyed, before it destroys them, and PyQt crashes in calling it.
    """
    _End(widget)
    _open.add(id(widget))
    widget.destroyed.connect(partial(_forget, id(widget)))


def is_one_open() -> bool:
    """Return whether such a widget is there, in whatever window."""
    return bool(_open)


def _forget(known: int, *_: object) -> None:
    _open.discard(known)
