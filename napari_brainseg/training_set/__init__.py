"""A training set: corrected masks and their scans, kept for a model to learn from.

A folder with ``manifest.json`` and one folder an entry, which holds the images (one NIfTI file per
input role) and the mask on their grid. Everything that training needs is copied in, so an entry
stays valid when its source moves. What the manifest does not list is no part of the set: an entry
counts from the moment that the manifest, replaced in one step, names it.

A patient is in one part of the set for good (to learn from, to choose on, or to measure on): the
manifest keeps parts per patient, not per entry, so there is no way to say otherwise.
"""

from __future__ import annotations

from napari_brainseg.training_set.add import add_to_training_set
from napari_brainseg.training_set.check import check_training_set, read_entry
from napari_brainseg.training_set.record import (
    MANIFEST_NAME,
    Entry,
    Manifest,
    StoredImage,
    TrainingSet,
    open_training_set,
)

__all__ = [
    "MANIFEST_NAME",
    "Entry",
    "Manifest",
    "StoredImage",
    "TrainingSet",
    "add_to_training_set",
    "check_training_set",
    "open_training_set",
    "read_entry",
]
