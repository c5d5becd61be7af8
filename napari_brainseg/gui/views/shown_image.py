"""The image that a person looks at: the topmost one that is visible, in a viewer or a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.layers import Image

from napari_brainseg.gui.domain.metadata import OVERLAY_KEY

if TYPE_CHECKING:
    from napari.components import ViewerModel

__all__ = ["shown_image"]


def shown_image(model: ViewerModel) -> Image | None:
    """Return the topmost visible grey image of two or three dimensions; None if there is none."""
    for layer in reversed(model.layers):
        is_scan = isinstance(layer, Image) and OVERLAY_KEY not in layer.metadata
        if is_scan and layer.visible and not layer.rgb and layer.ndim in (2, 3):
            return layer
    return None
