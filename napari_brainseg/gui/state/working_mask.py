"""The mask that the panel works on: which layer it is, and when its voxels change."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.gui.common.workers import background
from napari_brainseg.gui.layers.metadata import is_mask
from napari_brainseg.gui.state.mask_record import adopt, provenance_of, record_of

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

    from napari_brainseg.gui.domain.provenance import Provenance
    from napari_brainseg.gui.state.mask_record import Look, MaskRecord, Seen

__all__ = ["WorkingMask"]

SETTLE_MS = 150
"""Changes that follow each other faster than this are told as one."""

_CHANGES = ("paint", "labels_update", "data", "set_data")
"""Events that may mean new voxels: napari has none for undo, redo and ``data_setitem`` alone."""


class WorkingMask(QObject):
    """Follows the labels layer that is being worked on.

    It is the selected labels layer, or the one shown last by :meth:`show`, or the topmost. Overlays
    are never it.

    Signals
    -------
    switched
        It is another layer now, or none; or the same one with the mask of a new run.
    edited
        Its voxels changed, by whatever means, undo and redo included.
    looked
        Its voxels were looked at; they may have changed, and changed back again.
    """

    switched = Signal()
    edited = Signal()
    looked = Signal()

    def __init__(self, viewer: Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._shown: Labels | None = None
        self._followed: Labels | None = None
        self._worker: Any = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._look)
        layers = viewer.layers
        self._sources = (
            layers.events.inserted,
            layers.events.removed,
            layers.selection.events.active,
        )
        for source in self._sources:
            source.connect(self._on_layers_changed)
        self._on_layers_changed()

    @property
    def layer(self) -> Labels | None:
        """The layer, if there is one."""
        layers = self._viewer.layers
        active = layers.selection.active
        if is_mask(active):
            return active
        if self._shown in layers:
            return self._shown
        return next((layer for layer in reversed(layers) if is_mask(layer)), None)

    @property
    def record(self) -> MaskRecord | None:
        """All that is known of it; None where there is no layer, or nothing is known."""
        layer = self.layer
        return None if layer is None else record_of(layer)

    @property
    def provenance(self) -> Provenance | None:
        """Where it comes from, if that is known."""
        layer = self.layer
        return None if layer is None else provenance_of(layer)

    def show(self, layer: Labels) -> None:
        """Prefer this layer, with a mask that was just made, where no labels layer is selected."""
        self._shown = layer
        if self.layer == self._followed:
            self.switched.emit()
        else:
            self._on_layers_changed()

    def leave(self) -> None:
        """Stop following the viewer."""
        # Qt may have deleted the timer, and where the viewer is garbage collected too, it may be
        # half gone already.
        with suppress(RuntimeError):
            self._settle.stop()
        with suppress(AttributeError):
            for source in self._sources:
                source.disconnect(self._on_layers_changed)
            self._follow(None)

    def _on_layers_changed(self, event: Any = None) -> None:
        if self._shown not in self._viewer.layers:
            self._shown = None  # a layer that was deleted takes its scan along
        layer = self.layer
        if layer != self._followed:
            self._follow(layer)
            self.switched.emit()

    def _follow(self, layer: Labels | None) -> None:
        for name in _CHANGES:
            if self._followed is not None:
                getattr(self._followed.events, name).disconnect(self._on_maybe_changed)
            if layer is not None:
                getattr(layer.events, name).connect(self._on_maybe_changed)
        self._followed = layer
        if layer is not None:
            self._settle.start()

    def _on_maybe_changed(self, event: Any) -> None:
        adopt(event.source).touch()
        self._settle.start()

    def _look(self) -> None:
        """Compare the voxels with those last seen, off the GUI thread."""
        if self._followed is None:
            return
        if self._worker is not None:
            self._settle.start()
            return
        record = adopt(self._followed)
        self._worker = background(_seen, record, record.look_at(self._followed.data))
        self._worker.returned.connect(self._on_seen)
        self._worker.finished.connect(self._on_looked)
        self._worker.start()

    def _on_seen(self, found: tuple[MaskRecord, Seen]) -> None:
        record, seen = found
        is_other = record.see(seen)
        if self._followed is None or record_of(self._followed) is not record:
            return
        if is_other:
            self.edited.emit()
        self.looked.emit()

    def _on_looked(self) -> None:
        self._worker = None


def _seen(record: MaskRecord, look: Look) -> tuple[MaskRecord, Seen]:
    return record, look.take()
