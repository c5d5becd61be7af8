"""Learning curves on disk while a run goes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from brainseg_train.errors import DataError
from brainseg_train.train.config import Logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from brainseg_train.train.progress import Epoch, Watcher

    Curves = Callable[[dict[str, float], int], None]

__all__ = ["LOG_NAME", "check_logger", "logged"]

LOG_NAME = "logs"
"""Folder of the curves, below that of the run."""


def check_logger(logger: Logger) -> None:
    """See that a logger is installed.

    Raises
    ------
    DataError
        If it is not.
    """
    if logger is not Logger.WANDB:
        return
    try:
        import wandb  # noqa: F401
    except ImportError as error:
        raise DataError(
            "Weights & Biases is not installed. Run pip install 'napari-brainseg[wandb]', or leave "
            "--logger out."
        ) from error


@contextmanager
def logged(watch: Watcher, folder: Path) -> Iterator[Watcher]:
    """Yield a watcher that also writes each epoch to its logger, below a folder.

    Raises
    ------
    DataError
        If the logger is not installed.
    """
    with _OPEN[watch.logger](folder) as curves:

        def epoch(number: int, done: Epoch) -> None:
            values = {"loss/training": done.loss, "seconds": done.seconds}
            if done.iou is not None:
                values["iou/validation"] = done.iou
            curves(values, number)
            watch.epoch(number, done)

        yield replace(watch, epoch=epoch)


@contextmanager
def _tensorboard(folder: Path) -> Iterator[Curves]:
    """Keep event files; a run that goes on adds another, which TensorBoard joins."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:

        def write(values: dict[str, float], number: int) -> None:
            for name, value in values.items():
                writer.add_scalar(name, value, number)

        yield write


@contextmanager
def _wandb(folder: Path) -> Iterator[Curves]:
    """Keep a Weights & Biases run, sent or not as its own ``WANDB_MODE`` says."""
    check_logger(Logger.WANDB)
    import wandb

    folder.mkdir(parents=True, exist_ok=True)
    # Named after the run and its benchmark only: paths may hold names of people.
    name = "-".join(folder.parent.parts[-2:])
    run = wandb.init(project="napari-brainseg", name=name, id=name, dir=folder, resume="allow")
    with run:
        yield lambda values, number: run.log(values, step=number)


_OPEN = {Logger.TENSORBOARD: _tensorboard, Logger.WANDB: _wandb}
