"""What is set for the correction tools: the form, and how it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from napari.layers import Labels
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QButtonGroup, QDoubleSpinBox, QRadioButton, QWidget

from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.forms import Form, NativeControl
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.domain.metadata import COPY_OF, OVERLAY_KEY
from napari_brainseg.gui.layers.geometry import same_grid
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ToolForm", "ToolOptions", "narrow"]

NARROW = "min-width: 44px; max-width: 60px; padding: 1px 4px"
"""Style of a spin box: napari's leaves no room for two beside a button."""

NO_OTHER = marked("No other mask")


class ScopeChoice(QWidget):
    """The slice on the screen, or all slices.

    Signals
    -------
    valueChanged : bool
        Whether tools change all slices.
    """

    valueChanged = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.one, self.all = QRadioButton(tr("This slice")), QRadioButton(tr("All slices"))
        self.one.setChecked(True)
        self.one.setToolTip(tr("Tools change the slice on the screen and no other (Shift+D)"))
        self.all.setToolTip(tr("Tools change all slices at once (Shift+D)"))
        group = QButtonGroup(self)
        for choice in (self.one, self.all):
            group.addButton(choice)
        self.setLayout(row_of(self.one, self.all))
        self.all.toggled.connect(self.valueChanged)

    def value(self) -> bool:
        """Whether tools change all slices."""
        return self.all.isChecked()

    def setValue(self, whole: bool) -> None:
        """Let tools change all slices, or the one on the screen."""
        (self.all if whole else self.one).setChecked(True)


class OtherMask(PopupCombo):
    """The masks on the grid of the working one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumContentsLength(10)
        self.setToolTip(tr("Another mask on the same grid; all its labels count"))
        self.offer([(tr(NO_OTHER), None)])

    def offer_masks(self, layers: Iterable[Any], mask: Labels | None) -> None:
        """List the masks that can be combined with one; the choice stays, or is the first."""
        others = [
            (layer.name, layer)
            for layer in layers
            if mask is not None and _is_mask(layer) and layer != mask and same_grid(layer, mask)
        ]
        self.offer(others or [(tr(NO_OTHER), None)])


def _is_mask(layer: Any) -> bool:
    """Whether labels are a mask, or show one of another scan; strokes and changes are none."""
    shows_none = OVERLAY_KEY in layer.metadata and COPY_OF not in layer.metadata
    return isinstance(layer, Labels) and not shows_none


@dataclass(frozen=True, slots=True)
class ToolOptions:
    """What is set for the correction tools.

    Parameters
    ----------
    whole : bool
        All slices rather than the one on the screen.
    amount : float
        Of growing, shrinking and smoothing, in the unit of the layer's scale.
    smallest : float
        Size of the smallest part that is no island, in that unit cubed.
    other : Labels, optional
        The mask to combine with.
    """

    whole: Annotated[bool, {"widget_type": NativeControl, "native": ScopeChoice}] = False
    amount: Annotated[float, {"min": 0.1, "max": 100.0, "step": 0.5}] = 1.0
    smallest: Annotated[float, {"min": 0.0, "max": 1e7, "step": 1.0}] = 100.0
    other: Annotated[Any, {"widget_type": NativeControl, "native": OtherMask}] = None


class ToolForm(Form[ToolOptions]):
    """The controls of :class:`ToolOptions`."""

    def __init__(self) -> None:
        super().__init__(ToolOptions())
        self.scope: ScopeChoice = self.native("whole")
        self.amount = narrow(self.native("amount"), 1)
        self.smallest = narrow(self.native("smallest"), 0)
        self.other: OtherMask = self.native("other")
        self.amount.setToolTip(tr("How far the outline moves, or over how much it is smoothed"))
        self.smallest.setToolTip(
            tr("Smaller parts are islands; within one slice, their volume in it")
        )

    def show_unit(self, in_mm: bool) -> None:
        """Say what amounts are counted in."""
        self.amount.setSuffix(" mm" if in_mm else " px")
        self.smallest.setSuffix(" mm³" if in_mm else " px")


def narrow(box: QDoubleSpinBox, decimals: int) -> QDoubleSpinBox:
    """Make a spin box fit beside others."""
    box.setDecimals(decimals)
    box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    box.setStyleSheet(NARROW)
    return box
