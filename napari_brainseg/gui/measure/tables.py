"""The tables of the section *Measure*: numbers of the whole mask, and of each lesion."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from napari_brainseg.gui.measure.text import LESION_COLUMNS
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.gui.measure.text import Quantity

__all__ = ["LesionTable", "NumberTable"]

LINE = 20
"""Height of a line of the table of lesions, in pixels."""
LINES = 5
"""As many lines are seen at once, the heading included."""


class NumberTable(QLabel):
    """Rows of a name and a number with its unit; the text can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        # However long the numbers get, the panel does not get wider.
        self.setWordWrap(True)

    def show_rows(self, rows: Sequence[Quantity]) -> None:
        """Show other numbers."""
        lines = [
            f"<tr><td>{escape(row.name)}&nbsp;&nbsp;&nbsp;</td>"
            f"<td><b>{escape(row.value)}</b> {escape(row.unit)}</td></tr>"
            for row in rows
        ]
        self.setText(f"<table>{''.join(lines)}</table>" if lines else "")
        self.setVisible(bool(lines))


class LesionTable(QTableWidget):
    """One line per lesion, shown where there are several.

    Signals
    -------
    chosen : int
        The lesion that was clicked, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(LESION_COLUMNS), parent)
        self.setTabKeyNavigation(False)  # Tab leaves it, arrows go within
        self.setHorizontalHeaderLabels([tr(title) for title in LESION_COLUMNS])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setToolTip(tr("The largest lesions; click one to go to its largest slice"))
        numbers, header = self.verticalHeader(), self.horizontalHeader()
        if numbers is not None and header is not None:
            numbers.setDefaultSectionSize(LINE)
            numbers.hide()
            header.setFixedHeight(LINE)
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setStretchLastSection(True)
        self.cellClicked.connect(lambda row, _: self.chosen.emit(row))

    def show_rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show other lesions; a single one is told by the numbers of the whole mask."""
        self.setVisible(len(rows) > 1)
        self.setRowCount(len(rows))
        for index, cells in enumerate(rows):
            for side, text in enumerate(cells):
                self.setItem(index, side, QTableWidgetItem(text))
        self.setFixedHeight(LINE * min(1 + len(rows), LINES) + 2 * self.frameWidth())
