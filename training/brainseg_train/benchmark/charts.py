"""The pictures of a benchmark report, as SVG and PNG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from brainseg_train.benchmark.results import RowResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from brainseg_train.evaluate.results import ModelResult

__all__ = ["draw_charts", "draw_examples", "svg", "trained_rows"]

BLUE, ORANGE, GREY = "#2f6db3", "#e07b26", "#8a8f98"

# The same numbers make the same file.
mpl.rcParams["svg.hashsalt"] = "brainseg"
mpl.rcParams["font.size"] = 9


def trained_rows(rows: Sequence[ModelResult]) -> list[RowResult]:
    """Return the rows if all were trained here; models that were only measured are none."""
    trained = [row for row in rows if isinstance(row, RowResult)]
    return trained if len(trained) == len(rows) else []


def draw_charts(rows: Sequence[ModelResult]) -> dict[str, Figure]:
    """Draw every chart that the rows allow, by name.

    Models that were only measured have no training to draw.
    """
    charts = {
        "iou": _with_interval(rows, "iou_pooled", "IoU, all voxels pooled", digits=3),
        "dice": _patients(rows),
        "accuracy": _with_interval(rows, "accuracy_pooled", "pixel accuracy", digits=4),
        "reliability": _reliability(rows),
    }
    if trained := trained_rows(rows):
        minutes = [(row.title, row.costs.training_cpu_seconds / 60) for row in trained]
        charts["size"] = _size(trained)
        charts["training_time"] = _bars(minutes, "training, CPU minutes")
        charts["learning"] = _learning(trained)
        if depths := _depths(trained):
            charts["depth"] = depths
    return charts


def svg(figure: Figure) -> str:
    """Return a figure as SVG text that can stand in HTML."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def draw_examples(
    examples: Sequence[tuple[str, NDArray[Any], NDArray[Any], NDArray[Any]]],
) -> bytes:
    """Draw slices with the reference and the mask as contours, as PNG.

    Parameters
    ----------
    examples : sequence of tuple
        Title, image, reference and mask, each array of shape (h, w).
    """
    figure = Figure(figsize=(3.6 * len(examples), 3.8))
    for axes, (title, image, reference, mask) in zip(
        figure.subplots(1, len(examples), squeeze=False)[0], examples, strict=True
    ):
        axes.imshow(image, cmap="gray")
        for area, color in ((reference, "#27c24c"), (mask, "#e6194b")):
            if area.any():
                axes.contour(area, levels=[0.5], colors=color, linewidths=1.2)
        axes.set_title(title, fontsize=9)
        axes.set_axis_off()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    return buffer.getvalue()


def _axes(rows: int, label: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=(6.4, 0.42 * rows + 0.9))
    axes = figure.subplots()
    axes.set_xlabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _bars(values: Sequence[tuple[str, float]], label: str) -> Figure:
    figure, axes = _axes(len(values), label)
    names = [name for name, _ in values][::-1]
    heights = [value for _, value in values][::-1]
    bars = axes.barh(names, heights, color=BLUE)
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.margins(x=0.12)
    return figure


def _with_interval(rows: Sequence[ModelResult], key: str, label: str, digits: int) -> Figure:
    figure, axes = _axes(len(rows), f"{label}, with 95 % interval")
    for place, row in enumerate(reversed(rows)):
        value = row.metrics[key]
        if key in row.intervals:
            axes.plot(row.intervals[key], [place, place], color=GREY)
        axes.plot(value, place, "o", color=BLUE)
        axes.annotate(f"{value:.{digits}f}", (value, place), (0, 6), textcoords="offset points")
    axes.set_yticks(range(len(rows)), [row.title for row in reversed(rows)])
    axes.set_ylim(-0.5, len(rows) - 0.2)
    return figure


