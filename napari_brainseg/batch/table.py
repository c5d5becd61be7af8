"""The measures of all scans as one table."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from napari_brainseg.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.batch.task import TaskOutcome

__all__ = ["TABLE_NAME", "measures_csv"]

TABLE_NAME = "measures.csv"

COLUMNS = (
    "scan",
    "mask",
    "volume_ml",
    "voxels",
    "lesions",
    "long_mm",
    "short_mm",
    "centroid_r_mm",
    "centroid_a_mm",
    "centroid_s_mm",
    "model",
    "weights_sha256",
    "threshold",
    "device",
    "slices",
    "seconds",
    "notes",
    "error",
)

Cell = str | int | float | None


def measures_csv(outcomes: Sequence[TaskOutcome]) -> str:
    """Write outcomes as CSV: a header, a line a scan; empty where unknown.

    Texts that a spreadsheet would take for a formula get an apostrophe before them.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_row, outcomes))
    return text.getvalue()


def _row(outcome: TaskOutcome) -> dict[str, Cell]:
    row: dict[str, Cell] = {"scan": _plain(outcome.scan), "error": _plain(outcome.error)}
    if (result := outcome.result) is None:
        return row
    row |= {
        "mask": _plain(result.output),
        "volume_ml": result.volume_ml,
        "voxels": result.voxels,
        "lesions": result.lesions,
        "long_mm": result.long_mm,
        "short_mm": result.short_mm,
        "model": _plain(result.model),
        "weights_sha256": result.weights_sha256,
        "threshold": result.threshold,
        "device": result.device,
        "slices": result.slices,
        "seconds": result.seconds,
        "notes": _plain(" ".join(result.notes)),
    }
    for axis, place in zip("ras", result.centroid_mm or (None,) * 3, strict=True):
        row[f"centroid_{axis}_mm"] = place
    return row


def _plain(text: str) -> str:
    shown = printable(" ".join(text.split()))
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@") else shown
