"""Removing and keeping connected parts of a mask. Voxels that touch by a corner are connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.bbox import bounding_box, within_box
from napari_brainseg.counting import count_voxels
from napari_brainseg.errors import EditError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["count_islands", "keep_component", "remove_islands"]


def remove_islands(
    mask: NDArray[np.bool_], minimum: float, voxel_volume: float
) -> NDArray[np.bool_]:
    """Unmark every part that is smaller than a volume.

    Parameters
    ----------
    mask : ndarray of bool, shape ([Z,] Y, X)
    minimum : float
        Smallest volume that stays, in the unit of ``voxel_volume``, e.g. mm³.
    voxel_volume : float
        Volume of a voxel; 1 to count voxels.

    Returns
    -------
    ndarray of bool
    """
    from scipy import ndimage

    def work(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
        parts, _ = ndimage.label(part, structure=np.ones((3,) * part.ndim))
        stays = count_voxels(parts) * voxel_volume >= minimum
        stays[0] = False
        return np.asarray(stays[parts])

    return within_box(mask, 0, work)


def count_islands(mask: NDArray[np.bool_], minimum: float, voxel_volume: float) -> int:
    """Return how many parts :func:`remove_islands` would remove; parameters are those of it."""
    from scipy import ndimage

    box = bounding_box(mask)
    if box is None:
        return 0
    parts, _ = ndimage.label(mask[box], structure=np.ones((3,) * mask.ndim))
    return int(np.count_nonzero(count_voxels(parts)[1:] * voxel_volume < minimum))


def keep_component(mask: NDArray[np.bool_], point: tuple[int, ...]) -> NDArray[np.bool_]:
    """Unmark everything but the part at a point.

    Parameters
    ----------
    mask : ndarray of bool, shape ([Z,] Y, X)
    point : tuple of int
        A marked voxel.

    Returns
    -------
    ndarray of bool

    Raises
    ------
    EditError
        If the voxel is not marked.
    """
    from scipy import ndimage

    box = bounding_box(mask)
    inside = all(0 <= at < size for at, size in zip(point, mask.shape, strict=True))
    if box is None or not inside or not mask[point]:
        raise EditError(tr("There is no mask at that place. Click on the part that is to stay."))
    parts, _ = ndimage.label(mask[box], structure=np.ones((3,) * mask.ndim))
    here = tuple(at - side.start for at, side in zip(point, box, strict=True))
    result = np.zeros(mask.shape, dtype=bool)
    result[box] = parts == parts[here]
    return result
