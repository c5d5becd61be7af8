"""Time points of one patient: how volume and diameters have changed, in the words of RANO 2.0.

*Baseline* is the first time point. The *nadir* is the smallest value since, before the newest time
point; change is told against both, in per cent. A lesion is *measurable* from 10 mm by 10 mm on; of
up to three of them, the largest first, the products of both diameters are added up.

Whether that is a response or progression, a clinician says: steroids, symptoms, new lesions and a
second scan count too. So none is named here.

References
----------
Wen et al.: RANO 2.0: Update to the Response Assessment in Neuro-Oncology Criteria for High- and
Low-Grade Gliomas in Adults, J Clin Oncol 41:5187, 2023.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from napari_brainseg.scan import DicomSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.scan import Scan

__all__ = [
    "FollowUp",
    "SizeChange",
    "TimePoint",
    "days_since",
    "exam_date",
    "follow_up",
    "time_point",
]

DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)")
MEASURABLE_MM = 10.0
TARGETS = 3


@dataclass(frozen=True, slots=True)
class TimePoint:
    """What one mask amounts to.

    Parameters
    ----------
    name : str
        Of the scan.
    date : str
        ``YYYY-MM-DD`` of the examination; empty where it is not known.
    volume_ml : float or None
        Of all that is marked; None where the size of voxels is not known.
    products_mm2 : float or None
        Sum of the products of both diameters of the target lesions; None without voxel sizes.
    long_mm, short_mm : float or None
        Diameters of the largest lesion.
    lesions, measurable : int
        How many there are, and how many of them are measurable.
    """

    name: str
    date: str
    volume_ml: float | None
    products_mm2: float | None
    long_mm: float | None
    short_mm: float | None
    lesions: int
    measurable: int


@dataclass(frozen=True, slots=True)
class SizeChange:
    """How one number has changed.

    Parameters
    ----------
    baseline, nadir, now : float
        At the first time point; the smallest before the newest; at the newest.
    from_baseline_percent, from_nadir_percent : float or None
        None where there was nothing.
    """

    baseline: float
    nadir: float
    now: float
    from_baseline_percent: float | None
    from_nadir_percent: float | None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Time points, the newest last, and what has changed.

    Parameters
    ----------
    points : tuple of TimePoint
        At least two.
    volume_ml, products_mm2, long_mm : SizeChange or None
        None where a time point lacks the number.
    """

    points: tuple[TimePoint, ...]
    volume_ml: SizeChange | None
    products_mm2: SizeChange | None
    long_mm: SizeChange | None


def exam_date(scan: Scan) -> str:
    """Return the date of an examination, ``YYYY-MM-DD``, from DICOM or from the name.

    Empty where neither tells one; of a name such as ``TCGA_FG_6692_20020606`` the eight digits.
    """
    source = scan.source
    stated = source.name
    if isinstance(source, DicomSource):
        tags = ("AcquisitionDate", "SeriesDate", "StudyDate")
        stated = next((str(source.dataset.get(tag)) for tag in tags if source.dataset.get(tag)), "")
    for year, month, day in DATE.findall(stated):
        with suppress(ValueError):
            return date(int(year), int(month), int(day)).isoformat()
    return ""


def days_since(point: TimePoint, baseline: TimePoint) -> int | None:
    """Return the days from the baseline to a time point, where both dates are known."""
    if not point.date or not baseline.date:
        return None
    return (date.fromisoformat(point.date) - date.fromisoformat(baseline.date)).days


def time_point(measures: MaskMeasures, name: str, date: str = "") -> TimePoint:
    """Take from the measures of a mask what is followed over time."""
    both = [each.diameters for each in measures.table if each.diameters is not None]
    targets = [each for each in both if min(each.long_mm, each.short_mm) >= MEASURABLE_MM]
    products = sorted((each.long_mm * each.short_mm for each in targets), reverse=True)
    known = measures.volume_ml is not None
    lines = measures.diameters
    nothing = 0.0 if known else None
    return TimePoint(
        name,
        date,
        measures.volume_ml,
        float(sum(products[:TARGETS])) if known else None,
        lines.long_mm if lines else nothing,
        lines.short_mm if lines else nothing,
        measures.lesions,
        len(targets),
    )


def follow_up(points: Sequence[TimePoint]) -> FollowUp:
    """Compute how the newest time point differs from the baseline and from the nadir.

    Parameters
    ----------
    points : sequence of TimePoint
        In the order of time, the newest last; sorted by date here where all have one.

    Examples
    --------
    >>> volumes = (20.0, 10.0, 14.0)
    >>> points = [TimePoint(f"visit {n}", "", v, v * 10, v, v, 1, 1) for n, v in enumerate(volumes)]
    >>> change = follow_up(points).volume_ml
    >>> change.nadir, change.from_baseline_percent, round(change.from_nadir_percent)
    (10.0, -30.0, 40)
    """
    if len(points) < 2:
        raise ValueError("a follow-up takes at least two time points")
    ordered = tuple(points)
    if all(point.date for point in points):
        ordered = tuple(sorted(points, key=lambda point: point.date))
    return FollowUp(
        ordered,
        _change([point.volume_ml for point in ordered]),
        _change([point.products_mm2 for point in ordered]),
        _change([point.long_mm for point in ordered]),
    )


def _change(values: Sequence[float | None]) -> SizeChange | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    *before, now = known
    baseline, nadir = before[0], min(before)
    return SizeChange(baseline, nadir, now, _percent(now, baseline), _percent(now, nadir))


def _percent(now: float, then: float) -> float | None:
    return None if then == 0 else 100 * (now - then) / then
