"""One fine-tuning: check, measure, train, measure again, export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.entries import checked_entries, table_of
from brainseg_train.errors import DataError
from brainseg_train.evaluate.bundle import evaluate_bundle
from brainseg_train.finetune.card import describe_finetuned, with_metrics
from brainseg_train.train.export import target_for
from brainseg_train.train.identity import RunIdentity
from brainseg_train.train.init import Start
from brainseg_train.train.run import open_run
from napari_brainseg.models.bundle import file_sha256, load_network
from napari_brainseg.models.card import StartingWeights
from napari_brainseg.training_set.contents import MANIFEST_NAME, open_training_set

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brainseg_train.data.entries import EntryCase
    from brainseg_train.evaluate.measure import PatientResult
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.bundle import Bundle

__all__ = ["Compared", "Finetuned", "finetune"]


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
    """The exported bundle, every held-out scan before and after, and notes for the user."""

    bundle: Bundle
    compared: tuple[Compared, ...]
    notes: tuple[str, ...]


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
        The training set's folder, or its ``manifest.json``.
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
        If there is no valid ``manifest.json``.
    DataError
        If the training set has problems (all are listed), a patient in it must not be where they
        are, the model exists, or the checkpoint belongs to another run.
    ModelError
        If the starting bundle is damaged.
    """
    target = _target(start, models, config.name, overwrite)
    run = open_run(config, runs / config.name, accelerator, watch)
    network = load_network(start)
    channels = start.card.preprocessing.in_channels
    run.check(channels, len(start.card.classes), network, models)

    watch.stage("Checking the training set")
    training_set = open_training_set(root)
    data_sha256 = file_sha256(training_set.folder / MANIFEST_NAME)
    cases = checked_entries(training_set, start.card)
    learned, watched = ([c for c in cases if c.split == s] for s in ("train", "validation"))
    held_out = [case for case in cases if case.split != "train"]
    sha256 = start.card.weights_sha256
    run.claim(RunIdentity(config=config.plain(), start=sha256, data=data_sha256))

    watch.stage(f"Reading {len(cases)} scans")
    params, roles = start.card.preprocessing, start.card.roles
    table = table_of(start.card)
    dataset = load_dataset(learned, params, roles=roles, table=table)
    seen = load_dataset(watched, params, roles=roles, table=table).slices if watched else None

    watch.stage(f"Training {start.card.name} further on {len(learned)} scans")
    weights = StartingWeights(kind="model", source=start.card.name, sha256=sha256)
    trained = run.train(dataset.slices, seen, Start(network, weights))
    card = describe_finetuned(start.card, config, weights, training_set, data_sha256)
    bundle = run.export(trained, card)

    watch.stage(f"Measuring both models on {len(held_out)} held-out scans")
    device = run.fabric.device.type
    before, after = (evaluate_bundle(b, held_out, device, lambda _: None) for b in (start, bundle))
    card = with_metrics(bundle.card, held_out, before, after)
    return Finetuned(
        bundle=run.publish(bundle, card, target, overwrite=overwrite),
        compared=tuple(map(_compare, held_out, before, after)),
        notes=_notes(start, held_out),
    )


def _target(start: Bundle, models: Path, name: str, overwrite: bool) -> Path:
    """Return where the new bundle goes; the starting one is never replaced or hidden."""
    folder = models / name
    if name == start.card.name or (folder.exists() and folder.samefile(start.path)):
        raise DataError(
            f"The new model would take the place of {start.card.name!r}, which it starts from. "
            "Choose another --name."
        )
    return target_for(models, name, overwrite)


def _compare(case: EntryCase, before: PatientResult, after: PatientResult) -> Compared:
    dice = before.overlap.dice, after.overlap.dice
    return Compared(case.patient, case.entry.source, case.split, *dice)


def _notes(start: Bundle, held_out: Sequence[EntryCase]) -> tuple[str, ...]:
    notes = []
    if start.card.patients is None:
        notes.append(
            f"The card of {start.card.name} does not record which patients it learned from or was "
            "measured on, so the training set could not be checked against them."
        )
    if not held_out:
        notes.append(
            "No patient of the training set is held out, so whether the new model is better was "
            "not measured. Add scans of a patient to its validation or test part."
        )
    return tuple(notes)
