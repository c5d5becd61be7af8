"""Two masks compared: by hand, by their definitions, and against MONAI and scikit-image."""

from __future__ import annotations

from math import isclose

import numpy as np
import pytest
import torch
from contracts.geometry import GEOMETRIES
from hypothesis import given
from hypothesis.extra.numpy import arrays
from monai import metrics
from skimage.metrics import hausdorff_distance

from napari_brainseg.measure.metrics import (
    changed_voxels,
    compare_masks,
    overlap,
    surface_agreement,
)
from napari_brainseg.scan import Scan, Source

SPACING = (5.0, 0.9, 0.8)

masks = arrays(np.bool_, (3, 5, 4))


def ball(center: tuple[int, int, int], radius: float) -> np.ndarray:
    z, y, x = np.ogrid[:12, :40, :40]
    squares = sum((axis - c) ** 2 for axis, c in zip((z, y, x), center, strict=True))
    return squares <= radius**2


def scan_on(linear: np.ndarray, units: str = "mm") -> Scan:
    affine = np.eye(4)
    affine[:3, :3] = linear
    data = np.zeros((1, 12, 40, 40), np.int16)
    return Scan(data, affine, ("FLAIR",), Source("s"), units)  # type: ignore[arg-type]


@given(masks, masks)
def test_dice_follows_from_iou(mask: np.ndarray, reference: np.ndarray) -> None:
    found = overlap(mask, reference)
    assert found.dice == pytest.approx(2 * found.iou / (1 + found.iou))
    assert found.tp + found.fp + found.fn + found.tn == mask.size
    assert found.accuracy == pytest.approx((mask == reference).mean())


def test_counts_by_hand() -> None:
    found = overlap(np.array([1, 1, 1, 0, 0]), np.array([1, 0, 0, 1, 0]))
    assert (found.tp, found.fp, found.fn, found.tn) == (1, 2, 1, 1)
    assert found.dice == pytest.approx(0.4)
    assert found.precision == pytest.approx(1 / 3)
    assert found.sensitivity == pytest.approx(0.5)


def test_empty_masks_overlap_as_the_policy_says() -> None:
    nothing, something = np.zeros(4), np.array([0, 1, 0, 0])
    assert overlap(nothing, nothing).dice == 1.0
    assert overlap(something, nothing).dice == 0.0
    missed = overlap(nothing, something)
    assert (missed.dice, missed.precision, missed.sensitivity) == (0.0, 0.0, 0.0)


def test_masks_of_two_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        overlap(np.zeros(3), np.zeros(4))


def test_equal_masks_agree() -> None:
    mask = ball((6, 20, 20), 5)
    result = surface_agreement(mask, mask, SPACING, 0.0)
    assert (result.hd95, result.nsd) == (0.0, 1.0)


def test_a_shift_is_measured_in_mm() -> None:
    one, other = ball((6, 20, 20), 5), ball((6, 20, 24), 5)
    result = surface_agreement(one, other, (1.0, 1.0, 0.5), 0.4)
    assert 0 < result.hd95 <= 2.0
    assert result.nsd < 1


def test_a_missed_lesion_costs_more_than_any_found() -> None:
    reference = ball((6, 20, 20), 5)
    missed = surface_agreement(np.zeros_like(reference), reference, SPACING, 1.0)
    corner = np.zeros_like(reference)
    corner[0, 0, 0] = True
    found = surface_agreement(corner, reference, SPACING, 1.0)
    assert missed.hd95 > found.hd95
    assert missed.nsd == 0
    empty = np.zeros_like(reference)
    both = surface_agreement(empty, empty, SPACING, 1.0)
    assert (both.hd95, both.nsd) == (0.0, 1.0)


