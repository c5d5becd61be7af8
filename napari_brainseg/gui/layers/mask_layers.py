"""Masks as napari labels layers, and back to the grid of their scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.frames import frame_for
from napari_brainseg.gui.domain.mask_record import new_metadata, record_in
from napari_brainseg.gui.domain.mask_standing import Saved, SharedFile
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY, scan_handle_of
from napari_brainseg.gui.domain.provenance import Provenance
from napari_brainseg.gui.layers.foreign import plain_geometry
from napari_brainseg.gui.layers.geometry import as_volume, placement
from napari_brainseg.io import (
    MaskInfo,
    read_masks,
)
from napari_brainseg.language import tr
from napari_brainseg.measure.edit_record_file import with_origin
from napari_brainseg.scan import DicomSource, Scan, Source, UnplacedSource

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.metadata import LayerData
    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.io import FileMask
    from napari_brainseg.io.dicom.seg_read import SegMask

__all__ = [
    "is_mask_layer",
    "label_looks",
    "mask_layer_data",
    "mask_on_grid",
    "mask_to_grid",
    "named_mask_layers",
    "saved_mask_layers",
    "seg_layer",
]

MAX_LABELS = 64
"""A file with more values is no mask, whatever it is called."""


def is_mask_layer(layer: Any) -> bool:
    """Whether a layer is a mask to work on: labels, and not an overlay that only shows some."""
    from napari.layers import Labels

    return isinstance(layer, Labels) and OVERLAY_KEY not in layer.metadata


def mask_layer_data(
    labels: NDArray[Any], provenance: Provenance, name: str, saved: Saved | None = None
) -> LayerData:
    """Return the labels layer of a mask, with a record; it lies exactly on the layers of its scan.

    Parameters
    ----------
    labels : ndarray of int, shape (Z, Y, X)
        On the scan's grid; copied, so that the layer can be painted on.
    provenance : Provenance
        Its ``info`` names and colours the labels.
    name : str
        The layer's name.
    saved : Saved, optional
        What of it is in a file, if it is.
    """
    keywords = {
        "name": name,
        "metadata": new_metadata(provenance, saved),
        "opacity": 0.5,
        **label_looks(provenance.info),
        **placement(provenance.scan, provenance.frame),
    }
    return np.array(provenance.frame.apply(labels), order="C"), keywords, "labels"


def label_looks(info: MaskInfo, hidden: Collection[int] = ()) -> dict[str, Any]:
    """Return the attributes of a labels layer that colour its labels and name them under the mouse.

    Parameters
    ----------
    info : MaskInfo
    hidden : collection of int
        Labels that are not to be seen.

    Returns
    -------
    dict
        napari's ``colormap`` and ``features``.
    """
    from napari.utils.colormaps import DirectLabelColormap

    labels = sorted(info.names)
    # Those without a name, too: of a file that tells none, or painted by their number.
    seen = {*labels, *range(1, MAX_LABELS + 1)}
    colors: dict[int | None, str] = {label: info.color(label) for label in seen}
    colors |= {None: info.color(MAX_LABELS + 1)} | dict.fromkeys((0, *hidden), "transparent")
    return {
        "colormap": DirectLabelColormap(color_dict=colors),
        "features": {"index": labels, "name": [info.name(label) for label in labels]},
    }


def seg_layer(mask: SegMask, scans: Sequence[Scan]) -> LayerData:
    """Return the labels layer of a DICOM SEG.

    Parameters
    ----------
    mask : SegMask
        As read.
    scans : sequence of Scan
        The scans that are open: the mask is laid on the one it was made on, or else on one of its
        series, or else on the first whose voxels it fits.

    Returns
    -------
    tuple
        napari's ``(data, keywords, type)``; on the mask's own grid where no scan fits.
    """
    from napari_brainseg.io.dicom.seg_read import on_grid, refers_to

    # The sort is stable: False, the images or the series themselves, comes first.
    ordered = sorted(
        scans, key=lambda scan: (not refers_to(mask, scan), series_uid(scan) != mask.series)
    )
    for scan in ordered:
        labels = on_grid(mask, scan)
        if labels is not None:
            break
    else:
        labels = mask.labels
        source = Source(mask.name)
        scan = Scan(labels[np.newaxis], mask.affine, ("mask",), source)
    known = Provenance(scan, frame_for(scan.affine), mask.info, labels)
    data, keywords, kind = mask_layer_data(labels, known, mask.name, Saved())
    return data, keywords, kind


def saved_mask_layers(
    path: Path, scans: Sequence[Scan], shared: SharedFile | None = None
) -> list[LayerData]:
    """Return the labels layers of a saved mask: one, or one for each layer of a segmentation.

    Parameters
    ----------
    path : Path
        The mask.
    scans : sequence of Scan
        The scans that are open: the mask is laid on the first whose voxels it fits.
    shared : SharedFile, optional
        The file of several masks, where some of them are open already.

    Returns
    -------
    list of tuple
        napari's ``(data, keywords, type)``; on the mask's own grid where no scan fits.

    Raises
    ------
    ScanError
        If the mask or its colour table cannot be read.
    """
    masks = read_masks(path)
    # Only a mask that is alone in its file may be saved over it, and has an edit record.
    shared = shared or SharedFile(path, len(masks))
    saved = [Saved(path=path)]
    if len(masks) > 1:
        saved = [Saved(shared=shared, part=part) for part in range(len(masks))]
    return [
        _saved_layer(mask, with_origin(mask.info, path), scans, each)
        for mask, each in zip(masks, saved, strict=True)
    ]


def _saved_layer(mask: FileMask, info: MaskInfo, scans: Sequence[Scan], saved: Saved) -> LayerData:
    for scan in scans:
        labels = mask.on(scan)
        if labels is not None:
            break
    else:
        labels = mask.labels
        # Standing alone, it may be saved over its own file: it is no scan to be kept.
        voxels, source = labels[np.newaxis], Source(mask.name)
        scan = Scan(voxels, mask.affine, ("mask",), source, mask.units)
    known = Provenance(scan, frame_for(scan.affine), info, labels)
    return mask_layer_data(labels, known, mask.name, saved)


def named_mask_layers(path: Path, scans: Sequence[Scan]) -> list[LayerData] | None:
    """Return the labels layers of a file that is only called a mask; None where it is none.

    It is one where it holds few labels and lies on the voxels of a scan that is open: a scan may
    bear such a name.
    """
    try:
        masks = read_masks(path)
    except ScanError:
        return None
    for mask in masks:
        few = len(np.unique(mask.labels)) <= MAX_LABELS
        if not few or all(mask.on(scan) is None for scan in scans):
            return None
    return saved_mask_layers(path, scans)


def series_uid(scan: Scan) -> str:
    """Return the UID of the DICOM series that a scan was read from; empty if it was not."""
    source = scan.source
    if not isinstance(source, DicomSource):
        return ""
    return str(source.dataset.get("SeriesInstanceUID", ""))


def mask_on_grid(layer: Labels) -> tuple[NDArray[Any], Scan]:
    """Bring a labels layer to the grid of its scan.

    Returns
    -------
    labels : ndarray of int, shape (Z, Y, X)
        A copy on the scan's grid.
    scan : Scan
        The scan; where the layer does not know its scan, one made of the layer, of which files
        say that nobody knows where it lies.

    Raises
    ------
    SaveError
        If the layer does not have two or three dimensions.
    ScanError
        If it knows no scan and its transform places no voxels.
    """
    data, keywords, _ = layer.as_layer_data_tuple()
    return mask_to_grid(data, keywords)


def mask_to_grid(data: Any, keywords: Mapping[str, Any]) -> tuple[NDArray[Any], Scan]:
    """Do :func:`mask_on_grid` for layer data as a writer gets them."""
    labels = np.array(data)
    name = str(keywords.get("name", "mask"))
    if labels.ndim not in (2, 3):
        raise SaveError(
            tr(
                "{name}: the layer has {ndim} dimensions, expected 2 or 3. Save one volume.",
                name=name,
                ndim=labels.ndim,
            )
        )
    volume = as_volume(labels)
    known = _scan_in(keywords.get("metadata", {}))
    if known is not None and volume.shape == known.frame.apply(known.scan.data[0]).shape:
        return known.frame.invert(volume), known.scan
    affine, units = plain_geometry(keywords, labels.ndim, name)
    scan = Scan(volume[np.newaxis], affine, ("mask",), UnplacedSource(name), units)
    return volume, scan


def _scan_in(metadata: Mapping[str, Any]) -> Provenance | ScanHandle | None:
    record = record_in(metadata)
    # Labels that were given the metadata of an image lie on its scan.
    return scan_handle_of(metadata) if record is None else record.provenance
