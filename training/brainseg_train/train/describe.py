"""What a card says of the patients a network learned from and was validated on.

The fingerprint of their images, and the temperature that calibrates its probabilities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.data.cases import checked_cases, load_patient
from brainseg_train.data.split import split_by_patient
from brainseg_train.errors import DataError
from brainseg_train.evaluate.calibration import fit_temperature
from brainseg_train.evaluate.predict import predict_patient
from brainseg_train.train.export import copy_bundle, record_patients
from napari_brainseg.input_check.check import measure_roles
from napari_brainseg.input_check.fingerprint import make_fingerprint
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.patients import PatientRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from brainseg_train.data.cases import Case, Patient
    from brainseg_train.data.split import Split
    from napari_brainseg.input_check.fingerprint import Fingerprint
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard

__all__ = ["describe_bundle", "fingerprint_of"]


def fingerprint_of(patients: Iterable[Patient], card: ModelCard) -> Fingerprint | None:
    """Sum up the images of training patients; None if they are too few."""
    percentile = card.preprocessing.foreground_percentile
    return make_fingerprint(
        [measure_roles(patient.scan, card.roles, percentile, card.plane) for patient in patients]
    )


def describe_bundle(
    bundle: Bundle,
    root: Path,
    exclude: Sequence[str],
    device: str,
    stage: Callable[[str], None],
) -> Bundle:
    """Add fingerprint, temperature and patients to the card of a bundle; its weights stay.

    Parameters
    ----------
    bundle : Bundle
        Its card is replaced.
    root : Path
        The folder that it was trained on.
    exclude : sequence of str
        Patients or cases that were kept out then.
    device : str
        As torch names it.
    stage : callable
        Told what is being done.

    Raises
    ------
    DataError
        If the folder, or its split, is not the one that the model was trained on.
    """
    card = bundle.card
    stage("Checking the data")
    split = _split_of(card, root, exclude)
    stage(f"Measuring the images of {len(split.train)} training cases")
    learned = list(_load(split.train, card))
    fingerprint = fingerprint_of(learned, card)
    stage(f"Predicting {len(split.validation)} validation cases")
    network = load_network(bundle).to(device)
    held_out = list(_load(split.validation, card))
    described = card.model_copy(
        update={
            "fingerprint": fingerprint,
            "temperature": fit_temperature(
                (predict_patient(network, patient, device, flip=card.flip), patient.mask)
                for patient in held_out
            ),
            "patients": record_patients(PatientRecord(salt=card.data_sha256), learned, held_out),
        }
    )
    return copy_bundle(bundle, described, bundle.path, overwrite=True)


def _load(cases: Iterable[Case], card: ModelCard) -> Iterable[Patient]:
    return (load_patient(case, card.preprocessing) for case in cases)


def _split_of(card: ModelCard, root: Path, exclude: Sequence[str]) -> Split:
    """Divide the cases as ``fit`` did, and see that it was so."""
    cases, report = checked_cases(root, "described")
    share, seed = card.training.get("validation"), card.training.get("seed")
    if not isinstance(share, float) or not isinstance(seed, int):
        raise DataError(f"The card of {card.name} does not say how its patients were divided.")
    if report.sha256 != card.data_sha256:
        raise DataError(
            f"{root.name!r} does not hold the data that {card.name} was trained on (SHA-256 "
            f"{report.sha256[:16]}…, its card has {card.data_sha256[:16]}…). Give the same folder."
        )
    split = split_by_patient(cases, share, seed, exclude)
    if not card.trained_on.startswith(f"{len(split.train)} cases "):
        raise DataError(
            f"{card.name} was trained on {card.trained_on!r}, but dividing these patients gives "
            f"{len(split.train)} cases to train on. Exclude the same patients as then; a row of a "
            "benchmark is divided otherwise and cannot be described afterwards."
        )
    return split
