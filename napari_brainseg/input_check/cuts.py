"""Where a head is cut off: at the edge of the images, by a mask, or above the last slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.input_check.features import corners_of
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.input_check.features import View

__all__ = ["cuts_of"]

STRAIGHT = {
    marked("at the forehead"): 0.8,
    marked("at the back"): 0.8,
    marked("at its right side"): 0.55,
    marked("at its left side"): 0.55,
}
"""Share of a side that must lie on one straight line; foreheads and backs of heads are flat."""

SLACK = 1
"""Pixels by which the line may be off."""

HIGHEST = 0.75
"""Area of the highest slice, as a share of the largest, from which on the crown is missing."""

DARK = 0.2
"""Air on the scale of the view is darker; of a head that is cut off, it shows in some corner."""

TRACE = 0.02
"""Share of the largest area that is head at all."""


def cuts_of(view: View) -> tuple[str, ...]:
    """Say where a head is cut off.

    That its lower end is missing is no matter: scans begin anywhere from the neck to the brain.

    Parameters
    ----------
    view : View
        Slices from foot to head, forehead up, the patient's right on the left.

    Returns
    -------
    tuple of str
        E.g. ``("at its left side",)``.
    """
    heads = [each for each in view.head[view.upper] if np.count_nonzero(each) >= 20]
    if not heads or not _has_dark_corner(view):
        return ()  # a picture of something else
    middle = np.median([_straight(each) for each in heads], axis=0)
    cut = [side for side, share in zip(STRAIGHT, middle, strict=True) if share > STRAIGHT[side]]
    if len(cut) == len(STRAIGHT):
        return ()  # not a head
    sides = tuple(map(tr, cut))
    return (*sides, tr("below the crown")) if _lacks_crown(view) else sides


def _has_dark_corner(view: View) -> bool:
    return min(float(each.mean()) for each in corners_of(view.values)) <= DARK


def _lacks_crown(view: View) -> bool:
    area = view.head.sum(axis=(1, 2))
    highest = area[np.flatnonzero(area > TRACE * area.max())[-1]]
    return bool(highest > HIGHEST * area.max())


def _straight(head: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Return which share of each side, in the order of :data:`STRAIGHT`, lies on its edge."""
    across, down = head[:, head.any(axis=0)], head[head.any(axis=1)]
    ends = (
        across.argmax(axis=0),
        across[::-1].argmax(axis=0),
        down.argmax(axis=1),
        down[:, ::-1].argmax(axis=1),
    )
    front, back, right, left = (float(np.mean(end <= end.min() + SLACK)) for end in ends)
    return front, back, right, left
