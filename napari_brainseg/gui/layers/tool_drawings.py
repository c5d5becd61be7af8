"""What napari draws for the polygon and the brush of a labels layer, made when it is needed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

__all__ = ["draw_brush_ahead", "draw_stroke_ahead", "draw_tools_late"]

DRAWINGS = {"polygon": "polygon", "paint": "brush_stroke"}
"""By the mode that shows them."""


def draw_tools_late(layer: Labels) -> Labels:
    """Have a layer that goes into a viewer draw for a tool only once that is taken up.

    Otherwise napari makes both drawings, corners, lines and fill, for each layer that comes, which
    is a third of what adding one takes.

    Returns
    -------
    Labels
        The layer itself.
    """
    for name in DRAWINGS.values():
        _show(layer, name, False)
    layer.events.mode.connect(_on_mode)
    return layer


def draw_brush_ahead(viewer: Viewer) -> None:
    """Have napari make the circle that a brush has for a pointer, before one is taken up.

    Otherwise the first run of a window, which ends with the brush in hand, stands still for it.
    """
    style = viewer.cursor.style
    viewer.cursor.style = "circle_frozen"  # drawn however small
    viewer.cursor.style = style


def draw_stroke_ahead(layer: Labels) -> None:
    """Have napari draw what a brush needs on a layer while nobody waits for it."""
    _show(layer, DRAWINGS["paint"], True)


def _on_mode(event: Any) -> None:
    layer = event.source
    name = DRAWINGS.get(str(layer.mode))
    if name is not None:
        _show(layer, name, True)


def _show(layer: Labels, name: str, shown: bool) -> None:
    # A napari that draws them otherwise is left alone.
    with suppress(AttributeError, KeyError):
        layer._overlays[name].visible = shown
