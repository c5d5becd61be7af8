"""A model's mask that follows other rules, until a person takes over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.autosave.digests import slice_digests
from napari_brainseg.bbox import bounding_box
from napari_brainseg.errors import without_path
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.domain.mask_record import record_of
from napari_brainseg.gui.domain.rules import rules_followed, rules_of
from napari_brainseg.gui.layers.undoable import write_labels
from napari_brainseg.language import marked, tr
from napari_brainseg.pipeline.postprocess import MaskRules, mark

if TYPE_CHECKING:
    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.frames import Frame
    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.domain.provenance import Provenance
    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.segment import Segmentation

__all__ = ["LOWEST", "LiveMask"]

LOWEST = 0.01
"""Lowest threshold that is offered: what is less probable is not looked at again."""

NO_MASK = marked("There is no mask yet.")
NOT_OURS = marked("Only a mask that a model made in this session can be moved: run Segment.")
LOADING = marked("The model's probabilities are being laid out.")
ACCEPTED = marked("The mask was accepted. Release Accept to move it again.")
EDITED = marked(
    "The mask was edited by hand; moving it would undo that. Take the edits back with Ctrl+Z, or "
    "run Segment for a new one."
)


@dataclass(frozen=True, slots=True, eq=False)
class _Map:
    """The probabilities of a run as its mask is shown, within the box that any rules can reach."""

    result: Segmentation
    frame: Frame
    own: _Labels
    box: tuple[slice, ...]
    foreground: NDArray[np.float16]
    kinds: NDArray[np.uint8]
    spacing: tuple[float, float, float]
    voxel_volume: float

    def labels(self, rules: MaskRules) -> _Labels:
        """Make the mask by other rules; by the model's own it is the model's, voxel for voxel."""
        if rules == self.own.rules:
            return self.own
        labels = np.zeros_like(self.own.labels)
        found = mark(self.foreground, rules, self.spacing, self.voxel_volume)
        np.multiply(found, self.kinds, out=labels[self.box])
        return _Labels.of(labels, rules, self.frame)


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """A mask by some rules, in the order of the layer, and by what it is known again."""

    labels: NDArray[np.uint8]
    rules: MaskRules
    digests: tuple[bytes, ...]
    is_empty: bool

    @classmethod
    def of(cls, labels: NDArray[np.uint8], rules: MaskRules, frame: Frame) -> _Labels:
        """Hash a mask; slow."""
        return cls(labels, rules, slice_digests(frame.invert(labels)), not labels.any())


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """An answer of the worker thread.

    ``move`` is None where it only laid out the map; ``is_moved`` says whether the mask followed
    other rules than the model's own when that was done.
    """

    map: _Map
    move: _Labels | None
    is_moved: bool


class LiveMask(QObject):
    """Writes the working mask anew by other rules.

    The mask is computed in a worker thread, the newest request winning, and written only where the
    record has seen that the layer still holds what was written last, and nothing happened since:
    no stroke is ever lost. All moves
    together are one step of the layer's history, whatever was there before: Ctrl+Z leads back to
    the model's own mask, and from there to what came before it.

    Parameters
    ----------
    working : WorkingMask
        The mask that is moved.

    Signals
    -------
    changed
        Whether it can be moved, or the rules that it follows, may have changed.
    moved
        It follows other rules than before.
    """

    changed = Signal()
    moved = Signal()

    def __init__(self, working: WorkingMask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._working = working
        self._layer: Labels | None = None
        self._map: _Map | None = None
        self._last: _Labels | None = None
        self._asked: MaskRules | None = None
        self._submitted: MaskRules | None = None
        self._ready: _Labels | None = None
        self._computing = Latest(self, self._on_computed, failed=self._on_failed)
        self._held = False
        self._step = False
        self._raw = False
        self.why_not = tr(NO_MASK)
        working.switched.connect(self._on_switched)
        working.looked.connect(self._on_looked)
        self._on_switched()

    # What it is

    @property
    def _record(self) -> MaskRecord | None:
        return None if self._layer is None else record_of(self._layer)

    @property
    def origin(self) -> Provenance | None:
        """What is known of the mask, if a model made it in this session."""
        record = self._record
        origin = None if record is None else record.provenance
        return origin if origin is not None and origin.result is not None else None

    @property
    def card(self) -> ModelCard | None:
        """The model that made the mask."""
        origin = self.origin
        return None if origin is None or origin.result is None else origin.result.card

    @property
    def rules(self) -> MaskRules | None:
        """The rules asked for, or else those that the mask was made by."""
        if self._asked is not None:
            return self._asked
        origin = self.origin
        return None if origin is None else rules_followed(origin)

    @property
    def accepted(self) -> bool:
        """Whether the mask is to be left alone."""
        return self.origin is not None and self.origin.accepted

    # What can be done with it

    def ask(self, rules: MaskRules) -> None:
        """Move the mask as soon as it is computed, unless it must not be moved."""
        self._asked = rules
        self._start()

    def hold(self, held: bool) -> None:
        """Say that moves are only passed through, as while a slider is dragged, or no longer.

        They are cheaper: the step in the history is made when the slider is let go.
        """
        self._held = held
        if not held:
            self._settle()

    def accept(self, accepted: bool) -> None:
        """Leave the mask alone from now on, or no longer."""
        record = self._record
        if record is not None and self.origin is not None:
            record.change(accepted=accepted)
            self._look()
            self.changed.emit()

    # Following the working mask

    def _on_switched(self) -> None:
        self._settle()
        self._layer, self._asked, self._held = self._working.layer, None, False
        self._raw = False
        self._start()
        self._look()
        self.changed.emit()

    def _on_looked(self) -> None:
        self._start()
        if self._raw and not self._held:
            self._settle()
        self._go_on()
        self.changed.emit()

    def _look(self) -> None:
        """Find out whether the mask can be moved, as far as the record has seen it."""
        record, origin = self._record, self.origin
        if record is None or record.provenance is None:
            self.why_not = tr(NO_MASK) if self._layer is None else tr(NOT_OURS)
        elif origin is None:
            self.why_not = tr(NOT_OURS)
        elif origin.accepted:
            self.why_not = tr(ACCEPTED)
        elif self._map is None or record.original_digests is None:
            self.why_not = tr(LOADING)
        else:
            self.why_not = "" if self._recognised(record, self._map) else tr(EDITED)

    def _recognised(self, record: MaskRecord, known: _Map) -> bool:
        """Whether the layer holds what was written last, or undo and redo led to such a mask."""
        if record.is_original:
            return True
        states = (known.own,) if self._last is None else (known.own, self._last)
        for state in states:
            if record.digests == state.digests:
                self._step = state.digests != known.own.digests
                self._remember(state)
                self.moved.emit()
                return True
        return False

    # Computing

    def _start(self) -> None:
        """Have computed what is missing: the map first, then the mask that was asked for last."""
        origin = self.origin
        if origin is None or self._map is None or self._map.result is not origin.result:
            self._map = self._last = self._ready = self._submitted = None
        if origin is None:
            self._asked = None
        elif self._map is None:
            if not self._computing.running:
                self._submit(origin)
        elif self._asked is not None and self._asked is not self._submitted:
            self._submit(origin)

    def _submit(self, origin: Provenance) -> None:
        self._submitted = self._asked
        self._computing.run(_compute, self._map, origin, self._asked)

    def _on_computed(self, answer: _Answer) -> None:
        origin = self.origin
        if origin is None or origin.result is not answer.map.result:
            self._start()
            return
        if self._map is None:
            self._step = answer.is_moved
        self._map = answer.map
        self._ready = answer.move
        self._go_on()
        self._start()
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self._asked = self._submitted = None
        show_error(tr("The mask could not be moved: {reason}", reason=without_path(error)))
        self.changed.emit()

    # Writing

    def _go_on(self) -> None:
        """Write what was computed, once it is known what the layer holds."""
        record = self._record
        if record is not None and not record.is_settled:
            return  # something happened: it is being looked at
        self._look()
        move, self._ready = self._ready, None
        if move is None or self._layer is None or self._map is None:
            return
        if self._asked == move.rules or self.why_not:
            self._asked = self._submitted = None
        if not self.why_not:
            self._write(self._layer, self._map, move)

    def _write(self, layer: Labels, known: _Map, move: _Labels) -> None:
        if self._held:
            layer.data[known.box] = move.labels[known.box]
            layer.refresh(thumbnail=False, highlight=False, extent=False)
            self._raw = True
        else:
            self._write_step(layer, known, move)
        self._remember(move)
        self._last = move
        self.moved.emit()

    def _write_step(self, layer: Labels, known: _Map, move: _Labels) -> None:
        """Write a mask as one step from the model's own, in place of the last such step."""
        if self._step:
            layer.undo()
        np.copyto(layer.data, known.own.labels)
        corner = tuple(part.start for part in known.box)
        self._step = write_labels(layer, move.labels[known.box], corner) > 0
        if not self._step:
            layer.refresh(extent=False)
        self._raw = False

    def _settle(self) -> None:
        """Make the step of moves that were passed through, unless a stroke came between."""
        record, layer, known, move = self._record, self._layer, self._map, self._last
        if not self._raw or record is None or layer is None or known is None or move is None:
            self._raw = False
            return
        if not record.is_settled:
            return  # a stroke may have come between: it is being looked at
        self._raw = False
        if record.digests == move.digests:
            self._write_step(layer, known, move)
            self._remember(move)

    def _remember(self, state: _Labels) -> None:
        """Tell the record what the layer holds: from now on that is the model's mask."""
        record, origin, known = self._record, self.origin, self._map
        if record is None or origin is None or known is None:
            return
        own = state.digests == known.own.digests
        original = known.result.labels if own else known.frame.invert(state.labels)
        made = replace(origin, original=original, rules=state.rules)
        record.take_over(made, state.digests, is_empty=state.is_empty)


