"""Turning a voxel grid for display or for a network, and back: axes permuted and flipped only.

A :class:`Frame` never resamples, so going there and back is exact, and arrays come out as views.
Oblique scans are turned along their own acquisition axes to the nearest anatomical direction; the
remaining tilt stays in the scan's affine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import nibabel.orientations as nio
import numpy as np

if TYPE_CHECKING:
    from types import EllipsisType

    from numpy.typing import NDArray

__all__ = ["PLANES", "Frame", "Plane", "acquisition_plane", "frame_for", "plane_to_run"]

Plane = Literal["axial", "coronal", "sagittal"]

# For each plane, where the array axes (slice, row, column) point as the index grows. Axial reads
# foot to head, anterior on top, the patient's right on the left; the others keep the head on top.
PLANES: dict[Plane, str] = {"axial": "SPL", "coronal": "AIL", "sagittal": "LIP"}

FEWEST = 8
"""Slices without which a grid is a picture or a localiser, not a volume to cut another way."""

THICKEST = 7.0
"""Millimetres between slices up to which those of another plane through them show more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A permutation and flips of the three voxel axes.

    Parameters
    ----------
    order : tuple of int
        ``order[k]`` is the grid axis (0 = Z, 1 = Y, 2 = X) that becomes frame axis ``k``.
    flips : tuple of bool
        Whether frame axis ``k`` runs against the grid axis it came from.
    codes : str
        The anatomical direction, one of ``RLAPIS``, in which each frame axis grows.
    """

    order: tuple[int, int, int]
    flips: tuple[bool, bool, bool]
    codes: str

    def apply(self, array: NDArray[Any]) -> NDArray[Any]:
        """Turn ``array`` (..., Z, Y, X) from the source grid into this frame, as a view."""
        lead = array.ndim - 3
        turned = array.transpose(*range(lead), *(lead + axis for axis in self.order))
        return turned[self._steps()]

    def invert(self, array: NDArray[Any]) -> NDArray[Any]:
        """Turn ``array`` (..., a, b, c) of this frame back to the source grid, as a view."""
        lead = array.ndim - 3
        straight = array[self._steps()]
        back = np.argsort(self.order)
        return straight.transpose(*range(lead), *(lead + int(axis) for axis in back))

    def reorder(self, values: tuple[float, float, float]) -> tuple[float, float, float]:
        """Bring per-axis ``values`` such as spacing from (Z, Y, X) into frame order."""
        a, b, c = self.order
        return values[a], values[b], values[c]

    def place(self, points: NDArray[np.float64], grid: tuple[int, int, int]) -> NDArray[np.float64]:
        """Turn positions (..., 3), in voxels (z, y, x) of a grid of this shape, into this frame."""
        turned = points[..., list(self.order)]
        last = np.array(self.reorder(grid)) - 1.0
        return np.where(self.flips, last - turned, turned)

    def place_back(
        self, points: NDArray[np.float64], grid: tuple[int, int, int]
    ) -> NDArray[np.float64]:
        """Undo :meth:`place`: turn positions (..., 3) in this frame back to voxels (z, y, x)."""
        last = np.array(self.reorder(grid)) - 1.0
        turned = np.where(self.flips, last - points, points)
        return turned[..., np.argsort(self.order)]

    def _steps(self) -> tuple[EllipsisType | slice, ...]:
        flipped = (slice(None, None, -1) if flip else slice(None) for flip in self.flips)
        return (..., *flipped)


def frame_for(affine: NDArray[np.float64], plane: Plane = "axial") -> Frame:
    """Find the turn that shows a grid with this affine in radiological convention.

    Parameters
    ----------
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ mm.
    plane : {"axial", "coronal", "sagittal"}
        Which anatomical plane the last two axes span.

    Returns
    -------
    Frame
        With codes ``SPL``, ``AIL`` or ``LIP``.

    Examples
    --------
    There and back, without a voxel moved to another place:

    >>> frame = frame_for(scan.affine, "coronal")
    >>> shown = frame.apply(scan.data[0])  # (slice, row, column)
    >>> frame.codes
    'AIL'
    >>> np.array_equal(frame.invert(shown), scan.data[0])
    True
    """
    codes = PLANES[plane]
    # nibabel speaks of array axes in affine order; ours is the reverse of it.
    zyx_affine = np.array(affine)
    zyx_affine[:, :3] = zyx_affine[:, 2::-1]
    start = nio.io_orientation(zyx_affine)
    moves = nio.ornt_transform(start, nio.axcodes2ornt(tuple(codes)))
    order = [0, 0, 0]
    flips = [False, False, False]
    for axis, (target, direction) in enumerate(moves):
        order[int(target)] = axis
        flips[int(target)] = direction < 0
    return Frame((order[0], order[1], order[2]), (flips[0], flips[1], flips[2]), codes)


def acquisition_plane(affine: NDArray[np.float64], tolerance: float = 1.2) -> Plane:
    """Name the plane in which a grid was acquired: across its most widely spaced axis.

    Nearly isotropic grids (largest spacing within ``tolerance`` times the next) count as axial,
    the plane that brain scans are read in.
    """
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    thick = int(np.argmax(spacing))
    if spacing[thick] <= tolerance * np.sort(spacing)[1]:
        return "axial"
    world = int(nio.io_orientation(affine)[thick, 0])
    planes: tuple[Plane, Plane, Plane] = ("sagittal", "coronal", "axial")
    return planes[world]


def plane_to_run(affine: NDArray[np.float64], grid: tuple[int, int, int], usual: Plane) -> Plane:
    """Name the plane of the slices that a network is to be given.

    It is the one that the network knows, whichever a volume was acquired in: sagittal slices of
    4 mm, given as axial ones, were marked with a mean Dice of 0.70, given as they are with 0.31
    (docs/elsewhere.md).

    Parameters
    ----------
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ mm.
    grid : tuple of int
        (Z, Y, X).
    usual : {"axial", "coronal", "sagittal"}
        What the network was trained on.

    Returns
    -------
    {"axial", "coronal", "sagittal"}
        ``usual``, or the plane of acquisition where slices are too few or too thick to cut through.

    Examples
    --------
    >>> plane_to_run(np.diag([1.0, 4.0, 1.0, 1.0]), (160, 40, 160), "axial")
    'axial'
    >>> plane_to_run(np.diag([1.0, 4.0, 1.0, 1.0]), (160, 3, 160), "axial")
    'coronal'
    """
    acquired = acquisition_plane(affine)
    axis = frame_for(affine, acquired).order[0]
    # Array axes are the reverse of the affine's columns.
    thick = float(np.linalg.norm(affine[:3, 2 - axis]))
    return usual if grid[axis] >= FEWEST and thick <= THICKEST else acquired
