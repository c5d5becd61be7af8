"""``brainseg-train``: check a data folder, train a model, put it where the plugin finds it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import platformdirs
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.architectures import Architecture
from napari_brainseg.models.catalog import user_model_folder

app = typer.Typer(
    help="Train and measure brain tumour segmentation models for napari-brainseg.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_console = Console()
_errors = Console(stderr=True)

Folder = Annotated[Path, typer.Argument(help="Data folder in the LGG layout.")]


@app.command()
def data(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a data folder: patients, slices, tumour share, problems and oddities."""
    from dataclasses import asdict

    from brainseg_train.data import find_cases, inspect

    try:
        cases = find_cases(folder)
        with _progress() as bar:
            task = bar.add_task("Reading", total=len(cases))
            report = inspect(cases, lambda done: bar.update(task, completed=done))
    except BrainsegError as error:
        _fail(error)
    if as_json:
        sys.stdout.write(json.dumps(asdict(report), indent=2) + "\n")
    else:
        table = Table("cases", "patients", "slices", "with tumour", "tumour share of voxels")
        counts = (report.cases, report.patients, report.slices, report.tumour_slices)
        table.add_row(*map(str, counts), f"{report.tumour_share:.2%}")
        _console.print(table)
        for title, lines in (("Problems", report.problems), ("Oddities", report.oddities)):
            _console.print(f"{title}: {len(lines) or 'none'}", highlight=False)
            for line in lines:
                _console.print(f"  {line}", highlight=False, markup=False)
    raise typer.Exit(1 if report.problems else 0)


@app.command()
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
    validation: Annotated[float, typer.Option(help="Share of patients held out.")] = 0.2,
    precision: Annotated[str, typer.Option(help="32-true, bf16-mixed, 16-mixed.")] = "32-true",
    accelerator: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
    exclude: Annotated[list[str] | None, typer.Option(help="Keep a patient out.")] = None,
    models: Annotated[Path | None, typer.Option(help="Where to export.")] = None,
    runs: Annotated[Path | None, typer.Option(help="Where checkpoints are kept.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a model of that name.")] = False,
) -> None:
    """Train one architecture and export it; started again, it goes on where it was stopped."""
    from brainseg_train.config import RunConfig
    from brainseg_train.fit import Watcher
    from brainseg_train.fit import fit as run

    config = RunConfig(
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
    steps = -(-slices // batch)
    with _progress() as bar:
        task = bar.add_task("Starting", total=epochs * steps)

        def step(epoch: int, done: int, loss: float) -> None:
            text = f"epoch {epoch + 1}/{epochs} loss {loss:.3f}"
            bar.update(task, completed=epoch * steps + done, description=text)
            if done == steps:
                bar.console.print(text, highlight=False)

        def stage(text: str) -> None:
            bar.console.print(text, highlight=False, markup=False)

        try:
            result = run(
                folder,
                config,
                models or user_model_folder(),
                runs or platformdirs.user_cache_path("napari-brainseg", appauthor=False) / "runs",
                Watcher(stage, step),
                exclude or (),
                accelerator=accelerator,
                overwrite=overwrite,
            )
        except BrainsegError as error:
            _fail(error)
    card = result.bundle.card
    table = Table("validation case", "Dice")
    for case, dice in sorted(result.dice.items(), key=lambda item: item[1]):
        table.add_row(case, f"{dice:.3f}")
    _console.print(table)
    _console.print(
        f"{card.name}: mean Dice {card.metrics['dice_mean']:.3f}, median "
        f"{card.metrics['dice_median']:.3f} on {len(result.dice)} cases; exported to "
        f"{result.bundle.path}",
        highlight=False,
    )


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, console=_errors)


def _fail(error: BrainsegError) -> None:
    _errors.print(f"brainseg-train: {error}", style="red", highlight=False, markup=False)
    raise typer.Exit(1)
