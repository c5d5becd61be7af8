"""Whether an image was equalised: whether all its intensities are equally frequent.

Histogram equalisation gives each intensity its rank, so that values rise evenly with the share of
voxels that are no brighter. By that the brain's level and contrast, which images are scaled by, and
how far lesions stand out from it, are lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["is_equalised"]

FAR = 0.05
"""Farthest from even that equalised images are; windows and logarithms stay further off."""

FEW = 8
"""With fewer values an image is none that was equalised."""

DRAWN = 100_000
"""Voxels that are looked at."""


def is_equalised(volume: NDArray[Any]) -> bool:
    """Whether values rise evenly with their ranks above the most frequent one, the background's.

    Parameters
    ----------
    volume : ndarray
        In any unit.
    """
    drawn = volume.flat[np.random.default_rng(0).integers(0, volume.size, DRAWN)]
    values, counts = np.unique(drawn[np.isfinite(drawn)].astype(np.float64), return_counts=True)
    if not len(values):
        return False
    background = int(counts.argmax())
    values, ranks = values[background + 1 :], np.cumsum(counts)[background + 1 :]
    return len(values) >= FEW and float(np.abs(_run(values) - _run(ranks)).max()) <= FAR


def _run(rising: NDArray[Any]) -> NDArray[np.float64]:
    """Bring rising numbers to 0 … 1."""
    return np.asarray((rising - rising[0]) / (rising[-1] - rising[0]), np.float64)
