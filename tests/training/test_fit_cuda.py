"""A run on a CUDA device goes on where it was stopped; skipped where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from brainseg_train.train.config import RunConfig, TrainingPrecision
from brainseg_train.train.fit import fit
from brainseg_train.train.progress import Watcher

if TYPE_CHECKING:
    from pathlib import Path

    from brainseg_train.train.progress import Epoch

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")

CONFIG = RunConfig(
    name="tiny",
    encoder="timm-mobilenetv3_small_minimal_100",
    init="random",
    epochs=3,
    slices_per_epoch=16,
    batch_size=4,
    size=64,
    validation=0.25,
    elastic=0.05,
    precision=TrainingPrecision.BFLOAT16,
)


class _Stop(Exception):
    pass


def _watch(stop_after: int | None = None) -> Watcher:
    def epoch(number: int, _done: Epoch) -> None:
        if number == stop_after:
            raise _Stop

    return Watcher(lambda _text: None, lambda *_: None, epoch)


def test_it_trains_on_cuda_and_goes_on_after_a_stop(dataset: Path, tmp_path: Path) -> None:
    home = tmp_path / "models", tmp_path / "runs"
    with pytest.raises(_Stop):
        fit(dataset, CONFIG, *home, _watch(stop_after=0), accelerator="cuda")
    result = fit(dataset, CONFIG, *home, _watch(), accelerator="cuda")
    assert len(result.dice) == 2
    assert result.bundle.card.training["precision"] == "bf16-mixed"
