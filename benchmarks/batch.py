"""What many scans cost: one after another, side by side, and a million slices by that.

    python benchmarks/batch.py [--scans 12] [--slices 26] [--workers 1 2] [--price EUR_PER_HOUR]

Copies of the sample, with as many slices as asked for, are segmented one after another in this
process, and then by local clusters of so many workers, all in one run. Printed are slices a second,
the ratio to one after another, what starting a cluster takes, and which share of a scan's time is
reading, writing and measuring, which side by side overlaps with the network. Below it what a
million slices take on so many workers of this kind, and, with ``--price`` for an hour of this
machine, what they cost.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

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

MILLION = 1_000_000
FLEET = (1, 4, 16, 64)


@dataclass(frozen=True)
class Seen:
    """Seconds of one way: to start, and for all scans; and those of the runs themselves, a scan."""

    name: str
    start: float
    scans: float
    run: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=int, default=12)
    parser.add_argument("--slices", type=int, default=26)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--price", type=float, help="of an hour of this machine")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder) / "study", options.scans, options.slices)
        seen = [measure(study, Path(folder) / "0", None)]
        for count in options.workers:
            seen.append(measure(study, Path(folder) / str(count), count))
    total = options.scans * options.slices
    print("| | to start, s | slices a second | ratio | outside the run |")
    print("|---|---|---|---|---|")
    for each in seen:
        ratio = seen[0].scans / each.scans
        outside = 1 - each.run * options.scans / each.scans
        shown = f"{outside:.0%}" if each is seen[0] else ""
        speed = total / each.scans
        print(f"| {each.name} | {each.start:.1f} | {speed:.1f} | {ratio:.2f} | {shown} |")
    print_million(total / min(each.scans for each in seen), options.price)


def make_study(folder: Path, scans: int, slices: int) -> Path:
    """Write copies of the sample's FLAIR, its slices repeated to the number asked for."""
    scan = phantom()
    voxels = scan.data[scan.channels.index("FLAIR")]
    chosen = np.resize(np.arange(voxels.shape[0]), slices)
    image = nib.Nifti1Image(voxels[np.sort(chosen)].T.astype(np.int16), scan.affine)
    for number in range(scans):
        place = folder / f"p{number:04}"
        place.mkdir(parents=True)
        nib.save(image, place / "flair.nii.gz")
    return folder


def measure(study: Path, masks: Path, workers: int | None) -> Seen:
    """Segment a study once, what is made ready once a process left out of the time."""
    bundle = find_models().default
    card = bundle.card
    job = Job(masks, card.name, card.weights_sha256, bundle.path, "cpu")
    batch = Batch(list_items([study], masks), job)
    start = time.perf_counter()
    if workers is None:
        next(in_turn(batch.left, replace(job, home=masks / "warm")))
        for mask in masks.rglob("*_mask*"):
            mask.unlink()
        return timed(batch, in_turn, "one after another", start)
    plan = plan_workers(len(batch.items), "cpu", workers)
    batch.job = replace(job, threads=plan.threads)
    with local_cluster(plan) as client:
        list(client.run(warm, batch.job).values())
        name = f"{workers} worker{'s' * (workers > 1)}, {plan.threads} thread(s) each"
        return timed(batch, on_cluster(client), name, start)


def warm(job: Job) -> None:
    """Make the model ready in a worker."""
    from napari_brainseg.batch.one import segment_steps

    bundle = find_models().get(job.model)
    for _ in segment_steps(phantom(), bundle, device="cpu", slices=[10], threads=job.threads):
        pass


def timed(batch: Batch, engine: object, name: str, start: float) -> Seen:
    """Time a batch, and what came before."""
    begun = time.perf_counter()
    outcomes = run_batch(batch, engine, batch.job.home / "measures.csv", lambda _: None)
    ended = time.perf_counter()
    errors = [each.error for each in outcomes if each.result is None]
    assert not errors, errors
    run = float(np.mean([each.result.seconds for each in outcomes if each.result]))
    return Seen(name, begun - start, ended - begun, run)


def print_million(speed: float, price: float | None) -> None:
    """Print what a million slices take, by the fastest way above."""
    hours = MILLION / speed / 3600
    print("\n| machines like this one | hours for a million slices | cost |")
    print("|---|---|---|")
    for count in FLEET:
        cost = "" if price is None else f"{hours * price:.0f}"
        print(f"| {count} | {hours / count:.1f} | {cost} |")


if __name__ == "__main__":
    main()