def _patients(rows: Sequence[ModelResult]) -> Figure:
    figure, axes = _axes(len(rows), "Dice of each patient; bar: mean, ring: median")
    for place, row in enumerate(reversed(rows)):
        dice = [patient.dice for patient in row.patients]
        jitter = np.linspace(-0.15, 0.15, len(dice))
        axes.plot(dice, place + jitter, ".", color=BLUE, alpha=0.6)
        axes.plot(row.metrics["dice_mean"], place, "|", color=ORANGE, ms=16, mew=2)
        median = row.metrics["dice_median"]
        axes.plot(median, place, "o", color=ORANGE, mfc="none", ms=8)
    axes.set_yticks(range(len(rows)), [row.title for row in reversed(rows)])
    return figure


def _size(rows: Sequence[RowResult]) -> Figure:
    figure = Figure(figsize=(7.2, 0.8 + 0.4 * len(rows)))
    titles = [row.title for row in rows]
    values = {
        "parameters, millions": [row.costs.parameters / 1e6 for row in rows],
        "bundle on disk, MB (half precision)": [row.costs.bundle_mb for row in rows],
    }
    for axes, (label, lengths) in zip(
        figure.subplots(1, 2, sharey=True), values.items(), strict=True
    ):
        axes.bar_label(axes.barh(titles, lengths, color=BLUE), fmt=" %.1f", fontsize=8)
        axes.set_xlabel(label, fontsize=9)
        axes.margins(x=0.2)
        axes.spines[["top", "right"]].set_visible(False)
    axes.invert_yaxis()
    figure.tight_layout()
    return figure


def _learning(rows: Sequence[RowResult]) -> Figure:
    watched = any(epoch.iou is not None for row in rows for epoch in row.history)
    figure = Figure(figsize=(8.4 if watched else 5.2, 3.4))
    panels = figure.subplots(1, 1 + watched, squeeze=False)[0]
    loss = panels[0]
    for row in rows:
        epochs = range(1, len(row.history) + 1)
        loss.plot(epochs, [epoch.loss for epoch in row.history], label=row.title)
        for axes in panels[1:]:
            axes.plot(epochs, [epoch.iou for epoch in row.history])
    for axes, label in zip(panels, ("training loss", "validation IoU, pooled"), strict=False):
        axes.set_ylabel(label)
    for axes in panels:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
    loss.legend(fontsize=7, frameon=False)
    figure.tight_layout()
    return figure


def _reliability(rows: Sequence[ModelResult]) -> Figure:
    figure = Figure(figsize=(4.6, 4.0))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, lw=0.8)
    for row in rows:
        curve = row.reliability
        label = f"{row.title} (ECE {row.metrics['ece']:.3f})"
        axes.plot(curve.predicted, curve.observed, ".-", lw=1, label=label)
    axes.set_xlabel("predicted probability")
    axes.set_ylabel("share of tumour voxels")
    axes.legend(fontsize=6, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _depths(rows: Sequence[RowResult]) -> Figure | None:
    """One architecture with encoders of different depth, where the rows have that."""
    by_architecture: dict[str, list[RowResult]] = {}
    for row in rows:
        by_architecture.setdefault(str(row.config["architecture"]), []).append(row)
    pairs = [group for group in by_architecture.values() if len(group) > 1]
    if not pairs:
        return None
    figure = Figure(figsize=(6.4, 2.6))
    columns = (
        ("IoU, pooled", lambda row: row.metrics["iou_pooled"]),
        ("parameters, millions", lambda row: row.costs.parameters / 1e6),
        ("training, CPU minutes", lambda row: row.costs.training_cpu_seconds / 60),
    )
    for axes, (label, value) in zip(figure.subplots(1, 3), columns, strict=True):
        bars = axes.bar(
            [str(row.config["encoder"]) for row in pairs[0]], list(map(value, pairs[0]))
        )
        axes.bar_label(bars, fmt="%.3g")
        axes.set_title(label, fontsize=9)
        axes.margins(y=0.15)
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    return figure
