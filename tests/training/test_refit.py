"""Several networks as one model, and a cross-validated recipe trained again on every patient."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from small_data import write_dataset
from small_runs import QUIET, both_folds
from typer.testing import CliRunner

from brainseg_train.benchmark.refit import read_measured, refit
from brainseg_train.benchmark.rows import Benchmark
from brainseg_train.benchmark.runner import Destinations, run_benchmark
from brainseg_train.cli import app
from brainseg_train.data.cases import find_cases
from brainseg_train.data.options import DataOptions
from brainseg_train.errors import DataError
from brainseg_train.train.config import TrainingPrecision
from brainseg_train.train.progress import TrainingStep, Watcher
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.ensemble import Ensemble
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle


@pytest.fixture(scope="module")
def measured_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measure a pair of networks in two folds."""
    home = tmp_path_factory.mktemp("measured")
    plans = both_folds(home, 'name = "pair"\nmembers = 2')
    benchmark = Benchmark(write_dataset(home / "dataset"), home / "runs", "cpu", QUIET)
    run_benchmark(benchmark, plans, Destinations(home / "report", home / "rows"), QUIET)
    return home / "report"


@pytest.fixture
def report(measured_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(measured_once, tmp_path / "report")


def refitted(dataset: Path, report: Path, home: Path, *more: str) -> Bundle:
    """Run the command, and open what it exported."""
    places = ["--models", str(home / "models"), "--runs", str(home / "runs")]
    options = ["--name", "all", "--accelerator", "cpu", *places, *more]
    done = CliRunner().invoke(app, ["refit", str(report), str(dataset), *options])
    assert done.exit_code == 0, done.output
    return open_bundle(home / "models" / "all")


def test_the_best_row_learns_from_all_and_carries_the_measured_numbers(
    dataset: Path, report: Path, tmp_path: Path
) -> None:
    bundle = refitted(dataset, report, tmp_path)
    (row,) = json.loads((report / "results.json").read_text())["rows"]
    assert bundle.card.metrics["dice_mean"] == pytest.approx(row["metrics"]["dice_mean"], abs=1e-4)
    assert bundle.card.trained_on.startswith("8 cases")
    assert "2-fold cross-validation" in bundle.card.validation
    thresholds = [fold["threshold"] for fold in row["prediction"]]
    assert bundle.card.threshold == pytest.approx(sum(thresholds) / 2)
    assert bundle.card.patients is not None
    assert not bundle.card.patients.held_out


def test_a_pair_is_two_networks_whose_logits_are_averaged(
    dataset: Path, report: Path, tmp_path: Path
) -> None:
    config = read_measured(report, None).config("all", None, TrainingPrecision.SINGLE)
    bundle = refit(
        read_measured(report, "pair"),
        dataset,
        config,
        tmp_path / "models",
        tmp_path / "runs",
        QUIET,
        accelerator="cpu",
    )
    assert bundle.card.title.startswith("2 × U-Net")
    network = load_network(bundle)
    assert isinstance(network, Ensemble)
    images = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        one, other = (member(images) for member in network.members)
        assert not torch.equal(one, other)
        torch.testing.assert_close(network(images), (one + other) / 2)
    scan = find_cases(dataset)[0].read()[0]
    assert segment_scan(scan, bundle).complete


def test_a_card_says_when_its_numbers_are_of_another_count_of_networks(
    dataset: Path, report: Path, tmp_path: Path
) -> None:
    bundle = refitted(dataset, report, tmp_path, "--members", "1")
    assert not isinstance(load_network(bundle), Ensemble)
    assert (
        "of the mean of 2 networks, the model exported here is one network"
        in bundle.card.validation
    )


def test_more_networks_than_measured_take_the_place_of_mirrored_slices(report: Path) -> None:
    measured = read_measured(report, None)
    folds = tuple(replace(fold, flip=True) for fold in measured.row.prediction)
    measured = replace(measured, row=measured.row.model_copy(update={"prediction": folds}))
    as_measured, more = (
        measured.config("all", None, TrainingPrecision.SINGLE, members) for members in (None, 3)
    )
    assert (as_measured.members, more.members) == (2, 3)
    assert measured.chosen(as_measured).flip
    assert not measured.chosen(more).flip


def test_stopped_in_the_second_network_it_ends_with_the_same_weights(
    dataset: Path, report: Path, tmp_path: Path
) -> None:
    measured = read_measured(report, "pair")
    config = measured.config("all", None, TrainingPrecision.SINGLE)
    starts = 0

    class Killed(Exception):
        pass

    def step(_now: TrainingStep) -> None:
        nonlocal starts
        starts += 1
        if starts == 3:
            raise Killed

    one, other = ((tmp_path / name / "models", tmp_path / name / "runs") for name in "ab")
    straight = refit(measured, dataset, config, *one, QUIET, accelerator="cpu")
    dying = Watcher(lambda _text: None, step, lambda *_: None)
    with pytest.raises(Killed):
        refit(measured, dataset, config, *other, dying, accelerator="cpu")
    again = refit(measured, dataset, config, *other, QUIET, accelerator="cpu")
    assert again.card.weights_sha256 == straight.card.weights_sha256


def test_what_does_not_fit_together_is_refused(dataset: Path, report: Path, tmp_path: Path) -> None:
    measured = read_measured(report, None)
    config = measured.config("all", None, TrainingPrecision.SINGLE)
    home = tmp_path / "models"
    options = DataOptions(exclude=(find_cases(dataset)[0].name,))
    with pytest.raises(DataError, match="not what the row was measured on"):
        refit(measured, dataset, config, home, home, QUIET, options)
    with pytest.raises(DataError, match="no row 'nothing'"):
        read_measured(report, "nothing")
    results = json.loads((report / "results.json").read_text())
    (report / "results.json").write_text(json.dumps(results | {"tested_folds": [1]}))
    with pytest.raises(DataError, match="every --fold"):
        read_measured(report, None)
    (report / "results.json").write_text(json.dumps(results | {"split": "slice"}))
    with pytest.raises(DataError, match="split by slice"):
        read_measured(report, None)
    (report / "results.json").write_text("[]")
    with pytest.raises(DataError, match="cannot be read"):
        read_measured(report, None)
