"""Going on from a bundle with corrected masks: check, measure, train, measure again, export."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.entries import checked_entries
from brainseg_train.errors import DataError
from brainseg_train.evaluate.patient_metrics import aggregate
from brainseg_train.evaluate.predict import evaluate_bundle
from brainseg_train.train.config import RunConfig
from brainseg_train.train.export import target_for, versions, write_bundle
from brainseg_train.train.logging import LOG_NAME, logged
from brainseg_train.train.loop import train
from brainseg_train.train.run_folder import claim_run, fabric_for
from napari_brainseg.models.bundle import file_sha256, load_network
from napari_brainseg.models.patients import PatientRecord
from napari_brainseg.training_set import MANIFEST_NAME, open_training_set

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brainseg_train.data.entries import EntryCase
    from brainseg_train.evaluate.results import PatientResult
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.training_set import Entry, TrainingSet

__all__ = ["Compared", "Finetuned", "finetune", "finetune_config"]

SUFFIX = " (fine-tuned)"


@dataclass(frozen=True, slots=True)
class Compared:
    """One held-out scan, its part, and the Dice of the model before and after."""

    patient: str
    source: str
    split: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Finetuned:
    """The exported bundle, every held-out scan before and after, and what to tell."""

    bundle: Bundle
    compared: tuple[Compared, ...]
    notes: tuple[str, ...]


def finetune_config(start: Bundle, **changes: Any) -> RunConfig:
    """Configure a run that goes on from a bundle, as that was trained unless said otherwise.

    Parameters
    ----------
    start : Bundle
        Its card tells architecture, preprocessing and the course of its training.
    **changes
        Fields of :class:`RunConfig`; ``name`` is needed. The learning rate is a tenth of that of
        a fresh run if not given.

    Raises
    ------
    DataError
        If the card tells of no run that can be gone on with.
    """
    card = start.card
    known = {field.name for field in fields(RunConfig)}
    earlier = {key: value for key, value in card.training.items() if key in known}
    told = {
        "architecture": card.architecture,
        "encoder": card.encoder,
        "size": card.preprocessing.size,
        "neighbours": card.preprocessing.neighbours,
        "init": f"{card.name} ({card.weights_sha256[:16]}…)",
        "epochs": 10,
        "patience": None,  # a few scans are too few to stop on
        "slices_per_epoch": 400,
        "learning_rate": 1e-4,
        "validation": 0.0,
        "precision": "32-true",
        "seed": 0,
    }
    try:
        config = TypeAdapter(RunConfig).validate_python({**earlier, **told, **changes})
    except ValidationError as error:
        raise DataError(
            f"The card of {card.name!r} tells of no training to go on with "
            f"({error.errors()[0]['msg']}). Export the model again with brainseg-train."
        ) from error
    # A fresh run is long; over a short one its average would mostly be the starting weights.
    steps = config.epochs * max(1, config.slices_per_epoch // config.batch_size)
    return replace(config, average=min(config.average, max(0.0, 1 - 10 / steps)))


def finetune(
    start: Bundle,
    root: Path,
    config: RunConfig,
    models: Path,
    runs: Path,
    watch: Watcher,
    *,
    accelerator: str = "auto",
    overwrite: bool = False,
) -> Finetuned:
    """Train a bundle further on the train part of a training set, and export a new one.

    Held-out patients are segmented by both bundles as the plugin does it. Nothing is chosen on
    them: threshold, component filter and mirroring stay those of the starting bundle.

    Parameters
    ----------
    start : Bundle
        The model to go on from; it stays as it is.
    root : Path
        The training set's folder, or its manifest.
    config : RunConfig
        The run; see :func:`finetune_config`.
    models : Path
        The bundle is written to ``models / config.name``.
    runs : Path
        The checkpoint is kept in ``runs / config.name`` and resumed from there.
    watch : Watcher
        Progress.
    accelerator : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    overwrite : bool
        Whether a model of that name may be replaced; never the starting one.

    Raises
    ------
    DeviceError
        If there is no such accelerator here.
    TrainingSetError
        If there is no valid manifest.
    DataError
        If the training set has problems (all are listed), a patient in it must not be where they
        are, the model exists, or the checkpoint belongs to another run.
    ModelError
        If the starting bundle is damaged.
    """
    target = _target(start, models, config.name, overwrite)
    fabric = fabric_for(config, accelerator)
    watch.stage("Checking the training set")
    training_set = open_training_set(root)
    manifest_sha256 = file_sha256(training_set.folder / MANIFEST_NAME)
    cases = checked_entries(training_set, start.card)
    learned, watched = ([c for c in cases if c.split == s] for s in ("train", "validation"))
    held_out = [case for case in cases if case.split != "train"]
    identity = {"start": start.card.weights_sha256, "data": manifest_sha256}
    checkpoint = claim_run(runs / config.name, {"config": config.plain(), **identity})
    network = load_network(start)
    watch.stage(f"Reading {len(cases)} scans")
    params, roles = start.card.preprocessing, start.card.roles
    cohort = load_dataset(learned, params, roles=roles)
    seen = load_dataset(watched, params, roles=roles).slices if watched else None
    device = fabric.device.type
    watch.stage(f"Training {start.card.name} further on {len(learned)} scans")
    with logged(watch, checkpoint.parent / LOG_NAME) as observed:
        trained = train(network, cohort.slices, seen, config, fabric, checkpoint, observed).network
    card = _describe(start.card, config, training_set, manifest_sha256)
    draft = write_bundle(trained, card, checkpoint.parent / "draft", overwrite=True)
    watch.stage(f"Measuring both models on {len(held_out)} held-out scans")
    before, after = (evaluate_bundle(b, held_out, device, lambda _: None) for b in (start, draft))
    card = card.model_copy(update=_measured(held_out, before, after))
    return Finetuned(
        bundle=write_bundle(trained, card, target, overwrite=overwrite),
        compared=tuple(map(_compare, held_out, before, after)),
        notes=_notes(start, held_out),
    )


def _target(start: Bundle, models: Path, name: str, overwrite: bool) -> Path:
    """Say where the new bundle goes; the starting one stays, and stays to be found."""
    folder = models / name
    if name == start.card.name or (folder.exists() and folder.samefile(start.path)):
        raise DataError(
            f"The new model would take the place of {start.card.name!r}, which it starts from. "
            "Choose another --name."
        )
    return target_for(models, name, overwrite)


def _describe(
    start: ModelCard, config: RunConfig, training_set: TrainingSet, manifest_sha256: str
) -> ModelCard:
    """Make the card of the run, but for what is measured afterwards."""
    contents = training_set.contents
    parts: dict[bool, list[Entry]] = {True: [], False: []}
    for entry in contents.entries:
        parts[contents.patients[entry.patient] == "train"].append(entry)
    patients = len({entry.patient for entry in parts[True]})
    learned, held_out = (
        [trace for entry in parts[train] for trace in (entry.patient, *sorted(entry.digests))]
        for train in (True, False)
    )
    record = start.patients or PatientRecord(salt=contents.salt)
    origin = {"started_from": start.name, "started_from_sha256": start.weights_sha256}
    return start.model_copy(
        update={
            "name": config.name,
            "title": f"{start.title.removesuffix(SUFFIX)}{SUFFIX}",
            "trained_on": f"{start.trained_on}; then {len(parts[True])} scans of {patients} "
            "patients of a training set of corrected masks",
            "validation": "not measured: the training set holds no patient out",
            "metrics": {},
            "training": {**config.plain(), **origin},
            "data_sha256": manifest_sha256,
            "patients": record.extended(learned, held_out),
            "initialisation": f"model {start.name} (weights SHA-256 {start.weights_sha256})",
            "versions": versions(),
        }
    )


def _measured(
    cases: Sequence[EntryCase], before: Sequence[PatientResult], after: Sequence[PatientResult]
) -> dict[str, Any]:
    """Say on the card what both models reached; nothing where nothing was held out."""
    if not cases:
        return {}
    old, new = (aggregate([result.overlap for result in results]) for results in (before, after))
    metrics = {**new, "dice_mean_before": old["dice_mean"]}
    return {
        "metrics": {key: round(value, 4) for key, value in metrics.items()},
        "validation": (
            f"{len(cases)} scans of {len({case.patient for case in cases})} held-out patients of "
            "the training set that the run started from, on which nothing was chosen; "
            "dice_mean_before is of the model it started from"
        ),
    }


def _compare(case: EntryCase, before: PatientResult, after: PatientResult) -> Compared:
    dice = before.overlap.dice, after.overlap.dice
    return Compared(case.patient, case.entry.source, case.split, *dice)


def _notes(start: Bundle, held_out: Sequence[EntryCase]) -> tuple[str, ...]:
    notes = []
    if start.card.patients is None:
        notes.append(
            f"The card of {start.card.name} does not tell which patients it learned from or was "
            "measured on, so the training set could not be checked against them."
        )
    if not held_out:
        notes.append(
            "No patient of the training set is held out, so whether the new model is better was "
            "not measured. Add scans of a patient to its validation or test part."
        )
    return tuple(notes)
