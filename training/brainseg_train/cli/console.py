"""What the training program shows in a terminal: progress, tables, errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from napari_brainseg.cli.printing import PlainConsole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brainseg_train.benchmark.results import BenchmarkResults
    from brainseg_train.evaluate.results import Results
    from brainseg_train.finetune import Finetuned
    from brainseg_train.train.config import Logger
    from brainseg_train.train.progress import Epoch, TrainingStep, Watcher
    from napari_brainseg.errors import BrainsegError

__all__ = [
    "before_and_after",
    "console",
    "errors",
    "fail",
    "progress",
    "see_what_was_learned",
    "show",
    "training",
    "watch",
]

console = PlainConsole()
errors = PlainConsole(stderr=True)


def progress() -> Progress:
    """Make a bar on standard error, so that standard output holds results alone."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, console=errors, transient=True)


@contextmanager
def training() -> Iterator[Progress]:
    """Show a bar while something is trained; where a person stops it, say how it goes on."""
    try:
        with progress() as bar:
            yield bar
    except KeyboardInterrupt:
        errors.print("Stopped. The same command goes on after the last epoch that was finished.")
        raise typer.Exit(130) from None


def watch(bar: Progress, logger: Logger) -> Watcher:
    """Show a run in a progress bar, and each epoch in a line."""
    from brainseg_train.train.processes import launched
    from brainseg_train.train.progress import Watcher

    task = bar.add_task("Starting", total=None, visible=launched().rank == 0)

    def step(now: TrainingStep) -> None:
        text = f"epoch {now.epoch + 1} {now.loss:.3f}"
        bar.update(task, total=now.total, completed=now.done, description=text)

    def ended(number: int, epoch: Epoch) -> None:
        iou = "" if epoch.iou is None else f", validation IoU {epoch.iou:.3f}"
        text = f"epoch {number + 1}: loss {epoch.loss:.3f}{iou}, {epoch.seconds:.0f} s"
        bar.console.print(text)

    def stage(text: str) -> None:
        bar.console.print(text)

    return Watcher(stage, step, ended, logger)


def show(results: Results) -> None:
    """Print the columns that fit a terminal; the report has them all."""
    from brainseg_train.benchmark.report import with_interval
    from brainseg_train.benchmark.results import RowResult

    shown = Table("network", "Dice by patient [95 %]", "median", "IoU", "accuracy", "training")
    for row in results.rows:
        metrics = row.metrics
        shown.add_row(
            row.title,
            with_interval(row),
            f"{metrics['dice_median']:.3f}",
            f"{metrics['iou_pooled']:.3f}",
            f"{metrics['accuracy_pooled']:.4f}",
            f"{row.costs.training_seconds / 60:.0f} min" if isinstance(row, RowResult) else "",
        )
    console.print(shown)


def see_what_was_learned(results: BenchmarkResults) -> None:
    """End with an error where a row has learned next to nothing."""
    if useless := [row.name for row in results.rows if row.untaught]:
        errors.print(f"Learned next to nothing: {', '.join(useless)}", style="red")
        raise typer.Exit(1)


def before_and_after(result: Finetuned) -> Table:
    """Lay out every held-out scan, and the mean, before and after."""
    names = (Column(title, overflow="fold") for title in ("held-out patient", "scan"))
    table = Table(*names, "part", "Dice before", "after", "change")
    for row in result.compared:
        table.add_row(row.patient, row.source, row.split, *_change(row.before, row.after))
    table.add_section()
    count = len(result.compared)
    before, after = (
        sum(getattr(row, side) for row in result.compared) / count for side in ("before", "after")
    )
    table.add_row(f"mean of {count}", "", "", *_change(before, after))
    return table


def _change(before: float, after: float) -> tuple[str, str, str]:
    return f"{before:.3f}", f"{after:.3f}", f"{after - before:+.3f}"


def fail(error: BrainsegError) -> NoReturn:
    """Tell an error in one line and end the program."""
    errors.print(f"brainseg-train: {error}", style="red", soft_wrap=True)
    raise typer.Exit(1)
