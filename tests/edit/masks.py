"""Masks that hypothesis makes up."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

__all__ = ["masks", "spacings", "volumes"]


def _blocks(shape: tuple[int, ...]) -> st.SearchStrategy[np.ndarray]:
    """Put a few boxes together: masks of single random voxels have neither bulk nor holes."""
    corner = st.tuples(*(st.integers(0, size - 1) for size in shape))
    size = st.tuples(*(st.integers(1, 5) for _ in shape))

    def draw(boxes) -> np.ndarray:
        mask = np.zeros(shape, dtype=bool)
        for start, extent, value in boxes:
            mask[tuple(slice(a, a + n) for a, n in zip(start, extent, strict=True))] = value
        return mask

    return st.lists(st.tuples(corner, size, st.booleans()), max_size=6).map(draw)


def masks(dimensions: int) -> st.SearchStrategy[np.ndarray]:
    """Bool arrays of up to 9 voxels a side, of boxes or of single voxels."""
    shapes = hnp.array_shapes(min_dims=dimensions, max_dims=dimensions, min_side=1, max_side=9)
    return shapes.flatmap(lambda shape: _blocks(shape) | hnp.arrays(bool, shape))


volumes = masks(3)
spacings = st.tuples(*(st.sampled_from((0.5, 0.9, 1.0, 3.0, 6.5)) for _ in range(3)))
