"""Strokes of napari's brush kept within a range of intensities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari.layers import Labels
    from numpy.typing import NDArray

__all__ = ["StrokeFilter"]

BRUSHES = ("paint", "erase")


class StrokeFilter:
    """Takes back what a stroke changed outside the allowed voxels, in the stroke's own undo step.

    Parameters
    ----------
    allowed : callable
        Gives the voxels that may change, in the order of the layer's data; None for all.
    """

    def __init__(self, allowed: Callable[[], NDArray[np.bool_] | None]) -> None:
        self._allowed = allowed
        self._layer: Labels | None = None

    def follow(self, layer: Labels | None) -> None:
        """Watch another layer, or none."""
        if self._layer is not None and self._on_drag in self._layer.mouse_drag_callbacks:
            self._layer.mouse_drag_callbacks.remove(self._on_drag)
        self._layer = layer
        if layer is not None:
            # Before napari's own: at the end of a drag its step of history is still open then.
            layer.mouse_drag_callbacks.insert(0, self._on_drag)

    def _on_drag(self, layer: Labels, event: Any) -> Iterator[None]:
        allowed = self._allowed() if str(layer.mode) in BRUSHES else None
        if allowed is None:
            return
        before = np.array(layer.data)
        yield
        while event.type == "mouse_move":
            yield
        places = np.nonzero((np.asarray(layer.data) != before) & ~allowed)
        if places[0].size:
            layer.data_setitem(places, before[places])
