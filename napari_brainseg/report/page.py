"""What stands on a page: pictures and tables of one mask, as texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from napari_brainseg.measure.followup import days_since, time_point
from napari_brainseg.measure.lesions import measure_mask
from napari_brainseg.measure.report import MaskReport
from napari_brainseg.orientation import is_oriented
from napari_brainseg.text import printable, shortened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.io import MaskInfo
    from napari_brainseg.measure.edit_record import EditRecord
    from napari_brainseg.measure.followup import FollowUp, SizeChange
    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.report.pictures import SlicePicture
    from napari_brainseg.scan import Scan

__all__ = ["DISCLAIMER", "PageTable", "ReportPage", "make_page"]

DISCLAIMER = "Research software, not a medical device. Not for diagnosis or treatment."
UNKNOWN = "—"
MAX_LESIONS = 5

MADE = {
    "AUTOMATIC": "by the model, not changed by hand",
    "SEMIAUTOMATIC": "by the model, corrected by hand",
    "MANUAL": "by hand",
}


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table: its title, heads of its columns (none for names and values), and rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def is_wide(self) -> bool:
        """Whether it takes the width of the page."""
        return len(self.heads) > 3


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A page.

    Parameters
    ----------
    title : str
        The scan.
    facts : tuple of (str, str)
        What it is of, and what made it.
    pictures : tuple of SlicePicture
        Slices with the mask's outline.
    tables : tuple of PageTable
        Numbers.
    notes : tuple of str
        What must be known of them, a sentence each.
    report : MaskReport
        The measures behind them.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    pictures: tuple[SlicePicture, ...]
    tables: tuple[PageTable, ...]
    notes: tuple[str, ...]
    report: MaskReport


def make_page(
    labels: NDArray[Any],
    scan: Scan,
    info: MaskInfo,
    *,
    mask: str = "",
    edits: EditRecord | None = None,
    followup: FollowUp | None = None,
) -> ReportPage:
    """Put together what is known of a mask.

    Parameters
    ----------
    labels : ndarray of int, shape (Z, Y, X)
        On the grid of the scan.
    scan : Scan
        The scan.
    info : MaskInfo
        What its labels stand for, and what made them.
    mask : str
        What the mask is called.
    edits : EditRecord, optional
        What was changed by hand.
    followup : FollowUp, optional
        How it differs from earlier time points.

    Examples
    --------
    >>> page = make_page(labels, scan, MaskInfo(), mask="flair_mask.nii.gz")  # doctest: +SKIP
    >>> Path("flair_report.html").write_text(render(page), "utf-8")  # doctest: +SKIP
    """
    from napari_brainseg.report.pictures import slice_pictures

    measures = measure_mask(labels, scan)
    tables = [_numbers(measures, info)]
    if len(measures.table) > 1:
        tables.append(_lesions(measures))
    if followup is not None:
        tables += [_points(followup), _changes(followup)]
    if edits is not None:
        tables.append(_edits(edits))
    return ReportPage(
        shortened(scan.source.name),
        _facts(scan, info, mask),
        slice_pictures(scan, labels, info, measures.diameters),
        tuple(tables),
        _notes(scan, measures, followup),
        MaskReport(mask or scan.source.name, measures, edits=edits, followup=followup),
    )


def _facts(scan: Scan, info: MaskInfo, mask: str) -> tuple[tuple[str, str], ...]:
    z, y, x = scan.grid
    voxel = " × ".join(f"{size:.3g}" for size in reversed(scan.spacing))
    facts = [
        ("Mask", shortened(mask) or UNKNOWN),
        ("Made", MADE[info.made]),
        ("Grid", f"{x} × {y} × {z} voxels of {voxel} {'mm' if scan.units == 'mm' else 'pixels'}"),
        ("Report of", date.today().isoformat()),
    ]
    if info.algorithm:
        facts.insert(2, ("Model", shortened(f"{info.algorithm} ({info.version})", 120)))
    return tuple(facts)


def _numbers(measures: MaskMeasures, info: MaskInfo) -> PageTable:
    point, lines = time_point(measures, ""), measures.diameters
    rows = [
        ("Volume", _number(measures.volume_ml, 2, "mL")),
        ("Lesions", f"{measures.lesions} ({point.measurable} measurable)"),
        ("Longest diameter", _number(lines.long_mm if lines else None, 1, "mm")),
        ("Perpendicular", _number(lines.short_mm if lines else None, 1, "mm")),
        ("Sum of products", _number(point.products_mm2, 0, "mm²")),
    ]
    if len(measures.labels) > 1:
        rows += [
            (printable(info.name(each.label)), _number(each.volume_ml, 2, "mL"))
            for each in measures.labels
        ]
    return PageTable("Measures", (), tuple(rows))


def _lesions(measures: MaskMeasures) -> PageTable:
    rows = []
    for number, each in enumerate(measures.table[:MAX_LESIONS], start=1):
        lines = each.diameters
        size = f"{lines.long_mm:.1f} × {lines.short_mm:.1f}" if lines else UNKNOWN
        rows.append((str(number), _number(each.volume_ml, 2), size))
    title = f"The largest {len(rows)} of {measures.lesions} lesions"
    return PageTable(title, ("lesion", "mL", "mm"), tuple(rows))


def _points(found: FollowUp) -> PageTable:
    rows = []
    for point in found.points:
        day = days_since(point, found.points[0])
        rows.append(
            (
                shortened(point.name, 40),
                UNKNOWN if day is None else str(day),
                _number(point.volume_ml, 2),
                _number(point.products_mm2, 0),
                _number(point.long_mm, 1),
            )
        )
    heads = ("time point", "day", "volume, mL", "sum of products, mm²", "longest, mm")
    return PageTable("Time points, the first is the baseline", heads, tuple(rows))


def _changes(found: FollowUp) -> PageTable:
    rows = tuple(
        (name, *_change(change))
        for name, change in (
            ("Volume, mL", found.volume_ml),
            ("Sum of products, mm²", found.products_mm2),
            ("Longest diameter, mm", found.long_mm),
        )
    )
    heads = ("", "baseline", "nadir", "now", "from baseline", "from nadir")
    return PageTable("Change", heads, rows)


def _change(change: SizeChange | None) -> tuple[str, ...]:
    if change is None:
        return (UNKNOWN,) * 5
    values = (change.baseline, change.nadir, change.now)
    parts = (change.from_baseline_percent, change.from_nadir_percent)
    percent = (UNKNOWN if part is None else f"{part:+.0f} %" for part in parts)
    return (*(f"{value:.1f}" for value in values), *percent)


def _edits(edits: EditRecord) -> PageTable:
    rows = [
        ("Compared with", "the model's mask" if edits.against == "model" else "the mask as opened"),
        ("Added", _voxels(edits.added_voxels, edits.added_ml)),
        ("Removed", _voxels(edits.removed_voxels, edits.removed_ml)),
        ("Slices changed", f"{edits.slices_touched} of {edits.slices}"),
        ("Dice of both", f"{edits.dice:.3f}"),
    ]
    return PageTable("Changes by hand", (), tuple(rows))


def _voxels(count: int, volume: float | None) -> str:
    return f"{count:,} voxels" if volume is None else f"{volume:.2f} mL ({count:,} voxels)"


def _number(value: float | None, digits: int, unit: str = "") -> str:
    return UNKNOWN if value is None else f"{value:.{digits}f} {unit}".strip()


def _notes(scan: Scan, measures: MaskMeasures, followup: FollowUp | None) -> tuple[str, ...]:
    notes = [
        "Diameters: the longest line of the largest lesion on one slice, and the longest at a "
        "right angle to it. Sum of products: of both diameters of up to three lesions of 10 × 10 "
        "mm or more (RANO 2.0)."
    ]
    if not measures.voxels:
        notes.insert(0, "The mask is empty: nothing is marked.")
    if measures.volume_ml is None:
        notes.insert(0, "The scan stores no voxel size, so volumes and lengths are not known.")
    if scan.source.placed_by == "nobody":
        notes.insert(0, "The mask belongs to no scan: left and right are not known.")
    elif not is_oriented(scan):
        notes.insert(0, "No file says how the patient lies: left and right are not known.")
    if followup is not None:
        notes.append(
            "Nadir: the smallest value before the newest time point. Size alone names no response: "
            "that takes a clinician."
        )
    return (*notes, *(printable(each) for each in scan.source.warnings))
