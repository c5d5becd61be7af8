"""The scans of a work list as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.text import unmarked
from napari_brainseg.gui.common.wheel import guard_wheel
from napari_brainseg.language import marked, number, tr
from napari_brainseg.worklist.items import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qtpy.QtGui import QResizeEvent

    from napari_brainseg.worklist.items import Key, WorkItem

__all__ = ["WorkTable"]

COLORS = {
    Status.NEW: "#8a8f99",
    Status.SEGMENTED: "#4aa3df",
    Status.CORRECTED: "#e8a33d",
    Status.ACCEPTED: "#4fb96a",
    Status.UNREADABLE: "#e05c5c",
}
"""Of the dots. They differ in lightness too, for people who do not see red or green."""

ALL, TO_DO = marked("All"), marked("To do")
MEANING = {
    Status.NEW: marked("No mask is saved yet."),
    Status.SEGMENTED: marked("The model's mask is saved, as it was made."),
    Status.CORRECTED: marked("The mask was changed or made by hand, and is saved."),
    Status.ACCEPTED: marked("The mask is saved, and you accepted it."),
}
COLUMNS = (marked("Scan"), marked("Status"), marked("mL"))
DOT = 12


class WorkTable(QWidget):
    """The items of a list that pass a filter; the one on screen is marked.

    Signals
    -------
    chosen : tuple
        Key of the item that was double-clicked, or chosen with the Enter key.
    filtered
        Other items are shown now.
    """

    chosen = Signal(tuple)
    filtered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[WorkItem, ...] = ()
        self._current: Key | None = None
        self._dots = {status: _dot(color) for status, color in COLORS.items()}
        self.statuses = QComboBox()
        guard_wheel(self.statuses)
        for wanted in (ALL, TO_DO, *(status.value for status in Status)):
            self.statuses.addItem(tr(wanted), wanted)
        self.statuses.setToolTip(
            tr("Show only scans with this status; To do: those not accepted yet")
        )
        self.text = QLineEdit()
        self.text.setPlaceholderText(tr("Filter by name, such as flair"))
        self.text.setClearButtonEnabled(True)
        self.text.setToolTip(tr("Show only scans whose name or folder contains this"))
        self.table = QTableWidget(0, len(COLUMNS))
        self._lay_out()
        self.statuses.currentIndexChanged.connect(self._on_filter)
        self.text.textChanged.connect(self._on_filter)
        self.table.itemActivated.connect(self._on_activated)

    @property
    def shown(self) -> list[WorkItem]:
        """The items that pass the filter, from top to bottom."""
        return [item for item in self._items if self._passes(item)]

    @property
    def named(self) -> list[WorkItem]:
        """The items that pass the filter by name, whatever their status."""
        return [item for item in self._items if self._is_named(item)]

    def show_items(self, items: Sequence[WorkItem], current: Key | None) -> None:
        """Show the list as it is now."""
        before, was_current = self._items, self._current
        self._items, self._current = tuple(items), current
        moved = current != was_current
        if [item.key for item in before] != [item.key for item in items]:
            self.table.setRowCount(0)
            self.table.setRowCount(len(items))
            before, moved = (), True
        for row, item in enumerate(self._items):
            if not before or item != before[row] or item.key in (current, was_current):
                self._fill(row, item)
            if moved and item.key == current:
                self.table.setCurrentCell(row, 0)
                hint = QAbstractItemView.ScrollHint.PositionAtCenter
                self.table.scrollToItem(self.table.item(row, 0), hint)
        self._hide_rows()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the row in sight that is chosen: a message below takes its room from the table."""
        super().resizeEvent(event)
        chosen = self.table.currentItem()
        if chosen is not None:
            self.table.scrollToItem(chosen)

    def _lay_out(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels([tr(title) for title in COLUMNS])
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setIconSize(QSize(DOT, DOT))
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setMinimumHeight(50)  # one row: a message of three lines below takes the others
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The bindings' types allow for None where Qt never returns it.
        if (rows := table.verticalHeader()) is not None:
            rows.hide()
            rows.setDefaultSectionSize(22)
        if (header := table.horizontalHeader()) is not None:
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            header.setHighlightSections(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row_of(self.statuses, self.text, stretch=(0, 1)))
        column.addWidget(table, stretch=1)

    def _fill(self, row: int, item: WorkItem) -> None:
        volume = "" if item.volume_ml is None else number(item.volume_ml, ".1f")
        is_current = item.key == self._current
        explanation = item.remark or tr(MEANING.get(item.status, ""))
        for column, text in enumerate((item.label, tr(item.status.value), volume)):
            cell = self.table.item(row, column)
            if cell is None:
                cell = QTableWidgetItem()
                self.table.setItem(row, column, cell)
            cell.setText(text)
            cell.setToolTip(
                unmarked(
                    tr(
                        "{label}\n{explanation}\nDouble-click to open it.",
                        label=item.label,
                        explanation=explanation,
                    )
                )
            )
            font = cell.font()
            font.setBold(is_current)
            cell.setFont(font)
            if column == 1:
                cell.setIcon(self._dots[item.status])
            if column == 2:
                cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _is_named(self, item: WorkItem) -> bool:
        # A case is called by its folder, and looked for by its files too.
        names = (item.label, item.path, *(each.path for each in item.companions))
        wanted = self.text.text().strip().casefold()
        return any(wanted in name.casefold() for name in names)

    def _passes(self, item: WorkItem) -> bool:
        wanted = self.statuses.currentData()
        to_do = item.status not in (Status.ACCEPTED, Status.UNREADABLE)
        return self._is_named(item) and (
            wanted == ALL or wanted == item.status.value or (wanted == TO_DO and to_do)
        )

    def _hide_rows(self) -> None:
        for row, item in enumerate(self._items):
            self.table.setRowHidden(row, not self._passes(item))

    def _on_filter(self) -> None:
        self._hide_rows()
        self.filtered.emit()

    def _on_activated(self, cell: QTableWidgetItem) -> None:
        self.chosen.emit(self._items[cell.row()].key)


def _dot(color: str) -> QIcon:
    pixmap = QPixmap(2 * DOT, 2 * DOT)  # twice, for screens with small pixels
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(3, 3, 2 * DOT - 6, 2 * DOT - 6)
    painter.end()
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # untinted
    return icon
