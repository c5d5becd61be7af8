"""Opening scans from napari."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any

from napari_brainseg.io import can_read, has_color_table, is_named_mask, is_seg, is_segmentation
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_brainseg.gui.domain.metadata import LayerData
    from napari_brainseg.io import FoundScan, Reading
    from napari_brainseg.io.dicom.series import Series
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
    if all(map(_is_mask, paths)):
        return _read_masks
    named = all(_is_mask(item) or is_named_mask(item) for item in paths)
    return _read_named if named else _read


def _is_mask(path: str) -> bool:
    """Whether a file is a mask by its kind, or by what lies beside it."""
    from napari_brainseg.measure.edit_record_file import has_edit_record

    return is_seg(path) or is_segmentation(path) or has_color_table(path) or has_edit_record(path)


def _read(path: Path) -> list[LayerData]:
    from napari.utils.notifications import show_warning

    from napari_brainseg.gui.common.language import follow_language
    from napari_brainseg.gui.common.waiting import Stopped, wait_for

    follow_language()
    try:
        chosen = _choose(path)
        found = wait_for(tr("Reading {title}…", title=_title(path)), _scans_of, path, chosen)
    except Stopped:
        return NOTHING
    for reading, _ in found:
        for warning in reading.scan.source.warnings:
            show_warning(f"{reading.scan.source.name}: {warning}")
    return [layer for _, layers in found for layer in layers] or NOTHING


def _scans_of(path: Path, chosen: list[Series] | None) -> list[tuple[Reading, list[LayerData]]]:
    from napari_brainseg.gui.layers.scan_layers import scan_layers
    from napari_brainseg.io import case_in, read_scan, read_series, study_below

    if chosen is not None:
        readings = [read_series(each) for each in chosen]
        return [(reading, scan_layers(reading)) for reading in readings]
    first, *others = _files(path)
    if first.is_dir() and not others:
        case = case_in(first) or study_below(first)
        if case is not None:
            return _case_of(case)
    reading = read_scan(path)
    return [(reading, scan_layers(reading))]


def _case_of(case: FoundScan) -> list[tuple[Reading, list[LayerData]]]:
    """Open the sequences of a case, the one that a mask is drawn on above the others, its mask."""
    from napari_brainseg.gui.layers.mask_layers import saved_mask_layers
    from napari_brainseg.gui.layers.scan_layers import hidden_layers, scan_layers
    from napari_brainseg.io import read_scan

    others = [read_scan(each.path, each.series or None) for each in case.companions]
    found = [(reading, hidden_layers([reading.scan])) for reading in others]
    main = read_scan(case.path, case.series or None)
    masks = saved_mask_layers(case.mask, [main.scan]) if case.mask is not None else []
    return [*found, (main, [*scan_layers(main), *masks])]


def _read_named(path: Path) -> list[LayerData]:
    """Open what is only called a mask as one where it lies on an open scan, else as a scan."""
    from napari_brainseg.gui.common.waiting import Stopped, wait_for

    try:
        layers = wait_for(
            tr("Reading {title}…", title=_title(path)), _named_masks_of, path, _open_scans()
        )
    except Stopped:
        return NOTHING
    return _read(path) if layers is None else layers


def _named_masks_of(path: Path, scans: list[Scan]) -> list[LayerData] | None:
    from napari_brainseg.gui.layers.mask_layers import named_mask_layers

    found: list[LayerData] = []
    for item in _files(path):
        layers = _masks_of(str(item), scans) if _is_mask(str(item)) else None
        layers = named_mask_layers(item, scans) if layers is None else layers
        if layers is None:
            return None
        found += layers
    return found


def _read_masks(path: Path) -> list[LayerData]:
    """Open saved masks as labels layers, on the scans they belong to where these are open."""
    from napari.utils.notifications import show_info

    from napari_brainseg.gui.common.waiting import Stopped, wait_for
    from napari_brainseg.gui.domain.mask_record import record_in

    scans = _open_scans()
    try:
        layers: list[LayerData] = wait_for(
            tr("Reading {title}…", title=_title(path)), _masks_of, path, scans
        )
    except Stopped:
        return NOTHING
    for _, keywords, _ in layers:
        record = record_in(keywords["metadata"])
        known = None if record is None else record.provenance
        if known is not None and known.scan not in scans:
            show_info(
                tr(
                    "{name}: no open scan fits this mask, so it stands alone. "
                    "Open its scan first, then the mask, to correct it on the scan.",
                    name=keywords["name"],
                )
            )
    return layers


def _masks_of(path: Path, scans: list[Scan]) -> list[LayerData]:
    from napari_brainseg.gui.layers.mask_layers import saved_mask_layers, seg_layer
    from napari_brainseg.io.dicom import seg_read

    found: list[LayerData] = []
    for item in _files(path):
        if is_seg(item):
            found.append(seg_layer(seg_read.read(item), scans))
        else:
            found += saved_mask_layers(item, scans)
    return found


def _files(path: Path) -> list[pathlib.Path]:
    return [pathlib.Path(item) for item in ([path] if isinstance(path, str) else path)]


def _title(path: Path) -> str:
    files = _files(path)
    return files[0].name if len(files) == 1 else tr("{count} files", count=len(files))


def _open_scans() -> list[Scan]:
    """Return the scans in the viewer, the newest first."""
    import napari

    from napari_brainseg.gui.domain.metadata import scan_handle_of

    viewer = napari.current_viewer()
    handles = [scan_handle_of(layer.metadata) for layer in viewer.layers] if viewer else []
    return [handle.scan for handle in reversed(handles) if handle is not None]


def _choose(path: Path) -> list[Series] | None:
    """Let the user choose among several DICOM series.

    Returns
    -------
    list of Series or None
        Empty where the user wants none; None where there is no choice, or nobody to ask.
    """
    from napari_brainseg.gui.common.waiting import can_ask, wait_for
    from napari_brainseg.gui.npe2.series_dialog import choose_series
    from napari_brainseg.io import list_series

    if not can_ask():
        return None
    found = wait_for(tr("Looking for series in {title}…", title=_title(path)), list_series, path)
    return choose_series(found) if len(found) > 1 else None
