"""Marking and cutting by an outline."""

from __future__ import annotations

import numpy as np
import pytest

from napari_brainseg.edit.outline import cut_along, within_outline

SQUARE = np.array([(1.5, 2.5), (1.5, 6.5), (5.5, 6.5), (5.5, 2.5)])


def test_voxels_count_by_their_centres():
    inside = within_outline(SQUARE, (8, 9))
    expected = np.zeros((8, 9), dtype=bool)
    expected[2:6, 3:7] = True
    np.testing.assert_array_equal(inside, expected)


def test_an_outline_may_reach_beyond_the_slice():
    assert within_outline(SQUARE * 10 - 30, (8, 9)).all()


@pytest.mark.parametrize("depth", [None, 3], ids=["slice", "volume"])
def test_marking_erasing_and_keeping_share_a_mask_out(depth):
    shape = (8, 9) if depth is None else (depth, 8, 9)
    mask = np.random.default_rng(0).random(shape) < 0.5
    inside = within_outline(SQUARE, (8, 9))
    marked, erased, kept = (cut_along(mask, inside, how) for how in ("mark", "erase", "keep"))
    np.testing.assert_array_equal(marked, mask | inside)
    np.testing.assert_array_equal(erased | kept, mask)
    assert not (erased & kept).any()
    assert not (erased & inside).any()
