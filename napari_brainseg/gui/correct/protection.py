"""What must stay: a range of intensities, locked labels, labels other than the selected one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from napari.layers import Image
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QAction  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QCheckBox,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.edit.protect import IntensityRange, Protection
from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.forms import Form, NativeControl
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.correct.options import narrow
from napari_brainseg.gui.correct.range_view import RangeView
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY
from napari_brainseg.gui.layers.geometry import as_volume, same_grid
from napari_brainseg.gui.layers.names import channel_title
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["LockMenu", "ProtectionRows", "RangeOptions", "RangeRow"]


@dataclass(frozen=True, slots=True)
class RangeOptions:
    """The range of intensities that may change.

    Parameters
    ----------
    on : bool
        Whether it counts.
    low, high : float
        Its ends, in any order.
    scan : Image, optional
        Whose intensities count.
    """

    on: Annotated[bool, {"text": marked("Only")}] = False
    low: Annotated[float, {"min": -1e9, "max": 1e9, "step": 1.0}] = 0.0
    high: Annotated[float, {"min": -1e9, "max": 1e9, "step": 1.0}] = 0.0
    scan: Annotated[Any, {"widget_type": NativeControl, "native": PopupCombo}] = None

    @property
    def intensity_range(self) -> IntensityRange | None:
        """The range as the core takes it; intensities in the layer's order, as a volume."""
        if not self.on or self.scan is None:
            return None
        low, high = sorted((self.low, self.high))
        return IntensityRange(low, high, as_volume(self.scan.data))


class RangeRow(QWidget):
    """A range of intensities of one of the scans on the grid of the mask."""

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._working = working
        self.form = Form(RangeOptions())
        self.box: QCheckBox = self.form.native("on")
        self.box.setToolTip(
            tr(
                "Change only voxels whose intensity is in this range: "
                "all tools, the brush, the eraser and the bucket"
            )
        )
        self.low, self.high = (narrow(self.form.native(end), 0) for end in ("low", "high"))
        self.low.setToolTip(tr("Lowest intensity that may change"))
        self.high.setToolTip(tr("Highest intensity that may change"))
        self.scan: PopupCombo = self.form.native("scan")
        self.scan.setMinimumContentsLength(4)
        self.scan.setToolTip(tr("The scan whose intensities count"))
        to, of = QLabel(tr("to")), QLabel(tr("in"))
        shown = (self.box, self.low, to, self.high, of, self.scan)
        self.setLayout(row_of(*shown, stretch=(0, 0, 0, 0, 0, 1)))
        self._view = RangeView(viewer, self)
        self.form.changed.connect(self._show_range)
        self.scan.opening.connect(self.refresh)
        self.scan.currentIndexChanged.connect(self._on_scan)
        self.refresh()

    @property
    def image(self) -> Image | None:
        """The scan that the range is measured in."""
        image = self.scan.value()
        return image if image in self._viewer.layers else None

    @property
    def seen(self) -> Image | None:
        """The scan that a person draws by: the topmost on the mask's grid that is visible."""
        fitting = [each for each in self._viewer.layers if _fits(each, self._working.layer)]
        return next((each for each in reversed(fitting) if each.visible), self.image)

    @property
    def intensity_range(self) -> IntensityRange | None:
        """The range, if it is on; intensities have the shape of a volume in the layer's order."""
        return None if self.image is None else self.form.values.intensity_range

    def set_range(self, low: float, high: float) -> None:
        """Take over a range and use it."""
        self.low.setValue(low)
        self.high.setValue(high)
        self.box.setChecked(True)

    def refresh(self) -> None:
        """List the scans on the grid of the mask; the choice stays, or is the visible one."""
        layer, before = self._working.layer, self.scan.value()
        fitting = [image for image in self._viewer.layers if _fits(image, layer)]
        shown = [image for image in fitting if image.visible] or fitting
        entries = [(channel_title(image), image) for image in fitting]
        self.scan.offer(entries, prefer=shown[-1] if shown else None)
        if self.scan.value() != before:
            self._on_scan()
        self.box.setEnabled(bool(fitting))
        if not fitting:
            self.box.setChecked(False)
        self._show_range()

    def _show_range(self, options: RangeOptions | None = None) -> None:
        """Highlight, while the range counts, what it lets change."""
        values = self.form.values
        self._view.show(self.image if values.on else None, values.low, values.high)

    def _on_scan(self) -> None:
        """Begin with the range of grey levels that is shown."""
        image = self.scan.value()
        self.setEnabled(image is not None)
        if image is None:
            return
        decimals = 0 if np.issubdtype(image.data.dtype, np.integer) else 3
        for spin, value in zip((self.low, self.high), image.contrast_limits, strict=True):
            spin.setDecimals(decimals)
            spin.setValue(value)


