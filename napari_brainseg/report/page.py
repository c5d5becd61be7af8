"""What stands on a page: pictures and tables of one mask, as texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from napari_brainseg.language import marked, number, tr, tr_n
from napari_brainseg.measure.followup import days_since, time_point
from napari_brainseg.measure.lesions import measure_mask
from napari_brainseg.measure.measures_file import MaskReport
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

DISCLAIMER = marked("Research software, not a medical device. Not for diagnosis or treatment.")
UNKNOWN = "—"
MAX_LESIONS = 5

MADE = {
    "AUTOMATIC": marked("by the model, not changed by hand"),
    "SEMIAUTOMATIC": marked("by the model, corrected by hand"),
    "MANUAL": marked("by hand"),
}
NOT_RECORDED = marked(
    "not recorded: the mask's file does not say, and has no edit record beside it"
)


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table: its title, heads of its columns (none for names and values), and rows.

    ``colors`` are those of the rows in the pictures, where they have one.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    colors: tuple[str, ...] = ()

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
    is_origin_known: bool = True,
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
    is_origin_known : bool
        Whether ``info`` says what made the mask; files of most formats cannot.

    Examples
    --------
    >>> page = make_page(labels, scan, MaskInfo(), mask="flair_mask.nii.gz")  # doctest: +SKIP
    >>> Path("flair_report.html").write_text(render(page), "utf-8")  # doctest: +SKIP
    """
    from napari_brainseg.report.pictures import slice_pictures

    measures = measure_mask(labels, scan)
    tables = [_numbers(measures)]
    if len(measures.labels) > 1:
        tables.append(_labels(measures, info))
    if len(measures.table) > 1:
        tables.append(_lesions(measures))
    if followup is not None:
        tables += [_points(followup), _changes(followup)]
    if edits is not None:
        tables.append(_edits(edits))
    return ReportPage(
        shortened(scan.source.name),
        _facts(scan, info, mask, tr(MADE[info.made] if is_origin_known else NOT_RECORDED)),
        slice_pictures(scan, labels, info, measures.diameters),
        tuple(tables),
        _notes(scan, measures, followup),
        MaskReport(mask or scan.source.name, measures, edits=edits, followup=followup),
    )


def _facts(scan: Scan, info: MaskInfo, mask: str, made: str) -> tuple[tuple[str, str], ...]:
    z, y, x = scan.grid
    voxel = " × ".join(f"{size:.3g}" for size in reversed(scan.spacing))
    facts = [
        (tr("Mask"), shortened(mask) or UNKNOWN),
        (tr("Made"), made),
        (
            tr("Grid"),
            tr(
                "{x} × {y} × {z} voxels of {voxel} {units}",
                x=x,
                y=y,
                z=z,
                voxel=voxel,
                units="mm" if scan.units == "mm" else tr("pixels"),
            ),
        ),
        (tr("Report of"), date.today().isoformat()),
    ]
    if info.algorithm:
        facts.insert(2, (tr("Model"), shortened(f"{info.algorithm} ({info.version})", 120)))
    return tuple(facts)


def _numbers(measures: MaskMeasures) -> PageTable:
    point, lines = time_point(measures, ""), measures.diameters
    rows = [
        (tr("Volume"), _number(measures.volume_ml, 2, "mL")),
        (
            tr("Lesions"),
            tr(
                "{lesions} ({measurable} measurable)",
                lesions=measures.lesions,
                measurable=point.measurable,
            ),
        ),
        (tr("Longest diameter"), _number(lines.long_mm if lines else None, 1, "mm")),
        (tr("Perpendicular"), _number(lines.short_mm if lines else None, 1, "mm")),
        (tr("Sum of products"), _number(point.products_mm2, 0, "mm²")),
    ]
    title = tr("All labels together") if len(measures.labels) > 1 else tr("Measures")
    return PageTable(title, (), tuple(rows))


def _labels(measures: MaskMeasures, info: MaskInfo) -> PageTable:
    labels = [each.label for each in measures.labels]
    names = (printable(info.name(label)) for label in labels)
    volumes = (_number(each.volume_ml, 2, "mL") for each in measures.labels)
    return PageTable(
        tr("Labels"), (), tuple(zip(names, volumes, strict=True)), tuple(map(info.color, labels))
    )


