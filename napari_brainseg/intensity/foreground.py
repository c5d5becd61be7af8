"""Intensities scaled by the brightest tissue, as the first networks know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ForegroundMap", "foreground_intensity", "foreground_scale"]


@dataclass(frozen=True, slots=True)
class ForegroundMap:
    """Division by the intensity that becomes 1, clipped to 0 and 1.

    Parameters
    ----------
    scale : float
        That intensity, in the scan's units.
    """

    scale: float

    def __call__(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Map intensities of any shape to float32 in [0, 1]."""
        mapped: NDArray[np.float32] = values.astype(np.float32)
        mapped /= np.float32(self.scale)
        np.clip(mapped, 0.0, 1.0, out=mapped)
        return mapped

    def exceeds(self, values: NDArray[Any], share: float) -> NDArray[np.bool_]:
        """Mark intensities that the map brings above a share of the scale, of any shape."""
        return np.asarray(values > share * np.float32(self.scale))


def foreground_intensity(volume: NDArray[Any], percentile: float) -> ForegroundMap:
    """Find the map by which :func:`foreground_scale` becomes 1."""
    return ForegroundMap(float(np.float32(foreground_scale(volume, percentile))))


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
