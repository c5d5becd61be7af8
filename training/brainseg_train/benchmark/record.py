"""Writing what was measured into the card of a model, whose weights stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from brainseg_train.benchmark.results import RESULTS_NAME, BenchmarkResults
from brainseg_train.data.split import SplitBy
from brainseg_train.errors import DataError
from brainseg_train.evaluate.quality import quality_of
from brainseg_train.evaluate.results import Results
from brainseg_train.train.export import replace_card

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brainseg_train.evaluate.results import ModelResult, PatientRow
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.models.quality import Quality

__all__ = ["record_quality", "row_command"]


def record_quality(
    bundle: Bundle,
    report: Path,
    row: str | None = None,
    command: str | None = None,
    *,
    of_recipe: bool = False,
) -> Bundle:
    """Add to a card how good the model was on patients that it had not seen.

    Of a report by ``evaluate`` or ``compare`` the patients count that the model has not learned
    from. In a benchmark each patient was predicted by a network that had not seen them: if this
    model has since, the numbers are of its recipe, and the card says so.

    Parameters
    ----------
    bundle : Bundle
        Its card is replaced.
    report : Path
        Folder of the report, or the ``results.json`` in it.
    row : str, optional
        The row of the report; the one of the model's name, or the only one, if not given.
    command : str, optional
        What measured it, to measure it again; made up from the report if not given.
    of_recipe : bool
        The report is of a model trained by the same recipe on fewer patients: those count that it
        had not learned from, whomever this model knows.

    Raises
    ------
    DataError
        If the report cannot be read, has no such row, was divided by slice, or measured nobody
        that the model has not seen.
    """
    results = _read(report)
    measured = _row_of(results, row, bundle.card.name)
    if isinstance(results, BenchmarkResults):
        quality = _of_benchmark(results, measured, bundle.card, command)
    else:
        own = None if of_recipe else bundle.card
        quality = _of_evaluation(results, measured, bundle.card.name, own, command)
    return replace_card(bundle, bundle.card.model_copy(update={"quality": quality}))


def row_command(results: BenchmarkResults, row: str) -> str:
    """Return the command that measures a row of a benchmark again."""
    folds = " ".join(f"--fold {fold}" for fold in results.tested_folds)
    return (
        f"brainseg-train benchmark DATA --protocol {results.protocol} --row {row} --size "
        f"{results.size} --folds {results.folds} {folds}"
    )


def _of_benchmark(
    results: BenchmarkResults, measured: ModelResult, card: ModelCard, command: str | None
) -> Quality:
    if results.split is not SplitBy.PATIENT:
        raise DataError(
            "The report is of a split by slice, whose numbers say nothing of new patients. Name "
            "one of a split by patient."
        )
    seen = any(_has_learned(card, patient) for patient in measured.patients)
    is_one_network = len(results.tested_folds) == 1 and not seen
    return quality_of(
        measured.patients,
        measured.unit,
        command or row_command(results, measured.name),
        of="model" if is_one_network else "recipe",
        folds=results.tested_folds,
        of_folds=results.folds,
    )


def _of_evaluation(
    results: Results, measured: ModelResult, name: str, own: ModelCard | None, command: str | None
) -> Quality:
    """Sum up the patients that are new to what was measured, and to the card itself if given."""
    new = [each for each in measured.patients if _is_new(own, each)]
    if not new:
        raise DataError(
            f"The report has no patient of whom {name!r} is known not to "
            f"have learned ({len(measured.patients)} were measured). Measure it on others."
        )
    folds = "".join(f" --fold {fold}" for fold in results.tested_folds)
    divided = f"{folds} --folds {results.folds}" if folds else ""
    return quality_of(
        new,
        measured.unit,
        command or f"brainseg-train evaluate {measured.name} DATA{divided}",
        of="model" if own else "recipe",
        folds=results.tested_folds,
        of_folds=results.folds,
    )


def _is_new(card: ModelCard | None, patient: PatientRow) -> bool:
    known = patient.learned if card is None else _has_learned(card, patient)
    return known is False


def _has_learned(card: ModelCard, patient: PatientRow) -> bool | None:
    """Whether a model knows a patient; None where its card remembers nobody."""
    if patient.learned or card.patients is None:
        return patient.learned
    return card.patients.part_of([patient.case]) == "train"


def _row_of(results: Results, row: str | None, model: str) -> ModelResult:
    rows: Sequence[ModelResult] = results.rows
    names = [each.name for each in rows]
    wanted = row or (model if model in names or len(names) != 1 else names[0])
    if wanted not in names:
        raise DataError(
            f"The report has no row {wanted!r}; there are {', '.join(names)}. Name one by --row."
        )
    return rows[names.index(wanted)]


def _read(path: Path) -> Results:
    """Read the results of a benchmark, or of finished models."""
    file = path / RESULTS_NAME if path.is_dir() else path
    try:
        content = file.read_text(encoding="utf-8")
        try:
            return BenchmarkResults.model_validate_json(content)
        except ValidationError:
            return Results.model_validate_json(content)
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise DataError(
            f"{file.name} cannot be read as the results of a report ({type(error).__name__}). "
            "Name the folder that evaluate, compare or benchmark wrote."
        ) from error
