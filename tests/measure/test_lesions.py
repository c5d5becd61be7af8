"""Measures of masks against shapes whose sizes are known."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from contracts.geometry import GEOMETRIES, ORIENTATIONS, oriented
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from skimage.draw import ellipse

from napari_brainseg.measure import (
    Diameters,
    MaskReport,
    measure_diameters,
    measure_mask,
    reports_csv,
    reports_json,
)
from napari_brainseg.measure.metrics import compare_masks
from napari_brainseg.scan import Scan, Source

FLAT = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""Rows and columns of 1 mm."""


def scan_on(affine: np.ndarray, data: np.ndarray | None = None, units: str = "mm") -> Scan:
    data = np.zeros((1, 12, 60, 70), np.int16) if data is None else data
    names = ("FLAIR", "T1")[: len(data)]
    return Scan(data, affine, names, Source("s"), units)  # type: ignore[arg-type]


def linear(steps: np.ndarray) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = steps
    affine[:3, 3] = (-31.5, 17.25, 100.0)
    return affine


def disc(shape: tuple[int, int], center: tuple[float, float], steps: np.ndarray, radius: float):
    """Mark the pixels of a slice within a distance in mm of a point given in pixels."""
    rows, columns = np.indices(shape)
    away = np.stack([rows - center[0], columns - center[1]], axis=-1) @ steps
    return np.linalg.norm(away, axis=-1) <= radius


def cosine(found: Diameters, steps: np.ndarray) -> float:
    """How far from a right angle the two lines are."""
    one, other = (
        (np.array(line[1]) - np.array(line[0])) @ steps for line in (found.long, found.short)
    )
    return float(abs(one @ other) / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.parametrize("degrees", [0, 20, 45, 110])
def test_an_ellipse_is_as_long_and_as_wide_as_its_axes(degrees: int) -> None:
    region = np.zeros((200, 200), bool)
    region[ellipse(100, 100, 60, 35, rotation=np.radians(degrees))] = True
    found = measure_diameters(region, FLAT)
    assert found.long_mm == pytest.approx(120, abs=1.5)
    assert found.short_mm == pytest.approx(70, abs=1.5)
    assert cosine(found, FLAT) < 1e-9


def test_a_disc_in_mm_is_round_on_anisotropic_pixels() -> None:
    steps = np.array([[0.0, 0.4, 0.0], [1.1, 0.0, 0.0]])
    found = measure_diameters(disc((150, 60), (70.3, 30.2), steps, 22.0), steps)
    assert found.long_mm == pytest.approx(44, abs=1.2)
    assert found.short_mm == pytest.approx(44, abs=1.5)
    assert cosine(found, steps) < 1e-9


def test_a_rectangle_has_its_diagonal_and_the_longest_line_across_it() -> None:
    region = np.zeros((40, 60), bool)
    region[10:22, 10:46] = True
    found = measure_diameters(region, FLAT)
    # 12 x 36 mm, less the corners that the outline cuts off.
    assert found.long_mm == pytest.approx(np.hypot(12, 36), abs=1.0)
    assert found.short_mm == pytest.approx(12 / np.cos(np.arctan2(12, 36)), abs=1.0)


def test_one_voxel_is_one_voxel_long_and_wide() -> None:
    region = np.ones((1, 1), bool)
    found = measure_diameters(region, np.array([[0.0, 0.7, 0.0], [0.7, 0.0, 0.0]]))
    assert found.long_mm == pytest.approx(0.7)
    assert found.short_mm == pytest.approx(0.7)


def test_a_row_of_voxels_at_the_edge_of_the_picture_keeps_its_length() -> None:
    region = np.zeros((5, 9), bool)
    region[0] = True
    found = measure_diameters(region, FLAT)
    assert (found.long_mm, found.short_mm) == pytest.approx((9.0, 1.0))
    assert sorted(found.long) == [(0.0, -0.5), (0.0, 8.5)]


def test_a_ring_is_measured_by_its_outer_outline() -> None:
    ring = disc((80, 80), (40, 40), FLAT, 30) & ~disc((80, 80), (40, 40), FLAT, 25)
    found = measure_diameters(ring, FLAT)
    assert found.long_mm == pytest.approx(60, abs=1.0)
    assert found.short_mm == pytest.approx(60, abs=1.0)


def test_lines_may_cross_a_bay_but_not_go_from_one_lesion_to_another() -> None:
    bay = np.zeros((40, 40), bool)
    bay[5:35, 5:10] = bay[30:35, 5:30] = True
    # Out of the L, from the end of one arm to the end of the other.
    assert measure_diameters(bay, FLAT).long_mm > 36
    two = bay.copy()
    two[5:8, 36:39] = True
    assert measure_diameters(two, FLAT) == measure_diameters(bay, FLAT)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_no_two_points_of_a_lesion_are_further_apart_than_its_diameter(seed: int) -> None:
    random = np.random.default_rng(seed)
    steps = np.array([[0.0, 0.5, 0.1], [0.9, 0.0, 0.2]])
    region = np.zeros((30, 30), bool)
    for _ in range(3):
        center = random.uniform(13, 17, 2)
        region |= disc(region.shape, (center[0], center[1]), steps, random.uniform(2, 5))
    found = measure_diameters(region, steps)
    apart = pdist(np.argwhere(region) @ steps).max()
    assert apart < found.long_mm < apart + 1.5
    assert found.short_mm <= found.long_mm + 1e-9
    assert cosine(found, steps) < 1e-7


def test_a_jagged_outline_is_measured_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    region = np.random.default_rng(0).uniform(size=(60, 60)) < 0.7
    whole = measure_diameters(region, FLAT)
    monkeypatch.setattr("napari_brainseg.measure.diameters.CORNERS", 7)
    assert measure_diameters(region, FLAT) == whole


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_ball_has_its_volume_areas_and_diameter_on_every_grid(geometry: str) -> None:
    affine = linear(GEOMETRIES[geometry])
    scan = scan_on(affine)
    center = np.array([34.2, 30.7, 5.6])
    voxels = np.stack(np.indices(scan.grid)[::-1], axis=-1)
    away = np.linalg.norm((voxels - center) @ affine[:3, :3].T, axis=-1)
    radius = 5.5 if geometry == "isotropic" else 20.0
    found = measure_mask(away <= radius, scan)
    assert found.lesions == 1
    assert found.volume_ml == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.03)
    assert found.centroid_mm == pytest.approx(affine[:3] @ [*center, 1], abs=0.4)
    assert found.slices.areas_mm2 is not None
    thickness = scan.voxel_volume / (found.slices.areas_mm2[5] / found.slices.voxels[5])
    assert sum(found.slices.areas_mm2) * thickness / 1000 == pytest.approx(found.volume_ml)
    assert max(found.slices.areas_mm2) == pytest.approx(np.pi * radius**2, rel=0.05)
    assert found.diameters is not None
    assert found.diameters.long_mm == pytest.approx(2 * radius, rel=0.08)
    assert found.diameters.short_mm == pytest.approx(2 * radius, rel=0.08)


