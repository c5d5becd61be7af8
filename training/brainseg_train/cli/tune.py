"""``tune``: a search for a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from brainseg_train.cli.arguments import (
    Assignments,
    DataArguments,
    Folder,
    RunArguments,
    recipe_changes,
)
from brainseg_train.cli.console import console, fail, training, watch
from brainseg_train.cli.groups import taking
from napari_brainseg.errors import BrainsegError

__all__ = ["tune"]


@taking(said=DataArguments, run=RunArguments)
def tune(
    folder: Folder,
    space: Annotated[Path, typer.Argument(help="TOML: the recipe to beat, and what is searched.")],
    trials: Annotated[
        int | None, typer.Option(min=1, help="Trials, of all starts and processes together.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option(min=0, help="Begin no trial after this many hours.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder of trials, recipe and report.")
    ] = None,
    assignments: Assignments = None,
    *,
    said: DataArguments,
    run: RunArguments,
) -> None:
    """Search for a recipe.

    Started again it goes on; started several times at once, the processes share the trials.
    """
    from brainseg_train.train.processes import only_one
    from brainseg_train.tune import read_space
    from brainseg_train.tune import tune as search
    from brainseg_train.tune.data import SearchData
    from brainseg_train.tune.run import BEST_NAME, REPORT_NAME, see_budget
    from brainseg_train.tune.study import check_optuna

    try:
        only_one("tune")
        check_optuna()
        see_budget(trials, hours)
        recipe, of_data = recipe_changes(assignments)
        searched = read_space(space, recipe)
        place = output or Path(f"tune-{searched.name}")
        options = said.options(of_data)
        with training() as bar:
            watcher = watch(bar, run.curves)
            watcher.stage("Checking the data")
            seed = searched.recipe.seed
            data = SearchData(folder, searched.folds, seed, options)
            watcher.stage(data.fold.text)
            results = search(
                searched,
                data,
                place,
                watcher,
                trials=trials,
                hours=hours,
                accelerator=run.device,
            )
    except BrainsegError as error:
        fail(error)
    if results is None:
        return
    console.print(results.verdict)
    console.print(f"Recipe: {place / BEST_NAME}. Report: {place / REPORT_NAME}")
