"""Copying one slice of a mask to its neighbour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.errors import EditError
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["copy_slice"]


def copy_slice(mask: NDArray[np.bool_], index: int, step: int) -> NDArray[np.bool_]:
    """Copy a slice over another one.

    Parameters
    ----------
    mask : ndarray of bool, shape (Z, Y, X)
    index : int
        The slice to copy.
    step : int
        From it to the slice to replace: 1 for the next, -1 for the one before.

    Returns
    -------
    ndarray of bool, shape (Z, Y, X)

    Raises
    ------
    EditError
        If there is no slice there, or the slice to copy is empty.
    """
    target = index + step
    if not 0 <= target < len(mask):
        last = marked("Slice {index} is the last one.")
        first = marked("Slice {index} is the first one.")
        raise EditError(tr(last if step > 0 else first, index=index))
    if not mask[index].any():
        raise EditError(
            tr("Slice {index} does not hold this label: there is nothing to copy.", index=index)
        )
    result = mask.copy()
    result[target] = mask[index]
    return result
