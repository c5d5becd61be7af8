"""The card of a run: what its data, settings and patients say, before anything is measured."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

import napari_brainseg
from brainseg_train.data.brains import measure_brains
from brainseg_train.data.data_folder import DataFolder
from napari_brainseg.input_check.check import measure_roles
from napari_brainseg.input_check.fingerprint import make_fingerprint
from napari_brainseg.models.card import CaseCounts, ModelCard
from napari_brainseg.models.patients import PatientRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brainseg_train.data.case import Patient
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.loop import Trained
    from napari_brainseg.input_check.fingerprint import Fingerprint
    from napari_brainseg.models.preprocessing import Preprocessing

__all__ = ["DataUsed", "fingerprint_of", "make_card", "record_patients", "versions"]

INTENDED_USE = (
    "Research on {subject}: a first mask of {finding} for a person to correct. Not a medical "
    "device; not for diagnosis or treatment."
)


@dataclass(frozen=True, slots=True, eq=False)
class DataUsed:
    """What a run was given to learn from, and what was kept from it.

    Parameters
    ----------
    sha256 : str
        Digest of the data.
    learned, held_out : sequence of Patient
        Whom the network learned from, and whom it must never.
    cases : CaseCounts
        How many cases are in each part.
    trained_on, validation : str
        The same, for a reader of the card.
    source : DataFolder
        Roles, classes, and what the data set says of itself; those of a folder of slices that says
        nothing if not given.
    """

    sha256: str
    learned: Sequence[Patient]
    held_out: Sequence[Patient]
    cases: CaseCounts
    trained_on: str
    validation: str
    source: DataFolder = field(default_factory=lambda: DataFolder("slices", ()))


def make_card(
    config: RunConfig, params: Preprocessing, trained: Trained, data: DataUsed
) -> ModelCard:
    """Make the card of a run, but for what is measured afterwards."""
    said = data.source.description
    finding = said.finding or said.tumour or "what its data set marks"
    said_so = f"{_capital(said.tumour)}: {finding}" if said.tumour else _capital(finding)
    card = ModelCard(
        name=config.name,
        title=config.network,
        description=f"{said_so}, slice by slice.",
        architecture=config.architecture,
        encoder=config.encoder,
        members=config.members,
        roles=data.source.roles,
        classes=data.source.table.targets(),
        overlapping=data.source.table.overlapping,
        preprocessing=params,
        threshold=0.5,
        trained_on=data.trained_on,
        validation=data.validation,
        metrics={},
        training=config.plain(),
        data_sha256=data.sha256,
        patients=record_patients(PatientRecord(salt=data.sha256), data.learned, data.held_out),
        cases=data.cases,
        initialisation=trained.start.text,
        start=trained.start,
        versions=versions(),
        licence=said.licence_text,
        intended_use=INTENDED_USE.format(subject=said.subject, finding=finding),
        weights_sha256="0" * 64,
    )
    return card.model_copy(update={"fingerprint": fingerprint_of(data.learned, card)})


def _capital(text: str) -> str:
    """Begin a sentence; only the first letter changes."""
    return text[:1].upper() + text[1:]


def fingerprint_of(patients: Iterable[Patient], card: ModelCard) -> Fingerprint | None:
    """Sum up the images of training patients; None if they are too few."""
    percentile = card.preprocessing.foreground_percentile
    scans = [patient.scan for patient in patients]
    return make_fingerprint(
        [measure_roles(scan, card.roles, percentile, card.plane) for scan in scans],
        measure_brains(scans, card.roles, percentile, card.plane),
    )


def record_patients(
    record: PatientRecord, learned: Iterable[Patient], held_out: Iterable[Patient]
) -> PatientRecord:
    """Add to a card's record whom a run learned from, and whom it kept to measure on."""
    return record.extended(
        [trace for patient in learned for trace in patient.traces],
        [trace for patient in held_out for trace in patient.traces],
    )


def versions() -> dict[str, str]:
    """Versions of what decides the outcome of a run."""
    return {
        "python": platform.python_version(),
        "napari-brainseg": napari_brainseg.__version__,
        **{name: version(name) for name in ("torch", "segmentation-models-pytorch", "numpy")},
    }
