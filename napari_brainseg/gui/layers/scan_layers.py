"""Scans and masks as napari layers, and back.

A layer shows a :class:`~napari_brainseg.frames.Frame` of its scan: axes permuted and flipped, never
resampled, with the spacing as scale and no rotation. What that leaves out (the affine, the source)
travels in the layer's metadata under :data:`METADATA_KEY`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.ct_window import PRESETS, is_ct
from napari_brainseg.errors import SaveError
from napari_brainseg.frames import Frame, frame_for
from napari_brainseg.gui.layers.foreign import AS_SHOWN, LayerSource, plain_geometry, plain_scan
from napari_brainseg.io import (
    UNNAMED_COLOR,
    MaskInfo,
    lies_on,
    read_mask,
    read_mask_info,
    read_scan,
    scan_name,
)
from napari_brainseg.measure.edit_record_file import with_origin
from napari_brainseg.scan import DicomSource, Scan, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari.layers import Image, Labels
    from numpy.typing import NDArray

    from napari_brainseg.io import Reading
    from napari_brainseg.io.dicom.seg_read import SegMask
    from napari_brainseg.pipeline.postprocess import MaskRules
    from napari_brainseg.pipeline.segment import Segmentation

__all__ = [
    "METADATA_KEY",
    "OVERLAY_KEY",
    "LayerData",
    "MaskHandle",
    "ScanHandle",
    "handle_of",
    "is_mask",
    "label_looks",
    "mask_info",
    "mask_layer_data",
    "mask_on_grid",
    "mask_to_grid",
    "placement",
    "saved_mask_layer",
    "scan_layers",
    "scan_of",
    "seg_layer",
]

METADATA_KEY = "brainseg"
OVERLAY_KEY = "brainseg overlay"
"""In the metadata of layers that show something and are neither scan nor mask."""
SAMPLE = 2_000_000
"""About how many voxels are looked at to choose the contrast."""

LayerData = tuple[Any, dict[str, Any], str]


@dataclass(frozen=True, slots=True)
class ScanHandle:
    """What an image layer shows: one channel of a scan, turned into a frame."""

    scan: Scan
    channel: int
    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class MaskHandle:
    """The scan that a labels layer belongs to, the frame it is shown in, and how it came about.

    ``original`` are the labels on the scan's grid (Z, Y, X) that ``info`` speaks of: where the
    layer holds others, it was changed by hand. ``result`` is the run that made them, if they were
    made here, and ``rules`` what made them of its probabilities; None are the model's own.
    ``accepted`` masks are left alone by the rules.
    """

    scan: Scan
    frame: Frame
    info: MaskInfo = field(default_factory=MaskInfo)
    original: NDArray[Any] | None = None
    result: Segmentation | None = None
    rules: MaskRules | None = None
    accepted: bool = False


def scan_layers(reading: Reading) -> list[LayerData]:
    """Give the layers of a scan: one grey image per channel, and its mask if it brings one.

    Parameters
    ----------
    reading : Reading
        From :func:`napari_brainseg.io.read_scan`.

    Returns
    -------
    list of tuple
        napari's ``(data, keywords, type)``. FLAIR is visible, or else the first channel.
    """
    scan = reading.scan
    frame = frame_for(scan.affine)
    names = [name.casefold() for name in scan.channels]
    shown = names.index("flair") if "flair" in names else 0
    layers = [_image(scan, channel, frame, channel == shown) for channel in range(len(names))]
    if reading.mask is not None:
        handle = MaskHandle(scan, frame)
        layers.append(mask_layer_data(reading.mask, handle, f"{scan.source.name} · mask"))
    return layers


def _image(scan: Scan, channel: int, frame: Frame, visible: bool) -> LayerData:
    data = frame.apply(scan.data[channel])
    name = scan.source.name
    keywords = {
        "name": f"{name} · {scan.channels[channel]}" if len(scan.channels) > 1 else name,
        "metadata": {METADATA_KEY: ScanHandle(scan, channel, frame)},
        "colormap": "gray",
        "rgb": False,
        "contrast_limits": PRESETS[0].limits if is_ct(scan) else _contrast(data),
        "visible": visible,
        **placement(scan, frame),
    }
    return data, keywords, "image"


def placement(scan: Scan, frame: Frame) -> dict[str, Any]:
    """Give the keywords that lay a layer of a scan's frame on the scan's other layers."""
    if isinstance(scan.source, LayerSource):
        return dict(scan.source.placement)
    return {
        "scale": frame.reorder(scan.spacing),
        "units": (scan.units,) * 3,
        "axis_labels": frame.axis_names,
    }


def _contrast(data: NDArray[Any]) -> tuple[float, float]:
    """Grey levels from the 0.5th to the 99.8th percentile, of a regular sample of large data."""
    step = max(1, round((data.size / SAMPLE) ** 0.5))
    sample = data[:, ::step, ::step].astype(np.float64)
    sample = sample[np.isfinite(sample)]
    if sample.size == 0:
        return 0.0, 1.0
    low, high = np.percentile(sample, (0.5, 99.8))
    return float(low), float(high) if high > low else float(low) + 1.0


def mask_layer_data(labels: NDArray[Any], handle: MaskHandle, name: str) -> LayerData:
    """Give the labels layer of a mask; it lies exactly on the layers of its scan.

    Parameters
    ----------
    labels : ndarray of int, shape (Z, Y, X)
        On the scan's grid; copied, so that the layer can be painted on.
    handle : MaskHandle
        Travels with the layer; its ``info`` names and colours the labels.
    name : str
        The layer's name.
    """
    keywords = {
        "name": name,
        "metadata": {METADATA_KEY: handle},
        "opacity": 0.5,
        **label_looks(handle.info),
        **placement(handle.scan, handle.frame),
    }
    return np.array(handle.frame.apply(labels), order="C"), keywords, "labels"


def label_looks(info: MaskInfo) -> dict[str, Any]:
    """Give the attributes of a labels layer that colour its labels and name them under the mouse.

    Returns
    -------
    dict
        napari's ``colormap`` and ``features``.
    """
    from napari.utils.colormaps import DirectLabelColormap

    labels = sorted(info.names)
    colors: dict[int | None, str] = {label: info.color(label) for label in labels}
    colors |= {0: "transparent", None: UNNAMED_COLOR}
    return {
        "colormap": DirectLabelColormap(color_dict=colors),
        "features": {"index": labels, "name": [info.name(label) for label in labels]},
    }


def seg_layer(mask: SegMask, scans: Sequence[Scan]) -> LayerData:
    """Give the labels layer of a DICOM SEG.

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
    handle = MaskHandle(scan, frame_for(scan.affine), mask.info, labels)
    data, keywords, kind = mask_layer_data(labels, handle, mask.name)
    keywords["metadata"]["segments"] = dict(mask.info.names)
    return data, keywords, kind


