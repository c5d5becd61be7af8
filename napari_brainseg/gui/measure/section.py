"""The section *Measure*: what the working mask amounts to, while it is being changed."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error, show_info
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.errors import BrainsegError, SaveError, describe
from napari_brainseg.frames import frame_for
from napari_brainseg.gui.common.collapsible import collapsible
from napari_brainseg.gui.common.save import may_replace
from napari_brainseg.gui.common.text import Text
from napari_brainseg.gui.common.workers import background
from napari_brainseg.gui.layers.mask_layers import mask_to_grid
from napari_brainseg.gui.layers.overlays import ChangesOverlay, DiameterLines
from napari_brainseg.gui.measure.area_plot import AreaPlot
from napari_brainseg.gui.measure.reference import ReferenceChoice
from napari_brainseg.gui.measure.tables import LesionTable, NumberTable
from napari_brainseg.gui.measure.text import (
    NO_SPACING,
    ShownSlices,
    agreement,
    clipboard_text,
    headline,
    lesion_rows,
    rows,
)
from napari_brainseg.gui.state.mask_record import record_in
from napari_brainseg.io import default_mask_path, replacing
from napari_brainseg.measure import MaskReport, measure_mask, reports_csv, reports_json
from napari_brainseg.measure.metrics import changed_voxels, compare_masks

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.frames import Frame
    from napari_brainseg.gui.measure.reference import Reference
    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.scan import Scan

__all__ = ["MeasureSection"]

NO_MASK = "There is no mask to measure yet."
EXPORTS = {"Table, a line per mask (*.csv)": ".csv", "Everything (*.json)": ".json"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """What to measure; the arrays may be painted on meanwhile, then it is done again."""

    layer: Labels
    data: Any
    keywords: dict[str, Any]
    reference: Reference | None


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """The numbers of a layer, and how they relate to what the viewer shows.

    ``changes`` against the reference are in the order of the layer's data.
    """

    layer: Labels
    report: MaskReport
    frame: Frame
    scan: Scan
    shown: ShownSlices
    changes: NDArray[Any] | None


class MeasureSection(QWidget):
    """Numbers of the working mask, measured anew after every change.

    Parameters
    ----------
    viewer : Viewer
        Gets the diameters and the changes as layers, and is taken to slices.
    working : WorkingMask
        Which mask to measure.
    """

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer, self._working = viewer, working
        self._worker: Any = None
        self._stale = False
        self.measured: _Measured | None = None
        self.lines = DiameterLines(viewer)
        self.overlay = ChangesOverlay(viewer)
        self._build_parts()
        self._lay_out()
        self._connect()
        self._show(None)
        self.refresh()

    def _build_parts(self) -> None:
        self.numbers = NumberTable()
        self.lesions = LesionTable()
        self.plot = AreaPlot()
        self.diameters = QCheckBox("Show diameters")
        self.choice = ReferenceChoice(self._viewer, self._working)
        self.comparison = Text()
        self.changes = QCheckBox("Show changes")
        self.copy_button = QPushButton("Copy")
        self.export_button = QPushButton("Export…")

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.numbers)
        column.addWidget(self.lesions)
        column.addWidget(self.plot)
        column.addWidget(self.diameters)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Compare with", self.choice)
        column.addLayout(form)
        column.addWidget(self.comparison)
        column.addWidget(self.changes)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy_button)
        buttons.addWidget(self.export_button)
        column.addLayout(buttons)
        self.fold = collapsible("Measure", content)
        # However long the line gets, the panel does not get wider.
        title = self.fold.toggleButton()
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.fold)

    def _connect(self) -> None:
        self._working.switched.connect(self._on_switched)
        self._working.edited.connect(self.refresh)
        self.choice.changed.connect(self.refresh)
        self.diameters.toggled.connect(self._show_overlays)
        self.changes.toggled.connect(self._show_overlays)
        self.plot.clicked.connect(self._go_to)
        self.lesions.chosen.connect(self._on_lesion)
        self.copy_button.clicked.connect(self._copy)
        self.export_button.clicked.connect(self._export)
        self._viewer.dims.events.current_step.connect(self._mark_slice)
        self._viewer.dims.events.order.connect(self._mark_slice)
        self._viewer.layers.events.removed.connect(self._on_removed)
        callbacks = (self._mark_slice, self._on_removed)
        overlays = (self.lines, self.overlay)
        self.destroyed.connect(partial(_leave, self._viewer, overlays, *callbacks))

    def leave(self) -> None:
        """Take the overlays out of the viewer: nobody is left to keep them true."""
        self.lines.hide()
        self.overlay.hide()

    # Measuring

    def refresh(self) -> None:
        """Measure the mask as it is now, in the background; the newest state wins."""
        layer = self._working.layer
        if layer is None:
            self._show(None)
            return
        if self._worker is not None:
            self._stale = True
            return
        self._stale = False
        data, keywords, _ = layer.as_layer_data_tuple()
        job = _Job(layer, data, keywords, self.choice.reference)
        self._worker = background(_measure, job)
        self._worker.returned.connect(self._on_measured)
        self._worker.start()

    def _on_measured(self, result: tuple[Labels, _Measured | str]) -> None:
        self._worker = None
        layer, found = result
        if layer == self._working.layer:
            self._show(found)
        if self._stale:
            self.refresh()

    def _on_switched(self) -> None:
        self.leave()
        self.refresh()

    def _on_removed(self, event: Any = None) -> None:
        """Untick what shows a layer that the user has removed."""
        for overlay, box in ((self.lines, self.diameters), (self.overlay, self.changes)):
            if overlay.layer is not None and not overlay.shown:
                overlay.hide()
                box.setChecked(False)

    # Showing

    def _show(self, found: _Measured | str | None) -> None:
        """Show measures, or why there are none."""
        self.measured = found if isinstance(found, _Measured) else None
        why_not = NO_MASK if found is None else found if isinstance(found, str) else ""
        title = self.fold.toggleButton()
        if self.measured is None:
            title.setText(f"Measure: {'no mask' if found is None else '—'}")
            title.setToolTip(why_not)
            self.numbers.show_rows(())
            self.lesions.show_rows(())
            self.plot.show_areas((), "")
            self.comparison.hide()
        else:
            self._show_numbers(self.measured)
        self._update_controls(why_not)
        self._show_overlays()
        self._mark_slice()

    def _show_numbers(self, found: _Measured) -> None:
        measures, report = found.report.measures, found.report
        title = self.fold.toggleButton()
        title.setText(f"Measure: {headline(measures)}")
        known = measures.volume_ml is not None
        tip = f"{report.mask}: measured anew after every change"
        title.setToolTip(tip if known else f"{tip}. {NO_SPACING}")
        self.numbers.show_rows(rows(measures, found.shown))
        self.numbers.setToolTip("" if known else NO_SPACING)
        self.lesions.show_rows(lesion_rows(measures, found.shown))
        areas = measures.slices.areas_mm2 or measures.slices.voxels
        turned = areas[::-1] if found.shown.flipped else areas
        self.plot.show_areas(turned, "mm²" if known else "voxels")
        self.comparison.setVisible(report.comparison is not None)
        if report.comparison is not None:
            self.comparison.setText(agreement(report.comparison))

    def _update_controls(self, why_not: str) -> None:
        measures = self.measured.report.measures if self.measured else None
        no_lines = why_not
        if measures is not None and measures.diameters is None:
            no_lines = NO_SPACING if measures.voxels else "The mask is empty."
        no_changes = why_not or ("" if self.choice.reference else "Choose what to compare with.")
        for control, reason, tip in (
            (self.diameters, no_lines, "Draw both diameters of the largest lesion on its slice"),
            (self.changes, no_changes, "Voxels added in green, removed ones in red"),
            (self.choice, why_not, "A reference or an earlier mask on the same voxels"),
            (self.copy_button, why_not, "Copy all numbers, to paste into a spreadsheet"),
            (self.export_button, why_not, "Save all numbers as CSV or JSON"),
        ):
            control.setEnabled(not reason)
            control.setToolTip(reason or tip)
        self.plot.setToolTip(why_not or "Area of the mask on each slice; click to go there")

    def _show_overlays(self, *_: Any) -> None:
        found = self.measured
        lines = found.report.measures.diameters if found else None
        if found is not None and lines is not None and self.diameters.isChecked():
            self.lines.show(found.layer, lines, found.frame, found.scan.grid)
        else:
            self.lines.hide()
        if found is not None and found.changes is not None and self.changes.isChecked():
            self.overlay.show(found.layer, found.changes)
        else:
            self.overlay.hide()

    # Slices

    def _mark_slice(self, event: Any = None) -> None:
        self.plot.mark(self._slice_on_screen())

    def _slice_on_screen(self) -> int | None:
        found, dims = self.measured, self._viewer.dims
        if found is None or found.layer.ndim == 2:
            return None
        axis = dims.ndim - found.layer.ndim + found.shown.axis
        if axis in dims.displayed:
            return None
        point = found.layer.world_to_data(dims.point[-found.layer.ndim :])
        index = round(float(point[found.shown.axis]))
        return index if 0 <= index < found.shown.count else None

    def _go_to(self, index: int) -> None:
        """Show a slice of the acquisition plane, turning the view to that plane if need be."""
        found, dims = self.measured, self._viewer.dims
        if found is None or found.layer.ndim == 2:
            return
        axis = dims.ndim - found.layer.ndim + found.shown.axis
        if axis in dims.displayed and dims.ndisplay == 2:
            dims.order = (axis, *(other for other in dims.order if other != axis))
        place = [0.0] * found.layer.ndim
        place[found.shown.axis] = float(index)
        dims.set_point(axis, found.layer.data_to_world(place)[found.shown.axis])

    def _on_lesion(self, row: int) -> None:
        if self.measured is not None:
            lesion = self.measured.report.measures.table[row]
            self._go_to(self.measured.shown.turn(lesion.largest_slice))

    # Taking the numbers along

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if self.measured is not None and clipboard is not None:
            clipboard.setText(clipboard_text(self.measured.report, self.measured.shown))
            show_info("Copied: paste into a spreadsheet.")

    def _export(self) -> None:
        if self.measured is None:
            return
        report, scan = self.measured.report, self.measured.scan
        proposed = default_mask_path(scan).with_name(f"{scan.source.name}_measures.csv")
        typed, chosen = QFileDialog.getSaveFileName(
            self, "Export measures", str(proposed), ";;".join(EXPORTS)
        )
        if not typed:
            return
        path = Path(typed)
        if path.suffix.lower() not in EXPORTS.values():
            path = path.with_name(path.name + EXPORTS.get(chosen, ".csv"))
        if not may_replace(self, "Export measures", typed, path):
            return
        text = reports_json([report]) if path.suffix.lower() == ".json" else reports_csv([report])
        try:
            with replacing(path, path.name) as aside:
                aside.write_text(text, encoding="utf-8")
        except SaveError as error:
            show_error(str(error))
            return
        show_info(f"Exported {path.name}.")


def _measure(job: _Job) -> tuple[Labels, _Measured | str]:
    """Measure in the worker thread; what is wrong comes back as a sentence."""
    try:
        return job.layer, _measured(job)
    except BrainsegError as error:
        return job.layer, str(error)
    except Exception as error:  # the panel has to stay usable; the traceback is in the log
        _log.exception("measuring failed")
        return job.layer, f"Measuring failed: {describe(error)}"


def _measured(job: _Job) -> _Measured:
    labels, scan = mask_to_grid(job.data, job.keywords)
    record = record_in(job.keywords["metadata"])
    known = None if record is None else record.provenance
    is_its_scan = known is not None and known.scan is scan
    frame = known.frame if known is not None and is_its_scan else frame_for(scan.affine)
    measures = measure_mask(labels, scan)
    if scan.channels == ("mask",):  # a scan made of the mask itself, for want of one
        measures = replace(measures, intensities=())
    comparison = changes = None
    reference = job.reference
    if reference is not None:
        other = reference.labels
        if not reference.on_grid:
            other = frame.invert(other.reshape(frame.apply(labels).shape))
        comparison = compare_masks(labels, other, scan)
        changes = frame.apply(changed_voxels(labels, other)).reshape(job.data.shape)
    report = MaskReport(
        job.keywords["name"], measures, reference.name if reference else "", comparison
    )
    shown = ShownSlices.of(measures, frame)
    return _Measured(job.layer, report, frame, scan, shown, changes)


def _leave(viewer: Viewer, overlays: tuple[Any, ...], mark: Any, removed: Any, *_: Any) -> None:
    """Take leave of the viewer after Qt has deleted the widget."""
    # Where both are garbage collected together, the viewer may be half gone already.
    with suppress(AttributeError, RuntimeError, ValueError):
        viewer.dims.events.current_step.disconnect(mark)
        viewer.dims.events.order.disconnect(mark)
        viewer.layers.events.removed.disconnect(removed)
        for overlay in overlays:
            overlay.hide()
