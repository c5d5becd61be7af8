"""What a slice costs each network of the paper protocol, as a ratio to U-Net with ResNet-18.

    python benchmarks/training_step.py [--size 128] [--precision bf16-mixed] [--accelerator cpu]

Networks take turns, so that whatever else the machine does meets all of them; the fastest round
counts, on a processor by its own time, which other work changes little and which stands for energy
where that is not counted. Training is forward, backward and step on batches of 16; inference is
float32 on batches of 8, as in the plugin.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import torch
from lightning_fabric import Fabric

from brainseg_train.benchmark.protocol import load_protocol
from napari_brainseg.models.architectures import build_network

if TYPE_CHECKING:
    from collections.abc import Callable

REFERENCE = "unet-resnet18"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--precision", default="bf16-mixed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--accelerator", default="cpu", choices=("cpu", "cuda"))
    options = parser.parse_args()
    rows = {row.name: row for row in load_protocol("paper").rows}
    best = {name: [float("inf"), float("inf")] for name in rows}
    for turn in range(options.rounds + 1):
        for name, row in rows.items():
            network = build_network(row.architecture, row.encoder, 3, 1)
            network = network.to(memory_format=torch.channels_last)
            costs = training(network, options), inference(network, options)
            if turn:  # the first turn warms up
                best[name] = [min(pair) for pair in zip(best[name], costs, strict=True)]
    where = f"{torch.get_num_threads()} threads"
    if options.accelerator == "cuda":
        where = torch.cuda.get_device_name()
    print(f"{options.size} px, {options.precision}, {where}")
    print("| network | training ms/slice | ratio | inference ms/slice | ratio |")
    print("|---|---|---|---|---|")
    for name, (train, predict) in best.items():
        title = rows[name].network
        ratios = train / best[REFERENCE][0], predict / best[REFERENCE][1]
        print(f"| {title} | {train:.3g} | {ratios[0]:.2f} | {predict:.3g} | {ratios[1]:.2f} |")


def training(network: torch.nn.Module, options: argparse.Namespace) -> float:
    """Milliseconds per slice of a training step."""
    fabric = Fabric(accelerator=options.accelerator, devices=1, precision=options.precision)
    model, optimiser = fabric.setup(network, torch.optim.Adam(network.parameters()))
    images = _images(16, options)

    def step() -> None:
        fabric.backward(model(images).float().mean())
        optimiser.step()
        optimiser.zero_grad()

    network.train()
    return clock(step) / 16


def inference(network: torch.nn.Module, options: argparse.Namespace) -> float:
    """Milliseconds per slice of a forward pass."""
    images = _images(8, options)
    network.eval().to(options.accelerator)
    with torch.inference_mode():
        return clock(lambda: network(images)) / 8


def _images(count: int, options: argparse.Namespace) -> torch.Tensor:
    images = torch.randn(count, 3, options.size, options.size, device=options.accelerator)
    return images.to(memory_format=torch.channels_last)


def clock(work: Callable[[], object]) -> float:
    """Milliseconds of a call, after one that warms up; on a processor those that it works."""
    now = time.perf_counter if torch.cuda.is_available() else time.process_time
    work()
    _wait()
    started = now()
    work()
    _wait()
    return 1000 * (now() - started)


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
