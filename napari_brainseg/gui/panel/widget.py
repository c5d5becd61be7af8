"""The dock widget: choose, segment, save."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_error, show_warning
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.errors import ScanError
from napari_brainseg.frames import acquisition_plane, frame_for
from napari_brainseg.gui.autosave.keeper import keeper_of
from napari_brainseg.gui.autosave.restore_rows import UnsavedRows
from napari_brainseg.gui.common.canvas import guard_viewer
from napari_brainseg.gui.common.collapsible import collapsible
from napari_brainseg.gui.common.key_bindings import KeyBindings
from napari_brainseg.gui.common.save import MaskSaver
from napari_brainseg.gui.common.shortcuts import UNCERTAIN
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text
from napari_brainseg.gui.common.wheel import guard_wheel
from napari_brainseg.gui.correct.section import CorrectSection
from napari_brainseg.gui.layers.results import show_outcome
from napari_brainseg.gui.measure.section import MeasureSection
from napari_brainseg.gui.panel.channel_rows import ChannelRows
from napari_brainseg.gui.panel.class_buttons import ClassButtons
from napari_brainseg.gui.panel.ct_window_row import WindowRow
from napari_brainseg.gui.panel.forecast import forecast, remember
from napari_brainseg.gui.panel.model_chooser import ModelChooser
from napari_brainseg.gui.panel.open_button import OpenButton
from napari_brainseg.gui.panel.run_options import DeviceFold, RangeChoice, TargetChoice
from napari_brainseg.gui.panel.scan_chooser import ScanChooser
from napari_brainseg.gui.panel.threshold_section import MaskSection
from napari_brainseg.gui.panel.uncertainty_row import DoubtRow
from napari_brainseg.gui.state.edit_clock import EditClock
from napari_brainseg.gui.state.input_check import InputGuard
from napari_brainseg.gui.state.run import Failure, Job, Outcome, RunController, summary
from napari_brainseg.gui.state.working_mask import WorkingMask
from napari_brainseg.gui.views.buttons import ViewButtons
from napari_brainseg.models.runtime import warm_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari.components import LayerList
    from napari.layers import Image
    from napari.viewer import Viewer
    from qtpy.QtGui import QCloseEvent

    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.pipeline.segment import Step
    from napari_brainseg.scan import Scan

__all__ = ["SegmentWidget"]

FOOTER = "Research use only, not a medical device."
OPEN_FIRST = "Open a scan first: drop it on the window, or press Open… above."


class SegmentWidget(QWidget):
    """Panel that segments a scan of the viewer with one of the models found.

    Parameters
    ----------
    napari_viewer : Viewer
        The viewer whose layers are offered and that gets the masks.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        guard_viewer(napari_viewer)
        self._viewer = napari_viewer
        self._partial: Outcome | None = None
        self.run = RunController(self)
        self.guard = InputGuard(self)
        self.saver = MaskSaver(self)
        self.working = WorkingMask(napari_viewer, self)
        self.clock = EditClock(self.working, self)
        self._build_parts()
        self._lay_out()
        self._connect()
        self._on_input_changed()
        warm_up()

    def _build_parts(self) -> None:
        self.scans = ScanChooser(self._viewer, self._accompanies)
        self.keeper = keeper_of(self._viewer)
        self.unsaved = UnsavedRows(self.keeper, self._scans)
        self.window_row = WindowRow(self._viewer)
        self.open_button = OpenButton(self._viewer)
        self.models = ModelChooser()
        self.scans.choose()
        self.channels = ChannelRows()
        self.devices = DeviceFold()
        self.range = RangeChoice()
        self.target = TargetChoice()
        self.segment_button = QPushButton("Segment")
        self.segment_button.setMinimumHeight(40)
        self.segment_button.setStyleSheet("font-weight: bold; font-size: 14px")
        self.outlook = Text(tone=Tone.QUIET, name="outlook")
        self.bar = QProgressBar()
        self.bar.hide()
        self.status = Text(name="status")
        self.notes = Text(tone=Tone.ATTENTION, name="notes")
        self.classes = ClassButtons(self.working)
        self.mask_rules = MaskSection(self.working)
        self.doubts = DoubtRow(self._viewer, self.working)
        self.correct = CorrectSection(self._viewer, self.working, self._job, self._why_not_again)
        next_doubt = {UNCERTAIN.key: self.doubts.next_button.click}
        self.keys = KeyBindings(self._viewer, self.correct.keys | next_doubt)
        self.views = ViewButtons(self._viewer, self.working)
        self.keep_button = QPushButton("Keep")
        self.discard_button = QPushButton("Discard")
        self.keep_button.setToolTip("Show the slices that were done as a mask")
        self.discard_button.setToolTip("Forget the slices that were done")
        self.measure = MeasureSection(self._viewer, self.working)
        self.save_button = QPushButton("Save mask…")

    def _lay_out(self) -> None:
        self.partial_row = QWidget()
        row = QHBoxLayout(self.partial_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.keep_button)
        row.addWidget(self.discard_button)
        self.partial_row.hide()
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        scan_row = QHBoxLayout()
        scan_row.addWidget(self.scans, 1)
        scan_row.addWidget(self.open_button)
        form.addRow("Scan", scan_row)
        self.window_label = QLabel("CT window")
        form.addRow(self.window_label, self.window_row)
        form.addRow("Model", self.models)
        result = QFormLayout()
        result.addRow("Range", self.range)
        result.addRow("Result", self.target)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.addWidget(self.unsaved)
        column.addLayout(form)
        column.addWidget(self.channels)
        column.addLayout(result)
        column.addWidget(self.devices)
        column.addWidget(self.segment_button)
        for widget in (self.outlook, self.bar, self.status, self.notes, self.partial_row):
            column.addWidget(widget)
        column.addWidget(self.classes)
        column.addWidget(self.views)
        self.mask_fold = collapsible("Mask", self.mask_rules, self.doubts)
        column.addWidget(self.mask_fold)
        self.correct_fold = collapsible("Correct", self.correct)
        column.addWidget(self.correct_fold)
        column.addWidget(self.correct.hint)
        column.addWidget(self.measure)
        column.addWidget(self.save_button)
        column.addStretch()
        column.addWidget(Text(FOOTER, Tone.QUIET, "footer"))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        guard_wheel(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        # Nothing scrolls sideways, so the panel is never narrower than its widest row; nor than its
        # title, to which napari adds the name of the plugin.
        bar = scroll.verticalScrollBar()
        spare = bar.sizeHint().width() if bar is not None else 0
        self.setMinimumWidth(max(390, inner.minimumSizeHint().width() + spare))

    def _connect(self) -> None:
        self.scans.changed.connect(self._on_input_changed)
        self.models.changed.connect(self._on_input_changed)
        self.channels.changed.connect(self._update_buttons)
        self.channels.changed.connect(self._check_input)
        self.guard.changed.connect(self._show_notes)
        self.range.one.toggled.connect(self._update_buttons)
        self.devices.combo.currentIndexChanged.connect(self._update_buttons)
        self.segment_button.clicked.connect(self._on_segment)
        self.keep_button.clicked.connect(self._on_keep)
        self.discard_button.clicked.connect(self._on_discard)
        self.save_button.clicked.connect(self._on_save)
        self.saver.ended.connect(self.status.setText)
        self.mask_rules.told.connect(self.status.setText)
        self.saver.saved.connect(self.keeper.note_saved)
        self.keeper.attached.connect(self._on_layers_changed)
        self.run.stepped.connect(self._on_step)
        self.run.ended.connect(self._on_end)
        events = (self._viewer.layers.events, self._viewer.layers.selection.events)
        events[0].inserted.connect(self._on_layers_changed)
        events[0].removed.connect(self._on_layers_changed)
        events[1].active.connect(self._on_layers_changed)
        # Qt may delete the widget without closing it, and by then its own methods are gone.
        self.destroyed.connect(
            partial(
                _leave,
                self._viewer.layers,
                (self.run.abandon, self.keys.leave, self.correct.leave, self.working.leave),
                self._on_layers_changed,
            )
        )

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """End what is running; nobody is left to see its result."""
        self.guard.clear()
        self.run.abandon()
        self.measure.leave()
        super().closeEvent(event)

    # What is chosen

    @property
    def handle(self) -> ScanHandle | None:
        """The chosen scan, or None if there is none that can be read."""
        layer = self.scans.layer
        try:
            return self.scans.handle(layer) if layer is not None else None
        except ScanError:
            return None

    def _scans(self) -> list[Scan]:
        """Every scan in the viewer, the chosen one first."""
        chosen = self.scans.layer
        scans = []
        for group in sorted(self.scans.groups, key=lambda group: chosen not in group):
            with suppress(ScanError):
                scans.append(self.scans.handle(group[0]).scan)
        return scans

    def _accompanies(self, scan: Scan, main: Scan) -> bool:
        from napari_brainseg.pipeline.channels import accompanies

        bundle = self.models.bundle
        return bundle is not None and accompanies(bundle.card, scan, main)

    def _available(self) -> list[Channel]:
        """Every channel in the viewer, those of the chosen scan first."""
        from napari_brainseg.pipeline.channels import Channel

        scans = self._scans()
        return [Channel(scan, index) for scan in scans for index in range(len(scan.channels))]

    def _on_input_changed(self) -> None:
        """Follow another scan, model, or set of layers."""
        handle, bundle = self.handle, self.models.bundle
        scan = handle.scan if handle else None
        card = bundle.card if bundle else None
        ready = scan is not None and card is not None
        ct = self.window_row.offer(scan, self.scans.group)
        self.window_label.setVisible(ct)
        self.window_row.setVisible(ct)
        self.channels.offer(card, scan, self._available() if ready else ())
        plane = acquisition_plane(scan.affine) if scan is not None else "axial"
        why = f"The scan was acquired in {plane} slices; the viewer shows axial ones."
        self.range.allow_one("" if plane == "axial" else why)
        self._check_input()
        self.keeper.attach(self._scans())
        self._on_layers_changed()

    def _check_input(self) -> None:
        """Have the chosen images looked at before they are segmented."""
        handle, bundle = self.handle, self.models.bundle
        if handle is None or bundle is None or self.channels.missing is not None:
            self.guard.clear()
        else:
            self.guard.check(handle.scan, bundle.card, self.channels.by_role)

    def _on_layers_changed(self, event: Any = None) -> None:
        handle = self.handle
        self.target.offer_masks(list(self._viewer.layers), handle.scan if handle else None)
        self._update_buttons()

    # Buttons

    def _why_not(self) -> str:
        """Why Segment is disabled; empty if it is not."""
        layer = self.scans.layer
        if layer is None:
            return OPEN_FIRST
        try:
            self.scans.handle(layer)
        except ScanError as error:
            return str(error)
        if self.models.bundle is None:
            return "No model was found: install one, or train one with brainseg-train."
        if self.channels.missing is not None:
            return f"Choose an image for {self.channels.missing} under Channels."
        return ""

    def _why_not_again(self) -> str:
        """Why the model cannot be run on a part of the scan."""
        return "A run is under way." if self.run.running else self._why_not()

    def _update_buttons(self, _: Any = None) -> None:
        if not self.run.running:
            why = self._why_not()
            self.segment_button.setText("Segment")
            self.segment_button.setEnabled(not why)
            self.segment_button.setToolTip(why or "Segment the chosen scan in the background")
            self.outlook.setText(why or self._outlook())
        mask = self.working.layer
        self.save_button.setEnabled(mask is not None)
        self.save_button.setToolTip(
            f"Save {mask.name} on the grid of its scan" if mask else "There is no mask to save yet."
        )

    def _outlook(self) -> str:
        handle, bundle = self.handle, self.models.bundle
        if handle is None or bundle is None:
            return ""
        frame = frame_for(handle.scan.affine, acquisition_plane(handle.scan.affine))
        slices = 1 if self.range.one.isChecked() else len(frame.apply(handle.scan.data[0]))
        return forecast(bundle, self.devices.name, slices)

    def _on_segment(self) -> None:
        if self.run.running:
            self.run.cancel()
            self.segment_button.setText("Cancelling…")
            self.segment_button.setEnabled(False)
            self.segment_button.setToolTip("The slices under way are being finished.")
            return
        job = self._job()
        if job is None:
            self._update_buttons()
            return
        self._start(job)

    def _start(self, job: Job) -> None:
        self._on_discard()
        self.run.start(job)
        self.segment_button.setText("Cancel")
        self.segment_button.setToolTip("Stop after the slices under way; keep or discard the rest")
        self.outlook.setText("")
        self.bar.setRange(0, 0)
        self.bar.show()
        self.status.setText("Getting ready…")
        self._show_notes(self.guard.doubts)

    def _job(self) -> Job | None:
        layer, handle, bundle = self.scans.layer, self.handle, self.models.bundle
        if layer is None or handle is None or bundle is None:
            return None
        slices = None
        if self.range.one.isChecked():
            slices = (self._shown_slice(layer, handle),)
        return Job(
            layer=layer,
            handle=handle,
            bundle=bundle,
            channels=self.channels.by_role,
            device=self.devices.name,
            plane=acquisition_plane(handle.scan.affine),
            slices=slices,
            replace=self.target.layer,
            active=self._viewer.layers.selection.active,
        )

    def _shown_slice(self, layer: Image, handle: ScanHandle) -> int:
        """Give the number of the axial slice that the slider is at, the nearest there is."""
        if layer.ndim == 2:
            return 0
        grid, frame = handle.scan.grid, frame_for(handle.scan.affine)
        shown = np.array(layer.world_to_data(self._viewer.dims.point[-layer.ndim :])[-3:])
        position = frame.place(handle.frame.place_back(shown, grid), grid)[0]
        return int(np.clip(np.round(position), 0, grid[frame.order[0]] - 1))

    # The run

    def _on_step(self, step: Step) -> None:
        self.bar.setRange(0, step.total)
        self.bar.setValue(step.done)
        self.status.setText(step.message)
        if step.notes:
            self._show_notes(step.notes)

    def _on_end(self, result: Outcome | Failure) -> None:
        self.bar.hide()
        if isinstance(result, Failure):
            self.status.setText(result.message)
            show_error(result.message)
        elif result.segmentation.complete:
            remember(result.segmentation, result.job.device)
            self._show(result)
        elif result.segmentation.slices:
            self._partial = result
            self.partial_row.show()
            count = len(result.segmentation.slices)
            self.status.setText(f"Cancelled with {count} slices done. Keep them?")
        else:
            self.status.setText("Cancelled before the first slices were done.")
        self._update_buttons()

    def _show(self, outcome: Outcome) -> None:
        self.working.show(show_outcome(self._viewer, outcome))
        self.mask_fold.expand(animate=False)
        self.status.setText(summary(outcome))
        notes = outcome.segmentation.notes
        self._show_notes(notes)
        if notes:
            show_warning("\n".join(notes))
        self._on_layers_changed()

    def _show_notes(self, notes: Sequence[str]) -> None:
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))

    def _on_keep(self) -> None:
        outcome = self._partial
        self._on_discard()
        if outcome is not None:
            self._show(outcome)

    def _on_discard(self) -> None:
        if self._partial is not None:
            self.status.setText("Discarded.")
        self._partial = None
        self.partial_row.hide()

    def _on_save(self) -> None:
        layer = self.working.layer
        if layer is not None:
            self.saver.save(layer)


def _leave(layers: LayerList, parts: Sequence[Callable[[], None]], callback: Any, *_: Any) -> None:
    """Take leave of a viewer after Qt has deleted the widget."""
    for leave in parts:
        leave()
    # Where both are garbage collected together, the viewer may be half gone already.
    with suppress(AttributeError, ValueError):
        layers.events.inserted.disconnect(callback)
        layers.events.removed.disconnect(callback)
        layers.selection.events.active.disconnect(callback)
