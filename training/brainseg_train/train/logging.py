"""Learning curves on disk while a run goes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from brainseg_train.errors import DataError
from brainseg_train.files import make_folder
from brainseg_train.train.config import Logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from brainseg_train.train.progress import Epoch, TrainingStep, Watcher

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
    if logger is Logger.TENSORBOARD:
        return
    title, module = NAMES[logger]
    try:
        import_module(module)
    except ImportError as error:
        raise DataError(
            f"{title} is not installed. Run pip install 'napari-brainseg[{module}]', or leave "
            "--logger out."
        ) from error


@contextmanager
def logged(watch: Watcher, folder: Path) -> Iterator[Watcher]:
    """Yield a watcher that also writes to its logger, below a folder.

    The loss and the learning rate of each step are written when their epoch ends: a logger may be
    slow, and a step must not wait for it.

    Raises
    ------
    DataError
        If the logger is not installed.
    """
    with _OPEN[watch.logger](folder) as curves:
        taken: list[TrainingStep] = []

        def step(now: TrainingStep) -> None:
            taken.append(now)
            watch.step(now)

        def epoch(number: int, done: Epoch) -> None:
            for each in taken:
                curves({"loss/step": each.own, "learning rate": each.rate}, each.done)
            last = taken[-1].done if taken else number
            taken.clear()
            values = {"loss/training": done.loss, "seconds": done.seconds, "epoch": number + 1.0}
            if done.iou is not None:
                values["iou/validation"] = done.iou
            curves(values, last)
            watch.epoch(number, done)

        yield replace(watch, step=step, epoch=epoch)


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

    make_folder(folder)
    # Named after the run and its benchmark only: paths may hold names of people.
    name = "-".join(folder.parent.parts[-2:])
    run = wandb.init(project="napari-brainseg", name=name, id=name, dir=folder, resume="allow")
    with run:
        yield lambda values, number: run.log(values, step=number)


@contextmanager
def _mlflow(folder: Path) -> Iterator[Curves]:
    """Keep an MLflow run, where ``MLFLOW_TRACKING_URI`` says, else in a database in the folder."""
    check_logger(Logger.MLFLOW)
    import mlflow

    make_folder(folder)
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        mlflow.set_tracking_uri(f"sqlite:///{(folder / 'mlflow.db').absolute()}")
    mlflow.set_experiment("napari-brainseg")
    # Named after the run and its benchmark only: paths may hold names of people.
    with mlflow.start_run(run_name="-".join(folder.parent.parts[-2:])):
        yield lambda values, number: mlflow.log_metrics(
            {name.replace("/", " "): value for name, value in values.items()}, step=number
        )


NAMES = {Logger.WANDB: ("Weights & Biases", "wandb"), Logger.MLFLOW: ("MLflow", "mlflow")}
_OPEN = {Logger.TENSORBOARD: _tensorboard, Logger.WANDB: _wandb, Logger.MLFLOW: _mlflow}
