"""Measures as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.measure.edit_record import EditRecord
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
    """

    mask: str
    measures: MaskMeasures
    reference: str = ""
    comparison: Comparison | None = None
    edits: EditRecord | None = None


def reports_json(reports: Sequence[MaskReport]) -> str:
    """Write reports as JSON: a list of objects, the mask's name first; null where unknown.

    ``comparison`` and ``edits`` are there only where they are known.
    """
    rows = []
    for report in reports:
        row: dict[str, Any] = {"mask": report.mask, **asdict(report.measures)}
        if report.comparison is not None:
            row["comparison"] = {"reference": report.reference, **asdict(report.comparison)}
        if report.edits is not None:
            row["edits"] = asdict(report.edits)
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
    return row
