"""Shapes between slices, copies of one, and what an edit must leave alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_brainseg import edit

MASKS = arrays(bool, st.tuples(st.integers(3, 7), st.integers(1, 6), st.integers(1, 6)))


def disc(radius: float, x: float = 20.0, y: float = 20.0) -> np.ndarray:
    rows, columns = np.indices((40, 60))
    return np.hypot(rows - y, columns - x) <= radius


def stack(low: np.ndarray, high: np.ndarray, count: int = 5) -> np.ndarray:
    found = np.zeros((count, *low.shape), bool)
    found[0], found[-1] = low, high
    return found


def test_between_two_discs_lie_discs_of_radii_between() -> None:
    made = edit.interpolate(stack(disc(4), disc(12)), [0, 4], (1.0, 1.0))
    radii = np.sqrt(made.sum(axis=(1, 2)) / np.pi)
    assert radii == pytest.approx([4, 6, 8, 10, 12], abs=0.4)


def test_discs_that_do_not_overlap_are_joined_along_the_way() -> None:
    made = edit.interpolate(stack(disc(5, x=10), disc(5, x=50)), [0, 4], (1.0, 1.0))
    centres = [np.flatnonzero(plane.any(axis=0)).mean() for plane in made]
    assert centres == pytest.approx([10, 20, 30, 40, 50], abs=1)
    assert made.sum(axis=(1, 2)).min() > 0.7 * made[0].sum()


def test_towards_an_empty_slice_a_shape_dwindles() -> None:
    made = edit.interpolate(stack(disc(12), np.zeros((40, 60), bool)), [0, 4], (1.0, 1.0))
    areas = made.sum(axis=(1, 2))
    assert (np.diff(areas) < 0).all()
    assert areas[3] > 0


def test_spacing_in_plane_is_heeded() -> None:
    low, high = np.zeros((1, 40), bool), np.zeros((1, 40), bool)
    low[0, 10:14], high[0, 10:30] = True, True
    made = edit.interpolate(stack(low, high, 3), [0, 2], (9.0, 0.5))
    assert 10 <= made[1].sum() <= 14


@given(MASKS, st.data())
def test_the_given_slices_and_those_outside_stay(found: np.ndarray, data: st.DataObject) -> None:
    slices = sorted(
        data.draw(st.sets(st.integers(0, len(found) - 1), min_size=2, max_size=len(found)))
    )
    made = edit.interpolate(found, slices, (1.0, 1.0))
    kept = [*slices, *range(slices[0]), *range(slices[-1], len(found))]
    np.testing.assert_array_equal(made[kept], found[kept])


def test_a_slice_is_copied_over_another() -> None:
    found = stack(disc(4), disc(12))
    made = edit.copy_slice(found, 0, 1)
    np.testing.assert_array_equal(made[1], found[0])
    assert not found[1].any()


LABELS = np.array([[[0, 1, 2, 3, 1]]], np.uint8)
WANTED = np.array([[[True, True, True, False, False]]])


def test_other_labels_are_kept_or_given_up() -> None:
    kept = edit.written(LABELS, 1, WANTED, edit.Protection(others=True))
    assert kept.tolist() == [[[1, 1, 2, 3, 0]]]
    taken = edit.written(LABELS, 1, WANTED, edit.Protection(others=False))
    assert taken.tolist() == [[[1, 1, 1, 3, 0]]]


def test_outside_the_range_of_intensities_nothing_changes() -> None:
    image = np.array([[[10.0, 0.0, 10.0, 0.0, 99.0]]])
    limits = edit.Protection(others=False, image=image, range=(5.0, 50.0))
    assert edit.written(LABELS, 1, WANTED, limits).tolist() == [[[1, 1, 1, 3, 1]]]
