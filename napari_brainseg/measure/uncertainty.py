"""Which slices of a mask to look at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["doubtful_voxels", "uncertain_slices"]

BAND = (0.2, 0.8)
"""Calibrated probabilities that count as doubt.

Without a limit, the many voxels that are all but certain outweigh the few that are not. Chosen by
``benchmarks/uncertainty.py`` on patients that the embedded model had not learned from.
"""


def doubtful_voxels(probabilities: NDArray[np.floating]) -> tuple[NDArray[np.float64], ...]:
    """Estimate how many voxels of each slice are wrong in the best mask of a probability map.

    Where the probability is p, the better guess is wrong with probability min(p, 1 - p); that is
    summed over the voxels that are in doubt. It says nothing of a mask that a person corrected.

    Parameters
    ----------
    probabilities : ndarray of float, shape (Z, Y, X)
        Calibrated (:func:`~napari_brainseg.pipeline.postprocess.calibrated`), in [0, 1].

    Returns
    -------
    tuple of ndarray of float64
        For each axis, one number per slice across it, in voxels.
    """
    low, high = BAND
    places = np.nonzero((probabilities >= low) & (probabilities <= high))
    given = probabilities[places].astype(np.float64)
    wrong = np.minimum(given, 1 - given)
    return tuple(
        np.bincount(numbers, wrong, minlength=length).astype(np.float64, copy=False)
        for numbers, length in zip(places, probabilities.shape, strict=True)
    )


def uncertain_slices(doubt: NDArray[np.float64]) -> tuple[int, ...]:
    """Order the slices in which there is any doubt, the most doubtful first.

    Parameters
    ----------
    doubt : ndarray of float64, shape (n,)
        From :func:`doubtful_voxels`.
    """
    order = np.argsort(-doubt, kind="stable")
    return tuple(int(index) for index in order if doubt[index] > 0)
