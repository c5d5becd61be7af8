"""Growing, shrinking, smoothing, filling, components."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_brainseg import edit

MASKS = arrays(bool, st.tuples(*(st.integers(1, 6),) * 3))
SPACING = (5.0, 1.0, 0.5)


def dot() -> np.ndarray:
    found = np.zeros((5, 21, 21), bool)
    found[2, 10, 10] = True
    return found


def test_growth_is_in_mm_whatever_the_spacing() -> None:
    grown = edit.grow(dot(), SPACING, 5.0)
    z, y, x = (np.flatnonzero(grown.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1)))
    assert (z[0], z[-1]) == (1, 3)
    assert (y[0], y[-1]) == (5, 15)
    assert (x[0], x[-1]) == (0, 20)


def test_one_slice_alone_does_not_reach_beyond_itself() -> None:
    assert edit.grow(dot()[2:3], SPACING, 2.0).shape == (1, 21, 21)
    assert edit.shrink(np.ones((1, 5, 5), bool), SPACING, 1.0).all()
    block = np.zeros((1, 9, 9), bool)
    block[:, 2:7, 2:7] = True
    assert edit.shrink(block, (5.0, 1.0, 1.0), 1.0).sum() == 9


@given(MASKS, st.floats(0.5, 6.0))
def test_growing_and_shrinking_back_loses_nothing(found: np.ndarray, distance: float) -> None:
    before = found.copy()
    grown = edit.grow(found, SPACING, distance)
    assert (grown >= found).all()
    assert (edit.shrink(grown, SPACING, distance) >= found).all()
    assert (edit.shrink(found, SPACING, distance) <= found).all()
    np.testing.assert_array_equal(found, before)


def test_smoothing_keeps_the_volume_and_rounds() -> None:
    block = np.zeros((5, 30, 30), bool)
    block[1:4, 8:22, 8:22] = True
    block[2, 3, 15] = True  # a spike
    smoothed = edit.smooth(block, (3.0, 1.0, 1.0), 2.0)
    assert smoothed.sum() == pytest.approx(block.sum(), rel=0.03)
    assert not smoothed[2, 3, 15]
    assert not smoothed[1, 8, 8]


def test_holes_are_filled_in_the_slice_or_only_if_closed_on_all_sides() -> None:
    tube = np.zeros((5, 9, 9), bool)
    tube[:, 2:7, 2:7] = True
    tube[:, 4, 4] = False
    assert edit.fill_holes(tube, flat=True).sum() == 5 * 25
    np.testing.assert_array_equal(edit.fill_holes(tube, flat=False), tube)
    tube[[0, 4], 4, 4] = True
    assert edit.fill_holes(tube, flat=False).sum() == 5 * 25


def islands() -> np.ndarray:
    found = np.zeros((4, 20, 20), bool)
    found[1:3, 2:8, 2:8] = True
    found[1, 15, 15] = True
    found[2, 16, 16] = True  # touches by a corner only
    found[3, 0, 19] = True
    return found


def test_islands_go_by_their_size() -> None:
    assert edit.remove_islands(islands(), 2).sum() == 74
    assert edit.remove_islands(islands(), 3).sum() == 72
    assert edit.remove_islands(islands(), 1).sum() == 75


def test_one_component_is_kept() -> None:
    assert edit.keep_component(islands(), (1, 15, 15)).sum() == 2
    with pytest.raises(ValueError, match="no component"):
        edit.keep_component(islands(), (0, 0, 0))


def test_nothing_stays_nothing() -> None:
    nothing = np.zeros((3, 4, 5), bool)
    for change in (
        edit.grow(nothing, SPACING, 3),
        edit.shrink(nothing, SPACING, 3),
        edit.smooth(nothing, SPACING, 3),
        edit.fill_holes(nothing, flat=True),
        edit.remove_islands(nothing, 3),
    ):
        assert not change.any()
