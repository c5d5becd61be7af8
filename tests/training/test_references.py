"""Metrics and statistics held against other programs, and against their definitions."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from monai import metrics
from scipy import ndimage
from scipy.stats import rankdata

from brainseg_train.data.case import Case
from brainseg_train.data.labels import ClassTable, classes_of
from brainseg_train.evaluate.calibration import BINS, MARGIN, reliability
from brainseg_train.evaluate.measure import TOLERANCE, measure_patient
from brainseg_train.evaluate.statistics import holm, paired_p_value
from brainseg_train.tune.held_out import compare_held_out
from brainseg_train.tune.results import SearchResults
from napari_brainseg.measure.metrics import surface_agreement
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle

SPACING = (5.0, 0.9, 0.7)
GRID = (4, 6, 5)
masks = arrays(np.bool_, GRID, elements=st.integers(0, 3).map(lambda drawn: drawn == 0))


def surface(mask: np.ndarray) -> np.ndarray:
    """Return the voxels with a face on the background, or on the edge of the volume, in mm."""
    around = np.pad(mask, 1)
    steps = [(axis, way) for axis in range(3) for way in (-1, 1)]
    open_to = np.logical_or.reduce([~np.roll(around, way, axis) for axis, way in steps])
    return (np.argwhere(around & open_to) - 1) * SPACING


def by_definition(mask: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """Return HD95 and surface Dice from the distances of all voxels to all others."""
    apart = np.linalg.norm(surface(mask)[:, None] - surface(reference)[None], axis=-1)
    there, back = apart.min(axis=1), apart.min(axis=0)
    within = (there <= TOLERANCE).sum() + (back <= TOLERANCE).sum()
    hd95 = max(np.percentile(there, 95), np.percentile(back, 95))
    return float(hd95), within / (there.size + back.size)


@settings(max_examples=60)
@given(masks, masks)
def test_distances_are_those_of_their_definition(mask: np.ndarray, reference: np.ndarray) -> None:
    assume(mask.any() and reference.any())
    found = surface_agreement(mask, reference, SPACING, TOLERANCE)
    assert (found.hd95, found.nsd) == pytest.approx(by_definition(mask, reference))


def one_voxel() -> np.ndarray:
    mask = np.zeros((4, 9, 9), bool)
    mask[2, 4, 4] = True
    return mask


def at_the_border() -> np.ndarray:
    mask = np.zeros((4, 9, 9), bool)
    mask[:2, :3, 6:] = True
    return mask


# MONAI's own call of its deprecated argument.
@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")
@pytest.mark.parametrize("make", [one_voxel, at_the_border])
def test_distances_of_odd_masks_are_those_of_monai(make: object) -> None:
    mask = make()  # type: ignore[operator]
    reference = np.zeros(mask.shape, bool)
    reference[1:3, 3:7, 2:8] = True
    ours = surface_agreement(mask, reference, SPACING, TOLERANCE)
    one, two = (torch.from_numpy(side[None, None]).float() for side in (mask, reference))
    hd95 = metrics.compute_hausdorff_distance(
        one, two, include_background=True, percentile=95, spacing=SPACING
    )
    nsd = metrics.compute_surface_dice(
        one, two, class_thresholds=[TOLERANCE], include_background=True, spacing=SPACING
    )
    assert ours.hd95 == pytest.approx(float(hd95), rel=1e-5)
    assert ours.nsd == pytest.approx(float(nsd), rel=1e-5)


def test_the_calibration_error_is_that_of_monai() -> None:
    random = np.random.default_rng(0)
    truth = np.zeros((8, 64, 64), bool)
    truth[3:5, 20:30, 0:12] = True  # at the border
    shown = np.clip(0.6 * truth + random.uniform(-0.2, 0.5, truth.shape), 0, 1)
    shown[0, 0, 0] = shown[3, 25, 5] = 1.0
    box = tuple(
        slice(max(0, side.start - margin), side.stop + margin)
        for side, margin in zip(
            ndimage.find_objects(truth.astype(np.uint8))[0], MARGIN, strict=True
        )
    )
    metric = metrics.CalibrationErrorMetric(num_bins=BINS)
    one, two = (torch.from_numpy(side[box][None, None]) for side in (shown, truth))
    metric(y_pred=one, y=two.double())
    assert reliability(shown, truth).ece == pytest.approx(float(metric.aggregate()), rel=1e-6)


def exact(difference: np.ndarray) -> float:
    """Return Wilcoxon's p from all signs that the ranks could have had; ties share their rank."""
    ranks = rankdata(np.abs(difference[difference != 0]))
    held = ranks[difference[difference != 0] > 0].sum()
    sums = np.array([np.dot(ranks, signs) for signs in product((0, 1), repeat=len(ranks))])
    tails = (sums <= held + 1e-9).mean(), (sums >= held - 1e-9).mean()
    return float(min(1.0, 2 * min(tails)))


