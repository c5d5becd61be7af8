"""The appearance of a head in twenty statistics.

They are measured on a coarse view of the volume, some twenty slices of about 128 x 128 pixels, and
do not depend on the unit of intensity. :data:`CONTRAST` tells sequences apart: intensities relative
to those of the brain, measured in eight sectors of it. The median over the sectors is taken, so a
lesion in two or three of them does not count. :data:`SHAPE` tells heads from other things, and
upright heads from turned ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from napari_brainseg.counting import largest_part
from napari_brainseg.intensity.foreground import foreground_scale
from napari_brainseg.intensity.regions import (
    RIM,
    SECTORS,
    depth_in,
    occupied,
    sectors_of,
    upper_part,
)
from napari_brainseg.language import marked

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CONTRAST",
    "SHAPE",
    "Appearance",
    "View",
    "coarse",
    "contrast",
    "corners_of",
    "logs",
    "shape",
    "skewness",
    "view_of",
]

CONTRAST = {
    "darkest": marked("the darkest brain tissue"),
    "dark": marked("the darker brain tissue"),
    "bright": marked("the brighter brain tissue"),
    "skew": marked("the share of bright brain tissue"),
    "inner": marked("the inner brain against the outer"),
    "rim": marked("the scalp against the brain"),
    "grain": marked("the fine detail of the outer brain"),
    "vessels": marked("the fine bright detail of the inner brain"),
    "inner_bright": marked("the brighter tissue of the inner brain"),
    "inner_brightest": marked("the brightest tissue of the inner brain"),
    "brightest": marked("the brightest brain tissue"),
    "spread": marked("the contrast within the brain"),
}
"""Statistics of the contrast, and their names in messages."""

SHAPE = {
    "corner": marked("the background in the corners"),
    "aspect": marked("the length against the width"),
    "box": marked("the squareness of the outline"),
    "mirror": marked("the likeness of left and right"),
    "taper": marked("the tapering of the outline to the front"),
    "width": marked("the width in front against the back"),
    "front": marked("the brightness in front against the back"),
    "detail": marked("the detail in front against the back"),
}
"""Statistics of the shape, and their names in messages."""

Appearance: TypeAlias = dict[str, float]
"""Statistics by name."""

SLICES = 20
SIDE = 128
BRAIN, OUTER, INNER = 0.22, 0.45, 0.55
"""Depth below the surface of the head, as a share of the slice's greatest."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A coarse view of a volume.

    Parameters
    ----------
    values : ndarray of float32, shape (n, h, w)
        Intensities scaled to [0, 1], slices from foot to head, forehead up.
    head : ndarray of bool, shape (n, h, w)
        The head, its holes filled.
    pixel : tuple of float
        Height and width of a pixel; only their ratio counts.
    """

    values: NDArray[np.float32]
    head: NDArray[np.bool_]
    pixel: tuple[float, float]

    @property
    def quarter_turned(self) -> View:
        """The same, turned by 90 degrees within the slices."""
        values, head = np.rot90(self.values, axes=(1, 2)), np.rot90(self.head, axes=(1, 2))
        return View(values, head, self.pixel[::-1])

    @property
    def upside_down(self) -> View:
        """The same, mirrored so that the forehead is down."""
        return replace(self, values=self.values[:, ::-1], head=self.head[:, ::-1])

    @property
    def upper(self) -> slice:
        """The slices that the brain fills."""
        return upper_part(self.head)


def coarse(volume: NDArray[Any]) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Sample a volume: at most twenty slices, of about 128 x 128 pixels.

    Parameters
    ----------
    volume : ndarray, shape (N, h, w)
        Any numbers; NaN and infinity become 0.

    Returns
    -------
    ndarray of float64, shape (n, h', w')
    tuple of int
        Steps along rows and columns.
    """
    chosen = np.linspace(0, len(volume) - 1, min(len(volume), SLICES)).round().astype(int)
    steps = [max(1, round(length / SIDE)) for length in volume.shape[1:]]
    taken = volume[chosen, :: steps[0], :: steps[1]].astype(np.float64)
    return np.nan_to_num(taken, copy=False, posinf=0.0, neginf=0.0), (steps[0], steps[1])


def view_of(
    values: NDArray[np.float64], pixel: tuple[float, float], percentile: float
) -> View | None:
    """Scale a coarse volume like a network's input, and find the head in it.

    Parameters
    ----------
    values : ndarray of float64, shape (n, h, w)
        From :func:`coarse`.
    pixel : tuple of float
        Height and width of its pixels.
    percentile : float
        Of the foreground, as in the model's preprocessing.

    Returns
    -------
    View or None
        None if there is no object in it.
    """
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    scaled = np.clip(values / foreground_scale(values, percentile), 0, 1).astype(np.float32)
    smooth = ndimage.uniform_filter(scaled, (1, 3, 3))
    if smooth.min() == smooth.max():
        return None
    # In 32 bits its histogram fails on values that hardly differ.
    largest = largest_part(smooth > threshold_otsu(smooth.astype(np.float64)) / 2)
    disc = ndimage.iterate_structure(ndimage.generate_binary_structure(2, 1), 2)
    head = np.stack(
        [ndimage.binary_fill_holes(ndimage.binary_closing(each, disc)) for each in largest]
    )
    return View(scaled, head, pixel) if head.any() else None


