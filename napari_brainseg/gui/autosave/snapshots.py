"""A mask layer as a snapshot for its autosave, and as a layer again, on its scan where open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels

from napari_brainseg.autosave.format import scan_hash
from napari_brainseg.autosave.mask_autosave import Snapshot
from napari_brainseg.frames import frame_for
from napari_brainseg.gui.domain.mask_record import adopt, provenance_of, record_of
from napari_brainseg.gui.domain.provenance import Provenance
from napari_brainseg.gui.layers.mask_layers import mask_layer_data
from napari_brainseg.io import MaskInfo
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.autosave.format import AutosaveHeader, Restored, ScanMark
    from napari_brainseg.gui.domain.mask_standing import Saved

__all__ = ["attach", "find_scan", "is_plain", "restored_layer", "take_snapshot"]


def is_plain(layer: Labels) -> bool:
    """Whether a layer is one volume or slice in memory."""
    return isinstance(layer.data, np.ndarray) and layer.data.ndim in (2, 3)


def take_snapshot(layer: Labels, mark: ScanMark | None) -> Snapshot:
    """Return a layer's voxels, which are not copied, and what goes with them.

    Parameters
    ----------
    layer : Labels
        The layer.
    mark : ScanMark or None
        Of the mask's scan, where that is not open.
    """
    data, known = np.asarray(layer.data), provenance_of(layer)
    snapshot = Snapshot(
        labels=data,
        info=MaskInfo(),
        name=layer.name,
        scale=tuple(float(step) for step in layer.scale),
        translate=tuple(float(step) for step in layer.translate),
        units=tuple(str(unit) for unit in layer.units),
    )
    if known is None or data.shape != known.shape:
        return snapshot
    return replace(
        snapshot,
        **_file_of(layer),
        labels=known.frame.invert(data),
        info=known.info,
        scan=mark or known.scan,
        original=known.original,
    )


def _file_of(layer: Labels) -> dict[str, Any]:
    """Return what a snapshot tells of the file that a mask was in."""
    record = record_of(layer)
    saved = None if record is None else record.saved
    if saved is None:
        return {}
    masks = 1 if saved.shared is None else saved.shared.count
    return {"file": saved.file, "masks": masks, "part": saved.part}


def find_scan(mark: ScanMark | None, scans: Sequence[Scan]) -> Scan | None:
    """Find the scan that a mask was made on; reads the voxels of those at the same place.

    Of several copies one of the same name is taken, if there is one.
    """
    if mark is None:
        return None
    at_place = [scan for scan in scans if np.array_equal(scan.affine, np.array(mark.affine))]
    at_place.sort(key=lambda scan: scan.source.name != mark.name)
    return next((scan for scan in at_place if scan_hash(scan) == mark.digest), None)


def restored_layer(restored: Restored, scan: Scan | None, saved: Saved | None = None) -> Labels:
    """Make the layer of a restored mask.

    Parameters
    ----------
    restored : Restored
        From :func:`napari_brainseg.autosave.read_autosave`.
    scan : Scan or None
        The scan that it was made on. Where that is not open, the layer lies where the scan would,
        and is saved on its grid all the same.
    saved : Saved, optional
        The file that it was in.
    """
    header = restored.header
    placement = {name: getattr(header, name) for name in ("scale", "translate", "units")}
    if header.scan is None:
        return Labels(restored.labels, name=header.name, **placement)
    name = header.layer_name(scan.source.name if scan is not None else "")
    known = _provenance(restored, header.scan, scan, name)
    data, keywords, _ = mask_layer_data(restored.labels, known, name, saved)
    return Labels(data, **(keywords | placement))


def _provenance(restored: Restored, mark: ScanMark, scan: Scan | None, name: str) -> Provenance:
    if scan is None:
        affine = np.array(mark.affine)
        voxels = restored.labels[np.newaxis]
        scan = Scan(voxels, affine, ("mask",), Source(name), mark.units)
    return Provenance(scan, frame_for(scan.affine), restored.header.info, restored.original)


def attach(layer: Labels, header: AutosaveHeader, scan: Scan) -> None:
    """Tell a restored layer of its scan, which has been opened since."""
    adopt(layer).change(scan=scan)
    if layer.name == header.layer_name():
        layer.name = header.layer_name(scan.source.name)
