"""Slices drawn between slices."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from masks import masks, spacings, volumes

from napari_brainseg.edit.interpolate import interpolate_edits, interpolate_slices
from napari_brainseg.errors import EditError

ONES = (1.0, 1.0, 1.0)


def disc(centre, radius, shape=(60, 60), spacing=(1.0, 1.0)) -> np.ndarray:
    y, x = np.indices(shape)
    away = ((y - centre[0]) * spacing[0]) ** 2 + ((x - centre[1]) * spacing[1]) ** 2
    return away <= radius**2


def stack(slices: dict[int, np.ndarray], count: int) -> np.ndarray:
    mask = np.zeros((count, *next(iter(slices.values())).shape), dtype=bool)
    for index, shape in slices.items():
        mask[index] = shape
    return mask


def test_a_cone_is_cut_halfway_at_the_middle_radius():
    mask = stack({0: disc((30, 30), 6), 4: disc((30, 30), 18)}, 5)
    filled = interpolate_slices(mask, [0, 4], ONES)
    for index, radius in ((1, 9), (2, 12), (3, 15)):
        difference = filled[index] ^ disc((30, 30), radius)
        assert difference.sum() < 0.1 * filled[index].sum()


def test_the_outline_moves_in_millimetres_where_pixels_are_not_square():
    shape, spacing = (30, 90), (3.0, 1.0)
    ends = {
        index: disc((15, 45), radius, shape, spacing) for index, radius in ((0, 12.0), (2, 36.0))
    }
    filled = interpolate_slices(stack(ends, 3), [0, 2], (5.0, *spacing))
    difference = filled[1] ^ disc((15, 45), 24.0, shape, spacing)
    assert difference.sum() < 0.06 * filled[1].sum()


def test_parts_that_do_not_overlap_but_are_near_move_over():
    mask = stack({0: disc((30, 20), 6), 2: disc((30, 38), 6)}, 3)
    (middle,) = interpolate_slices(mask, [0, 2], ONES)[1:2]
    assert (middle ^ disc((30, 29), 6)).sum() < 0.1 * middle.sum()


def test_parts_far_apart_are_not_linked():
    mask = stack({0: disc((8, 8), 4), 4: disc((50, 50), 4)}, 5)
    np.testing.assert_array_equal(interpolate_slices(mask, [0, 4], ONES), mask)


def test_each_of_several_parts_finds_its_own_partner():
    first = disc((15, 15), 6) | disc((45, 15), 4)
    last = disc((15, 19), 6) | disc((45, 24), 4)
    filled = interpolate_slices(stack({2: first, 4: last}, 6), [2, 4], ONES)
    expected = disc((15, 17), 6) | disc((45, 19.5), 4)
    assert (filled[3] ^ expected).sum() < 0.15 * expected.sum()
    assert filled.any(axis=(1, 2)).tolist() == [False, False, True, True, True, False]


def test_a_part_without_partner_ends_on_its_slice():
    both = disc((15, 15), 6) | disc((45, 45), 4)
    filled = interpolate_slices(stack({0: both, 2: disc((15, 15), 6)}, 3), [0, 2], ONES)
    np.testing.assert_array_equal(filled[1], disc((15, 15), 6))


def test_one_part_splits_in_two():
    left, right = disc((30, 18), 6), disc((30, 42), 6)
    filled = interpolate_slices(stack({0: left | right, 4: disc((30, 30), 16)}, 5), [0, 4], ONES)
    assert filled[1, 30, 18]
    assert filled[1, 30, 42]
    assert not filled[1, 30, 30]
    assert filled[3, 30, 30]


def test_what_lies_between_is_redrawn_but_what_lies_apart_stays():
    rough = disc((30, 30), 3) | disc((8, 8), 3)
    mask = stack({0: disc((30, 30), 10), 1: rough, 2: disc((30, 30), 10)}, 3)
    redrawn = interpolate_slices(mask, [0, 2], ONES)
    np.testing.assert_array_equal(redrawn[1], disc((30, 30), 10) | disc((8, 8), 3))


def test_an_empty_key_slice_is_a_wall():
    mask = stack({0: disc((30, 30), 9), 4: disc((30, 30), 9)}, 5)
    np.testing.assert_array_equal(interpolate_slices(mask, [0, 2, 4], ONES), mask)


@given(volumes, st.sets(st.integers(0, 8)), spacings)
def test_key_slices_and_all_beyond_them_stay(mask, keys, spacing):
    keys = sorted(key for key in keys if key < len(mask))
    result = interpolate_slices(mask, keys, spacing)
    between = [z for z in range(len(mask)) if keys and keys[0] < z < keys[-1] and z not in keys]
    rest = [z for z in range(len(mask)) if z not in between]
    np.testing.assert_array_equal(result[rest], mask[rest])


@given(masks(2), masks(2), st.integers(3, 7), spacings)
def test_between_a_shape_and_one_that_holds_it_lies_a_shape_between(a, b, count, spacing):
    shape = np.minimum(a.shape, b.shape)
    inner = a[: shape[0], : shape[1]]
    outer = inner | b[: shape[0], : shape[1]]
    mask = stack({0: inner, count - 1: outer}, count)
    result = interpolate_slices(mask, [0, count - 1], spacing)
    for lower, upper in pairwise(result[1:]):
        assert (lower <= upper).all()
    if inner.any():
        assert (result[1] <= outer).all()


@given(masks(2), st.integers(3, 6))
def test_between_two_equal_slices_lies_the_same(shape, count):
    mask = stack({0: shape, count - 1: shape}, count)
    np.testing.assert_array_equal(
        interpolate_slices(mask, [0, count - 1], ONES),
        stack(dict.fromkeys(range(count), shape), count),
    )


def test_edited_slices_come_first_and_gaps_where_there_are_none():
    before = np.zeros((7, 60, 60), dtype=bool)
    before[[0, 1, 2, 3, 4, 6]] = disc((30, 30), 8)
    mask = before.copy()
    mask[0] = mask[4] = disc((30, 30), 14)
    redrawn = interpolate_edits(mask, mask != before, ONES)
    assert redrawn[2].sum() == disc((30, 30), 14).sum()
    assert not redrawn[5].any()
    untouched = np.zeros_like(mask)
    filled = interpolate_edits(redrawn, untouched, ONES)
    assert filled[5].any()
    with pytest.raises(EditError, match="nothing to interpolate"):
        interpolate_edits(filled, untouched, ONES)


def test_only_the_part_that_was_edited_is_redrawn():
    before = np.zeros((5, 60, 60), dtype=bool)
    for z, radius in enumerate((6, 9, 7, 9, 6)):
        before[z] = disc((15, 15), radius) | disc((45, 45), radius)
    mask = before.copy()
    mask[[0, 4]] |= disc((15, 15), 11)
    redrawn = interpolate_edits(mask, mask != before, ONES)
    far = np.index_exp[:, 30:, 30:]
    np.testing.assert_array_equal(redrawn[far], before[far])
    np.testing.assert_array_equal(redrawn[2, :30, :30], disc((15, 15), 11)[:30, :30])


def test_cutting_a_part_back_counts_as_editing_it():
    before = np.zeros((3, 60, 60), dtype=bool)
    before[:] = disc((30, 30), 10)
    mask = before.copy()
    mask[[0, 2]] = disc((30, 30), 6)
    redrawn = interpolate_edits(mask, mask != before, ONES)
    np.testing.assert_array_equal(redrawn[1], disc((30, 30), 6))
