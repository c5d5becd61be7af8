"""Which voxels an edit may change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.bbox import bounding_box

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

__all__ = [
    "Edit",
    "IntensityRange",
    "Protection",
    "allowed",
    "merge",
    "range_around",
    "relabel",
    "turn_into",
]


@dataclass(frozen=True, slots=True, eq=False)
class IntensityRange:
    """The intensities, both ends included, of the voxels that may change.

    Parameters
    ----------
    low, high : float
        In the units of the scan.
    intensities : ndarray
        The scan, of the shape of the labels.
    """

    low: float
    high: float
    intensities: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Protection:
    """What an edit must leave as it is.

    Parameters
    ----------
    locked : frozenset of int
        Labels that neither lose nor gain a voxel.
    overwrite : bool
        Whether voxels of labels other than the edited one may be taken; if not, only the
        background is.
    within : IntensityRange, optional
        Only voxels within this range change.
    """

    locked: frozenset[int] = frozenset()
    overwrite: bool = False
    within: IntensityRange | None = None

    def on(self, take: Callable[[NDArray[Any]], NDArray[Any]]) -> Protection:
        """Return the protection of a part of the labels.

        Parameters
        ----------
        take : callable
            From an array of the shape of the labels to the part of it.
        """
        if self.within is None:
            return self
        return replace(self, within=replace(self.within, intensities=take(self.within.intensities)))


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """New labels for a box of voxels; ``box`` holds one slice per axis of the labels."""

    box: tuple[slice, ...]
    values: NDArray[Any]


def allowed(
    labels: NDArray[Any],
    wanted: NDArray[Any],
    protection: Protection,
    box: tuple[slice, ...] = (),
) -> NDArray[np.bool_]:
    """Mark the voxels that locks and the intensity range let change.

    Parameters
    ----------
    labels, wanted : ndarray of int
        Before and after, within the box.
    protection : Protection
    box : tuple of slice
        Where in the scan of the range they lie; by default all of it.

    Returns
    -------
    ndarray of bool
        Of the shape of ``labels``.
    """
    free = np.ones(labels.shape, dtype=bool)
    if protection.locked:
        locked = list(protection.locked)
        free &= ~np.isin(labels, locked) & ~np.isin(wanted, locked)
    within = protection.within
    if within is not None:
        values = np.asarray(within.intensities[box])
        free &= (values >= within.low) & (values <= within.high)
    return free


def merge(
    labels: NDArray[Any],
    wanted: NDArray[Any],
    editable: Collection[int],
    protection: Protection,
) -> Edit:
    """Change labels into the wanted ones, where protection permits.

    Parameters
    ----------
    labels, wanted : ndarray of int, shape ([Z,] Y, X)
    editable : collection of int
        The labels that are being edited; voxels of others stay unless they may be overwritten.
    protection : Protection

    Returns
    -------
    Edit
        Its box holds all that would change without protection; it is empty where nothing would.
    """
    box = bounding_box(labels != wanted)
    if box is None:
        box = (slice(0, 0),) * labels.ndim
    here, there = labels[box], wanted[box]
    free = allowed(here, there, protection, box)
    if not protection.overwrite:
        free &= np.isin(here, [0, *editable])
    return Edit(box, np.where(free, there, here))


def relabel(
    labels: NDArray[Any], mask: NDArray[np.bool_], label: int, protection: Protection
) -> Edit:
    """Let a label cover a mask and nothing else, where protection permits.

    Parameters
    ----------
    labels : ndarray of int, shape ([Z,] Y, X)
    mask : ndarray of bool
        Of the same shape.
    label : int
    protection : Protection

    Returns
    -------
    Edit
        As for :func:`merge`.

    Examples
    --------
    Label 2 does not take the voxel of label 1:

    >>> labels = np.array([[0, 1]], dtype=np.uint8)
    >>> edit = relabel(labels, np.array([[True, True]]), 2, Protection())
    >>> edit.values
    array([[2, 1]], dtype=uint8)
    """
    wanted = np.where(mask, labels.dtype.type(label), labels)
    wanted[(labels == label) & ~mask] = 0
    return merge(labels, wanted, (label,), protection)


def range_around(
    intensities: NDArray[Any], point: tuple[int, int], radii: tuple[float, float]
) -> tuple[float, float]:
    """Return the range of intensities of the tissue at a point of a slice.

    Parameters
    ----------
    intensities : ndarray, shape (Y, X)
    point : tuple of int
        (y, x), in voxels.
    radii : tuple of float
        Half the size of the brush along Y and X, in voxels.

    Returns
    -------
    tuple of float
        The mean, less and plus two standard deviations, of the voxels under the brush.
    """
    rows, columns = np.ogrid[: intensities.shape[0], : intensities.shape[1]]
    # At least the voxel itself.
    height, width = (max(radius, 0.5) for radius in radii)
    under = ((rows - point[0]) / height) ** 2 + ((columns - point[1]) / width) ** 2 <= 1
    values = np.asarray(intensities)[under].astype(np.float64)
    mean, spread = float(values.mean()), 2.0 * float(values.std())
    return mean - spread, mean + spread


def turn_into(labels: NDArray[Any], label: int, other: int, locked: frozenset[int]) -> Edit:
    """Turn one label into another, or into background: 0.

    Parameters
    ----------
    labels : ndarray of int, shape ([Z,] Y, X)
    label, other : int
    locked : frozenset of int
        Where one of both is locked, nothing changes.

    Returns
    -------
    Edit
        As for :func:`merge`.
    """
    wanted = np.where(labels == label, labels.dtype.type(other), labels)
    return merge(labels, wanted, (label,), Protection(locked))
