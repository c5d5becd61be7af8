"""Writing results down: JSON, CSV, a Markdown table, and one HTML file that needs no other."""

from __future__ import annotations

import base64
import csv
from importlib.resources import files
from statistics import fmean
from typing import TYPE_CHECKING

from brainseg_train.benchmark.charts import draw_charts, draw_examples, svg, trained_rows
from brainseg_train.benchmark.results import RESULTS_NAME, BenchmarkResults, RowResult
from brainseg_train.evaluate.masks import class_overlaps, mask_bits
from brainseg_train.evaluate.measure import EMPTY_POLICY
from brainseg_train.evaluate.statistics import could_differ
from brainseg_train.files import make_folder, replacing, write_json, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from brainseg_train.benchmark.results import Leak
    from brainseg_train.benchmark.rows import Benchmark, Row
    from brainseg_train.evaluate.results import ModelResult, PatientGroup, PatientRow, Results
    from brainseg_train.train.config import RunConfig

__all__ = [
    "example_picture",
    "markdown",
    "picked_patients",
    "power_notes",
    "table",
    "with_interval",
    "write_report",
]

DISCLAIMER = "Research software, not a medical device."
INTERVALS = (
    "Intervals are of 95 %, over patients: of means of Dice by the Bayesian bootstrap, with a "
    "third of a patient whom nobody has seen, of the rest by BCa, widened for small numbers."
)
CAPTIONS = {
    "iou": "IoU of all voxels pooled",
    "dice": "Dice of each patient",
    "accuracy": "Share of voxels that are right; most are far from any tumour",
    "reliability": "What the predicted probability is worth, around the lesions",
    "size": "Size of the networks",
    "training_time": "What training cost",
    "learning": "Learning curves of the first part",
    "depth": "Encoders of different depth",
}


MEASURED = (
    "network",
    "IoU (pooled)",
    "pixel accuracy",
    "Dice by patient [95 %]",
    "median",
    "HD95",
    "surface Dice",
    "lesions missed",
    "false positives",
    "ECE",
)
TRAINED = (
    "training",
    "CPU time",
    "epochs",
    "bundle",
    "parameters",
    "ms/slice",
    "memory",
    "encoder started from",
)


