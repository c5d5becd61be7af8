"""Combo boxes of the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QSignalBlocker, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QHelpEvent
from qtpy.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QToolTip, QWidget

from napari_brainseg.gui.common.text import unmarked
from napari_brainseg.gui.common.wheel import guard_wheel

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PopupCombo"]


class PopupCombo(QComboBox):
    """A combo box that does not ask for the width of its longest entry.

    Signals
    -------
    opening
        Its list is about to be shown: the moment to bring it up to date.
    valueChanged : object
        Another entry is chosen; its data.
    """

    opening = Signal()
    valueChanged = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.currentIndexChanged.connect(self._tell)
        guard_wheel(self)

    def value(self) -> Any:
        """Return the data of the entry chosen."""
        return self.currentData()

    def setValue(self, value: Any) -> None:
        """Choose the entry with this data, if there is one."""
        index = self._index_of(value)
        if index >= 0:
            self.setCurrentIndex(index)

    def offer(self, entries: Iterable[tuple[str, Any]], prefer: Any = None) -> None:
        """List other entries, told by no signal; what was chosen stays so where it is among them.

        Parameters
        ----------
        entries : iterable of (str, object)
            Text and data of each.
        prefer : object, optional
            The data of the entry to choose otherwise; without, it is the first.
        """
        before = self.currentData() if self.count() else prefer
        with QSignalBlocker(self):
            self.clear()
            for text, data in entries:
                self.addItem(text, data)
            chosen = self._index_of(before)
            self.setCurrentIndex(chosen if chosen >= 0 else max(0, self._index_of(prefer)))

    def showPopup(self) -> None:
        """Open the list, brought up to date first, as wide as its entries are."""
        self.opening.emit()
        entries, style = self.view(), self.style()
        if entries is not None and style is not None:
            bar = style.pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
            entries.setMinimumWidth(entries.sizeHintForColumn(0) + bar)
        super().showPopup()

    def event(self, event: QEvent | None) -> bool:
        """Say in the tip what the box is too narrow for."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.is_cut():
            whole = unmarked("\n".join(filter(None, (self.currentText(), self.toolTip()))))
            QToolTip.showText(event.globalPos(), whole, self)
            return True
        return super().event(event)

    def is_cut(self) -> bool:
        """Return whether the entry is longer than the box is wide."""
        style, option = self.style(), QStyleOptionComboBox()
        if style is None:
            return False
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self)
        return self.fontMetrics().horizontalAdvance(self.currentText()) > room.width()

    def _index_of(self, value: Any) -> int:
        # Not findData: layers reach plugins as proxies, which only == knows to be the same.
        found = (index for index in range(self.count()) if self.itemData(index) == value)
        return next(found, -1)

    def _tell(self) -> None:
        self.valueChanged.emit(self.currentData())
