"""Whose mask it is: asked where a labels layer may belong to several scans, said where to none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text
from napari_brainseg.gui.layers.belonging import belonging_of, give_scan, is_homeless
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

    from napari_brainseg.gui.layers.belonging import Belonging
    from napari_brainseg.gui.panel.scan_chooser import ScanChooser
    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["OwnerRow"]

WHICH = marked("On which scan was {mask} drawn? It is saved on the grid of that one.")
NONE = marked(
    "{mask} fits no open scan: it is saved without a place, and left and right are not known."
)
GIVEN = marked("{mask} belongs to {scan} and is saved on its grid.")


class OwnerRow(QWidget):
    """Lays labels layers that know no scan on the one that they fit, or asks which.

    Parameters
    ----------
    viewer : Viewer
        Whose layers.
    scans : ScanChooser
        The scans; the chosen one is offered first.
    working : WorkingMask
        Which mask is asked about.

    Signals
    -------
    given : str, Labels
        A mask was given a scan: a sentence for the status line, and the mask.
    """

    given = Signal(str, object)

    def __init__(
        self,
        viewer: Viewer,
        scans: ScanChooser,
        working: WorkingMask,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._scans, self._working = viewer, scans, working
        self.text = Text(tone=Tone.ATTENTION, name="owner")
        self.choice = PopupCombo()
        self.choice.setToolTip(tr("The scans that the mask may have been drawn on"))
        self.button = QPushButton(tr("This one"))
        self.button.setToolTip(tr("Lay the mask on this scan"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        column.addLayout(row_of(self.choice, self.button, stretch=(1,)))
        self.button.clicked.connect(self._on_chosen)
        self._working.switched.connect(self.refresh)
        events = Connections(self)
        for source in (viewer.layers.events.inserted, viewer.layers.events.removed):
            events.connect(source, self.refresh)
        self.refresh()

    def refresh(self, event: Any = None) -> None:
        """Tell masks of their scans where there is no doubt; else ask about the working one."""
        for layer in filter(is_homeless, list(self._viewer.layers)):
            owner = self._belonging(layer).owner
            if owner is not None:
                self._give(layer, owner)
        self._ask()

    def _belonging(self, layer: Labels) -> Belonging:
        chosen = self._scans.group
        others = (each for each in self._viewer.layers if each not in chosen)
        return belonging_of(layer, (*chosen, *others), self._scans.handle)

    def _ask(self) -> None:
        layer = self._working.layer
        self.setVisible(layer is not None and is_homeless(layer))
        if layer is None or not is_homeless(layer):
            return
        scans = self._belonging(layer).scans
        self.text.setText(tr(WHICH if scans else NONE, mask=layer.name))
        self.choice.offer([(each.scan.source.name, each) for each in scans])
        self.choice.setVisible(bool(scans))
        self.button.setVisible(bool(scans))

    def _on_chosen(self) -> None:
        layer, owner = self._working.layer, self.choice.value()
        if layer is not None and owner is not None:
            self._give(layer, owner)
            self._ask()

    def _give(self, layer: Labels, owner: Any) -> None:
        give_scan(layer, owner)
        self.given.emit(tr(GIVEN, mask=layer.name, scan=owner.scan.source.name), layer)
