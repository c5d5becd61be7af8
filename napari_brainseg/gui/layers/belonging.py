"""Which scan that is open a labels layer belongs to that knows none, such as napari's own.

Voxel for voxel it has the shape of its scan's layer, and it lies on it, or nobody gave it a place.
Where several scans are like that and lie at different places in the patient, only the user knows.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.gui.domain.mask_record import adopt, provenance_of
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY
from napari_brainseg.gui.domain.provenance import Provenance
from napari_brainseg.gui.layers.alignment import alignment_of
from napari_brainseg.gui.layers.foreign import world_of
from napari_brainseg.gui.layers.geometry import placement
from napari_brainseg.gui.layers.mask_layers import is_mask_layer, mask_layer_data
from napari_brainseg.gui.layers.results import BRUSH_SIZE
from napari_brainseg.gui.layers.scan_layers import scan_of
from napari_brainseg.gui.layers.tool_drawings import draw_tools_late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from napari.layers import Image, Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.scan import Scan

__all__ = ["Belonging", "belonging_of", "give_scan", "is_homeless", "new_empty_mask", "settle"]

NOWHERE = {
    "translate": np.zeros(3),
    "rotate": np.eye(3),
    "shear": np.zeros(3),
    "affine": np.eye(4),
}
"""The keywords of a layer that nobody has moved."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """The scans whose voxels a labels layer has.

    Parameters
    ----------
    scans : tuple of ScanHandle
        One of each grid.
    lies_there : bool
        Whether the layer lies on them, or was given no place at all.
    """

    scans: tuple[ScanHandle, ...] = ()
    lies_there: bool = True

    @property
    def owner(self) -> ScanHandle | None:
        """The scan that the layer belongs to, where there is no doubt."""
        return self.scans[0] if len(self.scans) == 1 and self.lies_there else None


def is_homeless(layer: Any) -> bool:
    """Whether a layer is a mask that knows no scan and can have one."""
    if not is_mask_layer(layer) or layer.multiscale or not 2 <= layer.ndim <= 3:
        return False
    return provenance_of(layer) is None


def belonging_of(
    layer: Labels,
    layers: Iterable[Any],
    handle_of: Callable[[Image], ScanHandle] = scan_of,
) -> Belonging:
    """Find the scans that a labels layer may belong to.

    Parameters
    ----------
    layer : Labels
        Of two or three dimensions.
    layers : iterable of Layer
        What is open; what comes first is preferred among scans on one grid.
    handle_of : callable
        Finds the scan of an image layer, or raises ScanError.
    """
    alike = [each for each in layers if _is_image(each) and _shape(each) == _shape(layer)]
    try:
        place = world_of(layer)
        placed = [each for each in alike if np.allclose(world_of(each), place, atol=1e-4)]
    except ScanError:
        return Belonging()
    handles = []
    for image in placed or alike:
        with suppress(ScanError):
            handles.append(handle_of(image))
    lies_there = bool(placed) or np.array_equal(place, np.eye(4))
    return Belonging(_one_a_grid(handles), lies_there)


def _is_image(layer: Any) -> bool:
    from napari.layers import Image

    if not isinstance(layer, Image) or OVERLAY_KEY in layer.metadata:
        return False
    return alignment_of(layer) is None  # what is shown on another scan's grid is no grid of its own


def _shape(layer: Any) -> tuple[int, ...]:
    """Shape (Z, Y, X) of a layer's volume; at several scales of the finest."""
    stored = layer.data[0] if layer.multiscale else layer.data
    shape = tuple(stored.shape[: layer.ndim][-3:])
    return (1,) * (3 - len(shape)) + shape


def _one_a_grid(handles: list[ScanHandle]) -> tuple[ScanHandle, ...]:
    found: list[ScanHandle] = []
    for handle in handles:
        if not any(_same_grid(handle.scan, other.scan) for other in found):
            found.append(handle)
    return tuple(found)


def _same_grid(one: Scan, other: Scan) -> bool:
    return one.grid == other.grid and _close(one.affine, other.affine)


def _close(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool(np.allclose(one, other, rtol=1e-5, atol=1e-3))


def give_scan(layer: Labels, handle: ScanHandle) -> None:
    """Tell a labels layer of its scan, and lay it there: it is saved on the scan's grid."""
    scan, frame = handle.scan, handle.frame
    if layer.ndim == 3:
        for name, value in (NOWHERE | placement(scan, frame)).items():
            setattr(layer, name, value)
    adopt(layer, Provenance(scan, frame))


def settle(layers: Iterable[Any]) -> None:
    """Tell each labels layer of its scan that knows none and where there is no doubt."""
    layers = list(layers)
    for layer in filter(is_homeless, layers):
        owner = belonging_of(layer, layers).owner
        if owner is not None:
            give_scan(layer, owner)


def new_empty_mask(viewer: Viewer, handle: ScanHandle) -> Labels:
    """Add a mask without a voxel to a scan, selected and ready to be painted on."""
    from napari.layers import Labels

    scan = handle.scan
    known = Provenance(scan, handle.frame)
    data, keywords, _ = mask_layer_data(
        np.zeros(scan.grid, np.uint8), known, f"{scan.source.name} · mask"
    )
    mask = viewer.add_layer(draw_tools_late(Labels(data, **keywords)))
    viewer.layers.selection.active = mask
    mask.selected_label = 1
    mask.brush_size = BRUSH_SIZE
    mask.mode = "paint"
    return mask
