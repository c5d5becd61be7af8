"""How fast the engine is, as ratios within one run: to plain smp eager, and to the torch backend.

    python benchmarks/engine.py [--repeats 3] [--slices 26 150] [--threads 1 2] [--scan FILE]
                                [--long 0] [--plot FILE]

All ways take turns, several times, and the shortest time of each counts, so that what else the
machine does weighs on all of them alike. Printed are, per number of slices and threads, alone and
beside a busy core: milliseconds a slice, the ratio to a plain smp U-Net/ResNet-18 that eager torch
runs on whole slices, the ratio to our torch backend, the largest difference of probabilities from
it, and the Dice of the masks; what opening a model takes without and with its compiled graph on
disk; and which share of this machine's own matrix products (GEMM) each network reaches.

The slices are the sample's, repeated, in which the head fills the slice and the first network sees
something in two slices of three; with ``--scan`` they are those in the middle of a scan of axial
slices, one of every sequence that the model knows, or FLAIR alone.

``ONEDNN_MAX_CPU_ISA=AVX2`` with ``--precisions fp32 int8`` shows what a processor without AVX-512
would do, torch included.

With ``--long`` the cost by number of slices (1 to that many) and by pixels (128² to 1024²) is
written too, and with ``--plot FILE`` drawn.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.io import read_scan
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.alternate import predict_alternately
from napari_brainseg.pipeline.assemble import assemble_channels
from napari_brainseg.pipeline.backends import cache, open_network
from napari_brainseg.pipeline.backends.sparing import SEEN
from napari_brainseg.pipeline.channels import guess_channels
from napari_brainseg.pipeline.head import find_head
from napari_brainseg.pipeline.plan import RunWay, has_way
from napari_brainseg.pipeline.postprocess import label_map
from napari_brainseg.pipeline.predict import BATCH_SIZE, predict_slices
from napari_brainseg.pipeline.prepare import prepare_scan
from napari_brainseg.sample import phantom
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.backends import Runnable
    from napari_brainseg.pipeline.head import Head
    from napari_brainseg.pipeline.prepare import PreparedSlices

PLAIN = "plain smp U-Net/ResNet-18"
REFERENCE = "torch fp32, whole"


@dataclass
class Way:
    """One way of running the model, and what was seen of it."""

    name: str
    network: Runnable
    head_only: bool = False
    seconds: list[float] = field(default_factory=list)
    found: NDArray[np.float32] | None = None


class Plain:
    """What a user of smp writes: a U-Net with ResNet-18, eager, whole slices."""

    def __init__(self) -> None:
        import segmentation_models_pytorch as smp

        self.network = smp.Unet("resnet18", encoder_weights=None, classes=1).eval()

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return probabilities for a batch."""
        import torch

        with torch.inference_mode():
            found: NDArray[np.float32] = self.network(torch.from_numpy(batch)).sigmoid().numpy()
        return found


