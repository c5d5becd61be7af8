"""A training set of the plugin, as cases to learn from and to measure on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainseg_train.data.case import Case
from brainseg_train.data.labels import ClassTable, LearnedClass
from brainseg_train.errors import DataError
from napari_brainseg.pipeline.assemble import assemble_channels
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.training_set.check import check_training_set, read_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.models.patients import Split
    from napari_brainseg.scan import Scan
    from napari_brainseg.training_set.contents import Entry, TrainingSet

__all__ = ["EntryCase", "checked_entries", "table_of"]


@dataclass(frozen=True, slots=True)
class EntryCase(Case):
    """One entry of a training set, read as a model expects it.

    Parameters
    ----------
    training_set, entry
        Where it is.
    card : ModelCard
        Names the roles, and the label that is learned.
    """

    training_set: TrainingSet
    entry: Entry
    card: ModelCard

    @property
    def patient(self) -> str:
        """The pseudonym."""
        return self.entry.patient

    @property
    def institution(self) -> str:
        """Not known."""
        return ""

    @property
    def split(self) -> Split:
        """The part that the patient is in."""
        return self.training_set.contents.patients[self.entry.patient]

    @property
    def reading(self) -> object:
        """What decides, beside the files, how they are read."""
        return self.card.roles, self.entry

    def labels(self) -> tuple[Scan, NDArray[np.unsignedinteger]]:
        """Read the images in the order of the roles, and the labels (Z, Y, X) of the mask.

        Raises
        ------
        ScanError
            If a file cannot be read.
        ChannelError
            If a required role is missing.
        """
        scan, labels = read_entry(self.training_set, self.entry)
        by_role = {name: Channel(scan, index) for index, name in enumerate(scan.channels)}
        stacked, _ = assemble_channels(scan, self.card, by_role)
        return stacked, labels


def checked_entries(training_set: TrainingSet, card: ModelCard) -> list[EntryCase]:
    """Check a training set against the model that is to learn from it.

    Raises
    ------
    DataError
        If there is any problem; all are listed.
    """
    entries = training_set.contents.entries
    table = table_of(card)
    cases = [
        EntryCase(
            entry.id,
            training_set.folder / entry.id,
            training_set,
            entry,
            card,
            table=table,
            roles=card.roles,
        )
        for entry in entries
    ]
    problems = check_training_set(training_set, {each.value for each in card.classes})
    problems += [f"{case.entry.title}: {text}" for case in cases for text in _objections(case)]
    if not any(case.split == "train" for case in cases):
        problems.append("no scan is in the train part: there is nothing to learn from")
    if problems:
        raise DataError(
            f"Model {card.name!r} cannot be trained on {training_set.folder.name}:\n"
            + "\n".join(problems)
        )
    return cases


def table_of(card: ModelCard) -> ClassTable:
    """Say which labels of a mask belong to which class of a model.

    Of classes that lie within each other, each holds the labels of those after it.
    """
    values = [each.value for each in card.classes]
    return ClassTable(
        tuple(
            LearnedClass(
                each.name,
                tuple(sorted(values[place:])) if card.overlapping else (each.value,),
                each.value,
            )
            for place, each in enumerate(card.classes)
        )
    )


def _objections(case: EntryCase) -> Iterator[str]:
    entry, card = case.entry, case.card
    given = {image.role for image in entry.images}
    required = [role.name for role in card.roles if role.fallback is None]
    if missing := [name for name in required if name not in given]:
        yield f"has no {', '.join(missing)} but {', '.join(sorted(given))}"
    if card.patients is not None:
        texts = (entry.patient, entry.source, *entry.digests)
        if reason := card.patients.objection(case.split, texts):
            yield f"cannot be in the {case.split} part: {reason}"
