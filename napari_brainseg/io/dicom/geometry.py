"""Where the slices of a DICOM series lie, and whether one affine places them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.volumes import shear
from napari_brainseg.language import tr, tr_n

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "JITTER",
    "LPS_TO_RAS",
    "MAX_ANGLE",
    "MAX_JITTER",
    "Plane",
    "Stack",
    "are_tenths",
    "distinct",
    "runs",
    "stack",
]

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

MAX_RELATIVE_ERROR = 0.01
MIN_ERROR_MM = 0.02
"""A slice may lie this far from its place on the even grid: 1 % of the slice distance, less than
a tenth of a usual pixel, but at least what positions rounded to two decimals already cost: 0.005 in
each of three directions, of the slice itself and of the outer ones that the grid hangs on."""

SMALLEST_MM = 1e-6
"""Pixels below a nanometre are damage."""

MAX_ANGLE = 1e-3
"""Largest error of a cosine: headers round them to as few as four decimals."""


MAX_JITTER = 2.5e-3
"""By how much directions of slices may differ by rounding: half a pixel at the edge of a head."""

JITTER = 1e-4
"""Below this the lowest slice speaks for all; above, the mean of all directions."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Place of one slice, in DICOM's patient coordinates (LPS+ mm).

    Parameters
    ----------
    file : str
        File name, for messages.
    position : ndarray of float64, shape (3,)
        Centre of the first pixel.
    cosines : ndarray of float64, shape (2, 3)
        Directions in which the column index and the row index grow.
    spacing : ndarray of float64, shape (2,)
        Pixel size in mm, down the rows and along the columns (DICOM's order).
    """

    file: str
    position: NDArray[np.float64]
    cosines: NDArray[np.float64]
    spacing: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stack:
    """Slices put in order.

    Parameters
    ----------
    order : tuple of int
        Indices of the slices given, along the slice normal.
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ mm.
    warnings : tuple of str
        What the user should know, one sentence each.
    """

    order: tuple[int, ...]
    affine: NDArray[np.float64]
    warnings: tuple[str, ...] = ()


def stack(planes: Sequence[Plane], name: str, thickness: float | None) -> Stack:
    """Put slices in order by their positions and find the one affine that places them all.

    A constant sideways step from slice to slice (a tilted gantry) is kept: an affine holds it
    exactly, as a shear.

    Parameters
    ----------
    planes : sequence of Plane
        One per slice, in any order, no two at one height (see :func:`distinct`).
    name : str
        Name of the series, for messages.
    thickness : float, optional
        Slice thickness in mm, which stands in for the distance where there is only one slice.

    Raises
    ------
    ScanError
        If slices are not parallel and alike, or the distances differ: no affine would be true
        then.
    """
    first = planes[0]
    _check_alike(planes, name)
    normal = np.cross(first.cosines[0], first.cosines[1])
    heights = _heights(planes)
    order = np.argsort(heights, kind="stable")
    # Headers may differ in the last decimals; the lowest slice speaks for all, in any file order.
    first = planes[order[0]]
    positions = np.stack([planes[index].position for index in order])
    notes: tuple[str, ...] = ()
    if len(planes) == 1:
        step = normal * (thickness or 1.0)
        if not thickness:
            notes = (tr("The slice thickness is not stored; 1 mm is assumed."),)
    else:
        least = _least_error(planes)
        _check_even(heights[order], [planes[index].file for index in order], name, least)
        step = _step(positions, least)
        _check_straight(positions, step, name, least)
    cosines, jitter_notes = _directions(planes, first)
    lps = np.eye(4)
    lps[:3, 0] = cosines[0] * first.spacing[1]
    lps[:3, 1] = cosines[1] * first.spacing[0]
    lps[:3, 2] = step
    lps[:3, 3] = positions[0]
    if shear(lps) > MAX_ANGLE:
        angle = np.degrees(np.arccos(np.clip(step @ normal / np.linalg.norm(step), -1, 1)))
        notes = (
            *notes,
            tr(
                "The slices are tilted by {angle:.1f} degrees against their stacking "
                "direction; positions and saved masks keep the tilt exactly, the network "
                "sees the slices as acquired, the view shows them stacked straight.",
                angle=angle,
            ),
        )
    notes = (*notes, *jitter_notes)
    return Stack(tuple(int(index) for index in order), LPS_TO_RAS @ lps, notes)


def _directions(
    planes: Sequence[Plane], lowest: Plane
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Directions of rows and columns, shape (2, 3), that hold for all slices."""
    all_ = np.stack([plane.cosines for plane in planes])
    spread = float(np.abs(all_ - lowest.cosines).max())
    if spread <= JITTER:
        return lowest.cosines, ()
    row, column = all_.mean(axis=0)
    row = row / np.linalg.norm(row)
    column = column - (column @ row) * row
    note = tr(
        "The directions of the slices differ by up to {angle:.2f} degrees; their mean is taken.",
        angle=np.degrees(spread),
    )
    return np.stack([row, column / np.linalg.norm(column)]), (note,)


def distinct(planes: Sequence[Plane]) -> list[list[int]]:
    """Group parallel slices that lie at the same height, in order along the slice normal.

    Parameters
    ----------
    planes : sequence of Plane
        In any order.

    Returns
    -------
    list of list of int
        Indices of the planes at each height.
    """
    heights = _heights(planes)
    order = np.argsort(heights, kind="stable")
    new = np.diff(heights[order], prepend=-np.inf) > MIN_ERROR_MM
    return [[int(i) for i in group] for group in np.split(order, np.flatnonzero(new)[1:])]


def runs(planes: Sequence[Plane]) -> list[tuple[int, int]]:
    """Find the longest runs of evenly spaced slices, from the first slice on.

    Parameters
    ----------
    planes : sequence of Plane
        In order along the slice normal.

    Returns
    -------
    list of (int, int)
        Start and stop index of each run; the slices between two distances begin a new one.
    """
    if not planes:
        return []
    gaps, least = np.diff(_heights(planes)), _least_error(planes)
    found, start = [], 0
    for index in range(2, len(planes)):
        usual = gaps[start]
        if index > start + 1 and abs(gaps[index - 1] - usual) > _gap_tolerance(usual, least):
            found.append((start, index))
            start = index
    return [*found, (start, len(planes))]


def _heights(planes: Sequence[Plane]) -> NDArray[np.float64]:
    """Place of each slice along the normal of the first, in mm."""
    row, column = planes[0].cosines
    return np.array([plane.position for plane in planes]) @ np.cross(row, column)


def _least_error(planes: Sequence[Plane]) -> float:
    """How far, in mm, rounding alone may put a slice from its place: more for whole tenths."""
    positions = np.array([plane.position for plane in planes])
    if not are_tenths(positions) or len(planes) < 3:
        return MIN_ERROR_MM
    row, column = planes[0].cosines
    # Half a tenth in each direction, of the slice itself and of those that the grid hangs on.
    error = 0.1 * float(np.abs(np.cross(row, column)).sum())
    return max(MIN_ERROR_MM, min(error, float(np.median(np.diff(np.sort(_heights(planes))))) / 4))


def are_tenths(positions: NDArray[np.float64]) -> bool:
    """Whether positions (N, 3) in mm are rounded to whole tenths, as some programs do."""
    return bool(np.abs(positions * 10 - np.rint(positions * 10)).max() < 1e-6)


def _step(positions: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Step from slice to slice: from end to end, or fitted where the ends are rounded too."""
    numbers = np.arange(len(positions))
    step = (positions[-1] - positions[0]) / numbers[-1]
    if least > MIN_ERROR_MM and _farthest(positions, step) > MIN_ERROR_MM:
        step = np.polyfit(numbers, positions, 1)[0]
    return np.asarray(step)


def _farthest(positions: NDArray[np.float64], step: NDArray[np.float64]) -> float:
    """Largest distance of a slice from its place on the even grid, in mm."""
    places = positions[0] + np.arange(len(positions))[:, np.newaxis] * step
    return float(np.linalg.norm(positions - places, axis=1).max())


def _tolerance(distance: float, least: float) -> float:
    return max(MAX_RELATIVE_ERROR * distance, least)


def _gap_tolerance(distance: float, least: float) -> float:
    """How far two distances may differ: each has its own error of rounding."""
    return max(MAX_RELATIVE_ERROR * distance, 2 * least)


def _check_alike(planes: Sequence[Plane], name: str) -> None:
    """All slices parallel, with the same pixels, and with axes that are axes."""
    first = planes[0]
    gram = first.cosines @ first.cosines.T
    is_turn = np.allclose(gram, np.eye(2), atol=MAX_ANGLE)
    if not is_turn or not (first.spacing > SMALLEST_MM).all():
        raise ScanError(
            tr(
                "{first}: row and column directions {directions} with pixel size {usual} mm, "
                "expected perpendicular unit vectors and positive sizes. Export the series "
                "again.",
                first=first.file,
                directions=first.cosines.tolist(),
                usual=first.spacing.tolist(),
            )
        )
    for plane in planes[1:]:
        if not np.allclose(plane.cosines, first.cosines, atol=2 * MAX_JITTER):
            raise ScanError(
                tr(
                    "{name}: {file} is turned against {first}, expected parallel slices. "
                    "Localizers and radial series are not one volume; choose another series.",
                    name=name,
                    file=plane.file,
                    first=first.file,
                )
            )
        if not np.allclose(plane.spacing, first.spacing, rtol=1e-3):
            raise ScanError(
                tr(
                    "{name}: {file} has pixels of {spacing} mm and {first} of {usual} mm, "
                    "expected equal sizes. Open slices of one size only.",
                    name=name,
                    file=plane.file,
                    spacing=plane.spacing.tolist(),
                    first=first.file,
                    usual=first.spacing.tolist(),
                )
            )


def _check_even(heights: NDArray[np.float64], files: list[str], name: str, least: float) -> None:
    """Every height within tolerance of its place on the even grid, or the reason why not."""
    gaps = np.diff(heights)
    usual = float(np.median(gaps))
    tolerance = _tolerance(usual, least)
    even = np.linspace(heights[0], heights[-1], len(heights))
    if (np.abs(heights - even) <= tolerance).all():
        return
    odd = np.abs(gaps - usual) > _gap_tolerance(usual, least)
    multiples = gaps / usual
    whole = np.abs(multiples - np.rint(multiples)) <= _gap_tolerance(usual, least) / usual
    if odd.any() and whole.all():
        at = int(odd.argmax())
        count = int(np.rint(multiples).sum()) - len(gaps)
        raise ScanError(
            tr_n(
                "{name}: {n} slice is missing, between {before} and {after} ({gap:.2f} mm apart, "
                "the others {usual:.2f} mm). Copy the complete series.",
                "{name}: {n} slices are missing, the first between {before} and {after} "
                "({gap:.2f} mm apart, the others {usual:.2f} mm). Copy the complete series.",
                count,
                name=name,
                before=files[at],
                after=files[at + 1],
                gap=gaps[at],
                usual=usual,
            )
        )
    raise ScanError(
        tr(
            "{name}: slices lie {smallest:.2f} to {largest:.2f} mm apart, expected equal "
            "distances within {tolerance:.2f} mm; on one grid the anatomy would be "
            "distorted. Open the evenly spaced files only, or a reconstruction with "
            "equal distances.",
            name=name,
            smallest=gaps.min(),
            largest=gaps.max(),
            tolerance=tolerance,
        )
    )


def _check_straight(
    positions: NDArray[np.float64], step: NDArray[np.float64], name: str, least: float
) -> None:
    """Every slice within tolerance of its place on the grid, sideways included."""
    error = _farthest(positions, step)
    sideways = 2 * least if least > MIN_ERROR_MM else least
    tolerance = _tolerance(float(np.linalg.norm(step)), sideways)
    if error > tolerance:
        raise ScanError(
            tr(
                "{name}: a slice lies {error:.2f} mm away from where even stacking puts it, "
                "expected at most {tolerance:.2f} mm; on one grid the anatomy would be "
                "distorted. Open the evenly stacked files only, or a straight reconstruction.",
                name=name,
                error=error,
                tolerance=tolerance,
            )
        )
