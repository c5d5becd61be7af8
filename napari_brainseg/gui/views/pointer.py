"""What lies under the pointer: the intensity of the scan, and where that is in the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image
from qtpy.QtCore import QObject, Qt
from qtpy.QtWidgets import QLabel, QMainWindow

from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.domain.metadata import scan_handle_of
from napari_brainseg.gui.views.shown_image import shown_image
from napari_brainseg.language import marked, tr
from napari_brainseg.orientation import is_oriented

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.components import ViewerModel
    from napari.viewer import Viewer

__all__ = ["Pointer", "reading_at"]

TIP = marked(
    "Intensity of the topmost image, and the position in mm to the right, front and head (RAS+)"
)


class Pointer(QObject):
    """A text in the status bar that follows the mouse.

    Parameters
    ----------
    viewer : Viewer
    parent : QObject
        With it, the text goes.
    """

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)  # it names channels of a file
        self.label.setToolTip(tr(TIP))
        self._placed = False
        self.follow(viewer)
        events = Connections(parent)
        events.connect(viewer.layers.events.removed, self._on_removed)
        events.at_end(viewer.mouse_move_callbacks.remove, self._on_move)
        events.at_end(self.label.deleteLater)

    def place(self, window: QMainWindow) -> None:
        """Stand in the status bar of a window, once."""
        bar = window.statusBar()
        if bar is not None and not self._placed:
            self._placed = True
            bar.addPermanentWidget(self.label)

    def follow(self, model: ViewerModel) -> None:
        """Follow the mouse in a further view, too."""
        model.mouse_move_callbacks.append(self._on_move)

    def _on_removed(self, event: Any) -> None:
        if isinstance(event.value, Image):
            self.label.clear()

    def _on_move(self, model: ViewerModel, event: Any) -> None:
        layer = shown_image(self._viewer) if len(event.dims_displayed) == 2 else None
        self.label.setText("" if layer is None else reading_at(layer, event.position))


def reading_at(layer: Image, position: Sequence[float]) -> str:
    """Say what an image shows at a point of the world; empty beyond it.

    Parameters
    ----------
    layer : Image
        Of two or three dimensions.
    position : sequence of float
        In the world of the viewer, which may have more axes than the layer.
    """
    place = np.array(layer.world_to_data(tuple(position)[-layer.ndim :]))
    voxel = np.round(place).astype(int)
    if ((voxel < 0) | (voxel >= layer.data.shape[-layer.ndim :])).any():
        return ""
    value = f"{layer.data[tuple(voxel)]:.6g}"
    handle = scan_handle_of(layer.metadata)
    if handle is None or layer.ndim != 3:
        return value
    grid = handle.frame.place_back(place, handle.scan.grid)
    name = f"{handle.scan.channels[handle.channel]} {value}"
    if not is_oriented(handle.scan):
        return tr(
            "{name} · voxel {place}",
            name=name,
            place=", ".join(str(at) for at in np.round(grid[::-1]).astype(int)),
        )
    at = handle.scan.affine @ (*grid[::-1], 1.0)
    return tr(
        "{name} · RAS {x:.1f}, {y:.1f}, {z:.1f} mm",
        name=name,
        x=at[0],
        y=at[1],
        z=at[2],
    )
