"""Measures of a mask: volume, lesions, areas, diameters, intensities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.bbox import bounding_box
from napari_brainseg.counting import count_voxels
from napari_brainseg.frames import acquisition_plane, frame_for
from napari_brainseg.measure.diameters import Diameters, Line, measure_diameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["Intensity", "LabelSize", "Lesion", "MaskMeasures", "SliceAreas", "measure_mask"]

LISTED = 50
"""Lesions that are measured one by one, the largest first; a noisy mask has thousands."""

Position = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SliceAreas:
    """Foreground of each slice of the acquisition plane, in the order of the scan's own grid.

    Parameters
    ----------
    axis : int
        The grid axis along which the slices are counted: 0 = Z, 1 = Y, 2 = X.
    largest : int or None
        The slice with the most foreground, from 0; None for an empty mask.
    voxels : tuple of int
        Foreground voxels per slice.
    areas_mm2 : tuple of float, or None
        The same in mm²; None where the scan stores no spacing.
    """

    axis: int
    largest: int | None
    voxels: tuple[int, ...]
    areas_mm2: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Intensity:
    """Grey values of one channel of the scan inside a mask: mean and standard deviation."""

    channel: str
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class LabelSize:
    """Voxels and volume (mL; None where the scan stores no spacing) of one label."""

    label: int
    voxels: int
    volume_ml: float | None


@dataclass(frozen=True, slots=True)
class Lesion:
    """One component of a mask.

    Parameters
    ----------
    voxels : int
        Foreground voxels.
    volume_ml : float or None
        Volume; None where the scan stores no spacing.
    centroid_mm : tuple of float, or None
        Mean position in RAS+ mm.
    largest_slice : int
        The slice with most of it, counted as in :class:`SliceAreas`.
    diameters : Diameters or None
        Of its largest part on that slice; points are (z, y, x) in voxels of the grid.
    """

    voxels: int
    volume_ml: float | None
    centroid_mm: Position | None
    largest_slice: int
    diameters: Diameters | None


@dataclass(frozen=True, slots=True)
class MaskMeasures:
    """Measures of a mask; mL and mm are None where the scan stores no spacing.

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
    diameters : Diameters or None
        Those of the largest lesion; None for an empty mask too.
    labels : tuple of LabelSize
        The labels of the foreground.
    slices : SliceAreas
        Area per slice.
    intensities : tuple of Intensity
        One per channel of the scan, of its finite values; none for an empty mask.
    table : tuple of Lesion
        The lesions one by one, the largest first, at most 50.
    """

    voxels: int
    lesions: int
    volume_ml: float | None
    centroid_mm: Position | None
    diameters: Diameters | None
    labels: tuple[LabelSize, ...]
    slices: SliceAreas
    intensities: tuple[Intensity, ...]
    table: tuple[Lesion, ...]


def measure_mask(labels: NDArray[Any], scan: Scan) -> MaskMeasures:
    """Measure the foreground of a mask.

    Parameters
    ----------
    labels : ndarray of int or bool, shape (Z, Y, X)
        The mask on the grid of the scan; above 0 is foreground.
    scan : Scan
        Has the spacing, the acquisition plane and the intensities.

    Returns
    -------
    MaskMeasures

    Examples
    --------
    >>> measures = measure_mask(mask, scan)
    >>> measures.lesions, round(measures.volume_ml, 1)
    (1, 43.4)
    """
    grid = _Grid(scan)
    found = labels > 0
    box = bounding_box(found) or (slice(0, 0),) * 3
    inside = found[box]
    table, lesions = _lesions(inside, box, grid)
    voxels = int(np.count_nonzero(inside))
    values, counts = np.unique(labels[box][inside], return_counts=True)
    return MaskMeasures(
        voxels=voxels,
        lesions=lesions,
        volume_ml=grid.volume_ml(voxels),
        centroid_mm=grid.centroid(inside, box) if voxels else None,
        diameters=table[0].diameters if table else None,
        labels=tuple(
            LabelSize(int(label), int(count), grid.volume_ml(int(count)))
            for label, count in zip(values, counts, strict=True)
        ),
        slices=grid.areas(found),
        intensities=_intensities(scan, inside, box) if voxels else (),
        table=table,
    )


class _Grid:
    """The geometry of a scan, which turns voxels into mm."""

    def __init__(self, scan: Scan) -> None:
        self.known = scan.units == "mm"
        self.affine = scan.affine
        self.voxel_ml = scan.voxel_volume / 1000.0
        self.axis = frame_for(scan.affine, acquisition_plane(scan.affine)).order[0]
        self.steps = np.delete(scan.affine[:3, 2::-1].T, self.axis, axis=0)

    def volume_ml(self, voxels: int) -> float | None:
        return voxels * self.voxel_ml if self.known else None

    def centroid(self, mask: NDArray[np.bool_], box: tuple[slice, ...]) -> Position | None:
        """Average the positions of the foreground of a box, which must not be empty."""
        if not self.known:
            return None
        places = []
        for axis, side in enumerate(box):
            counts = _along(mask, axis)
            places.append(side.start + float(np.average(np.arange(counts.size), weights=counts)))
        r, a, s, _ = (float(value) for value in self.affine @ [*reversed(places), 1.0])
        return r, a, s

    def areas(self, mask: NDArray[np.bool_]) -> SliceAreas:
        counts = _along(mask, self.axis)
        areas = None
        if self.known:
            pixel = float(np.linalg.norm(np.cross(*self.steps)))
            areas = tuple(float(count) * pixel for count in counts)
        largest = int(counts.argmax()) if counts.any() else None
        return SliceAreas(self.axis, largest, tuple(int(count) for count in counts), areas)

    def diameters(
        self, mask: NDArray[np.bool_], box: tuple[slice, ...], index: int
    ) -> Diameters | None:
        """Measure one slice of a box; the points are on the whole grid."""
        if not self.known:
            return None
        found = measure_diameters(np.take(mask, index, axis=self.axis), self.steps)
        corner = [side.start for side in box]

        def place(line: Line) -> Line:
            first, last = (np.insert(point, self.axis, index) + corner for point in line)
            return tuple(first.tolist()), tuple(last.tolist())

        return replace(found, long=place(found.long), short=place(found.short))


def _lesions(
    inside: NDArray[np.bool_], box: tuple[slice, ...], grid: _Grid
) -> tuple[tuple[Lesion, ...], int]:
    """Measure the largest components, and count all."""
    from scipy import ndimage

    if not inside.size:
        return (), 0
    components, count = ndimage.label(inside, structure=np.ones((3, 3, 3)))
    sizes = count_voxels(components)[1:]
    boxes = ndimage.find_objects(components)
    table = []
    for index in np.argsort(-sizes, kind="stable")[:LISTED]:
        part = components[boxes[index]] == index + 1
        corner = [side.start for side in box]
        place = tuple(
            slice(side.start + start, side.stop + start)
            for side, start in zip(boxes[index], corner, strict=True)
        )
        largest = int(_along(part, grid.axis).argmax())
        table.append(
            Lesion(
                voxels=int(sizes[index]),
                volume_ml=grid.volume_ml(int(sizes[index])),
                centroid_mm=grid.centroid(part, place),
                largest_slice=place[grid.axis].start + largest,
                diameters=grid.diameters(part, place, largest),
            )
        )
    return tuple(table), int(count)


def _intensities(
    scan: Scan, inside: NDArray[np.bool_], box: tuple[slice, ...]
) -> tuple[Intensity, ...]:
    found = []
    for name, channel in zip(scan.channels, scan.data, strict=True):
        values = channel[box][inside].astype(np.float64)
        values = values[np.isfinite(values)]
        if values.size:
            found.append(Intensity(name, float(values.mean()), float(values.std())))
    return tuple(found)


def _along(mask: NDArray[np.bool_], axis: int) -> NDArray[np.intp]:
    """Count the foreground of each slice along an axis."""
    counts: NDArray[np.intp] = np.count_nonzero(mask, axis=tuple({0, 1, 2} - {axis}))
    return counts
