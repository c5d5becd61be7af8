"""Asking which of several DICOM series to open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.gui.common.text import unmarked
from napari_brainseg.gui.common.waiting import front_window
from napari_brainseg.io import of_one_case
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.io.dicom.series import Series

__all__ = ["SeriesDialog", "choose_series"]

SEVERAL = marked("There are several DICOM series. Each that you choose becomes a layer.")
UNEVEN = marked("The slices are unevenly spaced; these even parts can be opened.")
COLUMNS = (marked("Series"), marked("Modality"), marked("Images"), marked("Voxel size in mm"))


class SeriesDialog(QDialog):
    """A table of series; those that are chosen are opened, each as a layer.

    Parameters
    ----------
    series : sequence of Series
        What to choose from, the largest first.
    parent : QWidget, optional
        The window to stand before.
    """

    def __init__(self, series: Sequence[Series], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Choose a series"))
        self._series = tuple(series)
        self.table = QTableWidget(len(self._series), len(COLUMNS))
        self.table.setTabKeyNavigation(False)  # Tab leaves it, arrows go within
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        self._fill()
        self._lay_out()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.table.itemSelectionChanged.connect(self._on_selection)
        self.table.doubleClicked.connect(self.accept)
        self._choose_first()

    @property
    def chosen(self) -> list[Series]:
        """The series that are selected, from top to bottom; what stands for a case comes last."""
        rows = sorted({item.row() for item in self.table.selectedItems()})
        chosen = [self._series[row] for row in rows]
        main = of_one_case(chosen)[-1:]
        return [*(each for each in chosen if each not in main), *main]

    def _fill(self) -> None:
        self.table.setHorizontalHeaderLabels([tr(title) for title in COLUMNS])
        for row, series in enumerate(self._series):
            for column, text in enumerate(_cells(series)):
                item = QTableWidgetItem(text)
                if column >= 2:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                item.setToolTip(unmarked(series.problem or series.refusal))
                if series.problem:
                    item.setFlags(Qt.ItemFlag.NoItemFlags)
                self.table.setItem(row, column, item)

    def _lay_out(self) -> None:
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.resizeColumnsToContents()
        # The bindings' types allow for None where Qt never gives it.
        if (rows := self.table.verticalHeader()) is not None:
            rows.hide()
        if (header := self.table.horizontalHeader()) is not None:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        column = QVBoxLayout(self)
        is_uneven = any(series.refusal for series in self._series[:1])
        self.text = QLabel(f"{tr(UNEVEN)} {tr(SEVERAL)}" if is_uneven else tr(SEVERAL))
        self.text.setWordWrap(True)
        column.addWidget(self.text)
        column.addWidget(self.table)
        column.addWidget(self.buttons)
        self.resize(680, 340)

    def _proposed(self) -> list[Series]:
        """Return those of one case; else the largest, or all even runs of it where it is uneven."""
        if case := of_one_case(self._series):
            return case
        first = next((series for series in self._series if not series.problem), None)
        if first is None or not first.refusal:
            return [] if first is None else [first]
        return [series for series in self._series if series.refusal == first.refusal]

    def _choose_first(self) -> None:
        proposed = self._proposed()
        for row, series in enumerate(self._series):
            if series in proposed:
                for column in range(len(COLUMNS)):
                    if (item := self.table.item(row, column)) is not None:
                        item.setSelected(True)
        self._on_selection()

    def _on_selection(self) -> None:
        button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        if button is not None:
            button.setEnabled(bool(self.chosen))


def choose_series(series: Sequence[Series]) -> list[Series]:
    """Let the user choose; empty where the dialog was cancelled."""
    dialog = SeriesDialog(series, front_window())
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    chosen = dialog.chosen if accepted else []
    dialog.deleteLater()
    return chosen


def _cells(series: Series) -> tuple[str, str, str, str]:
    spacing = "unknown"
    if series.spacing is not None:
        spacing = " × ".join(f"{size:.3g}" for size in reversed(series.spacing))
    return series.title, series.modality, str(series.images), spacing
