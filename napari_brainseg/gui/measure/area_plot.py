"""A small plot of the mask's area on each slice; a click goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QPointF, QRectF, Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QPainter, QPalette, QPen, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QMouseEvent, QPaintEvent

__all__ = ["AreaPlot"]

HEIGHT = 72
MARGIN = 2
TEXT = 14
"""Room above and below the curve, for its largest value and the numbers of the slices."""
CURVE = QColor("#ff5c39")
HERE = QColor("#3fd2ff")
READABLE = 200
"""Of 255: how solid small text is, for a contrast of 4.5 : 1 in both themes."""


class AreaPlot(QWidget):
    """Areas against slices, from left to right as the viewer counts them.

    Signals
    -------
    clicked : int
        The slice that was clicked.
    """

    clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.areas: tuple[float, ...] = ()
        self.unit = ""
        self.current: int | None = None
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def show_areas(self, areas: Sequence[float], unit: str) -> None:
        """Plot other areas."""
        self.areas, self.unit = tuple(areas), unit
        self.update()

    def mark(self, current: int | None) -> None:
        """Mark the slice on screen, if the viewer shows one of these."""
        if current != self.current:
            self.current = current
            self.update()

    def x_of(self, index: int) -> float:
        """Return the place of a slice, in pixels from the left."""
        return MARGIN + (index + 0.5) * self._step()

    def _step(self) -> float:
        return (self.width() - 2 * MARGIN) / max(len(self.areas), 1)

    def _at(self, event: QMouseEvent) -> int | None:
        if not self.areas:
            return None
        index = int((event.position().x() - MARGIN) // self._step())
        return min(max(index, 0), len(self.areas) - 1)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Ask for the slice under the mouse."""
        index = None if event is None else self._at(event)
        if index is not None:
            self.clicked.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Tell the area under the mouse; with a button down, go there too."""
        index = None if event is None else self._at(event)
        if event is None or index is None:
            return
        text = tr(
            "slice {index}: {area:.0f} {unit}",
            index=index,
            area=self.areas[index],
            unit=self.unit,
        )
        QToolTip.showText(event.globalPosition().toPoint(), text, self)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.clicked.emit(index)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the curve, the slice on screen, and the numbers at the ends."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base = self.height() - TEXT
        text = self.palette().color(QPalette.ColorRole.WindowText)
        faint = QColor(text)
        faint.setAlpha(110)
        painter.setPen(faint)
        painter.drawLine(QPointF(MARGIN, base), QPointF(self.width() - MARGIN, base))
        top = max(self.areas, default=0.0)
        if top > 0:
            self._draw_curve(painter, base, top)
        if self.current is not None and self.areas:
            painter.setPen(QPen(HERE, 1.5))
            x = self.x_of(self.current)
            painter.drawLine(QPointF(x, TEXT), QPointF(x, base))
        faint.setAlpha(READABLE)
        painter.setPen(faint)
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        above = QRectF(MARGIN, 0, self.width() - 2 * MARGIN, TEXT)
        below = QRectF(MARGIN, base, self.width() - 2 * MARGIN, TEXT)
        caption = (
            tr("area per slice, at most {top:.0f} {unit}", top=top, unit=self.unit)
            if top
            else tr("area per slice")
        )
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft, caption)
        if self.areas:
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, tr("slice 0"))
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, str(len(self.areas) - 1))
            self._draw_place(painter, below)

    def _draw_curve(self, painter: QPainter, base: float, top: float) -> None:
        scale = (base - TEXT - 2) / top
        curve = [QPointF(self.x_of(i), base - area * scale) for i, area in enumerate(self.areas)]
        ends = (QPointF(curve[-1].x(), base), QPointF(curve[0].x(), base))
        fill = QColor(CURVE)
        fill.setAlpha(90)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([*curve, *ends]))
        painter.setPen(QPen(CURVE, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(curve))

    def _draw_place(self, painter: QPainter, below: QRectF) -> None:
        """Write the number of the slice on screen under its mark, where there is room."""
        if self.current is None:
            return
        x, half = self.x_of(self.current), 12.0
        if 50 < x < below.width() - 30:
            painter.setPen(HERE)
            place = QRectF(x - half, below.top(), 2 * half, below.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, str(self.current))
