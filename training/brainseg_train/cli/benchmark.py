"""``benchmark`` and ``refit``: many models compared, and the best trained again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brainseg_train.benchmark.protocol import load_protocol
from brainseg_train.cli.arguments import (
    DATA,
    Assignments,
    DataArguments,
    Folder,
    OverwriteOption,
    ProtocolOption,
    RecipeArguments,
    RunArguments,
    SizeOption,
    recipe_changes,
)
from brainseg_train.cli.console import console, fail, see_what_was_learned, show, training, watch
from brainseg_train.cli.groups import taking
from brainseg_train.data.split import SplitBy
from brainseg_train.train.config import TrainingPrecision
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from distributed import Client

    from brainseg_train.benchmark.side_by_side import BenchmarkSite

__all__ = ["benchmark", "refit"]


@taking(common=RecipeArguments, said=DataArguments, run=RunArguments)
def benchmark(
    folder: Folder,
    protocol: ProtocolOption = "paper",
    row: Annotated[list[str] | None, typer.Option(help="Run only this row.")] = None,
    split: Annotated[
        SplitBy, typer.Option(help="slice shows what leaking is worth.", rich_help_panel=DATA)
    ] = SplitBy.PATIENT,
    folds: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Parts the patients are divided into; all are tested in turn, or those of --fold. "
            "If not given: the first of 5.",
            rich_help_panel=DATA,
        ),
    ] = None,
    fold: Annotated[
        list[int] | None, typer.Option(help="Parts to test on, from 1.", rich_help_panel=DATA)
    ] = None,
    split_file: Annotated[
        Path | None,
        typer.Option(
            help="Folds from nnU-Net's splits_final.json: its validation cases are tested.",
            rich_help_panel=DATA,
        ),
    ] = None,
    size: SizeOption = None,
    init: Annotated[
        list[str] | None, typer.Option(help="ENCODER=FILE or ENCODER=random, repeatable.")
    ] = None,
    assignments: Assignments = None,
    output: Annotated[Path | None, typer.Option(help="Folder of the report.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Train rows side by side in this many processes.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Train rows side by side on this dask scheduler's workers.")
    ] = None,
    *,
    common: RecipeArguments,
    said: DataArguments,
    run: RunArguments,
) -> None:
    """Train and measure the rows of a benchmark, one after another; started again, it goes on."""
    from brainseg_train.benchmark.rows import Benchmark, Plan
    from brainseg_train.benchmark.runner import Destinations, run_benchmark
    from brainseg_train.benchmark.side_by_side import BenchmarkSite, train_rows
    from brainseg_train.train.processes import only_one

    try:
        only_one("benchmark")
        assigned, of_data = recipe_changes(assignments)
        changes = assigned | common.changes
        loaded = load_protocol(protocol, **({"size": size} | changes))
        loaded = loaded.starting_from(_pairs(init or [])).only(row or [])
        options = said.options(of_data, split_file)
        count, parts = _folds(folds, fold or [], options.split_file)
        out = options.exclude
        plans = [Plan(loaded, count, part - 1, split, loaded.seed, out) for part in parts]
        report = output or Path(f"benchmark-{loaded.name}-{loaded.size}px-{split.value}")
        with training() as bar:
            watcher = watch(bar, run.curves)
            watcher.stage(loaded.text)
            place = run.kept.absolute()
            bench = Benchmark(folder, place, run.device, watcher, options)
            site = BenchmarkSite(folder.absolute(), place, run.device, run.curves, options)
            with _cluster(site, len(plans) * len(loaded.rows), workers, scheduler) as clusters:
                for client, seen in clusters:
                    bench.check(plans)
                    train_rows(client, seen, bench, plans, watcher)
            to = Destinations(report, run.exported)
            results = run_benchmark(bench, plans, to, watcher)
    except BrainsegError as error:
        fail(error)
    show(results)
    console.print(f"Report: {report / 'report.html'}")
    see_what_was_learned(results)


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


@taking(said=DataArguments, run=RunArguments)
def refit(
    report: Annotated[Path, typer.Argument(help="Report of a benchmark of every fold.")],
    folder: Folder,
    name: Annotated[str, typer.Option(help="Name of the exported model.")],
    row: Annotated[str | None, typer.Option(help="Row; the best if not given.")] = None,
    init: Annotated[str | None, typer.Option(help="imagenet, random, or a weights file.")] = None,
    precision: Annotated[
        TrainingPrecision | None, typer.Option(help="Of training, instead of the row's.")
    ] = None,
    members: Annotated[
        int | None, typer.Option(min=1, help="Networks whose mean answers; the row's if not given.")
    ] = None,
    overwrite: OverwriteOption = False,
    *,
    said: DataArguments,
    run: RunArguments,
) -> None:
    """Train a cross-validated row again, on every patient; its card carries the row's numbers."""
    from brainseg_train.benchmark.refit import read_measured
    from brainseg_train.benchmark.refit import refit as train

    try:
        measured = read_measured(report, row)
        config = measured.config(name, init, precision, members)
        with training() as bar:
            bundle = train(
                measured,
                folder,
                config,
                run.exported,
                run.kept,
                watch(bar, run.curves),
                accelerator=run.device,
                overwrite=overwrite,
                options=said.options(),
            )
    except BrainsegError as error:
        fail(error)
    metrics = bundle.card.metrics
    console.print(
        f"{name}: {measured.row.name}, mean Dice {metrics['dice_mean']:.3f}, median "
        f"{metrics['dice_median']:.3f} on {len(measured.tested)} cases in cross-validation; "
        f"exported to {bundle.path}",
    )


def _folds(
    folds: int | None, chosen: Sequence[int], split_file: Path | None
) -> tuple[int, list[int]]:
    """Return how many parts there are, and which are tested; one named twice counts once."""
    from brainseg_train.data.split_file import folds_in

    count = folds_in(split_file) if split_file else folds or 5
    all_of_them = range(1, count + 1) if folds or split_file else [1]
    return count, sorted(set(chosen or all_of_them))


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """Read ``KEY=VALUE`` options."""
    pairs = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not value:
            raise typer.BadParameter(f"{text!r} should be ENCODER=FILE or ENCODER=random")
        pairs[key] = value
    return pairs
