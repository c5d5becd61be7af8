"""Drawing one rectangle or outline over the mask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import EditError
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.escape_key import EscapeKey
from napari_brainseg.gui.layers.foreign import placement_of
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.components import LayerList
    from napari.layers import Labels, Shapes
    from napari.viewer import Viewer
    from numpy.typing import NDArray

__all__ = ["ON_A_SLICE", "OutlineDrawing"]

ON_A_SLICE = marked("Outlines are drawn on a slice: switch to the 2-D display first.")

ShapeMode: TypeAlias = Literal["add_rectangle", "add_polygon_lasso"]


class OutlineDrawing(QObject):
    """Lets the user draw one rectangle or outline, in a layer of its own that is then removed.

    Signals
    -------
    ended
        It is over, with a shape or without.
    """

    ended = Signal()

    def __init__(self, viewer: Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._shapes: Shapes | None = None
        self._act: Callable[[NDArray[np.float64]], None] | None = None
        self._while_on = Connections(self)
        self._escape = EscapeKey(self._viewer, self)
        self._escape.pressed.connect(self.cancel)

    @property
    def waiting(self) -> bool:
        """Whether a shape is awaited."""
        return self._shapes is not None

    def start(
        self,
        mask: Labels,
        act: Callable[[NDArray[np.float64]], None],
        mode: ShapeMode = "add_rectangle",
        name: str = "",
    ) -> None:
        """Begin; ``act`` gets the corners, shape (N, D), in voxels of the mask.

        Parameters
        ----------
        mask : Labels
            What is drawn on.
        act : callable
            Called once.
        mode : {"add_rectangle", "add_polygon_lasso"}
            Of napari's shapes layer.
        name : str
            Of the layer; empty for that of a box.

        Raises
        ------
        EditError
            If the viewer shows the mask in 3-D, where no outline can be drawn.
        """
        if self._viewer.dims.ndisplay == 3:
            raise EditError(tr(ON_A_SLICE))
        self.cancel()
        self._act = act
        layers = self._viewer.layers
        self._while_on.at_end(_select, layers, mask)
        self._shapes = self._viewer.add_shapes(
            name=name or tr("Box for the model"),
            ndim=mask.ndim,
            **placement_of(mask),
            edge_color="#ffd34d",
            face_color="transparent",
            edge_width=max(1.0, 0.005 * max(mask.data.shape)),
        )
        self._shapes.mode = mode
        self._while_on.at_end(layers.remove, self._shapes)
        self._while_on.connect(self._shapes.events.data, self._on_drawn)
        self._while_on.connect(layers.events.removed, self._on_removed)
        self._escape.set_on(True)
        self._while_on.at_end(self._escape.set_on, False)

    def cancel(self) -> None:
        """Stop, and remove the layer of the shape."""
        if self._shapes is None:
            return
        self._shapes = self._act = None
        self._while_on.end()
        self.ended.emit()

    def _on_removed(self, event: Any) -> None:
        if self._shapes not in self._viewer.layers:
            self.cancel()

    def _on_drawn(self, event: Any) -> None:
        if str(event.action) != "added" or self._shapes is None or self._act is None:
            return
        # Of two clicks on one spot napari makes no outline, but tells of one all the same.
        if not self._shapes.data:
            return
        corners, act = np.array(self._shapes.data[-1]), self._act
        # Only when napari has finished with the shape can its layer go.
        QTimer.singleShot(0, self.cancel)
        act(corners)


def _select(layers: LayerList, mask: Labels) -> None:
    if mask in layers:
        layers.selection.active = mask
