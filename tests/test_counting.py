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


class Painted(np.ndarray):
    """Is painted on, with a label of its own, between two of its slices."""

    def __iter__(self):
        for index in range(len(self)):
            yield np.asarray(self)[index]
            self[index + 1 :, 0] = 9


@pytest.mark.parametrize("kind", [np.uint8, np.int64])
def test_it_goes_on_while_somebody_paints(kind: type) -> None:
    labels = np.ones((3, 4, 5), dtype=kind).view(Painted)
    counts = count_voxels(labels)
    assert (counts[1], counts[9], len(counts)) == (50, 10, 10)
