"""Intensities between two fixed values, as CT is shown in Hounsfield units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WindowMap"]


@dataclass(frozen=True, slots=True)
class WindowMap:
    """A straight map of a window to the network's scale of 0 to 1, clipped.

    Parameters
    ----------
    low, high : float
        The intensities that become 0 and 1, in the scan's units.

    Examples
    --------
    >>> WindowMap(0.0, 80.0)(np.array([-1000.0, 40.0, 300.0]))
    array([0. , 0.5, 1. ], dtype=float32)
    """

    low: float
    high: float

    def __call__(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Map intensities of any shape to float32 in [0, 1]."""
        mapped: NDArray[np.float32] = values.astype(np.float32)
        mapped -= np.float32(self.low)
        mapped /= np.float32(self.high - self.low)
        np.clip(mapped, 0.0, 1.0, out=mapped)
        return mapped

    def exceeds(self, values: NDArray[Any], share: float) -> NDArray[np.bool_]:
        """Mark intensities that the map brings above a share of the scale, of any shape."""
        return np.asarray(self(values) > share)
