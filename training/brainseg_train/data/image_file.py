"""Where one image of a case lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ImageFile"]


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One image of a case.

    Parameters
    ----------
    path : Path
        A file, or the folder of a series.
    volume : int, optional
        Which volume of a file of several, from 0.
    """

    path: Path
    volume: int | None = None
