"""What to run, where, and into which layer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from napari.layers import Labels
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QButtonGroup,
    QFormLayout,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.gui.common.collapsible import collapsible
from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.workers import background
from napari_brainseg.gui.state.mask_record import provenance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.pipeline.devices import Device
    from napari_brainseg.scan import Scan

__all__ = ["DeviceFold", "RangeChoice", "TargetChoice"]

_log = logging.getLogger(__name__)


class RangeChoice(QWidget):
    """The whole scan, or the slice on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = QRadioButton("Whole scan")
        self.one = QRadioButton("This slice")
        self.whole.setChecked(True)
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for button in (self.whole, self.one):
            group.addButton(button)
            layout.addWidget(button)
        layout.addStretch()
        self.whole.setToolTip("Segment every slice")

    def allow_one(self, why_not: str) -> None:
        """Enable or, with a reason, disable the single slice."""
        self.one.setEnabled(not why_not)
        self.one.setToolTip(why_not or "Segment only the slice that the viewer shows")
        if why_not:
            self.whole.setChecked(True)


class TargetChoice(PopupCombo):
    """A new layer, or one of the masks of the scan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip("Where the result goes. Replacing can be undone with Ctrl+Z.")
        self.addItem("New layer", None)

    @property
    def layer(self) -> Labels | None:
        """The mask to replace."""
        layer = self.currentData()
        return layer if isinstance(layer, Labels) else None

    def offer_masks(self, layers: Sequence[Any], scan: Scan | None) -> None:
        """List the masks that lie on the grid of a scan; the choice stays if it is among them."""
        masks = [
            (f"Replace {layer.name}", layer)
            for layer in layers
            if isinstance(layer, Labels) and scan is not None and _is_mask_of(layer, scan)
        ]
        self.offer([("New layer", None), *masks])


def _is_mask_of(layer: Labels, scan: Scan) -> bool:
    known = provenance_of(layer)
    return known is not None and known.scan == scan and layer.data.shape == known.shape


class DeviceFold(QWidget):
    """The compute device; those there are get looked up when this is first unfolded."""

    found = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.combo = PopupCombo()
        self.combo.addItem("Auto (the fastest found)", "auto")
        self.combo.setToolTip("Looking for devices…")
        rows = QWidget()
        form = QFormLayout(rows)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Device", self.combo)
        self.fold = collapsible("Advanced", rows, tip="Choose the processor to compute on")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.fold)
        self._worker: Any = None
        self.fold.toggled.connect(self._look)

    @property
    def name(self) -> str:
        """The chosen device's name, ``auto`` included."""
        return str(self.combo.currentData())

    def _look(self, unfolded: bool) -> None:
        if not unfolded or self._worker is not None:
            return
        self._worker = background(_devices)
        self._worker.returned.connect(self._on_found)
        self._worker.start()

    def _on_found(self, devices: Sequence[Device]) -> None:
        for device in devices:
            if self.combo.findData(device.name) < 0:
                self.combo.addItem(device.label, device.name)
        self.combo.setToolTip(f"Found: {', '.join(device.label for device in devices) or 'none'}")
        self.found.emit()


def _devices() -> Sequence[Device]:
    """List devices in the worker thread, because that loads torch."""
    try:
        from napari_brainseg.pipeline.devices import list_devices

        return tuple(list_devices())
    except Exception:  # "Auto" remains; the run itself will say what is wrong
        _log.exception("devices cannot be listed")
        return ()
