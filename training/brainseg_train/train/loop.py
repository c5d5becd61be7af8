"""The training loop: read it top to bottom.

Each epoch draws slices, steps through them, looks at the validation slices, and writes a
checkpoint that holds all that the next epoch depends on. Chance comes from generators seeded by
run and epoch, so a run that was killed and started again draws what it would have drawn. Of several
processes all draw the same, and each passes its share of every batch through the network.
"""

from __future__ import annotations

import copy
import math
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import psutil
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from brainseg_train.data.augment import Augmentation, Augmented, augment
from brainseg_train.data.elsewhere import Elsewhere
from brainseg_train.data.labels import IGNORED
from brainseg_train.errors import DataError
from brainseg_train.files import replacing
from brainseg_train.train.blend import blend_into, copy_weights
from brainseg_train.train.depthwise import DepthwiseInSingle
from brainseg_train.train.distil import Teacher
from brainseg_train.train.loss import loss_for, planes_of
from brainseg_train.train.processes import (
    in_step,
    see_the_same,
    share_of,
    sharing_statistics,
    sum_of,
    whole_batch,
)
from brainseg_train.train.progress import Epoch, TrainingStep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lightning_fabric import Fabric
    from torch import Tensor, nn

    from brainseg_train.data.slices import TrainingSlices
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.init import Start
    from brainseg_train.train.learned import Learned
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.card import StartingWeights

__all__ = ["Trained", "augmentation_for", "steps_per_epoch", "train"]

WINDOW_STEP = 32
"""Networks halve a window five times over; most refuse what does not stay whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The network to export, in evaluation mode, what it started from, and its epoch (from 0).

    ``learned`` says how far it has come; None where nobody has looked.
    """

    network: nn.Module
    start: StartingWeights
    history: tuple[Epoch, ...]
    best: int
    learned: Learned | None = None


def train(
    start: Start,
    data: TrainingSlices,
    validation: TrainingSlices | None,
    config: RunConfig,
    fabric: Fabric,
    checkpoint: Path,
    watch: Watcher,
    augmentation: Augmentation | None = None,
) -> Trained:
    """Train, resuming from ``checkpoint`` if it is there.

    Parameters
    ----------
    start : Start
        A network that returns logits (n, 1, H, W), and what its weights are; ``config.blend`` of
        these is in what is exported.
    data : TrainingSlices
        What to learn from.
    validation : TrainingSlices, optional
        What to watch after each epoch; needed where the configuration has patience.
    config : RunConfig
        How.
    fabric : Fabric
        Device and precision.
    checkpoint : Path
        Written after every epoch, replaced atomically.
    watch : Watcher
        Progress.
    augmentation : Augmentation, optional
        Ranges of the random changes; ours fit ``config.size``.

    Raises
    ------
    DataError
        If the checkpoint is damaged, or the loss is not finite.
    """
    augmentation = augmentation or augmentation_for(config)
    before = copy_weights(start.network)
    network = sharing_statistics(start.network, fabric).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        network.parameters(),
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        fused=True,
    )
    drawn = config.slices_per_epoch or len(data)
    steps = steps_per_epoch(drawn, config.batch_size, fabric.world_size)
    schedule = _schedule(optimiser, config, steps)
    average = AveragedModel(
        network,
        multi_avg_fn=get_ema_multi_avg_fn(config.average),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )
    model, optimiser = fabric.setup(network, optimiser)
    average.to(fabric.device)
    state = {"model": network, "optimiser": optimiser, "average": average, "schedule": schedule}
    history, best = _resume(fabric, checkpoint, state)
    if history:
        watch.stage(f"Going on after epoch {len(history)} of {config.epochs}")
    loss_of = loss_for(data.table, config.parts)
    teacher = _teacher(start, config, fabric)
    while not _finished(history, config):
        epoch, meter = len(history), _Meter(fabric.device)
        seed = config.seed * 100_003 + epoch
        random, chance = (torch.Generator(at).manual_seed(seed) for at in ("cpu", fabric.device))
        torch.manual_seed(seed)
        order = data.draw(config.slices_per_epoch, random)
        model.train()
        total = 0.0
        batches = _batches(order, config.batch_size, steps, fabric)
        for step, chosen in enumerate(batches, start=1):
            images, masks, plain = _shown(data, chosen, augmentation, fabric.device, chance)
            share = share_of(len(images), fabric)
            if teacher is not None:
                masks = teacher.soften(masks, plain[share], fabric)
            images = images[share].contiguous(memory_format=torch.channels_last)
            rate = optimiser.param_groups[0]["lr"]
            with in_step(fabric):
                with DepthwiseInSingle():
                    logits = whole_batch(model(images).float(), fabric)
                loss = loss_of(logits, masks)
                fabric.backward(loss)
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()
            average.update_parameters(network)
            own = _finite(loss.item(), epoch)
            total += own
            meter.look()
            done = epoch * steps + step
            watch.step(TrainingStep(done, config.epochs * steps, epoch, total / step, own, rate))
        iou = None if validation is None else _iou(average.module, validation, config, fabric)
        history = (*history, meter.epoch(total / steps, iou))
        if _best(history, config) == epoch:
            best = copy.deepcopy(average.module.state_dict())
        _save(fabric, checkpoint, state, history, best)
        watch.epoch(epoch, history[-1])
    exported = copy.deepcopy(average.module)
    exported.load_state_dict(best)
    blend_into(exported, before, config.blend)
    return Trained(exported.eval(), start.weights, history, _best(history, config))