def saved_mask_layer(path: Path, scans: Sequence[Scan]) -> LayerData:
    """Give the labels layer of a mask that a colour table lies beside.

    Parameters
    ----------
    path : Path
        The mask.
    scans : sequence of Scan
        The scans that are open: the mask is laid on the first whose voxels it fits.

    Returns
    -------
    tuple
        napari's ``(data, keywords, type)``; on the mask's own grid where no scan fits.

    Raises
    ------
    ScanError
        If the mask or its colour table cannot be read.
    """
    labels, affine = read_mask(path)
    info, name = with_origin(read_mask_info(path), path), scan_name(path)
    fitting = (scan for scan in scans if lies_on(labels, affine, scan))
    # Standing alone, it may be saved over its own file: it is no scan to be kept.
    scan = next(fitting, None) or replace(read_scan(path).scan, source=Source(name))
    handle = MaskHandle(scan, frame_for(scan.affine), info, labels)
    return mask_layer_data(labels, handle, name)


def series_uid(scan: Scan) -> str:
    """Give the UID of the DICOM series that a scan was read from; empty if it was not."""
    source = scan.source
    if not isinstance(source, DicomSource):
        return ""
    return str(source.dataset.get("SeriesInstanceUID", ""))


def mask_info(metadata: Mapping[str, Any], labels: NDArray[Any]) -> MaskInfo:
    """Say how labels on their scan's grid came about, from the metadata of their layer."""
    handle = handle_of(metadata)
    if not isinstance(handle, MaskHandle):
        return MaskInfo()
    same = handle.original is not None and np.array_equal(handle.original, labels)
    return handle.info if same else handle.info.corrected()


def handle_of(metadata: Mapping[str, Any]) -> ScanHandle | MaskHandle | None:
    """Return the handle in a layer's metadata, if there is one."""
    handle = metadata.get(METADATA_KEY)
    return handle if isinstance(handle, (ScanHandle, MaskHandle)) else None


def is_mask(layer: Any) -> bool:
    """Whether a layer is a mask to work on: labels, and not an overlay that only shows some."""
    from napari.layers import Labels

    return isinstance(layer, Labels) and OVERLAY_KEY not in layer.metadata


def scan_of(layer: Image) -> ScanHandle:
    """Find the scan behind an image layer, or make one of the layer.

    A layer without a handle, or whose data were replaced, is taken as it is shown: in
    radiological convention unless its handle still tells the geometry.

    Raises
    ------
    ScanError
        If the layer cannot be a scan; see :func:`~napari_brainseg.gui.layers.foreign.plain_scan`.
    """
    handle = handle_of(layer.metadata)
    if isinstance(handle, ScanHandle):
        if np.may_share_memory(layer.data, handle.scan.data):
            return handle
        if layer.data.shape == handle.frame.apply(handle.scan.data[0]).shape:
            return _with_new_data(layer, handle)
    return ScanHandle(plain_scan(layer), 0, AS_SHOWN)


def _with_new_data(layer: Image, handle: ScanHandle) -> ScanHandle:
    scan = handle.scan
    data = handle.frame.invert(np.asarray(layer.data))[np.newaxis]
    names = (scan.channels[handle.channel],)
    return ScanHandle(Scan(data, scan.affine, names, scan.source, scan.units), 0, handle.frame)


def mask_on_grid(layer: Labels) -> tuple[NDArray[Any], Scan]:
    """Bring a labels layer to the grid of its scan.

    Returns
    -------
    labels : ndarray of int, shape (Z, Y, X)
        A copy on the scan's grid.
    scan : Scan
        The scan; one made of the layer where the layer does not know its scan.

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
    handle = handle_of(keywords.get("metadata", {}))
    if handle is not None and labels.shape == handle.frame.apply(handle.scan.data[0]).shape:
        return handle.frame.invert(labels), handle.scan
    name = str(keywords.get("name", "mask"))
    if labels.ndim not in (2, 3):
        raise SaveError(
            f"{name}: the layer has {labels.ndim} dimensions, expected 2 or 3. Save one volume."
        )
    volume = labels.reshape((1,) * (3 - labels.ndim) + labels.shape)
    affine, units = plain_geometry(keywords, labels.ndim, name)
    scan = Scan(volume[np.newaxis], affine, ("mask",), Source(name), units)
    return volume, scan
