"""A model's mask that follows other rules, until a person takes over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.bbox import bounding_box
from napari_brainseg.errors import describe
from napari_brainseg.gui.common.workers import background
from napari_brainseg.gui.domain.rules import rules_of
from napari_brainseg.gui.layers.undoable import write_labels
from napari_brainseg.gui.state.mask_record import adopt, record_of
from napari_brainseg.pipeline.postprocess import MaskRules, mark

if TYPE_CHECKING:
    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.provenance import Provenance
    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.segment import Segmentation

__all__ = ["LOWEST", "LiveMask"]

LOWEST = 0.01
"""Lowest threshold that is offered: what is less probable is not looked at again."""

NO_MASK = "There is no mask yet."
NOT_OURS = "Only a mask that a model made in this session can be moved: run Segment."
LOADING = "The model's probabilities are being laid out."
ACCEPTED = "The mask was accepted. Release Accept to move it again."
EDITED = (
    "The mask was edited by hand; moving it would undo that. Take the edits back with Ctrl+Z, or "
    "run Segment for a new one."
)


@dataclass(frozen=True, slots=True, eq=False)
class _Map:
    """The probabilities of a run as its mask is shown, within the box that any rules can reach.

    ``own`` is the model's own mask, all of it.
    """

    result: Segmentation
    own: NDArray[np.uint8]
    box: tuple[slice, ...]
    foreground: NDArray[np.float16]
    kinds: NDArray[np.uint8]
    spacing: tuple[float, float, float]
    voxel_volume: float

    def labels(self, rules: MaskRules) -> NDArray[np.uint8]:
        """Make the mask by other rules; by the model's own it is the model's, voxel for voxel."""
        if rules == rules_of(self.result.card):
            return self.own
        labels = np.zeros_like(self.own)
        found = mark(self.foreground, rules, self.spacing, self.voxel_volume)
        np.multiply(found, self.kinds, out=labels[self.box])
        return labels


@dataclass(frozen=True, slots=True, eq=False)
class _Move:
    """An answer of the worker thread; without ``rules`` it only laid out the map."""

    map: _Map
    rules: MaskRules | None
    labels: NDArray[np.uint8]


class LiveMask(QObject):
    """Writes the working mask anew by other rules.

    The mask is computed in a worker thread, the newest request winning, and written only where the
    layer still holds, voxel for voxel, what was written last: no stroke is ever lost. All moves
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
        self._last: _Move | None = None
        self._asked: MaskRules | None = None
        self._waiting = False
        self._worker: Any = None
        self._held = False
        self._step = False
        self._raw = False
        self.why_not = NO_MASK
        working.switched.connect(self._on_switched)
        working.looked.connect(self._on_looked)
        self._on_switched()

    # What it is

    @property
    def origin(self) -> Provenance | None:
        """What is known of the mask, if a model made it in this session."""
        record = None if self._layer is None else record_of(self._layer)
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
        return None if origin is None else _rules(origin)

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
        record = None if self._layer is None else record_of(self._layer)
        if record is not None and self.origin is not None:
            record.change(accepted=accepted)
            self._look()
            self.changed.emit()

    # Following the working mask

    def _on_switched(self) -> None:
        self._settle()
        self._layer, self._asked, self._held = self._working.layer, None, False
        origin = self.origin
        self._step = origin is not None and _has_step(origin)
        self._start()
        self._look()
        self.changed.emit()

    def _on_looked(self) -> None:
        self._start()
        self._look()
        self.changed.emit()

    def _look(self) -> None:
        """Find out whether the mask can be moved; costs about as much as copying it."""
        origin = self.origin
        if self._layer is None:
            self.why_not = NO_MASK
        elif origin is None:
            self.why_not = NOT_OURS
        elif origin.accepted:
            self.why_not = ACCEPTED
        elif self._map is None or self._map.result is not origin.result:
            self.why_not = LOADING
        else:
            self.why_not = "" if self._recognised(self._layer, origin, self._map) else EDITED

    def _recognised(self, layer: Labels, origin: Provenance, known: _Map) -> bool:
        """Whether the layer holds what was written last, or undo and redo led to such a mask."""
        own = _Move(known, rules_of(known.result.card), known.own)
        states = [_Move(known, _rules(origin), _shown(origin, known)), own]
        if self._last is not None and self._last.map is known:
            states.append(self._last)
        for place, state in enumerate(states):
            if np.array_equal(layer.data, state.labels):
                if place:
                    self._step = state is not own
                    self._remember(layer, origin, state)
                    self.moved.emit()
                return True
        return False

    # Computing

    def _start(self) -> None:
        origin = self.origin
        if self._worker is not None:
            self._waiting = True
            return
        if origin is None:
            self._asked = self._map = self._last = None
            return
        ready = self._map is not None and self._map.result is origin.result
        if ready and self._asked is None:
            return
        known = self._map if ready else None
        self._worker = background(_compute, known, origin, self._asked)
        self._worker.returned.connect(self._on_computed)
        self._worker.errored.connect(self._on_failed)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def _on_computed(self, move: _Move) -> None:
        origin = self.origin
        if self._layer is None or origin is None or origin.result is not move.map.result:
            return
        self._map = move.map
        self._look()
        if move.rules is None:
            return
        if self._asked is move.rules or self.why_not:
            self._asked = None
        if not self.why_not:
            self._write(self._layer, origin, move)

    def _on_failed(self, error: Exception) -> None:
        self._asked = None
        show_error(f"The mask could not be moved: {describe(error)}")

    def _on_finished(self) -> None:
        self._worker = None
        if self._waiting:
            self._waiting = False
            self._start()
        self.changed.emit()

    # Writing

    def _write(self, layer: Labels, origin: Provenance, move: _Move) -> None:
        if self._held:
            layer.data[move.map.box] = move.labels[move.map.box]
            layer.refresh(thumbnail=False, highlight=False, extent=False)
            self._raw = True
        else:
            self._record(layer, move)
        self._remember(layer, origin, move)
        self._last = move
        self.moved.emit()

    def _record(self, layer: Labels, move: _Move) -> None:
        """Write a mask as one step from the model's own, in place of the last such step."""
        if self._step:
            layer.undo()
        np.copyto(layer.data, move.map.own)
        corner = tuple(part.start for part in move.map.box)
        self._step = write_labels(layer, move.labels[move.map.box], corner) > 0
        if not self._step:
            layer.refresh(extent=False)
        self._raw = False

    def _settle(self) -> None:
        """Make the step of moves that were passed through, unless a stroke came between."""
        layer, origin, move = self._layer, self.origin, self._last
        if not self._raw or layer is None or origin is None or move is None:
            return
        self._raw = False
        if origin.result is move.map.result and np.array_equal(layer.data, move.labels):
            self._record(layer, move)
            self._remember(layer, origin, move)

    def _remember(self, layer: Labels, origin: Provenance, move: _Move) -> None:
        """Keep with the layer what it holds: from now on that is the model's mask."""
        own = move.labels is move.map.own or not (self._step or self._raw)
        original = move.map.result.labels if own else origin.frame.invert(move.labels)
        origin = replace(origin, original=original, rules=move.rules)
        adopt(layer).begin(origin)


