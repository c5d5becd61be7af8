"""Looking at the voxels of masks in the background, a moment after they may have changed."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.domain.mask_record import adopt

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from napari.components import LayerList
    from napari.layers import Labels
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.domain.mask_standing import Look, Seen

__all__ = ["CHANGES", "MaskWatch", "watch_of"]

SETTLE_MS = 150
"""Changes that follow each other faster than this are told as one."""

CHANGES = ("paint", "labels_update", "data", "set_data")
"""Events that may mean new voxels: napari has none for undo, redo and ``data_setitem`` alone."""


class MaskWatch(QObject):
    """Tells the records of a viewer's masks what became of their voxels.

    Parameters
    ----------
    viewer : Viewer
        Layers that leave it are not watched any more.

    Signals
    -------
    touched : Labels
        Something happened that may have changed the voxels of a watched layer.
    revised : Labels
        They are others than before.
    looked : Labels
        They were looked at; they may have changed, and changed back again.
    saved : Labels
        The layer is in a file.
    """

    touched = Signal(object)
    revised = Signal(object)
    looked = Signal(object)
    saved = Signal(object)

    def __init__(self, viewer: Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watched: dict[Hashable, Labels] = {}
        self._looking = Latest(self, self._on_seen)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._look)
        viewer.layers.events.removed.connect(self._on_removed)
        ends = (self._on_removed, self._on_event, self._signals_of)
        self.destroyed.connect(partial(_leave, viewer.layers, self._watched, *ends))

    def watch(self, layer: Labels) -> MaskRecord:
        """Watch a layer for as long as it is in the viewer; returns its record."""
        record = adopt(layer)
        if layer.unique_id not in self._watched and not layer.multiscale:
            self._watched[layer.unique_id] = layer
            for name in CHANGES:
                getattr(layer.events, name).connect(self._on_event)
            for signal, callback in self._signals_of(record):
                signal.connect(callback)
        if not record.is_settled:
            self._settle.start()
        return record

    def _signals_of(self, record: MaskRecord) -> list[tuple[Any, Any]]:
        return [
            (record.touched, self._on_touched),
            (record.revised, self._on_revised),
            (record.looked, self._on_looked),
            (record.saved_changed, self._on_saved),
        ]

    def _on_event(self, event: Any) -> None:
        if event.source.unique_id in self._watched:
            adopt(event.source).touch()

    def _on_touched(self, record: MaskRecord) -> None:
        layer = self._watched.get(record.layer_id)
        if layer is not None:
            self._settle.start()
            self.touched.emit(layer)

    def _on_revised(self, record: MaskRecord) -> None:
        layer = self._watched.get(record.layer_id)
        if layer is not None:
            self.revised.emit(layer)

    def _on_looked(self, record: MaskRecord) -> None:
        layer = self._watched.get(record.layer_id)
        if layer is not None:
            self.looked.emit(layer)

    def _on_saved(self, record: MaskRecord) -> None:
        layer = self._watched.get(record.layer_id)
        if layer is not None:
            self.saved.emit(layer)

    def _look(self) -> None:
        """Look at what was touched, one batch after the other."""
        if self._looking.running:
            self._settle.start()
            return
        pairs = [(adopt(layer), layer.data) for layer in self._watched.values()]
        looks = [(record, record.look_at(data)) for record, data in pairs if record.has_news]
        if looks:
            self._looking.run(_take, looks)

    def _on_seen(self, found: list[tuple[MaskRecord, Seen]]) -> None:
        for record, seen in found:
            record.see(seen)

    def _on_removed(self, event: Any) -> None:
        layer = self._watched.pop(event.value.unique_id, None)
        if layer is not None:
            _stop(layer, self._on_event, self._signals_of(adopt(layer)))


def watch_of(viewer: Viewer, window: QWidget | None = None) -> MaskWatch:
    """Return the watch of a viewer's window; made at the first call, it lives as long as that."""
    window = window or viewer.window.main_menu.window()
    watch: MaskWatch | None = window.findChild(MaskWatch)
    return watch or MaskWatch(viewer, window)


def _take(looks: Sequence[tuple[MaskRecord, Look]]) -> list[tuple[MaskRecord, Seen]]:
    return [(record, look.take()) for record, look in looks]


def _stop(layer: Labels, callback: Any, signals: Sequence[tuple[Any, Any]]) -> None:
    for name in CHANGES:
        getattr(layer.events, name).disconnect(callback)
    for signal, method in signals:
        signal.disconnect(method, missing_ok=True)


def _leave(
    layers: LayerList,
    watched: dict[Hashable, Labels],
    removed: Any,
    callback: Any,
    signals_of: Callable[[MaskRecord], list[tuple[Any, Any]]],
    *_: Any,
) -> None:
    """Let go of everything after Qt has deleted the watch."""
    # Where both are garbage collected together, the viewer may be half gone already.
    with suppress(AttributeError):
        layers.events.removed.disconnect(removed)
        for layer in watched.values():
            _stop(layer, callback, signals_of(adopt(layer)))
    watched.clear()
