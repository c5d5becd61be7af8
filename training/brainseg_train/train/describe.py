"""Adding to the card of a model, afterwards, what cards did not say when it was trained."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brainseg_train.data.case import load_patient
from brainseg_train.data.cases import checked_data
from brainseg_train.data.division import divide
from brainseg_train.data.options import DataOptions
from brainseg_train.errors import DataError
from brainseg_train.evaluate.calibration import fit_temperature
from brainseg_train.evaluate.masks import class_pairs
from brainseg_train.evaluate.predict import predict_patient
from brainseg_train.train.card import fingerprint_of, record_patients
from brainseg_train.train.export import replace_card
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.card import CaseCounts
from napari_brainseg.models.patients import PatientRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from brainseg_train.data.split import Split
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard

__all__ = ["describe_bundle"]


def describe_bundle(
    bundle: Bundle,
    root: Path,
    exclude: Sequence[str],
    device: str,
    stage: Callable[[str], None],
    options: DataOptions | None = None,
) -> Bundle:
    """Add fingerprint, temperature and patients to the card of a bundle; its weights stay.

    Without validation patients, as in a model that learned from all, the temperature stays.

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
    options : DataOptions, optional
        What was said of the data then.

    Raises
    ------
    DataError
        If the folder, or its split, is not the one that the model was trained on.
    """
    card = bundle.card
    stage("Checking the data")
    split = _split_of(card, root, exclude, options)
    stage(f"Measuring the images of {len(split.train)} training cases")
    learned, held_out = (
        [load_patient(case, card.preprocessing) for case in cases]
        for cases in (split.train, split.validation)
    )
    fingerprint = fingerprint_of(learned, card)
    stage(f"Predicting {len(split.validation)} validation cases")
    network = load_network(bundle).to(device)
    temperature = card.temperature
    if held_out:
        pairs = (
            (predict_patient(network, patient, device, flip=card.flip), patient.mask)
            for patient in held_out
        )
        temperature = fit_temperature(class_pairs(pairs, split.train[0].table))
    described = {
        "fingerprint": fingerprint,
        "temperature": temperature,
        "patients": record_patients(PatientRecord(salt=card.data_sha256), learned, held_out),
        "cases": CaseCounts(train=len(learned), validation=len(held_out)),
    }
    return replace_card(bundle, card.model_copy(update=described))


def _split_of(
    card: ModelCard, root: Path, exclude: Sequence[str], options: DataOptions | None
) -> Split:
    """Divide the cases as ``fit`` did, and see that it was so."""
    data, report = checked_data(root, "described", options)
    share, seed = card.training.get("validation"), card.training.get("seed")
    if not isinstance(share, float) or not isinstance(seed, int):
        raise DataError(f"The card of {card.name} does not say how its patients were divided.")
    if report.sha256 != card.data_sha256:
        raise DataError(
            f"{root.name!r} does not hold the data that {card.name} was trained on (SHA-256 "
            f"{report.sha256[:16]}…, its card has {card.data_sha256[:16]}…). Name the same folder."
        )
    split = divide(data, replace(options or DataOptions(), exclude=tuple(exclude)), share, seed)
    if not _is_of(card, split):
        raise DataError(
            f"{card.name} was trained on {card.trained_on!r}, but dividing these patients leaves "
            f"{len(split.train)} cases to train on. Exclude the same patients as then; a row of a "
            "benchmark is divided otherwise and cannot be described afterwards."
        )
    return split


def _is_of(card: ModelCard, split: Split) -> bool:
    """Whether a card counts and remembers the patients of a split; an older one may do neither."""
    counted, known = card.cases, card.patients
    if counted is None and known is None:
        return False
    counts = CaseCounts(train=len(split.train), validation=len(split.validation))
    return (counted is None or counted == counts) and (
        known is None
        or (
            all(known.part_of([case.patient, case.name]) == "train" for case in split.train)
            and all(known.part_of([case.patient, case.name]) == "test" for case in split.validation)
        )
    )
