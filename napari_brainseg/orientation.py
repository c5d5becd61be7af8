"""Which way the patient lies in a picture: the letters R, L, A, P, S and I at its edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.scan import DicomSource, SlicesSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["Letters", "edge_letters", "is_oriented", "world_codes"]

OPPOSITE = {"R": "L", "L": "R", "A": "P", "P": "A", "S": "I", "I": "S"}


@dataclass(frozen=True, slots=True)
class Letters:
    """The direction of the patient at each edge of a picture; empty where it is not known."""

    top: str = ""
    bottom: str = ""
    left: str = ""
    right: str = ""


def is_oriented(scan: Scan) -> bool:
    """Whether a scan's source says how the patient lies; pictures and plain layers do not."""
    if isinstance(scan.source, SlicesSource) or not scan.source.files:
        return False
    return scan.units == "mm" or isinstance(scan.source, DicomSource)


def world_codes(codes: str, moves: NDArray[np.float64]) -> dict[int, str]:
    """Return the direction in which each axis of the world grows.

    Parameters
    ----------
    codes : str
        Of the axes of a layer's data, e.g. ``SPL``.
    moves : ndarray of float, shape (3, D)
        Where a step along each of them leads in the world, which a layer may turn and flip.

    Returns
    -------
    dict of int to str
        By axis of the world.

    Examples
    --------
    >>> world_codes("SPL", np.diag([5.0, 1.0, -1.0]))
    {0: 'S', 1: 'P', 2: 'R'}
    """
    found = {}
    for code, move in zip(codes, moves, strict=True):
        axis = int(np.argmax(np.abs(move)))
        found[axis] = code if move[axis] > 0 else OPPOSITE[code]
    return found


def edge_letters(
    codes: dict[int, str], displayed: Sequence[int], orientation: tuple[str, str]
) -> Letters:
    """Return the letters at the edges of a picture: of a canvas, or on a page.

    Parameters
    ----------
    codes : dict of int to str
        From :func:`world_codes`.
    displayed : sequence of int
        The axes of the world that run down the rows and along the columns of the picture.
    orientation : tuple of str
        Where they grow on the screen: ``up`` or ``down``, ``left`` or ``right``.

    Returns
    -------
    Letters
        Empty where not two axes are displayed whose directions are known.
    """
    if len(displayed) != 2 or not set(displayed) <= set(codes):
        return Letters()
    vertical, horizontal = (codes[axis] for axis in displayed)
    bottom = vertical if orientation[0] == "down" else OPPOSITE[vertical]
    right = horizontal if orientation[1] == "right" else OPPOSITE[horizontal]
    return Letters(OPPOSITE[bottom], bottom, OPPOSITE[right], right)
