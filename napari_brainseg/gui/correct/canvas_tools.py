"""Tools that ask for something on the canvas first: a click, a rectangle, a stroke."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject

from napari_brainseg.edit.protect import range_around
from napari_brainseg.edit.scribble import INSIDE, OUTSIDE
from napari_brainseg.edit.slicing import Slicing
from napari_brainseg.errors import BrainsegError
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.correct.click import OneClick
from napari_brainseg.gui.correct.outline_drawing import ON_A_SLICE, OutlineDrawing
from napari_brainseg.gui.correct.scribbling import Scribbling
from napari_brainseg.gui.correct.smoothing_brush import SmoothingBrush
from napari_brainseg.gui.correct.strokes import IN_SPACE
from napari_brainseg.gui.layers.geometry import as_volume, slice_axis, steps_of
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.gui.correct.runner import Change
    from napari_brainseg.gui.correct.workplace import Workplace

__all__ = ["CanvasTools"]

Voxel = tuple[int, int, int]

SCRIBBLING = ("inside", "outside", "mode", "keys", "pick")
"""Tools that are used between two strokes."""
POLISHING = ("polish", "mode", "keys")

KEEP = marked("Click on the part of the mask that is to stay.")
KEEP_IN_SPACE = marked("Click on the part of the mask that is to stay, on all slices.")

OUTLINES = {
    "lasso": marked("Draw around what is to be marked"),
    "scissors": marked("Draw around what is to be erased"),
    "crop": marked("Draw around what is to stay"),
}


class CanvasTools(QObject):
    """Begins such tools, and does what the answer asks for.

    Parameters
    ----------
    place : Workplace
        Whose tools they are.
    """

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._place = place
        self.click = OneClick(place.viewer, self)
        self.drawing = OutlineDrawing(place.viewer, self)
        self.scribbling = Scribbling(place)
        self.polishing = SmoothingBrush(place)
        for mode in (self.click, self.drawing):
            mode.ended.connect(partial(place.say, ""))
        Connections(self).connect(place.viewer.dims.events.ndisplay, self._on_display)

    def _on_display(self, event: Any) -> None:
        """Leave what needs a slice: in 3-D, napari draws neither strokes nor outlines."""
        if self._place.viewer.dims.ndisplay == 3 and (self.drawing.waiting or self.kind_drawn):
            why = ON_A_SLICE if self.drawing.waiting else IN_SPACE
            self.drawing.cancel()
            self.scribbling.end()
            self.polishing.end()
            self._place.say(tr(why))

    @property
    def waiting(self) -> bool:
        """Whether an answer is awaited."""
        return self.click.waiting or self.drawing.waiting or self.kind_drawn > 0

    @property
    def kind_drawn(self) -> int:
        """What strokes are drawn, as :class:`Scribbling` counts them; 3 by the smoothing brush."""
        return self.scribbling.strokes.kind or 3 * self.polishing.strokes.kind

    def cancel(self, name: str = "") -> None:
        """Stop waiting, where a tool is used that does not belong to what is waited for."""
        self.click.cancel()
        self.drawing.cancel()
        if name not in SCRIBBLING:
            self.scribbling.end()
        if name not in POLISHING:
            self.polishing.end()

    @property
    def tools(self) -> dict[str, Callable[[], None]]:
        """What begins each tool, by its name in the table of tools."""
        return {
            "inside": partial(self.scribbling.draw, INSIDE),
            "outside": partial(self.scribbling.draw, OUTSIDE),
            "sphere": self._sphere,
            "polish": self.polishing.draw,
            **{name: partial(self._outline, name) for name in OUTLINES},
            "brush": self._brush,
            "pick": self._pick,
            "keep": self._keep,
            "slice": self._run_slice,
            "box": self._run_box,
        }

    @property
    def _mask(self) -> Labels | None:
        return self._place.working.layer

    # A stroke

    def _brush(self) -> None:
        layer, box = self._mask, self._place.protection.range.box
        again = box.isChecked() and layer is not None and str(layer.mode) == "paint"
        box.setChecked(not again)
        if layer is not None:
            self._place.viewer.layers.selection.active = layer
            layer.mode = "paint"
        self._place.say(
            tr("Brush: any intensity.") if again else tr("Brush: only within the range.")
        )

    def _sphere(self) -> None:
        layer = self._mask
        if layer is None:
            return
        again = layer.n_edit_dimensions == 3
        layer.n_edit_dimensions = 2 if again or layer.ndim == 2 else 3
        self._place.viewer.layers.selection.active = layer
        if str(layer.mode) not in ("paint", "erase"):
            layer.mode = "paint"
        self._place.say(tr("Brush: a disc on one slice.") if again else tr("Brush: a ball."))

    # An outline

    def _outline(self, name: str) -> None:
        layer = self._mask
        if layer is not None:
            # The layer that is drawn on will be selected, and this is to stay the working mask.
            self._place.working.show(layer)
            act = partial(self._place.submit, name, None)
            self.drawing.start(layer, act, "add_polygon_lasso", tr("Outline"))
            where = tr("on every slice") if self._whole else tr("on this slice")
            self._place.say(
                tr(
                    "{what}, {where}. Escape: leave it.",
                    what=tr(OUTLINES[name]),
                    where=where,
                )
            )

    # A click

    def _pick(self) -> None:
        self._await_click(
            tr("Click on the tissue whose intensities are to be the range."), self._range
        )

    def _range(self, voxel: Voxel) -> None:
        """Take the range from what the brush would cover."""
        layer, row = self._mask, self._place.protection.range
        if layer is None or row.image is None:
            return
        axis = slice_axis(self._place.viewer, layer)
        slicing = Slicing(axis, voxel[axis])
        spacing = slicing.spacing(steps_of(layer))
        # napari's brush is a disc in the world, its size counted in voxels of the finest axis.
        radius = layer.brush_size / 2 * min(steps_of(layer)[-layer.ndim :])
        y, x = slicing.point(voxel)
        radii = radius / spacing[0], radius / spacing[1]
        values = slicing.take(as_volume(row.image.data))
        row.set_range(*range_around(values, (y, x), radii))

    def _keep(self) -> None:
        keep = partial(self._place.submit, "keep")
        in_space = self._place.viewer.dims.ndisplay == 3
        self._await_click(tr(KEEP_IN_SPACE if in_space else KEEP), keep)

    def _await_click(self, text: str, act: Callable[[Voxel], None]) -> None:
        layer = self._mask
        if layer is not None:
            self.click.start(layer, act)
            self._place.say(tr("{what} Escape: leave it.", what=text))

    # The model again

    def _run_slice(self) -> None:
        layer, run = self._mask, self._place.rerun.run
        if run.running:
            run.cancel()
        elif layer is not None:
            self._run(layer, whole=False)

    def _run_box(self) -> None:
        layer, run = self._mask, self._place.rerun.run
        if run.running:
            run.cancel()
        elif layer is not None:
            # The layer that is drawn on will be selected, and this is to stay the working mask.
            self._place.working.show(layer)
            self.drawing.start(layer, partial(self._on_box, layer))
            where = tr("every slice") if self._whole else tr("this slice")
            self._place.say(
                tr(
                    "Draw a rectangle: the model runs again inside, on {where}. Escape: leave it.",
                    where=where,
                )
            )

    @property
    def _whole(self) -> bool:
        return self._place.options.values.whole

    def _on_box(self, layer: Labels, corners: NDArray[np.float64]) -> None:
        try:
            self._run(layer, self._whole, corners)
        except BrainsegError as error:
            self._place.say(str(error))

    def _run(self, layer: Labels, whole: bool, corners: NDArray[np.float64] | None = None) -> None:
        rerun, rows = self._place.rerun, self._place.protection
        region = rerun.region(layer, whole, corners)
        rerun.start(layer, region, lambda: rows.protection, self._on_rerun)

    def _on_rerun(self, layer: Labels, is_other: bool, change: Change) -> None:
        self._place.edited.settle(layer, change)
        if is_other and layer == self._mask:
            self._place.working.show(layer)
