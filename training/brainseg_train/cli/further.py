"""``further``: the networks of a model taken on by another recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from brainseg_train.benchmark.protocol import load_protocol
from brainseg_train.cli.arguments import (
    DataArguments,
    Folder,
    Model,
    OverwriteOption,
    ProtocolOption,
    RecipeArguments,
    RunArguments,
    SizeOption,
    find_bundle,
)
from brainseg_train.cli.console import console, fail, progress, watch
from brainseg_train.cli.groups import taking
from napari_brainseg.errors import BrainsegError

__all__ = ["further"]


@taking(common=RecipeArguments, said=DataArguments, run=RunArguments)
def further(
    start: Model,
    folder: Folder,
    row: Annotated[str, typer.Option(help="Row of the protocol.")],
    protocol: ProtocolOption = "further",
    name: Annotated[
        str | None, typer.Option(help="Name of the exported model; the row's if not given.")
    ] = None,
    size: SizeOption = None,
    overwrite: OverwriteOption = False,
    *,
    common: RecipeArguments,
    said: DataArguments,
    run: RunArguments,
) -> None:
    """Train the networks of a model further by another recipe, on every patient."""
    from brainseg_train.train.further import train_further

    try:
        loaded = load_protocol(protocol, size=size, **common.changes)
        (config,) = loaded.only([row]).rows
        bundle = find_bundle(start)
        with progress() as bar:
            exported = train_further(
                bundle,
                folder,
                replace(config, name=name or config.name, init=bundle.card.name),
                run.exported,
                run.kept,
                watch(bar, run.curves),
                said.exclude or (),
                accelerator=run.device,
                overwrite=overwrite,
            )
    except BrainsegError as error:
        fail(error)
    console.print(f"Exported to {exported.path}", highlight=False, markup=False)
