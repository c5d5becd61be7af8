"""Heads stand upright in coronal and sagittal slices of the main view too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject

from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.views.canvas_letters import letters_of

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["Upright"]


class Upright(QObject):
    """Has the main view count upwards where its slices would stand on their heads.

    napari draws every axis downwards, and the axis of axial slices grows towards the head. Each
    time the view is turned to another plane it is looked at anew; what the user chose in between
    stays until then.

    Parameters
    ----------
    viewer : Viewer
        Whose camera it is.
    """

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        # What a proxy for plugins gives out are proxies again, which are no ways of a camera.
        self._viewer: Viewer = getattr(viewer, "__wrapped__", viewer)
        self._before: tuple[Any, Any] | None = None
        events = Connections(self)
        dims, layers = self._viewer.dims.events, self._viewer.layers.events
        for source in (dims.order, dims.ndisplay, layers.inserted):
            events.connect(source, self._look)
        events.at_end(self.end)
        self._look()

    def end(self) -> None:
        """Put the view back as it was."""
        before, self._before = self._before, None
        camera = self._viewer.scene.camera
        if before is not None and camera.orientation2d == _turned(before):
            camera.orientation2d = before

    def _look(self, event: Any = None) -> None:
        self.end()
        if self._viewer.dims.ndisplay == 2 and letters_of(self._viewer).top == "I":
            camera = self._viewer.scene.camera
            self._before = camera.orientation2d
            camera.orientation2d = _turned(self._before)


def _turned(ways: tuple[Any, Any]) -> tuple[Any, Any]:
    vertical, horizontal = ways
    return ("up" if str(vertical) == "down" else "down"), horizontal