# MONAI's own call of its deprecated argument.
@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")
@pytest.mark.parametrize("seed", range(4))
def test_distances_are_those_of_monai(seed: int) -> None:
    random = np.random.default_rng(seed)
    mask, reference = (
        ball(tuple(random.integers((4, 12, 12), (8, 28, 28))), random.uniform(3, 8))
        | ball(tuple(random.integers((4, 12, 12), (8, 28, 28))), 2)
        for _ in range(2)
    )
    ours = surface_agreement(mask, reference, SPACING, 2.0)
    one, two = (torch.from_numpy(side[None, None]).float() for side in (mask, reference))
    hd95 = metrics.compute_hausdorff_distance(
        one, two, include_background=True, percentile=95, spacing=SPACING
    )
    nsd = metrics.compute_surface_dice(
        one, two, class_thresholds=[2.0], include_background=True, spacing=SPACING
    )
    assert ours.hd95 == pytest.approx(float(hd95), rel=1e-5)
    assert ours.nsd == pytest.approx(float(nsd), rel=1e-5)


def test_a_shift_of_one_voxel_is_no_further_than_scikit_image_says() -> None:
    one, other = ball((6, 20, 20), 5), ball((6, 20, 21), 5)
    furthest = hausdorff_distance(one, other)
    assert 0 < surface_agreement(one, other, (1, 1, 1), 0.0).hd95 <= furthest == 1.0


@pytest.mark.parametrize("name", GEOMETRIES)
def test_distances_hold_on_every_grid(name: str) -> None:
    """Two single voxels are as far apart as the affine puts them, on sheared grids too."""
    scan = scan_on(GEOMETRIES[name])
    one, other = np.zeros((2, *scan.grid), bool)
    one[3, 10, 20], other[5, 13, 16] = True, True
    apart = GEOMETRIES[name] @ np.array([16 - 20, 13 - 10, 5 - 3])
    assert compare_masks(one, other, scan).hd95_mm == pytest.approx(np.linalg.norm(apart))


def test_a_comparison_by_hand() -> None:
    scan = scan_on(np.diag([0.8, 0.9, 5.0]))
    reference, mask = np.zeros((2, *scan.grid), np.uint8)
    reference[4, 10:14, 10:15] = 1
    mask[4, 10:14, 11:17] = 2
    found = compare_masks(mask, reference, scan)
    assert (found.voxels, found.reference_voxels) == (24, 20)
    assert (found.added_voxels, found.removed_voxels) == (8, 4)
    assert found.dice == pytest.approx(2 * 16 / 44)
    assert found.iou == pytest.approx(16 / 28)
    assert found.hd95_mm == pytest.approx(1.6)
    assert found.volume_change_ml == pytest.approx(4 * 0.8 * 0.9 * 5 / 1000)
    assert found.volume_change_percent == pytest.approx(20.0)


def test_without_spacing_or_reference_what_is_not_known_is_left_out() -> None:
    scan = scan_on(np.eye(3), "pixel")
    mask = ball((6, 20, 20), 5)
    found = compare_masks(mask, np.zeros_like(mask), scan)
    assert (found.hd95_mm, found.volume_change_ml, found.volume_change_percent) == (None,) * 3
    assert (found.dice, found.added_voxels) == (0.0, int(mask.sum()))


def test_with_one_mask_empty_the_distance_is_the_diagonal() -> None:
    scan = scan_on(np.diag([0.8, 0.9, 5.0]))
    mask = ball((6, 20, 20), 5)
    found = compare_masks(np.zeros_like(mask), mask, scan)
    assert found.hd95_mm is not None
    assert isclose(found.hd95_mm, float(np.linalg.norm([12 * 5.0, 40 * 0.9, 40 * 0.8])))
    assert found.volume_change_percent == pytest.approx(-100.0)


def test_changes_are_marked_as_added_and_removed() -> None:
    found = changed_voxels(np.array([0, 2, 1, 0]), np.array([0, 1, 0, 3]))
    assert found.tolist() == [0, 0, 1, 2]
    assert found.dtype == np.uint8
