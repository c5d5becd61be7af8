"""Layers that other plugins or scripts made, taken as scans: what is shown is believed.

Such a layer says nothing of the patient's sides, so the viewer's axes are taken for those of a
radiological display: foot to head, front to back, the patient's right to left. Within them the
layer's whole transform is kept, and masks are laid on the layer by the same one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.frames import Frame
from napari_brainseg.io import COLOUR_NOTE, MM_PER_UNIT, check_channels, check_memory, finite
from napari_brainseg.language import tr
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari.layers import Image, Layer
    from numpy.typing import NDArray

__all__ = [
    "AS_SHOWN",
    "LayerSource",
    "has_moved",
    "placement_of",
    "plain_geometry",
    "plain_scan",
    "world_of",
]

PLACE = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
"""The keywords of a layer that say where it lies."""

AS_SHOWN = Frame((0, 1, 2), (False, False, False), "SPL")
"""The frame of a scan whose layer keeps the order of its axes."""

REVERSED = np.eye(4)[[2, 1, 0, 3]]
"""From (x, y, z, 1) to (z, y, x, 1), and back."""


@dataclass(frozen=True, slots=True)
class LayerSource(Source):
    """A layer of napari that no reader of ours made.

    Parameters
    ----------
    placement : mapping of str to object
        The keywords of napari that lay another layer (Z, Y, X) on this one.
    """

    placed_by: ClassVar[Literal["scanner", "display", "nobody"]] = "display"

    placement: Mapping[str, Any] = field(kw_only=True, compare=False, repr=False)


def placement_of(layer: Layer) -> dict[str, Any]:
    """Return the keywords that lay another layer of as many axes on this one."""
    _, keywords, _ = layer.as_layer_data_tuple()
    return {name: keywords[name] for name in PLACE}


def has_moved(layer: Image, scan: Scan) -> bool:
    """Whether a layer was given another place since :func:`plain_scan` made this scan of it."""
    if not isinstance(scan.source, LayerSource):
        return False
    affine, units = plain_geometry(placement_of(layer), layer.ndim, layer.name)
    return units != scan.units or not np.array_equal(affine, scan.affine)


def plain_scan(layer: Image) -> Scan:
    """Make a scan of an image layer as it is shown.

    Parameters
    ----------
    layer : Image
        Of two or three dimensions, or of more, which then count channels or time points; at
        several scales the finest is taken.

    Returns
    -------
    Scan
        In the layer's own order of axes. Millimetres where the layer's units are lengths, else
        pixels. Its source is a :class:`LayerSource`.

    Raises
    ------
    ScanError
        If the layer is larger than memory, has too many volumes, or its transform mixes space
        with other axes.
    """
    data, notes = _voxels(layer)
    keywords = placement_of(layer)
    world = _to_world(keywords, layer.ndim, layer.name)
    affine, units = _geometry(world, keywords["units"])
    placement = _placement(world, keywords, layer.ndim)
    source = LayerSource(layer.name, untold=notes, placement=placement)
    return Scan(data, affine, _names(layer, len(data)), source, units)


def plain_geometry(
    keywords: Mapping[str, Any], ndim: int, name: str
) -> tuple[NDArray[np.float64], Literal["mm", "pixel"]]:
    """Affine (x, y, z, 1) to RAS+, and its unit, of a layer by its keywords as a writer gets them.

    Raises
    ------
    ScanError
        If the transform mixes space with other axes.
    """
    return _geometry(_to_world(keywords, ndim, name), keywords.get("units") or ("pixel",))


def world_of(layer: Layer) -> NDArray[np.float64]:
    """Return the matrix (4, 4) from voxel (z, y, x, 1) to the viewer's last three axes.

    Raises
    ------
    ScanError
        If the transform mixes space with other axes.
    """
    return _to_world(placement_of(layer), layer.ndim, layer.name)


def _voxels(layer: Image) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Voxels (C, Z, Y, X), and what to tell about them."""
    stored = layer.data[0] if layer.multiscale else layer.data
    check_memory(layer.name, math.prod(stored.shape) * stored.dtype.itemsize)
    array = np.asarray(stored)
    colours = np.moveaxis(array[..., :3], -1, 0) if layer.rgb else array[np.newaxis]
    volumes = math.prod(colours.shape[:-3]) if layer.ndim > 2 else len(colours)
    check_channels(volumes, layer.name)
    depth = colours.shape[-3] if layer.ndim > 2 else 1
    data, notes = finite(colours.reshape(volumes, depth, *colours.shape[-2:]))
    return data, (COLOUR_NOTE, *notes) if layer.rgb else notes


