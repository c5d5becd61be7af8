"""Combining two masks on one grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Combination", "combine_masks"]

Combination = Literal["add", "subtract", "intersect"]


def combine_masks(
    mask: NDArray[np.bool_], other: NDArray[np.bool_], how: Combination
) -> NDArray[np.bool_]:
    """Add another mask, subtract it, or keep what is in both.

    Parameters
    ----------
    mask, other : ndarray of bool
        Of one shape.
    how : {"add", "subtract", "intersect"}

    Returns
    -------
    ndarray of bool
    """
    if how == "add":
        return mask | other
    return mask & ~other if how == "subtract" else mask & other
