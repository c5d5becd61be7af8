"""One recipe by its settings, tested on every patient: a benchmark of one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.benchmark.protocol import Protocol
from brainseg_train.benchmark.rows import Benchmark, Plan
from brainseg_train.benchmark.runner import Destinations, run_benchmark
from brainseg_train.errors import DataError
from brainseg_train.train.processes import only_one

if TYPE_CHECKING:
    from pathlib import Path

    from brainseg_train.benchmark.results import BenchmarkResults
    from brainseg_train.train.progress import Watcher
    from brainseg_train.train.settings import RunSettings

__all__ = ["cross_validate"]


def cross_validate(
    settings: RunSettings, folds: int, to: Destinations, runs: Path, watch: Watcher
) -> BenchmarkResults:
    """Train a network a fold, each tested on patients that it never saw.

    Parameters
    ----------
    settings : RunSettings
        Name the data folder; the share of the recipe for validation only says whether patients are
        held out to choose on.
    folds : int
        Parts that the patients are divided into.
    to : Destinations
        Where report and models go.
    runs : Path
        Where the folds keep their folders; started again it goes on there.
    watch : Watcher
        Progress.

    Raises
    ------
    DataError
        If the folder has problems, or a split file divides it already.
    """
    config, options = settings.recipe, settings.data
    assert options.folder is not None, "the caller has seen to the folder"
    only_one("fit --folds")
    if options.split_file is not None:
        raise DataError(
            "--folds and --split-file both say who is tested. Leave one out; benchmark "
            "--split-file tests the folds of a file."
        )
    protocol = Protocol(
        name=config.name,
        title=f"{config.name}, {folds} folds",
        images=0,
        choose=True,
        rows=(config,),
    )
    plans = [
        Plan(protocol, folds, part, seed=config.seed, exclude=options.exclude)
        for part in range(folds)
    ]
    benchmark = Benchmark(options.folder, runs, settings.run.accelerator, watch, options)
    return run_benchmark(benchmark, plans, to, watch)
