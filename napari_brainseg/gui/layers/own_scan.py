"""Whose a layer is: the scan that an image shows, or that a mask was drawn on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.layers import Labels

from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.domain.metadata import scan_handle_of

if TYPE_CHECKING:
    from napari.layers import Layer

    from napari_brainseg.scan import Scan

__all__ = ["own_scan"]


def own_scan(layer: Layer) -> Scan | None:
    """Return the scan of an image layer of ours, or of a mask; None where none is known."""
    is_mask = isinstance(layer, Labels)
    known = provenance_of(layer) if is_mask else scan_handle_of(layer.metadata)
    return None if known is None else known.scan
