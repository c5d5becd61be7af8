"""Which patients a model knows, without naming them.

A model must never be measured on a patient it learned from, nor go on learning from one it is
measured on. So its card keeps a *mark* of each: a salted hash. That hides names from a reader of
the card, not from someone who has a list of names to try.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["PatientRecord", "Split", "voxels_sha256"]

Split = Literal["train", "validation", "test"]
"""The part of a dataset that a patient is in: to learn from, to choose on, or to measure on."""


class PatientRecord(BaseModel):
    """Marks of the patients and images that a model learned from, and of those held out.

    Parameters
    ----------
    salt : str
        Goes into every mark.
    learned, held_out : tuple of str
        Marks of names (patients, their scans) and of voxels (:func:`voxels_sha256`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    salt: str
    learned: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()

    def mark(self, text: str) -> str:
        """Hash a name, or the digest of an image."""
        return hashlib.sha256(f"{self.salt}:{text.casefold()}".encode()).hexdigest()[:16]

    def part_of(self, texts: Iterable[str]) -> Split | None:
        """Tell where a patient of these names and images is: held out counts more than learned."""
        marks = {self.mark(text) for text in texts}
        if marks & set(self.held_out):
            return "test"
        return "train" if marks & set(self.learned) else None

    def objection(self, split: Split, texts: Iterable[str]) -> str:
        """Say why a patient must not go to a part now; empty if they may."""
        part = self.part_of(texts)
        if part == "test" and split == "train":
            return "the model is measured on this patient and must never learn from them"
        if part == "train" and split != "train":
            return "the model has learned from this patient and must not be measured on them"
        return ""

    def extended(self, learned: Iterable[str], held_out: Iterable[str]) -> PatientRecord:
        """Add names and digests, each once."""
        more = [
            tuple(dict.fromkeys((*have, *map(self.mark, new))))
            for have, new in ((self.learned, learned), (self.held_out, held_out))
        ]
        return PatientRecord(salt=self.salt, learned=more[0], held_out=more[1])


def voxels_sha256(image: NDArray[np.generic]) -> str:
    """SHA-256 of the intensities (Z, Y, X) of one image, whatever type they are stored in."""
    digest = hashlib.sha256(str(image.shape).encode())
    digest.update(np.ascontiguousarray(image, dtype="<f4").data)
    return digest.hexdigest()
