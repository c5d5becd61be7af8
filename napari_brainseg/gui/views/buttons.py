"""Ways to look at scan and mask: three planes, contours, the lesion in 3-D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Image
from qtpy.QtWidgets import QMainWindow, QPushButton, QWidget

from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.garbage import no_search
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.layers.results import point_at_mask
from napari_brainseg.gui.views.canvas_letters import CanvasLetters
from napari_brainseg.gui.views.lesion_3d import SolidLesion
from napari_brainseg.gui.views.ortho import ThreePlanes
from napari_brainseg.gui.views.pointer import Pointer
from napari_brainseg.gui.views.upright import Upright
from napari_brainseg.gui.views.window_level import WindowLevel
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer
    from qtpy.QtGui import QShowEvent

    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["ViewButtons"]

CONTOUR = 2
"""Width of the outline, in pixels of the slice."""

PLANES_TIP = marked(
    "Coronal and sagittal slices too. Hold Shift and move the mouse to move the cross-hair"
)
CONTOUR_TIP = marked("Outline the mask instead of filling it")
SOLID_TIP = marked("Turn the lesion in 3-D; click again to go back to slices")
GREY_TIP = marked(
    "Grey levels as the scan opened with. Drag on the picture with the right button to change "
    "them: sideways the width, up and down the level"
)
NO_SCAN = marked("Open a scan first.")
IN_SPACE = marked("Outlines are drawn on slices only: leave 3-D first.")
NO_MASK = marked("There is no mask yet.")
NO_VOLUME = marked("Open a scan of several slices first.")


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
        self.window_level = WindowLevel(viewer, self)
        self.pointer = Pointer(viewer, self)
        self.letters = _letters(viewer)
        self.upright = Upright(viewer, self)
        self.planes, self.contour, self.solid, self.grey = (
            QPushButton(text)
            for text in (tr("Three planes"), tr("Contour"), tr("3-D lesion"), tr("Auto grey"))
        )
        self.grey.setToolTip(tr(GREY_TIP))
        self.grey.clicked.connect(self.window_level.automatic)
        for button, answer in (
            (self.planes, self._on_planes),
            (self.contour, self._on_contour),
            (self.solid, self._on_solid),
        ):
            button.setCheckable(True)
            button.clicked.connect(answer)
        self.setLayout(row_of(self.planes, self.contour, self.solid, self.grey))
        working.switched.connect(self._on_switched)
        events = Connections(self)
        for source in (viewer.dims.events.ndim, viewer.dims.events.ndisplay):
            events.connect(source, self._on_dims)
        for source in (viewer.layers.events.inserted, viewer.layers.events.removed):
            events.connect(source, self._update)
        events.at_end(_end, vars(self))
        if self.letters is not None:
            events.at_end(self.letters.end)
        self._mask_events = Connections(self)
        self._on_switched()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Stand in the status bar of the window that the buttons are in by now."""
        super().showEvent(event)
        window = self.window()
        if isinstance(window, QMainWindow):
            self.pointer.place(window)

    def _on_switched(self) -> None:
        layer = self._working.layer
        if self._lesion.shown and layer != self._followed:
            self._lesion.leave()
        self._mask_events.end()
        self._followed = layer
        if layer is not None:
            self._mask_events.connect(layer.events.contour, self._update)
        self._update()

    def _on_dims(self, event: Any = None) -> None:
        if self._viewer.dims.ndisplay == 2:
            self._lesion.leave()
        self._update()

    def _update(self, event: Any = None) -> None:
        """Show what is on, and why not what cannot be."""
        mask = self._followed
        has_contour = mask is not None and mask.contour > 0
        for button, on, why_not, tip in (
            (self.planes, self._three is not None, self._why_no_planes(), tr(PLANES_TIP)),
            (self.contour, has_contour, self._why_no_contour(), tr(CONTOUR_TIP)),
            (self.solid, self._lesion.shown, self._why_no_solid(), tr(SOLID_TIP)),
        ):
            button.setChecked(on)
            button.setEnabled(not why_not)
            button.setToolTip(why_not or tip)
        has_image = any(isinstance(layer, Image) for layer in self._viewer.layers)
        self.grey.setEnabled(has_image)
        self.grey.setToolTip(tr(GREY_TIP if has_image else NO_SCAN))

    def _why_no_planes(self) -> str:
        return "" if self._three is not None or self._viewer.dims.ndim == 3 else tr(NO_VOLUME)

    def _why_no_contour(self) -> str:
        if self._followed is None:
            return tr(NO_MASK)
        return tr(IN_SPACE) if self._lesion.shown else ""

    def _why_no_solid(self) -> str:
        if self._followed is None:
            return tr(NO_MASK)
        return "" if self._followed.ndim == 3 else tr(NO_VOLUME)

    def _on_planes(self, on: bool) -> None:
        if self._three is not None:
            self._three.end()
            return
        # The views take over how layers look, which in 3-D is not how slices look.
        solid, mask = self._lesion.shown, self._followed
        self._lesion.leave()
        if mask is not None:
            point_at_mask(self._viewer, mask)
        with no_search():
            self._three = ThreePlanes(self._viewer)
        self._three.ended.connect(self._on_planes_ended)
        for model, _ in self._three.canvases:
            self.window_level.follow(model)
            self.pointer.follow(model)
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


def _letters(viewer: Viewer) -> CanvasLetters | None:
    """Put the letters on the main canvas, if there is a window."""
    whole = getattr(viewer, "__wrapped__", viewer)
    try:
        canvas = whole.window._qt_viewer.canvas.native
    except AttributeError:  # a napari that holds its canvas otherwise goes without
        return None
    return CanvasLetters(whole, canvas)


def _end(state: dict[str, Any]) -> None:
    """Take the views away after Qt has deleted the buttons."""
    if state["_three"] is not None:
        state["_three"].ended.disconnect()
        state["_three"].end()
    state["_lesion"].leave()
