"""Bringing intensities of unknown units to a scale that a network knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["foreground_scale"]


def foreground_scale(channel: NDArray[Any], percentile: float) -> float:
    """Return a percentile of the voxels above the mean: background size does not move it.

    Parameters
    ----------
    channel : ndarray
        Intensities of one channel of a scan, in any unit and axis order.
    percentile : float
        0 to 100.

    Returns
    -------
    float
        The intensity that becomes 1, above 0.
    """
    foreground = channel[channel > channel.mean(dtype=np.float64)]
    if foreground.size == 0:
        return 1.0
    return max(float(np.percentile(foreground, percentile)), float(np.finfo(np.float32).tiny))
