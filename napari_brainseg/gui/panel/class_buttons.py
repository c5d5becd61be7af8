"""The classes of a mask: one button each, in its colour, to choose what is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QButtonGroup, QPushButton, QWidget
from superqt import QFlowLayout

from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.swatch import swatch
from napari_brainseg.gui.common.text import unmarked
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from napari.layers import Labels

    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.io import MaskInfo

__all__ = ["ClassButtons"]


class ClassButtons(QWidget):
    """Buttons that choose the class to paint, shown while the mask has several.

    Parameters
    ----------
    working : WorkingMask
        Its layer's classes are offered; the layer's ``selected_label`` is set and followed.
    """

    def __init__(self, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._working = working
        self._followed: Labels | None = None
        self._shown: MaskInfo | None = None
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._choose)
        self._row = QFlowLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self.hide()
        working.switched.connect(self._on_switched)
        self._mask_events = Connections(self)
        self._on_switched()

    @property
    def buttons(self) -> dict[int, QPushButton]:
        """The buttons by label."""
        buttons = (button for button in self._group.buttons() if isinstance(button, QPushButton))
        return {self._group.id(button): button for button in buttons}

    def _on_switched(self) -> None:
        self._mask_events.end()
        self._followed = layer = self._working.layer
        if layer is not None:
            self._mask_events.connect(layer.events.selected_label, self._on_changed)
            # A result that replaces another's labels brings its own colours.
            self._mask_events.connect(layer.events.colormap, self._on_changed)
        self._on_changed()

    def _on_changed(self, event: Any = None) -> None:
        layer, handle = self._followed, self._working.provenance
        info = handle.info if handle is not None and len(handle.info.names) > 1 else None
        if info != self._shown:
            self._rebuild(info)
        if layer is None:
            return
        # An exclusive group cannot be without a choice, but the layer may have another label.
        self._group.setExclusive(False)
        for label, button in self.buttons.items():
            button.setChecked(label == layer.selected_label)
        self._group.setExclusive(True)

    def _rebuild(self, info: MaskInfo | None) -> None:
        self._shown = info
        for button in self._group.buttons():
            self._group.removeButton(button)
            button.hide()
            button.deleteLater()
        self.setVisible(info is not None)
        if info is None:
            return
        for label in sorted(info.names):
            button = QPushButton(swatch(info.color(label)), info.name(label))
            button.setCheckable(True)
            button.setToolTip(
                unmarked(tr("Paint {name} (label {label})", name=info.name(label), label=label))
            )
            self._group.addButton(button, label)
            self._row.addWidget(button)

    def _choose(self, label: int) -> None:
        if self._followed is not None:
            self._followed.selected_label = label