@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS[::5])
def test_the_lines_lie_on_the_largest_slice_of_the_acquisition_plane(order, signs) -> None:
    affine = oriented(order, signs, GEOMETRIES["oblique"])
    thick = 2 - order.index(2)
    shape = [40, 44, 48]
    shape[thick] = 9
    scan = scan_on(affine, np.zeros((1, *shape), np.int16))
    mask = np.zeros(shape, np.uint8)
    around = [slice(10, 30)] * 3
    around[thick] = slice(2, 5)
    mask[tuple(around)] = 1
    wide = [slice(8, 32)] * 3
    wide[thick] = slice(6, 7)
    mask[tuple(wide)] = 1
    around[thick] = slice(5, 6)
    mask[tuple(around)] = 1
    found = measure_mask(mask, scan)
    assert (found.slices.axis, found.slices.largest, found.lesions) == (thick, 6, 1)
    assert found.diameters is not None
    for line, length in (
        (found.diameters.long, found.diameters.long_mm),
        (found.diameters.short, found.diameters.short_mm),
    ):
        ends = np.array(line)
        assert (ends[:, thick] == 6).all()
        assert ends.min(axis=0)[thick - 1] >= 7.5 - 1e-9
        assert ends.max(axis=0)[thick - 1] <= 31.5 + 1e-9
        apart = scan.affine[:3, :3] @ (ends[1] - ends[0])[::-1]
        assert np.linalg.norm(apart) == pytest.approx(length)


def two_lesions() -> tuple[np.ndarray, Scan]:
    data = np.zeros((2, 12, 60, 70), np.int16)
    data[0], data[1] = 100, np.arange(70)
    mask = np.zeros((12, 60, 70), np.uint8)
    mask[2:5, 10:20, 10:14] = 1
    mask[8, 40:60, 50:70] = 2
    return mask, scan_on(np.diag([-1.0, -1.0, 5.0, 1.0]), data)


