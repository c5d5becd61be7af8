"""Opening scans from napari."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_brainseg.io import can_read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_brainseg.gui.layers import LayerData
    from napari_brainseg.io.dicom import Series

__all__ = ["get_reader"]

NOTHING: list[Any] = [(None,)]
"""napari's sign that a path was read and gave no layer; an empty list would be an error."""

Path = str | list[str]


def get_reader(path: Path) -> Callable[[Path], list[LayerData]] | None:
    """Return the reader of a path, or of several that make up one scan, or None if not ours."""
    paths = [path] if isinstance(path, str) else list(path)
    return _read if paths and all(can_read(item) for item in paths) else None


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