def _shown(
    data: TrainingSlices,
    chosen: Tensor,
    augmentation: Augmentation | None,
    device: torch.device,
    chance: torch.Generator,
) -> Augmented:
    """Fetch a batch and change it at random, on the device."""
    images, marked = data.batch(chosen)
    images, masks = images.to(device), planes_of(marked.to(device), data.table)
    if augmentation is None:
        return Augmented(images, masks, images)
    lone, around = (data.roles, data.required), data.around(chosen, device)
    return augment(images, masks, augmentation, lone, chance, around)


def _teacher(start: Start, config: RunConfig, fabric: Fabric) -> Teacher | None:
    if start.teacher is None:
        return None
    network = start.teacher.to(fabric.device).to(memory_format=torch.channels_last)
    return Teacher(network.requires_grad_(False).eval(), config.distilled)


def _finite(loss: float, epoch: int) -> float:
    """Stop a run whose loss is no number any more; the checkpoint before it stays.

    Raises
    ------
    DataError
        If it is not finite.
    """
    if not math.isfinite(loss):
        raise DataError(
            f"The loss became {loss} in epoch {epoch + 1}, so the network is no use. Train anew "
            "with a lower learning rate, or in precision 32-true."
        )
    return loss


def augmentation_for(config: RunConfig) -> Augmentation | None:
    """Return the random changes that a configuration asks for, at its size."""
    if not config.augment:
        return None
    return Augmentation(
        crop=config.tile or _window(config.size),
        lone=config.dropped,
        elastic=config.elastic,
        elsewhere=_elsewhere(config) if config.scanners > 0 else None,
    )


