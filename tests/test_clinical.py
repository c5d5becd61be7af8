"""The embedded model on real scans that it was not trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_brainseg.io import read_scan
from napari_brainseg.measure import measure_mask
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.catalog import DEFAULT_MODEL, EMBEDDED_FOLDER
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from pathlib import Path

LESION_MM = np.array([43.0, 43.0, 34.0])
"""About the middle of the right frontal lesion, RAS+ mm."""


@pytest.mark.parametrize("with_t1", [False, True])
def test_the_right_frontal_lesion_is_found(shared: Path, with_t1: bool) -> None:
    folder = shared / "scans" / "mr_clinical"
    flair = read_scan(folder / "flair.nii.gz").scan
    channels = {"FLAIR": Channel(flair, 0)}
    if with_t1:
        for role, name in (("pre-contrast", "t1_pre"), ("post-contrast", "t1_post")):
            channels[role] = Channel(read_scan(folder / f"{name}.nii.gz").scan, 0)
    bundle = open_bundle(EMBEDDED_FOLDER / DEFAULT_MODEL)
    result = segment_scan(flair, bundle, channels=channels, device="cpu")
    measures = measure_mask(result.labels, flair)
    assert measures.volume_ml is not None
    assert measures.centroid_mm is not None
    assert 10 < measures.volume_ml < 30
    assert np.linalg.norm(np.array(measures.centroid_mm) - LESION_MM) < 15
    slices = np.flatnonzero(result.labels.any(axis=(1, 2)))
    assert set(slices) <= set(range(13, 22))
    assert len(slices) >= 5


def test_the_mask_is_the_same_with_and_without_the_skull(shared: Path) -> None:
    bundle = open_bundle(EMBEDDED_FOLDER / DEFAULT_MODEL)
    places = shared / "scans" / "mr_clinical", shared / "outside" / "stripped"
    with_skull, without = (
        segment_scan(read_scan(next(place.glob("*flair*"))).scan, bundle, device="cpu").labels
        for place in places
    )
    assert overlap(with_skull, without).dice > 0.9


@pytest.mark.parametrize("person", ["ms_p01", "ms_p04", "ms_p12"])
def test_hardly_anything_is_marked_where_there_is_no_tumour(shared: Path, person: str) -> None:
    file = next((shared / "outside" / "no_tumour").glob(f"*{person}*"))
    scan = read_scan(file).scan
    bundle = open_bundle(EMBEDDED_FOLDER / DEFAULT_MODEL)
    volume = measure_mask(segment_scan(scan, bundle, device="cpu").labels, scan).volume_ml
    assert volume is not None
    assert volume < 3
