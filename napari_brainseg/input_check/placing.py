"""What preprocessing takes for granted of an image: where its brain lies, and amid what.

Scaling by the brightest tissue (``foreground``) takes everything below 0 for background, and needs
the fat of a scalp to put the brain where the network knows it. Scaling by the brain (``brain``)
needs neither, nor any unit; it needs a background that is darker than the head, or one exact value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.input_check.features import corners_of
from napari_brainseg.intensity.bare import is_bare, is_one_value
from napari_brainseg.intensity.brain import brain_intensity
from napari_brainseg.intensity.foreground import foreground_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.input_check.features import View
    from napari_brainseg.intensity.brain import BrainMap

__all__ = ["USUAL_REACH", "Placing", "air_of", "brought_up", "placing_of"]

USUAL_REACH = 5.5
"""Widths of the brain's contrast from air to its level, in the median of 81 FLAIR volumes."""

EVEN = 0.15
"""Spread of a background, as a share of the range of all values, up to which it is one."""

RAISED = 0.25
"""Air that lies further from 0 than this share of its way to the brain is not 0."""

LESION = 2.8
"""Widths by which lesions outshine the brain's level, in the median of the same volumes."""

CLIPPED = 0.05
"""Share of the head at the one highest value from which its brightest tissue was cut off."""

APART = 0.05
"""Share of the range of all values by which a voxel must differ from the background to count."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Where the brain of an image lies.

    Parameters
    ----------
    level : float
        Of the brain on the scale of ``foreground``: 0 is black, 1 the brightest tissue.
    air : float
        Of the background on that scale.
    darker : float
        Share of what differs from the background that is darker than it: about 0 in usual images,
        1 in inverted ones, in between in z-scores; None where the background is not even.
    is_exact : bool
        Whether the background is one exact value.
    is_bare : bool
        Whether the head was cut out of an exact background, and no bright scalp is around it with
        a dark skull below.
    clipped : float
        Share of the head at the one highest value, where that value is no brighter than lesions
        usually are; 0 where the range reaches beyond them.
    """

    level: float
    air: float
    darker: float | None
    is_exact: bool
    is_bare: bool
    clipped: float

    @property
    def is_clipped(self) -> bool:
        """Whether lesions and bright tissue share one value, as through too narrow a window."""
        return self.clipped > CLIPPED

    @property
    def is_inverted(self) -> bool:
        """Whether the head is darker than what surrounds it."""
        return self.darker is not None and self.darker > 0.9

    @property
    def is_signed(self) -> bool:
        """Whether the background lies amid the values of the head."""
        return self.darker is not None and 0.1 < self.darker <= 0.9

    @property
    def is_raised(self) -> bool:
        """Whether the background is darker than the head, and yet not 0."""
        is_darkest = self.darker is not None and self.darker <= 0.1
        return is_darkest and abs(self.air) > RAISED * (self.level - self.air)


def placing_of(values: NDArray[np.float64], view: View, percentile: float) -> Placing:
    """See where the brain of an image lies.

    Parameters
    ----------
    values : ndarray of float64, shape (n, h, w)
        A coarse volume.
    view : View
        The same scaled, with the head in it.
    percentile : float
        Of the foreground, as in the model's preprocessing.
    """
    found, darker = brain_intensity(values), _darker(values)
    is_cut_out = found.background is not None and darker is not None and darker > 0.1
    head = values != found.background if is_cut_out else view.head
    around = values == (np.nan if found.background is None else found.background)
    is_exact = is_one_value(around[~head])
    bare = is_bare(values, head, around, found, view.pixel)
    scale = foreground_scale(values, percentile)
    clipped = _clipped(values[head], found)
    return Placing(found.level / scale, air_of(values) / scale, darker, is_exact, bare, clipped)


def _clipped(inside: NDArray[np.float64], found: BrainMap) -> float:
    """Return the share of a head at its highest value, if no lesion would stand out above it."""
    highest = inside.max(initial=-np.inf)
    if found.width == 0 or highest >= found.level + LESION * found.width:
        return 0.0
    return float(np.mean(inside == highest))


def air_of(values: NDArray[np.float64]) -> float:
    """Return the level of the background: the mean of the darkest corner (n, h, w).

    A head that is cut off may fill some corners.
    """
    return min(float(each.mean()) for each in corners_of(values))


def brought_up(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move intensities so that air is 0, by what is usual for a brain of this contrast.

    A model that scales by the brain sees no difference: neither gain nor offset reach it.

    Parameters
    ----------
    values : ndarray of float64, shape (n, h, w)
        In any unit, z-scores too.

    Returns
    -------
    ndarray of float64, shape (n, h, w)
        Above 0; the exact value around a cut-out head becomes 0.
    """
    found: BrainMap = brain_intensity(values)
    moved = np.clip(values - (found.level - USUAL_REACH * found.width), 0, None)
    if found.background is not None:
        moved[values == found.background] = 0
    return moved


def _darker(values: NDArray[np.float64]) -> float | None:
    """Return which share of what differs from the corners is darker; None where they are uneven."""
    low, high = np.percentile(values, (1, 99))
    darkest = min(corners_of(values), key=np.mean)
    if np.subtract(*np.percentile(darkest, (95, 5))) > EVEN * (high - low):
        return None
    apart = values - darkest.mean()
    enough = APART * (high - low)
    darker, brighter = np.sum(apart < -enough), np.sum(apart > enough)
    return float(darker / max(darker + brighter, 1))
