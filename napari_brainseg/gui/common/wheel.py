"""No value changes because somebody scrolls the panel."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget

__all__ = ["guard_wheel"]

KINDS = (QAbstractSlider, QAbstractSpinBox, QComboBox)
"""What changes its value by the wheel."""


class _Guard(QObject):
    """Leaves the wheel to the panel unless the control was clicked or tabbed to."""

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Keep wheel events from controls without the focus."""
        if event is None or event.type() != QEvent.Type.Wheel:
            return False
        if isinstance(watched, QWidget) and watched.hasFocus():
            return False
        event.ignore()
        return True


def guard_wheel(root: QWidget) -> None:
    """Guard a widget and all controls within it, those inside other widgets included.

    Qt gives a spin box the focus as soon as the wheel turns over it, before the event arrives. So
    the controls take the focus by click and by Tab only, and without it the wheel passes by.

    Parameters
    ----------
    root : QWidget
        A control or what holds controls; scroll bars are left alone. Once is enough, twice does
        no harm.
    """
    for control in (root, *root.findChildren(QWidget)):
        if not isinstance(control, KINDS) or isinstance(control, QScrollBar):
            continue
        if control.focusPolicy() & Qt.FocusPolicy.WheelFocus == Qt.FocusPolicy.WheelFocus:
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if not any(isinstance(child, _Guard) for child in control.children()):
            control.installEventFilter(_Guard(control))
