"""The part of the panel that moves a model's mask by threshold and rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSignalBlocker, Qt, Signal  # type: ignore[attr-defined]
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

from napari_brainseg.gui.common.workers import background
from napari_brainseg.gui.domain.rules import rules_of
from napari_brainseg.gui.state.live_threshold import LOWEST, LiveMask
from napari_brainseg.gui.state.run import finding
from napari_brainseg.measure import measure_mask

if TYPE_CHECKING:
    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.measure import MaskMeasures
    from napari_brainseg.pipeline.postprocess import MaskRules

__all__ = ["MaskSection"]


class MaskSection(QWidget):
    """Threshold and what follows it; every change moves the mask at once.

    Parameters
    ----------
    working : WorkingMask
        The mask that is moved, while it is a model's and nobody has edited or accepted it.

    Signals
    -------
    told : str
        What the mask amounts to, a moment after it was moved.
    """

    told = Signal(str)

    def __init__(self, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.live = LiveMask(working, self)
        self._working = working
        self._moved = False
        self._worker: Any = None
        self._build()
        self._lay_out()
        self._connect()
        self._update()

    def _build(self) -> None:
        self.threshold = QLabeledDoubleSlider()
        self.threshold.setOrientation(Qt.Orientation.Horizontal)
        self.threshold.setDecimals(2)
        self.threshold.setRange(LOWEST, 1 - LOWEST)
        self.threshold.setSingleStep(LOWEST)  # type: ignore[arg-type]
        self.smooth = _spin(20.0, 0.5, "off")
        self.largest = QSpinBox()
        self.largest.setRange(0, 99)
        self.largest.setSpecialValueText("all")
        self.largest.setKeyboardTracking(False)
        self.minimum = _spin(100_000.0, 50.0, "off")
        self.holes = QCheckBox("Fill holes")
        self.small = QCheckBox("Drop small ones")
        self.reset_button = QPushButton("Reset to the model's own")
        self.accept_button = QPushButton("Accept")
        self.accept_button.setCheckable(True)

    def _lay_out(self) -> None:
        boxes, buttons = QHBoxLayout(), QHBoxLayout()
        boxes.addWidget(self.holes)
        boxes.addWidget(self.small)
        buttons.addWidget(self.reset_button)
        buttons.addWidget(self.accept_button)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Threshold", self.threshold)
        form.addRow("Smooth", self.smooth)
        form.addRow("Keep largest", self.largest)
        form.addRow("Minimum", self.minimum)
        form.addRow(boxes)
        form.addRow(buttons)

    def _connect(self) -> None:
        self.threshold.valueChanged.connect(self._on_changed)
        self.threshold.sliderPressed.connect(lambda: self.live.hold(True))
        self.threshold.sliderReleased.connect(lambda: self.live.hold(False))
        self.smooth.valueChanged.connect(self._on_changed)
        self.largest.valueChanged.connect(self._on_changed)
        self.minimum.valueChanged.connect(self._on_changed)
        self.holes.toggled.connect(self._on_changed)
        self.small.toggled.connect(self._on_changed)
        self.reset_button.clicked.connect(self._on_reset)
        self.accept_button.clicked.connect(self.live.accept)
        self.live.changed.connect(self._update)
        self.live.moved.connect(self._on_moved)
        self._working.looked.connect(self._measure)

    # Showing the rules

    def _update(self) -> None:
        """Show the rules of the mask, and whether they can be changed."""
        handle, rules, why = self.live.origin, self.live.rules, self.live.why_not
        in_mm = handle is None or handle.scan.units == "mm"
        self.smooth.setSuffix(" mm" if in_mm else " pixels")
        self.minimum.setSuffix(" mm³" if in_mm else " voxels")
        if rules is not None:
            self._set(rules)
        for control, tip in self._tips().items():
            control.setEnabled(not why)
            control.setToolTip(why or tip)
        if self.live.accepted:
            self.accept_button.setEnabled(True)
        self.accept_button.setChecked(self.live.accepted)

    def _tips(self) -> dict[QWidget, str]:
        """Everything that moves the mask, and what it does."""
        card, handle = self.live.card, self.live.origin
        share = f"{card.keep_fraction:.0%}" if card is not None else "a share"
        unknown = handle is not None and handle.scan.units != "mm"
        size = " (the scan does not tell their size)" if unknown else ""
        return {
            self.threshold: "Smallest probability that counts",
            self.smooth: f"Round the outline: standard deviation of a Gaussian{size}",
            self.largest: "Keep so many components, the largest",
            self.minimum: f"Drop components of a smaller volume{size}",
            self.holes: "Fill holes that are closed within a slice",
            self.small: f"Drop components below {share} of the largest, as the model does",
            self.reset_button: "Back to the mask as the model made it",
            self.accept_button: "Leave the mask as it is: the rules do not move it any more",
        }

    def _set(self, rules: MaskRules) -> None:
        """Show rules without moving the mask."""
        numbers = (
            (self.threshold, rules.threshold),
            (self.smooth, rules.smooth),
            (self.largest, rules.largest),
            (self.minimum, rules.minimum),
        )
        for control, value in numbers:
            # What is just being typed is left alone.
            if control.value() != value:
                with QSignalBlocker(control):
                    control.setValue(value)  # type: ignore[arg-type]
        for box, on in ((self.holes, rules.fill_holes), (self.small, rules.keep_fraction > 0)):
            with QSignalBlocker(box):
                box.setChecked(on)
        card = self.live.card
        self.small.setVisible(card is not None and card.keep_fraction > 0)

    # Changing them

    def _on_changed(self, *_: Any) -> None:
        card, rules = self.live.card, self.live.rules
        if card is None or rules is None:
            return
        own = rules_of(card)
        # The slider shows two decimals; a model's own threshold may have more.
        shown = round(self.threshold.value(), 2)
        same = round(rules.threshold, 2) == shown
        self.live.ask(
            replace(
                own,
                threshold=rules.threshold if same else shown,
                smooth=self.smooth.value(),
                fill_holes=self.holes.isChecked(),
                keep_fraction=own.keep_fraction if self.small.isChecked() else 0.0,
                largest=self.largest.value(),
                minimum=self.minimum.value(),
            )
        )

    def _on_reset(self) -> None:
        if self.live.card is not None:
            self.live.ask(rules_of(self.live.card))

    # Saying what it amounts to

    def _on_moved(self) -> None:
        self._moved = True

    def _measure(self) -> None:
        """Measure the mask once it has come to rest."""
        handle = self.live.origin
        if not self._moved or self._worker is not None or handle is None or self.live.why_not:
            return
        self._moved = False
        self._worker = background(measure_mask, handle.original, handle.scan)
        self._worker.returned.connect(self._on_measured)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def _on_measured(self, measures: MaskMeasures) -> None:
        rules = self.live.rules
        if rules is not None:
            self.told.emit(f"{finding(measures)} · threshold {rules.threshold:.2f}")

    def _on_finished(self) -> None:
        self._worker = None
        self._measure()


def _spin(highest: float, step: float, zero: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(1)
    box.setRange(0.0, highest)
    box.setSingleStep(step)
    box.setSpecialValueText(zero)
    box.setKeyboardTracking(False)
    return box
