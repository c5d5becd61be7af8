"""What a network expects of its input, as its card states it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

__all__ = ["MAX_NEIGHBOURS", "MAX_SIDE", "Preprocessing", "Scaling"]

Scaling = Literal["foreground", "brain"]
"""By what intensities are scaled."""

MAX_NEIGHBOURS = 8
"""Most slices on either side that are shown along with each."""

MAX_SIDE = 4096
"""No slice is padded to more pixels a side: a card must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What a network expects of its input; part of the model card.

    Parameters
    ----------
    mean, std : tuple of float
        Per input channel, on intensities scaled to [0, 1].
    foreground_percentile : float
        This percentile of the foreground (voxels above the volume's mean) becomes 1, if it is what
        intensities are scaled by.
    pixel_mm : float
        In-plane pixel size of the training images, in mm.
    tolerance : float
        Scans within this relative distance of ``pixel_mm`` are not resampled: training saw
        scaled images, and each interpolation blurs.
    size : int
        Slices are padded to at least this height and width, in pixels.
    stride : int
        Height and width are padded to a multiple of this.
    neighbours : int
        Slices on either side that are shown along with each slice, as further channels (2.5-D):
        all channels of the lowest first. At the ends of the scan the last slice is repeated.
    tile : int
        Slices that are larger are shown to the network in overlapping tiles of this height and
        width, as it was trained; 0 shows every slice whole.
    scaling : {"foreground", "brain"}
        By what intensities are scaled: the percentile of the foreground, which the scalp decides,
        as in cards that say nothing of it; or the brain's level and contrast, which are the same
        with and without a scalp, and in any unit (:mod:`napari_brainseg.intensity`).
    windows : tuple of (float, float) or None
        Per input channel the intensities that become 0 and 1, where they are fixed, as for CT in
        Hounsfield units; None is scaled as said above. Empty if all are.
    bare_contrast : float
        By how much the intensities of a brain without its skull are drawn apart about its level,
        beyond what ``scaling`` makes of them; 1 leaves them. Only where all are scaled by the
        brain.
    """

    mean: tuple[Annotated[float, Field(ge=-1e3, le=1e3)], ...]
    std: tuple[Annotated[float, Field(ge=1e-3, le=1e3)], ...]
    foreground_percentile: Annotated[float, Field(gt=0.0, le=100.0)] = 99.5
    pixel_mm: Annotated[float, Field(ge=0.05, le=20.0)] = 0.9
    tolerance: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    size: Annotated[int, Field(ge=1, le=MAX_SIDE)] = 256
    stride: Annotated[int, Field(ge=1, le=512)] = 32
    neighbours: Annotated[int, Field(ge=0, le=MAX_NEIGHBOURS)] = 0
    tile: Annotated[int, Field(ge=0, le=MAX_SIDE)] = 0
    scaling: Scaling = "foreground"
    windows: tuple[tuple[float, float] | None, ...] = ()
    bare_contrast: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0

    @property
    def in_channels(self) -> int:
        """Channels that the network sees."""
        return len(self.mean) * (2 * self.neighbours + 1)
