"""One further view of a viewer's layers, made so that it is there soon."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels
from napari.qt import QtViewer
from napari_orthogonal_views.axes_utils import get_axes, set_axes_visible
from napari_orthogonal_views.ortho_view_widget import (
    OrthoViewWidget,
    ViewerModelContainer,
    _connect_sync_signal,
    copy_layer,
)
from napari_orthogonal_views.viewer_utils import activate_on_hover, register_canvas
from qtpy.QtWidgets import QHBoxLayout, QWidget

from napari_brainseg.gui.layers.tool_drawings import draw_tools_late

if TYPE_CHECKING:
    from napari.layers import Layer
    from napari.viewer import Viewer

__all__ = ["SideView"]


class SideView(OrthoViewWidget):  # type: ignore[misc]  # it has no types
    """The library's view, with its parts put together in another order.

    The library makes a canvas, gives it axes to hide, adds copies of the layers one by one, each
    drawn as an axial slice first, sets each property of a copy to what it is already, and turns
    all to its plane in the end. Here the layers are made ready, in their plane, before there is a
    canvas to draw them: that takes half as long.

    Parameters
    ----------
    viewer : Viewer
        Whose layers are shown; napari's own, no proxy of it.
    order : tuple of int
        Which axes are slices, rows and columns.
    sync_filters : dict
        Properties that the copies keep to themselves, as the library has them.
    """

    def __init__(
        self, viewer: Viewer, order: tuple[int, int, int], sync_filters: dict[Any, Any]
    ) -> None:
        QWidget.__init__(self)
        self.viewer, self.order, self.sync_axes = viewer, order, [0]
        self._connections: list[Any] = []
        self._grid_syncing = self._block_center = False
        self.vm_container = _Container("plane", order, sync_filters, copy_layer=_copied)
        self._model = self.vm_container.viewer_model
        set_axes_visible(self._model, False)
        for index, layer in enumerate(viewer.layers):
            self.vm_container.add_layer(layer, index)
        self._set_orth_views_dims_order()
        self._model.dims.point = viewer.dims.point
        # napari's own keys are everybody's; those of the tools are bound to the viewer.
        self._model.keymap = viewer.keymap
        self.qt_viewer = _Canvas(self._model)
        register_canvas(self.qt_viewer)
        activate_on_hover(self.qt_viewer)
        self.qt_viewer.setAcceptDrops(False)
        layout = QHBoxLayout(self)
        layout.addWidget(self.qt_viewer)
        layout.setContentsMargins(0, 0, 0, 0)
        active = viewer.layers.selection.active
        if active is not None:
            self._model.layers.selection.active = self._model.layers[active.name]
        self._follow()

    def _follow(self) -> None:
        layers, dims, own = self.viewer.layers.events, self.viewer.dims.events, self._model.dims
        for source, answer in (
            (get_axes(self.viewer).events.visible, self._set_orth_views_dims_order),
            (layers.inserted, self._layer_added),
            (layers.removed, self._layer_removed),
            (layers.moved, self._layer_moved),
            (self.viewer.layers.selection.events.active, self._layer_selection_changed),
            (self.viewer.events.reset_view, self._reset_view),
            (dims.current_step, self._update_current_step),
            (own.events.current_step, self._update_current_step),
            (dims.axis_labels, self._sync_axis_labels),
            (own.events.axis_labels, self._sync_axis_labels),
        ):
            self._connect(source, answer)


class _Canvas(QtViewer):  # type: ignore[misc]  # it has no types
    def _bind_shortcuts(self) -> None:
        """Leave the keys alone: they are the application's, bound when its window was made."""


class _Container(ViewerModelContainer):  # type: ignore[misc]  # it has no types
    def _setup_property_sync(
        self,
        source: Any,
        target: Any,
        name: str,
        forward: bool = True,
        reverse: bool = True,
        bucket: list[Any] | None = None,
    ) -> None:
        """Keep a property of two objects alike, and set it only where it is not.

        The library sets it in any case, and a copy then slices and draws itself anew each time.
        """
        if forward and not _alike(getattr(source, name), getattr(target, name)):
            setattr(target, name, getattr(source, name))
        ways = [(source, target)] * forward + [(target, source)] * reverse
        for giver, taker in ways:
            made = _connect_sync_signal(
                getattr(giver.events, name), partial(self._sync_property, name, giver, taker)
            )
            if bucket is not None:
                bucket.extend(made)


def _copied(layer: Layer, name: str) -> Layer:
    copy = copy_layer(layer, name)
    return draw_tools_late(copy) if isinstance(copy, Labels) else copy


def _alike(one: Any, other: Any) -> bool:
    """Return whether two values are the same, as far as it is told without a doubt."""
    try:
        return one is other or bool(np.all(one == other))
    except ValueError:  # several arrays in a table or a dictionary
        return False
