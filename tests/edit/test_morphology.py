"""Growing, shrinking, smoothing and filling, in millimetres."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from masks import masks, spacings, volumes

from napari_brainseg.edit.morphology import (
    count_holes,
    fill_holes,
    grow,
    shrink,
    smooth,
    smooth_under,
)

distances = st.sampled_from((0.4, 1.0, 1.8, 5.0))


def ball(shape, centre, radius, spacing) -> np.ndarray:
    grid = np.ogrid[tuple(slice(size) for size in shape)]
    return (
        sum(((a - c) * s) ** 2 for a, c, s in zip(grid, centre, spacing, strict=True)) <= radius**2
    )


def test_a_point_grows_to_a_ball_in_millimetres_not_in_voxels():
    point = np.zeros((9, 21, 21), dtype=bool)
    point[4, 10, 10] = True
    grown = grow(point, 6.0, (5.0, 1.0, 2.0))
    np.testing.assert_array_equal(grown, ball(point.shape, (4, 10, 10), 6.0, (5.0, 1.0, 2.0)))
    assert [int(grown[4].any(axis=axis).sum()) for axis in (1, 0)] == [13, 7]


def test_growing_less_than_the_slice_distance_stays_in_its_slices():
    mask = np.zeros((5, 11, 11), dtype=bool)
    mask[2, 5, 5] = True
    grown = grow(mask, 2.0, (5.0, 1.0, 1.0))
    assert grown.any(axis=(1, 2)).tolist() == [False, False, True, False, False]
    assert grown[2].sum() == 13


def test_a_voxel_exactly_at_the_distance_counts_in_spite_of_rounding():
    mask = np.zeros((1, 9), dtype=bool)
    mask[0, 0] = True
    assert grow(mask, 0.3, (0.1, 0.1))[0].sum() == 4


def test_shrinking_takes_the_same_depth_on_every_side():
    mask = np.zeros((11, 21, 21), dtype=bool)
    mask[2:9, 3:18, 3:18] = True
    left = shrink(mask, 4.0, (3.0, 1.0, 2.0))
    expected = np.zeros_like(mask)
    expected[3:8, 7:14, 5:16] = True
    np.testing.assert_array_equal(left, expected)


def test_a_mask_that_runs_out_of_the_scan_does_not_shrink_from_there():
    mask = np.zeros((8, 8), dtype=bool)
    mask[:, :4] = True
    np.testing.assert_array_equal(shrink(mask, 1.0, (1.0, 1.0)), np.indices((8, 8))[1] < 3)
    assert shrink(np.ones((3, 4, 4), dtype=bool), 2.0, (1.0, 1.0, 1.0)).all()


@given(volumes, spacings, distances)
def test_growing_and_shrinking_back_loses_nothing(mask, spacing, distance):
    closed = shrink(grow(mask, distance, spacing), distance, spacing)
    assert (closed >= mask).all()


@given(volumes, spacings, distances)
def test_shrinking_and_growing_back_adds_nothing(mask, spacing, distance):
    opened = grow(shrink(mask, distance, spacing), distance, spacing)
    assert (opened <= mask).all()


@given(masks(2), distances)
def test_growing_a_slice_equals_growing_it_in_a_volume_of_thick_slices(mask, distance):
    alone = grow(mask, distance, (1.0, 1.0))
    np.testing.assert_array_equal(alone, grow(mask[None], distance, (9.0, 1.0, 1.0))[0])


def test_smoothing_rounds_a_corner_and_keeps_the_volume():
    mask = np.zeros((9, 30, 30), dtype=bool)
    mask[2:7, 8:22, 8:22] = True
    rounded = smooth(mask, 2.0, (2.0, 1.0, 1.0))
    assert not rounded[2, 8, 8]
    assert rounded[4, 15, 15]
    # Equal values come in the eight corners of the symmetric box.
    assert abs(int(rounded.sum()) - int(mask.sum())) < 32


def test_smoothing_removes_the_jags_of_an_outline():
    rng = np.random.default_rng(0)
    mask = np.zeros((20, 60, 60), dtype=bool)
    mask[5:15, 20:40, 20:40] = True
    rind = grow(mask, 2.0, (5.0, 1.0, 1.0)) & ~shrink(mask, 2.0, (5.0, 1.0, 1.0))
    rough = mask ^ (rind & (rng.random(mask.shape) < 0.2))
    tidy = smooth(rough, 2.0, (5.0, 1.0, 1.0))
    assert (tidy ^ mask).sum() < 0.5 * (rough ^ mask).sum()


def test_smoothing_leaves_each_part_its_volume():
    mask = np.zeros((60, 60), dtype=bool)
    mask[5:35, 5:35] = mask[50:52, 50:53] = True
    smoothed = smooth(mask, 2.0, (1.0, 1.0))
    assert smoothed[:45, :45].sum() == pytest.approx(900, rel=0.03)
    assert smoothed[45:, 45:].sum() == 6


@given(volumes, spacings)
def test_smoothing_never_loses_a_mask(mask, spacing):
    assert smooth(mask, 1.0, spacing).any() == mask.any()


@given(volumes, spacings)
def test_smoothing_by_next_to_nothing_changes_nothing(mask, spacing):
    np.testing.assert_array_equal(smooth(mask, 1e-3, spacing), mask)


def test_a_ring_is_a_hole_in_a_slice_but_only_a_shell_is_one_in_a_volume():
    tube = np.zeros((5, 9, 9), dtype=bool)
    tube[1:4, 2:7, 2:7] = True
    tube[1:4, 4, 4] = False
    assert fill_holes(tube[2])[4, 4]
    np.testing.assert_array_equal(fill_holes(tube), tube)
    tube[[1, 3], 4, 4] = True
    assert fill_holes(tube)[2, 4, 4]


@pytest.mark.parametrize("tool", [grow, shrink, smooth])
def test_an_empty_mask_stays_empty(tool):
    assert not tool(np.zeros((3, 4, 5), dtype=bool), 2.0, (1.0, 1.0, 1.0)).any()


def test_holes_are_counted_as_they_are_filled():
    labels = np.zeros((12, 14), dtype=np.uint8)
    assert count_holes(labels, 1) == 0
    labels[2:10, 2:12] = 1
    assert count_holes(labels, 1) == 0
    labels[4, 4] = labels[6:8, 8] = labels[2, 5] = 0
    assert count_holes(labels, 1) == 2
    assert count_holes(fill_holes(labels == 1).astype(np.uint8), 1) == 0


def test_what_another_label_covers_is_no_hole():
    labels = np.zeros((12, 14), dtype=np.uint8)
    labels[2:10, 2:12] = 1
    labels[4:8, 4:8] = 2
    assert count_holes(labels, 1) == 0
    labels[5, 3] = 0
    assert count_holes(labels, 1) == 1
    assert count_holes(labels, 2) == 0


def test_a_smoothing_brush_changes_only_what_is_under_it():
    mask = np.zeros((30, 30), dtype=bool)
    mask[10:20, 10:20] = True
    mask[14, 20:25] = mask[9, 12] = True
    where = np.zeros_like(mask)
    where[11:18, 18:27] = True
    smoothed = smooth_under(mask, where, 2.0, (1.0, 1.0))
    assert not smoothed[14, 22:].any()
    np.testing.assert_array_equal(smoothed[~where], mask[~where])
    assert smoothed[9, 12]
