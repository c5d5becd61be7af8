"""``brainseg-train``: check a data folder, train a model, put it where the plugin finds it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer
from rich.table import Table

from brainseg_train.benchmark.protocol import PROTOCOLS, load_protocol
from brainseg_train.cli.console import (
    before_and_after,
    console,
    errors,
    fail,
    progress,
    show,
    watch,
)
from brainseg_train.data.split import SplitBy
from brainseg_train.train.config import Accelerator, Logger, Precision, RunConfig
from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.architectures import Architecture
from napari_brainseg.models.catalog import user_model_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.models.bundle import Bundle

app = typer.Typer(
    help="Train and measure brain tumour segmentation models for napari-brainseg.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Folder = Annotated[Path, typer.Argument(help="Data folder in the LGG layout.")]
LoggerOption = Annotated[Logger, typer.Option(help="Where learning curves are kept.")]
PrecisionOption = Annotated[Precision, typer.Option(help="Of training.")]
AcceleratorOption = Annotated[Accelerator, typer.Option(help="What trains.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Of everything random.")]


@app.command()
def data(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a data folder: patients, slices, tumour share, problems and oddities."""
    from dataclasses import asdict

    from brainseg_train.data.cases import find_cases, inspect

    try:
        cases = find_cases(folder)
        with progress() as bar:
            task = bar.add_task("Reading", total=len(cases))
            report = inspect(cases, lambda done: bar.update(task, completed=done))
    except BrainsegError as error:
        fail(error)
    if as_json:
        sys.stdout.write(json.dumps(asdict(report), indent=2) + "\n")
    else:
        table = Table("cases", "patients", "slices", "with tumour", "tumour share of voxels")
        counts = (report.cases, report.patients, report.slices, report.tumour_slices)
        table.add_row(*map(str, counts), f"{report.tumour_share:.2%}")
        console.print(table)
        for title, lines in (("Problems", report.problems), ("Oddities", report.oddities)):
            console.print(f"{title}: {len(lines) or 'none'}", highlight=False)
            for line in lines:
                console.print(f"  {line}", highlight=False, markup=False)
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
    validation: Annotated[
        float, typer.Option(min=0, max=1, help="Share of patients held out.")
    ] = 0.2,
    precision: PrecisionOption = Precision.SINGLE,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    seed: SeedOption = 0,
    exclude: Annotated[list[str] | None, typer.Option(help="Keep a patient out.")] = None,
    models: Annotated[Path | None, typer.Option(help="Where to export.")] = None,
    runs: Annotated[Path | None, typer.Option(help="Where checkpoints are kept.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a model of that name.")] = False,
    logger: LoggerOption = Logger.TENSORBOARD,
) -> None:
    """Train one architecture and export it; started again, it goes on where it was stopped."""
    from brainseg_train.train.fit import fit as run

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
    with progress() as bar:
        try:
            result = run(
                folder,
                config,
                models or user_model_folder(),
                runs or _runs_folder(),
                watch(bar, logger),
                exclude or (),
                accelerator=accelerator,
                overwrite=overwrite,
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


@app.command()
def finetune(
    bundle: Annotated[str, typer.Argument(help="The model to go on from: name, or folder.")],
    manifest: Annotated[Path, typer.Argument(help="Training set: its folder, or manifest.json.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the exported model; BUNDLE-finetuned if not given.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs.")] = 10,
    slices: Annotated[int, typer.Option(min=1, help="Slices drawn per epoch.")] = 400,
    rate: Annotated[float, typer.Option(min=0, help="Peak learning rate.")] = 1e-4,
    precision: PrecisionOption = Precision.SINGLE,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    seed: SeedOption = 0,
    models: Annotated[Path | None, typer.Option(help="Where to export.")] = None,
    runs: Annotated[Path | None, typer.Option(help="Where checkpoints are kept.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a model of that name.")] = False,
    logger: LoggerOption = Logger.TENSORBOARD,
) -> None:
    """Train a model further on corrected masks; started again, it goes on where it was stopped."""
    from brainseg_train.finetune import finetune as run
    from brainseg_train.finetune import finetune_config

    try:
        start = _bundle(bundle)
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
                runs or _runs_folder(),
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


@app.command()
def benchmark(
    folder: Folder,
    protocol: Annotated[
        str, typer.Option(help=f"{', '.join(PROTOCOLS)}, or a TOML file.")
    ] = "paper",
    row: Annotated[list[str] | None, typer.Option(help="Run only this row.")] = None,
    split: Annotated[SplitBy, typer.Option(help="slice shows what leaking is worth.")] = (
        SplitBy.PATIENT
    ),
    folds: Annotated[int, typer.Option(min=2, help="Parts the patients are divided into.")] = 5,
    fold: Annotated[list[int] | None, typer.Option(help="Parts to test on, from 1.")] = None,
    size: Annotated[int, typer.Option(min=32, help="Height and width of the slices.")] = 256,
    init: Annotated[
        list[str] | None, typer.Option(help="ENCODER=FILE or ENCODER=random, repeatable.")
    ] = None,
    precision: PrecisionOption = Precision.SINGLE,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    seed: SeedOption = 0,
    exclude: Annotated[list[str] | None, typer.Option(help="Keep a patient out.")] = None,
    runs: Annotated[Path | None, typer.Option(help="Where rows are kept.")] = None,
    models: Annotated[Path | None, typer.Option(help="Where models are exported.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder of the report.")] = None,
    logger: LoggerOption = Logger.TENSORBOARD,
) -> None:
    """Train and measure the rows of a benchmark, one after another; started again, it goes on."""
    from brainseg_train.benchmark.rows import Benchmark, Plan
    from brainseg_train.benchmark.runner import Destinations, run_campaign

    try:
        loaded = load_protocol(protocol, size=size, precision=precision, seed=seed)
        loaded = loaded.starting_from(_pairs(init or [])).only(row or [])
        parts = sorted(set(fold or [1]))  # one named twice would count its patients twice
        plans = [Plan(loaded, folds, part - 1, split, seed, tuple(exclude or ())) for part in parts]
        report = output or Path(f"benchmark-{loaded.name}-{size}px-{split.value}")
        with progress() as bar:
            watcher = watch(bar, logger)
            bench = Benchmark(folder, runs or _runs_folder(), accelerator, watcher)
            to = Destinations(report, models or user_model_folder())
            results = run_campaign(bench, plans, to, watcher)
    except BrainsegError as error:
        fail(error)
    show(results)
    console.print(f"Report: {report / 'report.html'}", highlight=False, markup=False)


@app.command()
def refit(
    report: Annotated[Path, typer.Argument(help="Report of a benchmark of every fold.")],
    folder: Folder,
    name: Annotated[str, typer.Option(help="Name of the exported model.")],
    row: Annotated[str | None, typer.Option(help="Row; the best if not given.")] = None,
    init: Annotated[str | None, typer.Option(help="imagenet, random, or a weights file.")] = None,
    precision: PrecisionOption = Precision.SINGLE,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    members: Annotated[
        int | None, typer.Option(min=1, help="Networks whose mean answers; the row's if not given.")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Patients the report left out.")] = None,
    models: Annotated[Path | None, typer.Option(help="Where to export.")] = None,
    runs: Annotated[Path | None, typer.Option(help="Where checkpoints are kept.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a model of that name.")] = False,
    logger: LoggerOption = Logger.TENSORBOARD,
) -> None:
    """Train a cross-validated row again, on every patient; its card carries the row's numbers."""
    from brainseg_train.benchmark.refit import read_measured
    from brainseg_train.benchmark.refit import refit as run

    try:
        measured = read_measured(report, row)
        config = measured.config(name, init, precision, members)
        with progress() as bar:
            bundle = run(
                measured,
                folder,
                config,
                models or user_model_folder(),
                runs or _runs_folder(),
                watch(bar, logger),
                exclude or (),
                accelerator=accelerator,
                overwrite=overwrite,
            )
    except BrainsegError as error:
        fail(error)
    metrics = bundle.card.metrics
    console.print(
        f"{name}: {measured.row['name']}, mean Dice {metrics['dice_mean']:.3f}, median "
        f"{metrics['dice_median']:.3f} on {len(measured.tested)} cases in cross-validation; "
        f"exported to {bundle.path}",
        highlight=False,
        markup=False,
    )


@app.command()
def evaluate(
    bundle: Annotated[str, typer.Argument(help="A model's name, or its folder.")],
    folder: Folder,
    exclude: Annotated[list[str] | None, typer.Option(help="Leave a patient out.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    output: Annotated[Path | None, typer.Option(help="Also write a report here.")] = None,
) -> None:
    """Measure a model on a folder, segmenting just as the plugin does."""
    _compare([bundle], folder, exclude or [], device, output)


@app.command()
def describe(
    bundle: Annotated[str, typer.Argument(help="A model's name, or its folder.")],
    folder: Folder,
    exclude: Annotated[list[str] | None, typer.Option(help="Patients kept out of it.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
) -> None:
    """Add fingerprint and temperature to the card of a model, from the data it was trained on."""
    from brainseg_train.train.describe import describe_bundle
    from napari_brainseg.pipeline.devices import resolve_device

    def stage(text: str) -> None:
        errors.print(text, highlight=False, markup=False)

    try:
        chosen = resolve_device(device).name
        card = describe_bundle(_bundle(bundle), folder, exclude or (), chosen, stage).card
    except BrainsegError as error:
        fail(error)
    seen = card.fingerprint
    roles = f"fingerprint of {seen.patients} cases" if seen else "too few cases for a fingerprint"
    console.print(f"{card.name}: {roles}, temperature {card.temperature}", highlight=False)


@app.command()
def compare(
    one: Annotated[str, typer.Argument(help="A model's name, or its folder.")],
    other: Annotated[str, typer.Argument(help="Another.")],
    folder: Folder,
    exclude: Annotated[list[str] | None, typer.Option(help="Leave a patient out.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    output: Annotated[Path | None, typer.Option(help="Also write a report here.")] = None,
) -> None:
    """Measure two models on the same patients, and test whether they differ."""
    _compare([one, other], folder, exclude or [], device, output)


def _compare(
    names: Sequence[str], folder: Path, exclude: Sequence[str], device: str, output: Path | None
) -> None:
    from brainseg_train.benchmark.report import write_report
    from brainseg_train.evaluate.compare_models import appraise

    try:
        with progress() as bar:
            task = bar.add_task("Measuring", total=None)

            def report(name: str, done: int, total: int) -> None:
                bar.update(task, description=name, completed=done, total=total)

            results = appraise([_bundle(name) for name in names], folder, exclude, device, report)
    except BrainsegError as error:
        fail(error)
    show(results)
    for each in results["comparisons"]:
        console.print(
            f"Mean difference of Dice {each['dice_difference']:+.3f}, Wilcoxon p = {each['p']:.3f}",
            highlight=False,
        )
    for note in results["notes"]:
        console.print(note, highlight=False, markup=False)
    if output is not None:
        write_report(results, output)
        console.print(f"Report: {output / 'report.md'}", highlight=False, markup=False)


def _bundle(name: str) -> Bundle:
    """Find a model by its folder or its name."""
    from napari_brainseg.models.bundle import open_bundle
    from napari_brainseg.models.catalog import find_models

    return open_bundle(Path(name)) if Path(name).is_dir() else find_models().get(name)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """Read ``KEY=VALUE`` options."""
    pairs = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not value:
            raise typer.BadParameter(f"{text!r} should be ENCODER=FILE or ENCODER=random")
        pairs[key] = value
    return pairs


def _runs_folder() -> Path:
    return platformdirs.user_cache_path("napari-brainseg", appauthor=False) / "runs"
