"""The dock widget: choose, segment, save."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_warning

from napari_brainseg.choice.costs import last_cost
from napari_brainseg.gui.autosave.keeper import keeper_of
from napari_brainseg.gui.common.canvas import guard_viewer
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.docked import end_with_dock
from napari_brainseg.gui.common.language import follow_language, locale_in_use
from napari_brainseg.gui.common.turns import Turns
from napari_brainseg.gui.layers.belonging import new_empty_mask
from napari_brainseg.gui.layers.results import (
    has_turned_away,
    hide_older,
    is_open,
    put_outcome,
    revisions_of,
    take_brush,
    take_up,
)
from napari_brainseg.gui.layers.tool_drawings import draw_brush_ahead
from napari_brainseg.gui.measure.text import finding
from napari_brainseg.gui.panel.facts import mask_facts, scan_facts, unsaved_masks
from napari_brainseg.gui.panel.run_flow import not_run, where_it_ran
from napari_brainseg.gui.panel.view import PanelView
from napari_brainseg.gui.panel.warming import Warming
from napari_brainseg.gui.state.mask_watch import watch_of
from napari_brainseg.gui.state.panel_facts import Facts, Line, tell
from napari_brainseg.gui.state.panel_state import resolve
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer
    from qtpy.QtGui import QCloseEvent

    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.gui.state.panel_facts import MeasureFacts
    from napari_brainseg.gui.state.run import Outcome
    from napari_brainseg.pipeline.channels import Channel

__all__ = ["SegmentWidget"]


class SegmentWidget(PanelView):
    """Panel that segments a scan of the viewer with one of the models found.

    Its parts tell it what has changed; it gathers the facts, has :func:`resolve` make a state of
    them, and shows what differs from the state before.

    Parameters
    ----------
    napari_viewer : Viewer
        The viewer whose layers are offered and that gets the masks.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        follow_language()
        guard_viewer(napari_viewer)
        super().__init__(napari_viewer, keeper_of(napari_viewer))
        self.setLocale(locale_in_use())
        end_with_dock(self)
        self._facts = Facts()
        self._moved = False
        self._before: dict[str, int] = {}
        self.landing = Turns(self)
        self.warming = Warming(self)
        self._connect()
        self._on_input_changed()

    def _connect(self) -> None:
        self.scans.changed.connect(self._on_input_changed)
        self.models.changed.connect(self._on_input_changed)
        self.channels.changed.connect(self._on_channels_changed)
        self.input_check.changed.connect(self._on_checked)
        self.input_check.chosen.connect(self._on_chosen)
        self.options.changed.connect(self._on_options_changed)
        self.warming.changed.connect(self._on_warm)
        self.segment_button.clicked.connect(self._on_segment)
        self.empty_button.clicked.connect(self._on_empty)
        self.owner.given.connect(self._on_owned)
        self.aligner.changed.connect(self._on_aligned)
        self.aligner.told.connect(self._on_given)
        self.match_button.toggled.connect(self._on_match)
        self.save_button.clicked.connect(self._on_save)
        self.saver.ended.connect(self._on_saved)
        self.keeper.attached.connect(self._on_layers_changed)
        self.flow.told.connect(self._on_told)
        self.flow.noted.connect(self._on_noted)
        self.flow.landed.connect(self._on_landed)
        self.run.stepped.connect(self.running.draw)
        self.run.ended.connect(self.running.drop)
        self.mask_rules.live.changed.connect(self._on_mask_changed)
        self.mask_rules.live.moved.connect(self._on_moved)
        self.measure.told.connect(self._on_measured)
        events = Connections(self)
        layers = self._viewer.layers
        for source in (layers.events.inserted, layers.events.removed):
            events.connect(source, self._on_layers_changed)
        events.connect(layers.events.removed, self._on_removed)
        events.connect(layers.selection.events.active, self._on_layers_changed)
        watch = watch_of(self._viewer)
        events.connect(watch.looked, self._on_mask_changed)
        events.connect(watch.saved, self._on_mask_changed)
        for leave in (
            self.working.leave,
            self.keys.leave,
            self.run.abandon,
            self.landing.leave,
            self.running.leave,
        ):
            events.at_end(leave)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """End what is running; nobody is left to see its result."""
        self.input_check.clear()
        self.run.abandon()
        self.running.drop()
        self.measure.leave()
        self.aligner.leave()
        super().closeEvent(event)

    @property
    def handle(self) -> ScanHandle | None:
        """The chosen scan, or None if there is none that can be read."""
        return self.scans.chosen[0]

    def _available(self) -> list[Channel]:
        """Every channel in the viewer, those of the chosen scan first."""
        from napari_brainseg.pipeline.channels import Channel

        scans = self.scans.scans()
        return [Channel(scan, index) for scan in scans for index in range(len(scan.channels))]

    # What has changed

    def _on_input_changed(self) -> None:
        """Follow another scan, model, or set of layers."""
        handle, problem = self.scans.chosen
        bundle = self.models.bundle
        scan = handle.scan if handle else None
        card = bundle.card if bundle else None
        self.window_row.offer(scan, self.scans.group)
        ready = scan is not None and card is not None
        self.channels.offer(card, scan, self._available() if ready else ())
        chosen = scan_facts(scan, self._key_of(scan)) if scan is not None else None
        self._know(scan=chosen, scan_problem=problem, has_model=bundle is not None)
        self._on_channels_changed()
        self.keeper.attach(self.scans.scans())
        self._on_layers_changed()
        self.aligner.refresh()

    def _on_aligned(self) -> None:
        reference = self.aligner.reference
        name = reference.scan.source.name if reference is not None else ""
        self._know(aligned=self.aligner.moved, apart=self.aligner.apart, aligned_to=name)
        # Nothing may have come of it, or the scans that were matched are closed.
        self.match_button.blockSignals(True)
        self.match_button.setChecked(self.aligner.matched)
        self.match_button.blockSignals(False)

    def _on_match(self, on: bool) -> None:
        if on:
            self.aligner.match()
        else:
            self.aligner.unmatch()
        self._on_aligned()

    def _on_channels_changed(self) -> None:
        """Have the chosen images looked at before they are segmented."""
        handle, bundle = self.handle, self.models.bundle
        self._know(missing_role=self.channels.missing or "", said_elsewhere=self.channels.said)
        if handle is None or bundle is None or self.channels.missing is not None:
            self.input_check.clear()
        else:
            self.input_check.check(handle.scan, bundle.card, self.channels.by_role)

    def _on_chosen(self) -> None:
        self._know(run_notes=None)

    def _on_checked(self, notes: tuple[str, ...]) -> None:
        self._know(input_notes=notes)

    def _on_layers_changed(self, event: Any = None) -> None:
        handle = self.handle
        self.target.offer_masks(list(self._viewer.layers), handle.scan if handle else None)
        self._on_options_changed()

    def _on_removed(self, event: Any = None) -> None:
        """End a run on a scan that is closed, and forget what was told of a mask that is gone."""
        layers, job = self._viewer.layers, self.flow.job
        if job is not None and not is_open(layers, job.layer, job.handle.scan):
            self.flow.close()
            self.running.stop()
        told_of = self._facts.line.layer
        if told_of is not None and all(layer.unique_id != told_of for layer in layers):
            self._facts = tell(self._facts, Line(""))
            self._know()

    def _on_options_changed(self, options: Any = None) -> None:
        chosen, bundle = self.options.values, self.models.bundle
        self.warming.follow(bundle, chosen.device)
        self._know(
            only_this_slice=chosen.only_this_slice,
            device=self.options.device_label,
            estimate=self.warming.estimate(bundle, chosen.device) if bundle else None,
            cost=last_cost(bundle, chosen.device) if bundle else None,
            mask=mask_facts(self.working.layer, self.mask_rules.live),
        )

    def _on_warm(self) -> None:
        draw_brush_ahead(self._viewer)
        self._on_options_changed()

    def _on_mask_changed(self) -> None:
        self._know(mask=mask_facts(self.working.layer, self.mask_rules.live))

    def _on_moved(self) -> None:
        self._moved = True

    def _on_measured(self, measured: MeasureFacts) -> None:
        """Say what the mask amounts to, and by which threshold, once it has come to rest."""
        mask, rules = self.working.layer, self.mask_rules.live.rules
        if self._moved and mask is not None and rules is not None:
            self._moved = False
            line = self._line(tr("threshold {threshold:.2f}", threshold=rules.threshold))
            self._facts = tell(self._facts, replace(line, mask=mask.unique_id))
        self._know(measured=measured, mask=mask_facts(mask, self.mask_rules.live))

    # What is shown

    def _know(self, **facts: Any) -> None:
        """Take facts over, and show what differs by them."""
        unsaved = unsaved_masks(self._viewer.layers)
        self._facts = replace(self._facts, unsaved=unsaved, **facts)
        self.show_state(resolve(self._facts))

    # Running

    def _on_segment(self) -> None:
        if self.run.running:
            self.flow.cancel()
            return
        self.landing.finish()  # it may yet select a mask
        job = self._job()
        if job is not None:
            self._facts = replace(self._facts, run_notes=None)
            self._before = revisions_of(self._viewer)
            self.running.begin(job)
            self.flow.start(job)

    def _line(self, text: str) -> Line:
        """Make a line about the scan of the working mask."""
        known = self.working.provenance
        if known is None:
            return Line(text)
        return Line(text, self._key_of(known.scan), known.scan.source.name)

    def _on_told(self, line: Line) -> None:
        self._facts = tell(self._facts, line)
        self._know(run=self.flow.facts)

    def _on_noted(self, notes: tuple[str, ...]) -> None:
        self._know(run_notes=notes)

    def _on_landed(self, outcome: Outcome) -> None:
        """Show the mask of a run, and say what was found.

        Bit by bit: all at once, the window would stand still for it.
        """
        viewer = self._viewer
        away = has_turned_away(viewer, outcome.job, self.running)
        mask = put_outcome(viewer, outcome, self.running)
        self.keeper.meet(mask)
        self._know(run=self.flow.facts)
        brought = (
            partial(take_up, viewer, outcome.job, mask),
            partial(take_brush, mask, outcome.segmentation.card),
        )
        told = (
            partial(hide_older, viewer, mask, self._before),
            partial(self.working.show, mask),
            partial(self._tell_of, outcome, mask),
        )
        parts = told if away else brought + told
        self.landing.run(parts, wanted=lambda: mask in viewer.layers)

    def _tell_of(self, outcome: Outcome, mask: Labels) -> None:
        result = outcome.segmentation
        self.mask_fold.expand(animate=False)
        self.channels.fold.collapse(animate=False)  # of no more use; its notes stay
        self._moved = False
        scan = outcome.job.handle.scan
        line = Line(where_it_ran(result), self._key_of(scan), scan.source.name)
        found = finding(outcome.measures)
        self._facts = tell(self._facts, replace(line, mask=mask.unique_id, finding=found))
        self._know(run=self.flow.facts, run_notes=(*not_run(outcome), *result.notes), measured=None)
        news = [note for note in result.notes if note not in self.channels.said]
        if news:
            show_warning("\n".join(news))
        self._on_layers_changed()

    def _on_empty(self) -> None:
        handle = self.handle
        if handle is not None:
            mask = new_empty_mask(self._viewer, handle)
            hide_older(self._viewer, mask)
            self.working.show(mask)
            self.channels.fold.collapse(animate=False)

    def _on_owned(self, message: str, mask: Labels) -> None:
        self._facts = tell(self._facts, replace(self._line(message), layer=mask.unique_id))
        self._on_layers_changed()

    def _on_given(self, message: str) -> None:
        self._facts = tell(self._facts, self._line(message))
        self._on_layers_changed()

    def _on_save(self) -> None:
        layer = self.working.layer
        if layer is not None:
            self.saver.save(layer)

    def _on_saved(self, message: str, mask: Labels | None) -> None:
        saved = mask.unique_id if mask is not None else None
        self._facts = tell(self._facts, replace(self._line(message), saved=saved))
        self._know()
