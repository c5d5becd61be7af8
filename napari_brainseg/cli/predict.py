"""``brainseg predict``: scans in, masks out."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from napari_brainseg.cli.arguments import choose_channels, parse_channels
from napari_brainseg.cli.choosing import ModelOption, UnderOption, choose_bundle
from napari_brainseg.cli.predict_many import SEVERAL, Many, Shown, holds_scans, predict_many
from napari_brainseg.cli.printing import print_line, print_result, say, say_error, stderr
from napari_brainseg.cli.results import mask_line, summary
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from napari_brainseg.batch import BatchItem
    from napari_brainseg.batch.one import Hooks, SegmentOptions
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.pipeline.segment import Step
    from napari_brainseg.scan import Scan

__all__ = ["predict"]

MANY = "Many scans"


def predict(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="IN...", help="Scans to segment, or folders of scans."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A mask file for one scan, else a folder.")
    ] = None,
    model: ModelOption = None,
    under: UnderOption = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    channel: Annotated[
        list[str] | None, typer.Option(help="ROLE=PATH feeds another sequence; repeatable.")
    ] = None,
    series: Annotated[
        str | None,
        typer.Option(
            help="Of several DICOM series, the one of this number, UID or part of a name."
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace masks that are there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON summary.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    listed: Annotated[
        Path | None,
        typer.Option("--list", help="File that lists scans, a path a line.", rich_help_panel=MANY),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            help="Of folders, the scans that fit this pattern, e.g. '*flair*'.",
            rich_help_panel=MANY,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes; one a graphics card or core by itself.", rich_help_panel=MANY
        ),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a dask scheduler to use.", rich_help_panel=MANY)
    ] = None,
    dashboard: Annotated[
        bool,
        typer.Option(
            "--dashboard", help="Serve dask's dashboard, to this machine.", rich_help_panel=MANY
        ),
    ] = False,
) -> None:
    """Segment scans: files, DICOM series folders, folders of slices, or folders of all these.

    Many scans run side by side; started again, it goes on with what is left, and at the end all
    measures are in measures.csv.
    """
    from napari_brainseg.batch.one import SegmentOptions

    given = list(inputs or ())
    channels = parse_channels(channel or [], given)
    try:
        bundle = choose_bundle(model, under, device)
    except BrainsegError as error:
        say_error("models", error)
        raise typer.Exit(1) from None
    settings, shown = SegmentOptions(bundle, device, series, overwrite), Shown(quiet, as_json)
    many = Many(listed, only, workers, scheduler, dashboard)
    if many.asked or len(given) >= SEVERAL or any(map(holds_scans, given)):
        if channels:
            raise typer.BadParameter("--channel goes with a single scan")
        if output is not None:
            _is_mask_file(output, SEVERAL)
        raise typer.Exit(predict_many(given, output, settings, shown, many))
    if not given:
        raise typer.BadParameter("give scans, folders of scans, or --list FILE")
    raise typer.Exit(_predict_few(given, output, settings, shown, channels))


def _predict_few(
    inputs: list[Path],
    output: Path | None,
    settings: SegmentOptions,
    shown: Shown,
    channels: dict[str, Path],
) -> int:
    """Segment one scan after another; return the exit status."""
    from napari_brainseg.batch import study_in
    from napari_brainseg.batch.one import Target, segment_file

    single = _is_mask_file(output, len(inputs))
    target = Target(file=output) if single else Target(folder=output)
    taken: set[Path] = set()
    summaries: list[dict[str, object]] = []
    for path in inputs:
        try:
            with _hooks(path, settings, shown, channels, taken) as hooks:
                item = None if settings.series or channels else study_in(path)
                result = segment_file(path, target, *_of_study(item, settings, hooks))
        except BrainsegError as error:
            say_error(path.name, error)
            summaries.append({"input": path.name, "error": str(error)})
            continue
        if not shown.lines_off:
            print_line(mask_line(result))
        summaries.append(summary(result))
    if shown.as_json:
        print_result(json.dumps(summaries, indent=2) + "\n")
    return 1 if any("error" in each for each in summaries) else 0


def _of_study(
    item: BatchItem | None, settings: SegmentOptions, hooks: Hooks
) -> tuple[SegmentOptions, Hooks]:
    """Take the series that stands for a study, and feed the model with the others."""
    if item is None:
        return settings, hooks
    from napari_brainseg.batch import CaseOfItem

    case = CaseOfItem(item, settings.bundle.card)

    def choose(scan: Scan) -> Mapping[str, Channel | None]:
        chosen = case.channels(scan)
        hooks.notes(case.notes)
        return chosen

    return replace(settings, series=item.series), replace(hooks, channels=choose)


@contextmanager
def _hooks(
    path: Path,
    settings: SegmentOptions,
    shown: Shown,
    channels: dict[str, Path],
    taken: set[Path],
) -> Iterator[Hooks]:
    """Show what goes on with a scan, and see that no two have one mask."""
    from napari_brainseg.batch.one import Hooks

    def tell(notes: Sequence[str]) -> None:
        for note in () if shown.lines_off else notes:
            say(f"{path.name}: {note}")

    def choose(scan: Scan) -> Mapping[str, Channel | None]:
        return choose_channels(scan, settings.bundle.card, channels)

    def claim(target: Path) -> bool:
        if target in taken:
            raise BrainsegError(
                f"{target.name} would be written twice. Segment scans of one name into two folders."
            )
        taken.add(target)
        return False

    with Progress(console=stderr, disable=shown.lines_off or not stderr.is_terminal) as bar:
        task = bar.add_task(path.name, total=None)

        def show(step: Step) -> None:
            bar.update(task, completed=step.done, total=step.total)

        yield Hooks(tell, show, channels=choose if channels else None, target=claim)


def _is_mask_file(output: Path | None, scans: int) -> bool:
    """Whether the output names one mask; a usage error where it can be neither mask nor folder."""
    from napari_brainseg.io import MASK_SUFFIXES
    from napari_brainseg.io.files import is_folder, is_present

    if output is None or is_folder(output):
        return False
    kinds = ", ".join(MASK_SUFFIXES)
    if output.name.lower().endswith(MASK_SUFFIXES):
        if scans > 1:
            raise typer.BadParameter(f"--output {output.name}: one file for {scans} scans")
        return True
    if is_present(output):
        raise typer.BadParameter(f"--output {output.name}: a file, expected a folder or {kinds}")
    if scans == 1 and output.suffix:
        raise typer.BadParameter(
            f"--output {output.name}: masks are written as {kinds}; a folder with a dot in its "
            "name must be there already"
        )
    return False
