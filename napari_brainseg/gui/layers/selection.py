"""Layers that come and go without touching what is selected."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.layers import Layer
    from napari.viewer import Viewer

__all__ = ["add_unselected", "selection_kept"]


def add_unselected(viewer: Viewer, layer: Layer) -> Layer:
    """Add a layer without selecting it, and tell nobody of a selection.

    napari selects what comes. Told of that, and of the layers before again, it lays out the
    controls of both, a third of what adding a layer takes.
    """
    with viewer.layers.selection.events.blocker_all(), selection_kept(viewer):
        return viewer.add_layer(layer)


@contextmanager
def selection_kept(viewer: Viewer) -> Iterator[None]:
    """Select the same layers again after a change that selects others, and tell nobody."""
    selection = viewer.layers.selection
    active, selected = selection.active, set(selection)
    with selection.events.active.blocker():
        yield
        left = [layer for layer in selected if layer in viewer.layers]
        if active in left:
            selection.active = active
        else:
            selection.clear()
            selection.update(left)
