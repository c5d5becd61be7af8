"""``brainseg``: what the widget does, without a window."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.measure import MaskMeasures, MaskReport
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.models.patients import Split
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.pipeline.segment import Segmentation, Step
    from napari_brainseg.scan import Scan
    from napari_brainseg.training_set import Entry, TrainingSet

DISCLAIMER = "research use only, not a medical device"

app = typer.Typer(
    help=f"Brain tumour segmentation of MRI: {DISCLAIMER}.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
training_set = typer.Typer(
    help="Corrected masks to train a model further on; see `brainseg-train finetune`.",
    no_args_is_help=True,
)
app.add_typer(training_set, name="training-set")
_errors = Console(stderr=True, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Settings:
    """How every input of one call is segmented."""

    bundle: Bundle
    device: str
    overwrite: bool
    quiet: bool
    channels: dict[str, Path]
    series: str | None


@app.command()
def predict(
    inputs: Annotated[list[Path], typer.Argument(metavar="IN...", help="Scans to segment.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A mask file for one scan, else a folder.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model name; see `brainseg models`.")] = None,
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
    from napari_brainseg.models.catalog import find_models

    channels = _parse_channels(channel or [], inputs)
    try:
        catalog = find_models()
        bundle = catalog.get(model) if model else catalog.default
    except BrainsegError as error:
        _say_error("models", error)
        raise typer.Exit(1) from None
    single = _is_mask_file(output, len(inputs))
    settings = Settings(bundle, device, overwrite, quiet or as_json, channels, series)
    taken: set[Path] = set()
    summaries = []
    for path in inputs:
        try:
            summaries.append(_predict_one(path, output, single, settings, taken))
        except BrainsegError as error:
            _say_error(path.name, error)
            summaries.append({"input": path.name, "error": str(error)})
    if as_json:
        sys.stdout.write(json.dumps(summaries, indent=2) + "\n")
    raise typer.Exit(1 if any("error" in summary for summary in summaries) else 0)


@app.command()
def models() -> None:
    """List the models found, and the folders that could not be used."""
    from napari_brainseg.models.catalog import find_models

    catalog = find_models()
    table = Table("model", "what it is", "trained on")
    for name, bundle in catalog.bundles.items():
        table.add_row(name, bundle.card.summary, bundle.card.trained_on)
    Console().print(table)
    for problem in catalog.problems:
        _errors.print(problem, markup=False, highlight=False)


MaskArgument = Annotated[Path, typer.Argument(help="A saved mask: NIfTI, TIFF or DICOM SEG.")]
ScanArgument = Annotated[Path, typer.Argument(help="The scan that the mask was made on.")]


@app.command()
def measure(
    mask: MaskArgument,
    scan: ScanArgument,
    reference: Annotated[
        Path | None, typer.Option(help="Another mask of the scan, to compare with.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")] = False,
) -> None:
    """Measure a saved mask: volume, lesions, diameters, intensity; compare it with another.

    JSON has most: every lesion and slice, and the account of edits where one was saved.
    """
    from napari_brainseg.io import read_mask_on, read_scan
    from napari_brainseg.measure import reports_csv, reports_json

    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv: choose one of them")
    with _errors_in_one_line(mask):
        opened = read_scan(scan).scan
        labels = read_mask_on(mask, opened)
    if reference is None:
        report = _report(mask, labels, opened)
    else:
        with _errors_in_one_line(reference):
            report = _report(mask, labels, opened, reference, read_mask_on(reference, opened))
    if as_json:
        text = reports_json([report])
    elif as_csv:
        text = reports_csv([report])
    else:
        text = f"{mask.name}  {_measured(report)}  ({DISCLAIMER})\n"
    sys.stdout.write(text)


@app.command()
def pictures(
    mask: MaskArgument,
    scan: ScanArgument,
    folder: Annotated[Path, typer.Argument(help="A new folder for the pictures.")],
) -> None:
    """Write a saved mask as PNG pictures, one per slice, called after the slices of its scan."""
    from napari_brainseg.io import read_mask_on, read_scan, write_mask_pictures

    with _errors_in_one_line(mask):
        opened = read_scan(scan).scan
        written = write_mask_pictures(read_mask_on(mask, opened), opened, folder)
    sys.stdout.write(f"{folder.name}  {len(written)} pictures\n")


SetArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="The training set.")]


@training_set.command("add")
def add_to_set(
    folder: SetArgument,
    scan: ScanArgument,
    mask: MaskArgument,
    patient: Annotated[
        str | None, typer.Option(help="A pseudonym; for DICOM a salted hash, else the scan's name.")
    ] = None,
    note: Annotated[str, typer.Option(help="Who corrected it, and when.")] = "",
    split: Annotated[
        str | None, typer.Option(help="train, validation or test, fixed for a patient.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model that is to learn.")] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="ROLE=PATH adds another sequence; repeatable.")
    ] = None,
    replace: Annotated[bool, typer.Option(help="Replace the same scan's entry.")] = False,
) -> None:
    """Copy a scan and its corrected mask into a training set; a new folder starts one."""
    from napari_brainseg.io import MaskInfo, read_mask_on, read_scan
    from napari_brainseg.models.catalog import find_models
    from napari_brainseg.training_set import add_to_training_set, open_training_set

    if split not in (None, "train", "validation", "test"):
        raise typer.BadParameter(f"--split {split}: expected train, validation or test")
    paths = _parse_channels(channel or [], [scan])
    with _errors_in_one_line(mask):
        catalog = find_models()
        card = (catalog.get(model) if model else catalog.default).card
        opened = read_scan(scan).scan
        if patient is None:
            patient = open_training_set(folder, create=True).propose_patient(opened)
        entry = add_to_training_set(
            folder,
            opened,
            read_mask_on(mask, opened),
            patient=patient,
            note=note,
            channels=_choose_channels(opened, card, paths),
            info=MaskInfo(names={each.value: each.name for each in card.classes}),
            split=cast("Split | None", split),
            model=card,
            replace=replace,
        )
        line = _entry_line(open_training_set(folder), entry)
    sys.stdout.write(line + "\n")


@training_set.command("list")
def list_set(folder: SetArgument) -> None:
    """List a training set, and what is wrong with it."""
    from napari_brainseg.training_set import check_training_set, open_training_set

    with _errors_in_one_line(folder):
        opened = open_training_set(folder)
        problems = check_training_set(opened)
    for entry in opened.contents.entries:
        sys.stdout.write(f"{_entry_line(opened, entry)}  {entry.added}  {entry.note}\n")
    for problem in problems:
        _errors.print(problem, markup=False, highlight=False)
    raise typer.Exit(1 if problems else 0)


@app.command()
def contours(
    mask: MaskArgument,
    scan: ScanArgument,
    output: Annotated[Path, typer.Argument(help="The file to write, .dcm.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Write a saved mask of a DICOM series as a DICOM RTSTRUCT; it carries the patient's name."""
    from napari_brainseg.io import is_seg, read_mask_on, read_scan, write_contours

    with _errors_in_one_line(mask):
        opened = read_scan(scan).scan
        labels, info = read_mask_on(mask, opened), None
        if is_seg(mask):
            from napari_brainseg.io.dicom import seg_read

            info = seg_read.read(mask).info
        write_contours(labels, opened, output, overwrite=overwrite, info=info)
    sys.stdout.write(f"{output.name}  contours, with the patient's name, ID and dates\n")


