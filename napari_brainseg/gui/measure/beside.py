"""An earlier scan and its mask beside the new one, in napari's grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Labels

from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.domain.metadata import COPY_OF, scan_handle_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.layers import Layer
    from napari.viewer import Viewer

    from napari_brainseg.gui.domain.provenance import Provenance, ScanHandle
    from napari_brainseg.scan import Scan

__all__ = ["SideBySide"]


class SideBySide:
    """Two fields of the canvas: one for the newest of some scans, one for what is not of these.

    Both show one slice at one place, since images of other scans are shown on one grid; whole at
    first, and as before in the end.

    Parameters
    ----------
    viewer : Viewer
        Its layers are brought into an order that the grid parts in the middle.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.on = False
        self._before: tuple[float, tuple[float, ...]] = (1.0, ())
        self._hidden: list[Layer] = []

    def show(self, scans: Sequence[Scan]) -> None:
        """Show the layers of the last scan in a field of their own; hide those before it."""
        layers = self._viewer.layers
        apart = [layer for layer in layers if _scan_of(layer) in list(map(id, scans))]
        others = [layer for layer in layers if layer not in apart]
        if not apart or not others:
            return
        self._show_newest(apart, scans[-1])
        # napari fills a field with a stride of layers, from the bottom of the list.
        first, second = sorted((apart, others), key=len, reverse=True)
        for layer in (*first, *second):
            layers.move(layers.index(layer), len(layers))
        grid, camera = self._viewer.canvas.grid, self._viewer.scene.camera
        grid.stride, grid.shape, grid.enabled = len(first), (1, 2), True
        self._before = camera.zoom, tuple(camera.center)
        self._viewer.fit_to_view()
        self.on = True

    def _show_newest(self, layers: Sequence[Layer], scan: Scan) -> None:
        newest = [layer for layer in layers if _scan_of(layer) == id(scan)]
        self._hidden = [layer for layer in layers if layer not in newest and layer.visible]
        for layer in self._hidden:
            layer.visible = False
        if newest and not any(layer.visible for layer in newest):
            newest[0].visible = True

    def end(self) -> None:
        """Show all layers in one field again."""
        if self.on:
            self._viewer.canvas.grid.enabled = False
            for layer in self._hidden:
                layer.visible = True
            self._hidden = []
            camera = self._viewer.scene.camera
            camera.zoom, camera.center = self._before
            self.on = False


def _scan_of(layer: Layer) -> int:
    """Tell whose a layer is: an image's scan, a mask's own, or that of the mask shown by a copy."""
    scan: Any = layer.metadata.get(COPY_OF)
    known: ScanHandle | Provenance | None = scan_handle_of(layer.metadata)
    if scan is None and known is None and isinstance(layer, Labels):
        known = provenance_of(layer)
    return id(scan if known is None else known.scan)
