"""Threshold, component filter and measures."""

from __future__ import annotations

import numpy as np
import pytest

from napari_brainseg.measure import measure_mask
from napari_brainseg.postprocess import calibrated, label_map
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


def scan_of(units: str) -> Scan:
    affine = np.diag([-2.0, -2.0, 5.0, 1.0])
    return Scan(np.zeros((1, 4, 20, 20)), affine, ("FLAIR",), Source("nifti", "s"), units)  # type: ignore[arg-type]


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
