"""Metrics of a mask against a reference: overlap, surface distance, change of volume.

Empty masks: two empty ones agree (Dice, IoU and surface Dice 1, distance 0). If only one is empty,
Dice and IoU are 0, and the distance is the diagonal of the whole volume, so that a missed or an
invented lesion always costs more than one that was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from napari_brainseg.scan import Scan

__all__ = [
    "ADDED",
    "REMOVED",
    "Comparison",
    "Overlap",
    "SurfaceAgreement",
    "changed_voxels",
    "compare_masks",
    "overlap",
    "surface_agreement",
]

ADDED, REMOVED = 1, 2
"""Labels of :func:`changed_voxels`."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Voxel counts of a mask against its reference: true/false positives and negatives.

    Where the reference is empty, Dice and IoU are 1 if the mask is empty too and 0 otherwise;
    sensitivity is 1 (nothing was missed).
    """

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def dice(self) -> float:
        """Volumetric Dice, 2 TP / (2 TP + FP + FN)."""
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def iou(self) -> float:
        """Intersection over union (Jaccard), TP / (TP + FP + FN)."""
        return _ratio(self.tp, self.tp + self.fp + self.fn)

    @property
    def sensitivity(self) -> float:
        """TP / (TP + FN)."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def precision(self) -> float:
        """TP / (TP + FP); 0 for an empty mask that missed a lesion, 1 if there was none."""
        return _ratio(self.tp, self.tp + self.fp) if self.tp + self.fp else float(self.fn == 0)

    @property
    def accuracy(self) -> float:
        """Share of voxels that agree."""
        return (self.tp + self.tn) / (self.tp + self.fp + self.fn + self.tn)


