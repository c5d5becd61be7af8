"""Which voxels of a mask a person has changed since it was opened or made."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from napari_brainseg.gui.common.workers import background
from napari_brainseg.gui.layers.scan_layers import MaskHandle, handle_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.edit.slicing import Slicing
    from napari_brainseg.gui.correct.runner import Change
    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["EditedVoxels"]

REMEMBERED = 20
"""So many changes by machine are told from those by hand, the last ones of each mask."""


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """Voxels written by a machine: where, counted in C order, and what."""

    places: NDArray[np.intp]
    values: NDArray[Any]


class EditedVoxels(QObject):
    """Remembers each mask as it was at first, and what machines wrote since.

    A mask that a model made, or that was read from a file, brings what it was at first with it; of
    others a copy is kept from the moment when they are first worked on.
    """

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._working = working
        self._at_first: dict[Hashable, NDArray[Any]] = {}
        self._made: dict[Hashable, deque[_Made]] = {}
        working.switched.connect(self._remember)
        self._remember()

    def settle(self, layer: Labels, change: Change) -> None:
        """Take note of voxels that were not written by hand."""
        places = np.ravel_multi_index(change.places, layer.data.shape)
        made = self._made.setdefault(layer.unique_id, deque(maxlen=REMEMBERED))
        made.append(_Made(places, change.after))

    def finder(
        self, layer: Labels, label: int, slicing: Slicing
    ) -> Callable[[NDArray[np.bool_]], NDArray[np.bool_]]:
        """Give the function that marks, in a mask of ``label``, what was changed by hand.

        It may run in a worker thread; it takes and gives all slices (Z, Y, X) of the slicing.
        Where the layer was not known before, all of the mask counts as drawn by hand.
        """
        before = _original(layer)
        if before is None:
            before = self._at_first.get(layer.unique_id)
        made = tuple(self._made.get(layer.unique_id, ()))
        shape = layer.data.shape

        def find(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
            if before is None or before.shape != shape:
                return mask
            edited = np.asarray(mask != (slicing.take(before) == label))
            # Views, in the order of the layer's data.
            edited_there, now = (np.moveaxis(seen, 0, slicing.axis) for seen in (edited, mask))
            for each in made:
                places = np.unravel_index(each.places, shape)
                as_made = now[places] == (each.values == label)
                edited_there[tuple(axis[as_made] for axis in places)] = False
            return edited

        return find

    def _remember(self) -> None:
        there = {layer.unique_id for layer in self._viewer.layers}
        for known in (self._at_first, self._made):
            for key in known.keys() - there:
                del known[key]
        layer = self._working.layer
        if layer is None or layer.unique_id in self._at_first or _original(layer) is not None:
            return
        worker = background(_copy, layer.unique_id, layer.data)
        worker.returned.connect(self._on_copied)
        worker.start()

    def _on_copied(self, found: tuple[Hashable, NDArray[Any]]) -> None:
        self._at_first.setdefault(*found)


def _original(layer: Labels) -> NDArray[Any] | None:
    """Give the labels that the layer's handle brings, as the layer has them."""
    handle = handle_of(layer.metadata)
    if not isinstance(handle, MaskHandle) or handle.original is None:
        return None
    return handle.frame.apply(handle.original)


def _copy(key: Hashable, data: NDArray[Any]) -> tuple[Hashable, NDArray[Any]]:
    return key, np.array(data)
