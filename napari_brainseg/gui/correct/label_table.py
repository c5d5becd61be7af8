"""The labels of the mask in a table: name, colour, volume, lock, show; add, delete, merge."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QHeaderView,
    QMenu,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.counting import count_voxels
from napari_brainseg.edit.protect import turn_into
from napari_brainseg.edit.slicing import Slicing
from napari_brainseg.errors import EditError
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.swatch import swatch
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.correct.runner import Task
from napari_brainseg.gui.domain.label_rows import (
    called,
    coloured,
    free_label,
    info_without,
    label_rows,
)
from napari_brainseg.gui.domain.mask_record import record_of
from napari_brainseg.gui.layers.geometry import steps_of
from napari_brainseg.gui.layers.mask_layers import label_looks
from napari_brainseg.io.mask_info import MaskInfo
from napari_brainseg.language import marked, number, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.gui.correct.runner import Change
    from napari_brainseg.gui.correct.workplace import Workplace
    from napari_brainseg.gui.domain.label_rows import LabelRow

__all__ = ["LabelTable"]

TITLES = (marked("Show"), marked("Label"), marked("mL"), marked("Lock"))
SHOW, NAME, VOLUME, LOCK = range(4)
ROWS_SEEN = 4
NO_SCAN = marked("This mask belongs to no scan, so nothing keeps the names of its labels.")
CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class LabelTable(QWidget):
    """A row for each label; the row that is selected is the label that is edited.

    Names and colours belong to the mask and are saved with it where the format holds them.
    Deleting and merging are one step of its history each.

    Parameters
    ----------
    place : Workplace
        Whose mask is shown, and whose locks.

    Attributes
    ----------
    listed : tuple of LabelRow
        These are the labels now, or another one of them is edited.
    """

    listed = Signal(tuple)

    def __init__(self, place: Workplace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place = place
        self._followed: Labels | None = None
        self._voxels: dict[int, int] | None = None
        self._turns = 0
        self._hidden: set[int] = set()
        self._gone: MaskInfo = MaskInfo(names={})
        self._rows: tuple[LabelRow, ...] = ()
        self._counting = Latest(self, self._on_counted)
        self.table = QTableWidget(0, len(TITLES))
        self.table.setTabKeyNavigation(False)  # Tab leaves it, arrows go within
        self.add, self.color, self.merge, self.delete = (
            QPushButton(text) for text in (tr("Add"), tr("Colour…"), tr("Merge into"), tr("Delete"))
        )
        self._lay_out()
        self.table.itemChanged.connect(self._on_item)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.add.clicked.connect(self.add_label)
        self.color.clicked.connect(self._ask_color)
        self.delete.clicked.connect(lambda: self.turn(self.label, 0))
        place.working.switched.connect(self._on_switched)
        # Undo and redo may lead back before anybody has looked: that is no edit.
        place.working.looked.connect(self._count)
        place.protection.locks.changed.connect(self._show)
        self._mask_events = Connections(self)
        self._on_switched()

    def _lay_out(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels([tr(title) for title in TITLES])
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        head, side = table.horizontalHeader(), table.verticalHeader()
        if head is not None and side is not None:
            head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            head.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
            side.hide()
            side.setDefaultSectionSize(22)
            table.setFixedHeight(head.sizeHint().height() + ROWS_SEEN * 22 + 4)
        self.add.setToolTip(tr("Add a label to paint"))
        self.color.setToolTip(tr("Choose the colour of the selected label"))
        self.merge.setToolTip(tr("Turn the selected label into another one"))
        self.delete.setToolTip(tr("Turn the selected label into background"))
        self.merge.setMenu(QMenu(self.merge))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(table)
        column.addLayout(row_of(self.add, self.color, self.merge, self.delete))

    @property
    def label(self) -> int:
        """The label that is edited; 0 where there is none."""
        return 0 if self._followed is None else int(self._followed.selected_label)

    # What the table changes

    def rename(self, label: int, name: str) -> None:
        """Name a label."""
        self._tell(called(self._info, label, name))

    def choose(self, label: int) -> None:
        """Edit a label."""
        if self._followed is not None:
            self._followed.selected_label = label

    def set_color(self, label: int, color: str) -> None:
        """Colour a label by ``#rrggbb``."""
        self._tell(coloured(self._info, label, color))

    def set_shown(self, label: int, on: bool) -> None:
        """Show a label, or hide it; its voxels stay."""
        (self._hidden.discard if on else self._hidden.add)(label)
        self._paint()

    def add_label(self) -> None:
        """Name the smallest label that is free, and select it."""
        label = free_label({row.label for row in self._rows})
        layer = self._followed
        if layer is None or label is None or label > np.iinfo(layer.data.dtype).max:
            self._place.say(tr("No further label fits into this mask."))
            return
        self._tell(called(self._info, label, tr("label {label}", label=label)))
        layer.selected_label = label

    def turn(self, label: int, other: int) -> None:
        """Turn a label into another one, or into background (0), as one step."""
        self._place.runner.submit(partial(self._task, label, other))

    def _task(self, label: int, other: int) -> Task:
        layer = self._followed
        locked = self._place.protection.locks.locked
        if layer is None or not layer.editable or not label:
            raise EditError(tr("There is no label to change."))
        held = sorted({label, other} & locked)
        if held:
            raise EditError(tr("Label {label} is locked: unlock it first.", label=held[0]))
        names = [self._info.name(each) for each in (label, other)]
        title = (
            tr("{name} merged into {other}", name=names[0], other=names[1])
            if other
            else tr("{name} deleted", name=names[0])
        )
        work: Callable[[NDArray[Any]], Any] = partial(_turn, label, other, locked)
        return Task(title, layer, Slicing(0), work, partial(self._on_turned, label, other))

    def _on_turned(self, label: int, other: int, change: Change) -> None:
        """Forget the name; undo, which brings the voxels back, finds it again."""
        info = self._info
        self._gone = replace(
            self._gone,
            names={**self._gone.names, label: info.name(label)},
            colors={**self._gone.colors, label: info.color(label)},
        )
        self._turns += 1
        if self._voxels is not None:
            moved = self._voxels.pop(label, 0)
            self._voxels[other] = self._voxels.get(other, 0) + moved
        self._tell(info_without(info, label))
        if self._followed is not None and self._followed.selected_label == label:
            rest = [row.label for row in self._rows if row.label != label]
            self._followed.selected_label = other or next(iter(rest), 1)

    @property
    def _info(self) -> MaskInfo:
        known = self._place.working.provenance
        return MaskInfo(names={}) if known is None else known.info

    def _tell(self, info: MaskInfo) -> None:
        """Let the mask's record know other names and colours."""
        layer = self._followed
        record = None if layer is None else record_of(layer)
        if record is None or record.provenance is None:
            self._place.say(tr(NO_SCAN))
        elif info != record.provenance.info:
            record.change(info=info)
            self._paint()
        self._show()

    def _paint(self) -> None:
        if self._followed is not None:
            for name, value in label_looks(self._info, self._hidden).items():
                setattr(self._followed, name, value)

    # What the table shows

    def _on_switched(self) -> None:
        layer = self._place.working.layer
        if layer != self._followed:
            self._hidden.clear()
            self._gone, self._voxels = MaskInfo(names={}), None
            self._mask_events.end()
            self._followed = layer
            if layer is not None:
                self._mask_events.connect(layer.events.selected_label, self._on_label)
        self._count()

    def _on_label(self, event: Any = None) -> None:
        self._show()

    def _count(self) -> None:
        layer = self._followed
        self._show()
        if layer is not None and isinstance(layer.data, np.ndarray):
            self._counting.run(_voxels_of, layer.data, self._turns)

    def _on_counted(self, found: tuple[int, dict[int, int]]) -> None:
        turns, voxels = found
        if turns != self._turns:  # counted before the last label was turned into another
            self._count()
            return
        self._voxels = voxels
        info = self._info
        for label in set(voxels) & set(self._gone.names) - set(info.names):
            info = called(info, label, self._gone.names[label])
            info = coloured(info, label, self._gone.colors[label])
        self._tell(info) if info != self._info else self._show()

    def _show(self) -> None:
        layer, locks = self._followed, self._place.protection.locks
        for widget in (self.table, self.add, self.color, self.merge, self.delete):
            widget.setEnabled(layer is not None)
        if layer is None:
            self._rows, self._voxels = (), None
        else:
            volume = float(np.prod(steps_of(layer)))
            self._rows = label_rows(self._info, self._voxels, volume, locks.locked, self._hidden)
        self.table.blockSignals(True)
        self.table.setRowCount(len(self._rows))
        for index, row in enumerate(self._rows):
            self._fill(index, row)
            if row.label == self.label:
                self.table.selectRow(index)
        self.table.blockSignals(False)
        self._offer_merging()
        self.listed.emit(self._rows)

    def _fill(self, index: int, row: LabelRow) -> None:
        size = "…" if row.millilitres is None else number(row.millilitres, ".1f")
        edited = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        for column, text in ((SHOW, ""), (NAME, row.name), (VOLUME, size), (LOCK, "")):
            item = QTableWidgetItem(text)
            item.setFlags(edited)
            if column == NAME:
                item.setFlags(edited | Qt.ItemFlag.ItemIsEditable)
                item.setIcon(swatch(row.color))
                item.setToolTip(tr("Label {label}; double-click to rename", label=row.label))
            elif column in (SHOW, LOCK):
                item.setFlags(edited | Qt.ItemFlag.ItemIsUserCheckable)
                on = row.is_shown if column == SHOW else row.is_locked
                item.setCheckState(CHECKED if on else UNCHECKED)
            self.table.setItem(index, column, item)

    def _offer_merging(self) -> None:
        menu, chosen = self.merge.menu(), self.label
        if menu is None:
            return
        menu.clear()
        others = [row for row in self._rows if row.label != chosen]
        for row in others:
            action = menu.addAction(swatch(row.color), row.name)
            if action is not None:
                action.triggered.connect(partial(self._merge_into, row.label))
        is_there = any(row.label == chosen for row in self._rows)
        self.merge.setEnabled(bool(others) and is_there)
        self.delete.setEnabled(is_there)
        self.color.setEnabled(is_there)

    def _merge_into(self, other: int, *_: Any) -> None:
        self.turn(self.label, other)

    def _on_selected(self) -> None:
        rows = self.table.selectionModel()
        chosen = [] if rows is None else rows.selectedRows()
        if chosen:
            self.choose(self._rows[chosen[0].row()].label)

    def _on_item(self, item: QTableWidgetItem) -> None:
        label, on = self._rows[item.row()].label, item.checkState() == CHECKED
        if item.column() == NAME:
            self.rename(label, item.text())
        elif item.column() == SHOW:
            self.set_shown(label, on)
        elif item.column() == LOCK:
            self._place.protection.locks.set_locked(label, on)

    def _ask_color(self) -> None:
        label = self.label
        color = QColorDialog.getColor(
            QColor(self._info.color(label)), self, tr("Colour of the label")
        )
        if color.isValid():
            self.set_color(label, color.name())


def _turn(label: int, other: int, locked: frozenset[int], labels: NDArray[Any]) -> Any:
    return turn_into(labels, label, other, locked)


def _voxels_of(data: NDArray[Any], turns: int) -> tuple[int, dict[int, int]]:
    if data.dtype.kind == "u" or data.min() >= 0:
        counts = count_voxels(data)
        labels = np.flatnonzero(counts)
        counts = counts[labels]
    else:
        labels, counts = np.unique(data, return_counts=True)
    found = zip(labels, counts, strict=True)
    return turns, {int(label): int(count) for label, count in found if label}