@app.command()
def demo(
    output: Annotated[Path, typer.Option(help="Folder for the mask and the picture.")] = Path(
        "demo"
    ),
    screenshot: Annotated[
        bool, typer.Option("--screenshot", help="Write a picture and end, for no display.")
    ] = False,
) -> None:
    """Segment the bundled phantom in napari with the default model."""
    from napari_brainseg.gui.demo import run_demo

    raise typer.Exit(run_demo(output, screenshot))


def _predict_one(
    path: Path, output: Path | None, single: bool, settings: Settings, taken: set[Path]
) -> dict[str, Any]:
    """Segment one scan, write its mask and return its summary."""
    from napari_brainseg.io import carries_identity, check_mask_format, read_scan, write_mask
    from napari_brainseg.measure import measure_mask
    from napari_brainseg.measure.edit_record_file import save_edit_record
    from napari_brainseg.pipeline.segment import segment_scan

    scan = read_scan(path, series=settings.series).scan
    target = _target(scan, output, single)
    check_mask_format(scan, target)
    _check_target(target, settings.overwrite, taken)
    _make_folder(target.parent)
    card, named = settings.bundle.card, settings.channels
    chosen = _choose_channels(scan, card, named) if named else None

    def tell(notes: Sequence[str]) -> None:
        for note in () if settings.quiet else notes:
            _errors.print(f"{path.name}: {note}", markup=False, highlight=False)

    tell(scan.source.warnings)
    with Progress(console=_errors, disable=settings.quiet or not _errors.is_terminal) as bar:
        task = bar.add_task(path.name, total=None)

        def show(step: Step) -> None:
            bar.update(task, completed=step.done, total=step.total)
            tell(step.notes)

        result = segment_scan(
            scan, settings.bundle, channels=chosen, device=settings.device, progress=show
        )
    write_mask(result.labels, scan, target, overwrite=settings.overwrite, info=result.info)
    save_edit_record(None, target)
    measures = measure_mask(result.labels, scan)
    identity = (f"{target.name} carries the patient's name, ID and dates.",)
    last = identity if carries_identity(target) else ()
    tell(last)
    if not settings.quiet:
        sys.stdout.write(_line(target, result, measures) + "\n")
    notes = [*scan.source.warnings, *result.notes, *last]
    return _summary(path, target, result, measures, notes)


