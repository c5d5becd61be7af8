"""How the parts of the panel stand below each other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from qtpy.QtWidgets import (
    QLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from superqt import QCollapsible

from napari_brainseg.gui.common.widths import width_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QResizeEvent

__all__ = ["UprightScroll", "column_of", "framed", "stack_of"]

SPACING = 4
"""Between the parts, in pixels: all of them with a mask are to fit 768 of a small screen."""

WIDTH = 420
"""Of the panel in pixels, where the screen has room: then few rows take two lines."""


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
    """As narrow as the screen demands, and no narrower; nothing scrolls sideways.

    Qt gives a dock the least that it asks for, so where there is room that is :data:`WIDTH`. On a
    small screen it is what the widest control needs that it was given yet: texts of other
    languages, parts that open and napari's style all come after it is made.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kept: QWidget | None = None
        self._wanted: QWidget | None = None
        self._soon = QTimer(self)  # which goes with it
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._bring)
        bar = self.verticalScrollBar()
        if bar is not None:
            bar.actionTriggered.connect(self.let_go)

    def keep_width(self) -> None:
        """Ask for the width that the rows need, or that the screen has room for."""
        inner, seen = self.widget(), self.viewport()
        needed = width_for(self, WIDTH)
        if inner is not None and seen is not None:
            edge = self.width() - seen.width()
            needed = max(needed, inner.minimumSizeHint().width() + edge)
        self.setMinimumWidth(max(self.minimumWidth(), needed))

    def keep(self, part: QWidget) -> None:
        """Keep a part in sight, whatever comes above it, until the user scrolls or unfolds."""
        self._kept = part
        self.bring(part)

    def let_go(self, *_: object) -> None:
        """Keep nothing in sight any more."""
        self._kept = None

    def bring(self, part: QWidget) -> None:
        """Scroll down until a part is in sight, once it has its place; from its top if too high."""
        self._wanted = part
        self._soon.start(0)

    def _bring(self) -> None:
        inner, seen, bar = self.widget(), self.viewport(), self.verticalScrollBar()
        part, self._wanted = self._wanted, None
        if part is not None and inner is not None and seen is not None and bar is not None:
            top = part.mapTo(inner, QPoint()).y()
            bar.setValue(max(bar.value(), min(top, top + part.height() - seen.height())))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the rows, for which Qt watches what scrolls already."""
        asked = event is not None and event.type() == QEvent.Type.LayoutRequest
        if asked and watched is self.widget():
            self.keep_width()
            self._bring_kept()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Follow the room that there is."""
        super().resizeEvent(event)
        self._bring_kept()

    def _bring_kept(self) -> None:
        if self._kept is not None:
            self.bring(self._kept)


def framed(panel: QWidget, above: QWidget, inner: QWidget, below: Sequence[QWidget]) -> None:
    """Let a column scroll up and down between what is always in sight; never sideways.

    What the user unfolds comes into sight.
    """
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
    scroll.keep_width()
    for fold in inner.findChildren(QCollapsible):
        fold.toggleButton().clicked.connect(partial(_bring_open, scroll, fold))


def _bring_open(scroll: UprightScroll, fold: QCollapsible, *_: object) -> None:
    scroll.let_go()
    if fold.isExpanded():
        scroll.bring(fold)
