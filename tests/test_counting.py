"""Voxels are counted in little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from napari_brainseg.counting import count_voxels


@pytest.mark.parametrize("shape", [(9,), (4, 5), (3, 4, 5), (0, 4, 5)])
@pytest.mark.parametrize("kind", [np.uint8, np.int32])
def test_it_counts_as_bincount_does(shape: tuple[int, ...], kind: type) -> None:
    labels = np.random.default_rng(0).integers(0, 7, shape).astype(kind)
    expected = np.bincount(labels.ravel(), minlength=1)
    np.testing.assert_array_equal(count_voxels(labels), expected)


def test_it_takes_the_memory_of_a_slice() -> None:
    labels = np.ones((60, 128, 128), dtype=np.int32)
    tracemalloc.start()
    count_voxels(labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < labels.nbytes / 8
