"""One network on one patient: overlap, distances, lesions, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from brainseg_train.evaluate.calibration import Reliability, reliability
from brainseg_train.evaluate.masks import counted, mask_bits, of_class
from brainseg_train.evaluate.patient_metrics import pool_overlaps
from napari_brainseg.measure.metrics import Overlap, SurfaceAgreement, overlap, surface_agreement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from brainseg_train.data.case import Case
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.scan import Scan

__all__ = ["EMPTY_POLICY", "ClassResult", "PatientResult", "check_identity", "measure_patient"]

TOLERANCE = 2.0
"""Of the surface Dice, in mm or voxels."""

EMPTY_POLICY = (
    "Empty masks: where the reference is empty, Dice and IoU are 1 if the mask is empty too, else "
    "0; where only one of the two is empty, HD95 is the diagonal of the volume and the surface "
    "Dice 0."
)

_EVERYWHERE = np.ones((3, 3, 3))


@dataclass(frozen=True, slots=True, eq=False)
class ClassResult:
    """One class of one patient.

    Parameters
    ----------
    name : str
        Of the class.
    overlap : Overlap
        Voxel counts over the whole volume, but for ignored voxels.
    surface : SurfaceAgreement
        Distances.
    lesions, missed : int
        Components of the reference, and those that the mask does not touch.
    false_positives : int
        Components of the mask that touch no reference.
    reliability : Reliability
        Probabilities around the lesion.
    """

    name: str
    overlap: Overlap
    surface: SurfaceAgreement
    lesions: int
    missed: int
    false_positives: int
    reliability: Reliability


@dataclass(frozen=True, slots=True, eq=False)
class PatientResult:
    """One network on one patient.

    Parameters
    ----------
    case, institution, patient : str
        Which scan, and whose.
    unit : {"mm", "voxels"}
        Of distances; voxels where the scan stores no spacing: then the distance of two slices
        counts as one.
    classes : tuple of ClassResult
        One each.
    """

    case: str
    institution: str
    unit: str
    classes: tuple[ClassResult, ...]
    patient: str = ""

    @property
    def overlap(self) -> Overlap:
        """Voxel counts of all classes together."""
        return pool_overlaps([each.overlap for each in self.classes])

    @property
    def reference_voxels(self) -> int:
        """Size of the reference, of all classes together."""
        return sum(each.overlap.tp + each.overlap.fn for each in self.classes)


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
    probabilities : ndarray of float, shape (Z, Y, X), or (K, Z, Y, X) of several classes
        On the scan's grid.
    case : Case
        Names patient, institution and classes.
    scan : Scan
        Gives the spacing.
    reference : ndarray of uint8, shape (Z, Y, X)
        A bit for each class.
    card : ModelCard
        Threshold and component filter.
    """
    table = case.table
    mask = mask_bits(probabilities, card.threshold, card.keep_fraction, table)
    known = scan.units == "mm"
    spacing = scan.spacing if known else (1.0, 1.0, 1.0)
    stacks = probabilities if len(table) > 1 else probabilities[None]
    aside = ~counted(reference)
    classes = []
    for place, (each, stack) in enumerate(zip(table.classes, stacks, strict=True)):
        found, true = of_class(mask, place), of_class(reference, place)
        if aside.any():  # what is ignored agrees
            found, stack = np.where(aside, true, found), np.where(aside, true, stack)
        classes.append(_measure(each.name, stack, found, true, spacing))
    return PatientResult(
        case=case.name,
        institution=case.institution,
        unit="mm" if known else "voxels",
        classes=tuple(classes),
        patient=case.patient,
    )


def _measure(
    name: str,
    probabilities: NDArray[np.floating],
    found: NDArray[np.bool_],
    true: NDArray[np.bool_],
    spacing: tuple[float, float, float],
) -> ClassResult:
    components, count = ndimage.label(true, structure=_EVERYWHERE)
    parts, many = ndimage.label(found, structure=_EVERYWHERE)
    counts = overlap(found, true)
    check_identity(counts)
    return ClassResult(
        name=name,
        overlap=counts,
        surface=surface_agreement(found, true, spacing, TOLERANCE),
        lesions=int(count),
        missed=int(count) - int(np.count_nonzero(np.unique(components[found]))),
        false_positives=int(many) - int(np.count_nonzero(np.unique(parts[true]))),
        reliability=reliability(probabilities, true),
    )


def check_identity(counts: Overlap) -> None:
    """See that Dice = 2 J / (1 + J), as holds for any one set of voxels, not for means of patients.

    Raises
    ------
    ArithmeticError
        If it does not hold.
    """
    expected = 2 * counts.iou / (1 + counts.iou)
    if abs(counts.dice - expected) > 1e-12:
        raise ArithmeticError(f"Dice {counts.dice} does not agree with IoU {counts.iou}")