def test_lesions_are_listed_by_size_with_their_own_numbers() -> None:
    found = measure_mask(*two_lesions())
    assert (found.voxels, found.lesions) == (520, 2)
    large, small = found.table
    assert (large.voxels, small.voxels) == (400, 120)
    assert (large.volume_ml, small.volume_ml) == pytest.approx((2.0, 0.6))
    assert large.centroid_mm == pytest.approx((-59.5, -49.5, 40.0))
    assert small.centroid_mm == pytest.approx((-11.5, -14.5, 15.0))
    assert (large.largest_slice, small.largest_slice) == (8, 2)
    assert found.diameters == large.diameters
    assert found.slices.largest == 8
    assert [(item.label, item.voxels) for item in found.labels] == [(1, 120), (2, 400)]


def test_intensities_are_those_of_every_channel_inside() -> None:
    mask, scan = two_lesions()
    mask[8] = 0
    flair, t1 = measure_mask(mask, scan).intensities
    assert (flair.channel, flair.mean, flair.sd) == ("FLAIR", 100.0, 0.0)
    assert (t1.channel, t1.mean) == ("T1", 11.5)
    assert t1.sd == pytest.approx(np.std([10, 11, 12, 13]))


def test_values_that_are_no_numbers_are_left_out_of_the_mean() -> None:
    data = np.full((1, 12, 60, 70), 3.0)
    data[0, 0, 0, 0] = np.nan
    mask = np.zeros(data.shape[1:], bool)
    mask[0, 0, :2] = True
    (found,) = measure_mask(mask, scan_on(np.eye(4), data)).intensities
    assert (found.mean, found.sd) == (3.0, 0.0)


def test_of_very_many_lesions_all_are_counted_and_the_largest_listed() -> None:
    mask = np.zeros((12, 60, 70), np.uint8)
    mask[::4, ::3, ::3] = 1
    mask[2, :6, :6] = 1
    found = measure_mask(mask, scan_on(np.eye(4)))
    assert found.lesions == 3 * 20 * 24 + 1
    assert (len(found.table), found.table[0].voxels) == (50, 36)


def test_an_empty_mask_has_no_places() -> None:
    found = measure_mask(np.zeros((12, 60, 70), np.uint8), scan_on(np.eye(4)))
    assert (found.voxels, found.lesions, found.volume_ml, found.table) == (0, 0, 0.0, ())
    assert (found.centroid_mm, found.diameters, found.slices.largest) == (None,) * 3
    assert set(found.slices.voxels) == {0}


def test_without_spacing_there_are_no_millimetres() -> None:
    mask, scan = two_lesions()
    found = measure_mask(mask, scan_on(scan.affine, scan.data, "pixel"))
    assert (found.voxels, found.lesions, found.slices.largest) == (520, 2, 8)
    assert (found.volume_ml, found.centroid_mm, found.diameters) == (None,) * 3
    assert found.slices.areas_mm2 is None
    assert found.table[0].volume_ml is None


def test_json_holds_everything_and_csv_a_line_per_mask() -> None:
    mask, scan = two_lesions()
    reference = np.where(mask == 1, 1, 0)
    comparison = compare_masks(mask, reference, scan)
    empty = measure_mask(mask * 0, scan)
    reports = [
        MaskReport("a", measure_mask(mask, scan), "b", comparison),
        MaskReport("none", empty),
    ]
    first, second = json.loads(reports_json(reports))
    assert (first["mask"], first["comparison"]["reference"]) == ("a", "b")
    assert first["comparison"]["dice"] == comparison.dice
    assert len(first["slices"]["areas_mm2"]) == 12
    assert first["table"][1]["volume_ml"] == pytest.approx(0.6)
    assert "comparison" not in second
    line, blank = csv.DictReader(io.StringIO(reports_csv(reports)))
    assert (line["mask"], line["voxels"], line["reference"]) == ("a", "520", "b")
    assert float(line["long_mm"]) == first["diameters"]["long_mm"]
    assert (line["slices"], line["largest_slice"]) == ("4", "8")
    assert float(line["largest_area_mm2"]) == 400.0
    assert float(line["mean_FLAIR"]) == 100.0
    assert (blank["voxels"], blank["long_mm"], blank["dice"]) == ("0", "", "")
