"""Keeping the brush, the eraser and the bucket to what may change."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from napari_brainseg.edit.protect import allowed
from napari_brainseg.gui.common.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.edit.protect import Protection
    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["BrushGuard"]

DRAWING = ("paint", "erase", "fill")


class BrushGuard(QObject):
    """Takes back, at once and within the same undo step, what a stroke may not change.

    napari paints first; then the guard, called next for the same movement of the mouse, restores
    the voxels that are locked or outside the range, while napari still gathers the stroke.

    Parameters
    ----------
    working : WorkingMask
        Whose layer is watched.
    protection : callable
        Gives what must stay, in the order of the layer's data; None where everything may change.
    """

    def __init__(
        self,
        working: WorkingMask,
        protection: Callable[[], Protection | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._working = working
        self._protection = protection
        self._layer: Labels | None = None
        self._stroke: _Stroke | None = None
        self._watching = Connections(self)
        working.switched.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self._watching.end()
        self._layer = self._working.layer
        if self._layer is not None:
            self._attach(self._layer)
            self._watching.at_end(self._detach, self._layer)
            self._watching.connect(self._layer.events.mode, self._on_mode)

    def _on_mode(self, event: Any = None) -> None:
        # A change of mode puts napari's own callback at the end of the list.
        if self._layer is not None:
            self._detach(self._layer)
            self._attach(self._layer)

    def _attach(self, layer: Labels) -> None:
        layer.mouse_drag_callbacks.insert(0, self._before_stroke)
        layer.mouse_drag_callbacks.append(self._after_each_move)

    def _detach(self, layer: Labels) -> None:
        for callback in (self._before_stroke, self._after_each_move):
            with suppress(ValueError):
                layer.mouse_drag_callbacks.remove(callback)

    def _before_stroke(self, layer: Labels, event: Any) -> None:
        protection = self._protection() if str(layer.mode) in DRAWING else None
        self._stroke = None if protection is None else _Stroke(layer, event, protection)

    def _after_each_move(self, layer: Labels, event: Any) -> Generator[None, None, None]:
        stroke, self._stroke = self._stroke, None
        if stroke is None:
            return
        stroke.take_back(event)
        yield
        while event.type == "mouse_move":
            stroke.take_back(event)
            yield


class _Stroke:
    """One stroke: the labels before it, as far as it can reach, and what of them must stay."""

    def __init__(self, layer: Labels, event: Any, protection: Protection) -> None:
        self._layer = layer
        self._protection = protection
        self._last = self._place(event)
        self._is_flat = len(event.dims_displayed) == 2
        self._region = [slice(0, size) for size in layer.data.shape]
        if self._is_flat and layer.n_edit_dimensions < layer.ndim:
            first = len(event.position) - layer.ndim
            for axis in set(range(layer.ndim)) - {axis - first for axis in event.dims_displayed}:
                at = int(np.clip(self._last[axis], 0, layer.data.shape[axis] - 1))
                self._region[axis] = slice(at, at + 1)
        self._before = np.array(layer.data[tuple(self._region)])

    def take_back(self, event: Any) -> None:
        """Restore what the last movement painted and should not have."""
        box = self._box(self._place(event))
        inside = tuple(
            slice(side.start - whole.start, side.stop - whole.start)
            for side, whole in zip(box, self._region, strict=True)
        )
        before, after = self._before[inside], np.asarray(self._layer.data[box])
        wrong = (before != after) & ~allowed(before, after, self._protection, box)
        if wrong.any():
            found = zip(np.nonzero(wrong), box, strict=True)
            places = tuple(axis + side.start for axis, side in found)
            self._layer.data_setitem(places, before[wrong])

    def _place(self, event: Any) -> NDArray[np.int_]:
        layer = self._layer
        place = layer.world_to_data(event.position[-layer.ndim :])
        return np.asarray(np.round(place), dtype=int)

    def _box(self, place: NDArray[np.int_]) -> tuple[slice, ...]:
        """Where the brush can have been since the last movement."""
        ends, self._last = np.sort([self._last, place], axis=0), place
        if not self._is_flat or str(self._layer.mode) == "fill":
            return tuple(self._region)
        # napari counts the brush in voxels of the finest axis; one more for its rounding.
        margin = int(self._layer.brush_size) // 2 + 2
        return tuple(
            slice(
                int(np.clip(low - margin, side.start, side.stop)),
                int(np.clip(high + margin + 1, side.start, side.stop)),
            )
            for low, high, side in zip(*ends, self._region, strict=True)
        )