def _choose_channels(
    scan: Scan, card: ModelCard, named: Mapping[str, Path]
) -> dict[str, Channel | None]:
    """Lay the sequences named by the user over what the scan itself brings."""
    from napari_brainseg.io import read_scan
    from napari_brainseg.pipeline.channels import Channel, guess_channels

    chosen = dict(guess_channels(card, scan, ()).by_role)
    for role, path in named.items():
        if role not in chosen:
            roles = ", ".join(chosen)
            raise BrainsegError(f"The model has no input {role!r}; its inputs are {roles}.")
        chosen[role] = Channel(read_scan(path).scan, 0)
    return chosen


def _entry_line(opened: TrainingSet, entry: Entry) -> str:
    roles = ", ".join(image.role for image in entry.images)
    return f"{entry.source}  patient {entry.patient}  {opened.split_of(entry.patient)}  {roles}"


def _target(scan: Scan, output: Path | None, single: bool) -> Path:
    from napari_brainseg.io import default_mask_path

    proposed = default_mask_path(scan)
    if output is None:
        return proposed
    return output if single else output / proposed.name


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
    return f"{target.name}  {_found(measures)}  {how}  ({DISCLAIMER})"


def _found(measures: MaskMeasures) -> str:
    lesions = f"{measures.lesions} lesion{'' if measures.lesions == 1 else 's'}"
    voxels = f"{measures.voxels} voxels"
    volume = voxels if measures.volume_ml is None else f"{measures.volume_ml:.1f} mL"
    return f"{volume}  {lesions}"


def _report(
    mask: Path,
    labels: NDArray[Any],
    scan: Scan,
    reference: Path | None = None,
    other: NDArray[Any] | None = None,
) -> MaskReport:
    """Measure a mask, with what is known of its edits; an account that is unfit is only told of."""
    from napari_brainseg.measure import MaskReport, measure_mask
    from napari_brainseg.measure.edit_record_file import read_edit_record
    from napari_brainseg.measure.metrics import compare_masks

    try:
        edits = read_edit_record(mask)
    except BrainsegError as error:
        edits = None
        _say_error(mask.name, error)
    comparison = None if other is None else compare_masks(labels, other, scan)
    name = reference.name if reference else ""
    return MaskReport(mask.name, measure_mask(labels, scan), name, comparison, edits)


def _measured(report: MaskReport) -> str:
    """Give the main numbers of a report in one line."""
    lines, found = report.measures.diameters, report.comparison
    texts = [_found(report.measures)]
    if lines is not None:
        texts.append(f"{lines.long_mm:.1f} x {lines.short_mm:.1f} mm")
    if found is not None:
        texts.append(f"Dice {found.dice:.3f}  IoU {found.iou:.3f}")
        if found.hd95_mm is not None and found.volume_change_ml is not None:
            texts.append(f"HD95 {found.hd95_mm:.1f} mm  change {found.volume_change_ml:+.1f} mL")
    return "  ".join(texts)


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
        "plane": result.plane,
        "slices": len(result.slices),
        "seconds": round(result.seconds, 3),
        "voxels": measures.voxels,
        "lesions": measures.lesions,
        "volume_ml": measures.volume_ml,
        "centroid_mm": measures.centroid_mm,
        "notes": notes,
        "disclaimer": DISCLAIMER,
    }


def _parse_channels(texts: list[str], inputs: list[Path]) -> dict[str, Path]:
    if texts and len(inputs) > 1:
        raise typer.BadParameter("--channel goes with a single scan")
    pairs = [text.partition("=") for text in texts]
    if bad := [text for text, (_, sign, _) in zip(texts, pairs, strict=True) if not sign]:
        raise typer.BadParameter(f"--channel {bad[0]}: expected ROLE=PATH")
    return {role: Path(path) for role, _, path in pairs}


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


def _make_folder(folder: Path) -> None:
    """Make the folder of a mask, before anything is computed for it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrainsegError(
            f"The folder {folder.name} cannot be made ({error.strerror}). Choose another output."
        ) from error


@contextmanager
def _errors_in_one_line(path: Path) -> Iterator[None]:
    """End the command with one line where the user can do something about it."""
    try:
        yield
    except BrainsegError as error:
        _say_error(path.name, error)
        raise typer.Exit(1) from None


def _say_error(name: str, error: BrainsegError) -> None:
    text = " ".join(str(error).split()).removeprefix(f"{name}: ")
    _errors.print(f"brainseg: {name}: {text}", markup=False, highlight=False)
