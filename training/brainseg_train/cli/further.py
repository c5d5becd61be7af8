"""``further``: the networks of a model taken on by another recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from brainseg_train.benchmark.protocol import PROTOCOLS, load_protocol
from brainseg_train.cli.arguments import (
    AcceleratorOption,
    ExcludeOption,
    Folder,
    LoggerOption,
    Model,
    ModelsOption,
    OverwriteOption,
    PrecisionOption,
    RunsOption,
    SeedOption,
    find_bundle,
    runs_folder,
)
from brainseg_train.cli.console import console, fail, progress, watch
from brainseg_train.train.config import Accelerator, Logger, TrainingPrecision
from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.catalog import user_model_folder

__all__ = ["further"]


def further(
    start: Model,
    folder: Folder,
    row: Annotated[str, typer.Option(help="Row of the protocol.")],
    protocol: Annotated[
        str, typer.Option(help=f"{', '.join(PROTOCOLS)}, or a TOML file.")
    ] = "further",
    name: Annotated[
        str | None, typer.Option(help="Name of the exported model; the row's if not given.")
    ] = None,
    size: Annotated[int, typer.Option(min=32, help="Height and width of the slices.")] = 256,
    precision: PrecisionOption = TrainingPrecision.SINGLE,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    seed: SeedOption = 0,
    exclude: ExcludeOption = None,
    models: ModelsOption = None,
    runs: RunsOption = None,
    overwrite: OverwriteOption = False,
    logger: LoggerOption = Logger.TENSORBOARD,
) -> None:
    """Train the networks of a model further by another recipe, on every patient."""
    from brainseg_train.train.further import train_further

    try:
        loaded = load_protocol(protocol, size=size, precision=precision, seed=seed)
        (config,) = loaded.only([row]).rows
        bundle = find_bundle(start)
        with progress() as bar:
            exported = train_further(
                bundle,
                folder,
                replace(config, name=name or config.name, init=bundle.card.name),
                models or user_model_folder(),
                runs or runs_folder(),
                watch(bar, logger),
                exclude or (),
                accelerator=accelerator,
                overwrite=overwrite,
            )
    except BrainsegError as error:
        fail(error)
    console.print(f"Exported to {exported.path}", highlight=False, markup=False)
