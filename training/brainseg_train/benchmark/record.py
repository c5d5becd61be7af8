"""Writing what was measured into the card of a model, whose weights stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

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
    of = _whose(results, measured, bundle.card, of_recipe)
    quality = quality_of(
        _unseen(results, measured, bundle.card, of),
        measured.unit,
        command or _command(results, measured),
        of=of,
        folds=results.tested_folds,
        of_folds=results.folds,
    )
    return replace_card(bundle, bundle.card.model_copy(update={"quality": quality}))


def row_command(results: BenchmarkResults, row: str) -> str:
    """Return the command that measures a row of a benchmark again."""
    folds = " ".join(f"--fold {fold}" for fold in results.tested_folds)
    return (
        f"brainseg-train benchmark DATA --protocol {results.protocol} --row {row} --size "
        f"{results.size} --folds {results.folds} {folds}"
    )


def _command(results: Results, measured: ModelResult) -> str:
    if isinstance(results, BenchmarkResults):
        return row_command(results, measured.name)
    folds = "".join(f" --fold {fold}" for fold in results.tested_folds)
    divided = f"{folds} --folds {results.folds}" if folds else ""
    return f"brainseg-train evaluate {measured.name} DATA{divided}"


def _whose(
    results: Results, measured: ModelResult, card: ModelCard, of_recipe: bool
) -> Literal["model", "recipe"]:
    """Say whose numbers they are: of these weights, or of networks trained by the same recipe."""
    if of_recipe:
        return "recipe"
    if not isinstance(results, BenchmarkResults):
        return "model"
    seen = any(_has_learned(card, patient) for patient in measured.patients)
    return "recipe" if seen or len(results.tested_folds) > 1 else "model"


def _unseen(
    results: Results, measured: ModelResult, card: ModelCard, of: Literal["model", "recipe"]
) -> Sequence[PatientRow]:
    """Return the patients that what was measured had not learned from.

    Of a benchmark by patient they are all; of other reports of this model, those new to its card.
    """
    if isinstance(results, BenchmarkResults):
        if results.split is SplitBy.PATIENT:
            return measured.patients
        raise DataError(
            "The report is of a split by slice, whose numbers say nothing of new patients. Name "
            "one of a split by patient."
        )
    own = card if of == "model" else None
    if new := [each for each in measured.patients if _is_new(own, each)]:
        return new
    raise DataError(
        f"The report has no patient of whom {card.name!r} is known not to have learned "
        f"({len(measured.patients)} were measured). Measure it on others."
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
