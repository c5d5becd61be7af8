"""Writing results down: JSON, CSV, a Markdown table, and one HTML file that needs no other."""

from __future__ import annotations

import base64
import csv
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from brainseg_train.benchmark.charts import draw_charts, draw_examples, svg
from brainseg_train.evaluate.results import EMPTY_POLICY
from brainseg_train.files import replacing, write_json
from brainseg_train.train.preprocessing import preprocessing_for
from napari_brainseg.pipeline.postprocess import label_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from brainseg_train.benchmark.rows import Benchmark, Row
    from brainseg_train.train.config import RunConfig

__all__ = ["example_picture", "markdown", "table", "write_report"]

DISCLAIMER = "Research software, not a medical device."


def table(rows: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Lay rows out as a person reads them: column heads, and a tuple of texts a row."""
    heads = (
        "network",
        "IoU (pooled)",
        "pixel accuracy",
        "Dice by patient [95 %]",
        "median",
        "HD95",
        "surface Dice",
        "lesions missed",
        "ECE",
        "training",
        "CPU time",
        "epochs",
        "bundle",
        "parameters",
        "ms/slice",
        "memory",
        "encoder started from",
    )
    return heads, [_texts(row) for row in rows]


def _texts(row: dict[str, Any]) -> tuple[str, ...]:
    metrics, cost = row["metrics"], row.get("costs")
    low, high = row["intervals"]["dice_mean"]
    measured = (
        row["title"],
        f"{metrics['iou_pooled']:.3f}",
        f"{metrics['accuracy_pooled']:.4f}",
        f"{metrics['dice_mean']:.3f} [{low:.3f}, {high:.3f}]",
        f"{metrics['dice_median']:.3f}",
        f"{metrics['hd95_mean']:.1f} {row['unit']}",
        f"{metrics['nsd_mean']:.3f}",
        f"{metrics['lesion_miss_rate']:.0%}",
        f"{metrics['ece']:.3f}",
    )
    if cost is None:
        return (*measured, *("",) * 8)
    return (
        *measured,
        f"{cost['training_seconds'] / 60:.1f} min",
        f"{cost['training_cpu_seconds'] / 60:.1f} min",
        f"{cost['epochs']:.0f}",
        f"{cost['bundle_mb']:.1f} MB",
        f"{cost['parameters'] / 1e6:.1f} M",
        f"{cost['inference_ms_per_slice']:.0f}",
        f"{cost['memory_gb']:.1f} GB",
        _origin(row["initialisation"]),
    )


def _origin(said: str) -> str:
    """Shorten the sentence on starting weights, keeping whether they were complete."""
    if said == "random":
        return said
    return "ImageNet, partial" if "partial" in said else "ImageNet"


def markdown(results: dict[str, Any]) -> str:
    """Give the tables of a report as Markdown."""
    rows = results["rows"]
    parts = [_markdown_table(*table(rows))]
    if comparisons := results.get("comparisons"):
        parts.append(_comparisons(comparisons, {row["name"]: row["title"] for row in rows}))
    parts += [
        _groups(rows, "by_institution", "institution"),
        _groups(rows, "by_size", "lesion size"),
    ]
    parts += [_leak(leak) for leak in results.get("leaks", ())]
    parts += [f"{note}\n" for note in results["notes"]]
    return "\n".join([*parts, EMPTY_POLICY]) + "\n"


def _comparisons(comparisons: Sequence[dict[str, Any]], titles: Mapping[str, str]) -> str:
    heads = ("pair", "mean Dice difference", "p (Wilcoxon)", "p (Holm)")
    return _markdown_table(
        heads,
        [
            (
                " − ".join(titles[name] for name in each["rows"]),
                f"{each['dice_difference']:+.3f}",
                f"{each['p']:.3f}",
                f"{each['p_holm']:.3f}",
            )
            for each in comparisons
        ],
    )


def _groups(rows: Sequence[dict[str, Any]], key: str, label: str) -> str:
    counts = {name: group["patients"] for row in rows for name, group in row[key].items()}
    names = sorted(counts)
    heads = (f"mean Dice by {label}", *(f"{name} (n = {counts[name]})" for name in names))
    return _markdown_table(
        heads,
        [(row["title"], *(f"{row[key][name]['dice_mean']:.3f}" for name in names)) for row in rows],
    )


def _leak(leak: dict[str, Any]) -> str:
    heads = (f"{leak['title']}, the same {leak['slices']} slices", "IoU", "Dice", "pixel accuracy")
    rows = []
    for key, label, sign in (
        ("patient", "split by patient", ""),
        ("slice", "split by slice", ""),
        ("difference", "difference: the leak", "+"),
    ):
        iou, dice, accuracy = (leak[key][f"{name}_pooled"] for name in ("iou", "dice", "accuracy"))
        rows.append((label, f"{iou:{sign}.3f}", f"{dice:{sign}.3f}", f"{accuracy:{sign}.4f}"))
    return _markdown_table(heads, rows)


def write_report(
    results: dict[str, Any], folder: Path, examples: Mapping[str, bytes] | None = None
) -> None:
    """Write results as JSON, CSV (rows and patients), Markdown and HTML, with charts as SVG.

    Parameters
    ----------
    results : dict
        Of :func:`brainseg_train.benchmark.collect.collect`.
    folder : Path
        Made if it is not there; files of these names are replaced.
    examples : mapping of str to bytes, optional
        PNG by row name.
    """
    from jinja2 import Environment

    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "results.json", results)
    _write_csv(folder / "rows.csv", [_flat(row) for row in results["rows"]])
    patients = [{"row": row["name"], **p} for row in results["rows"] for p in row["patients"]]
    _write_csv(folder / "patients.csv", patients)
    _replace(folder / "report.md", f"# {results['title']}\n\n{markdown(results)}")
    charts = {name: svg(figure) for name, figure in draw_charts(results).items()}
    (folder / "charts").mkdir(exist_ok=True)
    for name, text in charts.items():
        _replace(folder / "charts" / f"{name}.svg", text)
    heads, rows = table(results["rows"])
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
    _replace(folder / "report.html", text)


def example_picture(benchmark: Benchmark, config: RunConfig, row: Row) -> bytes:
    """Draw the best, the median and the worst test patient of a row, on their largest slices."""
    from napari_brainseg.measure.metrics import overlap

    card, stacks = row.card, row.predictions()
    masked = []
    for patient in benchmark.cohort(preprocessing_for(config)).patients:
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


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    keys = ("name", "title", "initialisation", "machine")
    intervals = {
        f"{key}_{side}": value
        for key, pair in row["intervals"].items()
        for side, value in zip(("low", "high"), pair, strict=True)
    }
    plain = {key: row[key] for key in keys if key in row}
    return {**plain, **row["metrics"], **intervals, **row.get("costs", {})}


def _write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with replacing(path) as aside, aside.open("w", newline="", encoding="utf-8") as handle:
        if rows:
            writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def _replace(path: Path, text: str) -> None:
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8")


def _markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
