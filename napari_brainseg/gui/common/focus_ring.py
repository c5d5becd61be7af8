"""A frame around the control that has the keyboard: napari's style draws next to none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QPoint, QRectF, Qt, QTimer
from qtpy.QtGui import QPainter, QPalette, QPen
from qtpy.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from qtpy.QtCore import QObject
    from qtpy.QtGui import QPaintEvent

__all__ = ["FocusRing"]

WIDTH = 2
MOVING = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide}


class FocusRing(QWidget):
    """Shows which control within a widget has the keyboard, unless the mouse gave it.

    Parameters
    ----------
    within : QWidget
        The ring lies above all that is in it.
    """

    def __init__(self, within: QWidget) -> None:
        super().__init__(within)
        self._within = within
        self._around: QWidget | None = None
        self._watched: list[QWidget] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        # Not at once: what moves may be half gone.
        self._moved = QTimer(self)
        self._moved.setSingleShot(True)
        self._moved.timeout.connect(self._lay)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus)

    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        by_mouse = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        is_inside = now is not None and self._within.isAncestorOf(now)
        self._follow(now if is_inside and not by_mouse else None)

    def _follow(self, control: QWidget | None) -> None:
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._around, self._watched = control, []
        above = control
        while above is not None and above is not self._within:
            above.installEventFilter(self)
            self._watched.append(above)
            above = above.parentWidget()
        self._lay()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Go along where the control, or what it lies in, moves."""
        if event is not None and event.type() in MOVING:
            self._moved.start()
        return False

    def _lay(self) -> None:
        """Lie around as much of the control as can be seen."""
        control = self._around
        seen = None if control is None else control.visibleRegion().boundingRect()
        if control is None or seen is None or seen.isEmpty():
            self.hide()
            return
        seen.translate(control.mapTo(self._within, QPoint(0, 0)))
        self.setGeometry(seen.adjusted(-WIDTH, -WIDTH, WIDTH, WIDTH))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the frame in the colour of texts, which is seen in every theme."""
        inset = WIDTH / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), WIDTH))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 3, 3)
        painter.end()
