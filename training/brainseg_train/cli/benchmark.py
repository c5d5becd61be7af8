"""``benchmark`` and ``refit``: many models compared, and the best trained again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brainseg_train.benchmark.protocol import PROTOCOLS, load_protocol
from brainseg_train.cli.arguments import (
    AcceleratorOption,
    ExcludeOption,
    Folder,
    LoggerOption,
    ModelsOption,
    OverwriteOption,
    PatientPatternOption,
    PatientTableOption,
    RunsOption,
    runs_folder,
)
from brainseg_train.cli.console import console, fail, progress, show, watch
from brainseg_train.data.split import SplitBy
from brainseg_train.train.config import Accelerator, Logger, TrainingPrecision
from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.catalog import user_model_folder

if TYPE_CHECKING:
    from distributed import Client

    from brainseg_train.benchmark.side_by_side import BenchmarkSite

__all__ = ["benchmark", "refit"]


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
    size: Annotated[
        int | None, typer.Option(min=32, help="Height and width of the slices, instead of its own.")
    ] = None,
    init: Annotated[
        list[str] | None, typer.Option(help="ENCODER=FILE or ENCODER=random, repeatable.")
    ] = None,
    precision: Annotated[
        TrainingPrecision | None, typer.Option(help="Of training, instead of the protocol's.")
    ] = None,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of everything random, instead of the protocol's.")
    ] = None,
    exclude: ExcludeOption = None,
    patient_table: PatientTableOption = None,
    patient_pattern: PatientPatternOption = None,
    runs: RunsOption = None,
    models: ModelsOption = None,
    output: Annotated[Path | None, typer.Option(help="Folder of the report.")] = None,
    logger: LoggerOption = Logger.TENSORBOARD,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Train rows side by side in so many processes.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Train rows side by side on this dask scheduler's workers.")
    ] = None,
) -> None:
    """Train and measure the rows of a benchmark, one after another; started again, it goes on."""
    from brainseg_train.benchmark.rows import Benchmark, Plan
    from brainseg_train.benchmark.runner import Destinations, run_benchmark
    from brainseg_train.benchmark.side_by_side import BenchmarkSite, train_rows
    from brainseg_train.data.patients import read_naming
    from brainseg_train.train.processes import only_one

    try:
        only_one("benchmark")
        loaded = load_protocol(protocol, size=size, precision=precision, seed=seed)
        loaded = loaded.starting_from(_pairs(init or [])).only(row or [])
        parts = sorted(set(fold or [1]))  # one named twice would count its patients twice
        out = tuple(exclude or ())
        plans = [Plan(loaded, folds, part - 1, split, loaded.seed, out) for part in parts]
        report = output or Path(f"benchmark-{loaded.name}-{loaded.size}px-{split.value}")
        naming = read_naming(patient_table, patient_pattern)
        with progress() as bar:
            watcher = watch(bar, logger)
            watcher.stage(loaded.text)
            place = (runs or runs_folder()).absolute()
            bench = Benchmark(folder, place, accelerator, watcher, naming)
            site = BenchmarkSite(folder.absolute(), place, accelerator, logger, naming)
            with _cluster(site, len(plans) * len(loaded.rows), workers, scheduler) as clusters:
                for client, seen in clusters:
                    train_rows(client, seen, bench, plans, watcher)
            to = Destinations(report, models or user_model_folder())
            results = run_benchmark(bench, plans, to, watcher)
    except BrainsegError as error:
        fail(error)
    show(results)
    console.print(f"Report: {report / 'report.html'}", highlight=False, markup=False)


@contextmanager
def _cluster(
    site: BenchmarkSite, rows: int, workers: int | None, scheduler: str | None
) -> Iterator[list[tuple[Client, BenchmarkSite]]]:
    """Start workers, or connect to those that are there; none where neither was asked for."""
    from napari_brainseg.batch import existing_cluster, local_cluster, plan_workers

    if scheduler is not None:
        with existing_cluster(scheduler) as client:
            yield [(client, site)]
    elif workers is not None:
        plan = replace(plan_workers(rows, site.accelerator, workers), tasks=1)
        with local_cluster(plan) as client:
            yield [(client, replace(site, threads=plan.threads))]
    else:
        yield []


def refit(
    report: Annotated[Path, typer.Argument(help="Report of a benchmark of every fold.")],
    folder: Folder,
    name: Annotated[str, typer.Option(help="Name of the exported model.")],
    row: Annotated[str | None, typer.Option(help="Row; the best if not given.")] = None,
    init: Annotated[str | None, typer.Option(help="imagenet, random, or a weights file.")] = None,
    precision: Annotated[
        TrainingPrecision | None, typer.Option(help="Of training, instead of the row's.")
    ] = None,
    accelerator: AcceleratorOption = Accelerator.AUTO,
    members: Annotated[
        int | None, typer.Option(min=1, help="Networks whose mean answers; the row's if not given.")
    ] = None,
    exclude: ExcludeOption = None,
    patient_table: PatientTableOption = None,
    patient_pattern: PatientPatternOption = None,
    models: ModelsOption = None,
    runs: RunsOption = None,
    overwrite: OverwriteOption = False,
    logger: LoggerOption = Logger.TENSORBOARD,
) -> None:
    """Train a cross-validated row again, on every patient; its card carries the row's numbers."""
    from brainseg_train.benchmark.refit import read_measured
    from brainseg_train.benchmark.refit import refit as run
    from brainseg_train.data.patients import read_naming

    try:
        measured = read_measured(report, row)
        config = measured.config(name, init, precision, members)
        with progress() as bar:
            bundle = run(
                measured,
                folder,
                config,
                models or user_model_folder(),
                runs or runs_folder(),
                watch(bar, logger),
                exclude or (),
                accelerator=accelerator,
                overwrite=overwrite,
                naming=read_naming(patient_table, patient_pattern),
            )
    except BrainsegError as error:
        fail(error)
    metrics = bundle.card.metrics
    console.print(
        f"{name}: {measured.row.name}, mean Dice {metrics['dice_mean']:.3f}, median "
        f"{metrics['dice_median']:.3f} on {len(measured.tested)} cases in cross-validation; "
        f"exported to {bundle.path}",
        highlight=False,
        markup=False,
    )


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """Read ``KEY=VALUE`` options."""
    pairs = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not value:
            raise typer.BadParameter(f"{text!r} should be ENCODER=FILE or ENCODER=random")
        pairs[key] = value
    return pairs
