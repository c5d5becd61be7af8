"""Scans as napari image layers, and back.

A layer shows a :class:`~napari_brainseg.frames.Frame` of its scan: axes permuted and flipped, never
resampled, with the spacing as scale and no rotation. What that leaves out (the affine, the source)
travels in the layer's metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels

from napari_brainseg.autosave.digests import slice_digests
from napari_brainseg.ct_window import PRESETS, is_ct
from napari_brainseg.frames import Frame, frame_for
from napari_brainseg.gui.domain.mask_standing import Saved
from napari_brainseg.gui.domain.metadata import METADATA_KEY, scan_handle_of
from napari_brainseg.gui.domain.provenance import Provenance, ScanHandle
from napari_brainseg.gui.layers.alignment import alignment_of
from napari_brainseg.gui.layers.foreign import AS_SHOWN, plain_scan
from napari_brainseg.gui.layers.geometry import placement
from napari_brainseg.gui.layers.mask_layers import mask_layer_data
from napari_brainseg.gui.layers.names import layer_name
from napari_brainseg.gui.layers.own_scan import own_scan
from napari_brainseg.io import Reading
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari.layers import Image
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.metadata import LayerData

__all__ = ["hidden_layers", "raise_scan", "scan_layers", "scan_of", "set_window"]

SAMPLE = 2_000_000
"""About how many voxels are looked at to choose the contrast."""


def scan_layers(reading: Reading) -> list[LayerData]:
    """Return the layers of a scan: one grey image per channel, and its mask if it brings one.

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
        known, saved = Provenance(scan, frame), Saved(digests=slice_digests(reading.mask))
        name = f"{scan.source.name} · mask"
        layers.append(mask_layer_data(reading.mask, known, name, saved))
    return layers


def hidden_layers(scans: Iterable[Scan]) -> list[LayerData]:
    """Return the layers of scans that go with another one, which is the one to be looked at."""
    layers = [layer for scan in scans for layer in scan_layers(Reading(scan))]
    return [(data, {**keywords, "visible": False}, kind) for data, keywords, kind in layers]


def _image(scan: Scan, channel: int, frame: Frame, visible: bool) -> LayerData:
    data = frame.apply(scan.data[channel])
    keywords = {
        "name": layer_name(scan, channel),
        "metadata": {METADATA_KEY: ScanHandle(scan, channel, frame)},
        "colormap": "gray",
        "rgb": False,
        "contrast_limits": PRESETS[0].limits if is_ct(scan) else _contrast(data),
        "visible": visible,
        **placement(scan, frame),
    }
    return data, keywords, "image"


def set_window(layer: Image, limits: tuple[float, float]) -> None:
    """Set the grey levels; the range of napari's own slider grows to hold them."""
    low, high = layer.contrast_limits_range
    layer.contrast_limits_range = (min(low, limits[0]), max(high, limits[1]))
    layer.contrast_limits = limits


def _contrast(data: NDArray[Any]) -> tuple[float, float]:
    """Grey levels from the 0.5th to the 99.8th percentile, of a regular sample of large data."""
    step = max(1, round((data.size / SAMPLE) ** 0.5))
    sample = data[:, ::step, ::step].astype(np.float64)
    sample = sample[np.isfinite(sample)]
    if sample.size == 0:
        return 0.0, 1.0
    low, high = np.percentile(sample, (0.5, 99.8))
    return float(low), float(high) if high > low else float(low) + 1.0


def scan_of(layer: Image) -> ScanHandle:
    """Find the scan behind an image layer, or make one of the layer.

    A layer without a handle, or whose data were replaced, is taken as it is shown: in
    radiological convention unless its handle still tells the geometry.

    Raises
    ------
    ScanError
        If the layer cannot be a scan; see :func:`~napari_brainseg.gui.layers.foreign.plain_scan`.
    """
    handle = scan_handle_of(layer.metadata)
    if handle is not None:
        if np.may_share_memory(layer.data, handle.scan.data) or alignment_of(layer) is not None:
            return handle
        if layer.data.shape == handle.frame.apply(handle.scan.data[0]).shape:
            return _with_new_data(layer, handle)
    return ScanHandle(plain_scan(layer), 0, AS_SHOWN)


def _with_new_data(layer: Image, handle: ScanHandle) -> ScanHandle:
    scan = handle.scan
    data = handle.frame.invert(np.asarray(layer.data))[np.newaxis]
    names = (scan.channels[handle.channel],)
    return ScanHandle(Scan(data, scan.affine, names, scan.source, scan.units), 0, handle.frame)


def raise_scan(viewer: Viewer, scan: Scan, mask: Labels) -> None:
    """Move a scan above all others, its masks above it, in their order, and the one to the top."""
    layers = viewer.layers
    own = [layer for layer in layers if layer is not mask and own_scan(layer) is scan]
    own.sort(key=lambda layer: isinstance(layer, Labels))  # stable: in their order
    for layer in (*own, mask):
        layers.move(layers.index(layer), len(layers))
