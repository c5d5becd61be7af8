"""Marking and cutting by an outline that is drawn on a slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Cut", "cut_along", "within_outline"]

Cut = Literal["mark", "erase", "keep"]


def within_outline(outline: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Mark the voxels of a slice whose centres lie within an outline.

    Parameters
    ----------
    outline : ndarray of float, shape (N, 2)
        Corners (y, x) in voxels, in order; the last joins the first.
    shape : tuple of int
        (Y, X).

    Returns
    -------
    ndarray of bool, shape (Y, X)
    """
    from skimage.draw import polygon2mask

    return np.asarray(polygon2mask(shape, outline), dtype=bool)


def cut_along(mask: NDArray[np.bool_], inside: NDArray[np.bool_], how: Cut) -> NDArray[np.bool_]:
    """Mark or erase what lies within an outline, or keep only that.

    Parameters
    ----------
    mask : ndarray of bool, shape ([Z,] Y, X)
    inside : ndarray of bool, shape (Y, X)
        From :func:`within_outline`; the same for all slices.
    how : {"mark", "erase", "keep"}

    Returns
    -------
    ndarray of bool, of the shape of the mask
    """
    if how == "mark":
        return mask | inside
    return mask & ~inside if how == "erase" else mask & inside
