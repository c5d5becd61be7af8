"""Where layers lie, and where in one the viewer is, and the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import EditError
from napari_brainseg.gui.layers.foreign import LayerSource
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from napari.layers import Labels, Layer
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.frames import Frame
    from napari_brainseg.scan import Scan

__all__ = [
    "as_volume",
    "placement",
    "same_grid",
    "shown_slice",
    "slice_axis",
    "steps_of",
    "voxel_at",
]

AXIS_NAMES = {
    "S": marked("inferior-superior"),
    "I": marked("superior-inferior"),
    "A": marked("posterior-anterior"),
    "P": marked("anterior-posterior"),
    "L": marked("right-left"),
    "R": marked("left-right"),
}
"""How the axis is called that grows in a direction."""


def placement(scan: Scan, frame: Frame) -> dict[str, Any]:
    """Return the keywords that lay a layer of a scan's frame on the scan's other layers."""
    if isinstance(scan.source, LayerSource):
        return dict(scan.source.placement)
    return {
        "scale": frame.reorder(scan.spacing),
        "units": (scan.units,) * 3,
        "axis_labels": tuple(tr(AXIS_NAMES[code]) for code in frame.codes),
    }


def as_volume(array: NDArray[Any]) -> NDArray[Any]:
    """Return a picture a slice axis, as a view; volumes stay."""
    return array if array.ndim == 3 else array[np.newaxis]


def steps_of(layer: Layer) -> tuple[float, ...]:
    """Return the distances of voxels along the three axes of :func:`as_volume`."""
    steps = [abs(float(step)) for step in layer.scale]
    return (*(1.0,) * (3 - len(steps)), *steps)


def slice_axis(viewer: Viewer, layer: Layer) -> int:
    """Find the axis of a volume that the viewer's slider moves along.

    That is the one not displayed; in 3-D display, the one that will not be when it ends.
    """
    if layer.ndim == 2:
        return 0
    first = viewer.dims.ndim - layer.ndim
    hidden = [axis - first for axis in viewer.dims.order[:-2] if axis >= first]
    return int(hidden[-1])


def shown_slice(viewer: Viewer, layer: Layer) -> int:
    """Return the number of the slice of a layer that the slider is at.

    Raises
    ------
    EditError
        If the slider is beyond the layer.
    """
    if layer.ndim == 2:
        return 0
    axis = slice_axis(viewer, layer)
    position = layer.world_to_data(viewer.dims.point[-layer.ndim :])[axis]
    index = int(np.round(position))
    if not 0 <= index < layer.data.shape[axis]:
        raise EditError(
            tr(
                "{name} does not reach to the slice on the screen. Move the slider.",
                name=layer.name,
            )
        )
    return index


def voxel_at(layer: Labels, event: Any) -> tuple[int, int, int] | None:
    """Find the voxel of :func:`as_volume` under the mouse.

    In 3-D display it is the first one along the line of sight that is not background.
    """
    if len(event.dims_displayed) == 2:
        place = np.round(layer.world_to_data(event.position[-layer.ndim :])).astype(int)
    else:
        start, end = layer.get_ray_intersections(
            event.position, event.view_direction, event.dims_displayed, world=True
        )
        if start is None or end is None:
            return None
        steps = 2 * int(np.ceil(np.abs(end - start).max())) + 1
        ray = np.round(np.linspace(start, end, steps)).astype(int)
        ray = np.clip(ray, 0, np.array(layer.data.shape) - 1)
        hits = np.flatnonzero(layer.data[tuple(ray.T)])
        if hits.size == 0:
            return None
        place = ray[hits[0]]
    shape = layer.data.shape
    if not all(0 <= at < size for at, size in zip(place, shape, strict=True)):
        return None
    z, y, x = (0,) * (3 - len(place)) + tuple(int(at) for at in place)
    return z, y, x


def same_grid(layer: Layer, other: Layer) -> bool:
    """Whether the voxels of two layers are as many and lie in the same places."""
    shapes = [(1,) * (3 - one.ndim) + tuple(one.data.shape) for one in (layer, other)]
    # A picture has no place along the axis that it lacks.
    shared = min(layer.ndim, other.ndim)
    return bool(
        shapes[0] == shapes[1]
        and np.allclose(layer.scale[-shared:], other.scale[-shared:])
        and np.allclose(layer.extent.world[:, -shared:], other.extent.world[:, -shared:])
    )
