"""A whole benchmark: every row of every fold, a report after each, and bundles for the plugin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from brainseg_train.benchmark.collect import collect, measure_row
from brainseg_train.benchmark.leak import measure_leak
from brainseg_train.benchmark.report import example_picture, write_report
from brainseg_train.benchmark.select_across_folds import choose_across
from brainseg_train.data.split import SplitBy
from brainseg_train.errors import DataError
from brainseg_train.train.export import copy_bundle, see_writable
from napari_brainseg.errors import ModelError
from napari_brainseg.models.bundle import open_bundle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brainseg_train.benchmark.results import BenchmarkResults, Leak, RowResult
    from brainseg_train.benchmark.rows import Benchmark, Plan, Row
    from brainseg_train.evaluate.measure import PatientResult
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.card import ModelCard

__all__ = ["Destinations", "run_benchmark"]


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where a benchmark leaves things.

    Parameters
    ----------
    report : Path
        Folder of results and report; rewritten as rows finish.
    models : Path
        The plugin's model folder, for one bundle a row.
    """

    report: Path
    models: Path


def run_benchmark(
    benchmark: Benchmark, plans: Sequence[Plan], to: Destinations, watch: Watcher
) -> BenchmarkResults:
    """Run what is not finished yet, and report after each row.

    Parameters
    ----------
    benchmark : Benchmark
        Data and runs.
    plans : sequence of Plan
        One a fold, of one protocol and one split.
    to : Destinations
        Where results go.
    watch : Watcher
        Progress.

    Returns
    -------
    BenchmarkResults
        As written.

    Raises
    ------
    DataError, ModelError
        If rows cannot be started, all of them, before the first is trained; or as
        :meth:`~brainseg_train.benchmark.rows.Benchmark.run` says.
    """
    for folder in (to.report, to.models):
        see_writable(folder)
    benchmark.check(plans)
    rows: dict[tuple[str, int], Row] = {}
    measured: dict[tuple[str, int], list[PatientResult]] = {}
    examples: dict[str, bytes] = {}
    leaks: list[Leak] = []
    results = None
    for config in plans[0].protocol.rows:
        folds = _run_folds(benchmark, plans, config, watch)
        watch.stage(f"{config.name}: measuring")
        for plan, row in zip(plans, folds, strict=True):
            key = config.name, plan.fold
            rows[key] = row
            measured[key] = measure_row(benchmark, config, row)
            examples.setdefault(config.name, example_picture(benchmark, config, row))
        leaks += _leaks(benchmark, plans[0], config)
        results = collect(plans, rows, measured).model_copy(update={"leaks": tuple(leaks)})
        write_report(results, to.report, examples)
        if plans[0].split is SplitBy.PATIENT and not results.rows[-1].untaught:
            _publish(rows[config.name, plans[0].fold], results.rows[-1], plans[0], to, watch)
    assert results is not None, "a protocol has a row"
    return results


def _run_folds(
    benchmark: Benchmark, plans: Sequence[Plan], config: RunConfig, watch: Watcher
) -> tuple[Row, ...]:
    """Run a row's folds; where none held patients out to choose on, they choose for each other."""
    rows = tuple(benchmark.run(plan, config) for plan in plans)
    if config.validation or not plans[0].protocol.choose:
        return rows
    watch.stage(f"{config.name}: choosing")
    patients = benchmark.dataset(benchmark.params(config)).patients
    masks = {each.case.name: each.mask for each in patients}
    chosen = choose_across(rows, masks, benchmark.source.table)
    return tuple(row.answering(each) for row, each in zip(rows, chosen, strict=True))


def _leaks(benchmark: Benchmark, plan: Plan, config: RunConfig) -> list[Leak]:
    """Measure the leak of a row, if it is finished by both splits."""
    both = {split: benchmark.finished(replace(plan, split=split), config) for split in SplitBy}
    finished = {split: row for split, row in both.items() if row is not None}
    return [measure_leak(benchmark, plan, config, finished)] if len(finished) == len(both) else []


def _publish(row: Row, result: RowResult, plan: Plan, to: Destinations, watch: Watcher) -> None:
    """Put a row's bundle where the plugin looks, its card carrying the numbers of the report."""
    bundle, card, title = row.bundle, row.card, plan.protocol.title
    size = card.preprocessing.size
    name = f"{plan.protocol.name}-{card.name}-{size}px"
    card = card.model_copy(
        update={
            "name": name,
            "title": f"{card.title} ({title}, {size} px)",
            "metrics": result.card_metrics,
            "validation": f"{len(result.patients)} test patients that no choice was made on",
        }
    )
    try:
        copy_bundle(bundle, card, to.models / name, overwrite=_is_ours(to.models / name, card))
    except DataError as error:
        watch.stage(str(error))


def _is_ours(folder: Path, card: ModelCard) -> bool:
    """Whether what lies there is an earlier export of the same weights."""
    try:
        return open_bundle(folder).card.weights_sha256 == card.weights_sha256
    except ModelError:
        return False
