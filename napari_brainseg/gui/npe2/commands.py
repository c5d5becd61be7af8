"""Entries of napari's own menus."""

from __future__ import annotations

import napari
from napari.utils.notifications import show_warning

from napari_brainseg.gui.common.language import follow_language
from napari_brainseg.gui.layers.belonging import settle
from napari_brainseg.gui.layers.mask_layers import is_mask_layer
from napari_brainseg.gui.save.mask_saver import MaskSaver
from napari_brainseg.language import tr

__all__ = ["save_selected_mask"]


def save_selected_mask() -> MaskSaver | None:
    """Ask for a file and save the selected mask on the grid of its scan.

    Returns
    -------
    MaskSaver or None
        What is saving; None if no mask is selected, which the user is told.
    """
    follow_language()
    viewer = napari.current_viewer()
    active = viewer.layers.selection.active if viewer is not None else None
    if viewer is None or not is_mask_layer(active):
        show_warning(tr("No mask is selected. Click a labels layer in the layer list first."))
        return None
    settle(viewer.layers)
    saver = MaskSaver(viewer.layers, viewer.window._qt_window)
    saver.ended.connect(saver.deleteLater)
    saver.save(active)
    return saver
