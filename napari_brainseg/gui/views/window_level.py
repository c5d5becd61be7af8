"""Window and level of any scan by dragging with the right button, in every view; a CT with Alt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels, Shapes
from qtpy.QtCore import QObject

from napari_brainseg.ct_window import PRESETS, dragged, is_ct
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY, scan_handle_of
from napari_brainseg.gui.layers.scan_layers import set_window
from napari_brainseg.gui.views.shown_image import shown_image

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable

    from napari.components import ViewerModel
    from napari.viewer import Viewer

__all__ = ["WindowLevel"]

ACROSS = 400
"""Pixels sideways that double the width that an image opened with."""

RIGHT_BUTTON = 2
CT = "CT"


class WindowLevel(QObject):
    """Changes the grey levels of the image that is shown, and remembers them by sequence.

    napari's own contrast limits are what is changed, so its slider follows. Other scans of the
    sequence, open or opened later, take over what was set: in Hounsfield units where it is a CT,
    else in proportion to what they open with.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
        With it, dragging ends.
    """

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._remembered: dict[str, tuple[float, float]] = {}
        self._opened: dict[Hashable, tuple[float, float]] = {}
        for layer in viewer.layers:
            if isinstance(layer, Image):
                self._opening(layer)
        self.follow(viewer)
        events = Connections(parent)
        events.connect(viewer.layers.events.inserted, self._on_inserted)
        events.at_end(viewer.mouse_drag_callbacks.remove, self._drag)

    def follow(self, model: ViewerModel) -> None:
        """Let dragging in a further view count, too."""
        model.mouse_drag_callbacks.append(self._drag)

    def automatic(self) -> None:
        """Show the image with the grey levels that it opened with, and remember nothing else."""
        layer = shown_image(self._viewer)
        if layer is not None:
            self._remembered.pop(self._sequence(layer), None)
            for each in (layer, *self._alike(layer)):
                set_window(each, self._opening(each))

    def _drag(self, model: ViewerModel, event: Any) -> Generator[None, None, None]:
        layer = shown_image(self._viewer)
        if layer is None or model.dims.ndisplay != 2 or not self._is_meant(layer, event):
            return
        low, high = layer.contrast_limits
        step, start = self._step(layer), np.array(event.pos)
        camera = model.scene.camera
        pan = camera.mouse_pan  # by which napari would zoom with the right button
        drawn_on, mode = _rest(model)
        camera.mouse_pan = False
        try:
            yield
            while event.type == "mouse_move":
                right, down = np.array(event.pos) - start
                set_window(layer, dragged((low, high), float(right), float(down), step))
                self._remember(layer)
                yield
        finally:
            if drawn_on is not None and drawn_on.mode == "pan_zoom":
                drawn_on.mode = mode
            camera.mouse_pan = pan

    def _is_meant(self, layer: Image, event: Any) -> bool:
        # Alt on a labels layer already belongs to napari: it changes the size of the brush.
        active = self._viewer.layers.selection.active
        painting = isinstance(active, Labels)
        if painting and active.mode == "polygon":
            return False  # the right button takes its last corner back
        by_alt = "Alt" in event.modifiers and not painting and self._sequence(layer) == CT
        return by_alt or event.button == RIGHT_BUTTON

    def _remember(self, layer: Image) -> None:
        """Keep the grey levels of a sequence, and show its other images with them."""
        name, (low, high) = self._sequence(layer), layer.contrast_limits
        if name:
            start, length = self._unit(layer)
            self._remembered[name] = (low - start) / length, (high - start) / length
            for other in self._alike(layer):
                self._take_over(other)

    def _alike(self, layer: Image) -> list[Image]:
        """List the other images of a sequence that are open, such as an earlier scan's."""
        name = self._sequence(layer)
        others = (each for each in self._viewer.layers if _is_image(each) and each != layer)
        return [each for each in others if name and self._sequence(each) == name]

    def _on_inserted(self, event: Any) -> None:
        if _is_image(event.value):
            self._take_over(event.value)

    def _take_over(self, layer: Image) -> None:
        kept = self._remembered.get(self._sequence(layer))
        if kept is not None:
            start, length = self._unit(layer)
            set_window(layer, (start + kept[0] * length, start + kept[1] * length))

    def _opening(self, layer: Image) -> tuple[float, float]:
        """Return the grey levels that an image had when it was first seen."""
        # Not by the layer: napari hands plugins a new proxy at each access.
        if layer.unique_id not in self._opened:
            low, high = layer.contrast_limits
            self._opened[layer.unique_id] = float(low), float(high)
        return self._opened[layer.unique_id]

    def _sequence(self, layer: Image) -> str:
        """Name what is shown, for others of the same kind; empty where it is no scan of ours."""
        handle, opening = scan_handle_of(layer.metadata), self._opening(layer)
        if handle is None:
            return ""
        # Only what opened like a CT is looked at: that takes its while.
        if opening == PRESETS[0].limits and is_ct(handle.scan):
            return CT
        return handle.scan.channels[handle.channel].casefold()

    def _step(self, layer: Image) -> float:
        """Return what a pixel of the mouse changes: of a CT, a Hounsfield unit."""
        low, high = self._opening(layer)
        return 1.0 if self._sequence(layer) == CT else (high - low) / ACROSS

    def _unit(self, layer: Image) -> tuple[float, float]:
        """Return in what grey levels are remembered: where they count from, and a length."""
        if self._sequence(layer) == CT:
            return 0.0, 1.0
        low, high = self._opening(layer)
        return low, high - low


def _is_image(layer: Any) -> bool:
    return isinstance(layer, Image) and OVERLAY_KEY not in layer.metadata


def _rest(model: ViewerModel) -> tuple[Labels | Shapes | None, str]:
    """Have the tool on the canvas rest while the button is down, and return it with its mode.

    napari's tools ask for no button: brush, eraser, bucket and lasso draw with the right one too,
    and the brush begins an outline that goes on being drawn after the button is let go.
    """
    layer = model.layers.selection.active
    if not isinstance(layer, Labels | Shapes):
        return None, ""
    mode = str(layer.mode)
    layer.mode = "pan_zoom"
    return layer, mode
