"""One network on one patient: overlap, distances, lesions, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from brainseg_train.evaluate.calibration import Reliability, reliability
from napari_brainseg.measure.metrics import Overlap, SurfaceAgreement, overlap, surface_agreement
from napari_brainseg.pipeline.postprocess import label_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from brainseg_train.data.cases import Case
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.scan import Scan

__all__ = ["EMPTY_POLICY", "PatientResult", "check_identity", "measure_patient"]

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
    check_identity(counts)
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
