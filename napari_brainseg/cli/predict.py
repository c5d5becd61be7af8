"""``brainseg predict``: scans in, masks out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress

from napari_brainseg.cli.arguments import choose_channels, parse_channels
from napari_brainseg.cli.choosing import ModelOption, UnderOption, choose_bundle
from napari_brainseg.cli.printing import (
    DISCLAIMER,
    print_line,
    print_result,
    say,
    say_error,
    stderr,
)
from napari_brainseg.cli.results import found
from napari_brainseg.errors import BrainsegError, SaveError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.segment import Segmentation, Step
    from napari_brainseg.scan import Scan

__all__ = ["predict"]


@dataclass(frozen=True, slots=True)
class PredictOptions:
    """How every input of one call is segmented."""

    bundle: Bundle
    device: str
    overwrite: bool
    quiet: bool
    channels: dict[str, Path]
    series: str | None


def predict(
    inputs: Annotated[list[Path], typer.Argument(metavar="IN...", help="Scans to segment.")],
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
) -> None:
    """Segment scans: files, DICOM series folders, or folders of slices."""
    channels = parse_channels(channel or [], inputs)
    try:
        bundle = choose_bundle(model, under, device)
    except BrainsegError as error:
        say_error("models", error)
        raise typer.Exit(1) from None
    single = _is_mask_file(output, len(inputs))
    settings = PredictOptions(bundle, device, overwrite, quiet or as_json, channels, series)
    taken: set[Path] = set()
    summaries = []
    for path in inputs:
        try:
            summaries.append(_predict_one(path, output, single, settings, taken))
        except BrainsegError as error:
            say_error(path.name, error)
            summaries.append({"input": path.name, "error": str(error)})
    if as_json:
        print_result(json.dumps(summaries, indent=2) + "\n")
    raise typer.Exit(1 if any("error" in summary for summary in summaries) else 0)


def _predict_one(
    path: Path, output: Path | None, single: bool, settings: PredictOptions, taken: set[Path]
) -> dict[str, Any]:
    """Segment one scan, write its mask and return its summary."""
    from napari_brainseg.io import carries_identity, keep_mask, read_scan
    from napari_brainseg.io.atomic import make_folder
    from napari_brainseg.io.places import check_place, resolved
    from napari_brainseg.measure.edit_record_file import save_edit_record
    from napari_brainseg.measure.lesions import measure_mask
    from napari_brainseg.pipeline.segment import segment_scan

    scan = read_scan(path, series=settings.series).scan
    target, instead = _target(scan, output, single)
    _check_target(target, settings.overwrite, taken)
    make_folder(target.parent)
    check_place(resolved(target), target.name, scan, settings.overwrite)
    card, named = settings.bundle.card, settings.channels
    chosen = choose_channels(scan, card, named) if named else None

    def tell(notes: Sequence[str]) -> None:
        for note in () if settings.quiet else notes:
            say(f"{path.name}: {note}")

    tell((*scan.source.warnings, *filter(None, (instead,))))
    with Progress(console=stderr, disable=settings.quiet or not stderr.is_terminal) as bar:
        task = bar.add_task(path.name, total=None)

        def show(step: Step) -> None:
            bar.update(task, completed=step.done, total=step.total)
            tell(step.notes)

        result = segment_scan(
            scan, settings.bundle, channels=chosen, device=settings.device, progress=show
        )
    target, moved = keep_mask(
        result.labels, scan, target, overwrite=settings.overwrite, info=result.info
    )
    try:
        save_edit_record(None, target)
    except SaveError as error:  # the mask is there, and counts
        moved = f"{moved} {error}".strip()
    measures = measure_mask(result.labels, scan)
    identity = (f"{target.name} carries the patient's name, ID and dates.",)
    last = (*filter(None, (moved,)), *(identity if carries_identity(target) else ()))
    tell(last)
    if not settings.quiet:
        print_line(_line(target, result, measures))
    notes = [*scan.source.warnings, *filter(None, (instead,)), *result.notes, *last]
    return _summary(path, target, result, measures, notes)


def _target(scan: Scan, output: Path | None, single: bool) -> tuple[Path, str]:
    """Choose where the mask goes, and say why it is NIfTI where that is not what is proposed.

    Raises
    ------
    SaveError
        If the user named a file of a format that the scan does not allow.
    """
    from napari_brainseg.io import check_mask_format, default_mask_path, nifti_instead

    proposed = default_mask_path(scan)
    if output is not None:
        proposed = output if single else output / proposed.name
    try:
        check_mask_format(scan, proposed)
    except SaveError as error:
        if single:
            raise
        instead = nifti_instead(proposed)
        return instead, f"{error} It will be saved as {instead.name} instead."
    return proposed, ""


def _check_target(target: Path, overwrite: bool, taken: set[Path]) -> None:
    """Refuse, before computing, a mask that would replace another."""
    if target in taken:
        raise BrainsegError(
            f"{target.name} would be written twice. Segment scans of one name into two folders."
        )
    taken.add(target)
    if target.exists() and not overwrite:
        raise BrainsegError(
            f"{target.name} is there already. Choose another output, or pass --overwrite."
        )


def _line(target: Path, result: Segmentation, measures: MaskMeasures) -> str:
    how = f"{result.seconds:.1f} s  {result.card.name} on {result.device}"
    return f"{target.name}  {found(measures)}  {how}  ({DISCLAIMER})"


def _summary(
    path: Path, target: Path, result: Segmentation, measures: MaskMeasures, notes: list[str]
) -> dict[str, Any]:
    card = result.card
    return {
        "input": path.name,
        "output": str(target),
        "model": card.name,
        "weights_sha256": card.weights_sha256,
        "threshold": card.threshold,
        "device": result.device,
        "precision": result.precision,
        "plane": result.plane,
        "slices": len(result.slices),
        "seconds": round(result.seconds, 3),
        "loading_seconds": round(result.loading, 3),
        **_spent(result),
        "voxels": measures.voxels,
        "lesions": measures.lesions,
        "volume_ml": measures.volume_ml,
        "centroid_mm": measures.centroid_mm,
        "notes": notes,
        "disclaimer": DISCLAIMER,
    }


def _spent(result: Segmentation) -> dict[str, Any]:
    """Say what a run took of the machine; where energy is not counted, why."""
    if result.spent is None:
        return {}
    joules, why_not = result.spent.joules, result.spent.why_no_joules
    said = {"joules_unknown": why_not} if why_not else {}
    return {
        "cpu_seconds": round(result.spent.cpu_seconds, 3),
        "joules": None if joules is None else round(joules, 2),
        **said,
    }


def _is_mask_file(output: Path | None, scans: int) -> bool:
    """Whether the output names one mask; a usage error where it can be neither mask nor folder."""
    from napari_brainseg.io import MASK_SUFFIXES

    if output is None or output.is_dir():
        return False
    kinds = ", ".join(MASK_SUFFIXES)
    if output.name.lower().endswith(MASK_SUFFIXES):
        if scans > 1:
            raise typer.BadParameter(f"--output {output.name}: one file for {scans} scans")
        return True
    if output.exists():
        raise typer.BadParameter(f"--output {output.name}: a file, expected a folder or {kinds}")
    if scans == 1 and output.suffix:
        raise typer.BadParameter(
            f"--output {output.name}: masks are written as {kinds}; a folder with a dot in its "
            "name must be there already"
        )
    return False
