"""The mask that the panel works on: which layer it is, and when its voxels change."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.gui.domain.mask_record import provenance_of, record_of
from napari_brainseg.gui.layers.mask_layers import is_mask_layer
from napari_brainseg.gui.state.mask_watch import watch_of

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.domain.provenance import Provenance

__all__ = ["WorkingMask"]


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
        self._watch = watch_of(viewer)
        self._shown: Labels | None = None
        self._followed: Labels | None = None
        self._watch.revised.connect(self._on_revised)
        self._watch.looked.connect(self._on_looked)
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
        if is_mask_layer(active):
            return active
        if self._shown in layers:
            return self._shown
        return next((layer for layer in reversed(layers) if is_mask_layer(layer)), None)

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
        self._followed = None
        # Where the viewer is garbage collected too, it may be half gone already.
        with suppress(AttributeError):
            for source in self._sources:
                source.disconnect(self._on_layers_changed)

    def _on_layers_changed(self, event: Any = None) -> None:
        if self._shown not in self._viewer.layers:
            self._shown = None  # a layer that was deleted takes its scan along
        layer = self.layer
        if layer != self._followed:
            self._followed = layer
            if layer is not None:
                self._watch.watch(layer)
            self.switched.emit()

    def _on_revised(self, layer: Labels) -> None:
        if layer == self._followed:
            self.edited.emit()

    def _on_looked(self, layer: Labels) -> None:
        if layer == self._followed:
            self.looked.emit()
