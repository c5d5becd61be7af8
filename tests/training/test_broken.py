"""Nothing broken is published, and what a file says beats a default."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
import torch
from lightning_fabric import Fabric
from small_runs import QUIET
from typer.testing import CliRunner

from brainseg_train.benchmark.protocol import load_protocol
from brainseg_train.cli import app
from brainseg_train.data.elsewhere import Span
from brainseg_train.data.folder import open_data
from brainseg_train.data.labels import classes_of
from brainseg_train.data.prepared import CaseSlices
from brainseg_train.data.slices import TrainingSlices
from brainseg_train.errors import DataError
from brainseg_train.evaluate.calibration import fit_temperature
from brainseg_train.evaluate.prediction import Prediction
from brainseg_train.train.config import RunConfig, TrainingPrecision, checked_config
from brainseg_train.train.export import write_bundle
from brainseg_train.train.init import Start
from brainseg_train.train.loop import train
from brainseg_train.train.preprocessing import params_for
from brainseg_train.train.run import open_run
from brainseg_train.train.settings import load_run_settings
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.card import StartingWeights

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

ENCODER = "timm-mobilenetv3_small_minimal_100"
CONFIG = RunConfig(name="m", epochs=1, batch_size=2, slices_per_epoch=4, augment=False, average=0)
RANDOM = StartingWeights(kind="random")


def slices(value: float, tumour: int = 1) -> TrainingSlices:
    images = np.full((4, 3, 32, 32), value, dtype=np.float32)
    masks = np.full((4, 32, 32), tumour, dtype=np.uint8)
    case = CaseSlices(images, None, masks, None, masks.any(axis=(1, 2)))
    place = np.array([(0, index) for index in range(4)])
    span = Span(torch.zeros(3, 1, 1), torch.ones(3, 1, 1))
    return TrainingSlices((case,), place, (32, 32), 3, 1, 0, span)


def test_a_loss_that_is_no_number_stops_the_run_and_leaves_no_checkpoint(tmp_path: Path) -> None:
    start = Start(torch.nn.Conv2d(3, 1, 1), RANDOM)
    fabric = Fabric(accelerator="cpu", devices=1)
    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.raises(DataError, match=r"loss became nan in epoch 1.*lower learning rate"):
        train(start, slices(float("nan")), None, CONFIG, fabric, checkpoint, QUIET)
    assert not checkpoint.exists()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e6])
def test_weights_that_are_no_numbers_in_half_precision_are_not_exported(
    tiny_bundle: Bundle, tmp_path: Path, value: float
) -> None:
    network = load_network(tiny_bundle)
    with torch.no_grad():
        next(network.parameters())[0] = value
    with pytest.raises(DataError, match="not finite"):
        write_bundle(network, tiny_bundle.card, tmp_path / "m", overwrite=False)
    assert list(tmp_path.glob("m*")) == []


def test_nothing_to_learn_is_told_and_not_trained(dataset: Path, tmp_path: Path) -> None:
    for path in dataset.rglob("*_mask.tif"):
        tifffile.imwrite(path, np.zeros((64, 64), np.uint8))
    places = ["--runs", str(tmp_path / "runs"), "--models", str(tmp_path / "models")]
    fit = ["fit", str(dataset), "--name", "m", "--init", "random", "--accelerator", "cpu", *places]
    for command in (["data", str(dataset)], fit):
        run = CliRunner().invoke(app, command)
        assert run.exit_code == 1
        assert "no mask holds any tumour" in run.output.replace("\n", " ")
    run = open_run(CONFIG, tmp_path / "run", "cpu", QUIET)
    with pytest.raises(DataError, match="No slice that is to be learned from holds any tumour"):
        run.train(slices(0.0, tumour=0), None)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"learning_rate": 0}, "learning_rate: Input should be greater than 0, found 0"),
        ({"learning_rate": float("inf")}, "learning_rate: .*finite"),
        ({"speed": 1}, "speed: "),
    ],
)
def test_settings_that_cannot_train_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        checked_config(name="m", **wrong)


def test_a_learning_rate_of_nothing_is_refused_before_the_data_are_read(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["fit", str(tmp_path / "none"), "--name", "m", "--rate", "0"])
    assert run.exit_code == 1
    assert "learning_rate" in run.output


def test_a_temperature_at_its_bound_is_known_as_none() -> None:
    truth = np.zeros((2, 16, 16), bool)
    truth[:, 4:8] = True
    timid = np.where(truth, 0.51, 0.49)  # always right, and never sure
    assert Prediction(temperature=fit_temperature([(timid, truth)])).uncalibrated
    wrong = np.where(truth, 0.01, 0.99)
    assert Prediction(temperature=fit_temperature([(wrong, truth)])).uncalibrated
    assert not Prediction(temperature=1.4).uncalibrated


PROTOCOL = """
title = "Own"
[recipe]
init = "random"
encoder = "timm-mobilenetv3_small_minimal_100"
size = 96
seed = 3
precision = "bf16-mixed"
[[row]]
name = "one"
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], (96, 3, "bf16-mixed")),
        (["--size", "64", "--seed", "0", "--precision", "32-true"], (64, 0, "32-true")),
    ],
)
def test_a_file_beats_a_default_and_an_option_beats_a_file(
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    expected: tuple[int, int, str],
) -> None:
    plans: list[Any] = []

    def stop(_benchmark: object, given: list[Any], *_: object) -> None:
        plans.extend(given)
        raise DataError("seen enough")

    monkeypatch.setattr("brainseg_train.benchmark.runner.run_benchmark", stop)
    path = tmp_path / "own.toml"
    path.write_text(PROTOCOL)
    command = ["benchmark", str(dataset), "--protocol", str(path), "--accelerator", "cpu", *options]
    run = CliRunner().invoke(app, command)
    assert "seen enough" in run.output
    (plan,) = plans
    (row,) = plan.protocol.rows
    assert (row.size, row.seed, row.precision.value) == expected
    assert plan.seed == expected[1]
    told = f"Own: 1 row at {expected[0]} px, precision {expected[2]}, seed {expected[1]}"
    assert told in run.output.replace("\n", " ")


