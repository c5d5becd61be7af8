"""Measuring finished models on any folder of data, with the plugin's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.data.cases import see_data
from brainseg_train.data.folder import open_data
from brainseg_train.data.split import fold_by_patient, without
from brainseg_train.errors import DataError
from brainseg_train.evaluate.bundle import evaluate_bundle
from brainseg_train.evaluate.masks import see_classes
from brainseg_train.evaluate.results import ModelResult, Results
from brainseg_train.evaluate.statistics import compare_pairs
from brainseg_train.evaluate.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from brainseg_train.data.case import Case
    from brainseg_train.data.cases import DataReport
    from brainseg_train.data.options import DataOptions
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard

__all__ = ["compare_models"]

FOLDS = 5
"""Parts that patients are divided into, unless another number is named."""

WARNING = "these numbers say nothing of new patients"


def compare_models(
    bundles: Sequence[Bundle],
    root: Path,
    exclude: Sequence[str],
    device: str,
    report: Callable[[str, int, int], None],
    options: DataOptions | None = None,
    tested_folds: Sequence[int] = (),
    folds: int = FOLDS,
) -> Results:
    """Measure models on the same patients.

    Parameters
    ----------
    bundles : sequence of Bundle
        One or more.
    root : Path
        Data folder, or a table.
    exclude : sequence of str
        Patients or cases to leave out.
    device : str
        As the plugin names it.
    report : callable
        Called with (model, cases done, cases).
    options : DataOptions, optional
        What is said of the data.
    tested_folds : sequence of int
        Measure only the test patients of these folds, from 1, as ``benchmark`` divides them;
        everybody if there are none.
    folds : int
        Parts that the patients are divided into.

    Returns
    -------
    Results
        The notes name the patients that a model has learned from, as far as its card records them.

    Raises
    ------
    DataError
        If the folder has problems, an excluded name is not there, or nothing is left.
    """
    data = open_data(root, options)
    for bundle in bundles:
        see_classes(bundle.card, data.table)  # before a voxel is read
    found = see_data(data, "measured", options)
    kept = _tested(data.cases, exclude, tested_folds, folds)
    if not kept:
        raise DataError(f"No case of {root.name} is left to measure on.")
    rows = tuple(_measure(bundle, kept, found, device, report) for bundle in bundles)
    return Results(
        title="Models measured",
        data_sha256=found.sha256,
        cases={"test": len(kept)},
        rows=rows,
        comparisons=compare_pairs({row.name: row.dice for row in rows}),
        notes=tuple(
            note
            for bundle, row in zip(bundles, rows, strict=True)
            for note in _notes(bundle.card, row, found)
        ),
        folds=folds if tested_folds else 0,
        tested_folds=tuple(tested_folds),
    )


def _tested(
    cases: Sequence[Case], exclude: Sequence[str], tested_folds: Sequence[int], folds: int
) -> Sequence[Case]:
    """Return the cases of these folds, divided as a benchmark of seed 0 divides them."""
    if not tested_folds:
        return without(cases, exclude)
    if wrong := [fold for fold in tested_folds if not 1 <= fold <= folds]:
        raise DataError(f"There is no fold {wrong[0]} of {folds}; they are counted from 1.")
    return [
        case
        for fold in sorted(set(tested_folds))
        for case in fold_by_patient(cases, folds, fold - 1, 0, exclude).test
    ]


def _measure(
    bundle: Bundle,
    cases: Sequence[Case],
    found: DataReport,
    device: str,
    report: Callable[[str, int, int], None],
) -> ModelResult:
    card = bundle.card
    measured = evaluate_bundle(
        bundle, cases, device, lambda done: report(card.name, done, len(cases))
    )
    summary = summarise(measured)
    learned = {case.name: _has_learned(card, case, found) for case in cases}
    patients = tuple(
        row.model_copy(update={"learned": learned[row.case]}) for row in summary.patients
    )
    return ModelResult(
        name=card.name,
        title=f"{card.name}: {card.network}",
        initialisation=card.initialisation,
        start=card.start,
        config=dict(card.training),
        **dict(summary) | {"patients": patients},
    )


def _has_learned(card: ModelCard, case: Case, found: DataReport) -> bool | None:
    """Look a case up by its names and by its images; None if the card remembers nobody."""
    if card.patients is None:
        return None
    traces = (case.patient, case.name, *found.images[case.name])
    return card.patients.part_of(traces) == "train"


def _notes(card: ModelCard, row: ModelResult, found: DataReport) -> Iterator[str]:
    """Say of which patients the numbers are worth nothing."""
    if card.patients is None:
        same = "" if card.data_sha256 != found.sha256 else ", and it was made on this very data"
        yield (
            f"The card of {card.name} does not record which patients it has learned from{same}: "
            f"unless those are excluded, {WARNING}."
        )
        return
    learned = [patient for patient in row.patients if patient.learned]
    if not learned:
        return
    new = [patient.dice for patient in row.patients if not patient.learned]
    rest = f"Mean Dice of the {len(new)} others: {sum(new) / len(new):.3f}." if new else ""
    names = ", ".join(patient.case for patient in learned)
    yield (
        f"{card.name} has learned from {len(learned)} of these {len(row.patients)} cases, of which "
        f"{WARNING}: {names}. {rest}".rstrip()
    )