def _rules(origin: Provenance) -> MaskRules:
    assert origin.result is not None, "only the mask of a run has rules"
    return origin.rules or rules_of(origin.result.card)


def _has_step(origin: Provenance) -> bool:
    """Whether the layer's history ends with a step of ours."""
    return origin.result is not None and origin.original is not origin.result.labels


def _shown(origin: Provenance, known: _Map) -> NDArray[Any]:
    """Give what was written last, as the layer has it."""
    if origin.original is None or origin.original is known.result.labels:
        return known.own
    return origin.frame.apply(origin.original)


def _compute(known: _Map | None, origin: Provenance, rules: MaskRules | None) -> _Move:
    """Lay out the map unless it is known, and make the mask, in a worker thread."""
    known = known or _lay_out(origin)
    return _Move(known, rules, known.own if rules is None else known.labels(rules))


def _lay_out(origin: Provenance) -> _Map:
    result, scan, turn = origin.result, origin.scan, origin.frame.apply
    assert result is not None, "only a run has probabilities"
    foreground, kinds = (turn(each) for each in result.strongest)
    # A little lower, because half precision rounds.
    lowest = 0.99 * min(LOWEST, result.card.threshold)
    box = bounding_box(mark(foreground, MaskRules(lowest)), 1) or (slice(0, 1),) * 3
    in_mm = scan.units == "mm"
    return _Map(
        result=result,
        own=np.array(turn(result.labels), order="C"),
        box=box,
        foreground=np.array(foreground[box], order="C"),
        kinds=np.array(kinds[box], order="C"),
        spacing=origin.frame.reorder(scan.spacing) if in_mm else (1.0, 1.0, 1.0),
        voxel_volume=scan.voxel_volume if in_mm else 1.0,
    )
