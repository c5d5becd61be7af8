"""Counting the voxels of each label, in the memory of one slice.

``numpy.bincount`` turns what it counts into 8-byte integers first: of a scan of 512 x 512 x 400
voxels that would be 840 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["count_voxels", "largest_part"]


def count_voxels(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Count how often each number occurs.

    Parameters
    ----------
    labels : ndarray of int, any shape
        None below 0; may be painted on meanwhile, and is counted as each slice is when its turn
        comes.

    Returns
    -------
    ndarray of int64, shape (L + 1,)
        Of 0 to the largest number L that occurs, 0 at least.

    Examples
    --------
    >>> count_voxels(np.array([[0, 2], [2, 0]]))
    array([2, 0, 2])
    """
    counts = np.zeros(1, dtype=np.int64)
    for part in labels:
        # A copy, for somebody may paint meanwhile: bincount looks for the largest number first.
        found = np.bincount(np.array(part, dtype=np.intp).ravel(), minlength=len(counts))
        found[: len(counts)] += counts
        counts = found
    return counts


def largest_part(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the largest part that hangs together by faces; nothing where nothing is marked.

    Parameters
    ----------
    marked : ndarray of bool, shape (n, h, w)

    Returns
    -------
    ndarray of bool, shape (n, h, w)
    """
    from scipy import ndimage

    parts, count = ndimage.label(marked)
    if count == 0:
        return np.zeros(marked.shape, dtype=bool)
    sizes = count_voxels(parts)
    sizes[0] = 0
    largest: NDArray[np.bool_] = parts == sizes.argmax()
    return largest
