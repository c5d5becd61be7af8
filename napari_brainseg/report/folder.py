"""Pages of all scans of a folder that have a mask, and their numbers in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_brainseg.errors import BrainsegError, SaveError, ScanError
from napari_brainseg.io import (
    MASK_SUFFIXES,
    find_scans,
    is_seg,
    read_mask_info,
    read_mask_on,
    read_scan,
    replacing,
)
from napari_brainseg.io.files import is_file
from napari_brainseg.language import tr
from napari_brainseg.measure.edit_record_file import read_edit_record, with_origin
from napari_brainseg.measure.measures_file import reports_csv
from napari_brainseg.report.html import render
from napari_brainseg.report.page import make_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_brainseg.io import FoundScan
    from napari_brainseg.measure.edit_record import EditRecord
    from napari_brainseg.measure.followup import FollowUp
    from napari_brainseg.measure.measures_file import MaskReport
    from napari_brainseg.scan import Scan

__all__ = ["TABLE_NAME", "FolderReport", "page_path", "report_folder", "write_page"]

TABLE_NAME = "report.csv"


@dataclass(frozen=True, slots=True)
class FolderReport:
    """What came of one scan of a folder.

    Parameters
    ----------
    name : str
        The scan's.
    page : Path or None
        Its page; None where there is none.
    problem : str
        Why not; empty where there is one.
    """

    name: str
    page: Path | None
    problem: str = ""


def page_path(mask: Path) -> Path:
    """Return where the page of a mask goes: beside it, as ``<mask>_report.html``."""
    name = mask.name
    stem = next((name[: -len(s)] for s in MASK_SUFFIXES if name.lower().endswith(s)), mask.stem)
    return mask.with_name(f"{stem}_report.html")


def write_page(
    mask: Path, scan: Scan, path: Path, followup: FollowUp | None = None
) -> tuple[MaskReport, str]:
    """Write the page of a saved mask.

    Parameters
    ----------
    mask : Path
        The mask.
    scan : Scan
        The scan that it lies on.
    path : Path
        The page, ``.html``; an earlier one is replaced.
    followup : FollowUp, optional
        How the mask differs from earlier ones.

    Returns
    -------
    report : MaskReport
        Its measures.
    note : str
        Why its edit record was left out; empty where it was not.

    Raises
    ------
    BrainsegError
        If the mask cannot be read, or the page cannot be written.
    """
    labels = read_mask_on(mask, scan)
    edits, note = _edits(mask)
    info = with_origin(read_mask_info(mask), mask)
    page = make_page(
        labels,
        scan,
        info,
        mask=mask.name,
        edits=edits,
        followup=followup,
        is_origin_known=is_seg(mask) or edits is not None or info.made != "MANUAL",
    )
    if path.suffix.lower() not in (".html", ".htm"):
        raise SaveError(tr("{name}: a page ends in .html. End the name with that.", name=path.name))
    with replacing(path, path.name) as aside:
        aside.write_text(render(page), encoding="utf-8")
    return page.report, note


def _edits(mask: Path) -> tuple[EditRecord | None, str]:
    try:
        return read_edit_record(mask), ""
    except ScanError as error:
        return None, str(error)


def report_folder(folder: Path) -> Iterator[FolderReport]:
    """Write a page for each scan of a folder that has a mask, and a table of all at the end.

    A scan's mask lies beside it, as ``<scan>_mask`` with any ending that masks have. One scan that
    cannot be read hides no other.

    Parameters
    ----------
    folder : Path
        The folder; those in it are looked into too.

    Yields
    ------
    FolderReport
        For each scan that has a mask.

    Raises
    ------
    ScanError
        If the folder cannot be listed.
    SaveError
        If the table cannot be written.
    """
    reports: list[MaskReport] = []
    for found in find_scans(folder):
        mask = _mask_of(found)
        if mask is None:
            continue
        try:
            if found.problem:
                raise ScanError(found.problem)
            scan = read_scan(found.path, found.series or None).scan
            path = page_path(mask)
            report, note = write_page(mask, scan, path)
        except BrainsegError as error:
            yield FolderReport(found.name, None, str(error))
            continue
        reports.append(report)
        yield FolderReport(found.name, path, note)
    if reports:
        with replacing(folder / TABLE_NAME, TABLE_NAME) as aside:
            aside.write_text(reports_csv(reports), encoding="utf-8")


def _mask_of(found: FoundScan) -> Path | None:
    places = (found.path.parent / f"{found.name}_mask{suffix}" for suffix in MASK_SUFFIXES)
    return next((place for place in places if is_file(place)), None)
