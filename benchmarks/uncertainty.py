"""Whether the slices that are offered first as uncertain are those that need correction.

    python benchmarks/uncertainty.py DATA --model NAME

DATA is a folder in the LGG layout; measured are the patients that the model's card says were held
out from it, so a model of `brainseg-train fit` or `benchmark` is needed. For each, slices are
ranked by the plugin's measure and by others; printed are the rank correlation with the number of
wrong voxels, and how many times as many wrong voxels the first three slices hold as the mean slice
does (the best possible is in the last line).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import spearmanr

from brainseg_train.data.cases import find_cases
from napari_brainseg.frames import frame_for
from napari_brainseg.measure.uncertainty import expected_errors
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.postprocess import calibrated
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST = 3
INSIDE = (1, 2)


def measures(
    probabilities: NDArray[np.float32], mask: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    """Rank slices in several ways; both arrays are (slice, row, column)."""
    p = np.clip(probabilities, 1e-6, 1 - 1e-6)
    entropy = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return {
        "expected errors (ours)": expected_errors(probabilities)[0],
        "expected errors of the mask": np.where(mask, 1 - p, p).sum(INSIDE, dtype=np.float64),
        "doubt without a band": np.minimum(p, 1 - p).sum(INSIDE),
        "entropy": entropy.sum(INSIDE),
        "largest entropy of a voxel": entropy.max(INSIDE),
        "area of the mask": mask.sum(INSIDE).astype(np.float64),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", required=True, help="name of a model that is found")
    parser.add_argument("--temperature", type=float, help="the card's if not given")
    options = parser.parse_args()
    bundle = find_models().get(options.model)
    known = bundle.card.patients
    cases = [
        case
        for case in find_cases(options.data)
        if known and known.part_of((case.name, case.patient)) == "test"
    ]
    if not cases:
        parser.error(f"no patient of {options.data.name} was held out from {bundle.card.name}")
    results: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for case in cases:
        scan, reference = case.read()
        result = segment_scan(scan, bundle)
        turn = frame_for(scan.affine).apply
        mask = turn(result.labels > 0)
        wrong = (mask != turn(reference > 0)).sum(INSIDE).astype(np.float64)
        temperature = options.temperature or bundle.card.temperature
        ranked = measures(calibrated(turn(result.strongest[0]), temperature), mask)
        for name, values in {**ranked, "the errors themselves": wrong}.items():
            first = np.argsort(-values, kind="stable")[:FIRST]
            results[name].append(
                (spearmanr(values, wrong).statistic, wrong[first].mean() / wrong.mean())
            )
    print(f"{bundle.card.name}, {len(cases)} held-out cases; mean (least) over cases")
    print(f"| ranking | Spearman | errors in the first {FIRST}, times the mean slice |")
    print("|---|---|---|")
    for name, rows in results.items():
        (rank, gain), (worst, least) = np.mean(rows, axis=0), np.min(rows, axis=0)
        print(f"| {name} | {rank:.2f} ({worst:.2f}) | {gain:.1f} ({least:.1f}) |")


if __name__ == "__main__":
    main()
