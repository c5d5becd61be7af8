"""Learning curves on disk while a run goes, for TensorBoard."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brainseg_train.loop import Epoch, Watcher

__all__ = ["LOG_NAME", "logged"]

LOG_NAME = "tensorboard"
"""Folder of the curves, below that of the run."""


@contextmanager
def logged(watch: Watcher, folder: Path) -> Iterator[Watcher]:
    """Let each epoch that a watcher is told of also be written to a TensorBoard folder.

    A run that goes on after a kill adds another file to the folder; TensorBoard joins them.
    """
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:

        def epoch(number: int, done: Epoch) -> None:
            writer.add_scalar("loss/training", done.loss, number)
            if done.iou is not None:
                writer.add_scalar("iou/validation", done.iou, number)
            writer.add_scalar("seconds", done.seconds, number)
            watch.epoch(number, done)

        yield replace(watch, epoch=epoch)
