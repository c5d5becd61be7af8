"""Combo boxes of the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSignalBlocker, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QComboBox, QWidget

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
        """Open the list, brought up to date first."""
        self.opening.emit()
        super().showPopup()

    def _index_of(self, value: Any) -> int:
        # Not findData: layers reach plugins as proxies, which only == knows to be the same.
        found = (index for index in range(self.count()) if self.itemData(index) == value)
        return next(found, -1)

    def _tell(self) -> None:
        self.valueChanged.emit(self.currentData())
