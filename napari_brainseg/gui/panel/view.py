"""The parts of the panel, how they stand below each other, and how a state is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QProgressBar, QPushButton, QWidget

from napari_brainseg.gui.autosave.restore_rows import UnsavedRows
from napari_brainseg.gui.common.collapsible import collapsible
from napari_brainseg.gui.common.focus_ring import FocusRing
from napari_brainseg.gui.common.key_bindings import KeyBindings
from napari_brainseg.gui.common.once import OnceButton
from napari_brainseg.gui.common.passing_keys import pass_keys
from napari_brainseg.gui.common.rows import form_of, row_of
from napari_brainseg.gui.common.settings import load_preferences
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text, unmarked
from napari_brainseg.gui.common.wheel import guard_wheel
from napari_brainseg.gui.correct.label_table import LabelTable
from napari_brainseg.gui.correct.section import CorrectSection
from napari_brainseg.gui.domain.shortcuts import AUTO_GREY, UNCERTAIN
from napari_brainseg.gui.layers.running_mask import RunningMask
from napari_brainseg.gui.measure.section import MeasureSection
from napari_brainseg.gui.panel.channel_rows import ChannelRows
from napari_brainseg.gui.panel.class_buttons import ClassButtons
from napari_brainseg.gui.panel.ct_window_row import WindowRow
from napari_brainseg.gui.panel.facts import ScanKeys
from napari_brainseg.gui.panel.job import job_of
from napari_brainseg.gui.panel.layout import UprightScroll, column_of, framed, stack_of
from napari_brainseg.gui.panel.model_chooser import ModelChooser
from napari_brainseg.gui.panel.open_button import OpenButton
from napari_brainseg.gui.panel.owner_row import OwnerRow
from napari_brainseg.gui.panel.run_flow import RunFlow
from napari_brainseg.gui.panel.run_options import RunForm
from napari_brainseg.gui.panel.scan_chooser import ScanChooser
from napari_brainseg.gui.panel.threshold_section import MaskSection
from napari_brainseg.gui.panel.title import WindowTitle
from napari_brainseg.gui.panel.uncertainty_row import UncertaintyRow
from napari_brainseg.gui.save.mask_saver import MaskSaver
from napari_brainseg.gui.state.aligner import Aligner
from napari_brainseg.gui.state.edit_clock import EditClock
from napari_brainseg.gui.state.input_check import InputCheck
from napari_brainseg.gui.state.undo_view import UndoView
from napari_brainseg.gui.state.working_mask import WorkingMask
from napari_brainseg.gui.views.buttons import ViewButtons
from napari_brainseg.gui.views.details_dialog import DetailsDialog
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_brainseg.gui.autosave.keeper import AutosaveKeeper
    from napari_brainseg.gui.state.panel_state import Button, PanelState, Progress
    from napari_brainseg.gui.state.run import RunJob
    from napari_brainseg.scan import Scan

__all__ = ["PanelView"]

MATCH_TIP = marked(
    "Lay the other scans on this one by what they show (a rigid registration), not by what their "
    "files state; press again to go back"
)
FOOTER = marked("Research use only, not a medical device.")

STATUS = 34
"""Height of two lines in pixels: what is below does not move when a run begins or ends."""

FORECAST = 36
"""Height of two small lines, or of the bar, in pixels; where there is little room it is more."""


class PanelView(QWidget):
    """Everything that stands in the panel; it decides nothing.

    Parameters
    ----------
    viewer : Viewer
        The viewer whose layers are offered and that gets the masks.
    keeper : AutosaveKeeper
        Keeps what is unsaved there.

    Attributes
    ----------
    state : PanelState, optional
        What is shown.
    """

    def __init__(self, viewer: Viewer, keeper: AutosaveKeeper) -> None:
        super().__init__()
        self._viewer = viewer
        self.keeper = keeper
        self._key_of = ScanKeys()
        self.state: PanelState | None = None
        self._build_owners()
        self._build_choices()
        self._build_sections()
        self._lay_out()
        self.ring = FocusRing(self)

    def _build_owners(self) -> None:
        self.flow = RunFlow(self._key_of, self)
        self.run = self.flow.run
        self.running = RunningMask(self._viewer, self)
        self.input_check = InputCheck(self)
        self.saver = MaskSaver(self._viewer.layers, self)
        self.working = WorkingMask(self._viewer, self)
        self.clock = EditClock(self.working, self)
        self.title = WindowTitle(self._viewer, self)
        self.undo_view = UndoView(self._viewer, self.working, self)

    def _build_choices(self) -> None:
        self.scans = ScanChooser(self._viewer, self._accompanies)
        self.unsaved = UnsavedRows(self.keeper, self.scans.scans)
        self.window_row = WindowRow()
        self.window_label = QLabel(tr("CT window"))
        self.open_button = OpenButton(self._viewer)
        self.details_button = QPushButton("i")
        self.details_button.setFixedWidth(24)
        self.details_button.setToolTip(tr("Patient and series of this scan"))
        self.details_button.clicked.connect(self._show_details)
        self.models = ModelChooser()
        self.scans.choose()
        self.aligner = Aligner(self._viewer, lambda: self.scans.chosen[0], self)
        self.aligned = Text(tone=Tone.QUIET, name="aligned")
        self.match_button = QPushButton(tr("Match"))
        self.match_button.setCheckable(True)
        self.match_button.setToolTip(tr(MATCH_TIP))
        self.channels = ChannelRows()
        self.options = RunForm()
        self.range, self.target = self.options.range, self.options.target
        self.devices = self.options.devices
        self.empty_button = OnceButton(tr("New empty mask"))
        self.segment_button = OnceButton(tr("Segment"))
        self.segment_button.setMinimumHeight(40)
        self.segment_button.setStyleSheet("font-weight: bold; font-size: 14px")

    def _build_sections(self) -> None:
        self.outlook = Text(tone=Tone.QUIET, name="outlook")
        self.bar = QProgressBar()
        self.status = Text(name="status")
        self.status.setMinimumHeight(STATUS)
        self.status.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.status.setIndent(0)  # which Qt puts above the text, too
        self.notes = Text(tone=Tone.ATTENTION, name="notes")
        self.owner = OwnerRow(self._viewer, self.scans, self.working)
        self.mask_rules = MaskSection(self.working)
        self.uncertainty = UncertaintyRow(self._viewer, self.working)
        self.correct = CorrectSection(self._viewer, self.working, self._job, self._why_not_again)
        self.labels = LabelTable(self.correct)
        self.classes = ClassButtons(self.labels)
        self.views = ViewButtons(self._viewer, self.working)
        others = {
            UNCERTAIN.key: self.uncertainty.next_button.click,
            AUTO_GREY.key: self.views.grey.click,
        }
        keys = self.correct.keys | others if load_preferences().keys else {}
        self.keys = KeyBindings(self._viewer, keys)
        self.measure = MeasureSection(self._viewer, self.working)
        self.save_button = QPushButton(tr("Save mask…"))
        self.save_button.setMinimumHeight(32)  # the mark of what is not saved makes it no taller

    def _lay_out(self) -> None:
        self.aligned_row = QWidget()
        row = row_of(self.aligned, self.match_button, stretch=(1,))
        self.aligned_row.setLayout(row)
        self.mask_fold = collapsible(tr("Mask"), self.mask_rules, self.uncertainty)
        self.labels_fold = collapsible(tr("Labels"), self.labels)
        self.correct_fold = collapsible(tr("Correct"), self.labels_fold, self.correct)
        # Where one stands the other does not, so that no button moves under the mouse.
        self.forecast = stack_of(self.outlook, self.bar)
        self.forecast.setMinimumHeight(FORECAST)
        inner = column_of(
            form_of(
                (
                    tr("Scan"),
                    row_of(self.scans, self.details_button, self.open_button, stretch=(1,)),
                ),
                (self.window_label, self.window_row),
                (tr("Model"), self.models),
            ),
            self.models.summary,
            self.models.problems,
            self.aligned_row,
            self.channels,
            form_of((tr("Range"), row_of(self.range, self.target, stretch=(0, 1)))),
            self.devices,
            row_of(self.segment_button, self.empty_button, stretch=(1,)),
            self.forecast,
            self.status,
            self.notes,
            self.owner,
            self.classes,
            self.views,
            # The rules of a mask open by themselves: below them, the others would be out of sight.
            self.measure,
            self.correct_fold,
            self.mask_fold,
        )
        guard_wheel(inner)
        # What may not be missed stands above, what is always at hand below.
        footer = column_of(
            self.correct.hint, self.save_button, Text(tr(FOOTER), Tone.QUIET, "footer")
        )
        framed(self, self.unsaved, inner, (footer,))
        pass_keys(self)

    def show_tools(self) -> None:
        """Keep in sight what a mask is measured and corrected with, where not all can be."""
        if not self.measure.fold.isExpanded():
            self.findChild(UprightScroll).keep(self.correct_fold)

    # Drawing

    def show_state(self, new: PanelState) -> None:
        """Draw what differs from the state before."""
        old, self.state = self.state, new
        for name, draw in (
            ("shows_window", self._show_window),
            ("why_not_one", self.range.allow_one),
            ("segment", self._show_segment),
            ("empty", self._show_empty),
            ("save", self._show_save),
            ("aligned", self._show_aligned),
            ("title", self.title.mark),
            ("outlook", self.outlook.setText),
            ("progress", self._show_progress),
            ("status", self.status.setText),
            ("notices", self.notes.show_lines),
            ("mask", self.mask_rules.show_state),
            ("measure", self._show_measure),
        ):
            if old is None or getattr(old, name) != getattr(new, name):
                draw(getattr(new, name))

    def _show_window(self, on: bool) -> None:
        self.window_label.setVisible(on)
        self.window_row.setVisible(on)

    def _show_segment(self, button: Button) -> None:
        _draw(self.segment_button, button)

    def _show_aligned(self, lines: tuple[str, ...]) -> None:
        self.aligned.show_lines(lines)
        self.aligned_row.setVisible(bool(lines))

    def _show_empty(self, button: Button) -> None:
        _draw(self.empty_button, button)

    def _show_save(self, button: Button) -> None:
        _draw(self.save_button, button)

    def _show_measure(self, title: Button) -> None:
        self.measure.show_title(title.text, title.tip)

    def _show_progress(self, progress: Progress | None) -> None:
        self.forecast.setCurrentWidget(self.outlook if progress is None else self.bar)
        if progress is not None:
            self.bar.setRange(0, progress.total)
            self.bar.setValue(progress.done)
            self.bar.setFormat(progress.text)

    def _accompanies(self, scan: Scan, main: Scan) -> bool:
        from napari_brainseg.pipeline.channels import accompanies

        bundle = self.models.bundle
        return bundle is not None and accompanies(bundle.card, scan, main)

    def _show_details(self) -> None:
        handle = self.scans.chosen[0]
        if handle is not None:
            DetailsDialog(handle.scan, self).show()

    def _job(self) -> RunJob | None:
        """Put together what is chosen for a run; None where something is missing."""
        layer, handle, bundle = self.scans.layer, self.scans.chosen[0], self.models.bundle
        if layer is None or handle is None or bundle is None:
            return None
        options, channels = self.options.values, self.channels.by_role
        return job_of(self._viewer, layer, handle, bundle, channels, options)

    def _why_not_again(self) -> str:
        """Why the model cannot be run on a part of the scan."""
        return self.state.why_not_run if self.state is not None else ""


def _draw(button: QPushButton, state: Button) -> None:
    button.setText(state.text)
    button.setEnabled(state.enabled)
    button.setToolTip(unmarked(state.tip))
