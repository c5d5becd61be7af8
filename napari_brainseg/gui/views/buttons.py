"""Ways to look at scan and mask: three planes, contours, the lesion in 3-D."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from napari_brainseg.gui.views.lesion_3d import SolidLesion
from napari_brainseg.gui.views.ortho import ThreePlanes

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["ViewButtons"]

CONTOUR = 2
"""Width of the outline, in pixels of the slice."""

PLANES_TIP = "Coronal and sagittal slices too. Hold Shift and move the mouse to move the cross-hair"
CONTOUR_TIP = "Outline the mask instead of filling it"
SOLID_TIP = "Turn the lesion in 3-D; click again to go back to slices"
IN_SPACE = "Outlines are drawn on slices only; leave 3-D first."
NO_MASK = "There is no mask yet."
NO_VOLUME = "Open a scan of several slices first."


class ViewButtons(QWidget):
    """A row of buttons that stay down while their view is on.

    Parameters
    ----------
    viewer : Viewer
        The viewer.
    working : WorkingMask
        The mask that is outlined and shown in 3-D.
    """

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer, self._working = viewer, working
        self._followed: Labels | None = None
        self._three: ThreePlanes | None = None
        self._lesion = SolidLesion(viewer)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.planes, self.contour, self.solid = (
            QPushButton(text) for text in ("Three planes", "Contour", "3-D lesion")
        )
        for button, answer in (
            (self.planes, self._on_planes),
            (self.contour, self._on_contour),
            (self.solid, self._on_solid),
        ):
            button.setCheckable(True)
            button.clicked.connect(answer)
            layout.addWidget(button)
        working.switched.connect(self._on_switched)
        self._events = (viewer.dims.events.ndim, viewer.dims.events.ndisplay)
        for event in self._events:
            event.connect(self._on_dims)
        self.destroyed.connect(partial(_leave, vars(self), self._on_dims, self._update))
        self._on_switched()

    def _on_switched(self) -> None:
        layer = self._working.layer
        if self._lesion.shown and layer != self._followed:
            self._lesion.leave()
        if self._followed is not None:
            self._followed.events.contour.disconnect(self._update)
        self._followed = layer
        if layer is not None:
            layer.events.contour.connect(self._update)
        self._update()

    def _on_dims(self, event: Any = None) -> None:
        if self._viewer.dims.ndisplay == 2:
            self._lesion.leave()
        self._update()

    def _update(self, event: Any = None) -> None:
        """Show what is on, and why not what cannot be."""
        mask = self._followed
        empty = NO_MASK if mask is None else ""
        why = empty or ("" if mask is not None and mask.ndim == 3 else NO_VOLUME)
        filled = empty or (IN_SPACE if self._lesion.shown else "")
        flat = "" if self._three or self._viewer.dims.ndim == 3 else NO_VOLUME
        for button, on, hindrance, tip in (
            (self.planes, self._three is not None, flat, PLANES_TIP),
            (self.contour, mask is not None and mask.contour > 0, filled, CONTOUR_TIP),
            (self.solid, self._lesion.shown, why, SOLID_TIP),
        ):
            button.setChecked(on)
            button.setEnabled(not hindrance)
            button.setToolTip(hindrance or tip)

    def _on_planes(self, on: bool) -> None:
        if self._three is not None:
            self._three.end()
            return
        # The views take over how layers look, which in 3-D is not how slices look.
        solid, mask = self._lesion.shown, self._followed
        self._lesion.leave()
        self._three = ThreePlanes(self._viewer)
        self._three.ended.connect(self._on_planes_ended)
        if solid and mask is not None:
            self._lesion.enter(mask)
        self._update()

    def _on_planes_ended(self) -> None:
        self._three = None
        self._update()

    def _on_contour(self, on: bool) -> None:
        if self._followed is not None:
            self._followed.contour = CONTOUR if on else 0

    def _on_solid(self, on: bool) -> None:
        if on and self._followed is not None:
            self._lesion.enter(self._followed)
        else:
            self._lesion.leave()
        self._update()


def _leave(state: dict[str, Any], on_dims: Any, update: Any, *_: Any) -> None:
    """Take leave of the viewer after Qt has deleted the buttons."""
    # Where both are garbage collected together, the viewer may be half gone already.
    with suppress(AttributeError, KeyError, RuntimeError):
        for event in state["_events"]:
            event.disconnect(on_dims)
        if state["_followed"] is not None:
            state["_followed"].events.contour.disconnect(update)
        if state["_three"] is not None:
            state["_three"].ended.disconnect()
            state["_three"].end()
        state["_lesion"].leave()
