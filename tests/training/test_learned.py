"""A network that marks nothing, or everything, is not published as if it were a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from small_runs import QUIET, RECIPE
from test_broken import CONFIG, slices
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.errors import DataError
from brainseg_train.train import learned
from brainseg_train.train.learned import Learned, see_what_was_learned
from brainseg_train.train.loop import Trained
from brainseg_train.train.run import open_run
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.card import StartingWeights

if TYPE_CHECKING:
    from pathlib import Path

    from brainseg_train.data.slices import TrainingSlices
    from napari_brainseg.models.bundle import Bundle

USELESS = Learned((0.04,), (0.03,), 400)


class Answer(torch.nn.Module):
    """Calls probable what is brighter than a level, or always the same."""

    def __init__(self, level: float | None, constant: float = 0.0) -> None:
        super().__init__()
        self.level, self.constant = level, constant

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        shown = images[:, 1:2]
        if self.level is None:
            return torch.full_like(shown, self.constant)
        return 9 * (shown - self.level)


def lesions() -> TrainingSlices:
    """Four slices: a head, in it a lesion that is brighter than it."""
    data = slices(0.0, tumour=0)
    (case,) = data.cases
    case.voxels[:, :, 4:28, 4:28] = 1.0
    case.voxels[:, :, 8:12, 8:12] = 2.0
    case.target[:, 8:12, 8:12] = 1
    return replace(data, cases=(replace(case, holds=np.array([True, True, True, False])),))


@pytest.mark.parametrize(
    ("answer", "nothing"),
    [
        (Answer(None, -9.0), True),
        (Answer(None, 9.0), True),
        (Answer(0.5), True),  # the head
        (Answer(1.5), False),
        (Answer(2.5), True),
    ],
)
def test_masks_that_need_no_network_count_for_nothing(answer: Answer, *, nothing: bool) -> None:
    found = see_what_was_learned(answer, lesions(), 300, "cpu")
    assert found.nothing is found.refused is nothing
    assert ("learned next to nothing in 300 steps" in found.text) is nothing
    assert not replace(found, steps=20).refused  # too short a run to expect much


def test_one_class_of_several_is_enough() -> None:
    assert not Learned((0.0, 0.5), (0.1, 0.1), 400).nothing
    assert Learned((0.1, 0.12), (0.1, 0.1), 400).nothing


def test_a_useless_network_is_kept_in_its_run_alone(tiny_bundle: Bundle, tmp_path: Path) -> None:
    run = open_run(CONFIG, tmp_path / "run", "cpu", QUIET)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.pt").write_bytes(b"x")
    start = StartingWeights(kind="random")
    trained = Trained(load_network(tiny_bundle), start, (), 0, USELESS)
    with pytest.raises(DataError, match="'m' is not exported: the network has learned next to"):
        run.export(trained, tiny_bundle.card)
    assert "next to nothing" in open_bundle(tmp_path / "run" / "bundle").card.trained_on
    assert not (tmp_path / "run" / "checkpoint.pt").exists()
    short = replace(trained, learned=replace(USELESS, steps=4))
    assert "nothing in 4 steps" in run.export(short, tiny_bundle.card).card.trained_on


@pytest.mark.parametrize("command", ["fit", "benchmark"])
def test_the_command_says_so_and_ends_with_an_error(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(learned, "FEWEST_STEPS", 1)
    monkeypatch.setattr(learned, "MARGIN", 1.0)
    (tmp_path / "own.toml").write_text(f"{RECIPE}\n[[row]]\nname = 'm'")
    places = ["--runs", str(tmp_path / "runs"), "--models", str(tmp_path / "models")]
    recipe = {"epochs": 1, "slices_per_epoch": 8, "batch_size": 4, "size": 64, "init": "random"}
    encoder = ["--encoder", "timm-mobilenetv3_small_minimal_100"]
    how = {
        "fit": ["--name", "m", *encoder, *(f"--set=recipe.{k}={v}" for k, v in recipe.items())],
        "benchmark": ["--protocol", str(tmp_path / "own.toml"), "--output", str(tmp_path / "r")],
    }
    call = [command, str(dataset), "--accelerator", "cpu", *places, *how[command]]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 1
    assert "learned next to nothing" in done.output.replace("\n", " ").lower()
    assert not (tmp_path / "models").exists()
    if command == "benchmark":
        assert "has learned next to nothing" in (tmp_path / "r" / "report.md").read_text()


def test_a_row_of_few_steps_is_told_of_in_the_report(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned, "MARGIN", 1.0)
    (tmp_path / "own.toml").write_text(f"{RECIPE}\n[[row]]\nname = 'm'")
    places = [f"--{name}={tmp_path / name}" for name in ("runs", "models", "output")]
    call = ["benchmark", str(dataset), f"--protocol={tmp_path / 'own.toml'}", "--accelerator=cpu"]
    done = CliRunner().invoke(app, [*call, *places])
    assert done.exit_code == 0
    said = "fold 1: the network has learned next to nothing in 2 steps"
    assert said in (tmp_path / "output" / "report.md").read_text()
