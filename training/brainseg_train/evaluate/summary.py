"""From the numbers of each patient to those over patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.evaluate.calibration import pool_reliability
from brainseg_train.evaluate.measure import check_identity
from brainseg_train.evaluate.patient_metrics import pool_overlaps
from brainseg_train.evaluate.results import PatientGroup, PatientRow, ReliabilityCurve, Summary
from brainseg_train.evaluate.statistics import confidence_interval, share_interval
from napari_brainseg.measure.metrics import Overlap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from brainseg_train.evaluate.measure import PatientResult

    Statistic = Callable[[NDArray[np.int64]], float]

__all__ = ["summarise"]

AVERAGED = ("dice", "iou", "hd95", "nsd", "sensitivity", "precision", "accuracy")
POOLED = ("dice", "iou", "accuracy")


def summarise(results: Sequence[PatientResult]) -> Summary:
    """Aggregate over patients, with 95 % bootstrap intervals of the main numbers.

    Raises
    ------
    ValueError
        If there are no patients.
    """
    if not results:
        raise ValueError("no patients to summarise")
    rows = tuple(map(PatientRow.of, results))
    owners = [row.owner for row in rows]
    columns = {key: np.array([getattr(row, key) for row in rows]) for key in AVERAGED}
    calibration = pool_reliability(
        each.reliability for result in results for each in result.classes
    )
    predicted, observed = calibration.curve()
    return Summary(
        metrics=_metrics(results, columns)
        | {"patients": float(len(set(owners))), "ece": calibration.ece},
        intervals=_intervals(results, columns, owners),
        by_institution=_groups([row.institution or "unnamed" for row in rows], rows),
        by_size=_groups(_size_thirds(rows), rows),
        by_class=_by_class(rows),
        reliability=ReliabilityCurve(predicted=tuple(predicted), observed=tuple(observed)),
        unit=results[0].unit,
        patients=rows,
    )


def _by_class(rows: Sequence[PatientRow]) -> dict[str, PatientGroup]:
    """Return the mean Dice of each class, where there are several."""
    return {
        name: PatientGroup(
            patients=len(rows), dice_mean=float(np.mean([row.classes[name] for row in rows]))
        )
        for name in rows[0].classes
    }


def _metrics(
    results: Sequence[PatientResult], columns: dict[str, NDArray[np.float64]]
) -> dict[str, float]:
    """Means, medians and pooled numbers; the name of each says which it is."""
    pooled = pool_overlaps([result.overlap for result in results])
    check_identity(pooled)
    parts = [each for result in results for each in result.classes]
    lesions = sum(each.lesions for each in parts)
    missed = sum(each.missed for each in parts)
    invented = sum(each.false_positives for each in parts)
    return {
        **{f"{key}_mean": float(values.mean()) for key, values in columns.items()},
        "dice_median": float(np.median(columns["dice"])),
        "dice_min": float(columns["dice"].min()),
        "hd95_median": float(np.median(columns["hd95"])),
        "lesion_miss_rate": missed / lesions if lesions else 0.0,
        "false_positives_mean": invented / len(results),
        **{f"{key}_pooled": float(getattr(pooled, key)) for key in POOLED},
    }


def _intervals(
    results: Sequence[PatientResult],
    columns: dict[str, NDArray[np.float64]],
    owners: Sequence[str],
) -> dict[str, tuple[float, float]]:
    """See how far each number moves with the patients, with all cases of each; none of one."""
    overlaps = (result.overlap for result in results)
    counts = np.array([[each.tp, each.fp, each.fn, each.tn] for each in overlaps])

    def pooled(key: str) -> Statistic:
        return lambda drawn: float(getattr(Overlap(*counts[drawn].sum(axis=0).tolist()), key))

    statistics: dict[str, Statistic] = {
        "dice_median": lambda drawn: float(np.median(columns["dice"][drawn])),
        **{f"{key}_pooled": pooled(key) for key in POOLED},
    }
    found = {
        **{f"{key}_mean": share_interval(columns[key].tolist(), owners) for key in ("dice", "iou")},
        **{key: confidence_interval(owners, statistic) for key, statistic in statistics.items()},
    }
    return {key: interval for key, interval in found.items() if interval is not None}


def _size_thirds(rows: Sequence[PatientRow]) -> list[str]:
    sizes = [row.reference_voxels for row in rows]
    low, high = np.percentile(sizes, (100 / 3, 200 / 3))
    return ["small" if s <= low else "medium" if s <= high else "large" for s in sizes]


def _groups(names: Sequence[str], rows: Sequence[PatientRow]) -> dict[str, PatientGroup]:
    groups: dict[str, list[float]] = {}
    for name, row in zip(names, rows, strict=True):
        groups.setdefault(name, []).append(row.dice)
    return {
        name: PatientGroup(patients=len(dice), dice_mean=float(np.mean(dice)))
        for name, dice in groups.items()
    }
