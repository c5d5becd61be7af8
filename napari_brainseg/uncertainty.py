"""Which slices of a mask are worth a look first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["expected_errors"]


def expected_errors(
    probabilities: NDArray[np.floating], found: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Estimate how many voxels of each slice are wrong.

    A voxel inside the mask is wrong with one minus its probability, one outside with it; their sum
    is the expected number of wrong voxels, as far as the probabilities are calibrated. What is
    surely outside (below 1 %) is left out: of so many voxels the rounding alone would add up.

    Parameters
    ----------
    probabilities : ndarray of float, shape (Z, Y, X)
        Calibrated probability of foreground, the first axis along the slices.
    found : ndarray of bool, same shape
        The mask.

    Returns
    -------
    ndarray of float64, shape (Z,)
    """
    wrong: NDArray[Any] = np.where(found, 1 - probabilities, probabilities)
    wrong[wrong < 0.01] = 0
    total: NDArray[np.float64] = wrong.sum(axis=(1, 2), dtype=np.float64)
    return total
