"""How models do on patients that none of them learned from, by threshold, and shown in three ways.

    python benchmarks/kept_aside.py DATA MODEL [MODEL ...] [--fold 1] [--exclude PATIENT ...]
    python benchmarks/kept_aside.py DATA MODEL [MODEL ...] --unseen [--names]

DATA is a folder in the LGG layout, each MODEL a name or a folder. The patients are those that
``brainseg-train benchmark --fold`` tests, or all that the first model was measured on when it was
trained (``--unseen``); one that a model's card knows to be learned from ends the run. Each is
segmented with all sequences, with FLAIR alone, and with FLAIR alone and without its skull
(:mod:`brainseg_train.data.skull`), parts below a tenth of the largest dropped. Printed is the mean
Dice of each way and threshold, its worst, and Wilcoxon's p of the patients against the first model
at the same threshold. ``--names`` prints who they are instead.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from levers import views
from outside import THRESHOLDS

from brainseg_train.cli.arguments import find_bundle
from brainseg_train.data.cases import find_cases
from brainseg_train.data.split import fold_by_patient
from brainseg_train.evaluate.predict import score
from brainseg_train.evaluate.statistics import paired_p_value
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brainseg_train.data.case import Case
    from napari_brainseg.models.bundle import Bundle

KEEP = 0.1
"""Smallest part that counts, of the largest."""


def dice_by_way(bundle: Bundle, cases: Sequence[Case]) -> dict[str, np.ndarray]:
    """Segment cases in each way; arrays (cases, thresholds) of Dice."""
    found: dict[str, list[list[float]]] = {}
    for case in cases:
        truth = case.read()[1]
        for way, scan, channels in views(case):
            run = segment_scan(scan, bundle, channels=channels, device="cpu")
            (probabilities,) = run.probabilities.astype(np.float32)
            row = [score([(probabilities, truth)], each, KEEP)[0][0].dice for each in THRESHOLDS]
            found.setdefault(way, []).append(row)
    return {way: np.array(rows) for way, rows in found.items()}


def check_unseen(bundle: Bundle, cases: Sequence[Case]) -> None:
    """See that a model's card knows none of these patients as learned from."""
    record = bundle.card.patients
    seen = [c.name for c in cases if record and record.part_of((c.patient, c.name)) == "train"]
    if seen:
        raise SystemExit(f"{bundle.card.name} has learned from {', '.join(seen)}.")


def held_out(bundle: Bundle, cases: Sequence[Case]) -> tuple[Case, ...]:
    """Return the patients that a model was measured on when it was trained."""
    record = bundle.card.patients
    return tuple(c for c in cases if record and record.part_of((c.patient, c.name)) == "test")


def lines(name: str, ours: dict[str, np.ndarray], first: dict[str, np.ndarray]) -> list[str]:
    """Rows of the table of one model."""
    rows = []
    for way, dice in ours.items():
        cells = []
        for at in range(len(THRESHOLDS)):
            p = paired_p_value(dice[:, at].tolist(), first[way][:, at].tolist())
            against = "" if ours is first else f", p = {p:.2f}"
            cells.append(f"{dice[:, at].mean():.3f} ({dice[:, at].min():.2f}{against})")
        rows.append(f"| {name} | {way} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--fold", type=int, default=1, help="from 1, of five")
    parser.add_argument("--unseen", action="store_true", help="whom the first model never may see")
    parser.add_argument("--names", action="store_true", help="say who they are, and end")
    parser.add_argument("--exclude", action="append", default=[], help="as when it was trained")
    options = parser.parse_args()
    cases = find_cases(options.data)
    if options.unseen:
        who, test = "unseen", held_out(find_bundle(options.models[0]), cases)
    else:
        who = f"fold {options.fold} of 5"
        test = fold_by_patient(cases, 5, options.fold - 1, 0, options.exclude).test
    if options.names:
        print("\n".join(case.patient for case in test))
        return
    print(f"{len(test)} patients, {who}; mean Dice (worst) at a threshold of\n")
    print("| model | shown | " + " | ".join(f"{each:g}" for each in THRESHOLDS) + " |")
    print("|---|---|" + "---|" * len(THRESHOLDS))
    first: dict[str, np.ndarray] = {}
    for name in options.models:
        bundle = find_bundle(name)
        check_unseen(bundle, test)
        ours = dice_by_way(bundle, test)
        first = first or ours
        print("\n".join(lines(bundle.card.name, ours, first)), flush=True)


if __name__ == "__main__":
    main()
