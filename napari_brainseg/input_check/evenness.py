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

ALIKE = 0.5
"""In a picture neighbours differ by less than this share of what any two voxels of it do."""


def is_equalised(volume: NDArray[Any]) -> bool:
    """Whether values rise evenly with their ranks above the most frequent one, the background's.

    In even noise they do, too; neighbours are not alike there.

    Parameters
    ----------
    volume : ndarray
        In any unit.
    """
    places = np.random.default_rng(0).integers(0, volume.size, DRAWN)
    drawn, beside = (
        volume.flat[at % volume.size].astype(np.float64) for at in (places, places + 1)
    )
    known = np.isfinite(drawn)
    values, counts = np.unique(drawn[known], return_counts=True)
    if len(values) < FEW:
        return False
    background = int(counts.argmax())
    inside = known & (drawn > values[background]) & (beside > values[background])
    values, ranks = values[background + 1 :], np.cumsum(counts)[background + 1 :]
    return (
        len(values) >= FEW
        and float(np.abs(_run(values) - _run(ranks)).max()) <= FAR
        and _are_alike(drawn[inside], beside[inside])
    )


def _are_alike(ones: NDArray[np.float64], beside: NDArray[np.float64]) -> bool:
    others = np.roll(ones, 1)
    return bool(np.abs(ones - beside).sum() < ALIKE * np.abs(ones - others).sum())


def _run(rising: NDArray[Any]) -> NDArray[np.float64]:
    """Bring rising numbers to 0 … 1."""
    return np.asarray((rising - rising[0]) / (rising[-1] - rising[0]), np.float64)
