"""What a range of intensities lets change, highlighted over the scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Image
from napari.utils.colormaps import Colormap
from qtpy.QtCore import QObject

from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY
from napari_brainseg.gui.layers.foreign import placement_of
from napari_brainseg.gui.layers.overlays import Overlay
from napari_brainseg.gui.layers.selection import selection_kept
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["RangeView"]

TINT, CLEAR = (1.0, 0.82, 0.25, 0.3), (0.0, 0.0, 0.0, 0.0)


class RangeView(QObject):
    """Tints the voxels of an image within a range, on whatever slice is shown.

    The tint is an image layer on the very voxels of the scan: the graphics card does the
    comparing, so it follows every change at once and costs no memory.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
        With it, the tint goes.
    """

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._overlay = Overlay(viewer)
        self._image: Image | None = None
        self._adding = False
        events = Connections(parent)
        events.connect(viewer.dims.events.ndisplay, self._on_display)
        events.at_end(self._overlay.hide)

    def show(self, image: Image | None, low: float, high: float) -> None:
        """Tint an image from ``low`` to ``high``, in any order; None: show nothing."""
        if self._adding:  # by its own layer, which is a change of layers, too
            return
        if image is None:
            self._overlay.hide()
            self._image = None
            return
        limits = sorted((low, high))
        # Equal ends are a range of one value, which napari's limits cannot be.
        limits[1] = max(limits[1], limits[0] + 1e-6 * max(1.0, abs(limits[0])))
        layer = self._overlay.layer
        if layer is None or not self._overlay.shown or image != self._image:
            self._image = image
            layer = self._add(image, limits)
        layer.contrast_limits_range = limits
        layer.contrast_limits = limits

    def _add(self, image: Image, limits: list[float]) -> Any:
        tint = Colormap([TINT, TINT], name="range", low_color=CLEAR, high_color=CLEAR)
        layer = Image(
            image.data,
            name=tr("Range of {name}", name=image.name),
            colormap=tint,
            contrast_limits=limits,
            blending="translucent",
            interpolation2d="nearest",
            visible=self._viewer.dims.ndisplay == 2,
            metadata={OVERLAY_KEY: True},
            **placement_of(image),
        )
        self._adding = True
        try:
            self._overlay.add(layer, image)
            with selection_kept(self._viewer):  # below the masks
                layers = self._viewer.layers
                layers.move(layers.index(layer), layers.index(image) + 1)
        finally:
            self._adding = False
        return layer

    def _on_display(self, event: Any = None) -> None:
        if self._overlay.shown and self._overlay.layer is not None:
            self._overlay.layer.visible = self._viewer.dims.ndisplay == 2
