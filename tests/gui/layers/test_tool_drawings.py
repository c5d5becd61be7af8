"""What napari draws for polygon and brush is there once the tool is, and not before."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels

from napari_brainseg.gui.layers.tool_drawings import (
    draw_brush_ahead,
    draw_stroke_ahead,
    draw_tools_late,
)

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(("mode", "name"), [("polygon", "polygon"), ("paint", "brush_stroke")])
def test_a_drawing_is_made_when_its_tool_is_taken_up(viewer, mode, name):
    model = getattr(viewer, "__wrapped__", viewer)
    layer = draw_tools_late(Labels(np.zeros((4, 8, 8), np.uint8)))
    model.add_layer(layer)
    made = model.window._qt_viewer.canvas._layer_overlay_to_visual[layer]
    assert layer._overlays[name] not in made
    layer.mode = mode
    assert layer._overlays[name] in made
    assert layer._overlays[name].enabled
    layer.mode = "pan_zoom"
    assert not layer._overlays[name].enabled


def test_the_circle_of_a_brush_is_made_ahead_and_not_seen(viewer):
    model = getattr(viewer, "__wrapped__", viewer)
    circle = model.canvas.overlays._brush_circle
    made = model.window._qt_viewer.canvas._viewer_overlay_to_visual
    assert not made.get(circle)
    style = model.cursor.style
    draw_brush_ahead(model)
    assert made[circle]
    assert (model.cursor.style, circle.visible) == (style, False)


def test_what_a_brush_needs_is_drawn_ahead_of_it(viewer):
    model = getattr(viewer, "__wrapped__", viewer)
    layer = draw_tools_late(Labels(np.zeros((4, 8, 8), np.uint8)))
    model.add_layer(layer)
    draw_stroke_ahead(layer)
    stroke = layer._overlays["brush_stroke"]
    assert stroke in model.window._qt_viewer.canvas._layer_overlay_to_visual[layer]
    assert (layer.mode, stroke.enabled) == ("pan_zoom", False)
