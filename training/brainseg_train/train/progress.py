"""What a run reports while it goes, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainseg_train.train.config import Logger

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Epoch", "TrainingStep", "Watcher"]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch did and cost.

    Parameters
    ----------
    loss : float
        Mean over its steps.
    iou : float or None
        Pooled IoU of the validation slices at probability 0.5, on the network's grid.
    seconds, cpu_seconds : float
        Wall-clock and processor time, validation included.
    memory_bytes : int
        Highest memory of the process (on CUDA: of the device) seen after a step.
    """

    loss: float
    iou: float | None
    seconds: float
    cpu_seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """A step was taken.

    Parameters
    ----------
    done, total : int
        Steps of all epochs, done and to do at most.
    epoch : int
        From 0.
    loss : float
        Mean of the epoch so far.
    own : float
        Loss of this step.
    rate : float
        Learning rate that it was taken by.
    """

    done: int
    total: int
    epoch: int
    loss: float
    own: float = 0.0
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Watcher:
    """Where a run reports to.

    Parameters
    ----------
    stage : callable
        Given a stage in words.
    step : callable
        Given a :class:`TrainingStep` after each step.
    epoch : callable
        Given (number, Epoch) after each epoch.
    logger : Logger
        What keeps the learning curves.
    """

    stage: Callable[[str], None]
    step: Callable[[TrainingStep], None]
    epoch: Callable[[int, Epoch], None]
    logger: Logger = Logger.TENSORBOARD
