"""Opening scans from napari."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.io import can_read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_brainseg.gui.layers import LayerData

__all__ = ["get_reader"]

Path = str | list[str]


def get_reader(path: Path) -> Callable[[Path], list[LayerData]] | None:
    """Return the reader of a path, or of several that make up one scan, or None if not ours."""
    paths = [path] if isinstance(path, str) else list(path)
    return _read if paths and all(can_read(item) for item in paths) else None


def _read(path: str | Sequence[str]) -> list[LayerData]:
    from napari.utils.notifications import show_warning

    from napari_brainseg.gui.layers import scan_layers
    from napari_brainseg.io import read_scan

    reading = read_scan(path)
    for warning in reading.scan.source.warnings:
        show_warning(f"{reading.scan.source.name}: {warning}")
    return scan_layers(reading)