@dataclass(frozen=True, slots=True)
class SurfaceAgreement:
    """Distance of two surfaces.

    Parameters
    ----------
    hd95 : float
        Hausdorff distance at the 95th percentile, the larger of both directions, in the unit of
        the steps.
    nsd : float
        Normalised surface Dice: share of both surfaces that lies within the tolerance of the other.
    """

    hd95: float
    nsd: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A mask against a reference, or against an earlier state of itself.

    Parameters
    ----------
    voxels, reference_voxels : int
        Foreground of both.
    added_voxels, removed_voxels : int
        Foreground of the mask alone, and of the reference alone.
    dice, iou : float
        Overlap, 0 to 1.
    hd95_mm : float or None
        Hausdorff distance of the surfaces at the 95th percentile; None where the scan stores no
        spacing.
    volume_change_ml : float or None
        Mask minus reference; None where the scan stores no spacing.
    volume_change_percent : float or None
        The same of the reference's volume; None where the reference is empty.
    """

    voxels: int
    reference_voxels: int
    added_voxels: int
    removed_voxels: int
    dice: float
    iou: float
    hd95_mm: float | None
    volume_change_ml: float | None
    volume_change_percent: float | None


def compare_masks(mask: NDArray[Any], reference: NDArray[Any], scan: Scan) -> Comparison:
    """Compare the foreground of a mask with that of a reference.

    Parameters
    ----------
    mask, reference : ndarray, shape (Z, Y, X)
        On the grid of the scan; nonzero is foreground.
    scan : Scan
        Has the size and the axes of a voxel.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> found = compare_masks(mask, mask, scan)
    >>> found.dice, found.hd95_mm, found.volume_change_ml
    (1.0, 0.0, 0.0)
    """
    counts = overlap(mask, reference)
    change = counts.fp - counts.fn
    before = counts.tp + counts.fn
    hd95 = volume_change = None
    if scan.units == "mm":
        hd95 = surface_agreement(mask, reference, scan.affine[:3, 2::-1].T, 0.0).hd95
        volume_change = change * scan.voxel_volume / 1000.0
    return Comparison(
        voxels=counts.tp + counts.fp,
        reference_voxels=before,
        added_voxels=counts.fp,
        removed_voxels=counts.fn,
        dice=counts.dice,
        iou=counts.iou,
        hd95_mm=hd95,
        volume_change_ml=volume_change,
        volume_change_percent=100.0 * change / before if before else None,
    )


def changed_voxels(mask: NDArray[Any], reference: NDArray[Any]) -> NDArray[np.uint8]:
    """Mark the voxels that only the mask has as :data:`ADDED`, the missing ones :data:`REMOVED`.

    Parameters
    ----------
    mask, reference : ndarray
        Of one shape, in any axis order; nonzero is foreground.

    Returns
    -------
    ndarray of uint8
        Of that shape; 0 where both agree.
    """
    found, true = mask != 0, reference != 0
    changes = np.zeros(mask.shape, np.uint8)
    changes[found & ~true], changes[true & ~found] = ADDED, REMOVED
    return changes


def overlap(mask: NDArray[np.generic], reference: NDArray[np.generic]) -> Overlap:
    """Count the voxels in which two masks agree and differ.

    Parameters
    ----------
    mask, reference : ndarray
        Of one shape, in any axis order; nonzero is foreground.

    Returns
    -------
    Overlap

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> overlap(np.array([0, 1, 1]), np.array([0, 0, 1])).dice
    0.6666666666666666
    """
    if mask.shape != reference.shape:
        raise ValueError(f"mask has shape {mask.shape}, reference {reference.shape}")
    found, true = mask.astype(bool), reference.astype(bool)
    tp = int(np.count_nonzero(found & true))
    fp = int(np.count_nonzero(found)) - tp
    fn = int(np.count_nonzero(true)) - tp
    return Overlap(tp, fp, fn, found.size - tp - fp - fn)


def surface_agreement(
    mask: NDArray[np.generic],
    reference: NDArray[np.generic],
    steps: ArrayLike,
    tolerance: float,
) -> SurfaceAgreement:
    """Compare the surfaces of two masks; nonzero is foreground.

    A surface is the foreground voxels with a face on the background, or on the edge of the volume.

    Parameters
    ----------
    mask, reference : ndarray, shape (Z, Y, X)
        On one grid.
    steps : array of float, shape (3,) or (3, 3)
        Spacing of the axes (z, y, x), or, for axes that need not be square to each other, a row
        per axis with the step from voxel to voxel; in mm, or 1 each where it is not known.
    tolerance : float
        Distance that counts as agreement, in the unit of ``steps``.

    Returns
    -------
    SurfaceAgreement

    References
    ----------
    Nikolov et al.: Deep learning to achieve clinically applicable segmentation of head and neck
    anatomy for radiotherapy, 2018 (normalised surface Dice; here over voxels, as MONAI does).
    """
    steps = np.asarray(steps, dtype=np.float64)
    axes = np.diag(steps) if steps.ndim == 1 else steps
    found, true = mask.astype(bool), reference.astype(bool)
    if not found.any() and not true.any():
        return SurfaceAgreement(0.0, 1.0)
    if not found.any() or not true.any():
        diagonal = np.linalg.norm(np.array(found.shape) * np.linalg.norm(axes, axis=1))
        return SurfaceAgreement(float(diagonal), 0.0)
    ours, theirs = _surface(found), _surface(true)
    out, back = _distances(ours, theirs, axes), _distances(theirs, ours, axes)
    hd95 = max(np.percentile(out, 95), np.percentile(back, 95))
    near = np.count_nonzero(out <= tolerance) + np.count_nonzero(back <= tolerance)
    return SurfaceAgreement(float(hd95), near / (out.size + back.size))


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the voxels (N, 3) of a surface, as indices (z, y, x)."""
    from scipy import ndimage

    (box,) = ndimage.find_objects(mask.view(np.uint8))
    # A background border, so that foreground at the edge of the volume has a surface there.
    inside = np.pad(mask[box], 1)
    voxels = np.argwhere(inside & ~ndimage.binary_erosion(inside))
    voxels += [side.start - 1 for side in box]
    return voxels


def _distances(
    start: NDArray[np.int64], goal: NDArray[np.int64], axes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Measure from each voxel of one surface to the nearest of the other.

    A tree of the surfaces is many times faster than a distance transform of the volume.
    """
    from scipy.spatial import KDTree

    _, nearest = KDTree(goal @ axes).query(start @ axes)
    # From whole steps, so that voxels on top of each other are exactly 0 apart.
    return np.asarray(np.linalg.norm((start - goal[nearest]) @ axes, axis=1))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
