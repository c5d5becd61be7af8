"""A training set: corrected masks and their scans, kept for a model to learn from.

A folder with ``manifest.json`` and one folder per entry, which holds the images (one NIfTI file per
input role) and the mask on their grid. Everything that training needs is copied in, so an entry
stays valid when its source moves. Only what ``manifest.json`` lists belongs to the set, and that
file is replaced in one step.

A patient is in one part of the set for good: to learn from, to choose on, or to measure on. Parts
are kept per patient, not per entry, so the file cannot say otherwise.
"""

from __future__ import annotations

from napari_brainseg.training_set.add import add_to_training_set
from napari_brainseg.training_set.check import check_training_set, read_entry
from napari_brainseg.training_set.contents import (
    MANIFEST_NAME,
    Contents,
    Entry,
    StoredImage,
    TrainingSet,
    open_training_set,
)

__all__ = [
    "MANIFEST_NAME",
    "Contents",
    "Entry",
    "StoredImage",
    "TrainingSet",
    "add_to_training_set",
    "check_training_set",
    "open_training_set",
    "read_entry",
]
