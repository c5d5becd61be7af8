"""The numbers of one network on a set of patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from brainseg_train.evaluate.calibration import Reliability, pool, reliability
from brainseg_train.evaluate.statistics import confidence_interval
from napari_brainseg.measure.metrics import Overlap, SurfaceAgreement, overlap, surface_agreement
from napari_brainseg.pipeline.postprocess import label_map

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from brainseg_train.data.cases import Case
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.scan import Scan

__all__ = ["EMPTY_POLICY", "PatientResult", "measure_patient", "summarise"]

TOLERANCE = 2.0
"""Of the surface Dice, in mm or voxels."""

EMPTY_POLICY = (
    "Empty masks: where the reference is empty, Dice and IoU are 1 if the mask is empty too, else "
    "0; where only one of the two is empty, HD95 is the diagonal of the volume and the surface "
    "Dice 0."
)

_EVERYWHERE = np.ones((3, 3, 3))


@dataclass(frozen=True, slots=True, eq=False)
class PatientResult:
    """One network on one patient.

    Parameters
    ----------
    case, institution : str
        Which patient.
    overlap : Overlap
        Voxel counts over the whole volume.
    surface : SurfaceAgreement
        Distances, in ``unit``.
    unit : {"mm", "voxels"}
        Voxels where the scan stores no spacing: then the distance of two slices counts as one.
    lesions, missed : int
        Components of the reference, and those that the mask does not touch.
    reliability : Reliability
        Probabilities around the lesion.
    """

    case: str
    institution: str
    overlap: Overlap
    surface: SurfaceAgreement
    unit: str
    lesions: int
    missed: int
    reliability: Reliability

    @property
    def reference_voxels(self) -> int:
        """Size of the reference."""
        return self.overlap.tp + self.overlap.fn

    def plain(self) -> dict[str, Any]:
        """For JSON and CSV."""
        return {
            "case": self.case,
            "institution": self.institution,
            "reference_voxels": self.reference_voxels,
            "dice": self.overlap.dice,
            "iou": self.overlap.iou,
            "hd95": self.surface.hd95,
            "nsd": self.surface.nsd,
            "sensitivity": self.overlap.sensitivity,
            "precision": self.overlap.precision,
            "accuracy": self.overlap.accuracy,
            "lesions": self.lesions,
            "missed": self.missed,
        }


def measure_patient(
    probabilities: NDArray[np.floating],
    case: Case,
    scan: Scan,
    reference: NDArray[np.uint8],
    card: ModelCard,
) -> PatientResult:
    """Compare the mask that the plugin would make with the reference.

    Parameters
    ----------
    probabilities : ndarray of float, shape (Z, Y, X)
        On the scan's grid.
    case : Case
        Names patient and institution.
    scan : Scan
        Gives the spacing.
    reference : ndarray of uint8, shape (Z, Y, X)
        Nonzero is tumour.
    card : ModelCard
        Threshold and component filter.
    """
    mask = label_map(probabilities, card.threshold, card.keep_fraction, value=1)
    known = scan.units == "mm"
    components, count = ndimage.label(reference, structure=_EVERYWHERE)
    met = np.unique(components[mask > 0])
    counts = overlap(mask, reference)
    _check_identity(counts)
    return PatientResult(
        case=case.name,
        institution=case.institution,
        overlap=counts,
        surface=surface_agreement(
            mask, reference, scan.spacing if known else (1.0, 1.0, 1.0), TOLERANCE
        ),
        unit="mm" if known else "voxels",
        lesions=int(count),
        missed=int(count) - int(np.count_nonzero(met)),
        reliability=reliability(probabilities, reference),
    )


def summarise(results: Sequence[PatientResult]) -> dict[str, Any]:
    """Aggregate over patients, with 95 % bootstrap intervals of the main numbers.

    Returns
    -------
    dict
        ``metrics`` (means over patients unless the name says otherwise), ``intervals``,
        ``by_institution`` and ``by_size`` (mean Dice and count), ``reliability`` and
        ``patients``.

    Raises
    ------
    ValueError
        If there are no patients.
    """
    if not results:
        raise ValueError("no patients to summarise")
    plain = [result.plain() for result in results]
    columns = {
        key: np.array([row[key] for row in plain], dtype=float)
        for key in ("dice", "iou", "hd95", "nsd", "sensitivity", "precision", "accuracy")
    }
    counts = np.array([[r.overlap.tp, r.overlap.fp, r.overlap.fn, r.overlap.tn] for r in results])
    pooled = _pooled(counts, np.arange(len(results)))
    _check_identity(pooled)
    lesions = sum(result.lesions for result in results)
    calibration = pool(result.reliability for result in results)
    metrics = {f"{key}_mean": float(values.mean()) for key, values in columns.items()}
    metrics |= {
        "patients": float(len(results)),
        "dice_median": float(np.median(columns["dice"])),
        "dice_min": float(columns["dice"].min()),
        "hd95_median": float(np.median(columns["hd95"])),
        "lesion_miss_rate": sum(r.missed for r in results) / lesions if lesions else 0.0,
        "dice_pooled": pooled.dice,
        "iou_pooled": pooled.iou,
        "accuracy_pooled": pooled.accuracy,
        "ece": calibration.ece,
    }
    statistics: dict[str, Callable[[NDArray[np.int64]], float]] = {
        "dice_mean": lambda drawn: float(columns["dice"][drawn].mean()),
        "dice_median": lambda drawn: float(np.median(columns["dice"][drawn])),
        "iou_mean": lambda drawn: float(columns["iou"][drawn].mean()),
        "iou_pooled": lambda drawn: _pooled(counts, drawn).iou,
        "dice_pooled": lambda drawn: _pooled(counts, drawn).dice,
        "accuracy_pooled": lambda drawn: _pooled(counts, drawn).accuracy,
    }
    predicted, observed = calibration.curve()
    return {
        "metrics": metrics,
        "intervals": {k: confidence_interval(len(results), f) for k, f in statistics.items()},
        "by_institution": _groups([result.institution or "unnamed" for result in results], results),
        "by_size": _groups(_size_thirds(results), results),
        "reliability": {"predicted": predicted, "observed": observed},
        "unit": results[0].unit,
        "patients": plain,
    }


def _pooled(counts: NDArray[np.int64], drawn: NDArray[np.int64]) -> Overlap:
    tp, fp, fn, tn = (int(value) for value in counts[drawn].sum(axis=0))
    return Overlap(tp, fp, fn, tn)


def _check_identity(counts: Overlap) -> None:
    """Dice = 2 J / (1 + J) holds for any one set of voxels, not for means over patients."""
    expected = 2 * counts.iou / (1 + counts.iou)
    if abs(counts.dice - expected) > 1e-12:
        raise ArithmeticError(f"Dice {counts.dice} does not agree with IoU {counts.iou}")


def _size_thirds(results: Sequence[PatientResult]) -> list[str]:
    sizes = [result.reference_voxels for result in results]
    low, high = np.percentile(sizes, (100 / 3, 200 / 3))
    return ["small" if s <= low else "medium" if s <= high else "large" for s in sizes]


def _groups(names: Sequence[str], results: Sequence[PatientResult]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[float]] = {}
    for name, result in zip(names, results, strict=True):
        groups.setdefault(name, []).append(result.overlap.dice)
    return {
        name: {"patients": len(dice), "dice_mean": float(np.mean(dice))}
        for name, dice in groups.items()
    }
