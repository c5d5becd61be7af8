"""What a tool may change, and the small tools."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from masks import volumes

from napari_brainseg.bbox import bounding_box, within_box
from napari_brainseg.edit.combine import combine_masks
from napari_brainseg.edit.propagate import copy_slice
from napari_brainseg.edit.protect import IntensityRange, Protection, merge, relabel, turn_into
from napari_brainseg.edit.slicing import Slicing
from napari_brainseg.errors import EditError


def after(labels, mask, label=1, **protection) -> np.ndarray:
    edit = relabel(labels, mask, label, Protection(**protection))
    result = labels.copy()
    result[edit.box] = edit.values
    assert result.dtype == labels.dtype
    return result


LABELS = np.array([[0, 1, 2, 3]], dtype=np.uint8)
ALL = np.ones((1, 4), dtype=bool)


def test_by_default_only_the_background_is_taken():
    assert after(LABELS, ALL).tolist() == [[1, 1, 2, 3]]
    assert after(LABELS, ~ALL).tolist() == [[0, 0, 2, 3]]


def test_others_are_overwritten_on_request_but_not_locked_ones():
    assert after(LABELS, ALL, overwrite=True).tolist() == [[1, 1, 1, 1]]
    assert after(LABELS, ALL, overwrite=True, locked=frozenset({3})).tolist() == [[1, 1, 1, 3]]


def test_a_locked_label_gains_and_loses_nothing_itself():
    locked = frozenset({1})
    for mask in (ALL, ~ALL):
        np.testing.assert_array_equal(after(LABELS, mask, locked=locked), LABELS)


def test_nothing_changes_outside_the_range_of_intensities():
    labels = np.array([[0, 0, 0, 1, 1, 1]], dtype=np.int32)
    scan = np.array([[9, 10, 11, 9, 10, 11.5]])
    mask = labels == 0
    within = IntensityRange(10, 11, scan)
    assert after(labels, mask, within=within).tolist() == [[0, 1, 1, 1, 0, 1]]


def test_limits_are_looked_up_at_the_place_of_the_box():
    labels = np.zeros((4, 5), dtype=np.uint8)
    mask = np.zeros((4, 5), dtype=bool)
    mask[2:4, 3:5] = True
    scan = np.arange(20).reshape(4, 5)
    result = after(labels, mask, within=IntensityRange(14, 18, scan))
    assert np.argwhere(result).tolist() == [[2, 4], [3, 3]]


def test_a_label_map_is_merged_among_the_labels_it_speaks_of():
    labels = np.array([[1, 2, 5, 0]], dtype=np.uint8)
    wanted = np.array([[2, 0, 1, 1]], dtype=np.uint8)
    edit = merge(labels, wanted, (1, 2), Protection())
    assert edit.values.tolist() == [[2, 0, 5, 1]]


@given(
    hnp.arrays(np.uint8, (3, 4, 5), elements=st.integers(0, 4)),
    hnp.arrays(bool, (3, 4, 5)),
    st.sets(st.integers(0, 4)),
    st.booleans(),
)
def test_locked_labels_never_change(labels, mask, locked, overwrite):
    result = after(labels, mask, 2, locked=frozenset(locked), overwrite=overwrite)
    for label in locked:
        np.testing.assert_array_equal(result == label, labels == label)
    if not overwrite:
        others = ~np.isin(labels, (0, 2))
        np.testing.assert_array_equal(result[others], labels[others])


def test_copying_replaces_the_neighbour_and_stops_at_the_ends():
    mask = np.zeros((3, 4, 4), dtype=bool)
    mask[1, 1:3, 1:3] = True
    mask[2, 0, 0] = True
    copied = copy_slice(mask, 1, 1)
    np.testing.assert_array_equal(copied[2], mask[1])
    assert not copied[0].any()
    np.testing.assert_array_equal(copy_slice(mask, 1, -1)[0], mask[1])
    with pytest.raises(EditError, match="Slice 2 is the last"):
        copy_slice(mask, 2, 1)
    with pytest.raises(EditError, match="nothing to copy"):
        copy_slice(mask, 0, 1)


@pytest.mark.parametrize(
    ("how", "expected"),
    [("add", [0, 1, 1, 1]), ("subtract", [0, 0, 1, 0]), ("intersect", [0, 0, 0, 1])],
)
def test_masks_are_combined(how, expected):
    mask, other = np.array([0, 0, 1, 1], dtype=bool), np.array([0, 1, 0, 1], dtype=bool)
    assert combine_masks(mask, other, how).astype(int).tolist() == expected


@given(volumes, st.integers(0, 3))
def test_a_box_holds_all_and_no_row_too_many(mask, margin):
    box = bounding_box(mask, margin)
    if box is None:
        assert not mask.any()
        return
    assert mask[box].sum() == mask.sum()
    tight = bounding_box(mask)
    for axis, side in enumerate(tight):
        for edge in (side.start, side.stop - 1):
            assert mask.take(edge, axis).any()
        assert box[axis] == slice(
            max(0, side.start - margin), min(mask.shape[axis], side.stop + margin)
        )
    np.testing.assert_array_equal(within_box(mask, margin, lambda part: part), mask)


@given(st.integers(0, 2), st.none() | st.integers(0, 2))
def test_places_in_a_slicing_lead_back_to_the_array(axis, index):
    array = np.arange(3 * 4 * 5).reshape(3, 4, 5)
    slicing = Slicing(axis, index)
    seen = slicing.take(array)
    places = slicing.places(np.nonzero(np.ones_like(seen)))
    np.testing.assert_array_equal(array[places], seen.ravel())
    steps = slicing.spacing((7.0, 8.0, 9.0))
    expected = slicing.take(np.indices((3, 4, 5))[axis]).shape
    assert len(steps) == len(expected)
    place = tuple(int(values[0]) for values in places)
    assert seen[slicing.point(place)] == array[place]


def test_spacing_follows_the_axes():
    assert Slicing(1).spacing((7.0, 8.0, 9.0)) == (8.0, 7.0, 9.0)
    assert Slicing(1, 0).spacing((7.0, 8.0, 9.0)) == (7.0, 9.0)


def test_a_protection_of_a_part_has_the_intensities_of_that_part() -> None:
    scan = np.arange(24).reshape(2, 3, 4)
    whole = Protection(frozenset({2}), within=IntensityRange(0, 9, scan))
    part = whole.on(lambda volume: volume[1])
    assert part.within is not None
    assert np.array_equal(part.within.intensities, scan[1])
    assert (part.locked, part.within.high) == (whole.locked, 9)
    assert Protection().on(lambda volume: volume[1]).within is None


def test_a_label_turns_into_another_unless_one_of_both_is_locked():
    labels = np.array([[0, 1, 2], [2, 3, 1]], dtype=np.uint8)
    for other in (0, 3):
        edit = turn_into(labels, 2, other, frozenset({1}))
        turned = labels.copy()
        turned[edit.box] = edit.values
        np.testing.assert_array_equal(turned, np.where(labels == 2, other, labels))
        held = turn_into(labels, 2, other, frozenset({2}))
        np.testing.assert_array_equal(held.values, labels[held.box])
    held = turn_into(labels, 2, 3, frozenset({3}))
    np.testing.assert_array_equal(held.values, labels[held.box])