def middle_of(path: Path, slices: int, card: ModelCard) -> Scan:
    """Take slices from the middle of a scan, with a channel for each role of the model."""
    scan = read_scan(path).scan
    first = max(0, (scan.grid[0] - slices) // 2)
    part = slice(first, first + slices)
    affine = scan.affine.copy()
    affine[:3, 3] += first * affine[:3, 2]
    cut = Scan(scan.data[:, part], affine, scan.channels, scan.source, scan.units)
    return assemble_channels(cut, card, guess_channels(card, cut, ()).by_role)[0]


def scan_of(slices: int, side: int = 256) -> Scan:
    """Make a scan of the sample's slices, repeated, at 0.9 mm; ``side`` pixels wide."""
    source = phantom()
    picked = np.linspace(0, source.grid[0] - 1, slices).round().astype(int)
    data = np.zeros((len(source.data), slices, side, side), dtype=np.float32)
    part = source.data[:, picked]
    if side > 256:
        part = part.repeat(side // 256, axis=2).repeat(side // 256, axis=3)
    height, width = (min(side, length) for length in part.shape[2:])
    top, left = (side - height) // 2, (side - width) // 2
    data[:, :, top : top + height, left : left + width] = part[:, :, :height, :width]
    affine = np.diag([-0.9, -0.9, 1.0, 1.0])
    return Scan(data, affine, source.channels, source.source)


def ways_of(bundle: Bundle, threads: int, precisions: Sequence[str]) -> list[Way]:
    """List the ways to run a model here."""
    ways = [
        Way(PLAIN, Plain()),
        Way(REFERENCE, open_network(bundle, "torch")),
        Way("openvino fp32, whole", open_network(bundle, "openvino", threads=threads)),
    ]
    for precision in precisions:
        if not has_way(RunWay(precision, head_only=True), bundle, "openvino"):
            print(
                f"{precision}: not here (no such graph, or this processor does not compute in it)"
            )
            continue
        for sparing in (False, True)[: 1 + (bundle.card.members > 1)]:
            network = open_network(
                bundle, "openvino", precision=precision, threads=threads, sparing=sparing
            )
            name = f"openvino {precision}, head{', sparing' if sparing else ''}"
            ways.append(Way(name, network, head_only=True))
    return ways


def run(way: Way, prepared: PreparedSlices, head: Head, flip: bool) -> None:
    """Run a scan once, all included but reading it."""
    start = time.perf_counter()
    stack = np.zeros(prepared.geometry.shape, dtype=np.float32)
    whole = way.name in (PLAIN, REFERENCE) or not way.head_only
    wanted = range(len(prepared)) if whole else np.flatnonzero(head.filled).tolist()
    box = head if way.head_only else None
    predict = partial(
        predict_slices, way.network, prepared, batch_size=BATCH_SIZE, flip=flip, head=box
    )
    spacing = prepared.geometry.spacing if way.head_only else None
    for batch, found in predict_alternately(predict, wanted, spacing, SEEN):
        stack[list(batch)] = found[:, 0]
    way.seconds.append(time.perf_counter() - start)
    way.found = stack


def shown_of(head: Head, prepared: PreparedSlices) -> float:
    """Return the part of all pixels that a network is shown with boxes."""
    boxes = [box for box, filled in zip(head.boxes, head.filled, strict=True) if filled]
    shown = sum((r.stop - r.start) * (c.stop - c.start) for r, c in boxes)
    height, width = prepared.geometry.padded
    return shown / (len(head.filled) * height * width)


@contextmanager
def busy_core(busy: bool) -> Iterator[None]:
    """Keep one core at work meanwhile."""
    if not busy:
        yield
        return
    process = multiprocessing.get_context("spawn").Process(target=_spin, daemon=True)
    process.start()
    time.sleep(1.0)
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _spin() -> None:
    while True:
        sum(range(100_000))


def gemm_rate(threads: int) -> float:
    """Measure this machine's matrix products, in 10⁹ floating-point operations a second."""
    import torch

    torch.set_num_threads(threads)
    one, other = (torch.randn(1024, 1024) for _ in range(2))
    best = min(_timed(lambda: one @ other) for _ in range(8))
    return 2 * 1024**3 / best / 1e9


def flop_of(network: Any, shape: tuple[int, ...]) -> float:
    """Count the floating-point operations of one pass."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(shape))
    return float(counter.get_total_flops())


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(
    bundle: Bundle,
    scan: Scan,
    threads: int,
    busy: bool,
    repeats: int,
    flops: tuple[float, float],
    precisions: Sequence[str],
) -> None:
    """Print the table of one setting."""
    import torch

    torch.set_num_threads(threads)
    slices = scan.grid[0]
    prepared = prepare_scan(scan, bundle.card.preprocessing)
    ways, card = ways_of(bundle, threads, precisions), bundle.card
    with busy_core(busy):
        head = find_head(prepared)
        for way in ways:  # warm
            way.network.run(prepared.batch([slices // 2]))
        for _ in range(repeats):
            for way in ways:
                run(way, prepared, head, card.flip and way.name != PLAIN)
        rate = gemm_rate(threads)
    best = {way.name: min(way.seconds) for way in ways}
    reference = next(way for way in ways if way.name == REFERENCE)
    beside = ", beside a busy core" if busy else ""
    shown = shown_of(head, prepared)
    print(
        f"\n{slices} slices, {threads} thread{'s' * (threads > 1)}{beside}; the head's boxes "
        f"are {shown:.0%} of the pixels, {int(head.filled.sum())} slices filled; "
        f"GEMM {rate:.0f} GFLOP/s"
    )
    print(
        f"{'':30}{'ms/slice':>10}{'of plain':>10}{'of torch':>10}"
        f"{'max dp':>9}{'Dice':>8}{'of GEMM':>9}"
    )
    for way in ways:
        each = 1e3 * best[way.name] / slices
        ratios = (best[way.name] / best[PLAIN], best[way.name] / best[REFERENCE])
        flop = flops[0] if way.name == PLAIN else flops[1]
        part = flop / (best[way.name] / slices) / 1e9 / rate if not way.head_only else np.nan
        line = f"{way.name:30}{each:10.1f}{ratios[0]:10.2f}{ratios[1]:10.2f}"
        if way.name != PLAIN:
            assert way.found is not None
            assert reference.found is not None
            difference = float(np.abs(way.found - reference.found).max())
            masks = [
                label_map(p, card.threshold, card.keep_fraction, value=1)
                for p in (way.found, reference.found)
            ]
            line += f"{difference:9.4f}{overlap(*masks).dice:8.4f}"
        else:
            line += " " * 17
        print(line + (f"{part:9.0%}" if np.isfinite(part) else ""))


COLD = """
import time
start = time.perf_counter()
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.sample import phantom
scan = phantom()
begin = time.perf_counter()
result = segment_scan(scan, device="cpu")
end = time.perf_counter()
print(f"{begin - start:.2f} {result.loading:.2f} {end - begin:.2f} {result.device}")
"""
TORCH = (
    "import time; s = time.perf_counter(); import torch, segmentation_models_pytorch; "
    "print(time.perf_counter() - s)"
)


def cold() -> None:
    """Print what a new process takes, without and with the compiled graph on disk."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {cache.CACHE_VARIABLE: folder}
        times = [_python(COLD, environment).split(" ", 3) for _ in range(3)]
        torch = min(float(_python(TORCH, environment)) for _ in range(3))
    print(f"\nA new process, the sample ({phantom().grid[0]} slices), seconds:")
    print(f"{'':28}{'imports':>10}{'opening':>10}{'segment':>10}")
    for title, row in (("graph compiled", times[0]), ("graph from disk", times[2])):
        print(f"{title:28}{row[0]:>10}{row[1]:>10}{row[2]:>10}   {row[3]}")
    print(f"{'import torch and smp alone':28}{torch:>10.2f}")


def _python(code: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def growth(bundle: Bundle, longest: int, plot: str | None) -> None:
    """Print, and draw, the cost by number of slices and by pixels."""
    network = open_network(bundle, "openvino")
    rows: dict[str, list[tuple[int, float]]] = {"slices": [], "pixels": []}
    for slices in (1, 4, 16, 64, 250, 1000):
        if slices <= longest:
            rows["slices"].append((slices, _cost(bundle, network, slices, 256)))
    for side in (128, 256, 512, 1024):
        rows["pixels"].append((side * side, _cost(bundle, network, 2, side)))
    for what, points in rows.items():
        print(
            f"\nCost by {what}:",
            ", ".join(f"{n}: {s:.3f} s ({1e3 * s / n:.4f} ms)" for n, s in points),
        )
    if plot:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
        for axis, (what, points) in zip(axes, rows.items(), strict=True):
            axis.loglog(*zip(*points, strict=True), marker="o")
            axis.set(xlabel=what, ylabel="seconds")
        plt.savefig(plot)


def _cost(bundle: Bundle, network: Runnable, slices: int, side: int) -> float:
    prepared = prepare_scan(scan_of(slices, side), bundle.card.preprocessing)
    head = find_head(prepared)
    way = Way("whole", network)
    for _ in range(3):
        run(way, prepared, head, bundle.card.flip)
    return min(way.seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--slices", type=int, nargs="*", default=[26, 150])
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--busy", type=int, nargs="*", default=[0, 1])
    parser.add_argument("--precisions", nargs="*", default=["fp32", "bf16", "int8"])
    parser.add_argument("--scan", type=Path, help="a scan of axial slices")
    parser.add_argument("--warm", action="store_true", help="leave out new processes")
    parser.add_argument("--long", type=int, default=0, help="most slices of the cost by slices")
    parser.add_argument("--plot", help="a picture of the cost")
    options = parser.parse_args()

    import torch

    from napari_brainseg.models.bundle import load_network
    from napari_brainseg.pipeline.backends.openvino_runtime import core

    print(
        core().get_property("CPU", "FULL_DEVICE_NAME"),
        core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"),
        f"{os.cpu_count()} cores",
    )
    bundle = find_models().default
    channels = bundle.card.preprocessing.in_channels
    shape = (1, channels, 256, 256)
    network = load_network(bundle)
    flops = flop_of(Plain().network, shape), flop_of(network, shape)
    print(
        f"{PLAIN}: {flops[0] / 1e9:.1f} GFLOP a slice of 256 x 256; "
        f"{bundle.card.network}: {flops[1] / 1e9:.1f}"
    )
    torch.set_grad_enabled(False)
    if not options.warm:
        cold()
    for threads in options.threads:
        for busy in options.busy:
            for slices in options.slices:
                scan = (
                    middle_of(options.scan, slices, bundle.card)
                    if options.scan
                    else scan_of(slices)
                )
                compare(
                    bundle, scan, threads, bool(busy), options.repeats, flops, options.precisions
                )
    if options.long:
        growth(bundle, options.long, options.plot)


if __name__ == "__main__":
    main()
