"""A training set of the plugin: ``manifest.json`` says all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.data.description import DataDescription, read_description
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.labels import ClassTable, classes_of
from brainseg_train.data.layouts.found import Found, FoundCase
from brainseg_train.errors import DataError
from napari_brainseg.training_set.contents import MASK_NAME, open_training_set

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_stored"]


def read_stored(root: Path) -> Found:
    """Read a training set: its patients stay in their parts.

    Raises
    ------
    TrainingSetError
        If ``manifest.json`` is not valid.
    DataError
        If it holds nothing.
    """
    training_set = open_training_set(root)
    contents = training_set.contents
    if not contents.entries:
        raise DataError(f"The training set {root.name!r} is empty. Add masks to it in napari.")
    labels: dict[int, str] = {}
    for entry in contents.entries:
        for value, name in entry.labels.items():
            labels.setdefault(value, name)
    table = ClassTable(classes_of([(labels[value], (value,)) for value in sorted(labels)]))
    cases = tuple(
        FoundCase(
            entry.id,
            {
                image.role: ImageFile(training_set.folder / entry.id / image.file)
                for image in entry.images
            },
            (training_set.folder / entry.id / MASK_NAME,),
            entry.patient,
            contents.patients[entry.patient],
        )
        for entry in contents.entries
    )
    described = read_description(training_set.folder).over(DataDescription(name="a training set"))
    return Found("training set", cases, table, described)
