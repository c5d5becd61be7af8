"""Training and the plugin show a network the same slices, and get the same answer."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from brainseg_train.data.cases import find_cases
from brainseg_train.data.dataset import load_dataset
from brainseg_train.evaluate.predict import predict_patient
from napari_brainseg.io import read_scan
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.catalog import DEFAULT_MODEL, EMBEDDED_FOLDER
from napari_brainseg.pipeline.half import as_half
from napari_brainseg.pipeline.prepare import prepare_scan
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from pathlib import Path

    from brainseg_train.data.case import Case


@pytest.fixture(params=["generated", "real"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """Return one case, generated or of the real set where that is at hand."""
    if request.param == "generated":
        return find_cases(request.getfixturevalue("dataset"))[0]
    packed = request.getfixturevalue("shared") / "lgg"
    command = [sys.executable, packed / "unpack.py", tmp_path, "--patients", "1"]
    subprocess.run(command, check=True, capture_output=True)
    return find_cases(tmp_path)[0]


def test_the_plugin_shows_the_network_what_training_did(case: Case) -> None:
    card = open_bundle(EMBEDDED_FOLDER / DEFAULT_MODEL).card
    learned_from = load_dataset([case], card.preprocessing).slices.images
    shown = prepare_scan(read_scan(case.folder).scan, card.preprocessing)
    assert np.array_equal(shown.batch(range(len(shown))), learned_from.numpy())


def test_evaluation_and_plugin_give_the_same_probabilities(case: Case) -> None:
    bundle = open_bundle(EMBEDDED_FOLDER / DEFAULT_MODEL)
    (patient,) = load_dataset([case], bundle.card.preprocessing).patients
    evaluated = predict_patient(load_network(bundle), patient, "cpu", flip=bundle.card.flip)
    segmented = segment_scan(read_scan(case.folder).scan, bundle, reference=True)
    assert evaluated.max() > 0.5
    assert np.array_equal(as_half(evaluated), segmented.probabilities[0])
