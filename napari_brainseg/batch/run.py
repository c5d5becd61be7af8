"""All scans: what is left to do is handed out, and what comes back is gathered."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from napari_brainseg.batch.done import DoneList
from napari_brainseg.batch.scatter import is_lost, scatter
from napari_brainseg.batch.table import TABLE_NAME, measures_csv
from napari_brainseg.batch.task import TaskOutcome, earlier, run_task
from napari_brainseg.errors import BrainsegError, without_path
from napari_brainseg.io import replacing
from napari_brainseg.io.atomic import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from distributed import Client, Future

    from napari_brainseg.batch.items import BatchItem
    from napari_brainseg.batch.task import Job

    Engine = Callable[[Sequence[BatchItem], Job], Iterator[TaskOutcome]]

__all__ = ["TABLE_NAME", "Batch", "in_turn", "on_cluster", "run_batch"]

AHEAD_A_THREAD = 8
"""Tasks handed to the scheduler ahead of each thread."""

AHEAD = 1000
"""The same where there is no worker yet, so that a cluster that grows sees what there is to do."""


class Batch:
    """What is to be done, and what was done before.

    Parameters
    ----------
    items : sequence of BatchItem
        All scans.
    job : Job
        What is the same for all.

    Raises
    ------
    SaveError
        If the list of what is done cannot be read.
    """

    def __init__(self, items: Sequence[BatchItem], job: Job) -> None:
        self.items, self.job = tuple(items), job
        self.done = DoneList(job.home)
        self.done.look()
        self.outcomes: dict[str, TaskOutcome] = {}
        self.left: list[BatchItem] = []
        for item in self.items:
            self._sort(item)

    def _sort(self, item: BatchItem) -> None:
        place = self.done.place(item.path, item.series)
        if item.problem:
            self.outcomes[place] = TaskOutcome(place, item.path.name, error=item.problem)
        elif before := earlier(self.done, item, self.job):
            self.outcomes[place] = before
        else:
            self.left.append(item)

    @property
    def in_order(self) -> tuple[TaskOutcome, ...]:
        """What came of the scans so far, in the order that they were given in."""
        places = (self.done.place(item.path, item.series) for item in self.items)
        return tuple(self.outcomes[place] for place in places if place in self.outcomes)


def run_batch(
    batch: Batch, engine: Engine, table: Path, tell: Callable[[TaskOutcome], None]
) -> tuple[TaskOutcome, ...]:
    """Segment what is left, and write the table of all measures.

    Parameters
    ----------
    batch : Batch
        What there is to do.
    engine : callable
        :func:`in_turn`, or what :func:`on_cluster` returns.
    table : Path
        The CSV file; it is written when the run is stopped too.
    tell : callable
        Called with each outcome of this run, as it comes.

    Returns
    -------
    tuple of TaskOutcome
        In the order of the batch, those of earlier runs included.

    Raises
    ------
    SaveError
        If the list of what is done, or the table, cannot be written.
    """
    batch.done.make_ready()
    try:
        for outcome in engine(batch.left, batch.job):
            batch.outcomes[outcome.scan] = outcome
            tell(outcome)
    finally:
        make_folder(table.parent)
        with replacing(table, table.name) as aside:
            aside.write_text(measures_csv(batch.in_order), encoding="utf-8")
    return batch.in_order


def in_turn(items: Sequence[BatchItem], job: Job) -> Iterator[TaskOutcome]:
    """Segment scans one after another in this process."""
    return (run_task(item, job) for item in items)


def on_cluster(client: Client) -> Engine:
    """Return what segments scans side by side on a cluster.

    A scan whose worker is killed goes to another one. Scans that lost several workers are tried
    once more, one at a time, when all others are done: so the one that kills its workers costs the
    others nothing.
    """

    def run(items: Sequence[BatchItem], job: Job) -> Iterator[TaskOutcome]:
        places = DoneList(job.home)
        struck: list[BatchItem] = []
        threads = sum(client.nthreads().values())
        task = functools.partial(run_task, job=job)
        for item, future in scatter(client, task, items, threads * AHEAD_A_THREAD or AHEAD):
            if is_lost(future):
                struck.append(item)
            else:
                yield _outcome(places, item, future)
        for item, future in scatter(client, task, struck, 1):
            yield _outcome(places, item, future)

    return run


def _outcome(places: DoneList, item: BatchItem, future: Future[TaskOutcome]) -> TaskOutcome:
    """Return what a task says, or why it says nothing.

    Raises
    ------
    BrainsegError
        If the scheduler is gone.
    """
    if future.status == "finished":
        outcome: TaskOutcome = future.result()
        return outcome
    if future.status != "error":
        raise BrainsegError(
            "The scheduler is gone. What is done is kept: start again, and it goes on."
        )
    error = future.exception()
    text = f"The worker could not run it ({without_path(error)})." if error else ""
    if is_lost(future):
        text = (
            "It ended every worker that tried it, probably for want of memory. Segment it by "
            "itself on a machine with more."
        )
    place = places.place(item.path, item.series)
    return TaskOutcome(place, item.path.name, error=text)
