"""Labels as whole numbers, also where a file stores them with a scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.io.mask_info import MAX_LABEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["whole_labels"]

MAX_SCALED = 256
"""An image of more values than that is none of scaled labels."""

MAX_STEP = 16
"""The smallest label that occurs is at most that."""

TOLERANCE = 1e-4
"""Of a label, which 32-bit numbers keep to 1e-7."""


def whole_labels(values: NDArray[Any]) -> NDArray[np.uint8 | np.uint16] | None:
    """Return labels of a mask as whole numbers from 0 to 65535.

    Parameters
    ----------
    values : ndarray of int or float
        As a file holds them. Real numbers are labels with a scale where all are multiples of one:
        0 and 10.92 are the labels 0 and 1, so are 0 and 255/255. Parts of 1 are no labels: they
        are probabilities, or how many of several people marked a voxel.

    Returns
    -------
    ndarray of uint8 or uint16, or None
        None for what is no mask.

    Examples
    --------
    >>> whole_labels(np.array([0, 5.46, 16.38], dtype=np.float32)).tolist()
    [0, 1, 3]
    """
    low, high = values.min(), values.max()
    if low < 0:
        return None
    whole = values.dtype.kind in "bui" or bool((values == np.rint(values)).all())
    if not whole:
        return _descaled(values) if high > 1 + TOLERANCE else _rounded(values)
    if high > MAX_LABEL:
        return None
    return values.astype(np.uint8 if high <= 255 else np.uint16)


def _rounded(values: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Round values up to 1 that are 0 and 1 already, but for the last decimals."""
    whole = np.rint(values)
    return whole.astype(np.uint8) if np.abs(values - whole).max() <= TOLERANCE else None


def _descaled(values: NDArray[Any]) -> NDArray[np.uint8 | np.uint16] | None:
    """Divide values by the largest number that they all are multiples of."""
    distinct = np.unique(values.ravel()[:: max(values.size // 100_000, 1)])
    if len(distinct) > MAX_SCALED:  # an image, found out without sorting all of it
        return None
    distinct, places = np.unique(values, return_inverse=True)
    marked = distinct[distinct > 0].astype(np.float64)
    if len(distinct) > MAX_SCALED or not len(marked) or distinct[0] != 0:  # nothing around it
        return None
    for smallest in range(1, MAX_STEP + 1):
        labels = distinct.astype(np.float64) * smallest / marked[0]
        if labels.max() <= MAX_LABEL and np.abs(labels - np.rint(labels)).max() <= TOLERANCE:
            found = np.rint(labels).astype(np.uint8 if labels.max() <= 255.5 else np.uint16)
            return np.asarray(found[places].reshape(values.shape), found.dtype)
    return None
