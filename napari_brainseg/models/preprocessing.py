"""What a network expects of its input, as its card states it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Preprocessing"]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What a network expects of its input; part of the model card.

    Parameters
    ----------
    mean, std : tuple of float
        Per input channel, on intensities scaled to [0, 1].
    foreground_percentile : float
        This percentile of the foreground (voxels above the volume's mean) becomes 1.
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
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    foreground_percentile: float = 99.5
    pixel_mm: float = 0.9
    tolerance: float = 0.1
    size: int = 256
    stride: int = 32
    neighbours: int = 0
    tile: int = 0

    @property
    def in_channels(self) -> int:
        """Channels that the network sees."""
        return len(self.mean) * (2 * self.neighbours + 1)
