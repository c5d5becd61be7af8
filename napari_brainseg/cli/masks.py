"""What is done with saved masks: ``brainseg measure``, ``pictures`` and ``contours``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_brainseg.cli.arguments import MaskArgument, ScanArgument
from napari_brainseg.cli.printing import (
    DISCLAIMER,
    errors_in_one_line,
    print_line,
    print_result,
    say_error,
)
from napari_brainseg.cli.results import measured
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.measure.measures_file import MaskReport
    from napari_brainseg.scan import Scan

__all__ = ["contours", "measure", "pictures"]


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

    JSON has most: every lesion and slice, and the record of edits where one was saved.
    """
    from napari_brainseg.io import read_mask_on, read_scan
    from napari_brainseg.measure.measures_file import reports_csv, reports_json

    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv: choose one of them")
    with errors_in_one_line(mask):
        opened = read_scan(scan).scan
        labels = read_mask_on(mask, opened)
    if reference is None:
        report = _report(mask, labels, opened)
    else:
        with errors_in_one_line(reference):
            report = _report(mask, labels, opened, reference, read_mask_on(reference, opened))
    if as_json:
        print_result(reports_json([report]))
    elif as_csv:
        print_result(reports_csv([report]))
    else:
        print_line(f"{mask.name}  {measured(report)}  ({DISCLAIMER})")


def pictures(
    mask: MaskArgument,
    scan: ScanArgument,
    folder: Annotated[Path, typer.Argument(help="A new folder for the pictures.")],
) -> None:
    """Write a saved mask as PNG pictures, one per slice, called after the slices of its scan."""
    from napari_brainseg.io import read_mask_on, read_scan, write_mask_pictures

    with errors_in_one_line(mask):
        opened = read_scan(scan).scan
        written = write_mask_pictures(read_mask_on(mask, opened), opened, folder)
    print_line(f"{folder.name}  {len(written)} pictures")


def contours(
    mask: MaskArgument,
    scan: ScanArgument,
    output: Annotated[Path, typer.Argument(help="The file to write, .dcm.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Write a saved mask of a DICOM series as a DICOM RTSTRUCT; it carries the patient's name."""
    from napari_brainseg.io import (
        is_seg,
        read_mask_info,
        read_mask_on,
        read_scan,
        write_contours,
    )

    with errors_in_one_line(mask):
        opened = read_scan(scan).scan
        info = read_mask_info(mask) if is_seg(mask) else None
        labels = read_mask_on(mask, opened)
        write_contours(labels, opened, output, overwrite=overwrite, info=info)
    print_line(f"{output.name}  contours, with the patient's name, ID and dates")


def _report(
    mask: Path,
    labels: NDArray[Any],
    scan: Scan,
    reference: Path | None = None,
    other: NDArray[Any] | None = None,
) -> MaskReport:
    """Measure a mask, with what is known of its edits; a record that does not fit is told of."""
    from napari_brainseg.measure.edit_record_file import read_edit_record
    from napari_brainseg.measure.lesions import measure_mask
    from napari_brainseg.measure.measures_file import MaskReport
    from napari_brainseg.measure.metrics import compare_masks

    try:
        edits = read_edit_record(mask)
    except BrainsegError as error:
        edits = None
        say_error(mask.name, error)
    comparison = None if other is None else compare_masks(labels, other, scan)
    name = reference.name if reference else ""
    return MaskReport(mask.name, measure_mask(labels, scan), name, comparison, edits)
