"""A run from folder to bundle, on a generated dataset and a small network."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.case import load_patient
from brainseg_train.data.cases import find_cases
from brainseg_train.errors import DataError
from brainseg_train.evaluate.choose import choose_postprocessing
from brainseg_train.evaluate.predict import predict_patient
from brainseg_train.train.config import RunConfig
from brainseg_train.train.fit import FitResult, fit
from brainseg_train.train.init import initialise_encoder
from brainseg_train.train.progress import TrainingStep, Watcher
from napari_brainseg.errors import SaveError
from napari_brainseg.models.architectures import Architecture, build_network
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.segment import segment_scan

ENCODER = "timm-mobilenetv3_small_minimal_100"
CONFIG = RunConfig(
    name="tiny",
    encoder=ENCODER,
    init="random",
    epochs=2,
    slices_per_epoch=8,
    batch_size=4,
    size=64,
    validation=0.25,
)


class Killed(Exception):
    """Stands for the process being killed."""


def run(
    dataset: Path, home: Path, stop_at: int | None = None, config: RunConfig = CONFIG
) -> FitResult:
    def step(now: TrainingStep) -> None:
        if now.epoch == stop_at:
            raise Killed

    watch = Watcher(lambda _text: None, step, lambda _number, _epoch: None)
    return fit(dataset, config, home / "models", home / "runs", watch, accelerator="cpu")


@pytest.fixture
def fitted(dataset: Path, tmp_path: Path) -> FitResult:
    return run(dataset, tmp_path / "home")


def test_the_exported_model_is_discovered_and_describes_itself(
    fitted: FitResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAINSEG_MODELS", str(fitted.bundle.path.parent))
    card = find_models().get("tiny").card
    assert card.metrics["patients"] == 2.0 == len(fitted.dice)
    assert card.initialisation == "random"
    assert card.metrics["dice_mean"] == pytest.approx(np.mean(list(fitted.dice.values())), abs=1e-3)


def test_a_killed_run_goes_on_to_the_same_weights(dataset: Path, tmp_path: Path) -> None:
    straight = run(dataset, tmp_path / "straight")
    with pytest.raises(Killed):
        run(dataset, tmp_path / "killed", stop_at=1)
    resumed = run(dataset, tmp_path / "killed")
    one = load_file(straight.bundle.path / "model.safetensors")
    two = load_file(resumed.bundle.path / "model.safetensors")
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert straight.dice == resumed.dice


def test_a_disk_that_fills_up_is_told_and_the_run_goes_on_with_space(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = run(dataset, tmp_path / "straight")
    save = Fabric.save
    saved: list[Path] = []

    def fill(fabric: Fabric, path: Path, *rest: Any) -> None:
        saved.append(path)
        if len(saved) == 2:
            Path(path).write_bytes(b"half")
            raise OSError(28, "No space left on device")
        save(fabric, path, *rest)

    monkeypatch.setattr(Fabric, "save", fill)
    with pytest.raises(SaveError, match=r"checkpoint.pt: could not be written \(No space left"):
        run(dataset, tmp_path / "full")
    assert [path.name for path in (tmp_path / "full/runs/tiny").glob("*.pt")] == ["checkpoint.pt"]
    assert not list(tmp_path.rglob(".*"))
    assert run(dataset, tmp_path / "full").dice == straight.dice


def test_a_run_killed_while_measuring_leaves_no_model_and_goes_on(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("brainseg_train.train.run.choose_prediction", kill)
        with pytest.raises(Killed):
            run(dataset, tmp_path)
    assert not (tmp_path / "models").exists()
    assert run(dataset, tmp_path).bundle.card.metrics["patients"] == 2.0


def test_a_checkpoint_of_other_settings_is_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        run(dataset, tmp_path, stop_at=1)
    with pytest.raises(DataError, match="other settings"):
        run(dataset, tmp_path, config=replace(CONFIG, seed=1))


def test_a_run_from_before_a_setting_existed_is_still_the_same_run(
    dataset: Path, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        run(dataset, tmp_path, stop_at=1)
    record = tmp_path / "runs" / "tiny" / "run.json"
    old = json.loads(record.read_text())
    del old["config"]["neighbours"]
    record.write_text(json.dumps(old))
    assert run(dataset, tmp_path).bundle.card.metrics["patients"] == 2.0


def test_a_model_that_sees_neighbours_runs_in_the_plugin(dataset: Path, tmp_path: Path) -> None:
    fitted = run(dataset, tmp_path, config=replace(CONFIG, neighbours=1))
    patient = load_patient(find_cases(dataset)[0], fitted.bundle.card.preprocessing)
    ours = predict_patient(
        load_network(fitted.bundle), patient, "cpu", flip=fitted.bundle.card.flip
    )
    one = segment_scan(patient.scan, fitted.bundle, device="cpu", slices=(2,))
    assert np.allclose(ours[2], one.probabilities[0, 2], atol=1e-3)


def test_a_model_trained_on_tiles_predicts_by_tiles_in_the_plugin(
    dataset: Path, tmp_path: Path
) -> None:
    fitted = run(dataset, tmp_path, config=replace(CONFIG, tile=32))
    assert fitted.bundle.card.preprocessing.tile == 32
    patient = load_patient(find_cases(dataset)[0], fitted.bundle.card.preprocessing)
    ours = predict_patient(
        load_network(fitted.bundle), patient, "cpu", flip=fitted.bundle.card.flip
    )
    one = segment_scan(patient.scan, fitted.bundle, device="cpu", slices=(2,))
    assert np.allclose(ours[2], one.probabilities[0, 2], atol=1e-3)


@pytest.mark.parametrize("wrong", [{"tile": 40}, {"tile": 64, "augment": False}])
def test_tiles_that_cannot_be_trained_on_are_refused(
    dataset: Path, tmp_path: Path, wrong: dict[str, int]
) -> None:
    with pytest.raises(DataError, match="cannot be trained on"):
        run(dataset, tmp_path, config=replace(CONFIG, **wrong))


def test_weights_for_three_channels_serve_neighbours(tmp_path: Path) -> None:
    network = build_network(Architecture.UNET, ENCODER, 3, 1)
    source = network.encoder.state_dict()
    save_file(source, tmp_path / "encoder.safetensors")
    wider = build_network(Architecture.UNET, ENCODER, 9, 1)
    said = initialise_encoder(wider, ENCODER, str(tmp_path / "encoder.safetensors"))
    assert "complete" in said.text
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        ours = network.eval().encoder(image)[-1]
        theirs = wider.eval().encoder(image.repeat(1, 3, 1, 1))[-1]
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_a_model_is_not_replaced_unasked(dataset: Path, fitted: FitResult) -> None:
    home = fitted.bundle.path.parent.parent
    with pytest.raises(DataError, match="already"):
        run(dataset, home)


def test_problems_are_told_before_training(dataset: Path, tmp_path: Path) -> None:
    next(dataset.glob("*/*_1_mask.tif")).unlink()
    with pytest.raises(DataError, match="no mask for slice 1"):
        run(dataset, tmp_path / "home")


def test_the_threshold_with_the_best_dice_is_chosen() -> None:
    reference = np.zeros((2, 8, 8), np.uint8)
    reference[:, 2:6, 2:6] = 1
    probabilities = np.where(reference, 0.9, 0.55).astype(np.float32)
    assert choose_postprocessing([probabilities], [reference]).threshold == 0.6


def test_encoder_weights_load_by_name_by_order_and_in_part(tmp_path: Path) -> None:
    source = build_network(Architecture.UNET, ENCODER, 3, 1).encoder.state_dict()
    weights = {key: tensor.contiguous() for key, tensor in source.items()}
    path = tmp_path / "encoder.safetensors"
    save_file(weights, path)
    network = build_network(Architecture.FPN, ENCODER, 3, 1)
    assert "(complete)" in initialise_encoder(network, ENCODER, str(path)).text
    assert all(torch.equal(t, weights[k]) for k, t in network.encoder.state_dict().items())
    renamed = tmp_path / "renamed.pth"
    torch.save({f"x{i}": tensor for i, tensor in enumerate(source.values())}, renamed)
    network = build_network(Architecture.FPN, ENCODER, 3, 1)
    assert "(complete)" in initialise_encoder(network, ENCODER, str(renamed)).text
    first = next(iter(weights))
    save_file({first: weights[first]}, path)
    assert "partial" in initialise_encoder(network, ENCODER, str(path)).text


@pytest.mark.parametrize("name", ["cut.safetensors", "cut.pth"])
def test_weights_that_cannot_be_read_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not weights")
    network = build_network(Architecture.UNET, ENCODER, 3, 1)
    with pytest.raises(DataError, match=rf"{name} cannot be read as weights .* Expected is"):
        initialise_encoder(network, ENCODER, str(tmp_path / name))


def test_a_file_of_more_than_tensors_is_refused_as_weights(tmp_path: Path) -> None:
    network = build_network(Architecture.UNET, ENCODER, 3, 1)
    torch.save({"state_dict": network.state_dict(), "epoch": 3}, tmp_path / "whole.pth")
    with pytest.raises(DataError, match=r"whole\.pth holds more or other than tensors by name"):
        initialise_encoder(network, ENCODER, str(tmp_path / "whole.pth"))


def test_a_finished_run_leaves_no_checkpoint_and_a_resumed_one_says_where_it_goes_on(
    dataset: Path, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        run(dataset, tmp_path, stop_at=1)
    assert list(tmp_path.rglob("*.pt"))
    said: list[str] = []
    watch = Watcher(said.append, lambda _step: None, lambda _number, _epoch: None)
    fit(dataset, CONFIG, tmp_path / "models", tmp_path / "runs", watch, accelerator="cpu")
    assert "Going on after epoch 1 of 2" in said
    assert any(text.startswith("Learning from 6 cases of 6 patients") for text in said)
    assert not list(tmp_path.rglob("*.pt"))
    assert not (tmp_path / "runs" / "tiny" / "bundle").exists()
    split = json.loads((tmp_path / "runs" / "tiny" / "split.json").read_text())
    assert len(split["train"]) == 6


def test_two_runs_in_one_folder_the_second_is_refused_before_it_reads_anything(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brainseg_train.train.fit.see_data", None)
    folder = tmp_path / "runs" / "tiny"
    folder.mkdir(parents=True)
    script = (
        "import sys, filelock\n"
        "lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True)\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(folder / "run.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(DataError, match="going on in another process"):
            run(dataset, tmp_path)
        assert other.stdin is not None
        other.stdin.close()


def test_a_damaged_checkpoint_is_named_and_kept(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        run(dataset, tmp_path, stop_at=1)
    (checkpoint,) = tmp_path.rglob("checkpoint.pt")
    half = checkpoint.read_bytes()[: checkpoint.stat().st_size // 2]
    checkpoint.write_bytes(half)
    with pytest.raises(DataError, match=r"checkpoint\.pt cannot be read .* Delete it"):
        run(dataset, tmp_path)
    assert checkpoint.read_bytes() == half


def test_the_command_line_reports_data_and_errors(dataset: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    good = runner.invoke(app, ["data", str(dataset), "--json"])
    assert good.exit_code == 0
    assert json.loads(good.stdout)["patients"] == 8
    bad = runner.invoke(app, ["data", str(tmp_path / "nowhere")])
    assert bad.exit_code == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--precision", "half"),
        ("--accelerator", "tpu"),
        ("--validation", "-0.2"),
        ("--seed", "-1"),
        ("--batch", "1"),
    ],
)
def test_a_value_out_of_range_is_a_usage_error(dataset: Path, option: str, value: str) -> None:
    done = CliRunner().invoke(app, ["fit", str(dataset), "--name", "m", option, value])
    assert done.exit_code == 2
    assert option in done.output


@pytest.mark.parametrize("command", ["fit", "benchmark"])
def test_a_device_that_is_not_here_is_told_before_the_data_are_read(
    tmp_path: Path, command: str
) -> None:
    missing = "mps" if not torch.backends.mps.is_available() else "cuda"
    options = ["--name", "m"] if command == "fit" else []
    done = CliRunner().invoke(app, [command, str(tmp_path), "--accelerator", missing, *options])
    assert done.exit_code == 1
    assert f"There is no device '{missing}' here. Found: " in done.output
