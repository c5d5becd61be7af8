"""Strokes inside and outside, and the mask that follows them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from napari_brainseg.edit.scribble import INSIDE, OUTSIDE, follow_strokes
from napari_brainseg.errors import EditError
from napari_brainseg.gui.correct.strokes import StrokesLayer, narrowed
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.domain.opinion import opinion_of
from napari_brainseg.gui.layers.geometry import as_volume, steps_of
from napari_brainseg.gui.layers.names import channel_title
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.edit.slicing import Slicing
    from napari_brainseg.gui.correct.runner import Change, Task
    from napari_brainseg.gui.correct.workplace import Workplace

__all__ = ["COLORS", "Scribbling"]

COLORS = {INSIDE: "#2fd16b", OUTSIDE: "#ff4dd2"}
WIDTH = 4
"""Of a stroke, in voxels."""

TEXTS = {
    INSIDE: marked("Draw lines through the lesion, and the mask follows; then outside of it, too."),
    OUTSIDE: marked("Draw lines where the mask is not to be; inside again where it is missing."),
}


class Scribbling(QObject):
    """A mode in which strokes are drawn, and after each the mask follows as one step.

    It ends with Escape, with :meth:`end`, or with the layer of the strokes. Ctrl+Z takes the last
    stroke back, and what followed it.

    Parameters
    ----------
    place : Workplace
        Whose mask follows, on the slices that its tools work on.
    """

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._place = place
        self._written: list[Change] = []
        self._asked = False
        self._slice: Slicing | None = None
        self._stop = Event()
        self.strokes = StrokesLayer(place.viewer, place.working, COLORS, self.undo, self.redo, self)
        self.strokes.painted.connect(self.follow)
        self.strokes.escaped.connect(self._on_escape)

    def draw(self, kind: int) -> None:
        """Have strokes of a kind drawn from now on; raises EditError in 3-D display."""
        self.strokes.draw(kind, WIDTH)
        seen = self._place.protection.range.seen
        by = "" if seen is None else channel_title(seen)
        self._place.say(
            tr("{what} It goes by {scan}. Escape: done.", what=tr(TEXTS[kind]), scan=by)
        )

    def follow(self) -> None:
        """Draw the mask anew between the strokes, once the tools before are done.

        On the slice of the newest one, where it is to be one slice: in three planes that may be a
        coronal or sagittal one.
        """
        self._slice = self.strokes.newest_slice() or self._slice
        if self.strokes.layer is not None and not self._asked:
            self._asked = True
            self._place.runner.submit(self._task)

    def end(self) -> None:
        """Leave the mode; the strokes go, the mask stays."""
        self._written.clear()
        self._slice = None
        self.strokes.end()

    def undo(self) -> None:
        """Take the last stroke back, and what followed it."""
        layer, mask = self.strokes.layer, self.strokes.mask
        if layer is None or mask is None:
            return
        layer.undo()
        change = self._written.pop() if self._written else None
        if change is not None and _is_as_written(mask, change):
            mask.undo()
        if layer.data.any():
            self.follow()

    def redo(self) -> None:
        """Bring the stroke back that was taken back last; the mask follows."""
        if self.strokes.layer is not None:
            self.strokes.layer.redo()
            self.follow()

    def _on_escape(self) -> None:
        if self._place.runner.busy:
            self._stop.set()
        else:
            self.end()
            self._place.say("")

    def _task(self) -> Task:
        """Make the task of following, when its turn has come."""
        self._asked = False
        strokes, image = self.strokes.layer, self._place.protection.range.seen
        if strokes is None or image is None:
            raise EditError("")
        self._stop = Event()
        use = self._place.use_now()
        slicing, known = narrowed(use.slicing, self._slice), provenance_of(use.layer)
        label = int(use.layer.selected_label)
        fits = known is not None and known.shape == as_volume(use.layer.data).shape
        tool = partial(
            _follow,
            slicing,
            as_volume(strokes.data),
            as_volume(image.data),
            slicing.spacing(steps_of(use.layer)),
            partial(opinion_of, known if fits else None, label, slicing.take),
            self._stop.is_set,
        )
        return replace(use.task("inside", tool, slicing, self._on_written), name="Scribble")

    def _on_written(self, change: Change) -> None:
        if change.after.size:
            self._written.append(change)


def _is_as_written(mask: Labels, change: Change) -> bool:
    return mask.data is change.data and np.array_equal(mask.data[change.places], change.after)


def _follow(
    slicing: Slicing,
    strokes: NDArray[np.uint8],
    scan: NDArray[Any],
    spacing: tuple[float, ...],
    opinion: Callable[[], NDArray[np.float32] | None],
    cancelled: Callable[[], bool],
    mask: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Follow the strokes, in the worker thread: what is drawn meanwhile is followed next."""
    drawn = np.array(slicing.take(strokes))
    return follow_strokes(mask, drawn, slicing.take(scan), spacing, opinion(), cancelled)
