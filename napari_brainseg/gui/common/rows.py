"""Rows of controls that go on in another line where there is no room beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QRect, QSize, Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QRadioButton,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ControlRow", "form_of", "row_of", "shared"]

SPACING = 4
"""Between widgets and between lines, in pixels."""

TEXTS = (QLabel, QCheckBox, QRadioButton)
"""What gains nothing by more width than its text has."""


class ControlRow(QLayout):
    """A row that takes as many lines as its widgets need at their smallest widths.

    In each line the room left goes to the widgets with a stretch, or else to those that are more
    than a text, which become equally wide as far as possible.
    """

    def __init__(self) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._stretches: dict[QWidget | None, int] = {}
        self.setSpacing(SPACING)
        self.setContentsMargins(0, 0, 0, 0)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a widget at the end."""
        self.addWidget(widget)
        self._stretches[widget] = stretch

    # What Qt asks of a layout

    def addItem(self, item: QLayoutItem | None) -> None:
        """Take an item of Qt's."""
        if item is not None:
            self._items.append(item)

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item, or None beyond the last."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Return an item, and let go of it."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Return that it asks for no more than its hint."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Return that the height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines at a width."""
        return self._place(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        """Return the size of all in one line."""
        hints = [item.sizeHint() for item in self._shown]
        return self._around(_length([each.width() for each in hints]), hints)

    def minimumSize(self) -> QSize:
        """Return the size of the widest widget at its smallest."""
        least = [item.minimumSize() for item in self._shown]
        return self._around(max((each.width() for each in least), default=0), least)

    def setGeometry(self, rect: QRect) -> None:
        """Place all widgets."""
        super().setGeometry(rect)
        spare = max(0, rect.height() - self.heightForWidth(rect.width()))
        self._place(rect.adjusted(0, spare // 2, 0, 0), move=True)

    # Lines

    @property
    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _around(self, width: int, sizes: Sequence[QSize]) -> QSize:
        edges = self.contentsMargins()
        height = max((each.height() for each in sizes), default=0)
        return QSize(width + edges.left() + edges.right(), height + edges.top() + edges.bottom())

    def _units(self, width: int) -> list[list[QLayoutItem]]:
        """List what stays in one line: a label with what follows it, where both have room."""
        units: list[list[QLayoutItem]] = []
        for item in self._shown:
            joined = [*units[-1], item] if units else []
            named = bool(units) and isinstance(units[-1][-1].widget(), QLabel)
            if named and _least(joined) <= width:
                units[-1] = joined
            else:
                units.append([item])
        return units

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        for unit in self._units(width):
            if lines and _least([*lines[-1], *unit]) <= width:
                lines[-1] += unit
            else:
                lines.append(unit)
        return lines

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Place the widgets in a rectangle, or only count; returns the height."""
        inner, top = rect.marginsRemoved(self.contentsMargins()), self.contentsMargins().top()
        y = rect.y() + top
        for number, line in enumerate(self._lines(inner.width())):
            y += SPACING if number else 0
            widths = self._widths(line, inner.width())
            height = max(map(_height, line, widths))
            x = inner.x()
            for item, width in zip(line, widths, strict=True):
                if move:
                    item.setGeometry(QRect(x, y, width, height))
                x += width + SPACING
            y += height
        return y + self.contentsMargins().bottom() - rect.y()

    def _widths(self, line: list[QLayoutItem], width: int) -> list[int]:
        room = width - _length([0] * len(line))
        hints = [item.sizeHint().width() for item in line]
        if sum(hints) > room:
            least = [min(item.minimumSize().width(), room) for item in line]
            return [a + b for a, b in zip(least, _spread(room, least, hints), strict=True)]
        stretches = [self._stretches.get(item.widget(), 0) for item in line]
        if any(stretches):
            return _stretched(room, hints, stretches)
        caps = [
            hint if isinstance(item.widget(), TEXTS) else item.maximumSize().width()
            for item, hint in zip(line, hints, strict=True)
        ]
        return shared(room, hints, caps)


def _length(widths: Sequence[int]) -> int:
    """Compute how much room widgets of some widths take beside each other."""
    return sum(widths) + SPACING * max(0, len(widths) - 1)


def _least(line: Sequence[QLayoutItem]) -> int:
    return _length([item.minimumSize().width() for item in line])


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


def _spread(room: int, least: list[int], hints: list[int]) -> list[int]:
    """Share what is left beyond the least, in proportion to what each wants beyond it."""
    wants = [max(0, hint - low) for hint, low in zip(hints, least, strict=True)]
    left = max(0, room - sum(least))
    return [left * want // max(1, sum(wants)) for want in wants]


def _stretched(room: int, hints: list[int], stretches: list[int]) -> list[int]:
    left, whole = room - sum(hints), sum(stretches)
    return [hint + left * part // whole for hint, part in zip(hints, stretches, strict=True)]


def shared(room: int, least: Sequence[int], most: Sequence[int]) -> list[int]:
    """Share a width as equally as it can be, each between its least and its most.

    Examples
    --------
    >>> shared(300, (40, 160, 50), (999, 999, 60))
    [80, 160, 60]
    """
    widths, open_ones = list(least), list(range(len(least)))
    while open_ones:
        share = room // len(open_ones)
        done = [i for i in open_ones if least[i] >= share] or [
            i for i in open_ones if most[i] <= share
        ]
        # Where none has reached an end, one after the other takes its share of what is left.
        for i in done or open_ones[:1]:
            widths[i] = max(least[i], min(most[i], share))
            room -= widths[i]
            open_ones.remove(i)
    return widths


def row_of(*widgets: QWidget, stretch: Sequence[int] = ()) -> ControlRow:
    """Put widgets beside each other, or below where there is no room."""
    row = ControlRow()
    for index, widget in enumerate(widgets):
        row.add(widget, stretch[index] if index < len(stretch) else 0)
    return row


def form_of(*rows: tuple[str | QWidget, QWidget | QLayout]) -> QFormLayout:
    """Put a label before each widget or row, or above it where there is no room.

    The widgets take all the width.
    """
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    form.setContentsMargins(0, 0, 0, 0)
    for label, field in rows:
        form.addRow(label, field)
    return form
