"""A search written down: one HTML file that needs no other, and the recipe as TOML."""

from __future__ import annotations

import io
import json
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from brainseg_train.train.config import RunConfig
    from brainseg_train.tune.results import SearchResults

__all__ = ["recipe_text", "report_text"]

TEMPLATE = "report.html.j2"
BLUE, ORANGE, GREY = "#2f6db3", "#e07b26", "#8a8f98"
STATES = {
    "complete": ("o", BLUE, "ran to its end"),
    "pruned": ("x", GREY, "ended early"),
}
"""Marker, colour and words for how trials ended."""


def recipe_text(recipe: RunConfig, results: SearchResults) -> str:
    """Write a recipe as TOML, which ``fit`` takes, under what the held-out patients say of it."""
    lines = [f"# {results.verdict}", "[recipe]"]
    for name, value in (recipe.plain() | {"init": recipe.init}).items():
        # A JSON text is one of TOML's too.
        lines.append(f"# {name} is not set" if value is None else f"{name} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def report_text(results: SearchResults) -> str:
    """Return the report as HTML: verdict, recipe, history, importance, trials, held-out cases."""
    from jinja2 import Environment

    template = files("brainseg_train.tune").joinpath(TEMPLATE).read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    with mpl.rc_context({"svg.hashsalt": "brainseg", "font.size": 9}):
        charts = {"history": _svg(_history(results))}
        if results.importance:
            charts["importance"] = _svg(_importance(results))
    changed = {
        name: (results.default[name], value)
        for name, value in results.recipe.items()
        if results.default.get(name) != value
    }
    return environment.from_string(template).render(
        results=results, charts=charts, changed=changed, fields=list(results.trials[0].values)
    )


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _history(results: SearchResults) -> Figure:
    """Draw the IoU of each trial, and the best so far."""
    figure = Figure(figsize=(6.4, 3.0))
    axes = figure.subplots()
    for state, (marker, color, label) in STATES.items():
        shown = _points(results, state)
        axes.scatter(
            [number for number, _ in shown],
            [iou for _, iou in shown],
            marker=marker,
            color=color,
            label=label,
        )
    whole = _points(results, "complete")
    best = list(accumulate((iou for _, iou in whole), max))
    axes.step(
        [number for number, _ in whole], best, where="post", color=ORANGE, label="best so far"
    )
    axes.set_xlabel("trial")
    axes.set_ylabel("IoU on validation")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.18))
    return figure


def _points(results: SearchResults, state: str) -> list[tuple[int, float]]:
    """Return numbers and IoU of the trials that ended in a state."""
    return [
        (each.number, each.iou)
        for each in results.trials
        if each.state == state and each.iou is not None
    ]


def _importance(results: SearchResults) -> Figure:
    """Draw how much each field sets good trials apart."""
    items = sorted(results.importance.items(), key=lambda item: item[1])
    figure = Figure(figsize=(6.4, 0.6 + 0.3 * len(items)))
    axes = figure.subplots()
    axes.barh([name for name, _ in items], [value for _, value in items], color=BLUE)
    axes.set_xlabel("importance (share, PED-ANOVA)")
    return figure