def _lesions(measures: MaskMeasures) -> PageTable:
    rows = []
    for nth, each in enumerate(measures.table[:MAX_LESIONS], start=1):
        lines = each.diameters
        size = (
            " × ".join(number(each, ".1f") for each in (lines.long_mm, lines.short_mm))
            if lines
            else UNKNOWN
        )
        rows.append((str(nth), _number(each.volume_ml, 2), size))
    title = tr(
        "The largest {count} of {lesions} lesions", count=len(rows), lesions=measures.lesions
    )
    return PageTable(title, (tr("lesion"), "mL", "mm"), tuple(rows))


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
    heads = (
        tr("time point"),
        tr("day"),
        tr("volume, mL"),
        tr("sum of products, mm²"),
        tr("longest, mm"),
    )
    return PageTable(tr("Time points, the first is the baseline"), heads, tuple(rows))


def _changes(found: FollowUp) -> PageTable:
    rows = tuple(
        (name, *_change(change))
        for name, change in (
            (tr("Volume, mL"), found.volume_ml),
            (tr("Sum of products, mm²"), found.products_mm2),
            (tr("Longest diameter, mm"), found.long_mm),
        )
    )
    heads = ("", tr("baseline"), tr("nadir"), tr("now"), tr("from baseline"), tr("from nadir"))
    return PageTable(tr("Change"), heads, rows)


def _change(change: SizeChange | None) -> tuple[str, ...]:
    if change is None:
        return (UNKNOWN,) * 5
    values = (change.baseline, change.nadir, change.now)
    parts = (change.from_baseline_percent, change.from_nadir_percent)
    percent = (UNKNOWN if part is None else f"{number(part, '+.0f')} %" for part in parts)
    return (*(number(value, ".1f") for value in values), *percent)


def _edits(edits: EditRecord) -> PageTable:
    rows = [
        (
            tr("Compared with"),
            tr("the model's mask") if edits.against == "model" else tr("the mask as opened"),
        ),
        (tr("Added"), _voxels(edits.added_voxels, edits.added_ml)),
        (tr("Removed"), _voxels(edits.removed_voxels, edits.removed_ml)),
        (
            tr("Slices changed"),
            tr("{count} of {total}", count=edits.slices_touched, total=edits.slices),
        ),
        (tr("Dice of both"), number(edits.dice, ".3f")),
    ]
    return PageTable(tr("Changes by hand"), (), tuple(rows))


def _voxels(count: int, volume: float | None) -> str:
    return (
        tr_n("{n:,} voxel", "{n:,} voxels", count)
        if volume is None
        else tr("{volume:.2f} mL ({count:,} voxels)", volume=volume, count=count)
    )


def _number(value: float | None, digits: int, unit: str = "") -> str:
    return UNKNOWN if value is None else f"{number(value, f'.{digits}f')} {unit}".strip()


def _notes(scan: Scan, measures: MaskMeasures, followup: FollowUp | None) -> tuple[str, ...]:
    notes = [
        tr(
            "Diameters: the longest line of the largest lesion on one slice, and the longest at a "
            "right angle to it. Sum of products: of both diameters of up to three lesions of "
            "10 × 10 mm or more (RANO 2.0)."
        )
    ]
    if not measures.voxels:
        notes.insert(0, tr("The mask is empty: nothing is marked."))
    if measures.volume_ml is None:
        notes.insert(0, tr("The scan stores no voxel size, so volumes and lengths are not known."))
    if scan.source.placed_by == "nobody":
        notes.insert(0, tr("The mask belongs to no scan: left and right are not known."))
    elif not is_oriented(scan):
        notes.insert(0, tr("No file says how the patient lies: left and right are not known."))
    if followup is not None:
        notes.append(
            tr(
                "Nadir: the smallest value before the newest time point. Size alone names no "
                "response: that takes a clinician."
            )
        )
    return (*notes, *(printable(each) for each in scan.source.warnings))
