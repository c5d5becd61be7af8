"""What was measured, as it is kept in ``results.json`` and handed on: typed, and versioned."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from napari_brainseg.models.card import StartingWeights

if TYPE_CHECKING:
    from brainseg_train.evaluate.measure import PatientResult

__all__ = [
    "ModelComparison",
    "ModelResult",
    "PatientGroup",
    "PatientRow",
    "Plain",
    "Record",
    "ReliabilityCurve",
    "Results",
    "Summary",
]

OVERLAPS = ("dice", "iou", "sensitivity", "precision", "accuracy")
"""Numbers of one class that come from its voxels, and are averaged over classes."""

COUNTED = ("lesions", "missed", "false_positives")

Plain = str | int | float | bool | None
"""A value of a configuration."""


class Record(BaseModel):
    """Data read from JSON that an older or a newer version of this program may have written.

    Fields that this version does not know are left out.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class PatientRow(Record):
    """One scan of a patient, by one model.

    Parameters
    ----------
    case, institution, patient : str
        Which scan, and whose; results from before do not say whose.
    reference_voxels : int
        Size of the reference mask.
    dice, iou, sensitivity, precision, accuracy : float
        Of all voxels of the volume.
    hd95 : float
        95th percentile of surface distances, in the summary's unit.
    nsd : float
        Surface Dice.
    lesions, missed : int
        Parts of the reference, and those that the mask does not touch.
    false_positives : int, optional
        Parts of the mask that touch no reference; results from before have none.
    classes : dict of str to float
        Dice of each class, where there are several; the numbers above are their means.
    learned : bool, optional
        Whether the model has learned from this patient; None where its card records nobody.
    """

    case: str
    institution: str
    reference_voxels: int
    dice: float
    iou: float
    hd95: float
    nsd: float
    sensitivity: float
    precision: float
    accuracy: float
    lesions: int
    missed: int
    false_positives: int | None = None
    classes: dict[str, float] = {}
    learned: bool | None = None
    patient: str = ""

    @property
    def owner(self) -> str:
        """The patient, or the case where nobody says whose it is."""
        return self.patient or self.case

    @classmethod
    def of(cls, result: PatientResult) -> PatientRow:
        """Return the numbers of a patient, without what they were counted from."""
        parts = result.classes
        overlaps = [each.overlap for each in parts]
        dice = {each.name: each.overlap.dice for each in parts}
        return cls(
            case=result.case,
            institution=result.institution,
            patient=result.patient,
            reference_voxels=result.reference_voxels,
            hd95=fmean(each.surface.hd95 for each in parts),
            nsd=fmean(each.surface.nsd for each in parts),
            classes=dice if len(dice) > 1 else {},
            **{key: fmean(getattr(each, key) for each in overlaps) for key in OVERLAPS},
            **{key: sum(getattr(each, key) for each in parts) for key in COUNTED},
        )


class PatientGroup(Record):
    """Some of the patients: how many, and their mean Dice."""

    patients: int
    dice_mean: float


class ReliabilityCurve(Record):
    """Mean predicted probability and observed frequency of each bin that holds voxels."""

    predicted: tuple[float, ...]
    observed: tuple[float, ...]


class Summary(Record):
    """Numbers over patients.

    Parameters
    ----------
    metrics : dict of str to float
        Means over patients unless the name says otherwise.
    intervals : dict of str to (float, float)
        95 % intervals of the main ones.
    by_institution, by_size : dict of str to PatientGroup
        Mean Dice of parts of the patients.
    by_class : dict of str to PatientGroup
        Mean Dice of each class, where there are several.
    reliability : ReliabilityCurve
        Of all patients' voxels around the lesions.
    unit : {"mm", "voxels"}
        Of distances.
    patients : tuple of PatientRow
        One each.
    """

    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    by_institution: dict[str, PatientGroup]
    by_size: dict[str, PatientGroup]
    reliability: ReliabilityCurve
    unit: str
    by_class: dict[str, PatientGroup] = {}
    patients: tuple[PatientRow, ...]

    @property
    def card_metrics(self) -> dict[str, float]:
        """The numbers as a card carries them, to four digits."""
        return {key: round(value, 4) for key, value in self.metrics.items()}

    @property
    def dice(self) -> dict[str, float]:
        """Mean Dice of each patient's cases, by patient."""
        of_patient: dict[str, list[float]] = {}
        for each in self.patients:
            of_patient.setdefault(each.owner, []).append(each.dice)
        return {patient: fmean(dice) for patient, dice in of_patient.items()}


class ModelResult(Summary):
    """One model: what it is, and what it reached.

    ``initialisation`` says in words what ``start`` says as data; results from before it have none.
    """

    name: str
    title: str
    initialisation: str
    start: StartingWeights | None = None
    config: dict[str, Plain]

    @property
    def origin(self) -> str:
        """What the encoder started from, in a word or two."""
        if self.start is None:
            return self.initialisation
        known = {"random": "random", "imagenet": "ImageNet"}
        name = known.get(self.start.kind) or self.start.source or self.start.kind
        return f"{name}, partial" if self.start.partial else name


class ModelComparison(Record):
    """Two models on the same patients: mean difference of Dice, and p-values of it.

    ``patients`` are those whose Dice differs, by which the test goes; older results have none.
    """

    rows: tuple[str, str]
    dice_difference: float
    p: float
    p_holm: float
    patients: int | None = None


class Results(Record):
    """Models measured on the same patients.

    Parameters
    ----------
    title : str
        Of the report.
    data_sha256 : str
        Digest of the data.
    cases : dict of str to int
        Number of cases by part.
    rows : tuple of ModelResult
        In the order of the tables.
    comparisons : tuple of ModelComparison
        Of each two rows.
    folds : int
        Parts that the patients were divided into; 0 where they were not.
    tested_folds : tuple of int
        Those that were measured, from 1.
    notes : tuple of str
        What a reader has to know to read the numbers.
    """

    schema_version: Literal[1] = 1
    title: str
    data_sha256: str
    cases: dict[str, int]
    rows: tuple[ModelResult, ...]
    comparisons: tuple[ModelComparison, ...] = ()
    folds: int = 0
    tested_folds: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
