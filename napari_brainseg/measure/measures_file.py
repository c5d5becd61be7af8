"""Measures as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from napari_brainseg.measure.followup import days_since

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.measure.edit_record import EditRecord
    from napari_brainseg.measure.followup import FollowUp, SizeChange
    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.measure.metrics import Comparison

__all__ = ["MaskReport", "reports_csv", "reports_json"]


@dataclass(frozen=True, slots=True)
class MaskReport:
    """All measures of one mask.

    Parameters
    ----------
    mask : str
        Its name.
    measures : MaskMeasures
        Its numbers.
    reference : str
        The name of what it was compared with; empty if it was not.
    comparison : Comparison, optional
        With that reference.
    edits : EditRecord, optional
        What was changed by hand before it was saved.
    followup : FollowUp, optional
        How it differs from earlier time points.
    """

    mask: str
    measures: MaskMeasures
    reference: str = ""
    comparison: Comparison | None = None
    edits: EditRecord | None = None
    followup: FollowUp | None = None


def reports_json(reports: Sequence[MaskReport]) -> str:
    """Write reports as JSON: a list of objects, the mask's name first; null where unknown.

    ``comparison``, ``edits`` and ``followup`` are there only where they are known. Of time points,
    days since the baseline are told, no dates.
    """
    rows = []
    for report in reports:
        row: dict[str, Any] = {"mask": report.mask, **asdict(report.measures)}
        if report.comparison is not None:
            row["comparison"] = {"reference": report.reference, **asdict(report.comparison)}
        if report.edits is not None:
            row["edits"] = asdict(report.edits)
        if report.followup is not None:
            row["followup"] = _followup(report.followup)
        rows.append(row)
    return json.dumps(rows, indent=2) + "\n"


def reports_csv(reports: Sequence[MaskReport]) -> str:
    """Write reports as CSV: a header, one line per mask; empty where unknown.

    Lesions one by one, areas of slices and the edit record are in JSON only.
    """
    rows = [_row(report) for report in reports]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _followup(found: FollowUp) -> dict[str, Any]:
    row = asdict(found)
    for told, point in zip(row["points"], found.points, strict=True):
        del told["date"]
        told["day"] = days_since(point, found.points[0])
    return row


def _changes(found: FollowUp) -> dict[str, Any]:
    """Return the changes as columns: baseline, nadir, and per cent from either."""
    row: dict[str, Any] = {"baseline": found.points[0].name, "time_points": len(found.points)}
    for name in ("volume_ml", "products_mm2", "long_mm"):
        change: SizeChange | None = getattr(found, name)
        for key in ("baseline", "nadir", "from_baseline_percent", "from_nadir_percent"):
            row[f"{name}_{key}"] = None if change is None else getattr(change, key)
    return row


def _row(report: MaskReport) -> dict[str, Any]:
    measures, slices = report.measures, report.measures.slices
    lines = measures.diameters
    row: dict[str, Any] = {
        "mask": report.mask,
        "voxels": measures.voxels,
        "lesions": measures.lesions,
        "volume_ml": measures.volume_ml,
    }
    for axis, place in zip("ras", measures.centroid_mm or (None,) * 3, strict=True):
        row[f"centroid_{axis}_mm"] = place
    row["long_mm"] = lines.long_mm if lines else None
    row["short_mm"] = lines.short_mm if lines else None
    row["slices"] = sum(count > 0 for count in slices.voxels)
    row["largest_slice"] = slices.largest
    row["largest_area_mm2"] = max(slices.areas_mm2) if slices.areas_mm2 else None
    for found in measures.intensities:
        row[f"mean_{found.channel}"], row[f"sd_{found.channel}"] = found.mean, found.sd
    if report.comparison is not None:
        row |= {"reference": report.reference, **asdict(report.comparison)}
    if report.followup is not None:
        row |= _changes(report.followup)
    return row
