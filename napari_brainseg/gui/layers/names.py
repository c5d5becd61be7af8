"""What the images of a scan are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.gui.domain.metadata import scan_handle_of

if TYPE_CHECKING:
    from napari.layers import Image

    from napari_brainseg.scan import Scan

__all__ = ["channel_title", "layer_name"]


def layer_name(scan: Scan, channel: int) -> str:
    """Return the name of a channel as a layer, that of its scan first."""
    name = scan.source.name
    return f"{name} · {scan.channels[channel]}" if len(scan.channels) > 1 else name


def channel_title(layer: Image) -> str:
    """Return what an image is called among those of its scan; one that was renamed, its name."""
    handle = scan_handle_of(layer.metadata)
    if handle is None or len(handle.scan.channels) == 1:
        return str(layer.name)
    is_own = layer.name == layer_name(handle.scan, handle.channel)
    return handle.scan.channels[handle.channel] if is_own else str(layer.name)
