"""``fit`` and ``finetune``: one model, from data or from a model before it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from brainseg_train.cli.arguments import (
    DATA,
    RECIPE,
    Assignments,
    ConfigOption,
    DataArguments,
    FolderOrNone,
    OverwriteOption,
    RecipeArguments,
    RunArguments,
    ShowOption,
    SizeOption,
    find_bundle,
    places,
    recipe_changes,
)
from brainseg_train.cli.console import (
    before_and_after,
    console,
    fail,
    see_what_was_learned,
    training,
    watch,
)
from brainseg_train.cli.console import show as tell
from brainseg_train.cli.groups import taking
from brainseg_train.errors import DataError
from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.architectures import Architecture

if TYPE_CHECKING:
    from brainseg_train.train.fit import FitResult
    from brainseg_train.train.settings import RunSettings

__all__ = ["finetune", "fit"]


@dataclass(frozen=True, slots=True)
class FitArguments:
    """What of a recipe is changed most."""

    architecture: Annotated[
        Architecture | None, typer.Option(help="Decoder.", rich_help_panel=RECIPE)
    ] = None
    encoder: Annotated[str | None, typer.Option(help="Encoder of smp.", rich_help_panel=RECIPE)] = (
        None
    )
    init: Annotated[
        str | None,
        typer.Option(help="imagenet, random, or a weights file.", rich_help_panel=RECIPE),
    ] = None
    size: SizeOption = None
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs.", rich_help_panel=RECIPE)] = (
        None
    )
    slices: Annotated[
        int | None, typer.Option(min=1, help="Slices drawn per epoch.", rich_help_panel=RECIPE)
    ] = None
    batch: Annotated[
        int | None, typer.Option(min=2, help="Slices per step.", rich_help_panel=RECIPE)
    ] = None
    rate: Annotated[
        float | None, typer.Option(min=0, help="Peak learning rate.", rich_help_panel=RECIPE)
    ] = None
    validation: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share of patients held out.", rich_help_panel=RECIPE),
    ] = None
    split_file: Annotated[
        Path | None,
        typer.Option(
            help="Who is learned from: split.json, or splits_final.json.", rich_help_panel=DATA
        ),
    ] = None
    split_fold: Annotated[
        int | None, typer.Option(min=1, help="Fold of splits_final.json.", rich_help_panel=DATA)
    ] = None
    overwrite: OverwriteOption = False

    @property
    def given(self) -> dict[str, object]:
        """The values that were given, as settings."""
        return {
            "recipe.architecture": self.architecture,
            "recipe.encoder": self.encoder,
            "recipe.init": self.init,
            "recipe.size": self.size,
            "recipe.epochs": self.epochs,
            "recipe.slices_per_epoch": self.slices,
            "recipe.batch_size": self.batch,
            "recipe.learning_rate": self.rate,
            "recipe.validation": self.validation,
            "data.split_file": self.split_file,
            "data.split_fold": self.split_fold,
            "run.overwrite": self.overwrite or None,
        }


@taking(recipe=FitArguments, common=RecipeArguments, said=DataArguments, run=RunArguments)
def fit(
    folder: FolderOrNone = None,
    name: Annotated[str | None, typer.Option(help="Name of the exported model.")] = None,
    config: ConfigOption = None,
    assignments: Assignments = None,
    show: ShowOption = False,
    folds: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Cross-validate instead: a network for each part of the patients, tested on it.",
            rich_help_panel=DATA,
        ),
    ] = None,
    *,
    recipe: FitArguments,
    common: RecipeArguments,
    said: DataArguments,
    run: RunArguments,
) -> None:
    """Train one architecture and export it; started again, it goes on where it was stopped."""
    from brainseg_train.train.settings import load_run_settings, settings_text

    given: dict[str, object] = {"recipe.name": name, "data.folder": folder}
    for group in (recipe, common, said, run):
        given |= group.given
    try:
        settings = load_run_settings(config, given, assignments or ())
        if show:
            typer.echo(settings_text(settings), nl=False)
            return
        if settings.data.folder is None:
            raise DataError("There is no data folder: name it, or data.folder in the settings.")
        _cross_validate(settings, folds) if folds else _fit(settings)
    except BrainsegError as error:
        fail(error)


def _fit(settings: RunSettings) -> None:
    from brainseg_train.train.fit import fit_settings

    place = places(settings)
    with training() as bar:
        result = fit_settings(settings, place.exported, place.kept, watch(bar, settings.run.logger))
    _tell(result)


def _cross_validate(settings: RunSettings, folds: int) -> None:
    from brainseg_train.benchmark.cross_validate import cross_validate
    from brainseg_train.benchmark.runner import Destinations

    place, name = places(settings), settings.recipe.name
    report = place.kept / f"{name}-{folds}-folds"
    with training() as bar:
        to = Destinations(report, place.exported)
        watcher = watch(bar, settings.run.logger)
        results = cross_validate(settings, folds, to, place.kept, watcher)
    tell(results)
    console.print(f"Report: {report / 'report.html'}")
    see_what_was_learned(results)
    told = f"refit {report} {settings.data.folder} --name {name}"
    console.print(
        f"To learn from all patients: brainseg-train {told}", highlight=False, markup=False
    )


def _tell(result: FitResult) -> None:
    card = result.bundle.card
    table = Table("validation case", "Dice")
    for case, dice in sorted(result.dice.items(), key=lambda item: item[1]):
        table.add_row(case, f"{dice:.3f}")
    console.print(table)
    console.print(
        f"{card.name}: mean Dice {card.metrics['dice_mean']:.3f}, median "
        f"{card.metrics['dice_median']:.3f} on {len(result.dice)} cases; exported to "
        f"{result.bundle.path}",
    )


@taking(common=RecipeArguments, run=RunArguments)
def finetune(
    bundle: Annotated[str, typer.Argument(help="The model to go on from: name, or folder.")],
    manifest: Annotated[Path, typer.Argument(help="Training set: its folder, or manifest.json.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the exported model; BUNDLE-finetuned if not given.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs.")] = 10,
    slices: Annotated[int, typer.Option(min=1, help="Slices drawn per epoch.")] = 400,
    rate: Annotated[float, typer.Option(min=0, help="Peak learning rate.")] = 1e-4,
    assignments: Assignments = None,
    overwrite: OverwriteOption = False,
    *,
    common: RecipeArguments,
    run: RunArguments,
) -> None:
    """Train a model further on corrected masks; started again, it goes on where it was stopped."""
    from brainseg_train.finetune import finetune as train
    from brainseg_train.finetune import finetune_config

    try:
        start = find_bundle(bundle)
        changes: dict[str, object] = {"epochs": epochs, "slices_per_epoch": slices}
        changes |= {"learning_rate": rate, **common.changes}
        changes |= recipe_changes(assignments, ("recipe",))[0]
        config = finetune_config(start, name=name or f"{start.card.name}-finetuned", **changes)
        with training() as bar:
            result = train(
                start,
                manifest,
                config,
                run.exported,
                run.kept,
                watch(bar, run.curves),
                accelerator=run.device,
                overwrite=overwrite,
            )
    except BrainsegError as error:
        fail(error)
    if result.compared:
        console.print(before_and_after(result))
    for note in result.notes:
        console.print(note)
    console.print(f"Exported to {result.bundle.path}")
