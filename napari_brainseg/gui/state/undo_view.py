"""Undo and redo that show what they change."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

import numpy as np
from qtpy.QtCore import QObject

from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.domain.mask_record import adopt
from napari_brainseg.gui.layers.geometry import slice_axis
from napari_brainseg.gui.state.mask_watch import watch_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels
    from napari.viewer import Viewer

    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.domain.mask_standing import Digests
    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["UndoView"]

KEYS: dict[str, Callable[[Labels], None]] = {
    "Control-Z": lambda layer: layer.undo(),
    "Control-Shift-Z": lambda layer: layer.redo(),
}
"""Those of napari's labels layers."""


class UndoView(QObject):
    """Turns to the slice that an undo or redo changed, where that is not on the screen.

    Which slices are others than before is known from the looks at the mask in the background.

    Parameters
    ----------
    viewer : Viewer
    working : WorkingMask
        Whose keys are taken over.
    """

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._working = viewer, working
        self._before: Digests | None = None
        self._on_mask = Connections(self)
        working.switched.connect(self._follow)
        watch_of(viewer).looked.connect(self._on_looked)
        self._follow()

    def _follow(self) -> None:
        self._on_mask.end()
        self._before, layer = None, self._working.layer
        if layer is None:
            return
        for key, change in KEYS.items():
            layer.bind_key(key, _pressed(ref(self), change), overwrite=True)
            self._on_mask.at_end(layer.bind_key, key, None)

    def change(self, change: Callable[[Labels], None], layer: Labels) -> None:
        """Undo or redo, and turn to what becomes of it."""
        if self._before is None:
            self._before = adopt(layer).digests
        change(layer)

    def _on_looked(self, layer: Labels) -> None:
        record, before = adopt(layer), self._before
        if before is None or layer != self._working.layer or not record.is_settled:
            return
        self._before = None
        axis, changed = _changed(record, before)
        is_flat = layer.ndim == 3 and self._viewer.dims.ndisplay == 2
        if is_flat and changed and slice_axis(self._viewer, layer) == axis:
            self._turn(layer, axis, changed)

    def _turn(self, layer: Labels, axis: int, changed: list[int]) -> None:
        dims = self._viewer.dims
        at = layer.world_to_data(dims.point[-layer.ndim :])[axis]
        nearest = min(changed, key=lambda index: abs(index - at))
        if round(at) not in changed:
            place = np.zeros(layer.ndim)
            place[axis] = nearest
            dims.set_point(axis + dims.ndim - layer.ndim, layer.data_to_world(place)[axis])


def _pressed(view: ref[UndoView], change: Callable[[Labels], None]) -> Callable[[Labels], None]:
    """Return what napari calls; it does not keep the panel alive."""

    def press(layer: Labels) -> None:
        undo_view = view()
        if undo_view is not None:
            undo_view.change(change, layer)

    return press


def _changed(record: MaskRecord, before: Digests) -> tuple[int, list[int]]:
    """Find the slices of the scan's grid that are others, as an axis of the layer and indices."""
    now = record.digests or ()
    if len(now) != len(before):
        return 0, []
    found = [index for index, pair in enumerate(zip(before, now, strict=True)) if len({*pair}) > 1]
    if record.provenance is None:
        return 0, found
    frame = record.provenance.frame
    axis = frame.order.index(0)
    return axis, [len(now) - 1 - index for index in found] if frame.flips[axis] else found
