"""The classes of a mask: one button each, in its colour, to choose what is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QButtonGroup, QPushButton, QWidget
from superqt import QFlowLayout

from napari_brainseg.gui.common.swatch import swatch
from napari_brainseg.gui.common.text import unmarked
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from napari_brainseg.gui.correct.label_table import LabelTable
    from napari_brainseg.gui.domain.label_rows import LabelRow

__all__ = ["ClassButtons"]


class ClassButtons(QWidget):
    """Buttons that choose the class to paint, shown while the mask has several.

    Parameters
    ----------
    labels : LabelTable
        Its rows are offered; its label is set and followed.
    """

    def __init__(self, labels: LabelTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels = labels
        self._shown: tuple[tuple[int, str, str], ...] = ()
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(labels.choose)
        self._row = QFlowLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self.hide()
        labels.listed.connect(self._on_listed)

    @property
    def buttons(self) -> dict[int, QPushButton]:
        """The buttons by label."""
        buttons = (button for button in self._group.buttons() if isinstance(button, QPushButton))
        return {self._group.id(button): button for button in buttons}

    def _on_listed(self, rows: tuple[LabelRow, ...]) -> None:
        classes = tuple((row.label, row.name, row.color) for row in rows if len(rows) > 1)
        if classes != self._shown:
            self._rebuild(classes)
        # An exclusive group cannot be without a choice, but the layer may have another label.
        self._group.setExclusive(False)
        for label, button in self.buttons.items():
            button.setChecked(label == self._labels.label)
        self._group.setExclusive(True)

    def _rebuild(self, classes: tuple[tuple[int, str, str], ...]) -> None:
        self._shown = classes
        for button in self._group.buttons():
            self._group.removeButton(button)
            button.hide()
            button.deleteLater()
        self.setVisible(bool(classes))
        for label, name, color in classes:
            button = QPushButton(swatch(color), name)
            button.setCheckable(True)
            button.setToolTip(unmarked(tr("Paint {name} (label {label})", name=name, label=label)))
            self._group.addButton(button, label)
            self._row.addWidget(button)
