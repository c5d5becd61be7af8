"""What many scans cost in processor time, and a million slices by that.

    python benchmarks/batch.py [--scans 12] [--slices 26] [--workers 2] [--price EUR_PER_CORE_HOUR]

Copies of the sample, with as many slices as asked for, are segmented one after another in this
process, and then by a local cluster. What counts is processor time, of this process and of all
workers, which other work on the machine changes little: seconds a slice, and which part of it is
the network's run; what starting a worker takes. Below it what a million slices take on so many
cores by that, and, with ``--price`` for an hour of a core, what they cost. Wall-clock time is
printed for a quiet machine to be judged by.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np

from napari_brainseg.batch import (
    Batch,
    Job,
    in_turn,
    list_items,
    local_cluster,
    on_cluster,
    plan_workers,
    run_batch,
)
from napari_brainseg.models.catalog import find_models
from napari_brainseg.sample import phantom

if TYPE_CHECKING:
    from napari_brainseg.batch.run import Engine

MILLION = 1_000_000
CORES = (8, 64, 512)


@dataclass(frozen=True)
class Seen:
    """Processor seconds of a way: to start, for all scans, and of the runs in it; wall clock."""

    name: str
    start: float
    scans: float
    runs: float
    wall: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=int, default=12)
    parser.add_argument("--slices", type=int, default=26)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--price", type=float, help="of an hour of a core")
    options = parser.parse_args()
    total = options.scans * options.slices
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder) / "study", options.scans, options.slices)
        seen = [
            one_after_another(study, Path(folder) / "0"),
            side_by_side(study, Path(folder) / "1", options.workers),
        ]
    print("| processor time | to start, s | a slice, ms | of it the run | wall clock a slice, ms |")
    print("|---|---|---|---|---|")
    for each in seen:
        a_slice, wall = (1e3 * value / total for value in (each.scans, each.wall))
        # Side by side a worker reads and writes during a run.
        share = f"{each.runs / each.scans:.0%}" if each is seen[0] else ""
        print(f"| {each.name} | {each.start:.1f} | {a_slice:.1f} | {share} | {wall:.1f} |")
    print_million(seen[-1].scans / total, seen[-1].start / options.workers, options.price)


def make_study(folder: Path, scans: int, slices: int) -> Path:
    """Write copies of the sample's FLAIR, its slices repeated to the number asked for."""
    scan = phantom()
    voxels = scan.data[scan.channels.index("FLAIR")]
    chosen = np.sort(np.resize(np.arange(voxels.shape[0]), slices))
    image = nib.Nifti1Image(voxels[chosen].T.astype(np.int16), scan.affine)
    for number in range(scans):
        place = folder / f"p{number:04}"
        place.mkdir(parents=True)
        nib.save(image, place / "flair.nii.gz")
    return folder


def batch_of(study: Path, masks: Path) -> Batch:
    """Prepare a batch on the processor."""
    bundle = find_models().default
    card = bundle.card
    job = Job(masks, card.name, card.weights_sha256, bundle.path, "cpu", threads=1)
    return Batch(list_items([study], masks), job)


def one_after_another(study: Path, masks: Path) -> Seen:
    """Segment in this process, made ready before."""
    batch = batch_of(study, masks)
    begun = processor_seconds()
    warm(batch.job)
    start = processor_seconds() - begun
    return timed(batch, in_turn, "one after another", start)


def side_by_side(study: Path, masks: Path, workers: int) -> Seen:
    """Segment by a local cluster, made ready before."""
    batch = batch_of(study, masks)
    begun = processor_seconds()
    with local_cluster(
        replace(plan_workers(len(batch.items), "cpu", workers), threads=1)
    ) as client:
        client.run(warm, batch.job)
        start = processor_seconds() - begun
        return timed(batch, on_cluster(client), f"{workers} workers of one thread", start)


def warm(job: Job) -> None:
    """Make the model ready in a process."""
    from napari_brainseg.pipeline.segment import segment_steps

    bundle = find_models().get(job.model)
    for _ in segment_steps(phantom(), bundle, device="cpu", slices=[10], threads=job.threads):
        pass


def timed(batch: Batch, engine: Engine, name: str, start: float) -> Seen:
    """Count what a batch takes."""
    begun, clock = processor_seconds(), time.perf_counter()
    outcomes = run_batch(batch, engine, batch.job.home / "measures.csv", lambda _: None)
    scans, wall = processor_seconds() - begun, time.perf_counter() - clock
    errors = [each.error for each in outcomes if each.result is None]
    assert not errors, errors
    runs = sum(each.result.cpu_seconds or 0.0 for each in outcomes if each.result)
    return Seen(name, start, scans, min(runs, scans), wall)


def processor_seconds() -> float:
    """Return what this process and those that it started have taken."""
    import psutil

    own = psutil.Process(os.getpid())
    times = [each.cpu_times() for each in (own, *own.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def print_million(a_slice: float, start: float, price: float | None) -> None:
    """Print what a million slices take, by processor seconds a slice and to start a worker."""
    hours = MILLION * a_slice / 3600
    print("\n| cores, a worker each | hours for a million slices | cost |")
    print("|---|---|---|")
    for count in CORES:
        cost = "" if price is None else f"{(hours + count * start / 3600) * price:.2f}"
        print(f"| {count} | {hours / count + start / 3600:.2f} | {cost} |")


if __name__ == "__main__":
    main()
