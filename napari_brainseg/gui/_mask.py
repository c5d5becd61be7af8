"""Moving a fresh mask by its rules, while nobody has edited it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_error
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QWidget,
)
from superqt import QLabeledDoubleSlider

from napari_brainseg.gui._threads import background
from napari_brainseg.gui.layers import METADATA_KEY
from napari_brainseg.postprocess import MaskRules, mark

if TYPE_CHECKING:
    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.gui._working import WorkingMask
    from napari_brainseg.gui.layers import MaskHandle
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.segment import Segmentation

__all__ = ["MaskSection", "rules_of"]

NO_MASK = "There is no mask yet."
NOT_OURS = "Only a mask that a model made in this session can be moved: run Segment."
EDITED = "The mask was edited by hand; moving it would undo that. Run Segment for a new one."
ACCEPTED = "The mask was accepted. Run Segment for a new one."


@dataclass(frozen=True, slots=True, eq=False)
class _Moved:
    """A mask by other rules: ``labels`` on the scan's grid, ``shown`` as the layer shows them."""

    result: Segmentation
    labels: NDArray[np.uint8]
    shown: NDArray[np.uint8]


def rules_of(card: ModelCard) -> MaskRules:
    """Give the rules that a model's own masks are made by."""
    return MaskRules(card.threshold, keep_fraction=card.keep_fraction)


