"""A layer of strokes over the mask, which say what a tool is to do and are never saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels
from napari.qt import QtViewer
from napari.utils.colormaps import DirectLabelColormap
from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QApplication

from napari_brainseg.edit.slicing import Slicing
from napari_brainseg.errors import EditError
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.escape_key import EscapeKey
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY
from napari_brainseg.gui.layers.foreign import placement_of
from napari_brainseg.gui.layers.geometry import as_volume, slice_axis
from napari_brainseg.gui.layers.undoable import places_where
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from napari.components import LayerList
    from napari.viewer import Viewer

    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["IN_SPACE", "StrokesLayer", "narrowed"]

IN_SPACE = marked("Strokes are drawn on a slice: switch to the 2-D display first.")


class StrokesLayer(QObject):
    """Lets strokes be painted on a layer of their own, until :meth:`end`.

    Parameters
    ----------
    viewer : Viewer
    working : WorkingMask
        The mask that stays the working one meanwhile.
    colors : mapping of int to str
        Of the kinds of strokes.
    undo, redo : callable
        What Ctrl+Z and Ctrl+Shift+Z do while the strokes are selected.

    Signals
    -------
    painted
        A stroke was drawn, in whichever view.
    switched
        The mode has begun or ended, or strokes of another kind are drawn.
    escaped
        Escape was pressed.
    """

    painted = Signal()
    switched = Signal()
    escaped = Signal()

    def __init__(
        self,
        viewer: Viewer,
        working: WorkingMask,
        colors: Mapping[int, str],
        undo: Callable[[], None],
        redo: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._working, self._colors = viewer, working, dict(colors)
        self._keys = {"Control-Z": undo, "Control-Shift-Z": redo}
        self._while_on = Connections(self)
        self.mask: Labels | None = None
        self.layer: Labels | None = None
        self._known = np.zeros((0, 0, 0), np.uint8)
        self._escape = EscapeKey(self._viewer, self)
        self._escape.pressed.connect(self.escaped)
        # A stroke is told more than once where there are several views.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.painted)

    @property
    def kind(self) -> int:
        """What is drawn now; 0 while the mode is off."""
        return 0 if self.layer is None else int(self.layer.selected_label)

    def draw(self, kind: int, width: float) -> None:
        """Have strokes of a kind drawn from now on; the width, in voxels, is that of the first.

        Raises
        ------
        EditError
            If the viewer shows the mask in 3-D, where no stroke can be drawn.
        """
        if self._viewer.dims.ndisplay == 3:
            raise EditError(tr(IN_SPACE))
        layer = self._begin(width) if self.layer is None else self.layer
        layer.selected_label = kind
        layer.mode = "paint"
        self._viewer.layers.selection.active = layer
        self.switched.emit()

    def newest_slice(self) -> Slicing | None:
        """Return the slice that was drawn on since this was asked last: in three planes, any.

        None where nothing was drawn, or on several slices.
        """
        if self.layer is None:
            return None
        strokes = as_volume(self.layer.data)
        new = places_where(strokes != self._known)
        self._known = strokes.copy()
        flat = [axis for axis, at in enumerate(new) if at.size and at.min() == at.max()]
        if len(flat) > 1:  # a thin line lies in several planes
            seen = _axis_under_mouse(self.layer)
            flat.sort(key=lambda axis: axis != seen)
        return Slicing(flat[0], int(new[flat[0]][0])) if flat else None

    def clear(self) -> None:
        """Wipe out all strokes."""
        if self.layer is not None:
            self.layer.data[...] = 0
            self._known[...] = 0
            self.layer.refresh()

    def end(self) -> None:
        """Leave the mode: the strokes go, and the mask is selected again."""
        if self.layer is None:
            return
        self.layer = self.mask = None
        self._while_on.end()
        self.switched.emit()

    def _begin(self, width: float) -> Labels:
        mask = self._working.layer
        if mask is None:
            raise EditError(tr("There is no mask to draw."))
        # The layer that is drawn on will be selected, and this is to stay the working mask.
        self._working.show(mask)
        self.mask = mask
        layers = self._viewer.layers
        self._while_on.at_end(_select, layers, mask, str(mask.mode))
        colors: dict[int | None, str] = {0: "transparent", None: "transparent"}
        for kind, color in self._colors.items():
            colors[kind] = color
        layer = Labels(
            np.zeros(mask.data.shape, dtype=np.uint8),
            name="Strokes",
            colormap=DirectLabelColormap(color_dict=colors),
            opacity=0.8,
            metadata={OVERLAY_KEY: True},
            **placement_of(mask),
        )
        self.layer = layer = self._viewer.add_layer(layer)
        self._known = as_volume(layer.data).copy()
        layer.brush_size = width
        self._while_on.at_end(layers.remove, layer)
        self._while_on.connect(layer.events.paint, self._on_painted)
        self._while_on.connect(layer.events.data, self._on_painted)
        for key, act in self._keys.items():
            layer.bind_key(key, _ignoring_layer(act), overwrite=True)
        self._while_on.connect(layers.events.removed, self._on_removed)
        self._escape.set_on(True)
        self._while_on.at_end(self._escape.set_on, False)
        return layer

    def _on_painted(self, event: Any = None) -> None:
        self._soon.start()

    def _on_removed(self, event: Any = None) -> None:
        if self.layer not in self._viewer.layers or self.mask not in self._viewer.layers:
            self.end()


def narrowed(slicing: Slicing, drawn_on: Slicing | None) -> Slicing:
    """Return the slice that was drawn on, where a tool is to work on one slice and it is known."""
    return slicing if slicing.index is None or drawn_on is None else drawn_on


def _axis_under_mouse(layer: Labels) -> int | None:
    """Return the axis that counts the slices of the view that the mouse is over."""
    widget = QApplication.widgetAt(QCursor.pos())
    while widget is not None and not isinstance(widget, QtViewer):
        widget = widget.parentWidget()
    return None if widget is None else slice_axis(widget.viewer, layer)


def _select(layers: LayerList, mask: Labels, mode: str) -> None:
    if mask in layers:
        layers.selection.active = mask
        mask.mode = mode


def _ignoring_layer(act: Callable[[], None]) -> Callable[[Labels], None]:
    def press(layer: Labels) -> None:
        act()

    return press
