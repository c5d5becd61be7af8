"""What each lever of the recipe is worth, on patients kept aside and on scans from elsewhere.

    python benchmarks/levers.py RUNS DATA --fold 2 [--exclude PATIENT ...] --output FOLDER

RUNS is the folder of rows that ``brainseg-train benchmark --protocol levers`` left, DATA the
training data. Each row is tried on the test patients of its fold: with all sequences, with FLAIR
alone, and with FLAIR alone and without their skulls (cut by :mod:`brainseg_train.data.skull`); and
on the scans of ``benchmarks/outside.py``. Every row's mask is probability at least 0.3 less parts
below a tenth of the largest, as the embedded model has them, so that nothing is chosen here.
Below the table of means each row is compared with ``all``, patient by patient: the mean difference
of Dice, its 95 % interval and Wilcoxon's p. A row that was measured before is read from FOLDER; the
tables are ``levers.md`` and ``levers.json``.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from outside import SHARED, Result, run, summary

from brainseg_train.data.cases import find_cases
from brainseg_train.data.skull import brain_depth
from brainseg_train.data.split import fold_by_patient
from brainseg_train.evaluate.statistics import confidence_interval, paired_p_value
from napari_brainseg.intensity import brain_intensity
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.models.bundle import Bundle, open_bundle
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brainseg_train.data.case import Case

CHOICE = {"threshold": 0.3, "keep_fraction": 0.1, "flip": False}
COLUMNS = {
    "LGG, all": "LGG, all sequences",
    "FLAIR alone": "LGG, FLAIR alone",
    "stripped": "LGG, skull removed",
    "BraTS18 FLAIR": "BraTS 2018, FLAIR alone",
    "all": "BraTS 2018, all sequences",
    "z-scored": "BraTS 2018, z-scored",
    "8 bit": "BraTS 2018, 8-bit window",
    "bias": "BraTS 2018, bias field ±40 %",
    "BraTS13 z": "BraTS 2013, z-scores",
    "skull on/off": "skull removed",
    "no tumour, mL": "no tumour",
}


def views(case: Case) -> Iterator[tuple[str, Scan, dict[str, Channel]]]:
    """Show a patient whole, with FLAIR alone, and that without its skull."""
    scan, _ = case.read()
    flair = scan.channels.index("FLAIR")
    roles = {name: Channel(scan, index) for index, name in enumerate(scan.channels)}
    yield "LGG, all sequences", scan, roles
    yield "LGG, FLAIR alone", scan, {"FLAIR": Channel(scan, flair)}
    values = scan.data[flair]
    cut = np.where(brain_depth(brain_intensity(values)(values)) > 0, values, 0)[None]
    bare = Scan(cut, scan.affine, ("FLAIR",), Source("nifti", case.name), scan.units)
    yield "LGG, skull removed", bare, {"FLAIR": Channel(bare, 0)}


def held_out(bundle: Bundle, cases: Sequence[Case]) -> list[Result]:
    """Measure test patients."""
    results = []
    for case in cases:
        truth = case.read()[1]
        for kind, scan, channels in views(case):
            mask = segment_scan(scan, bundle, channels=channels, device="cpu").labels
            dice = overlap(mask, truth).dice
            results.append(Result(kind, case.name, float(mask.sum()), dice))
    return results


def table(measured: dict[str, list[dict[str, Any]]]) -> str:
    """Make a markdown table, one row a lever: mean, and the worst after it."""
    lines = [f"| | {' | '.join(COLUMNS)} |", "|---|" + "---|" * len(COLUMNS)]
    for name, plain in measured.items():
        found = summary([Result(**each) for each in plain])
        cells = []
        for kind in COLUMNS.values():
            row, digits = found[kind], 1 if kind == "no tumour" else 3
            cells.append(f"{row['mean']:.{digits}f} ({row['worst']:.{min(digits, 2)}f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def differences(measured: dict[str, list[dict[str, Any]]], against: str = "all") -> str:
    """Make a markdown table of what each row gains over another, on the same patients."""
    kinds = {name: kind for name, kind in COLUMNS.items() if kind != "no tumour"}
    lines = [f"| less {against} | {' | '.join(kinds)} |", "|---|" + "---|" * len(kinds)]
    for name in measured:
        if name != against:
            cells = [_difference(measured, name, against, kind) for kind in kinds.values()]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _difference(
    measured: dict[str, list[dict[str, Any]]], name: str, against: str, kind: str
) -> str:
    gained, p = gain(*(_dice(measured[row], kind) for row in (name, against)))
    return f"{gained}, p = {p:.2f}"


def gain(ours: dict[str, float], theirs: dict[str, float]) -> tuple[str, float]:
    """Return the mean difference of the same cases with its 95 % interval, and Wilcoxon's p."""
    cases = sorted(ours)
    apart = np.array([ours[case] - theirs[case] for case in cases])
    interval = confidence_interval(cases, lambda drawn: float(apart[drawn].mean()))
    spread = "" if interval is None else f" [{interval[0]:+.3f}, {interval[1]:+.3f}]"
    p = paired_p_value([ours[case] for case in cases], [theirs[case] for case in cases])
    return f"{apart.mean():+.3f}{spread}", p


def _dice(results: list[dict[str, Any]], kind: str) -> dict[str, float]:
    return {each["case"]: each["dice"] for each in results if each["kind"] == kind}


def main() -> None:
    """Measure what is new, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--fold", type=int, default=2, help="from 1, of five")
    parser.add_argument("--exclude", action="append", default=[], help="as when it was trained")
    parser.add_argument("--outside", type=Path, default=SHARED / "outside")
    parser.add_argument("--scans", type=Path, default=SHARED / "scans")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    cases = find_cases(options.data)
    test = fold_by_patient(cases, 5, options.fold - 1, 0, options.exclude).test
    options.output.mkdir(parents=True, exist_ok=True)
    at = options.output / "levers.json"
    measured = json.loads(at.read_text(encoding="utf-8")) if at.is_file() else {}
    for folder in sorted(options.runs.glob(f"*-patient-{options.fold}of5")):
        name = folder.name.removesuffix(f"-patient-{options.fold}of5")
        if name in measured or not (folder / "row.json").is_file():
            continue
        stored = open_bundle(folder / "bundle")
        bundle = Bundle(stored.path, stored.card.model_copy(update=CHOICE))
        results = held_out(bundle, test) + run(bundle, options.outside, options.scans)
        measured[name] = [asdict(each) for each in results]
        at.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    tables = table(measured)
    if "all" in measured:
        tables += "\n\n" + differences(measured)
    (options.output / "levers.md").write_text(tables + "\n", encoding="utf-8")
    print(tables)


if __name__ == "__main__":
    main()
