"""Hashes by which masks are told apart, slice by slice."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_slices", "slice_digests"]


def as_slices(labels: NDArray[Any]) -> NDArray[Any]:
    """View labels of two or three dimensions as a stack of slices."""
    return labels.reshape((1,) * (3 - labels.ndim) + labels.shape)


def slice_digests(labels: NDArray[Any]) -> tuple[bytes, ...]:
    """Hash each slice of a mask; equal labels give equal hashes, whatever their type."""
    return tuple(_slice_digest(plane) for plane in as_slices(labels))


def _slice_digest(plane: NDArray[Any]) -> bytes:
    if plane.dtype != np.uint8:
        small = plane.min() >= 0 and plane.max() <= 255
        plane = plane.astype(np.uint8 if small else np.int64)
    return blake2b(np.ascontiguousarray(plane).data, digest_size=16).digest()
