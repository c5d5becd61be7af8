"""A search from its space to its report."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from filelock import FileLock

from brainseg_train.errors import DataError
from brainseg_train.files import write_json, write_text
from brainseg_train.tune.held_out import compare_held_out, dice_held_out
from brainseg_train.tune.report import recipe_text, report_text
from brainseg_train.tune.results import SearchResults, TrialRecord
from brainseg_train.tune.study import ERROR, ORIGIN, UNTAUGHT, SearchStudy, is_finished
from brainseg_train.tune.trial import run_trial

if TYPE_CHECKING:
    from pathlib import Path

    import optuna
    from optuna.trial import FrozenTrial

    from brainseg_train.train.progress import Watcher
    from brainseg_train.tune.data import SearchData
    from brainseg_train.tune.space import SearchSpace

__all__ = ["BEST_NAME", "REPORT_NAME", "see_budget", "tune"]

BEST_NAME, REPORT_NAME, RESULTS_NAME = "best.toml", "report.html", "results.json"
STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
IMPORTANCE_LEAST = 4
"""Whole trials under which nothing can be said of what matters."""


def tune(
    space: SearchSpace,
    data: SearchData,
    folder: Path,
    watch: Watcher,
    *,
    trials: int | None = None,
    hours: float | None = None,
    accelerator: str = "auto",
) -> SearchResults | None:
    """Search for a recipe, going on with what is in the folder.

    Started several times at once, on one machine or on several with a shared disk, the processes
    share the trials.

    Parameters
    ----------
    space : SearchSpace
        What is searched.
    data : SearchData
        The patients.
    folder : Path
        Where trials, recipe and report are kept.
    watch : Watcher
        Progress.
    trials : int, optional
        How many, of all starts and processes together.
    hours : float, optional
        After which this start begins no further one.
    accelerator : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.

    Returns
    -------
    SearchResults or None
        As written; None where another process is still at a trial, and will report.

    Raises
    ------
    DataError
        If the folder holds another search, there is no budget, or no trial ran to its end.
    """
    see_budget(trials, hours)
    study = SearchStudy(folder, space, data.sha256)
    end = None if hours is None else time.monotonic() + 3600 * hours
    while (end is None or time.monotonic() < end) and (taken := study.take(trials)):
        watch.stage(f"Trial {taken.trial.number + 1}: {_told(taken.trial.params)}")
        run_trial(study, taken, data, accelerator, watch)
    if study.going_on:
        watch.stage("Another process is at a trial; it reports when it is done.")
        return None
    with FileLock(folder / "report.lock"):
        return _finish(study, data, accelerator, watch)


def _told(values: dict[str, object]) -> str:
    shown = (
        f"{value:.3g}" if isinstance(value, float) else str(value) for value in values.values()
    )
    return ", ".join(f"{name} {text}" for name, text in zip(values, shown, strict=True))


def see_budget(trials: int | None, hours: float | None) -> None:
    """See that a search ends, and that it has time to begin.

    Raises
    ------
    DataError
        If not.
    """
    if trials is None and hours is None:
        raise DataError("A search needs an end: --trials, --hours, or both.")
    if hours == 0:
        raise DataError("No trial can be made in 0 hours. Give more --hours, or --trials alone.")


def _finish(
    study: SearchStudy, data: SearchData, accelerator: str, watch: Watcher
) -> SearchResults:
    """Compare the best with the recipe to beat, and write it all down."""
    if not study.complete:
        errors = {str(each.user_attrs.get(ERROR, "")) for each in study.trials} - {""}
        raise DataError(f"No trial ran to its end. {' '.join(sorted(errors))}".rstrip())
    best, first = study.complete[0], _first(study)
    space = study.space
    found = replace(space.config(best.params), name=space.name)
    held_out = None
    if first is not None and best.params != first.params:
        watch.stage("Measuring on the patients that no trial has seen")
        ours, theirs = (
            dice_held_out(space.config(each.params), _folder(study, each), data, accelerator)
            for each in (best, first)
        )
        held_out = compare_held_out(ours, theirs, data.owners)
    results = SearchResults(
        name=space.name,
        cases={part: len(getattr(data.fold, part)) for part in ("train", "validation", "test")},
        trials=tuple(_record(each) for each in study.trials if is_finished(each)),
        best=best.number,
        importance=_importance(study.study) if len(study.complete) >= IMPORTANCE_LEAST else {},
        recipe=found.plain(),
        default=space.recipe.plain(),
        held_out=held_out,
        untaught=str(best.user_attrs.get(UNTAUGHT, "")),
    )
    write_json(study.folder / RESULTS_NAME, results.model_dump())
    write_text(study.folder / BEST_NAME, recipe_text(found, results))
    write_text(study.folder / REPORT_NAME, report_text(results))
    return results


def _first(study: SearchStudy) -> FrozenTrial | None:
    """Return the trial of the recipe to beat, if it ran to its end."""
    whole = (each for each in study.complete if each.params == study.space.default)
    return next(whole, None)


def _folder(study: SearchStudy, trial: FrozenTrial) -> Path:
    return study.folder / f"trial-{trial.user_attrs.get(ORIGIN, trial.number):04}"


def _record(trial: FrozenTrial) -> TrialRecord:
    seconds = trial.duration.total_seconds() if trial.duration else 0.0
    known = trial.intermediate_values
    last = known[max(known)] if known else None
    return TrialRecord(
        number=trial.number,
        state=STATES[trial.state.name],
        iou=trial.value if trial.state.name == "COMPLETE" else last,
        seconds=round(seconds, 1),
        values=trial.params,
        error=str(trial.user_attrs.get(ERROR, "")),
    )


def _importance(study: optuna.Study) -> dict[str, float]:
    """Return how much each field sets good trials apart (PED-ANOVA), which needs no other library.

    References
    ----------
    Watanabe, Bansal and Hutter: PED-ANOVA: efficiently quantifying hyperparameter importance in
    arbitrary subspaces. IJCAI, 2023.
    """
    import optuna
    from optuna.importance import PedAnovaImportanceEvaluator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is new, and that few trials tell little
        found = optuna.importance.get_param_importances(
            study, evaluator=PedAnovaImportanceEvaluator()
        )
    return {name: round(float(value), 4) for name, value in found.items()}
