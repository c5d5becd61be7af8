"""``brainseg predict`` over folders and lists: side by side, gone on with, measured."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from napari_brainseg.cli.printing import print_line, print_result, say, say_error, stderr
from napari_brainseg.cli.results import mask_line, summary
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_brainseg.batch import Batch, SegmentOptions, TaskOutcome
    from napari_brainseg.batch.run import Engine

__all__ = ["SEVERAL", "Many", "Shown", "holds_scans", "predict_many"]

SEVERAL = 4
"""Fewest scans that are worth the seconds in which workers start."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is printed."""

    quiet: bool
    as_json: bool

    @property
    def lines_off(self) -> bool:
        """Whether lines for people are left out."""
        return self.quiet or self.as_json


@dataclass(frozen=True, slots=True)
class Many:
    """What was asked for with regard to many scans; see the options of the command."""

    listed: Path | None
    only: str | None
    workers: int | None
    scheduler: str | None
    dashboard: bool

    @property
    def asked(self) -> bool:
        """Whether anything was."""
        return any((self.listed, self.only, self.workers, self.scheduler, self.dashboard))

    def inputs(self, given: list[Path]) -> list[Path]:
        """Return all paths, those of the list included."""
        from napari_brainseg.batch import read_list

        return [*given, *(read_list(self.listed) if self.listed else ())]

    def starts_workers(self, scans: int) -> bool:
        """Whether this many scans get workers of their own on this machine."""
        from napari_brainseg.batch import have_room

        wanted = scans >= SEVERAL or self.workers is not None or self.dashboard
        return scans > 0 and wanted and have_room()


def holds_scans(path: Path) -> bool:
    """Whether a path is a folder above scans, and not a scan itself."""
    from napari_brainseg.io.files import is_folder

    if not is_folder(path):
        return False
    from napari_brainseg.batch import is_one_scan

    return not is_one_scan(path)


def predict_many(
    given: list[Path], output: Path | None, settings: SegmentOptions, shown: Shown, many: Many
) -> int:
    """Segment many scans; return the exit status."""
    from napari_brainseg.batch import TABLE_NAME, run_batch

    try:
        batch = _batch(many.inputs(given), output, settings, many.only)
        table = batch.job.home / TABLE_NAME
        _say_what_is_there(batch, shown)
        with _engine(batch, many) as engine, _telling(batch, shown) as tell:
            outcomes = run_batch(batch, engine, table, tell)
    except BrainsegError as error:
        say_error("predict", error)
        return 1
    except KeyboardInterrupt:
        say("Stopped. What is done is kept: start again, and it goes on.")
        return 130
    if shown.as_json:
        print_result(json.dumps([_summary(each) for each in outcomes], indent=2) + "\n")
    bad = sum(each.result is None for each in outcomes)
    if not shown.lines_off:
        before = sum(each.before for each in outcomes)
        new = len(outcomes) - bad - before
        say(f"{new} segmented, {before} done before, {bad} with errors. Measures: {table}")
    return 1 if bad else 0


def _batch(
    inputs: list[Path], output: Path | None, settings: SegmentOptions, only: str | None
) -> Batch:
    from napari_brainseg.batch import Batch, Job, home_of, list_items

    items = list_items(inputs, output, only, settings.series)
    if not items:
        wanted = f" that fits {only!r}" if only else ""
        raise BrainsegError(f"No scan{wanted} was found. Check the folder, or list the scans.")
    card = settings.bundle.card
    job = Job(
        home=home_of(items, inputs, output),
        model=card.name,
        weights=card.weights_sha256,
        folder=settings.bundle.path.absolute(),
        device=settings.device,
        overwrite=settings.overwrite,
    )
    return Batch(items, job)


def _say_what_is_there(batch: Batch, shown: Shown) -> None:
    if not shown.lines_off:
        done = sum(each.before for each in batch.in_order)
        before = f", {done} of them done before" if done else ""
        say(f"{len(batch.items)} scans{before}.")
    for outcome in batch.in_order:
        if outcome.result is None:
            say_error(outcome.name, BrainsegError(outcome.error))


@contextmanager
def _engine(batch: Batch, many: Many) -> Iterator[Engine]:
    """Start, or connect to, what runs the tasks."""
    from napari_brainseg.batch import (
        existing_cluster,
        in_turn,
        local_cluster,
        on_cluster,
        plan_workers,
    )

    with ExitStack() as stack:
        if many.scheduler is not None and batch.left:
            client = stack.enter_context(existing_cluster(many.scheduler))
            yield on_cluster(client)
        elif many.starts_workers(len(batch.left)):
            workers = plan_workers(len(batch.left), batch.job.device, many.workers)
            client = stack.enter_context(local_cluster(workers, dashboard=many.dashboard))
            if many.dashboard:
                say(f"Dashboard: {client.dashboard_link}")
            batch.job = replace(batch.job, threads=workers.threads)
            yield on_cluster(client)
        else:
            yield in_turn


@contextmanager
def _telling(batch: Batch, shown: Shown) -> Iterator[Callable[[TaskOutcome], None]]:
    """Print a line for each scan, under a bar for all; a note is printed once, and is in the table.

    Thousands of scans have thousands of notes, most of them the same.
    """
    columns = (TextColumn("scans"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    off = shown.lines_off or not stderr.is_terminal
    with Progress(*columns, console=stderr, disable=off) as bar:
        task = bar.add_task("scans", total=len(batch.left))
        said = set[str]()

        def tell(outcome: TaskOutcome) -> None:
            bar.advance(task)
            if outcome.result is None:
                say_error(outcome.name, BrainsegError(outcome.error))
            elif not shown.lines_off:
                notes, place = outcome.result.notes, batch.done.place(Path(outcome.result.output))
                for note in notes:
                    if note not in said:
                        say(f"{place}: {note}")
                said.update(notes)
                mask = mask_line(outcome.result, place)
                print_line(f"{mask}  {len(notes)} notes" if notes else mask)

        yield tell


def _summary(outcome: TaskOutcome) -> dict[str, object]:
    if outcome.result is None:
        return {"input": outcome.name, "error": outcome.error}
    return summary(outcome.result)
