"""The part of the panel that moves a model's mask by threshold and rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QSpinBox,
    QWidget,
)
from superqt import QDoubleSlider

from napari_brainseg.gui.common.forms import Form, NativeControl
from napari_brainseg.gui.common.rows import form_of, row_of
from napari_brainseg.gui.domain.rules import rules_of
from napari_brainseg.gui.state.live_threshold import LOWEST, LiveMask
from napari_brainseg.language import marked, tr
from napari_brainseg.pipeline.postprocess import MaskRules

if TYPE_CHECKING:
    from napari_brainseg.gui.state.panel_state import MaskView
    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["MaskSection"]


class ThresholdSlider(QWidget):
    """A slider, and beside it its value to two decimals, which can be typed.

    Signals
    -------
    valueChanged : float
        Another value.
    """

    valueChanged = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QDoubleSlider(Qt.Orientation.Horizontal)  # type: ignore[no-untyped-call]
        self.box = QDoubleSpinBox()
        for each in (self.slider, self.box):
            each.setRange(LOWEST, 1 - LOWEST)
            each.setSingleStep(LOWEST)
        self.box.setDecimals(2)
        self.box.setKeyboardTracking(False)
        self.box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setLayout(row_of(self.slider, self.box, stretch=(1,)))
        self.slider.valueChanged.connect(self._on_slid)
        self.box.valueChanged.connect(self.setValue)

    def value(self) -> float:
        """Return the value of the slider, which may have more decimals."""
        return float(self.slider.value())

    def setValue(self, value: float) -> None:
        """Move the slider."""
        self.slider.setValue(value)

    def _on_slid(self, value: float) -> None:
        self.box.blockSignals(True)
        self.box.setValue(value)
        self.box.blockSignals(False)
        self.valueChanged.emit(value)


class SmallOnes(QCheckBox):
    """Whether components below a share of the largest are dropped; its value is that share.

    Signals
    -------
    valueChanged : float
        The share in force, 0 for none.
    """

    valueChanged = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Drop small ones"), parent)
        self._share = 0.0
        self.toggled.connect(lambda: self.valueChanged.emit(self.value()))

    def value(self) -> float:
        """Return the share, 0 while the box is not ticked."""
        return self._share if self.isChecked() else 0.0

    def setValue(self, share: float) -> None:
        """Tick the box, or for 0 no longer."""
        self.setChecked(share > 0)

    def offer(self, share: float) -> None:
        """Take the share of a model; without one, there is nothing to choose."""
        self._share = share
        self.setVisible(share > 0)


class CountBox(QSpinBox):
    """How many components are kept."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(0, 99)


CONTROLS: dict[str, dict[str, Any]] = {
    "threshold": {"widget_type": NativeControl, "native": ThresholdSlider},
    "smooth": {"max": 20.0, "step": 0.5},
    "fill_holes": {"text": marked("Fill holes")},
    "keep_fraction": {"widget_type": NativeControl, "native": SmallOnes},
    # magicgui's own box for whole numbers has no word for 0.
    "largest": {"widget_type": NativeControl, "native": CountBox},
    "minimum": {"max": 100_000.0, "step": 50.0},
}
"""How the rules of the core are asked for."""

TIPS = {
    "threshold": marked("Smallest probability that counts"),
    "smooth": marked("Round the outline: standard deviation of a Gaussian{unknown}"),
    "largest": marked("Number of components to keep, the largest ones"),
    "minimum": marked("Drop components of a smaller volume{unknown}"),
    "fill_holes": marked("Fill holes that are closed within a slice"),
    "keep_fraction": marked("Drop components below {share} of the largest, as the model does"),
}


class MaskSection(QWidget):
    """Threshold and what follows it; every change moves the mask at once.

    Parameters
    ----------
    working : WorkingMask
        The mask that is moved, while it is a model's and nobody has edited or accepted it.
    """

    def __init__(self, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.live = LiveMask(working, self)
        self.form = Form(MaskRules(0.5), CONTROLS)
        self.threshold: ThresholdSlider = self.form.native("threshold")
        self.smooth = _spin(self.form.native("smooth"), tr("off"))
        self.largest = _spin(self.form.native("largest"), tr("all"))
        self.minimum = _spin(self.form.native("minimum"), tr("off"))
        self.holes: QCheckBox = self.form.native("fill_holes")
        self.small: SmallOnes = self.form.native("keep_fraction")
        self.reset_button = QPushButton(tr("Reset to the model's own"))
        self.accept_button = QPushButton(tr("Accept"))
        self.accept_button.setCheckable(True)
        self._lay_out()
        self.form.changed.connect(self._on_changed)
        self.threshold.slider.sliderPressed.connect(lambda: self.live.hold(True))
        self.threshold.slider.sliderReleased.connect(lambda: self.live.hold(False))
        self.reset_button.clicked.connect(self._on_reset)
        self.accept_button.clicked.connect(self.live.accept)

    def _lay_out(self) -> None:
        form = form_of(
            (tr("Threshold"), self.threshold),
            (tr("Keep largest"), self.largest),
            (tr("Smooth"), row_of(self.smooth, QLabel(tr("Minimum")), self.minimum)),
        )
        form.addRow(row_of(self.holes, self.small))
        form.addRow(row_of(self.reset_button, self.accept_button))
        self.setLayout(form)

    def show_state(self, view: MaskView) -> None:
        """Show the rules of the mask, and whether they can be changed."""
        self.smooth.setSuffix(" mm" if view.in_mm else tr(" pixels"))
        self.minimum.setSuffix(" mm³" if view.in_mm else tr(" voxels"))
        self.small.offer(view.small)
        if view.rules is not None:
            self.form.show(view.rules)
        for control, tip in self._tips(view).items():
            control.setEnabled(not view.why_not)
            control.setToolTip(view.why_not or tip)
        self.accept_button.setEnabled(view.can_accept)
        self.accept_button.setChecked(view.accepted)

    def _tips(self, view: MaskView) -> dict[QWidget, str]:
        """Everything that moves the mask, and what it does."""
        unknown = "" if view.in_mm else tr(" (the scan does not tell their size)")
        share = tr("{share:.0%}", share=view.small) if view.small else tr("a share")
        tips: dict[QWidget, str] = {
            self.form.native(name): tr(tip, unknown=unknown, share=share)
            for name, tip in TIPS.items()
        }
        tips[self.reset_button] = tr("Back to the mask as the model made it")
        tips[self.accept_button] = tr("Leave the mask as it is: the rules do not move it any more")
        return tips

    def _on_changed(self, asked: MaskRules) -> None:
        rules = self.live.rules
        if rules is None:
            return
        # The slider shows two decimals; a model's own threshold may have more.
        shown = round(asked.threshold, 2)
        same = round(rules.threshold, 2) == shown
        self.live.ask(replace(asked, threshold=rules.threshold if same else shown))

    def _on_reset(self) -> None:
        if self.live.card is not None:
            self.live.ask(rules_of(self.live.card))


def _spin(box: Any, zero: str) -> Any:
    """Write a word for 0, and tell of numbers only when they are typed to their end."""
    box.setSpecialValueText(zero)
    box.setKeyboardTracking(False)
    if isinstance(box, QDoubleSpinBox):
        box.setDecimals(1)
    return box
