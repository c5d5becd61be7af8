"""What the whole recipe is worth, on every patient of the LGG set, by networks that saw none of it.

    python benchmarks/cross_validated.py DATA --fold 1 BEFORE AFTER [--fold 2 BEFORE AFTER ...]
                                         [--exclude PATIENT ...] [--json FILE]

DATA is a folder in the LGG layout; BEFORE and AFTER, names or folders, are the models of a fold of
five before and after it went on with the recipe. The patients that its training left out are
segmented as ``benchmarks/kept_aside.py`` does; one that a card knows to be learned from ends the
run. Printed are, over the patients of all folds, mean Dice and its 95 % interval, the median, how
many are below 0.5, and the mean difference with its interval and Wilcoxon's p. A fold that is in
the JSON file already is not measured again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from kept_aside import check_unseen, dice_by_way
from levers import gain
from outside import THRESHOLDS

from brainseg_train.cli.arguments import find_bundle
from brainseg_train.data.cases import find_cases
from brainseg_train.data.split import fold_by_patient
from brainseg_train.evaluate.statistics import share_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brainseg_train.data.case import Case

SHOWN = (0.15, 0.2, 0.3, 0.5)
"""Thresholds of the table."""

Fold: TypeAlias = "dict[str, dict[str, dict[str, list[float]]]]"
"""Dice by threshold, of each case, shown in each way, before and after."""


def measure(cases: Sequence[Case], models: Sequence[str]) -> Fold:
    """Segment the patients that a fold left out."""
    fold: Fold = {}
    for when, name in zip(("before", "after"), models, strict=True):
        bundle = find_bundle(name)
        check_unseen(bundle, cases)
        for way, dice in dice_by_way(bundle, cases).items():
            rows = {case.name: row.tolist() for case, row in zip(cases, dice, strict=True)}
            fold.setdefault(way, {})[when] = rows
    return fold


def table(folds: Sequence[Fold]) -> list[str]:
    """Make the rows of the table over all folds."""
    rows = [
        "| shown | threshold | before | median | below 0.5 | after | median | below 0.5 "
        "| difference | p |",
        "|" + "---|" * 10,
    ]
    for way in folds[0]:
        for threshold in SHOWN:
            at = THRESHOLDS.index(threshold)
            pooled = [
                {case: row[at] for fold in folds for case, row in fold[way][when].items()}
                for when in ("before", "after")
            ]
            before, after = pooled
            gained, p = gain(after, before)
            cells = *_one(before), *_one(after), gained, "< 0.001" if p < 0.001 else f"{p:.3f}"
            rows.append(f"| {way} | {threshold:g} | {' | '.join(cells)} |")
    return rows


def _one(dice: dict[str, float]) -> tuple[str, str, str]:
    values = np.array([*dice.values()])
    bounds = share_interval(values.tolist(), [*dice])  # a case a patient
    spread = "" if bounds is None else f" [{bounds[0]:.3f}, {bounds[1]:.3f}]"
    return f"{values.mean():.3f}{spread}", f"{np.median(values):.3f}", f"{(values < 0.5).sum()}"


def main() -> None:
    """Measure what is new, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--fold", nargs=3, action="append", required=True, metavar=("N", "BEFORE", "AFTER")
    )
    parser.add_argument("--exclude", action="append", default=[], help="as when it was trained")
    parser.add_argument("--json", type=Path, help="keeps the Dice of each case")
    options = parser.parse_args()
    cases = find_cases(options.data)
    kept: Path | None = options.json
    known: dict[str, Fold] = json.loads(kept.read_text("utf-8")) if kept and kept.is_file() else {}
    for number, *models in options.fold:
        if number not in known:
            test = fold_by_patient(cases, 5, int(number) - 1, 0, options.exclude).test
            known[number] = measure(test, models)
            if kept is not None:
                kept.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    folds = [known[number] for number, *_ in options.fold]
    count = sum(len(next(iter(fold.values()))["after"]) for fold in folds)
    print(f"{count} patients of {len(folds)} folds, each left out by the networks of its fold\n")
    print("\n".join(table(folds)))


if __name__ == "__main__":
    main()