def _window(size: int) -> int:
    """Three quarters of a size, rounded up to what every decoder takes."""
    return -(-size * 3 // 4 // WINDOW_STEP) * WINDOW_STEP


def _elsewhere(config: RunConfig) -> Elsewhere:
    scale = config.size / 256
    return Elsewhere(
        stripped=config.stripped,
        depth=3 * scale,
        contrast=0.35 * config.scanners,
        level=0.05 * config.scanners,
        gamma=0.3 * config.scanners,
        field=0.35 * config.scanners,
        blur=0.8 * config.scanners * scale,
        absent=config.absent,
        unlike=config.unlike,
        faint=config.faint,
        oedema=config.oedema,
        reach=14 * scale,
    )


def steps_per_epoch(slices: int, batch_size: int, processes: int = 1) -> int:
    """Count the steps of an epoch of this many slices.

    A last batch of one slice has no batch statistics; it is left to another epoch, and so is one
    with less than a slice for each process.
    """
    last = slices % batch_size
    return -(-slices // batch_size) - (0 < last < max(2, processes) and slices > 1)


def _batches(order: Tensor, size: int, steps: int, fabric: Fabric) -> list[Tensor]:
    """Divide slices into batches, the last of which holds as many for each process."""
    batches = torch.split(order, size)[:steps]
    return [batch[: len(batch) // fabric.world_size * fabric.world_size] for batch in batches]


def _schedule(
    optimiser: torch.optim.Optimizer, config: RunConfig, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    if config.schedule == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)
    return torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.epochs * steps, pct_start=0.2
    )


def _best(history: Sequence[Epoch], config: RunConfig) -> int:
    """Return the epoch to export: the first of highest validation IoU, or simply the last."""
    if config.patience is None:
        return len(history) - 1
    return max(range(len(history)), key=lambda epoch: history[epoch].iou or 0.0)


def _finished(history: Sequence[Epoch], config: RunConfig) -> bool:
    if not history or config.patience is None:
        return len(history) >= config.epochs
    waited = len(history) - 1 - _best(history, config)
    return len(history) >= config.epochs or waited >= config.patience


def _iou(network: nn.Module, slices: TrainingSlices, config: RunConfig, fabric: Fabric) -> float:
    """Pooled IoU of all classes at probability 0.5; 1 if there is nothing and nothing was found.

    Of several processes each looks at its share, and all get the same number.
    """
    network.eval()
    both = either = 0
    size = config.batch_size
    with torch.inference_mode(), fabric.autocast():
        for start in range(fabric.global_rank * size, len(slices), fabric.world_size * size):
            images, marked = slices.batch(range(start, min(start + size, len(slices))))
            images = images.to(fabric.device, memory_format=torch.channels_last)
            found = network(images).cpu() > 0
            true = planes_of(marked, slices.table)[:, : len(slices.table)] > 0
            known = (marked < int(IGNORED)).unsqueeze(1)
            both += int((found & true & known).sum())
            either += int(((found | true) & known).sum())
    with in_step(fabric):
        both, either = sum_of((both, either), fabric)
    return both / either if either else 1.0


def _resume(
    fabric: Fabric, checkpoint: Path, state: dict[str, Any]
) -> tuple[tuple[Epoch, ...], dict[str, Tensor]]:
    """Load a checkpoint into ``state``; return the epochs done and the best weights so far."""
    if not see_the_same(checkpoint.is_file(), "checkpoint", fabric):
        return (), {}
    try:
        remainder = fabric.load(checkpoint, state, weights_only=True)
    except Exception as error:  # what a damaged file raises depends on where the damage is
        raise DataError(
            f"The checkpoint {checkpoint} cannot be read ({type(error).__name__}), so the run "
            "cannot go on. Delete it to train from the start."
        ) from error
    return tuple(Epoch(**epoch) for epoch in remainder["history"]), remainder["best"]


def _save(
    fabric: Fabric,
    checkpoint: Path,
    state: dict[str, Any],
    history: Sequence[Epoch],
    best: dict[str, Tensor],
) -> None:
    content = {**state, "history": [asdict(each) for each in history], "best": best}
    leads = fabric.is_global_zero
    place = replacing(checkpoint, checkpoint.name) if leads else nullcontext(checkpoint)
    with in_step(fabric), place as aside:
        fabric.save(aside, content)  # which only the first process does


class _Meter:
    """Time and memory of one epoch."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._process = psutil.Process()
        self._started = time.perf_counter(), time.process_time()
        self._memory = 0
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)

    def look(self) -> None:
        """Note the memory in use now."""
        if self._device.type == "cuda":
            now = torch.cuda.max_memory_allocated(self._device)
        else:
            now = self._process.memory_info().rss
        self._memory = max(self._memory, now)

    def epoch(self, loss: float, iou: float | None) -> Epoch:
        """Close the epoch."""
        wall, cpu = self._started
        return Epoch(
            loss=loss,
            iou=iou,
            seconds=time.perf_counter() - wall,
            cpu_seconds=time.process_time() - cpu,
            memory_bytes=self._memory,
        )
