"""Which slices of a mask to look at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["expected_errors", "uncertain_slices"]

BAND = (0.2, 0.8)
"""Calibrated probabilities that count as uncertain.

Without a limit, the many voxels that are nearly certain outweigh the few that are not. Chosen with
``benchmarks/uncertainty.py`` on patients that the embedded model had not learned from.
"""


def expected_errors(probabilities: NDArray[np.floating]) -> tuple[NDArray[np.float64], ...]:
    """Estimate how many voxels of each slice are wrong in the best mask of a probability map.

    Where the probability is p, the better guess is wrong with probability min(p, 1 - p); the sum
    runs over the uncertain voxels. It says nothing of a mask that a person corrected.

    Parameters
    ----------
    probabilities : ndarray of float, shape (Z, Y, X)
        Calibrated (:func:`~napari_brainseg.pipeline.postprocess.calibrated`), in [0, 1].

    Returns
    -------
    tuple of ndarray of float64
        For each of the axes Z, Y, X: the number of voxels for each slice across it.

    Examples
    --------
    One voxel in the first slice that is right in six cases of ten:

    >>> expected_errors(np.array([[[0.6]], [[0.99]]]))[0]
    array([0.4, 0. ])
    """
    low, high = BAND
    places = np.nonzero((probabilities >= low) & (probabilities <= high))
    given = probabilities[places].astype(np.float64)
    wrong = np.minimum(given, 1 - given)
    return tuple(
        np.bincount(numbers, wrong, minlength=length).astype(np.float64, copy=False)
        for numbers, length in zip(places, probabilities.shape, strict=True)
    )


def uncertain_slices(errors: NDArray[np.float64]) -> tuple[int, ...]:
    """Return the slices with uncertain voxels, the most uncertain first.

    Parameters
    ----------
    errors : ndarray of float64, shape (n,)
        From :func:`expected_errors`, along one axis.

    Returns
    -------
    tuple of int
        Their numbers along that axis, from 0.
    """
    order = np.argsort(-errors, kind="stable")
    return tuple(int(index) for index in order if errors[index] > 0)