def table(rows: Sequence[ModelResult]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Lay rows out as a person reads them: column heads, and a tuple of texts a row.

    Models that were only measured have no columns on training; what no row says has no column.
    """
    trained = trained_rows(rows)
    if not trained:
        return _filled(MEASURED, [_measured(row) for row in rows])
    return _filled((*MEASURED, *TRAINED), [(*_measured(row), *_trained(row)) for row in trained])


def _tables(
    rows: Sequence[ModelResult],
) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Lay rows out for a page: what was measured, and, below, what it cost to train."""
    found = [_filled(MEASURED, [_measured(row) for row in rows])]
    if trained := trained_rows(rows):
        lines = [(row.title, *_trained(row)) for row in trained]
        found.append(_filled(("network", *TRAINED), lines))
    return found


def _filled(
    heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Leave out columns that hold nothing."""
    kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    return tuple(heads[place] for place in kept), [tuple(row[p] for p in kept) for row in rows]


def with_interval(row: ModelResult) -> str:
    """Return the mean Dice with its interval; of one patient there is none."""
    mean = f"{row.metrics['dice_mean']:.3f}"
    if (interval := row.intervals.get("dice_mean")) is None:
        return mean
    return f"{mean} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _measured(row: ModelResult) -> tuple[str, ...]:
    metrics = row.metrics
    invented = metrics.get("false_positives_mean")
    return (
        row.title,
        f"{metrics['iou_pooled']:.3f}",
        f"{metrics['accuracy_pooled']:.4f}",
        with_interval(row),
        f"{metrics['dice_median']:.3f}",
        f"{metrics['hd95_mean']:.1f} {row.unit}",
        f"{metrics['nsd_mean']:.3f}",
        f"{metrics['lesion_miss_rate']:.0%}",
        "" if invented is None else f"{invented:.1f} per case",
        f"{metrics['ece']:.3f}",
    )


def _trained(row: RowResult) -> tuple[str, ...]:
    costs = row.costs
    return (
        f"{costs.training_seconds / 60:.1f} min",
        f"{costs.training_cpu_seconds / 60:.1f} min",
        f"{costs.epochs:.0f}",
        f"{costs.bundle_mb:.1f} MB",
        f"{costs.parameters / 1e6:.1f} M",
        f"{costs.inference_ms_per_slice:.0f}",
        f"{costs.memory_gb:.1f} GB",
        row.origin,
    )


def markdown(results: Results) -> str:
    """Return the tables of a report as Markdown."""
    rows = results.rows
    parts = [_markdown_table(*table(rows))]
    if results.comparisons:
        parts.append(_comparisons(results))
    parts += [_markdown_table(*each) for each in _groups(rows)]
    if isinstance(results, BenchmarkResults):
        parts += [_leak(leak) for leak in results.leaks]
    parts += [f"{note}\n" for note in (*results.notes, *power_notes(results))]
    return "\n".join([*parts, EMPTY_POLICY]) + "\n"


def _comparisons(results: Results) -> str:
    titles = {row.name: row.title for row in results.rows}
    heads = ("pair", "mean Dice difference", "p (Wilcoxon)", "p (Holm)")
    return _markdown_table(
        heads,
        [
            (
                " − ".join(titles[name] for name in each.rows),
                f"{each.dice_difference:+.3f}",
                f"{each.p:.3f}",
                f"{each.p_holm:.3f}",
            )
            for each in results.comparisons
        ],
    )


def power_notes(results: Results) -> list[str]:
    """Say of which comparisons no test could have found a difference."""
    blind = [
        each
        for each in results.comparisons
        if each.patients is not None and not could_differ(each.patients)
    ]
    if not blind:
        return []
    fewest = next(n for n in range(2, 100) if could_differ(n))
    which = "No comparison here" if len(blind) == len(results.comparisons) else "Some comparisons"
    verb = "can" if len(blind) == len(results.comparisons) else "cannot"
    return [
        f"{which} {verb} find a difference at p < 0.05, however large: Wilcoxon's two-sided test "
        f"needs {fewest} patients whose Dice differs."
    ]


def _groups(rows: Sequence[ModelResult]) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Lay out the mean Dice of parts of the patients, and of the classes where there are some."""
    parts = {
        "institution": {row.title: row.by_institution for row in rows},
        "lesion size": {row.title: row.by_size for row in rows},
        "class": {row.title: row.by_class for row in rows},
    }
    return [_group(label, groups) for label, groups in parts.items() if any(groups.values())]


def _group(
    label: str, by_title: Mapping[str, Mapping[str, PatientGroup]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    counts = {name: each.patients for groups in by_title.values() for name, each in groups.items()}
    names = sorted(counts)
    return (
        (f"mean Dice by {label}", *(f"{name} (n = {counts[name]})" for name in names)),
        [
            (title, *(f"{groups[name].dice_mean:.3f}" for name in names))
            for title, groups in by_title.items()
        ],
    )


def _leak(leak: Leak) -> str:
    heads = (f"{leak.title}, the same {leak.slices} slices", "IoU", "Dice", "pixel accuracy")
    rows = [
        (
            label,
            f"{each.iou_pooled:{sign}.3f}",
            f"{each.dice_pooled:{sign}.3f}",
            f"{each.accuracy_pooled:{sign}.4f}",
        )
        for label, each, sign in (
            ("split by patient", leak.patient, ""),
            ("split by slice", leak.slice, ""),
            ("difference: the leak", leak.difference, "+"),
        )
    ]
    return _markdown_table(heads, rows)


def write_report(
    results: Results, folder: Path, examples: Mapping[str, bytes] | None = None
) -> None:
    """Write results as JSON, CSV (rows and patients), Markdown and HTML, with charts as SVG.

    Parameters
    ----------
    results : Results
        Of a benchmark, or of models that were only measured.
    folder : Path
        Made if it is not there; files of these names are replaced.
    examples : mapping of str to bytes, optional
        PNG by row name.
    """
    from jinja2 import Environment

    make_folder(folder / "charts")
    write_json(folder / RESULTS_NAME, results.model_dump())
    _write_csv(folder / "rows.csv", [_flat(row) for row in results.rows])
    patients = [
        {"row": row.name, **_patient(each)} for row in results.rows for each in row.patients
    ]
    _write_csv(folder / "patients.csv", patients)
    write_text(folder / "report.md", f"# {results.title}\n\n{markdown(results)}")
    charts = {name: svg(figure) for name, figure in draw_charts(results.rows).items()}
    for name, text in charts.items():
        write_text(folder / "charts" / f"{name}.svg", text)
    template = (files("brainseg_train.benchmark") / "report.html.j2").read_text(encoding="utf-8")
    page = Environment(autoescape=True).from_string(template)
    pictures = {name: base64.b64encode(png).decode() for name, png in (examples or {}).items()}
    text = page.render(
        results=results,
        tables=_tables(results.rows),
        groups=_groups(results.rows),
        titles={row.name: row.title for row in results.rows},
        intervals=INTERVALS,
        charts=charts,
        pictures=pictures,
        policy=EMPTY_POLICY,
        notes=power_notes(results),
        captions=CAPTIONS,
        disclaimer=DISCLAIMER,
    )
    write_text(folder / "report.html", text)


def example_picture(benchmark: Benchmark, config: RunConfig, row: Row) -> bytes:
    """Draw the best, the median and the worst test patient of a row, on their largest slices.

    Of two patients neither is the median, and one alone is no more than that.
    """
    card, stacks = row.card, row.predictions()
    masked = []
    for patient in benchmark.dataset(benchmark.params(config)).patients:
        if patient.case.name in stacks:
            stack = stacks[patient.case.name].astype("float32")
            table = patient.case.table
            mask = mask_bits(stack, card.threshold, card.keep_fraction, table)
            dice = fmean(each.dice for each in class_overlaps(mask, patient.mask, table))
            masked.append((dice, patient, mask > 0))
    masked.sort(key=lambda item: item[0])
    shown = []
    for label, place in picked_patients(len(masked)):
        dice, patient, marked = masked[place]
        turn = patient.prepared.geometry.frame.apply
        reference, found = turn((patient.mask & 127) > 0), turn(marked)
        z = int((reference.sum(axis=(1, 2)) * 2 + found.sum(axis=(1, 2))).argmax())
        required = [role.fallback is None for role in benchmark.source.roles].index(True)
        image: NDArray[np.generic] = patient.prepared.volume[required, z]
        title = f"{label}: {patient.case.name}\nDice {dice:.2f}, slice {z + 1}"
        shown.append((title, image, reference[z], found[z]))
    return draw_examples(shown)


def picked_patients(count: int) -> tuple[tuple[str, int], ...]:
    """Say which of so many patients, the worst first, are drawn, and what they are called."""
    if count == 1:
        return (("the only one", 0),)
    middle = (("median", count // 2),) if count > 2 else ()
    return (("best", count - 1), *middle, ("worst", 0))


def _patient(row: PatientRow) -> dict[str, str | float]:
    """Lay a patient out in one line of a spreadsheet."""
    content = row.model_dump(exclude_none=True)
    by_class = content.pop("classes")
    return {**content, **{f"dice, {name}": dice for name, dice in by_class.items()}}


def _flat(row: ModelResult) -> dict[str, str | float]:
    """Lay a row out in one line of a spreadsheet."""
    intervals = {
        f"{key}_{side}": value
        for key, pair in row.intervals.items()
        for side, value in zip(("low", "high"), pair, strict=True)
    }
    flat = {"name": row.name, "title": row.title, "initialisation": row.initialisation}
    if not isinstance(row, RowResult):
        return {**flat, **row.metrics, **intervals}
    return {**flat, "machine": row.machine, **row.metrics, **intervals, **dict(row.costs)}


def _write_csv(path: Path, rows: Sequence[Mapping[str, str | float]]) -> None:
    with (
        replacing(path, path.name) as aside,
        aside.open("w", newline="", encoding="utf-8") as handle,
    ):
        if rows:
            columns = dict.fromkeys(key for row in rows for key in row)
            writer = csv.DictWriter(handle, fieldnames=list(columns))
            writer.writeheader()
            writer.writerows(rows)


def _markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
