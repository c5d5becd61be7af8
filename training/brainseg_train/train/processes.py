"""Several processes that train one network, each on its share of every batch.

``torchrun`` or ``srun`` starts them; Lightning Fabric lets them find each other. What they compute
is what one process computes with the same batches: statistics of batch normalisation and the loss
are those of the whole batch. The first process alone reports and writes; the others end when the
training does.
"""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from timm.layers.norm_act import BatchNormAct2d, convert_sync_batchnorm
from torch import nn

from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from brainseg_train.train.config import RunConfig

__all__ = [
    "Launch",
    "in_step",
    "launched",
    "make_fabric",
    "only_one",
    "part",
    "see_the_same",
    "share_of",
    "sharing_statistics",
    "sum_of",
    "whole_batch",
]

PATIENCE = timedelta(minutes=30)
"""How long one process waits for the others, whose disks may be slower."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How many processes there are, how many on each machine, and which this one is, from 0."""

    processes: int = 1
    per_machine: int = 1
    rank: int = 0


def launched() -> Launch:
    """Read what ``torchrun`` or ``srun`` says in the environment."""
    said = os.environ
    if "TORCHELASTIC_RUN_ID" in said:
        names = "WORLD_SIZE", "LOCAL_WORLD_SIZE", "RANK"
        return Launch(*(int(said[name]) for name in names))
    if int(said.get("SLURM_STEP_NUM_TASKS", "1")) > 1:  # a step of srun, not the script around it
        count = int(said["SLURM_STEP_NUM_TASKS"])
        machines = int(said.get("SLURM_STEP_NUM_NODES", "1"))
        return Launch(count, count // machines, int(said["SLURM_PROCID"]))
    return Launch()


def only_one(what: str) -> None:
    """Refuse to do with several processes what is not the training of one network.

    Raises
    ------
    DataError
        If there are several.
    """
    if (count := launched().processes) > 1:
        raise DataError(
            f"{what} was started as {count} processes that train one network together. Start it "
            "without torchrun or srun; its parts run side by side with --workers or --scheduler."
        )


def make_fabric(config: RunConfig, accelerator: str) -> Fabric:
    """Set up device and precision, and meet the other processes where there are some.

    Raises
    ------
    DataError
        If batches cannot be divided among the processes.
    """
    launch = launched()
    if launch.processes == 1:
        return Fabric(accelerator=accelerator, devices=1, precision=config.precision.value)
    if config.batch_size % launch.processes:
        raise DataError(
            f"Batches of {config.batch_size} slices cannot be divided among {launch.processes} "
            "processes. Choose a --batch that is a multiple of these."
        )
    # What torch advises instead is private; Fabric does not take the advice either.
    warnings.filterwarnings("ignore", r"torch\.distributed\.nn\.functional\..* is deprecated")
    fabric = Fabric(
        accelerator=accelerator,
        devices=launch.per_machine,
        num_nodes=launch.processes // launch.per_machine,
        # Static: what is computed is the same in every step, which lets weights be that are unused.
        strategy=DDPStrategy(static_graph=True, timeout=PATIENCE),
        precision=config.precision.value,
    )
    fabric.launch()
    return fabric


def share_of(count: int, fabric: Fabric) -> slice:
    """Return which of this many slices this process takes; ``count`` is a multiple of processes."""
    size = count // fabric.world_size
    return slice(fabric.global_rank * size, (fabric.global_rank + 1) * size)


def whole_batch(logits: Tensor, fabric: Fabric) -> Tensor:
    """Gather logits (n, K, H, W) of all processes, in order; each gets its own gradients back."""
    if fabric.world_size == 1:
        return logits
    gathered = fabric.all_gather(logits, sync_grads=True)
    assert isinstance(gathered, torch.Tensor)
    return gathered.flatten(0, 1)


def sharing_statistics(network: nn.Module, fabric: Fabric) -> nn.Module:
    """Let batch normalisation see the whole batch; weights and their names stay."""
    if fabric.world_size == 1:
        return network
    if fabric.device.type == "cuda":
        synced: nn.Module = convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
        return synced
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SharedBatchNorm
        elif type(module) is BatchNormAct2d:
            module.__class__ = SharedBatchNormAct
    return network


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch normalisation over the batches of all processes, for processors.

    PyTorch's own, ``SyncBatchNorm``, is for graphics cards alone.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalise (n, C, H, W) by mean and variance of all processes."""
        if not self.training or not dist.is_initialized():
            return super().forward(input)
        return normalised(input, self)


class SharedBatchNormAct(BatchNormAct2d):
    """The same for timm's, which ends in an activation."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (n, C, H, W) by mean and variance of all processes, and activate."""
        if not self.training or not dist.is_initialized():
            out: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        else:
            out = self.act(self.drop(normalised(x, self)))
        return out


def normalised(images: Tensor, norm: nn.BatchNorm2d) -> Tensor:
    """Normalise (n, C, H, W) by mean and variance of all processes, and remember these."""
    places = (0, 2, 3)
    count = images.numel() // images.shape[1] * dist.get_world_size()
    mean = _sum_of_all(images.sum(places)) / count
    centred = images - mean[:, None, None]
    variance = _sum_of_all(centred.square().sum(places)) / count
    with torch.no_grad():
        _remember(norm, mean, variance * count / max(count - 1, 1))
    scaled = centred * (variance + norm.eps).rsqrt()[:, None, None]
    if not norm.affine:
        return scaled
    return scaled * norm.weight[:, None, None] + norm.bias[:, None, None]


def _remember(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    if norm.running_mean is None or norm.running_var is None:
        return
    assert norm.num_batches_tracked is not None
    norm.num_batches_tracked.add_(1)
    weight = norm.momentum or 1 / float(norm.num_batches_tracked)
    norm.running_mean.lerp_(mean, weight)
    norm.running_var.lerp_(variance, weight)


def sum_of(counts: tuple[int, int], fabric: Fabric) -> tuple[int, int]:
    """Add up the counts of all processes."""
    if fabric.world_size == 1:
        return counts
    total = fabric.all_reduce(torch.tensor(counts, device=fabric.device), reduce_op="sum")
    assert isinstance(total, torch.Tensor)
    first, second = total.tolist()
    return int(first), int(second)


def see_the_same(here: bool, what: str, fabric: Fabric) -> bool:
    """Return whether something is there, for all processes.

    Raises
    ------
    DataError
        If some see it and others do not.
    """
    if fabric.world_size == 1:
        return here
    with in_step(fabric):
        seen, _ = sum_of((int(here), 0), fabric)
    if 0 < seen < fabric.world_size:
        raise DataError(
            f"{seen} of the {fabric.world_size} processes see the {what} of this run, the others "
            "do not. Put --runs on a disk that all machines share."
        )
    return seen > 0


def part(fabric: Fabric) -> None:
    """Leave the other processes when the training is done: all but the first end.

    Raises
    ------
    SystemExit
        In all but the first.
    """
    if fabric.world_size == 1:
        return
    with in_step(fabric):
        fabric.barrier()
    dist.destroy_process_group()
    if not fabric.is_global_zero:
        raise SystemExit(0)


def _sum_of_all(value: Tensor) -> Tensor:
    """Add up a tensor over all processes; gradients are added up too."""
    from torch.distributed.nn.functional import all_reduce

    total: Tensor = all_reduce(value)  # type: ignore[no-untyped-call]
    return total


@contextmanager
def in_step(fabric: Fabric) -> Iterator[None]:
    """End in a line where another process of the training is gone.

    Raises
    ------
    DataError
        Which says how to go on.
    """
    try:
        yield
    except RuntimeError as error:
        if fabric.world_size == 1 or not _is_of_others(error):
            raise
        raise DataError(
            f"Another of the {fabric.world_size} processes of this training has ended, so this one "
            f"(number {fabric.global_rank + 1}) cannot go on. Started again, it goes on after the "
            "last epoch that was finished."
        ) from error


def _is_of_others(error: RuntimeError) -> bool:
    text = str(error).lower()
    return isinstance(error, dist.DistError) or any(
        word in text for word in ("gloo", "nccl", "connection", "timed out")
    )
