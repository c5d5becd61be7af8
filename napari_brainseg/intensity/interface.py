"""What every scaling of intensities can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["IntensityMap"]


class IntensityMap(Protocol):
    """A monotone map of the intensities of one volume to the network's scale of 0 to 1."""

    def __call__(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Map intensities of any shape to float32 in [0, 1]; each depends on itself alone."""

    def exceeds(self, values: NDArray[Any], share: float) -> NDArray[np.bool_]:
        """Mark intensities that the map brings above a share of the scale, of any shape."""
