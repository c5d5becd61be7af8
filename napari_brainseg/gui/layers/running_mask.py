"""A mask in the making: the slices of a run as they are finished."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QObject, QTimer

from napari_brainseg.frames import frame_for
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY
from napari_brainseg.gui.layers.geometry import placement
from napari_brainseg.gui.layers.mask_layers import label_looks
from napari_brainseg.gui.layers.selection import add_unselected, selection_kept
from napari_brainseg.gui.layers.tool_drawings import draw_stroke_ahead, draw_tools_late
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.state.run import RunJob
    from napari_brainseg.pipeline.segment import Step

__all__ = ["RunningMask"]

OUTLINE = 2
"""Width of the outlines, in pixels: what is finished is filled."""

REDRAW_S, REDRAW_3D_S = 0.1, 1.0
"""Shortest time between two drawings; in 3-D all voxels go to the graphics card."""


class RunningMask(QObject):
    """Shows finished slices in a layer that is to become the mask of the run.

    Until then the layer is an overlay, drawn in outlines and called unfinished: nothing can be
    painted on it, and no part of the panel takes it for a mask.

    It comes hidden, while the first slice is run, and is shown with that: what napari makes for a
    layer and the drawing of it each take a window half as long as both at once.

    Parameters
    ----------
    viewer : Viewer
        Gets the layer when the model is loaded.
    """

    def __init__(self, viewer: Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._job: RunJob | None = None
        self._made: Labels | None = None
        self._layer: Labels | None = None
        self._slices: NDArray[np.uint8] | None = None
        self._shown, self._drawn = False, 0.0
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.timeout.connect(self._refresh)

    @property
    def layer(self) -> Labels | None:
        """The layer; None before the first slices, and where the user has deleted it."""
        return self._layer if self._layer in self._viewer.layers else None

    def begin(self, job: RunJob) -> None:
        """Wait for the slices of a run; a single one goes straight into the mask it replaces."""
        self.drop()
        if job.slices is None or job.replace is None:
            self._job = job
            # Now, so that less is left to do when the model is loaded.
            self._make(job)

    def draw(self, step: Step) -> None:
        """Show the slices that were just finished.

        The layer comes with the first step after loading, in which nothing is finished yet: what
        napari takes to make it passes while the first slice is run.
        """
        if self._job is None or not step.ready:
            return
        if self._layer is None:
            self._add()
        if step.labels is None or self.layer is None:
            return
        assert self._slices is not None, "they come with the layer"
        self._slices[list(step.slices)] = step.labels
        # Slices without anything marked look as they did.
        if not self._shown or step.labels.any():
            self._redraw_soon()

    def stop(self) -> None:
        """Show no more slices: the scan is closed, and the viewer too, maybe."""
        self._job = None

    def take(self) -> Labels | None:
        """Hand the layer over, no longer an overlay; from now on it is the caller's."""
        layer = self.layer
        self._job = self._made = self._layer = self._slices = None
        self._redraw.stop()
        if layer is not None:
            self._show(layer)
            del layer.metadata[OVERLAY_KEY]
            layer.contour, layer.editable = 0, True
        return layer

    def drop(self) -> None:
        """Take the layer out of the viewer, if there is one."""
        layer = self.layer
        self._job = self._made = self._layer = self._slices = None
        self._redraw.stop()
        if layer is not None:
            with selection_kept(self._viewer):
                self._viewer.layers.remove(layer)

    def leave(self) -> None:
        """Drop the layer for good: nobody is left to finish it."""
        # Where the viewer is garbage collected too, it may be half gone already.
        with suppress(AttributeError):
            self.drop()

    def _make(self, job: RunJob) -> None:
        from napari_brainseg.pipeline.segment import info_of_model

        scan, frame = job.handle.scan, job.handle.frame
        data = np.zeros(frame.apply(scan.data[0]).shape, dtype=np.uint8)
        layer = Labels(
            data,
            name=tr("{name} · unfinished", name=scan.source.name),
            metadata={OVERLAY_KEY: True},
            opacity=0.5,
            visible=False,
            **label_looks(info_of_model(job.bundle.card)),
            **placement(scan, frame),
        )
        layer.contour = OUTLINE
        self._made, self._shown = draw_tools_late(layer), False
        # Views all the way: what is written here lies in the layer's own array.
        self._slices = frame_for(scan.affine, job.plane).apply(frame.invert(data))

    def _add(self) -> None:
        self._layer = add_unselected(self._viewer, self._made)
        self._layer.editable = False

    def _redraw_soon(self) -> None:
        if not self._redraw.isActive():
            pause = REDRAW_3D_S if self._viewer.dims.ndisplay == 3 else REDRAW_S
            wait = pause - (time.monotonic() - self._drawn)
            self._redraw.start(max(0, int(1000 * wait)))

    def _refresh(self) -> None:
        layer = self.layer
        if layer is not None and not self._show(layer):
            layer.refresh(thumbnail=False, highlight=False, extent=False)
            draw_stroke_ahead(self._made)  # the run ends with the brush in hand
        self._drawn = time.monotonic()

    def _show(self, layer: Labels) -> bool:
        """Show the layer once, with what is in it; whether it was not shown before."""
        if self._shown:
            return False
        self._shown = layer.visible = True
        return True
