"""Layers that come and go without touching what is selected."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.viewer import Viewer

__all__ = ["selection_kept"]


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