def test_our_protocols_are_run_at_256_pixels_if_nothing_else_is_said() -> None:
    assert {load_protocol(name).size for name in ("paper", "sound")} == {256}


RANDOM = ["--init", "random", "--encoder", ENCODER]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--init", "gone.pth"], "no weights file 'gone.pth'"),
        (["--init", "random", "--encoder", "resnet0"], "resnet0"),
        (["--init", "random", "--logger", "wandb"], "not installed"),
        (
            ["--init", "random", "--architecture", "pan", "--encoder", ENCODER, "--size", "64"],
            "does not take slices of 64 x 64 px",
        ),
        ([*RANDOM, "--split-file", "gone.json"], "gone.json cannot be read as a split"),
        ([*RANDOM, "--exclude", "nobody"], "Cannot exclude nobody"),
    ],
)
def test_what_a_run_needs_is_checked_before_the_data_are_read(
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    said: str,
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.setattr("brainseg_train.train.fit.see_data", None)
    places = ["--runs", str(tmp_path / "runs"), "--models", str(tmp_path / "models")]
    command = ["fit", str(dataset), "--name", "m", "--accelerator", "cpu", *places]
    run = CliRunner().invoke(app, [*command, *options])
    assert run.exit_code == 1
    assert said in " ".join(run.output.split())


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("fit", ["--models", "FILE"], "taken cannot be written to (Not a directory)"),
        ("benchmark", ["--models", "FILE"], "taken cannot be written to (Not a directory)"),
        ("benchmark", ["--output", "FILE/report"], "cannot be written to (Not a directory)"),
        ("benchmark", ["--logger", "wandb"], "Weights & Biases is not installed"),
        ("benchmark", ["--row", "linknet-resnet18", "--init", "resnet18=gone.pt"], "'gone.pt'"),
        ("benchmark", ["--folds", "9"], "which take 11. Take 6 folds at most, or add"),
        ("benchmark", ["--exclude", "nobody"], "Cannot exclude nobody"),
    ],
)
def test_where_a_run_would_end_is_checked_before_the_data_are_read(
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    options: list[str],
    said: str,
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    for module in ("train.fit", "benchmark.rows"):
        monkeypatch.setattr(f"brainseg_train.{module}.see_data", None)
    (tmp_path / "taken").touch()
    places = ["--runs", str(tmp_path / "runs"), "--models", str(tmp_path / "models")]
    row = ["--row", "unet-resnet18", "--init", "resnet18=random"] if command == "benchmark" else []
    start = ["--name", "m", "--init", "random"] if command == "fit" else row
    given = [text.replace("FILE", str(tmp_path / "taken")) for text in options]
    words = [command, str(dataset), "--accelerator", "cpu", *places, *start, *given]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 1
    assert said in " ".join(run.output.split())


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("recipe.seed=99999999999999999999999", "recipe.seed: Input should be less than"),
        ("recipe.neighbours=40", "recipe.neighbours: Input should be less than"),
        ("recipe.size=5000", "recipe.size: Input should be less than or equal to 4096"),
        ("recipe.tile=4096", "tiles of 4096 px are larger than the slices of 256 px"),
        ("data.windows={FLAIR = [80, 0]}", "the second intensity should be above the first"),
        ("data.windows={FLAIR = [nan, 1]}", "Input should be a finite number"),
        ("data.windows={FLAIR = [0]}", "data.windows.FLAIR.1: Field required"),
        ("data.windows={CT = [0, 80]}", "data.windows names 'CT', and the slices show"),
        ("data.classes={a = []}", "The class 'a' has no label"),
        ("data.classes={'' = 1}", "A class is called ''"),
        ("data.classes={a = 1, b = 1}", "'a' and 'b' are of the same labels"),
        ("data.required=PET", "'PET' is none of pre-contrast, FLAIR, post-contrast"),
        (f"data.name={'x' * 1001}", "String should have at most 1000 characters"),
    ],
)
def test_what_would_end_a_run_hours_later_is_refused_at_once(
    dataset: Path, assignment: str, said: str
) -> None:
    def start() -> None:
        settings = load_run_settings(given={"recipe.name": "m"}, assignments=[assignment])
        params_for(settings.recipe, open_data(dataset, settings.data), settings.data)

    with pytest.raises(DataError) as told:
        start()
    assert said in str(told.value)


