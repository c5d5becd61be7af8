"""How the parts of the panel stand below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["column_of", "form_of", "framed", "row_of", "stack_of"]

SPACING = 4
"""Between the parts, in pixels: all of them with a mask are to fit 768 of a small screen."""

NARROWEST = 390
"""Width of the panel in pixels: napari adds the name of the plugin to its title."""


def row_of(*widgets: QWidget, stretch: Sequence[int] = ()) -> QHBoxLayout:
    """Put widgets beside each other."""
    row = QHBoxLayout()
    for index, widget in enumerate(widgets):
        row.addWidget(widget, stretch[index] if index < len(stretch) else 0)
    return row


def form_of(*rows: tuple[str | QWidget, QWidget | QHBoxLayout]) -> QFormLayout:
    """Put a label before each widget or row; the widgets take all the width."""
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for label, field in rows:
        form.addRow(label, field)
    return form


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
    """Never narrower than the widest row that it was given yet, since nothing scrolls sideways.

    Texts of other languages, parts that open and napari's style all come after it is made.
    """

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the rows, for which Qt watches what scrolls already."""
        inner, seen = self.widget(), self.viewport()
        asked = event is not None and event.type() == QEvent.Type.LayoutRequest
        if asked and inner is not None and seen is not None and watched is inner:
            needed = inner.minimumSizeHint().width() + self.width() - seen.width()
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
    scroll.setMinimumWidth(NARROWEST)
