"""Distances between the surfaces of two masks.

Empty masks: two empty ones agree (distance 0, surface Dice 1). If only one is empty, the distance
is the diagonal of the whole volume and the surface Dice 0, so that a missed lesion, or one made up,
always costs more than any that was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SurfaceAgreement", "surface_agreement"]


@dataclass(frozen=True, slots=True)
class SurfaceAgreement:
    """How far apart two surfaces are.

    Parameters
    ----------
    hd95 : float
        Hausdorff distance at the 95th percentile, the larger of both directions, in the unit of
        the spacing.
    nsd : float
        Normalised surface Dice: share of both surfaces that lies within the tolerance of the other.
    """

    hd95: float
    nsd: float


def surface_agreement(
    mask: NDArray[np.generic],
    reference: NDArray[np.generic],
    spacing: tuple[float, float, float],
    tolerance: float,
) -> SurfaceAgreement:
    """Compare the surfaces of two masks; nonzero is foreground.

    A surface is the foreground voxels with a face on the background.

    Parameters
    ----------
    mask, reference : ndarray, shape (Z, Y, X)
        On one grid.
    spacing : tuple of float
        Of the axes (z, y, x), in mm, or 1 each where it is not known.
    tolerance : float
        Distance that counts as agreement, in the unit of ``spacing``.

    References
    ----------
    Nikolov et al.: Deep learning to achieve clinically applicable segmentation of head and neck
    anatomy for radiotherapy, 2018 (normalised surface Dice; here over voxels, as MONAI does).
    """
    found, true = mask.astype(bool), reference.astype(bool)
    if not found.any() and not true.any():
        return SurfaceAgreement(0.0, 1.0)
    if not found.any() or not true.any():
        diagonal = np.linalg.norm(np.array(found.shape) * np.array(spacing))
        return SurfaceAgreement(float(diagonal), 0.0)
    (box,) = ndimage.find_objects((found | true).astype(np.uint8))
    # A background border, so that foreground at the edge of the volume has a surface there.
    ours, theirs = (_surface(np.pad(side[box], 1)) for side in (found, true))
    out = ndimage.distance_transform_edt(~theirs, sampling=spacing)[ours]
    back = ndimage.distance_transform_edt(~ours, sampling=spacing)[theirs]
    hd95 = max(np.percentile(out, 95), np.percentile(back, 95))
    near = np.count_nonzero(out <= tolerance) + np.count_nonzero(back <= tolerance)
    return SurfaceAgreement(float(hd95), near / (out.size + back.size))


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    surface: NDArray[np.bool_] = mask & ~ndimage.binary_erosion(mask)
    return surface
