"""The contrast of a brain without its skull, in fourteen statistics.

Most of :data:`~napari_brainseg.input_check.features.CONTRAST` sets the brain against the scalp, or
against air: of a brain that was cut out, or made z-scores, that says little. These are in widths of
the brain's own contrast, above its level (:mod:`napari_brainseg.intensity.brain`), so that neither
gain nor offset changes them. Of most the median over eight sectors is taken: a lesion in two or
three of them does not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.input_check.features import logs, skewness
from napari_brainseg.input_check.tissue_print import TISSUE
from napari_brainseg.intensity.bare import cut_out
from napari_brainseg.intensity.brain import brain_intensity
from napari_brainseg.intensity.regions import SECTORS, depth_in, sectors_of, upper_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.input_check.features import Appearance

__all__ = ["tissue"]

SURFACE, BELOW, OUTER, CORE, INNER = 0.12, 0.22, 0.45, 0.5, 0.55
"""Depth below the surface of the brain, as a share of the slice's greatest."""

FURTHEST = 8.0
"""Widths from the level beyond which values are taken for this."""

FEWEST = 20
"""Pixels of a part below which a sector is left out."""


def tissue(values: NDArray[np.float64], pixel: tuple[float, float]) -> Appearance | None:
    """Measure each statistic of :data:`~napari_brainseg.input_check.tissue_print.TISSUE`.

    Parameters
    ----------
    values : ndarray of float64, shape (n, h, w)
        A coarse volume of a brain amid one exact value, in any unit.
    pixel : tuple of float
        Height and width of its pixels; only their ratio counts.

    Returns
    -------
    dict of str to float or None
        None where no brain is seen.
    """
    from scipy import ndimage

    found = brain_intensity(values)
    if found.background is None or found.width <= 0:
        return None
    brain = cut_out(values != found.background)
    if not brain.any():
        return None
    upper = upper_part(brain)
    brain = brain[upper]
    scaled = np.clip((values[upper] - found.level) / found.width, -FURTHEST, FURTHEST)
    scaled = np.where(brain, scaled, scaled[brain].min(initial=FURTHEST))
    depth = depth_in(brain, pixel)
    by_sector = _by_sector(scaled, brain, depth, sectors_of(brain, pixel))
    if len(by_sector) < SECTORS // 2:
        return None
    fine_bright = scaled - ndimage.grey_opening(scaled, (1, 5, 5))
    fine_dark = ndimage.grey_closing(scaled, (1, 5, 5)) - scaled
    near = brain & (depth > SURFACE) & (depth < CORE)
    inner = brain & (depth > INNER)
    details = [
        (fine_bright[part].mean() + 1e-6) / (fine_dark[part].mean() + 1e-6)
        for part in (inner, near)
    ]
    deep = scaled[brain & (depth > BELOW)]
    marks = [*np.percentile(scaled[inner], (95, 98, 2)), np.percentile(deep, 95)]
    whole = [*logs(*details), *(np.array(marks) - np.median(deep)).tolist()]
    return dict(zip(TISSUE, [*np.median(by_sector, axis=0).tolist(), *whole], strict=True))


def _by_sector(
    scaled: NDArray[np.float64],
    brain: NDArray[np.bool_],
    depth: NDArray[np.float64],
    sectors: NDArray[np.int64],
) -> list[tuple[float, ...]]:
    """Measure the statistics of single sectors, in those that show enough brain."""
    rows = []
    for number in range(SECTORS):
        sector = brain & (sectors == number)
        here = sector & (depth > BELOW)
        outer, inner = here & (depth < OUTER), here & (depth > INNER)
        rim, shell = sector & (depth < SURFACE), sector & (depth >= SURFACE) & (depth < BELOW)
        if min(part.sum() for part in (outer, inner, rim, shell)) < FEWEST:
            continue
        values = scaled[here]
        middle = float(np.median(values))
        marks = np.percentile(values, (2, 10, 25, 75)) - middle
        contrast = np.median(scaled[inner]) - np.median(scaled[outer])
        surface = (float(np.median(scaled[part])) - middle for part in (rim, shell))
        rows.append((*marks.tolist(), float(contrast), *surface, skewness(values)))
    return rows
