"""Which voxels of a mask a person has changed since it was opened or made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from napari_brainseg.gui.common.workers import Queue
from napari_brainseg.gui.domain.mask_record import MachineWrite, adopt, record_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.edit.slicing import Slicing
    from napari_brainseg.gui.correct.runner import Change
    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["EditedVoxels"]


class EditedVoxels(QObject):
    """Remembers each mask as it was at first, and what machines wrote since.

    A mask that a model made, or that was read from a file, brings what it was at first with it; of
    others a copy is kept from the moment when they are first worked on.
    """

    def __init__(self, working: WorkingMask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._working = working
        self._copying = Queue(self, _keep)
        working.switched.connect(self._remember)
        self._remember()

    def settle(self, layer: Labels, change: Change) -> None:
        """Take note of voxels that were not written by hand."""
        places = np.ravel_multi_index(change.places, layer.data.shape)
        adopt(layer).writes.append(MachineWrite(places, change.after))

    def finder(
        self, layer: Labels, label: int, slicing: Slicing
    ) -> Callable[[NDArray[np.bool_]], NDArray[np.bool_]]:
        """Return the function that marks, in a mask of ``label``, what was changed by hand.

        It may run in a worker thread; it takes and returns all slices (Z, Y, X) of the slicing.
        Where the layer was not known before, all of the mask counts as drawn by hand.
        """
        record = record_of(layer)
        before = None if record is None else _at_first(record)
        writes = () if record is None else tuple(record.writes)
        shape = layer.data.shape

        def find(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
            if before is None or before.shape != shape:
                return mask
            edited = np.asarray(mask != (slicing.take(before) == label))
            # Views, in the order of the layer's data.
            edited_there, now = (np.moveaxis(seen, 0, slicing.axis) for seen in (edited, mask))
            for each in writes:
                places = np.unravel_index(each.places, shape)
                as_made = now[places] == (each.values == label)
                edited_there[tuple(axis[as_made] for axis in places)] = False
            return edited

        return find

    def _remember(self) -> None:
        layer = self._working.layer
        if layer is None:
            return
        record = adopt(layer)
        if _at_first(record) is None:
            self._copying.run(_copy, record, layer.data)


def _at_first(record: MaskRecord) -> NDArray[Any] | None:
    """Return the labels that a mask had at first, as the layer has them."""
    known = record.provenance
    if known is None or known.original is None:
        return record.first
    return known.frame.apply(known.original)


def _copy(record: MaskRecord, data: NDArray[Any]) -> tuple[MaskRecord, NDArray[Any]]:
    return record, np.array(data)


def _keep(found: tuple[MaskRecord, NDArray[Any]]) -> None:
    record, labels = found
    if record.first is None:
        record.first = labels
