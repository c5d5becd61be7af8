"""Names of saved masks, and what must be said of some."""

from __future__ import annotations

from pathlib import Path

from napari_brainseg.io import MASK_SUFFIXES
from napari_brainseg.language import marked

__all__ = ["IDENTITY", "UNPLACED", "with_suffix"]

IDENTITY = marked("DICOM SEG carries the patient's name, ID and dates, as the standard wants.")
UNPLACED = marked("It belongs to no open scan, so the file says that nobody knows where it lies.")


def with_suffix(path: str | Path, default: str = ".nii.gz") -> Path:
    """Add a suffix to a name that has none of those a mask can be saved with."""
    path = Path(path)
    if path.name.lower().endswith(MASK_SUFFIXES):
        return path
    return path.with_name(path.name + default)