def _compute(known: _Map | None, origin: Provenance, rules: MaskRules | None) -> _Answer:
    """Lay out the map unless it is known, and make the mask, in a worker thread."""
    result, original = origin.result, origin.original
    assert result is not None, "only a run has probabilities"
    is_moved = original is not None and not np.array_equal(original, result.labels)
    known = known or _lay_out(origin, result)
    return _Answer(known, None if rules is None else known.labels(rules), is_moved)


def _lay_out(origin: Provenance, result: Segmentation) -> _Map:
    scan, turn = origin.scan, origin.frame.apply
    foreground, kinds = (turn(each) for each in result.strongest)
    # A little lower, because half precision rounds.
    lowest = 0.99 * min(LOWEST, result.card.threshold)
    box = bounding_box(mark(foreground, MaskRules(lowest)), 1) or (slice(0, 1),) * 3
    in_mm = scan.units == "mm"
    own = np.array(turn(result.labels), order="C")
    return _Map(
        result=result,
        frame=origin.frame,
        own=_Labels.of(own, rules_of(result.card), origin.frame),
        box=box,
        foreground=np.array(foreground[box], order="C"),
        kinds=np.array(kinds[box], order="C"),
        spacing=origin.frame.reorder(scan.spacing) if in_mm else (1.0, 1.0, 1.0),
        voxel_volume=scan.voxel_volume if in_mm else 1.0,
    )
