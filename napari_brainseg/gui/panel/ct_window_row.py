"""Grey levels of a CT: presets in one click, and dragging with Alt."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from napari.layers import Labels
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from napari_brainseg.ct_window import PRESETS, Window, is_ct
from napari_brainseg.gui.common.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from napari.layers import Image
    from napari.viewer import Viewer

    from napari_brainseg.scan import Scan

__all__ = ["WindowRow"]

UNITS_PER_PIXEL = 1.0
NARROWEST = 2.0


class WindowRow(QWidget):
    """Window presets, shown while a CT is chosen.

    While it is shown, dragging on the canvas with Alt changes the window as radiologists are used
    to: sideways its width, up and down its level.

    Parameters
    ----------
    viewer : Viewer
        Whose canvas is dragged on.
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: Sequence[Image] = ()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for preset in PRESETS:
            button = QPushButton(preset.name)
            button.setToolTip(
                f"Width {preset.width:g} HU, level {preset.level:g} HU. Drag on the picture with "
                "Alt to change: sideways the width, up and down the level."
            )
            button.clicked.connect(partial(self._show_preset, preset))
            layout.addWidget(button)
        viewer.mouse_drag_callbacks.append(self._drag)
        Connections(self).at_end(viewer.mouse_drag_callbacks.remove, self._drag)

    def offer(self, scan: Scan | None, layers: Sequence[Image]) -> bool:
        """Serve the layers of a scan; returns whether it is a CT."""
        ct = scan is not None and is_ct(scan)
        self._layers = layers if ct else ()
        return ct

    def _show_preset(self, preset: Window, *_: Any) -> None:
        for layer in self._layers:
            _apply(layer, preset.limits)

    def _drag(self, viewer: Any, event: Any) -> Generator[None, None, None]:
        # Alt on a labels layer already belongs to napari: it changes the size of the brush.
        active = viewer.layers.selection.active
        if not self._layers or "Alt" not in event.modifiers or isinstance(active, Labels):
            return
        start = event.pos
        low, high = self._layers[0].contrast_limits
        width, level = high - low, (high + low) / 2
        pan = viewer.scene.camera.mouse_pan
        viewer.scene.camera.mouse_pan = False
        try:
            yield
            while event.type == "mouse_move":
                right, down = event.pos - start
                wide = max(NARROWEST, width + UNITS_PER_PIXEL * right)
                window = Window("", wide, level + UNITS_PER_PIXEL * down)
                for layer in self._layers:
                    _apply(layer, window.limits)
                yield
        finally:
            viewer.scene.camera.mouse_pan = pan


def _apply(layer: Image, limits: tuple[float, float]) -> None:
    """Set the grey levels; the range of napari's own slider grows to hold them."""
    low, high = layer.contrast_limits_range
    layer.contrast_limits_range = (min(low, limits[0]), max(high, limits[1]))
    layer.contrast_limits = limits
