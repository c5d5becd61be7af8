"""Writing results down: JSON, CSV, a Markdown table, and one HTML file that needs no other."""

from __future__ import annotations

import base64
import csv
from importlib.resources import files
from typing import TYPE_CHECKING

from brainseg_train.benchmark.charts import draw_charts, draw_examples, svg, trained_rows
from brainseg_train.benchmark.results import RESULTS_NAME, BenchmarkResults, RowResult
from brainseg_train.evaluate.measure import EMPTY_POLICY
from brainseg_train.files import make_folder, replacing, write_json, write_text
from brainseg_train.train.preprocessing import preprocessing_for
from napari_brainseg.pipeline.postprocess import label_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from brainseg_train.benchmark.results import Leak
    from brainseg_train.benchmark.rows import Benchmark, Row
    from brainseg_train.evaluate.results import ModelResult, PatientGroup, Results
    from brainseg_train.train.config import RunConfig

__all__ = ["example_picture", "markdown", "table", "write_report"]

DISCLAIMER = "Research software, not a medical device."


MEASURED = (
    "network",
    "IoU (pooled)",
    "pixel accuracy",
    "Dice by patient [95 %]",
    "median",
    "HD95",
    "surface Dice",
    "lesions missed",
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

    Models that were only measured have no columns on training.
    """
    trained = trained_rows(rows)
    if not trained:
        return MEASURED, [_measured(row) for row in rows]
    return (*MEASURED, *TRAINED), [(*_measured(row), *_trained(row)) for row in trained]


def _measured(row: ModelResult) -> tuple[str, ...]:
    metrics, (low, high) = row.metrics, row.intervals["dice_mean"]
    return (
        row.title,
        f"{metrics['iou_pooled']:.3f}",
        f"{metrics['accuracy_pooled']:.4f}",
        f"{metrics['dice_mean']:.3f} [{low:.3f}, {high:.3f}]",
        f"{metrics['dice_median']:.3f}",
        f"{metrics['hd95_mean']:.1f} {row.unit}",
        f"{metrics['nsd_mean']:.3f}",
        f"{metrics['lesion_miss_rate']:.0%}",
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
    parts.append(_groups("institution", {row.title: row.by_institution for row in rows}))
    parts.append(_groups("lesion size", {row.title: row.by_size for row in rows}))
    if isinstance(results, BenchmarkResults):
        parts += [_leak(leak) for leak in results.leaks]
    parts += [f"{note}\n" for note in results.notes]
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


def _groups(label: str, by_title: Mapping[str, Mapping[str, PatientGroup]]) -> str:
    counts = {name: each.patients for groups in by_title.values() for name, each in groups.items()}
    names = sorted(counts)
    heads = (f"mean Dice by {label}", *(f"{name} (n = {counts[name]})" for name in names))
    return _markdown_table(
        heads,
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
        {"row": row.name, **each.model_dump(exclude_none=True)}
        for row in results.rows
        for each in row.patients
    ]
    _write_csv(folder / "patients.csv", patients)
    write_text(folder / "report.md", f"# {results.title}\n\n{markdown(results)}")
    charts = {name: svg(figure) for name, figure in draw_charts(results.rows).items()}
    for name, text in charts.items():
        write_text(folder / "charts" / f"{name}.svg", text)
    heads, rows = table(results.rows)
    template = (files("brainseg_train.benchmark") / "report.html.j2").read_text(encoding="utf-8")
    page = Environment(autoescape=True).from_string(template)
    pictures = {name: base64.b64encode(png).decode() for name, png in (examples or {}).items()}
    text = page.render(
        results=results,
        heads=heads,
        rows=rows,
        charts=charts,
        pictures=pictures,
        policy=EMPTY_POLICY,
        disclaimer=DISCLAIMER,
    )
    write_text(folder / "report.html", text)


def example_picture(benchmark: Benchmark, config: RunConfig, row: Row) -> bytes:
    """Draw the best, the median and the worst test patient of a row, on their largest slices."""
    from napari_brainseg.measure.metrics import overlap

    card, stacks = row.card, row.predictions()
    masked = []
    for patient in benchmark.dataset(preprocessing_for(config)).patients:
        if patient.case.name in stacks:
            stack = stacks[patient.case.name].astype("float32")
            mask = label_map(stack, card.threshold, card.keep_fraction, value=1)
            masked.append((overlap(mask, patient.mask).dice, patient, mask))
    masked.sort(key=lambda item: item[0])
    shown = []
    for label, place in (("best", -1), ("median", len(masked) // 2), ("worst", 0)):
        dice, patient, mask = masked[place]
        turn = patient.prepared.geometry.frame.apply
        reference, found = turn(patient.mask), turn(mask)
        z = int((reference.sum(axis=(1, 2)) * 2 + found.sum(axis=(1, 2))).argmax())
        image: NDArray[np.generic] = patient.prepared.volume[1, z]
        shown.append((f"{label}: Dice {dice:.2f}", image, reference[z], found[z]))
    return draw_examples(shown)


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
