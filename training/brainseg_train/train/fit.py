"""One run from folder to bundle: check, split, train, choose on validation, export, measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainseg_train.data.cases import checked_cases
from brainseg_train.data.dataset import ROLES, load_dataset
from brainseg_train.data.split import split_by_patient
from brainseg_train.evaluate.calibration import fit_temperature
from brainseg_train.evaluate.patient_metrics import aggregate
from brainseg_train.evaluate.predict import choose_prediction, score
from brainseg_train.train.describe import fingerprint_of
from brainseg_train.train.ensemble import train_members
from brainseg_train.train.export import (
    LAYOUT,
    describe_run,
    record_patients,
    target_for,
    write_bundle,
)
from brainseg_train.train.logging import LOG_NAME, logged
from brainseg_train.train.preprocessing import preprocessing_for
from brainseg_train.train.run_folder import claim_run, fabric_for
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.patients import PatientRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brainseg_train.data.cases import Patient
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.bundle import Bundle

__all__ = ["FitResult", "fit"]


@dataclass(frozen=True, slots=True)
class FitResult:
    """The exported bundle and its Dice per validation patient."""

    bundle: Bundle
    dice: dict[str, float]


def fit(
    root: Path,
    config: RunConfig,
    models: Path,
    runs: Path,
    watch: Watcher,
    exclude: Sequence[str] = (),
    *,
    accelerator: str = "auto",
    overwrite: bool = False,
) -> FitResult:
    """Train one architecture on a folder in the LGG layout and export it.

    Parameters
    ----------
    root : Path
        The data folder.
    config : RunConfig
        The run.
    models : Path
        The bundle is written to ``models / config.name``.
    runs : Path
        The checkpoint is kept in ``runs / config.name`` and resumed from there.
    watch : Watcher
        Progress.
    exclude : sequence of str
        Patients or cases to keep out of training and validation.
    accelerator : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    overwrite : bool
        Whether a model of that name may be replaced.

    Raises
    ------
    DeviceError
        If there is no such accelerator here.
    DataError
        If the folder has problems (all are listed), weights cannot be had, the model exists, or
        the checkpoint belongs to another run.
    """
    target = target_for(models, config.name, overwrite)
    fabric = fabric_for(config, accelerator)
    watch.stage("Checking the data")
    cases, report = checked_cases(root, "trained")
    split = split_by_patient(cases, config.validation, config.seed, exclude)
    identity = {
        "config": config.plain(),
        "data": report.sha256,
        "train": [case.name for case in split.train],
        "validation": [case.name for case in split.validation],
    }
    checkpoint = claim_run(runs / config.name, identity)
    params = preprocessing_for(config)
    watch.stage(f"Reading {len(split.train) + len(split.validation)} cases")
    cohort = load_dataset(split.train, params)
    held = load_dataset(split.validation, params)
    with logged(watch, checkpoint.parent / LOG_NAME) as seen:
        trained, said = train_members(
            config, params.in_channels, cohort.slices, held.slices, fabric, checkpoint, seen
        )
    watch.stage(f"Measuring on {len(split.validation)} validation cases")
    patients = held.patients
    card = describe_run(
        config,
        params,
        ROLES,
        said,
        trained_on=f"{len(split.train)} cases of {LAYOUT}",
        validation=(
            f"{len(split.validation)} cases of held-out patients; threshold, component filter and "
            "mirroring were chosen on the same cases, so the numbers are slightly optimistic"
        ),
        data_sha256=report.sha256,
        patients=record_patients(PatientRecord(salt=report.sha256), cohort.patients, held.patients),
    )
    # The plugin's folder gets the model only once its card is whole: a kill while measuring leaves
    # nothing there that would be taken for a model, or be in the way of going on.
    draft = write_bundle(trained.network, card, checkpoint.parent / "draft", overwrite=True)
    chosen, dice = _measure(draft, patients, str(fabric.device))
    card = card.model_copy(update={**chosen, "fingerprint": fingerprint_of(cohort.patients, card)})
    return FitResult(write_bundle(trained.network, card, target, overwrite=overwrite), dice)


def _measure(
    draft: Bundle, patients: Sequence[Patient], device: str
) -> tuple[dict[str, Any], dict[str, float]]:
    """Choose and measure on the weights as exported: what the card says, and Dice per case."""
    network = load_network(draft).to(device)
    flip, choice, probabilities = choose_prediction(network, patients, device)
    overlaps = score(
        zip(probabilities, (patient.mask for patient in patients), strict=True),
        choice.threshold,
        choice.keep_fraction,
    )
    chosen = {
        "threshold": choice.threshold,
        "keep_fraction": choice.keep_fraction,
        "flip": flip,
        "temperature": fit_temperature(
            zip(probabilities, (patient.mask for patient in patients), strict=True)
        ),
        "metrics": {key: round(value, 4) for key, value in aggregate(overlaps).items()},
    }
    names = [patient.case.name for patient in patients]
    return chosen, {name: each.dice for name, each in zip(names, overlaps, strict=True)}
