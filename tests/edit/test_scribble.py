"""Strokes inside and outside, and the mask that follows them."""

from __future__ import annotations

import numpy as np
import pytest

from napari_brainseg.edit.scribble import INSIDE, MOST, OUTSIDE, follow_strokes
from napari_brainseg.errors import EditError

SPACING = (5.0, 1.0, 1.0)


def ball(shape, centre, radius, spacing) -> np.ndarray:
    grid = np.ogrid[tuple(slice(size) for size in shape)]
    away = sum(((a - c) * step) ** 2 for a, c, step in zip(grid, centre, spacing, strict=True))
    return away <= radius**2


def scan_of(truth: np.ndarray) -> np.ndarray:
    """Make a noisy scan, brighter where the truth is."""
    noise = np.random.default_rng(0).normal(100.0, 12.0, truth.shape)
    return np.float32(noise + 60.0 * truth)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2 * (one & other).sum() / (one.sum() + other.sum())


@pytest.fixture(scope="module")
def volume():
    """Give a ball of 14 mm in slices of 5 mm, and strokes on two of its slices."""
    shape, centre = (16, 72, 72), (8, 36, 34)
    truth = ball(shape, centre, 14.0, SPACING)
    strokes = np.zeros(shape, dtype=np.uint8)
    for at in (7, 9):
        strokes[at, 36, 30:39] = INSIDE
        strokes[at, 16, 20:50] = strokes[at, 56, 20:50] = OUTSIDE
    return truth, scan_of(truth), strokes


def test_a_line_inside_and_one_outside_draw_a_slice(volume):
    truth, scan, strokes = (array[7] for array in volume)
    none = np.zeros(truth.shape, dtype=bool)
    mask = follow_strokes(none, strokes, scan, SPACING[1:])
    assert dice(mask, truth) > 0.95
    assert mask[strokes == INSIDE].all()
    assert not mask[strokes == OUTSIDE].any()


def test_strokes_on_two_slices_draw_those_between_and_beyond(volume):
    truth, scan, strokes = volume
    mask = follow_strokes(np.zeros(truth.shape, dtype=bool), strokes, scan, SPACING)
    assert mask.any(axis=(1, 2)).tolist() == truth.any(axis=(1, 2)).tolist()
    assert dice(mask, truth) > 0.93


def test_it_works_in_millimetres(volume):
    """The same grid with its slices farther apart: the strokes reach fewer of them."""
    truth, scan, strokes = volume
    none = np.zeros(truth.shape, dtype=bool)
    bright = np.broadcast_to(scan[8], truth.shape)
    near, far = (follow_strokes(none, strokes, bright, (step, 1.0, 1.0)) for step in (2.0, 12.0))
    assert near.any(axis=(1, 2)).sum() > far.any(axis=(1, 2)).sum() >= 3


def test_a_larger_box_is_solved_from_coarse_to_fine():
    spacing = (1.0, 1.0, 1.0)
    truth = ball((64, 96, 96), (32, 48, 48), 22.0, spacing)
    strokes = np.zeros(truth.shape, dtype=np.uint8)
    strokes[32, 48, 40:56] = INSIDE
    strokes[32, 20, 20:76] = strokes[32, 76, 20:76] = OUTSIDE
    strokes[6, 48, 40:56] = strokes[58, 48, 40:56] = OUTSIDE
    assert truth.size > MOST
    mask = follow_strokes(np.zeros(truth.shape, dtype=bool), strokes, scan_of(truth), spacing)
    assert dice(mask, truth) > 0.97
    assert mask[strokes == INSIDE].all()
    assert not mask[strokes == OUTSIDE].any()


def test_what_is_far_from_the_strokes_stays(volume):
    truth, scan, strokes = (array[7] for array in volume)
    before = np.zeros(truth.shape, dtype=bool)
    before[:3, 60:] = before[68:, :5] = True
    near = np.zeros_like(strokes)
    near[30:40, 30:38] = strokes[30:40, 30:38]
    mask = follow_strokes(before, near, scan, SPACING[1:])
    np.testing.assert_array_equal(mask[:3], before[:3])
    np.testing.assert_array_equal(mask[68:], before[68:])


def test_a_stroke_outside_alone_cuts_off_a_leak(volume):
    truth, scan, _ = (array[7] for array in volume)
    leaking = truth | ball(truth.shape, (36, 56), 7.0, (1.0, 1.0))
    strokes = np.zeros(truth.shape, dtype=np.uint8)
    strokes[30:43, 56] = OUTSIDE
    mask = follow_strokes(leaking, strokes, scan, SPACING[1:])
    assert dice(mask, truth) > dice(leaking, truth) + 0.05


def test_an_opinion_of_a_model_counts_where_intensities_say_nothing(volume):
    truth, _, strokes = (array[7] for array in volume)
    flat = np.full(truth.shape, 100.0, dtype=np.float32)
    none = np.zeros(truth.shape, dtype=bool)
    alone = follow_strokes(none, strokes, flat, SPACING[1:])
    told = follow_strokes(none, strokes, flat, SPACING[1:], np.where(truth, 0.9, 0.1))
    assert dice(told, truth) > 0.94 > dice(alone, truth)


@pytest.mark.parametrize("kinds", [(), (INSIDE,), (OUTSIDE,)], ids=["none", "inside", "outside"])
def test_what_is_missing_is_told(kinds):
    strokes = np.zeros((12, 12), dtype=np.uint8)
    for kind in kinds:
        strokes[kind, 2:5] = kind
    # The box reaches all of the slice, so nothing beyond its border says what is outside.
    missing = {(): "Nothing is drawn here", (INSIDE,): "outside", (OUTSIDE,): "inside"}[kinds]
    with pytest.raises(EditError, match=missing):
        follow_strokes(np.zeros((12, 12), dtype=bool), strokes, np.eye(12), (1.0, 1.0))


def test_it_can_be_cancelled(volume):
    truth, scan, strokes = volume
    none = np.zeros(truth.shape, dtype=bool)
    with pytest.raises(EditError, match="Cancelled"):
        follow_strokes(none, strokes, scan, SPACING, cancelled=lambda: True)
