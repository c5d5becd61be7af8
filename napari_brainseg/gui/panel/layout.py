"""How the parts of the panel stand below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QSize, Qt
from qtpy.QtWidgets import (
    QLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["column_of", "framed", "stack_of"]

SPACING = 4
"""Between the parts, in pixels: all of them with a mask are to fit 768 of a small screen."""

WIDTH = 420
"""Of the panel in pixels, where the window has room: then few rows take two lines."""


def column_of(*parts: QWidget | QLayout) -> QWidget:
    """Put parts below each other, and what room is left below the last one."""
    inner = QWidget()
    column = QVBoxLayout(inner)
    column.setContentsMargins(9, 4, 9, 4)
    column.setSpacing(SPACING)
    for part in parts:
        if isinstance(part, QWidget):
            column.addWidget(part)
        else:
            column.addLayout(part)
    column.addStretch()
    return inner


def stack_of(*widgets: QWidget) -> QStackedWidget:
    """Show one of some widgets in one place, so that what is below does not move."""
    stack = QStackedWidget()
    # Where there is room to spare it does not grow: the buttons below stay where they are.
    stack.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    for widget in widgets:
        stack.addWidget(widget)
    return stack


class UprightScroll(QScrollArea):
    """As wide as its rows are in one line, where there is room; nothing scrolls sideways.

    Never narrower than the widest control that it was given yet: texts of other languages, parts
    that open and napari's style all come after it is made.
    """

    def sizeHint(self) -> QSize:
        """Return the size that it asks for, but not insists on."""
        inner, hint = self.widget(), super().sizeHint()
        wanted = 0 if inner is None else inner.sizeHint().width() + self._edge
        return QSize(max(WIDTH, wanted), hint.height())

    @property
    def _edge(self) -> int:
        """Width of what stands beside the rows, in pixels."""
        seen = self.viewport()
        return 0 if seen is None else self.width() - seen.width()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the rows, for which Qt watches what scrolls already."""
        inner = self.widget()
        asked = event is not None and event.type() == QEvent.Type.LayoutRequest
        if asked and inner is not None and watched is inner:
            needed = inner.minimumSizeHint().width() + self._edge
            self.setMinimumWidth(max(self.minimumWidth(), needed))
        return super().eventFilter(watched, event)


def framed(panel: QWidget, above: QWidget, inner: QWidget, below: Sequence[QWidget]) -> None:
    """Let a column scroll up and down between what is always in sight; never sideways."""
    scroll = UprightScroll()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    # Always there: one that comes and goes moves all buttons to the side.
    scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    scroll.setWidget(inner)
    outer = QVBoxLayout(panel)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.setSpacing(SPACING)
    outer.addWidget(above)
    outer.addWidget(scroll, stretch=1)
    for part in below:
        outer.addWidget(part)