def _names(layer: Image, count: int) -> tuple[str, ...]:
    if count == 1:
        return (layer.name,)
    if layer.rgb and count == 3:
        return ("red", "green", "blue")
    return tuple(f"volume {index + 1}" for index in range(count))


def _to_world(keywords: Mapping[str, Any], ndim: int, name: str) -> NDArray[np.float64]:
    """Matrix (4, 4) from voxel (z, y, x, 1) to the viewer's last three axes."""
    from napari.utils.transforms import CompositeAffine

    given = {key: keywords[key] for key in ("rotate", "shear") if keywords.get(key) is not None}
    scale, translate = keywords.get("scale", np.ones(ndim)), keywords.get("translate", [0] * ndim)
    composite = CompositeAffine(scale, translate, ndim=ndim, **given).affine_matrix
    affine = keywords.get("affine")
    outer = np.eye(ndim + 1) if affine is None else getattr(affine, "affine_matrix", affine)
    full = np.asarray(outer, dtype=np.float64) @ composite
    lead = max(ndim - 3, 0)
    crossed = [*full[:lead, lead:-1].flat, *full[lead:-1, :lead].flat]
    if not np.allclose(crossed, 0, atol=1e-9):
        raise ScanError(
            tr(
                "{name}: the layer's transform mixes space with its first "
                "axes, expected volumes that lie at one place. Extract one "
                "volume into a layer of its own.",
                name=name,
            )
        )
    world = np.eye(4)
    missing = max(3 - ndim, 0)
    world[missing:, missing:] = full[lead:, lead:]
    return world


def _geometry(
    world: NDArray[np.float64], units: Sequence[Any]
) -> tuple[NDArray[np.float64], Literal["mm", "pixel"]]:
    factors = _mm_per_unit(units)
    scaled = np.diag([*(np.ones(3) if factors is None else factors), 1.0]) @ world
    affine = DISPLAY_AFFINE @ REVERSED @ scaled @ REVERSED
    return affine, "pixel" if factors is None else "mm"


def _mm_per_unit(units: Sequence[Any]) -> list[float] | None:
    """Millimetres per unit of the last three axes; None where one of them is no length."""
    names = [str(unit).lower() for unit in units[-3:]]
    if not set(names) <= MM_PER_UNIT.keys():
        return None
    # The axis that a picture lacks counts millimetres.
    return [1.0] * (3 - len(names)) + [MM_PER_UNIT[name] for name in names]


def _placement(
    world: NDArray[np.float64], keywords: Mapping[str, Any], ndim: int
) -> dict[str, Any]:
    """Keywords that lay a volume (Z, Y, X) on a layer; the scale is the true size of a voxel."""
    scale = np.linalg.norm(world[:3, :3], axis=0)
    affine = np.eye(4)
    affine[:3, :3] = world[:3, :3] / scale
    labels, units = keywords["axis_labels"], keywords["units"]
    return {
        "scale": tuple(float(size) for size in scale),
        "translate": tuple(np.linalg.solve(affine[:3, :3], world[:3, 3]).tolist()),
        "affine": affine,
        "units": tuple(units[-3:] if ndim > 2 else (units[0], *units)),
        "axis_labels": tuple(labels[-3:] if ndim > 2 else ("-3", *labels)),
    }
