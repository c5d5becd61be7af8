"""The card of a model that went on from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.evaluate.patient_metrics import aggregate
from brainseg_train.train.card import versions
from napari_brainseg.models.card import RuntimeRecord
from napari_brainseg.models.patients import PatientRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brainseg_train.data.entries import EntryCase
    from brainseg_train.evaluate.measure import PatientResult
    from brainseg_train.train.config import RunConfig
    from napari_brainseg.models.card import ModelCard, StartingWeights
    from napari_brainseg.training_set.contents import Entry, TrainingSet

__all__ = ["describe_finetuned", "with_metrics"]

SUFFIX = " (fine-tuned)"


def describe_finetuned(
    start: ModelCard,
    config: RunConfig,
    weights: StartingWeights,
    training_set: TrainingSet,
    data_sha256: str,
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
            "title": start.title + ("" if "started_from" in start.training else SUFFIX),
            "trained_on": f"{start.trained_on}; then {len(parts[True])} scans of {patients} "
            "patients of a training set of corrected masks",
            "validation": "not measured: the training set holds no patient out",
            "metrics": {},
            "training": {**config.plain(), **origin},
            "data_sha256": data_sha256,
            "patients": record.extended(learned, held_out),
            "cases": None,
            "initialisation": weights.text,
            "start": weights,
            "versions": versions(),
            "runtime": RuntimeRecord(),  # its graphs are of the weights it started from
        }
    )


def with_metrics(
    card: ModelCard,
    cases: Sequence[EntryCase],
    before: Sequence[PatientResult],
    after: Sequence[PatientResult],
) -> ModelCard:
    """Say on the card what both models reached; nothing where nothing was held out."""
    if not cases:
        return card
    old, new = (aggregate([result.overlap for result in results]) for results in (before, after))
    metrics = {**new, "dice_mean_before": old["dice_mean"]}
    measured = {
        "metrics": {key: round(value, 4) for key, value in metrics.items()},
        "validation": (
            f"{len(cases)} scans of {len({case.patient for case in cases})} held-out patients of "
            "the training set that the run started from, on which nothing was chosen; "
            "dice_mean_before is of the model it started from"
        ),
    }
    return card.model_copy(update=measured)
