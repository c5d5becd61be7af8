"""A button that a double click presses once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QPushButton

if TYPE_CHECKING:
    from qtpy.QtGui import QMouseEvent

__all__ = ["OnceButton"]


class OnceButton(QPushButton):
    """Takes both clicks of a double click for one.

    For what a second click undoes or does again: the first starts a run, the second would cancel
    it after a slice.
    """

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Do nothing: Qt would press the button once more."""
