"""Numbers are typed with a point or a comma, whichever the language writes."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QApplication, QDoubleSpinBox, QWidget

__all__ = ["take_both_signs"]

SIGNS = (".", ",")


class _BothSigns(QObject):
    """Types the sign that the box knows: the other one separates thousands, and 1,5 were 15."""

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Replace the key."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if not isinstance(watched, QDoubleSpinBox) or event.text() not in SIGNS:
            return False
        sign = watched.locale().decimalPoint()
        if event.text() == sign:
            return False
        QApplication.sendEvent(
            watched, QKeyEvent(event.type(), event.key(), event.modifiers(), sign)
        )
        return True


def take_both_signs(root: QWidget) -> None:
    """Have decimal numbers typed with either sign, in a box or in all boxes within a widget."""
    for box in (root, *root.findChildren(QDoubleSpinBox)):
        if isinstance(box, QDoubleSpinBox):
            box.installEventFilter(_BothSigns(box))
