"""What a training step costs a network of depthwise convolutions on a processor, by precision.

    python benchmarks/depthwise.py [--size 192] [--rounds 4]

U-Net on EfficientNet-lite0, batches of 16, forward and backward. The three ways take turns, so that
whatever else the machine does meets all of them; the fastest round counts.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import torch

from brainseg_train.train.depthwise import DepthwiseInSingle
from napari_brainseg.models.architectures import Architecture, build_network

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

BATCH = 16
BFLOAT16 = "bfloat16"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    network = build_network(Architecture.UNET, "timm-tf_efficientnet_lite0", 3, 1).train()
    network = network.to(memory_format=torch.channels_last)
    images = torch.randn(BATCH, 3, options.size, options.size)
    images = images.to(memory_format=torch.channels_last)
    best = dict.fromkeys(ways(), float("inf"))
    for turn in range(options.rounds + 1):
        for name, contexts in ways().items():
            cost = step(network, images, contexts)
            if turn:  # the first turn warms up
                best[name] = min(best[name], cost)
    print(f"{options.size} px, {torch.get_num_threads()} threads")
    print("| precision | ms/slice | ratio |\n|---|---|---|")
    for name, cost in best.items():
        print(f"| {name} | {cost:.3g} | {cost / best[BFLOAT16]:.2f} |")


def ways() -> dict[str, tuple[AbstractContextManager[object], ...]]:
    """Return what surrounds the forward pass, by name."""
    half = torch.autocast("cpu", torch.bfloat16)
    return {
        "float32": (),
        BFLOAT16: (half,),
        "bfloat16, depthwise in float32": (half, DepthwiseInSingle()),
    }


def step(
    network: torch.nn.Module,
    images: torch.Tensor,
    contexts: tuple[AbstractContextManager[object], ...],
) -> float:
    """Milliseconds per slice of a forward and a backward pass."""
    started = time.perf_counter()
    with ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context)
        logits = network(images)
    logits.float().mean().backward()
    network.zero_grad()
    return 1000 * (time.perf_counter() - started) / len(images)


if __name__ == "__main__":
    main()
