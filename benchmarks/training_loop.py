"""What our training loop costs beside plain PyTorch on the same slices, without augmentation.

    OMP_NUM_THREADS=1 python benchmarks/training_loop.py [--size 128] [--slices 96] [--rounds 3]

Both draw the same slices from the same store, pass the same network forward and back, and step
the same optimiser, in one process and in turns; the least processor time of the rounds counts,
which other work on the machine changes little. What a slice costs is the difference of two epochs,
one three times as long, so that what is done once an epoch (a checkpoint) does not count. A ratio
of 1 is as fast; ours checks the loss, averages the weights and keeps times as well.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from lightning_fabric import Fabric
from segmentation_models_pytorch.losses import DiceLoss, SoftBCEWithLogitsLoss

from brainseg_train.data.elsewhere import Span
from brainseg_train.data.prepared import CaseSlices
from brainseg_train.data.slices import TrainingSlices
from brainseg_train.train.config import RunConfig
from brainseg_train.train.init import Start, start_network
from brainseg_train.train.loop import train
from brainseg_train.train.progress import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET = Watcher(lambda _text: None, lambda _step: None, lambda _number, _epoch: None)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--slices", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    data = made_up(options.slices, options.size)
    best: dict[tuple[str, int], float] = {}
    for _ in range(options.rounds):
        for name, run in (("ours", ours), ("plain", plain)):
            for drawn in (options.slices // 3, options.slices):
                took = seconds(run, data, drawn, options.size)
                best[name, drawn] = min(took, best.get((name, drawn), took))
    short, long = options.slices // 3, options.slices
    each = {
        name: 1000 * (best[name, long] - best[name, short]) / (long - short)
        for name in ("ours", "plain")
    }
    print(f"{options.size} px, {torch.get_num_threads()} threads, CPU ms a slice: {each}")
    print(f"speed of ours to plain PyTorch: {each['plain'] / each['ours']:.3f}")


def seconds(
    run: Callable[[Start, TrainingSlices, RunConfig], None],
    data: TrainingSlices,
    drawn: int,
    size: int,
) -> float:
    """Return the processor time of an epoch of so many slices, from a new network."""
    config = RunConfig(
        name="loop",
        init="random",
        size=size,
        epochs=1,
        slices_per_epoch=drawn,
        schedule="constant",
        augment=False,
        average=0.0,
    )
    start = start_network(config, 3)
    started = time.process_time()
    run(start, data, config)
    return time.process_time() - started


def made_up(count: int, size: int) -> TrainingSlices:
    """Return slices of noise with a square of tumour in every other one."""
    random = np.random.default_rng(0)
    images = random.normal(size=(count, 3, size, size)).astype(np.float32)
    masks = np.zeros((count, size, size), np.uint8)
    masks[::2, 20:50, 20:50] = 1
    case = CaseSlices(images, None, masks, None, masks.any(axis=(1, 2)))
    place = np.array([(0, index) for index in range(count)])
    span = Span(torch.zeros(3, 1, 1), torch.ones(3, 1, 1))
    return TrainingSlices((case,), place, (size, size), 3, 1, 0, span)


def ours(start: Start, data: TrainingSlices, config: RunConfig) -> None:
    """Train an epoch as the program does."""
    fabric = Fabric(accelerator="cpu", devices=1)
    with tempfile.TemporaryDirectory() as folder:
        train(start, data, None, config, fabric, Path(folder) / "checkpoint.pt", QUIET)


def plain(start: Start, data: TrainingSlices, config: RunConfig) -> None:
    """Train an epoch in as few lines as PyTorch needs."""
    network = start.network.to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, fused=True)
    dice, bce = DiceLoss("binary", from_logits=True), SoftBCEWithLogitsLoss()
    order = data.draw(config.slices_per_epoch, torch.Generator().manual_seed(0))
    for chosen in torch.split(order, config.batch_size):
        images, masks = data.batch(chosen)
        logits = network(images.contiguous(memory_format=torch.channels_last))
        target = masks.unsqueeze(1).float()
        (dice(logits, target) + bce(logits, target)).backward()
        optimiser.step()
        optimiser.zero_grad()


if __name__ == "__main__":
    main()