def _fits(image: Any, layer: Labels | None) -> bool:
    return bool(
        isinstance(image, Image)
        and OVERLAY_KEY not in image.metadata
        and layer is not None
        and not image.rgb
        and not image.multiscale
        and isinstance(image.data, np.ndarray)
        and same_grid(image, layer)
    )


class LockMenu(QPushButton):
    """The labels of the mask, to tick those that must not change."""

    changed = Signal()

    def __init__(self, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._working = working
        self._layer: Labels | None = None
        self._counting = Latest(self, self._on_found)
        self._entries: dict[int, QAction] = {}
        self.locked: frozenset[int] = frozenset()
        self.setToolTip(tr("Labels that lose and gain nothing, by tool or by brush"))
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self._menu.aboutToShow.connect(self.refresh)
        working.switched.connect(self._on_switched)
        self._forget()

    def refresh(self) -> None:
        """List the labels known by name at once, and those found in the voxels when counted."""
        layer, handle = self._working.layer, self._working.provenance
        if layer is None:
            return
        known = dict(handle.info.names) if handle else {}
        known.setdefault(int(layer.selected_label), "")
        self._offer(known)
        self._counting.run(_labels_in, layer.data)

    def set_locked(self, label: int, on: bool) -> None:
        """Lock a label, or no longer."""
        self._offer({label: ""})
        self._entries[label].setChecked(on)

    def _on_found(self, found: list[int]) -> None:
        self._offer(dict.fromkeys(found, ""))

    def _offer(self, names: dict[int, str]) -> None:
        for label, name in sorted(names.items()):
            if label and label not in self._entries:
                entry = QAction(f"{label}  {name}".strip(), self._menu)
                self._menu.addAction(entry)
                entry.setCheckable(True)
                entry.toggled.connect(self._on_ticked)
                self._entries[label] = entry

    def _on_ticked(self) -> None:
        self.locked = frozenset(
            label for label, entry in self._entries.items() if entry.isChecked()
        )
        names = ", ".join(str(label) for label in sorted(self.locked))
        self.setText(tr("Locked: {names}", names=names or tr("none")))
        self.changed.emit()

    def _on_switched(self) -> None:
        """Begin anew with another mask: its labels mean something else."""
        if self._working.layer != self._layer:
            self._forget()

    def _forget(self) -> None:
        self._layer = self._working.layer
        self._menu.clear()
        self._entries.clear()
        self._on_ticked()


def _labels_in(data: NDArray[Any]) -> list[int]:
    return [int(label) for label in np.unique(data)]


class ProtectionRows(QWidget):
    """All that must stay, in two rows."""

    changed = Signal()

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._working = working
        self.range = RangeRow(viewer, working)
        self.locks = LockMenu(working)
        self.keep = QCheckBox(tr("Keep other labels"))
        self.keep.setToolTip(
            tr(
                "Take only background, no voxels of labels that are not selected: "
                "all tools, and the brush (this is napari's “preserve labels”)"
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.range)
        column.addLayout(row_of(self.locks, self.keep, stretch=(0, 1)))
        self.locks.changed.connect(self.changed)
        self.keep.toggled.connect(self._on_keep)

    def refresh(self) -> None:
        """Show what is set in the layer."""
        layer = self._working.layer
        self.keep.setChecked(layer is not None and bool(layer.preserve_labels))

    def _on_keep(self, on: bool) -> None:
        layer = self._working.layer
        if layer is not None:
            layer.preserve_labels = on

    @property
    def protection(self) -> Protection:
        """What must stay, intensities in the order of the layer's data."""
        return Protection(self.locks.locked, not self.keep.isChecked(), self.range.intensity_range)
