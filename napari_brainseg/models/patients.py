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
"""The part of a cohort that a patient is in: to learn from, to choose on, or only to measure on."""


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

    def knows(self, texts: Iterable[str]) -> tuple[bool, bool]:
        """Whether any of these names or digests was learned from, and whether any is held out."""
        marks = {self.mark(text) for text in texts}
        return bool(marks & set(self.learned)), bool(marks & set(self.held_out))

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