def contrast(view: View) -> Appearance | None:
    """Measure each statistic of :data:`CONTRAST`; None where there is too little brain."""
    from scipy import ndimage

    values, head = view.values[view.upper], view.head[view.upper]
    depth = depth_in(head, view.pixel)
    brain, inner = head & (depth > BRAIN), head & (depth > INNER)
    fine_bright = values - ndimage.grey_opening(values, (1, 5, 5))
    fine_dark = ndimage.grey_closing(values, (1, 5, 5)) - values
    sector = sectors_of(head, view.pixel)
    rows = []
    for number in range(SECTORS):
        here = brain & (sector == number)
        outer, rim = here & (depth < OUTER), head & (depth < RIM) & (sector == number)
        if min(outer.sum(), rim.sum(), (here & inner).sum()) < 20:
            continue
        tissue = values[here]
        middle = max(float(np.median(tissue)), 1e-6)
        marks = np.percentile(tissue, (2, 25, 90)) / middle
        ratio = np.median(values[here & inner]) / max(float(np.median(values[outer])), 1e-6)
        scalp = np.median(values[rim]) / middle
        grain = fine_bright[outer].mean() / middle
        rows.append((*logs(*marks, ratio, scalp, grain), skewness(tissue)))
    if len(rows) < SECTORS // 2:
        return None
    darkest, dark, bright, ratio, scalp, grain, skew = np.median(rows, axis=0).tolist()
    tissue = values[brain]
    middle = max(float(np.median(tissue)), 1e-6)
    high, highest = np.percentile(values[inner], (95, 98)) / middle
    marks = logs(high, highest, np.percentile(tissue, 95) / middle, tissue.std() / middle)
    (vessels,) = logs((fine_bright[inner].mean() + 1e-6) / (fine_dark[inner].mean() + 1e-6))
    measured = (darkest, dark, bright, skew, ratio, scalp, grain, vessels, *marks)
    return dict(zip(CONTRAST, measured, strict=True))


def shape(view: View) -> Appearance | None:
    """Measure each statistic of :data:`SHAPE`; None where there is too little head."""
    rows = []
    for values, head in zip(view.values[view.upper], view.head[view.upper], strict=True):
        if head.sum() >= 20:
            rows.append(_slice_shape(values, head, view.pixel))
    if not rows:
        return None
    aspect, box, mirror, taper, width, front = np.median(rows, axis=0).tolist()
    (corner,) = logs(np.median([each.mean() for each in corners_of(view.values)]) + 0.02)
    measured = (corner, aspect, box, mirror, taper, width, front, _detail(view))
    return dict(zip(SHAPE, measured, strict=True))


def _slice_shape(
    values: NDArray[np.float32], head: NDArray[np.bool_], pixel: tuple[float, float]
) -> tuple[float, ...]:
    """Aspect, box, mirror, taper, width and front of one slice."""
    rows, columns = np.nonzero(head)
    window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    inside, outline = np.where(head, values, 0)[window], head[window]
    length, breadth = rows.std() * pixel[0], columns.std() * pixel[1]
    quarter = max(1, len(outline) // 4)
    widths = outline.sum(axis=1)
    taper = float(((rows - rows.mean()) ** 3).mean() / max(rows.std(), 1e-9) ** 3)
    front, back = inside[:quarter].mean(), inside[-quarter:].mean()
    aspect, width, light = logs(
        (length + 1e-6) / (breadth + 1e-6),
        (widths[quarter] + 1) / (widths[-quarter] + 1),
        (front + 1e-3) / (back + 1e-3),
    )
    mirror = _correlation(inside, inside[:, ::-1]) - _correlation(inside, inside[::-1])
    return aspect, float(outline.mean()), mirror, taper, width, light


def corners_of(values: NDArray[np.floating[Any]]) -> list[NDArray[np.floating[Any]]]:
    """Cut the four corners out of all slices (n, h, w)."""
    _, height, width = values.shape
    tall, wide = max(2, height // 16), max(2, width // 16)
    return [
        values[:, rows, columns]
        for rows in (slice(tall), slice(-tall, None))
        for columns in (slice(wide), slice(-wide, None))
    ]


def _detail(view: View) -> float:
    """Compare the gradients of the front and back halves of the lower slices: eyes and nose."""
    inside = occupied(view.head)
    lower = slice(inside[0], inside[0] + max(1, int(0.35 * (inside[-1] - inside[0]))))
    values, head = view.values[lower], view.head[lower]
    gradient = np.hypot(*(np.gradient(values, axis=axis) for axis in (1, 2)))
    rows = np.flatnonzero(head.any(axis=(0, 2)))
    middle = (rows[0] + rows[-1] + 1) // 2
    halves = [gradient[part][head[part]] for part in (np.s_[:, :middle], np.s_[:, middle:])]
    front, back = (float(half.mean()) if half.size else 0.0 for half in halves)
    return logs((front + 1e-4) / (back + 1e-4))[0]


def skewness(tissue: NDArray[np.floating[Any]]) -> float:
    """Return the skewness of values, the outermost hundredths clipped."""
    trimmed = np.clip(tissue, *np.percentile(tissue, (1, 99)))
    return float(((trimmed - trimmed.mean()) ** 3).mean() / max(float(trimmed.std()), 1e-9) ** 3)


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / norm if norm > 0 else 0.0


def logs(*ratios: Any) -> tuple[float, ...]:
    """Return logarithms of ratios, each at least a thousandth."""
    return tuple(float(np.log(max(float(ratio), 1e-3))) for ratio in ratios)
