"""Layers that only show something: neither scan nor mask, never selected by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.gui.layers.selection import add_unselected, selection_kept

if TYPE_CHECKING:
    from napari.layers import Labels, Layer
    from napari.viewer import Viewer

__all__ = ["Overlay"]


class Overlay:
    """One layer of the viewer that comes and goes without touching what is selected.

    Parameters
    ----------
    viewer : Viewer

    Attributes
    ----------
    layer : Layer or None
        What was added last; the user may have removed it.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.layer: Layer | None = None
        self._mask: Labels | None = None

    @property
    def shown(self) -> bool:
        """Whether the layer is there; the user may have removed it."""
        return self.layer is not None and self.layer in self._viewer.layers

    def hide(self) -> None:
        """Take the layer out of the viewer."""
        if self.shown:
            with selection_kept(self._viewer):
                self._viewer.layers.remove(self.layer)
        self.layer = None

    def is_on(self, mask: Labels) -> bool:
        """Whether the layer is there, for this mask."""
        return self.shown and self._mask == mask

    def add(self, layer: Layer, mask: Labels) -> None:
        """Put the layer above all others, instead of the one before."""
        self.hide()
        self._mask = mask
        self.layer = add_unselected(self._viewer, layer)
        self.layer.editable = False