@settings(max_examples=60)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_wilcoxons_p_is_that_of_all_signs(values: list[int]) -> None:
    difference = np.array(values) / 100
    assert paired_p_value(difference.tolist(), [0.0] * len(values)) == pytest.approx(
        exact(difference)
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_rejects_what_every_test_of_several_together_rejects(values: list[float]) -> None:
    """By closed testing: a difference holds if Bonferroni's test of each set with it does."""
    pairs = [(str(number), "") for number in range(len(values))]
    adjusted = holm(dict(zip(pairs, values, strict=True)))
    for place, pair in enumerate(pairs):
        sets = (
            chosen
            for size in range(1, len(values) + 1)
            for chosen in combinations(range(len(values)), size)
            if place in chosen
        )
        expected = max(
            min(1.0, len(chosen) * min(values[each] for each in chosen)) for chosen in sets
        )
        assert adjusted[pair] == pytest.approx(expected)


def test_the_committed_search_tells_its_interval_by_todays_method() -> None:
    path = Path(__file__).parents[2] / "docs" / "searches" / "lgg-128px" / "results.json"
    told = SearchResults.model_validate_json(path.read_text("utf-8")).held_out
    assert told is not None
    found = compare_held_out(told.found, told.default, {case: case for case in told.found})
    assert found.interval == pytest.approx(told.interval)
    assert found.p == pytest.approx(told.p)


def test_of_several_classes_each_is_measured_but_for_ignored_voxels(tiny_bundle: Bundle) -> None:
    table = ClassTable(classes_of([("whole", (1, 2)), ("core", (2,))]), ignored=(3,))
    random = np.random.default_rng(1)
    labels = random.integers(0, 4, (4, 20, 20))
    probabilities = random.uniform(size=(2, *labels.shape)).astype(np.float32)
    affine = np.diag([*SPACING[::-1], 1.0])
    scan = Scan(np.zeros((1, *labels.shape), np.int16), affine, ("FLAIR",), Source("s"), "mm")
    case = Case("c", Path("c"), table=table)
    chosen = tiny_bundle.card.model_copy(update={"threshold": 0.5, "keep_fraction": 0.0})
    found = measure_patient(probabilities, case, scan, table.bits(labels), chosen)
    whole, core = probabilities[0] >= 0.5, probabilities[1] >= 0.5
    drawn = {"whole": whole | core, "core": core}
    for each, values in zip(found.classes, ((1, 2), (2,)), strict=True):
        known, true = labels != 3, np.isin(labels, values)
        mask = drawn[each.name]
        counts = each.overlap
        assert counts.tp == (mask & true & known).sum()
        assert counts.fp == (mask & ~true & known).sum()
        assert counts.fn == (~mask & true & known).sum()
        assert (each.surface.hd95, each.surface.nsd) == pytest.approx(
            by_definition(np.where(known, mask, true), true)
        )
        assert each.lesions == ndimage.label(true, np.ones((3, 3, 3)))[1]
