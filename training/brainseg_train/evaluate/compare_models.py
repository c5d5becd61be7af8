"""Measuring finished models on any folder of data, with the plugin's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brainseg_train.data.cases import checked_cases
from brainseg_train.data.split import without
from brainseg_train.errors import DataError
from brainseg_train.evaluate.predict import evaluate_bundle
from brainseg_train.evaluate.results import summarise
from brainseg_train.evaluate.statistics import significance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

__all__ = ["appraise"]

SEEN = (
    "{name} was trained or validated on data of this very content: unless the patients it learned "
    "from are excluded, these numbers say nothing of new patients."
)


def appraise(
    bundles: Sequence[Bundle],
    root: Path,
    exclude: Sequence[str],
    device: str,
    report: Callable[[str, int, int], None],
) -> dict[str, Any]:
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

    Returns
    -------
    dict
        JSON like a benchmark's, without what training took.

    Raises
    ------
    DataError
        If the folder has problems, an excluded name is not there, or nothing is left.
    """
    cases, found = checked_cases(root, "measured")
    kept = without(cases, exclude)
    if not kept:
        raise DataError(f"No case of {root.name} is left to measure on.")
    rows = []
    for bundle in bundles:
        card = bundle.card

        def step(done: int, name: str = card.name) -> None:
            report(name, done, len(kept))

        measured = evaluate_bundle(bundle, kept, device, step)
        rows.append(
            {
                "name": card.name,
                "title": f"{card.name}: {card.network}",
                "initialisation": card.initialisation,
                "config": dict(card.training),
                **summarise(measured),
            }
        )
    return {
        "title": "Models measured",
        "data_sha256": found.sha256,
        "cases": {"test": len(kept)},
        "rows": rows,
        "comparisons": significance(rows),
        "notes": [
            SEEN.format(name=bundle.card.name)
            for bundle in bundles
            if bundle.card.data_sha256 == found.sha256
        ],
    }
