"""Threshold, component filter and measures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_brainseg.bbox import bounding_box
from napari_brainseg.measure import measure_mask
from napari_brainseg.pipeline.postprocess import MaskRules, calibrated, label_map, mark
from napari_brainseg.scan import Scan, Source


def blobs() -> np.ndarray:
    probabilities = np.zeros((4, 20, 20), np.float32)
    probabilities[1:3, 2:12, 2:12] = 0.9
    probabilities[1, 15:17, 15:17] = 0.8
    return probabilities


def test_voxels_at_the_threshold_count() -> None:
    found = label_map(np.array([[[0.49, 0.5, 0.51]]]), 0.5, 0.0, value=3)
    assert found.tolist() == [[[0, 3, 3]]]
    assert found.dtype == np.uint8


def test_components_small_beside_the_largest_are_dropped() -> None:
    assert np.count_nonzero(label_map(blobs(), 0.5, 0.0, 1)) == 204
    assert np.count_nonzero(label_map(blobs(), 0.5, 0.05, 1)) == 200
    assert np.count_nonzero(label_map(blobs(), 0.5, 0.01, 1)) == 204


def test_nothing_found_stays_nothing() -> None:
    assert not label_map(np.zeros((2, 3, 4)), 0.5, 0.1, 1).any()


def test_half_precision_is_compared_as_the_numbers_it_holds() -> None:
    values = np.linspace(0, 1, 5001).astype(np.float16).reshape(1, 1, -1)
    for threshold in (0.01, 0.1, 0.3, 0.5, 0.7, 0.7001, 0.99):
        expected = values.astype(np.float64) >= threshold
        np.testing.assert_array_equal(mark(values, MaskRules(threshold)), expected)


def test_numbers_just_below_zero_are_not_marked() -> None:
    below = np.array([[[-0.0, -1e-7, -0.5, 0.5]]], dtype=np.float16)
    assert mark(below, MaskRules(0.5)).tolist() == [[[False, False, False, True]]]


@pytest.mark.parametrize("keep_fraction", [0.0, 0.05, 0.3])
def test_a_models_own_rules_are_threshold_and_share_of_the_largest(keep_fraction: float) -> None:
    """The definition by which models were chosen: masks must not change with the code."""
    smooth = ndimage.gaussian_filter(np.random.default_rng(1).random((12, 60, 60)), 1.5)
    probabilities = (smooth - smooth.min()) / np.ptp(smooth)
    components, _ = ndimage.label(probabilities >= 0.7, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    assert np.count_nonzero(sizes) > 5
    expected = (sizes >= max(1, keep_fraction * sizes.max()))[components]
    np.testing.assert_array_equal(label_map(probabilities, 0.7, keep_fraction, 1), expected)


def test_only_the_largest_are_kept_and_none_below_the_minimum() -> None:
    assert mark(blobs(), MaskRules(0.5, largest=1)).sum() == 200
    assert mark(blobs(), MaskRules(0.5, largest=2)).sum() == 204
    assert mark(blobs(), MaskRules(0.5, minimum=41.0), voxel_volume=10.0).sum() == 200
    assert mark(blobs(), MaskRules(0.5, minimum=40.0), voxel_volume=10.0).sum() == 204
    assert not mark(blobs(), MaskRules(0.5, minimum=1e9)).any()


def test_holes_closed_within_a_slice_are_filled() -> None:
    holed = blobs()
    holed[1:3, 5:8, 5:8] = 0
    assert mark(holed, MaskRules(0.5)).sum() == 204 - 18
    assert mark(holed, MaskRules(0.5, fill_holes=True)).sum() == 204


def test_holes_and_smoothing_are_those_of_scipy_also_at_the_edge_of_the_scan() -> None:
    smooth = ndimage.gaussian_filter(np.random.default_rng(3).random((6, 50, 40)), 1.5)
    found = smooth > np.median(smooth)
    probabilities = found.astype(np.float32)
    slices = np.stack([ndimage.binary_fill_holes(each) for each in found])
    assert slices.sum() > found.sum()
    np.testing.assert_array_equal(mark(probabilities, MaskRules(0.5, fill_holes=True)), slices)
    sigma = (2 / 3, 2.0, 1.0)
    blurred = ndimage.gaussian_filter(probabilities, sigma, mode="nearest")
    rounded = mark(probabilities, MaskRules(0.5, smooth=2.0), (3.0, 1.0, 2.0))
    sure = abs(blurred - 0.5) > 1e-5
    np.testing.assert_array_equal(rounded[sure], blurred[sure] >= 0.5)


def test_smoothing_is_in_mm_and_rounds_corners_without_moving_the_middle() -> None:
    cube = np.zeros((1, 40, 40), np.float32)
    cube[:, 10:30, 10:30] = 1
    rounded = mark(cube, MaskRules(0.5, smooth=2.0), spacing=(5.0, 1.0, 1.0))
    assert not rounded[0, 10, 10]
    assert rounded[0, 20, 11]
    finer = mark(cube, MaskRules(0.5, smooth=2.0), spacing=(5.0, 0.5, 0.5))
    assert finer.sum() < rounded.sum()


def test_smoothing_moves_no_straight_edge_at_any_threshold_nor_at_the_edge_of_the_scan() -> None:
    plane = np.zeros((20, 40, 40), bool)
    plane[:, :20] = True
    probabilities = np.where(plane, np.float32(0.95), np.float32(0))
    probabilities[10, 25, 20] = 0.95  # a lone voxel
    probabilities[:, 20, 30] = 0.95  # a thorn
    for threshold in (0.1, 0.9):
        np.testing.assert_array_equal(mark(probabilities, MaskRules(threshold, smooth=2.0)), plane)


def test_across_thick_slices_the_same_mm_smooth_less() -> None:
    slab = np.zeros((5, 12, 12), np.float32)
    slab[2] = 1
    assert not mark(slab, MaskRules(0.5, smooth=2.0)).any()
    np.testing.assert_array_equal(mark(slab, MaskRules(0.5, smooth=2.0), (20.0, 1.0, 1.0)), slab)


def test_work_within_a_box_gives_the_mask_of_the_whole() -> None:
    smooth = ndimage.gaussian_filter(np.random.default_rng(2).random((10, 40, 40)), 2)
    probabilities = np.zeros((30, 80, 90))
    probabilities[8:18, 20:60, 30:70] = (smooth - smooth.min()) / np.ptp(smooth)
    rules = MaskRules(0.6, 1.5, True, 0.02, 4, 3.0)
    whole = mark(probabilities, rules, (2.0, 1.0, 1.0), 2.0)
    box = bounding_box(probabilities >= 0.3, 1)
    assert box is not None
    np.testing.assert_array_equal(mark(probabilities[box], rules, (2.0, 1.0, 1.0), 2.0), whole[box])
    assert whole.sum() == whole[box].sum() > 0


def test_a_lone_voxel_that_is_smoothed_away_leaves_an_empty_mask() -> None:
    lone = np.zeros((5, 5, 5), np.float16)
    lone[2, 2, 2] = 1
    assert not mark(lone, MaskRules(0.5, 1.0, True, 0.1, 2, 5.0)).any()


def test_the_box_has_a_margin_but_ends_with_the_scan() -> None:
    found = np.zeros((5, 6, 7), bool)
    assert bounding_box(found, 1) is None
    found[0, 2, 3] = found[1, 4, 6] = True
    assert bounding_box(found, 1) == (slice(0, 3), slice(1, 6), slice(2, 7))


def scan_of(units: str) -> Scan:
    affine = np.diag([-2.0, -2.0, 5.0, 1.0])
    return Scan(np.zeros((1, 4, 20, 20)), affine, ("FLAIR",), Source("s"), units)  # type: ignore[arg-type]


def test_volume_centroid_and_lesions() -> None:
    measures = measure_mask(label_map(blobs(), 0.5, 0.05, 1), scan_of("mm"))
    assert (measures.voxels, measures.lesions) == (200, 1)
    assert measures.volume_ml == pytest.approx(200 * 20 / 1000)
    assert measures.centroid_mm == pytest.approx((-13.0, -13.0, 7.5))


def test_without_spacing_there_are_no_millilitres() -> None:
    measures = measure_mask(blobs() > 0.5, scan_of("pixel"))
    assert measures.volume_ml is None
    assert measures.centroid_mm is None
    assert measures.lesions == 2


def test_a_temperature_divides_the_logits() -> None:
    logits = np.linspace(-8, 8, 33)
    expected = 1 / (1 + np.exp(-logits / 1.7))
    assert np.allclose(calibrated(1 / (1 + np.exp(-logits)), 1.7), expected, atol=1e-6)


@pytest.mark.parametrize("temperature", [0.05, 1.0, 20.0])
def test_certainty_and_doubt_stay_at_any_temperature(temperature: float) -> None:
    stored = np.array([0, 0.5, 1], dtype=np.float16)
    assert calibrated(stored, temperature).tolist() == [0, 0.5, 1]
