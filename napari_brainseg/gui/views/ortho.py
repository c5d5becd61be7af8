"""Coronal and sagittal views beside the axial one, with a cross-hair through all three."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from napari.layers import Image
from qtpy.QtCore import QEvent, QObject, Qt, QTimer, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from napari_brainseg.gui.common.canvas import guard_canvas
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.text import Text
from napari_brainseg.gui.views.canvas_letters import CanvasLetters
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QMainWindow

__all__ = ["ThreePlanes"]

CROSS = "brainseg_cross"
"""Under this name the cross-hair lies among the overlays of the main view."""

CORNERS = {
    Qt.Corner.BottomLeftCorner: Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.Corner.BottomRightCorner: Qt.DockWidgetArea.RightDockWidgetArea,
}
"""The views lie below the canvas only, and leave the panels at the sides their height."""

SHARE = 0.36
"""How much of the window's height the views get at first."""

NARROWEST = 120
"""Width of a view in pixels, where there is no room for more."""

# In 3-D the scan is made translucent in the main view; slices of it stay as they are.
_SOLID = {"opacity", "blending", "rendering"}
_OWN = {Image: {"forward_exclude": _SOLID, "reverse_exclude": _SOLID}}

ORDERS = ((-2, -3, -1), (-1, -3, -2))
"""Slice, row and column axis of the coronal and the sagittal view: the head on top, the patient's
right, or the face, on the left."""

CAPTIONS = (marked("Coronal, front to back"), marked("Sagittal, right to left"))


class ThreePlanes(QWidget):
    """Two further views of the viewer's layers, in a dock below the canvas, until :meth:`end`.

    All views show one point, edit the same voxels and share one history. Moving the mouse with
    Shift held takes the cross-hair along, as in 3D Slicer, whatever tool is active.

    Signals
    -------
    ended
        The views are gone: by :meth:`end`, because their dock was closed, or with the window.
    """

    ended = Signal()

    def __init__(self, viewer: Viewer) -> None:
        from napari_brainseg.gui.views.side_view import SideView

        super().__init__()
        # The views copy layers whole, which napari's proxy for plugins does not let them.
        self._viewer: Viewer = getattr(viewer, "__wrapped__", viewer)
        cross = _cross(self._viewer)
        before, axial = self._viewer.dims.order, tuple(range(self._viewer.dims.ndim))
        self._viewer.dims.order = axial
        self.views = [SideView(self._viewer, order, _OWN) for order in ORDERS]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for view, caption in zip(self.views, map(tr, CAPTIONS), strict=True):
            guard_canvas(view.qt_viewer)
            # Its slider would ask for more, and make the window wider than a small screen.
            view.setMinimumWidth(NARROWEST)
            column = QVBoxLayout()
            column.addWidget(Text(caption))
            column.addWidget(view, stretch=1)
            layout.addLayout(column)
            # The slider says the same, but for want of room by a letter or two.
            for label in view.findChildren(QWidget, "axis_label"):
                label.hide()
            shown = view.vm_container
            shown.viewer_model.scene.camera.orientation2d = ("up", "right")
            shown.crosshair_overlay.visible = True
        self._shown: Connections | None = Connections(self)
        self._shown.at_end(_turn_back, self._viewer, axial, before)
        camera = self._viewer.scene.camera
        self._shown.at_end(camera.update, {"center": camera.center, "zoom": camera.zoom})
        cross.visible = True
        self._shown.at_end(setattr, cross, "visible", False)
        for model, canvas in self.canvases:
            # They go before their canvas does: events that reach them while it is torn down crash.
            self._shown.at_end(CanvasLetters(model, canvas).end)
        for model in self.models:
            model.mouse_move_callbacks.append(_follow)
            self._shown.at_end(model.mouse_move_callbacks.remove, _follow)
        dock = self._viewer.window.add_dock_widget(self, name=tr("Three planes"), area="bottom")
        dock.destroyed.connect(self.end)
        window: QMainWindow = dock.window()
        window.installEventFilter(self)
        self._shown.at_end(window.removeEventFilter, self)
        for corner, side in CORNERS.items():
            self._shown.at_end(window.setCorner, corner, window.corner(corner))
            window.setCorner(corner, side)
        window.resizeDocks([dock], [round(SHARE * window.height())], Qt.Orientation.Vertical)
        # Only then are the sizes known that the slices have to fit.
        QTimer.singleShot(0, self._fit)

    @property
    def models(self) -> list[ViewerModel]:
        """The models of all views: main, coronal, sagittal."""
        return [self._viewer, *(view.vm_container.viewer_model for view in self.views)]

    @property
    def canvases(self) -> list[tuple[ViewerModel, QWidget]]:
        """The models of the coronal and the sagittal view, and what they are drawn on."""
        return [
            (view.vm_container.viewer_model, view.qt_viewer.canvas.native) for view in self.views
        ]

    def end(self) -> None:
        """Take the views away; the main one is as it was before. Once ended, does nothing."""
        shown, self._shown = self._shown, None
        if shown is None:
            return
        shown.end()
        views, self.views = self.views, []
        for view in views:
            view.cleanup()
            view.qt_viewer.close()
            view.setParent(None)
            view.deleteLater()
        with suppress(RuntimeError, LookupError):  # the dock may be what went first
            self._viewer.window.remove_dock_widget(self)
        self.deleteLater()
        self.ended.emit()

    def _fit(self) -> None:
        for model in self.models:
            model.reset_view()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Go before the window does, while there is a viewer to take leave of."""
        if event is not None and event.type() == QEvent.Type.Close:
            self.end()
        return False


def _cross(viewer: Viewer) -> Any:
    """Return the cross-hair of the main view; it stays there, hidden, once it was shown."""
    from napari._vispy.utils.visual import overlay_to_visual
    from napari_orthogonal_views.cross_hair_overlay import CrosshairOverlay, VispyCrosshairOverlay

    overlay_to_visual[CrosshairOverlay] = VispyCrosshairOverlay
    overlays = viewer.scene.overlays
    if CROSS not in overlays:
        overlays[CROSS] = CrosshairOverlay(
            blending="translucent_no_depth", axis_order=(-3, -2, -1), visible=False
        )
    return overlays[CROSS]


def _turn_back(viewer: Viewer, axial: tuple[int, ...], before: tuple[int, ...]) -> None:
    """Turn the main view to the plane that it showed, unless it was turned since."""
    if viewer.dims.order == axial:
        viewer.dims.order = before


def _follow(model: ViewerModel, event: Any) -> None:
    """Take the cross-hair along with the mouse."""
    if "Shift" in event.modifiers and model.dims.ndisplay == 2:
        model.dims.point = event.position
