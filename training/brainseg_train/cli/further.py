"""``further``: the networks of a model taken on by another recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from brainseg_train.benchmark.protocol import load_protocol
from brainseg_train.cli.arguments import (
    Assignments,
    ConfigOption,
    DataArguments,
    FolderOrNone,
    Model,
    OverwriteOption,
    ProtocolOption,
    RecipeArguments,
    RunArguments,
    ShowOption,
    SizeOption,
    find_bundle,
    places,
)
from brainseg_train.cli.console import console, fail, training, watch
from brainseg_train.cli.groups import taking
from brainseg_train.errors import DataError
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from napari_brainseg.models.card import ModelCard

__all__ = ["further"]


@taking(common=RecipeArguments, said=DataArguments, run=RunArguments)
def further(
    start: Model,
    folder: FolderOrNone = None,
    row: Annotated[
        str | None,
        typer.Option(help="Row of the protocol; the model's own recipe if not given."),
    ] = None,
    protocol: ProtocolOption = "further",
    name: Annotated[
        str | None, typer.Option(help="Name of the exported model; the row's if not given.")
    ] = None,
    config: ConfigOption = None,
    assignments: Assignments = None,
    size: SizeOption = None,
    overwrite: OverwriteOption = False,
    show: ShowOption = False,
    *,
    common: RecipeArguments,
    said: DataArguments,
    run: RunArguments,
) -> None:
    """Train the networks of a model further by another recipe, on every patient."""
    from brainseg_train.train.settings import load_run_settings, settings_text

    given: dict[str, object] = {
        "recipe.name": name,
        "recipe.size": size,
        "data.folder": folder,
        "run.overwrite": overwrite or None,
    }
    for group in (common, said, run):
        given |= group.given
    try:
        bundle = find_bundle(start)
        recipe = _recipe(bundle.card, protocol, row)
        settings = load_run_settings(config, given, assignments or (), recipe)
        settings = replace(settings, recipe=replace(settings.recipe, init=bundle.card.name))
        if show:
            typer.echo(settings_text(settings), nl=False)
            return
        if settings.data.folder is None:
            raise DataError("There is no data folder: name it, or data.folder in the settings.")
        from brainseg_train.train.further import train_further

        place = places(settings)
        with training() as bar:
            exported = train_further(
                bundle, settings, place.exported, place.kept, watch(bar, settings.run.logger)
            )
    except BrainsegError as error:
        fail(error)
    console.print(f"Exported to {exported.path}")


def _recipe(card: ModelCard, protocol: str, row: str | None) -> dict[str, object]:
    """Return the recipe to go on by: a row of a protocol, or the one that made the model."""
    from brainseg_train.train.config import recipe_of

    if row is None:
        own = {"name": f"{card.name}-further", "init": card.name}
        return recipe_of(card) | own | {"validation": 0.0, "patience": None}
    (config,) = load_protocol(protocol).only([row]).rows
    return dict(config.plain())
