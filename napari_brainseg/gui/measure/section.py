"""The section *Measure*: what the working mask amounts to, while it is being changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.errors import SaveError
from napari_brainseg.gui.common.collapsible import collapsible
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.rows import form_of, row_of
from napari_brainseg.gui.common.text import Text, unmarked
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.measure.area_plot import AreaPlot
from napari_brainseg.gui.measure.beside import SideBySide
from napari_brainseg.gui.measure.earlier import EarlierChoice
from napari_brainseg.gui.measure.measuring import MeasuredMask, MeasureJob, measure, measure_facts
from napari_brainseg.gui.measure.overlays import ChangesOverlay, DiameterLines
from napari_brainseg.gui.measure.reference import ReferenceChoice
from napari_brainseg.gui.measure.report_writer import ReportWriter
from napari_brainseg.gui.measure.tables import LesionTable, NumberTable
from napari_brainseg.gui.measure.text import (
    NO_SPACING,
    agreement,
    changes,
    clipboard_text,
    lesion_rows,
    rows,
)
from napari_brainseg.gui.save.mask_saver import may_replace
from napari_brainseg.gui.state.panel_state import NO_MASK_TO_MEASURE
from napari_brainseg.io import default_mask_path, replacing
from napari_brainseg.language import marked, tr
from napari_brainseg.measure.followup import exam_date
from napari_brainseg.measure.measures_file import reports_csv, reports_json

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["MeasureSection"]

BESIDE_TIP = marked("Show the earlier scan beside this one, at the same place")
EXPORTS = {".csv": marked("Table, a line per mask (*.csv)"), ".json": marked("Everything (*.json)")}


class MeasureSection(QWidget):
    """Numbers of the working mask, measured anew after every change.

    Parameters
    ----------
    viewer : Viewer
        Gets the diameters and the changes as layers, and is taken to slices.
    working : WorkingMask
        Which mask to measure.

    Signals
    -------
    told : MeasureFacts
        What the mask amounts to now, or why that is not known.
    """

    told = Signal(object)

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer, self._working = viewer, working
        self._measuring = Latest(self, self._on_measured)
        self._asked = self._unsure = False
        self.measured: MeasuredMask | None = None
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
        self.diameters = QCheckBox(tr("Show diameters"))
        self.choice = ReferenceChoice(self._viewer, self._working)
        self.comparison = Text()
        self.changes = QCheckBox(tr("Show changes"))
        self.earlier = EarlierChoice(self._viewer, self._working)
        self.beside = QPushButton(tr("Beside"))
        self.beside.setCheckable(True)
        self.side_by_side = SideBySide(self._viewer)
        self.followed = Text()
        self.copy_button = QPushButton(tr("Copy"))
        self.export_button = QPushButton(tr("Export…"))
        self.report_button = QPushButton(tr("Report…"))
        self.reporter = ReportWriter(self)

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.numbers)
        column.addWidget(self.lesions)
        column.addWidget(self.plot)
        column.addWidget(self.diameters)
        earlier = row_of(self.earlier, self.beside, stretch=(1,))
        compared = (tr("Compare with"), self.choice)
        column.addLayout(form_of(compared, (tr("Earlier mask"), earlier)))
        column.addWidget(self.comparison)
        column.addWidget(self.changes)
        column.addWidget(self.followed)
        column.addLayout(row_of(self.copy_button, self.export_button, self.report_button))
        self.fold = collapsible(tr("Measure"), content)
        # However long the line gets, the panel does not get wider.
        title = self.fold.toggleButton()
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.fold)

    def _connect(self) -> None:
        self._working.switched.connect(self._on_switched)
        self._working.edited.connect(self._on_edited)
        self._working.looked.connect(self._on_looked)
        self.choice.changed.connect(self.refresh)
        self.earlier.changed.connect(self.refresh)
        self.beside.toggled.connect(self._on_beside)
        self.diameters.toggled.connect(self._show_overlays)
        self.changes.toggled.connect(self._show_overlays)
        self.plot.clicked.connect(self._go_to)
        self.lesions.chosen.connect(self._on_lesion)
        self.copy_button.clicked.connect(self._copy)
        self.export_button.clicked.connect(self._export)
        self.report_button.clicked.connect(self._write_report)
        events = Connections(self)
        events.connect(self._viewer.dims.events.current_step, self._mark_slice)
        events.connect(self._viewer.dims.events.order, self._mark_slice)
        events.connect(self._viewer.layers.events.removed, self._on_removed)
        for overlay in (self.lines, self.overlay):
            events.at_end(overlay.hide)

    def leave(self) -> None:
        """Take the overlays out of the viewer: nobody is left to keep them true."""
        self.lines.hide()
        self.overlay.hide()
        self.beside.setChecked(False)

    # Measuring

    def refresh(self) -> None:
        """Measure the mask as it is now, in the background; the newest state wins."""
        layer = self._working.layer
        if layer is None:
            self._show(None)
            return
        data, keywords, _ = layer.as_layer_data_tuple()
        others = (self.choice.reference, self.earlier.masks)
        self._measuring.run(measure, MeasureJob(layer, data, keywords, *others))

    def _on_edited(self) -> None:
        self._asked = True
        self.refresh()

    def _on_looked(self) -> None:
        """Measure again what may have been changed, and back again, while it was measured.

        What a label is called is no change of voxels, but stands among the numbers.
        """
        asked, self._asked = self._asked, False
        unsure, self._unsure = self._unsure, False
        if (unsure or self._is_renamed()) and not asked:
            self.refresh()

    def _is_renamed(self) -> bool:
        found, known = self.measured, self._working.provenance
        return found is not None and known is not None and known.info != found.info

    def _on_measured(self, result: tuple[Labels, MeasuredMask | str]) -> None:
        self._unsure = True
        layer, found = result
        if layer == self._working.layer:
            self._show(found)
            self.told.emit(measure_facts(layer, found))

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

    def show_title(self, text: str, tip: str) -> None:
        """Say in the title what the mask amounts to."""
        title = self.fold.toggleButton()
        title.setText(text)
        title.setToolTip(unmarked(tip))

    def _show(self, found: MeasuredMask | str | None) -> None:
        """Show measures, or why there are none."""
        self.measured = found if isinstance(found, MeasuredMask) else None
        why_not = (
            tr(NO_MASK_TO_MEASURE) if found is None else found if isinstance(found, str) else ""
        )
        if self.measured is None:
            self.numbers.show_rows(())
            self.lesions.show_rows(())
            self.plot.show_areas((), "")
            self.comparison.hide()
            self.followed.hide()
        else:
            self._show_numbers(self.measured)
        self._update_controls(why_not)
        self._show_overlays()
        self._mark_slice()

    def _show_numbers(self, found: MeasuredMask) -> None:
        measures, report = found.report.measures, found.report
        known = measures.volume_ml is not None
        self.numbers.show_rows(rows(measures, found.shown, found.info))
        self.numbers.setToolTip("" if known else tr(NO_SPACING))
        self.lesions.show_rows(lesion_rows(measures, found.shown))
        areas = measures.slices.areas_mm2 or measures.slices.voxels
        turned = areas[::-1] if found.shown.flipped else areas
        self.plot.show_areas(turned, "mm²" if known else tr("voxels"))
        self.comparison.setVisible(report.comparison is not None)
        if report.comparison is not None:
            self.comparison.setText(agreement(report.comparison))
        self.followed.setVisible(report.followup is not None)
        if report.followup is not None:
            self.followed.setText(changes(report.followup))

    def _update_controls(self, why_not: str) -> None:
        measures = self.measured.report.measures if self.measured else None
        no_lines = why_not
        if measures is not None and measures.diameters is None:
            no_lines = tr(NO_SPACING) if measures.voxels else tr("The mask is empty.")
        no_changes = why_not or (
            "" if self.choice.reference else tr("Choose what to compare with.")
        )
        for control, reason, tip in (
            (
                self.diameters,
                no_lines,
                tr("Draw both diameters of the largest lesion on its slice"),
            ),
            (self.changes, no_changes, tr("Voxels added in green, removed ones in red")),
            (self.choice, why_not, tr("A reference or an earlier mask on the same voxels")),
            (self.beside, self._why_not_beside(why_not), tr(BESIDE_TIP)),
            (self.copy_button, why_not, tr("Copy all numbers, to paste into a spreadsheet")),
            (self.export_button, why_not, tr("Save all numbers as CSV or JSON")),
            (self.report_button, why_not, tr("Save a page with pictures and numbers, to print")),
        ):
            control.setEnabled(not reason)
            control.setToolTip(reason or tip)
        self.plot.setToolTip(why_not or tr("Area of the mask on each slice; click to go there"))

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

    def _why_not_beside(self, why_not: str) -> str:
        shown = any(each.scan.channels != ("mask",) for each in self.earlier.masks)
        if why_not or self.side_by_side.on or shown:
            return why_not
        return tr("Choose the mask of another scan that is open.")

    def _on_beside(self, on: bool) -> None:
        """Show the earlier scan in a field of its own, at the same place and slice."""
        if on:
            scans = [each.scan for each in self.earlier.masks]
            dated = all(map(exam_date, scans))
            self.side_by_side.show(sorted(scans, key=exam_date) if dated else scans)
        else:
            self.side_by_side.end()

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
        clipboard, found = QGuiApplication.clipboard(), self.measured
        if found is not None and clipboard is not None:
            clipboard.setText(clipboard_text(found.report, found.shown, found.info))
            show_info(tr("Copied: paste into a spreadsheet."))

    def _write_report(self) -> None:
        layer, found = self._working.layer, self.measured
        if layer is not None and found is not None:
            self.reporter.save(layer, found.report.followup if found.layer == layer else None)

    def _export(self) -> None:
        if self.measured is None:
            return
        report, scan = self.measured.report, self.measured.scan
        proposed = default_mask_path(scan).with_name(f"{scan.source.name}_measures.csv")
        filters = {tr(text): suffix for suffix, text in EXPORTS.items()}
        typed, chosen = QFileDialog.getSaveFileName(
            self, tr("Export measures"), str(proposed), ";;".join(filters)
        )
        if not typed:
            return
        path = Path(typed)
        if path.suffix.lower() not in EXPORTS:
            path = path.with_name(path.name + filters.get(chosen, ".csv"))
        if not may_replace(self, tr("Export measures"), typed, path):
            return
        text = reports_json([report]) if path.suffix.lower() == ".json" else reports_csv([report])
        try:
            with replacing(path, path.name) as aside:
                aside.write_text(text, encoding="utf-8")
        except SaveError as error:
            show_error(str(error))
            return
        show_info(tr("Exported {name}.", name=path.name))
