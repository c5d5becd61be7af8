"""What to run, where, and into which layer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from napari.layers import Labels
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QButtonGroup,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.gui.common.collapsible import collapsible
from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.forms import Form, NativeControl
from napari_brainseg.gui.common.rows import form_of, row_of
from napari_brainseg.gui.common.settings import load_preferences
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.pipeline.devices import Device
    from napari_brainseg.scan import Scan

__all__ = ["AUTO", "DeviceChoice", "RangeChoice", "RunForm", "RunOptions", "TargetChoice"]

AUTO = "auto"
NEW_LAYER = marked("New layer")

_log = logging.getLogger(__name__)


class RangeChoice(QWidget):
    """The whole scan, or the slice on the screen.

    Signals
    -------
    valueChanged : bool
        Whether only the slice on the screen is to be run.
    """

    valueChanged = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = QRadioButton(tr("Whole scan"))
        self.one = QRadioButton(tr("This slice"))
        self.whole.setChecked(True)
        group = QButtonGroup(self)
        for button in (self.whole, self.one):
            group.addButton(button)
        self.setLayout(row_of(self.whole, self.one))
        self.whole.setToolTip(tr("Segment every slice"))
        self.one.toggled.connect(self.valueChanged)

    def value(self) -> bool:
        """Whether only the slice on the screen is to be run."""
        return self.one.isChecked()

    def setValue(self, only_this: bool) -> None:
        """Choose the slice on the screen, or the whole scan."""
        (self.one if only_this else self.whole).setChecked(True)

    def allow_one(self, why_not: str) -> None:
        """Enable or, with a reason, disable the single slice."""
        self.one.setEnabled(not why_not)
        self.one.setToolTip(why_not or tr("Segment only the slice that the viewer shows"))
        if why_not:
            self.whole.setChecked(True)


class TargetChoice(PopupCombo):
    """A new layer, or one of the masks of the scan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(tr("Where the result goes. Replacing can be undone with Ctrl+Z."))
        self.offer([(tr(NEW_LAYER), None)])

    def offer_masks(self, layers: Sequence[Any], scan: Scan | None) -> None:
        """List the masks that lie on the grid of a scan; the choice stays if it is among them."""
        masks = [
            (tr("Replace {name}", name=layer.name), layer)
            for layer in layers
            if isinstance(layer, Labels) and scan is not None and _is_mask_of(layer, scan)
        ]
        self.offer([(tr(NEW_LAYER), None), *masks])


def _is_mask_of(layer: Labels, scan: Scan) -> bool:
    known = provenance_of(layer)
    return known is not None and known.scan == scan and layer.data.shape == known.shape


class DeviceChoice(QWidget):
    """The compute device; those there are get looked up when this is first expanded.

    Signals
    -------
    found
        The devices are listed.
    valueChanged : str
        Another one is chosen.
    """

    found = Signal()
    valueChanged = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.combo = PopupCombo()
        self.combo.addItem(tr("Auto (the fastest found)"), AUTO)
        self.combo.setToolTip(tr("Looking for devices…"))
        self.combo.valueChanged.connect(self.valueChanged)
        rows = QWidget()
        rows.setLayout(form_of((tr("Device"), self.combo)))
        self.fold = collapsible(tr("Advanced"), rows, tip=tr("Choose the processor to compute on"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.fold)
        self._looking = Latest(self, self._on_found)
        self._looked = False
        self.fold.toggled.connect(self._look)

    def value(self) -> str:
        """Return the chosen device's name, ``auto`` included."""
        return str(self.combo.value())

    @property
    def name(self) -> str:
        """The chosen device's name, ``auto`` included."""
        return self.value()

    def setValue(self, name: str) -> None:
        """Choose a device by its name, which may not have been looked up yet."""
        if self.combo.findData(name) < 0:
            self.combo.addItem(name, name)
        self.combo.setValue(name)

    def _look(self, expanded: bool) -> None:
        if expanded and not self._looked:
            self._looked = True
            self._looking.run(_devices)

    def _on_found(self, devices: Sequence[Device]) -> None:
        for device in devices:
            if self.combo.findData(device.name) < 0:
                self.combo.addItem(device.label, device.name)
        self.combo.setToolTip(
            tr(
                "Found: {devices}",
                devices=", ".join(device.label for device in devices) or tr("none"),
            )
        )
        self.found.emit()


def _devices() -> Sequence[Device]:
    """List devices in the worker thread, because that loads torch."""
    try:
        from napari_brainseg.pipeline.devices import list_devices

        return tuple(list_devices())
    except Exception:  # "Auto" remains; the run itself will say what is wrong
        _log.exception("devices cannot be listed")
        return ()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What is set for the next run.

    Parameters
    ----------
    only_this_slice : bool
        Run the slice on the screen rather than the whole scan.
    target : Labels, optional
        The mask to replace; None for a new layer.
    device : str
        Name of the device, or ``auto`` for the fastest found.
    """

    only_this_slice: Annotated[bool, {"widget_type": NativeControl, "native": RangeChoice}] = False
    target: Annotated[Any, {"widget_type": NativeControl, "native": TargetChoice}] = None
    device: Annotated[str, {"widget_type": NativeControl, "native": DeviceChoice}] = AUTO


class RunForm(Form[RunOptions]):
    """The controls of :class:`RunOptions`."""

    def __init__(self) -> None:
        super().__init__(RunOptions(device=load_preferences().device))
        self.range: RangeChoice = self.native("only_this_slice")
        self.target: TargetChoice = self.native("target")
        self.devices: DeviceChoice = self.native("device")

    @property
    def device_label(self) -> str:
        """What the chosen device is called; empty for the fastest found."""
        return "" if self.values.device == AUTO else self.devices.combo.currentText()