class MaskSection(QWidget):
    """Threshold and what follows it; every change moves the mask at once.

    The mask is computed in a worker thread, the newest request winning, and written only where the
    layer still holds, voxel for voxel, what was written last: no stroke is ever lost.

    Parameters
    ----------
    working : WorkingMask
        The mask that is moved.

    Signals
    -------
    moved
        The mask follows other rules now.
    """

    moved = Signal()

    def __init__(self, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._working = working
        self._result: Segmentation | None = None
        self._shown: NDArray[Any] | None = None
        self._accepted = False
        self._wanted: MaskRules | None = None
        self._worker: Any = None
        self._build()
        working.switched.connect(self._on_switched)
        working.edited.connect(self._update)
        self._on_switched()

    def _build(self) -> None:
        self.threshold = QLabeledDoubleSlider()
        self.threshold.setOrientation(_horizontal())
        self.threshold.setDecimals(2)
        self.threshold.setRange(0.01, 0.99)
        self.threshold.setSingleStep(0.01)  # type: ignore[arg-type]
        self.smooth = _spin(20.0, 0.5, "off")
        self.holes = QCheckBox("Fill holes in slices")
        self.largest = QSpinBox()
        self.largest.setRange(0, 99)
        self.largest.setSpecialValueText("all")
        self.minimum = _spin(100_000.0, 50.0, "off")
        self.reset_button = QPushButton("Reset")
        self.accept_button = QPushButton("Accept")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Threshold", self.threshold)
        form.addRow("Smooth", self.smooth)
        form.addRow("Keep largest", self.largest)
        form.addRow("Minimum", self.minimum)
        form.addRow(self.holes)
        row = QHBoxLayout()
        row.addWidget(self.reset_button)
        row.addWidget(self.accept_button)
        form.addRow(row)
        self.threshold.valueChanged.connect(self._on_changed)
        self.smooth.valueChanged.connect(self._on_changed)
        self.largest.valueChanged.connect(self._on_changed)
        self.minimum.valueChanged.connect(self._on_changed)
        self.holes.toggled.connect(self._on_changed)
        self.reset_button.clicked.connect(self._on_reset)
        self.accept_button.clicked.connect(self._on_accept)

    @property
    def _controls(self) -> dict[QWidget, str]:
        """Everything that moves the mask, and what it does."""
        return {
            self.threshold: "Smallest probability that counts",
            self.smooth: "Round the outline: standard deviation of a Gaussian",
            self.holes: "Fill holes that are closed within a slice",
            self.largest: "Keep so many components, the largest",
            self.minimum: "Drop components that are smaller",
            self.reset_button: "Back to the rules that the model was measured with",
            self.accept_button: "Leave the mask as it is, and the rules alone",
        }

    @property
    def rules(self) -> MaskRules:
        """The rules as they are set."""
        keep = self._result.card.keep_fraction if self._result is not None else 0.0
        return MaskRules(
            threshold=self.threshold.value(),
            smooth=self.smooth.value(),
            fill_holes=self.holes.isChecked(),
            keep_fraction=keep,
            largest=self.largest.value(),
            minimum=self.minimum.value(),
        )

    def why_not(self) -> str:
        """Say why the mask cannot be moved; empty if it can."""
        layer, handle = self._working.layer, self._working.handle
        if layer is None:
            return NO_MASK
        if handle is None or handle.result is None:
            return NOT_OURS
        if self._accepted:
            return ACCEPTED
        untouched = self._shown is not None and np.array_equal(layer.data, self._shown)
        return "" if untouched else EDITED

    def _on_switched(self) -> None:
        handle = self._working.handle
        result = handle.result if handle is not None else None
        if result is not self._result:
            self._result, self._accepted, self._shown = result, False, None
            if handle is not None and result is not None and handle.original is not None:
                self._shown = _as_shown(handle, handle.original)
                in_mm = handle.scan.units == "mm"
                self.smooth.setSuffix(" mm" if in_mm else " pixels")
                self.minimum.setSuffix(" mm³" if in_mm else " voxels")
                self._set(rules_of(result.card))
        self._update()

    def _set(self, rules: MaskRules) -> None:
        """Show rules without moving the mask."""
        controls = (self.threshold, self.smooth, self.largest, self.minimum, self.holes)
        for control in controls:
            control.blockSignals(True)
        self.threshold.setValue(rules.threshold)
        self.smooth.setValue(rules.smooth)
        self.largest.setValue(rules.largest)
        self.minimum.setValue(rules.minimum)
        self.holes.setChecked(rules.fill_holes)
        for control in controls:
            control.blockSignals(False)

    def _update(self) -> None:
        why = self.why_not()
        for control, tip in self._controls.items():
            control.setEnabled(not why)
            control.setToolTip(why or tip)

    def _on_reset(self) -> None:
        if self._result is not None:
            self._set(rules_of(self._result.card))
            self._on_changed()

    def _on_accept(self) -> None:
        self._accepted = True
        self._update()

    def _on_changed(self, *_: Any) -> None:
        self._wanted = self.rules
        if self._worker is None:
            self._start()

    def _start(self) -> None:
        layer, handle, rules = self._working.layer, self._working.handle, self._wanted
        self._wanted = None
        if rules is None or layer is None or handle is None or self.why_not():
            self._update()
            return
        self._worker = background(_move, handle, rules)
        self._worker.returned.connect(partial(self._on_moved, layer))
        self._worker.errored.connect(self._on_failed)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def _on_moved(self, layer: Labels, moved: _Moved) -> None:
        handle = self._working.handle
        # Looked at again: the user may have painted, or turned to another mask, meanwhile.
        same = self._working.layer == layer and handle is not None and handle.result is moved.result
        if not same or handle is None or self.why_not():
            return
        np.copyto(layer.data, moved.shown)
        self._shown = moved.shown
        layer.metadata[METADATA_KEY] = replace(handle, original=moved.labels)
        layer.refresh(extent=False)
        self.moved.emit()

    def _on_failed(self, error: Exception) -> None:
        show_error(f"The mask could not be moved: {type(error).__name__}: {error}")

    def _on_finished(self) -> None:
        self._worker = None
        if self._wanted is not None:
            self._start()
        else:
            self._update()


def _move(handle: MaskHandle, rules: MaskRules) -> _Moved:
    """Make the mask by other rules, in a worker thread."""
    result, scan = handle.result, handle.scan
    assert result is not None, "only the mask of a run can be moved"
    if rules == rules_of(result.card):
        labels = result.labels
    else:
        foreground, kinds = result.strongest
        in_mm = scan.units == "mm"
        spacing = scan.spacing if in_mm else (1.0, 1.0, 1.0)
        labels = mark(foreground, rules, spacing, scan.voxel_volume if in_mm else 1.0) * kinds
    return _Moved(result, labels, _as_shown(handle, labels))


def _as_shown(handle: MaskHandle, labels: NDArray[Any]) -> NDArray[Any]:
    """Turn labels on the scan's grid for the layer, in memory of their own."""
    return np.array(handle.frame.apply(labels), order="C")


def _spin(highest: float, step: float, zero: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(1)
    box.setRange(0.0, highest)
    box.setSingleStep(step)
    box.setSpecialValueText(zero)
    return box


def _horizontal() -> Any:
    from qtpy.QtCore import Qt

    return Qt.Orientation.Horizontal
