"""Showing a mask that came back: on its scan, on top, where there is some of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.gui.layers.results import hide_alike, turn_to_mask
from napari_brainseg.gui.layers.scan_layers import raise_scan

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

    from napari_brainseg.scan import Scan

__all__ = ["bring_up"]


def bring_up(viewer: Viewer, mask: Labels, scan: Scan | None) -> None:
    """Show a mask above its scan, that above all others, at a slice that holds some of it.

    Masks of the same labels are hidden, as where a new one is made: they are states of one thing.
    """
    if scan is not None:
        raise_scan(viewer, scan, mask)
        hide_alike(viewer, mask)
    turn_to_mask(viewer, mask)
    viewer.layers.selection.active = mask
