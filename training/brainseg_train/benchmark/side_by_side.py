"""Rows of a benchmark trained side by side: one row of one fold is one task.

A row keeps all that it is of in its folder, on a disk that all workers share. So a row whose worker
is lost goes on elsewhere from its checkpoint, and what reports afterwards finds the rows finished.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from brainseg_train.benchmark.rows import Benchmark
from brainseg_train.errors import DataError
from brainseg_train.train.progress import Watcher
from napari_brainseg.batch.scatter import is_lost, scatter
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from distributed import Client

    from brainseg_train.benchmark.rows import Plan
    from brainseg_train.data.options import DataOptions
    from brainseg_train.train.config import Logger, RunConfig

__all__ = ["BenchmarkSite", "RowTask", "train_rows"]


@dataclass(frozen=True, slots=True)
class BenchmarkSite:
    """What a worker opens a benchmark with; paths lie on a shared disk.

    Parameters
    ----------
    root : Path
        Of the data.
    runs : Path
        Where rows keep their folders.
    accelerator : str
        What trains.
    logger : Logger
        What keeps the learning curves.
    options : DataOptions, optional
        What is said of the data.
    threads : int, optional
        Processor threads of a worker.
    """

    root: Path
    runs: Path
    accelerator: str
    logger: Logger
    options: DataOptions | None = field(default=None, hash=False)
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class RowTask:
    """A row of one fold."""

    plan: Plan
    config: RunConfig

    @property
    def name(self) -> str:
        """What to call it."""
        return f"{self.config.name}, fold {self.plan.fold + 1}"


def train_rows(
    client: Client, site: BenchmarkSite, benchmark: Benchmark, plans: Sequence[Plan], watch: Watcher
) -> None:
    """Train what is not finished yet, on the workers of a cluster.

    Raises
    ------
    DataError
        If rows could not be trained: all of them, once the others are done.
    """
    tasks = [
        RowTask(plan, config)
        for config in plans[0].protocol.rows
        for plan in plans
        if benchmark.finished(plan, config) is None
    ]
    problems = []
    for task, future in scatter(client, functools.partial(run_row, site=site), tasks, len(tasks)):
        if future.status == "finished":
            problem = future.result()
        elif is_lost(future):
            problem = "it ended every worker that tried it, probably for want of memory"
        else:
            problem = f"its worker could not run it ({future.status})"
        watch.stage(f"{task.name}: {problem or 'trained'}")
        if problem:
            problems.append(f"{task.name}: {problem}")
    if problems:
        raise DataError("Some rows were not trained:\n" + "\n".join(problems))


def run_row(task: RowTask, site: BenchmarkSite) -> str:
    """Train one row in a worker; return why not, or nothing."""
    try:
        opened(site).run(task.plan, task.config)
    except BrainsegError as error:
        return str(error)
    return ""


@functools.lru_cache(maxsize=1)
def opened(site: BenchmarkSite) -> Benchmark:
    """Open the benchmark once a worker, since its data are kept in memory."""
    import torch

    if site.threads is not None:
        torch.set_num_threads(site.threads)
    quiet = replace(SILENT, logger=site.logger)
    return Benchmark(site.root, site.runs, site.accelerator, quiet, site.options)


def unheard(*_: object) -> None:
    """Say nothing: the command reports, not its workers."""


SILENT = Watcher(unheard, unheard, unheard)
