"""A brush that evens out the outline where it goes over it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QObject

from napari_brainseg.edit.morphology import smooth_under
from napari_brainseg.errors import EditError
from napari_brainseg.gui.correct.strokes import StrokesLayer, narrowed
from napari_brainseg.gui.layers.geometry import as_volume, steps_of
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.edit.slicing import Slicing
    from napari_brainseg.gui.correct.runner import Task
    from napari_brainseg.gui.correct.workplace import Workplace

__all__ = ["SmoothingBrush"]

STROKE = 1
COLOR = "#3fd2ff"


class SmoothingBrush(QObject):
    """A mode in which the mask is smoothed under each stroke, as one step.

    It ends with Escape, with :meth:`end`, or with the layer of the strokes.

    Parameters
    ----------
    place : Workplace
        Whose mask is smoothed, by the amount that is set there.
    """

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._place = place
        self.strokes = StrokesLayer(
            place.viewer, place.working, {STROKE: COLOR}, self._undo, self._redo, self
        )
        self.strokes.painted.connect(self._on_painted)
        self.strokes.escaped.connect(self._on_escape)

    def draw(self) -> None:
        """Begin; raises EditError in 3-D display."""
        mask = self._place.working.layer
        self.strokes.draw(STROKE, 10.0 if mask is None else float(mask.brush_size))
        self._place.say(tr("Brush over the outline to even it out. Escape: done."))

    def end(self) -> None:
        """Leave the mode."""
        self.strokes.end()

    def _undo(self) -> None:
        if self.strokes.mask is not None:
            self.strokes.mask.undo()

    def _redo(self) -> None:
        if self.strokes.mask is not None:
            self.strokes.mask.redo()

    def _on_escape(self) -> None:
        self.end()
        self._place.say("")

    def _on_painted(self) -> None:
        layer = self.strokes.layer
        if layer is not None and layer.data.any():
            drawn, where = np.array(as_volume(layer.data)), self.strokes.newest_slice()
            self.strokes.clear()
            self._place.runner.submit(partial(self._task, drawn, where))

    def _task(self, drawn: NDArray[np.uint8], where: Slicing | None) -> Task:
        if self.strokes.layer is None:
            raise EditError("")
        use = self._place.use_now()
        slicing = narrowed(use.slicing, where)
        spacing, width = slicing.spacing(steps_of(use.layer)), use.options.amount
        tool = partial(_smooth, slicing, drawn, width, spacing)
        return use.task("polish", tool, slicing)


def _smooth(
    slicing: Slicing,
    drawn: NDArray[np.uint8],
    width: float,
    spacing: tuple[float, ...],
    mask: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    return smooth_under(mask, slicing.take(drawn) > 0, width, spacing)
