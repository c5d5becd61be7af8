"""What this plugin keeps in the metadata of layers.

Under :data:`METADATA_KEY`, an image layer has its :class:`~.provenance.ScanHandle`, and a labels
layer the key of its :class:`~.mask_record.MaskRecord`, which owns all that is known of the mask.
Ask :func:`scan_handle_of` and :func:`~.mask_record.record_of`; nothing else reads or writes the
entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_brainseg.gui.domain.provenance import ScanHandle

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["COPY_OF", "METADATA_KEY", "OVERLAY_KEY", "LayerData", "scan_handle_of"]

METADATA_KEY = "brainseg"
OVERLAY_KEY = "brainseg overlay"
"""In the metadata of layers that show something and are neither scan nor mask."""
COPY_OF = "brainseg copy of"
"""In that of a copy of a mask on another grid: the scan of the mask."""

LayerData = tuple[Any, dict[str, Any], str]
"""napari's ``(data, keywords, type)``."""


def scan_handle_of(metadata: Mapping[str, Any]) -> ScanHandle | None:
    """Return what an image layer shows, from its metadata, if that is part of a scan of ours."""
    handle = metadata.get(METADATA_KEY)
    return handle if isinstance(handle, ScanHandle) else None