def test_labels_beyond_those_of_a_models_masks_become_others() -> None:
    assert [each.value for each in classes_of([("a", (1000,)), ("b", (2000,))])] == [1, 2]


def test_a_disk_without_room_for_checkpoints_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearly_full = shutil.disk_usage(tmp_path)._replace(free=85_000_000)  # more than one checkpoint
    monkeypatch.setattr("shutil.disk_usage", lambda _path: nearly_full)
    config = replace(CONFIG, encoder="timm-mobilenetv3_small_minimal_100", init="random")
    run = open_run(config, tmp_path / "run", "cpu", QUIET)
    with pytest.raises(DataError, match=r"need 12\d MB, and the disk .* has 85 MB"):
        run.check(3)
    (tmp_path / "run" / "checkpoint.pt").write_bytes(bytes(62_000_000))
    run.check(3)  # a run that goes on has half of it already


def test_a_disk_without_room_for_the_model_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, free = shutil.disk_usage(tmp_path), {"models": 5_000_000}
    monkeypatch.setattr(
        "shutil.disk_usage", lambda path: found._replace(free=free.get(path.name, 10**12))
    )
    config = replace(CONFIG, encoder="timm-mobilenetv3_small_minimal_100", init="random")
    (tmp_path / "models").mkdir()
    run = open_run(config, tmp_path / "run", "cpu", QUIET)
    with pytest.raises(DataError, match=r"^The weights of 'm' need 6 MB, .* has 5 MB.*--models"):
        run.check(3, models=tmp_path / "models" / "below")
    free["models"] = 7_000_000
    run.check(3, models=tmp_path / "models" / "below")


COMPARING = "evaluate.compare_models.compare_models"


@pytest.mark.parametrize(
    ("command", "computing"),
    [
        (
            ["evaluate", "m", "{data}", "--output", "{out}"],
            COMPARING,
        ),
        (
            ["compare", "m", "m", "{data}", "--output", "{out}"],
            COMPARING,
        ),
        (["describe", "{model}", "{data}"], "train.describe.describe_bundle"),
    ],
    ids=["evaluate", "compare", "describe"],
)
def test_a_place_that_takes_no_file_is_told_before_anything_is_computed(
    dataset: Path,
    tiny_bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    computing: str,
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def compute(*_: object) -> None:
        raise AssertionError("computed before it was asked")

    monkeypatch.setattr("brainseg_train.train.export.TemporaryFile", refuse)
    monkeypatch.setattr(f"brainseg_train.{computing}", compute)
    places = {"data": dataset, "out": tmp_path / "report", "model": tiny_bundle.path}
    done = CliRunner().invoke(app, [word.format(**places) for word in command])
    assert done.exit_code == 1
    assert "cannot be written to (Read-only file system)" in done.output.replace("\n", " ")


def test_the_precision_that_runs_is_the_one_that_is_told(tmp_path: Path) -> None:
    half = replace(CONFIG, precision=TrainingPrecision.HALF)
    with pytest.warns(UserWarning, match="not supported on CPU"):
        run = open_run(half, tmp_path / "run", "cpu", QUIET)
    assert run.precision == "bf16-mixed"


def test_a_person_who_stops_a_training_is_told_how_it_goes_on(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("brainseg_train.train.fit.fit_settings", stopped)
    done = CliRunner().invoke(app, ["fit", str(dataset), "--name", "m"])
    assert done.exit_code == 130
    assert "The same command goes on after the last epoch" in done.output


def test_oedema_around_lesions_of_several_classes_is_refused_at_once(tmp_path: Path) -> None:
    config = replace(CONFIG, init="random", oedema=0.4)
    run = open_run(config, tmp_path / "run", "cpu", QUIET)
    with pytest.raises(DataError, match=r"there are 2 classes.*Leave recipe\.oedema out"):
        run.check(3, classes=2)
