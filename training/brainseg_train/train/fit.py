"""One run from folder to bundle: check, split, train, choose on validation, export, measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainseg_train.data.cases import checked_cases, find_cases
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.split import split_by_patient, without
from brainseg_train.data.split_file import SPLIT_NAME, write_split
from brainseg_train.evaluate.patient_metrics import aggregate
from brainseg_train.evaluate.predict import score
from brainseg_train.train.card import LAYOUT, DataUsed, make_card
from brainseg_train.train.export import target_for
from brainseg_train.train.identity import RunIdentity, names
from brainseg_train.train.preprocessing import preprocessing_for
from brainseg_train.train.run import open_run
from napari_brainseg.models.card import CaseCounts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brainseg_train.data.patients import PatientNaming
    from brainseg_train.data.split_file import Division
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.bundle import Bundle

__all__ = ["FitResult", "fit"]


UNCALIBRATED = (
    "; no temperature within the bounds calibrates the network, so its probabilities, as shown, "
    "say little"
)


@dataclass(frozen=True, slots=True)
class FitResult:
    """The exported bundle and its Dice per validation case."""

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
    naming: PatientNaming | None = None,
    division: Division | None = None,
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
    naming : PatientNaming, optional
        Finds the patient of each case; by its name if not given.
    division : Division, optional
        A file that says who is learned from and who validated on, instead of a drawing by
        ``config.validation`` and ``config.seed``. Either way it is written to the run's folder.

    Raises
    ------
    DeviceError
        If there is no such accelerator here.
    DataError
        If the folder has problems (all are listed), weights cannot be had, the model exists, or
        the checkpoint belongs to another run.
    """
    target = target_for(models, config.name, overwrite)
    run = open_run(config, runs / config.name, accelerator, watch)
    params = preprocessing_for(config)
    find_cases(root, naming)  # what is wrong at first sight is said at once
    run.check(params.in_channels)

    watch.stage("Checking the data")
    cases, report = checked_cases(root, "trained", naming)
    kept = without(cases, exclude)
    split = (
        division.read(kept) if division else split_by_patient(kept, config.validation, config.seed)
    )
    watch.stage(split.text)
    run.claim(
        RunIdentity(
            config=config.plain(),
            data=report.sha256,
            train=names(split.train),
            validation=names(split.validation),
        )
    )

    write_split(run.folder / SPLIT_NAME, split)

    watch.stage(f"Reading {len(split.train) + len(split.validation)} cases")
    dataset = load_dataset(split.train, params)
    held_out = load_dataset(split.validation, params)

    trained = run.train(dataset.slices, held_out.slices)
    data = DataUsed(
        sha256=report.sha256,
        learned=dataset.patients,
        held_out=held_out.patients,
        cases=CaseCounts(train=len(split.train), validation=len(split.validation)),
        trained_on=f"{len(split.train)} cases of {LAYOUT}",
        validation=(
            f"{len(split.validation)} cases of held-out patients; threshold, component filter and "
            "mirroring were chosen on the same cases, so the numbers are slightly optimistic"
        ),
    )
    bundle = run.export(trained, make_card(config, params, trained, data))

    watch.stage(f"Measuring on {len(split.validation)} validation cases")
    prediction, probabilities = run.choose(bundle, held_out.patients)
    masks = [patient.mask for patient in held_out.patients]
    pairs = zip(probabilities, masks, strict=True)
    overlaps = score(pairs, prediction.threshold, prediction.keep_fraction)
    metrics = {key: round(value, 4) for key, value in aggregate(overlaps).items()}
    validation = bundle.card.validation + (UNCALIBRATED if prediction.uncalibrated else "")
    card = prediction.on(bundle.card)
    card = card.model_copy(update={"metrics": metrics, "validation": validation})
    dice = [each.dice for each in overlaps]
    return FitResult(
        bundle=run.publish(bundle, card, target, overwrite=overwrite),
        dice=dict(zip(names(split.validation), dice, strict=True)),
    )
