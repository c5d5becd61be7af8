"""``tune``: a search for a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from brainseg_train.cli.arguments import (
    AcceleratorOption,
    ExcludeOption,
    Folder,
    LoggerOption,
    PatientPatternOption,
    PatientTableOption,
)
from brainseg_train.cli.console import console, fail, progress, watch
from brainseg_train.train.config import Accelerator, Logger
from napari_brainseg.errors import BrainsegError

__all__ = ["tune"]


def tune(
    folder: Folder,
    space: Annotated[Path, typer.Argument(help="TOML: the recipe to beat, and what is searched.")],
    trials: Annotated[
        int | None, typer.Option(min=1, help="Trials, of all starts and processes together.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option(min=0, help="Begin no trial after so many hours.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder of trials, recipe and report.")
    ] = None,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    exclude: ExcludeOption = None,
    patient_table: PatientTableOption = None,
    patient_pattern: PatientPatternOption = None,
    logger: LoggerOption = Logger.TENSORBOARD,
) -> None:
    """Search for a recipe.

    Started again it goes on; started several times at once, the processes share the trials.
    """
    from brainseg_train.data.patients import read_naming
    from brainseg_train.train.processes import only_one
    from brainseg_train.tune import read_space
    from brainseg_train.tune import tune as run
    from brainseg_train.tune.data import SearchData
    from brainseg_train.tune.run import BEST_NAME, REPORT_NAME
    from brainseg_train.tune.study import check_optuna

    try:
        only_one("tune")
        check_optuna()
        searched = read_space(space)
        place = output or Path(f"tune-{searched.name}")
        naming = read_naming(patient_table, patient_pattern)
        with progress() as bar:
            watcher = watch(bar, logger)
            watcher.stage("Checking the data")
            seed = searched.recipe.seed
            data = SearchData(folder, searched.folds, seed, exclude or (), naming)
            watcher.stage(data.fold.text)
            results = run(
                searched,
                data,
                place,
                watcher,
                trials=trials,
                hours=hours,
                accelerator=accelerator,
            )
    except BrainsegError as error:
        fail(error)
    if results is None:
        return
    console.print(results.verdict, highlight=False, markup=False)
    console.print(f"Recipe: {place / BEST_NAME}. Report: {place / REPORT_NAME}", highlight=False)
