"""``brainseg report``: a page of a mask, or of each mask in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_brainseg.cli.printing import errors_in_one_line, print_line, say, say_error
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from napari_brainseg.measure.followup import FollowUp
    from napari_brainseg.scan import Scan

__all__ = ["report"]


def report(
    mask: Annotated[Path, typer.Argument(help="A saved mask, or a folder of scans with masks.")],
    scan: Annotated[
        Path | None, typer.Argument(help="The scan that the mask was made on; not for a folder.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The page, .html; beside the mask if not given.")
    ] = None,
    earlier: Annotated[
        list[Path] | None, typer.Option(help="An earlier mask, the oldest first; may be repeated.")
    ] = None,
) -> None:
    """Write a page with pictures and numbers of a mask; of a folder, one each and report.csv."""
    from napari_brainseg.io.files import is_folder

    if is_folder(mask):
        if scan is not None or output is not None or earlier:
            raise typer.BadParameter("a folder takes no scan, --output or --earlier")
        _folder(mask)
        return
    if scan is None:
        raise typer.BadParameter("name the scan that the mask was made on")
    _single(mask, scan, output, earlier or [])


def _single(mask: Path, scan: Path, output: Path | None, earlier: list[Path]) -> None:
    from napari_brainseg.io import read_scan
    from napari_brainseg.report.folder import page_path, write_page

    with errors_in_one_line(mask):
        opened = read_scan(scan).scan
        target = output or page_path(mask)
        _, note = write_page(mask, opened, target, _followup(mask, opened, earlier))
    if note:
        say(note)
    print_line(f"{target.name}  a page of {mask.name}")


def _followup(mask: Path, scan: Scan, earlier: list[Path]) -> FollowUp | None:
    """Measure earlier masks, each on its own grid, and the one of the page."""
    from napari_brainseg.io import read_mask, read_mask_on
    from napari_brainseg.measure.followup import exam_date, follow_up, time_point
    from napari_brainseg.measure.lesions import measure_mask
    from napari_brainseg.scan import Scan as Grid
    from napari_brainseg.scan import Source

    if not earlier:
        return None
    points = []
    for path in earlier:
        labels, affine = read_mask(path)
        own = Grid(labels[None], affine, ("mask",), Source(path.name))
        points.append(time_point(measure_mask(labels, own), path.name, exam_date(own)))
    now = measure_mask(read_mask_on(mask, scan), scan)
    return follow_up([*points, time_point(now, mask.name, exam_date(scan))])


def _folder(folder: Path) -> None:
    from napari_brainseg.report.folder import TABLE_NAME, report_folder

    written = failed = 0
    with errors_in_one_line(folder):
        for each in report_folder(folder):
            if each.page is None:
                failed += 1
                say_error(each.name, BrainsegError(each.problem))
                continue
            written += 1
            print_line(each.page.name)
            if each.problem:
                say(each.problem)
    if written:
        print_line(f"{TABLE_NAME}  {written} mask{'s' * (written != 1)}")
    elif not failed:
        say(
            f"{folder.name}: no scan has a mask beside it, expected <scan>_mask.nii.gz or the like."
        )
    if failed or not written:
        raise typer.Exit(1)
