"""Waiting for one click on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.escape_key import EscapeKey
from napari_brainseg.gui.layers.geometry import voxel_at

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from napari.layers import Labels
    from napari.viewer import Viewer

__all__ = ["OneClick"]


class OneClick(QObject):
    """A mode that ends with a click on a mask's grid, with Escape, or with :meth:`cancel`.

    Dragging moves the view, as ever; the mask is not painted on meanwhile.

    Signals
    -------
    ended
        The mode is over, with a click or without.
    """

    ended = Signal()

    def __init__(self, viewer: Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._layer: Labels | None = None
        self._act: Callable[[tuple[int, int, int]], None] | None = None
        self._while_on = Connections(self)
        self._escape = EscapeKey(self._viewer, self)
        self._escape.pressed.connect(self.cancel)

    @property
    def waiting(self) -> bool:
        """Whether a click is awaited."""
        return self._layer is not None

    def start(self, layer: Labels, act: Callable[[tuple[int, int, int]], None]) -> None:
        """Wait for a click and call ``act`` with the voxel (z, y, x) of the layer's data."""
        self.cancel()
        self._layer, self._act = layer, act
        self._while_on.at_end(_leave_alone, layer, str(layer.mode))
        layer.mode = "pan_zoom"
        presses = self._viewer.mouse_drag_callbacks
        presses.append(self._on_press)
        self._while_on.at_end(presses.remove, self._on_press)
        self._escape.set_on(True)
        self._while_on.at_end(self._escape.set_on, False)

    def cancel(self) -> None:
        """Stop waiting."""
        if self._layer is None:
            return
        self._layer = self._act = None
        self._while_on.end()
        self.ended.emit()

    def _on_press(self, viewer: Viewer, event: Any) -> Generator[None, None, None]:
        layer, act, button = self._layer, self._act, event.button
        moved = False
        yield
        while event.type == "mouse_move":
            moved = True
            yield
        if moved or layer is None or act is None or button != 1:
            return
        voxel = voxel_at(layer, event)
        if voxel is not None:
            # After napari has handled the click: it still goes through its list of callbacks.
            QTimer.singleShot(0, self.cancel)
            act(voxel)


def _leave_alone(layer: Labels, mode: str) -> None:
    """Go back to the mode before, unless the user has chosen another one meanwhile."""
    if layer.mode == "pan_zoom":
        layer.mode = mode
