"""Fingerprint and temperature of a model: as it is trained, and added afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from test_fit import run
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.case import load_patient
from brainseg_train.data.cases import find_cases
from brainseg_train.data.roles import ROLES
from brainseg_train.errors import DataError
from brainseg_train.evaluate.calibration import fit_temperature, reliability
from brainseg_train.train.card import fingerprint_of
from brainseg_train.train.describe import describe_bundle
from brainseg_train.train.export import replace_card
from napari_brainseg.input_check.fingerprint import FEWEST
from napari_brainseg.models.bundle import WEIGHTS_NAME
from napari_brainseg.pipeline.postprocess import calibrated

if TYPE_CHECKING:
    from pathlib import Path

    from brainseg_train.train.fit import FitResult
    from napari_brainseg.models.bundle import Bundle


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def honest(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw logits, and a truth that is as often tumour as they say."""
    random = np.random.default_rng(seed)
    logits = random.normal(-1, 2.5, (8, 40, 40))
    return logits, random.uniform(size=logits.shape) < sigmoid(logits)


@pytest.mark.parametrize("boldness", [0.5, 1.0, 1.7, 3.0])
def test_the_temperature_takes_back_what_the_network_was_too_bold(boldness: float) -> None:
    drawn = [honest(seed) for seed in range(4)]
    pairs = [(sigmoid(boldness * logits), truth) for logits, truth in drawn]
    temperature = fit_temperature(pairs)
    assert temperature == pytest.approx(boldness, rel=0.05)
    bold, truth = pairs[0]
    assert reliability(calibrated(bold, temperature), truth).ece < 0.02


def test_certain_probabilities_have_a_temperature_too() -> None:
    truth = honest(0)[1]
    wrong = np.where(np.random.default_rng(0).uniform(size=truth.shape) < 0.1, ~truth, truth)
    assert fit_temperature([(wrong.astype(np.float32), truth)]) > 5


@pytest.mark.parametrize("everywhere", [False, True])
def test_without_tumour_or_without_anything_else_nothing_is_changed(everywhere: bool) -> None:
    truth = np.full((2, 8, 8), everywhere)
    assert fit_temperature([(np.full(truth.shape, 0.3), truth)]) == 1.0
    assert fit_temperature([]) == 1.0


def test_a_run_says_how_to_calibrate_its_model_and_describing_it_says_the_same(
    dataset: Path, tmp_path: Path
) -> None:
    bundle = run(dataset, tmp_path / "home").bundle
    temperature = bundle.card.temperature
    assert temperature != 1.0
    weights = (bundle.path / WEIGHTS_NAME).read_bytes()
    plain = replace_card(bundle, bundle.card.model_copy(update={"temperature": 1.0}))
    described = describe_bundle(plain, dataset, (), "cpu", lambda _text: None)
    assert described.card == bundle.card
    assert (described.path / WEIGHTS_NAME).read_bytes() == weights


def test_eight_patients_are_too_few_for_a_fingerprint_and_ten_are_not(
    fitted: FitResult, dataset: Path
) -> None:
    card = fitted.bundle.card
    assert card.fingerprint is None
    patients = [load_patient(case, card.preprocessing) for case in find_cases(dataset)]
    assert fingerprint_of(patients, card) is None
    fingerprint = fingerprint_of([*patients, *patients[: FEWEST - 8]], card)
    assert fingerprint is not None
    assert set(fingerprint.roles) == {role.name for role in ROLES}


@pytest.fixture
def fitted(dataset: Path, tmp_path: Path) -> FitResult:
    return run(dataset, tmp_path / "home")


def test_other_data_or_another_division_are_refused(fitted: FitResult, dataset: Path) -> None:
    def describe(*exclude: str, bundle: Bundle = fitted.bundle) -> None:
        describe_bundle(bundle, dataset, exclude, "cpu", lambda _text: None)

    with pytest.raises(DataError, match="Exclude the same patients"):
        describe("TCGA_AX_1000", "TCGA_AX_1002")
    unknown = fitted.bundle.card.model_copy(update={"training": {}})
    undivided = replace_card(fitted.bundle, unknown)
    with pytest.raises(DataError, match="how its patients were divided"):
        describe(bundle=undivided)
    next(dataset.glob("*/*_1.tif")).write_bytes(next(dataset.glob("*/*_2.tif")).read_bytes())
    result = CliRunner().invoke(app, ["describe", str(fitted.bundle.path), str(dataset)])
    assert result.exit_code == 1
    assert "brainseg-train:" in result.stderr
