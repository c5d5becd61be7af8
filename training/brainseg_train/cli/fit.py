"""``fit`` and ``finetune``: one model, from data or from a model before it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from brainseg_train.cli.arguments import (
    AcceleratorOption,
    ExcludeOption,
    Folder,
    LoggerOption,
    ModelsOption,
    OverwriteOption,
    PatientPatternOption,
    PatientTableOption,
    PrecisionOption,
    RunsOption,
    SeedOption,
    find_bundle,
    runs_folder,
)
from brainseg_train.cli.console import before_and_after, console, fail, progress, watch
from brainseg_train.train.config import Accelerator, Logger, TrainingPrecision, checked_config
from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.architectures import Architecture
from napari_brainseg.models.catalog import user_model_folder

__all__ = ["finetune", "fit"]


def fit(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Name of the exported model.")],
    architecture: Annotated[Architecture, typer.Option(help="Decoder.")] = Architecture.UNET,
    encoder: Annotated[str, typer.Option(help="Encoder of smp.")] = "resnet18",
    init: Annotated[str, typer.Option(help="imagenet, random, or a weights file.")] = "imagenet",
    epochs: Annotated[int, typer.Option(min=1, help="Epochs.")] = 20,
    slices: Annotated[int, typer.Option(min=1, help="Slices drawn per epoch.")] = 1600,
    batch: Annotated[int, typer.Option(min=2, help="Slices per step.")] = 16,
    rate: Annotated[float, typer.Option(min=0, help="Peak learning rate.")] = 1e-3,
    validation: Annotated[
        float, typer.Option(min=0, max=1, help="Share of patients held out.")
    ] = 0.2,
    precision: PrecisionOption = TrainingPrecision.SINGLE,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    seed: SeedOption = 0,
    exclude: ExcludeOption = None,
    patient_table: PatientTableOption = None,
    patient_pattern: PatientPatternOption = None,
    split_file: Annotated[
        Path | None, typer.Option(help="Who is learned from: split.json, or splits_final.json.")
    ] = None,
    split_fold: Annotated[int, typer.Option(min=1, help="Fold of splits_final.json.")] = 1,
    models: ModelsOption = None,
    runs: RunsOption = None,
    overwrite: OverwriteOption = False,
    logger: LoggerOption = Logger.TENSORBOARD,
) -> None:
    """Train one architecture and export it; started again, it goes on where it was stopped."""
    from brainseg_train.data.patients import read_naming
    from brainseg_train.data.split_file import Division
    from brainseg_train.train.fit import fit as run

    try:
        config = checked_config(
            name=name,
            architecture=architecture,
            encoder=encoder,
            init=init,
            epochs=epochs,
            slices_per_epoch=slices,
            batch_size=batch,
            learning_rate=rate,
            validation=validation,
            precision=precision,
            seed=seed,
        )
        with progress() as bar:
            result = run(
                folder,
                config,
                models or user_model_folder(),
                runs or runs_folder(),
                watch(bar, logger),
                exclude or (),
                accelerator=accelerator,
                overwrite=overwrite,
                naming=read_naming(patient_table, patient_pattern),
                division=Division(split_file, split_fold - 1) if split_file else None,
            )
    except BrainsegError as error:
        fail(error)
    card = result.bundle.card
    table = Table("validation case", "Dice")
    for case, dice in sorted(result.dice.items(), key=lambda item: item[1]):
        table.add_row(case, f"{dice:.3f}")
    console.print(table)
    console.print(
        f"{card.name}: mean Dice {card.metrics['dice_mean']:.3f}, median "
        f"{card.metrics['dice_median']:.3f} on {len(result.dice)} cases; exported to "
        f"{result.bundle.path}",
        highlight=False,
    )


def finetune(
    bundle: Annotated[str, typer.Argument(help="The model to go on from: name, or folder.")],
    manifest: Annotated[Path, typer.Argument(help="Training set: its folder, or manifest.json.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the exported model; BUNDLE-finetuned if not given.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs.")] = 10,
    slices: Annotated[int, typer.Option(min=1, help="Slices drawn per epoch.")] = 400,
    rate: Annotated[float, typer.Option(min=0, help="Peak learning rate.")] = 1e-4,
    precision: PrecisionOption = TrainingPrecision.SINGLE,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    seed: SeedOption = 0,
    models: ModelsOption = None,
    runs: RunsOption = None,
    overwrite: OverwriteOption = False,
    logger: LoggerOption = Logger.TENSORBOARD,
) -> None:
    """Train a model further on corrected masks; started again, it goes on where it was stopped."""
    from brainseg_train.finetune import finetune as run
    from brainseg_train.finetune import finetune_config

    try:
        start = find_bundle(bundle)
        config = finetune_config(
            start,
            name=name or f"{start.card.name}-finetuned",
            epochs=epochs,
            slices_per_epoch=slices,
            learning_rate=rate,
            precision=precision,
            seed=seed,
        )
        with progress() as bar:
            result = run(
                start,
                manifest,
                config,
                models or user_model_folder(),
                runs or runs_folder(),
                watch(bar, logger),
                accelerator=accelerator,
                overwrite=overwrite,
            )
    except BrainsegError as error:
        fail(error)
    if result.compared:
        console.print(before_and_after(result))
    for note in result.notes:
        console.print(note, highlight=False, markup=False)
    console.print(f"Exported to {result.bundle.path}", highlight=False, markup=False)
