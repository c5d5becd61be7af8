"""Numbers that describe a mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["MaskMeasures", "measure_mask"]


@dataclass(frozen=True, slots=True)
class MaskMeasures:
    """What a mask amounts to; mL and mm are None where the scan stores no spacing.

    Parameters
    ----------
    voxels : int
        Foreground voxels.
    lesions : int
        Components, voxels touching by a corner counting as one.
    volume_ml : float or None
        Foreground volume.
    centroid_mm : tuple of float, or None
        Mean foreground position in RAS+ mm; None for an empty mask too.
    """

    voxels: int
    lesions: int
    volume_ml: float | None
    centroid_mm: tuple[float, float, float] | None


def measure_mask(labels: NDArray[Any], scan: Scan) -> MaskMeasures:
    """Measure the foreground of a mask (Z, Y, X) on the grid of a scan."""
    from scipy import ndimage

    found = labels > 0
    voxels = int(np.count_nonzero(found))
    _, lesions = ndimage.label(found, structure=np.ones((3, 3, 3)))
    if scan.units != "mm":
        return MaskMeasures(voxels, int(lesions), None, None)
    centroid = None
    if voxels:
        z, y, x = (float(axis.mean()) for axis in np.nonzero(found))
        r, a, s, _ = (float(value) for value in scan.affine @ np.array([x, y, z, 1.0]))
        centroid = (r, a, s)
    return MaskMeasures(voxels, int(lesions), voxels * scan.voxel_volume / 1000.0, centroid)
