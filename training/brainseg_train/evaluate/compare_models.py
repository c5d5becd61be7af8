"""Measuring finished models on any folder of data, with the plugin's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.data.cases import checked_cases
from brainseg_train.data.split import without
from brainseg_train.errors import DataError
from brainseg_train.evaluate.bundle import evaluate_bundle
from brainseg_train.evaluate.results import ModelResult, Results
from brainseg_train.evaluate.statistics import compare_pairs
from brainseg_train.evaluate.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from brainseg_train.data.cases import Case
    from napari_brainseg.models.bundle import Bundle

__all__ = ["compare_models"]

SEEN = (
    "{name} was trained or validated on data of this very content: unless the patients it learned "
    "from are excluded, these numbers say nothing of new patients."
)


def compare_models(
    bundles: Sequence[Bundle],
    root: Path,
    exclude: Sequence[str],
    device: str,
    report: Callable[[str, int, int], None],
) -> Results:
    """Measure models on the same patients.

    Parameters
    ----------
    bundles : sequence of Bundle
        One or more.
    root : Path
        Data folder in the LGG layout.
    exclude : sequence of str
        Patients or cases to leave out.
    device : str
        As the plugin names it.
    report : callable
        Called with (model, cases done, cases).

    Raises
    ------
    DataError
        If the folder has problems, an excluded name is not there, or nothing is left.
    """
    cases, found = checked_cases(root, "measured")
    kept = without(cases, exclude)
    if not kept:
        raise DataError(f"No case of {root.name} is left to measure on.")
    rows = tuple(_measure(bundle, kept, device, report) for bundle in bundles)
    return Results(
        title="Models measured",
        data_sha256=found.sha256,
        cases={"test": len(kept)},
        rows=rows,
        comparisons=compare_pairs({row.name: row.dice for row in rows}),
        notes=tuple(
            SEEN.format(name=bundle.card.name)
            for bundle in bundles
            if bundle.card.data_sha256 == found.sha256
        ),
    )


def _measure(
    bundle: Bundle, cases: Sequence[Case], device: str, report: Callable[[str, int, int], None]
) -> ModelResult:
    card = bundle.card
    measured = evaluate_bundle(
        bundle, cases, device, lambda done: report(card.name, done, len(cases))
    )
    return ModelResult(
        name=card.name,
        title=f"{card.name}: {card.network}",
        initialisation=card.initialisation,
        start=card.start,
        config=dict(card.training),
        **dict(summarise(measured)),
    )
