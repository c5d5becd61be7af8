"""The sample scan of the File menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.io import Reading

if TYPE_CHECKING:
    from napari_brainseg.gui.domain.metadata import LayerData

__all__ = ["phantom_layers"]


def phantom_layers() -> list[LayerData]:
    """Return the layers of the brain phantom."""
    from napari_brainseg.gui.layers.scan_layers import scan_layers
    from napari_brainseg.sample import phantom

    return scan_layers(Reading(phantom()))
