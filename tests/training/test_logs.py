"""Learning curves on disk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from brainseg_train.errors import DataError
from brainseg_train.train.config import Logger
from brainseg_train.train.logging import logged
from brainseg_train.train.progress import Epoch, Watcher

if TYPE_CHECKING:
    from pathlib import Path

EPOCHS = (Epoch(1.0, 0.25, 2.0, 1.0, 1), Epoch(0.5, None, 2.0, 1.0, 1))


def run(folder: Path, logger: Logger) -> list[int]:
    seen: list[int] = []
    watch = Watcher(print, print, lambda number, _: seen.append(number), logger)
    with logged(watch, folder) as writing:
        for number, epoch in enumerate(EPOCHS):
            writing.epoch(number, epoch)
    return seen


def test_tensorboard_finds_the_curves_and_the_watcher_is_still_told(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert run(tmp_path, Logger.TENSORBOARD) == [0, 1]
    events = EventAccumulator(str(tmp_path)).Reload()
    assert [event.value for event in events.Scalars("loss/training")] == [1.0, 0.5]
    assert [event.step for event in events.Scalars("iou/validation")] == [0]


def test_wandb_keeps_them_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="wandb is an extra: pip install 'napari-brainseg[wandb]'")
    monkeypatch.setenv("WANDB_MODE", "offline")
    folder = tmp_path / "campaign" / "row" / "logs"
    assert run(folder, Logger.WANDB) == [0, 1]
    (kept,) = folder.rglob("*.wandb")
    assert kept.stat().st_size > 0


def test_a_logger_that_is_not_installed_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(DataError, match=r"pip install 'napari-brainseg\[wandb\]'"):
        run(tmp_path, Logger.WANDB)
