"""Opening scans from napari."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_brainseg.io import can_read, has_color_table, is_seg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_brainseg.gui.layers import LayerData
    from napari_brainseg.io.dicom import Series
    from napari_brainseg.scan import Scan

__all__ = ["get_reader"]

NOTHING: list[Any] = [(None,)]
"""napari's sign that a path was read and gave no layer; an empty list would be an error."""

Path = str | list[str]


def get_reader(path: Path) -> Callable[[Path], list[LayerData]] | None:
    """Return the reader of a path, or of several that make up one scan, or None if not ours."""
    paths = [path] if isinstance(path, str) else list(path)
    if not paths or not all(can_read(item) for item in paths):
        return None
    return _read_masks if all(is_seg(item) or has_color_table(item) for item in paths) else _read


def _read(path: str | Sequence[str]) -> list[LayerData]:
    from napari.utils.notifications import show_warning

    from napari_brainseg.gui.layers import scan_layers
    from napari_brainseg.io import read_scan, read_series

    chosen = _choose(path)
    readings = [read_scan(path)] if chosen is None else [read_series(each) for each in chosen]
    for reading in readings:
        for warning in reading.scan.source.warnings:
            show_warning(f"{reading.scan.source.name}: {warning}")
    layers = [layer for reading in readings for layer in scan_layers(reading)]
    return layers or NOTHING


def _read_masks(path: str | Sequence[str]) -> list[LayerData]:
    """Open saved masks as labels layers, on the scans they belong to where these are open."""
    from pathlib import Path

    from napari.utils.notifications import show_info

    from napari_brainseg.gui.layers import handle_of, saved_mask_layer, seg_layer
    from napari_brainseg.io import seg

    paths = [Path(item) for item in ([path] if isinstance(path, str) else path)]
    scans = _open_scans()
    layers = [
        seg_layer(seg.read(item), scans) if is_seg(item) else saved_mask_layer(item, scans)
        for item in paths
    ]
    for _, keywords, _ in layers:
        handle = handle_of(keywords["metadata"])
        if handle is not None and handle.scan not in scans:
            show_info(
                f"{keywords['name']}: no open scan fits this mask, so it stands alone. Open its "
                "scan first, then the mask, to correct it on the scan."
            )
    return layers


def _open_scans() -> list[Scan]:
    """Give the scans in the viewer, the newest first."""
    import napari

    from napari_brainseg.gui.layers import ScanHandle, handle_of

    viewer = napari.current_viewer()
    handles = [handle_of(layer.metadata) for layer in viewer.layers] if viewer else []
    return [handle.scan for handle in reversed(handles) if isinstance(handle, ScanHandle)]


def _choose(path: str | Sequence[str]) -> list[Series] | None:
    """Let the user choose among several DICOM series.

    Returns
    -------
    list of Series or None
        Empty where the user wants none; None where there is no choice, or nobody to ask.
    """
    from napari_brainseg.gui._series import ask, can_ask
    from napari_brainseg.io import list_series

    if not can_ask():
        return None
    found = list_series(path)
    return ask(found) if len(found) > 1 else None
