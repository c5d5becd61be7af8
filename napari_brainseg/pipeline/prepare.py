"""From a scan to network input, and from network output back to the scan's grid.

The one preprocessing of the project: training and inference both call :func:`prepare_scan`, so a
network meets the very bits it was trained on. Each step keeps what its inverse needs:

1. turn the grid so that slices lie as in the training images (:mod:`napari_brainseg.frames`);
2. scale each channel, by the brain's own level and contrast or, for networks trained before, by a
   high percentile of its foreground (:mod:`napari_brainseg.intensity`); either is taken over the
   whole volume, so that one slice looks the same alone and within its scan; a brain without its
   skull is shown with the contrast that the card says;
3. resample in plane to the pixel size of the training images, where that matters;
4. pad to a size the network accepts;
5. standardise as the encoder expects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.frames import Frame, Plane, frame_for
from napari_brainseg.intensity.brain import brain_intensity
from napari_brainseg.intensity.foreground import foreground_intensity
from napari_brainseg.intensity.window import WindowMap
from napari_brainseg.language import tr
from napari_brainseg.models.preprocessing import MAX_SIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_brainseg.intensity.interface import IntensityMap
    from napari_brainseg.models.preprocessing import Preprocessing
    from napari_brainseg.scan import Scan

__all__ = ["PreparedSlices", "SliceGeometry", "prepare_scan"]


@dataclass(frozen=True, slots=True)
class SliceGeometry:
    """How slices of a scan became network slices, and the way back.

    Parameters
    ----------
    frame : Frame
        The turn from the source grid.
    shape : tuple of int
        (N, h, w): slices and their height and width in pixels, in the frame.
    resampled : tuple of int
        Height and width after in-plane resampling.
    padded : tuple of int
        Height and width (H, W) that the network sees.
    spacing : float or None
        Millimetres from slice to slice; None where the source stores none.
    """

    frame: Frame
    shape: tuple[int, int, int]
    resampled: tuple[int, int]
    padded: tuple[int, int]
    spacing: float | None = None

    def forward(self, slices: NDArray[np.float32]) -> NDArray[np.float32]:
        """Resample and pad slices (..., h, w) to (..., H, W)."""
        return _pad(_resize(slices, self.resampled), self.padded)

    def inverse(self, slices: NDArray[np.float32]) -> NDArray[np.float32]:
        """Crop and resample slices (..., H, W) back to (..., h, w)."""
        top, left = _margins(self.resampled, self.padded)
        height, width = self.resampled
        return _resize(slices[..., top : top + height, left : left + width], self.shape[1:])


@dataclass(frozen=True, slots=True, eq=False)
class PreparedSlices:
    """All slices of one scan, ready for a network; arrays are made batch by batch.

    Parameters
    ----------
    volume : ndarray, shape (C, N, h, w)
        The scan turned into the slice frame (a view of its data).
    maps : tuple of IntensityMap
        Bring each channel's intensities to the scale of 0 to 1.
    params : Preprocessing
        What the network expects.
    geometry : SliceGeometry
        The way back.
    """

    volume: NDArray[Any]
    maps: tuple[IntensityMap, ...]
    params: Preprocessing
    geometry: SliceGeometry

    def __len__(self) -> int:
        return int(self.volume.shape[1])

    @property
    def images(self) -> int:
        """How many images there are to look at: 1 where one feeds every role."""
        return _distinct_images(self.volume)

    def batch(self, indices: Sequence[int]) -> NDArray[np.float32]:
        """Return the network input for some slices.

        Parameters
        ----------
        indices : sequence of int
            Positions along the slice axis of the frame.

        Returns
        -------
        ndarray of float32, shape (len(indices), params.in_channels, H, W)
            Standardised intensities.
        """
        reach = np.arange(-self.params.neighbours, self.params.neighbours + 1)
        around = np.clip(np.asarray(indices, dtype=int)[:, None] + reach, 0, len(self) - 1)
        wanted, place = np.unique(around, return_inverse=True)
        standardised = self._standardise(wanted)[:, place.reshape(around.shape)]
        shown = standardised.transpose(1, 2, 0, 3, 4)
        return np.ascontiguousarray(shown.reshape(len(indices), -1, *shown.shape[-2:]))

    def _standardise(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Slices (C, len(indices), H, W) as the encoder expects them."""
        # Where one image feeds every role, scaled alike, it is made ready once.
        alike = len(set(map(id, self.maps))) == 1
        count = self.images if alike else len(self.maps)
        channels = zip(self.maps[:count], self.volume[:count, indices], strict=True)
        padded = self.geometry.forward(np.stack([scaled(each) for scaled, each in channels]))
        shape = (-1, 1, 1, 1)
        mean = np.asarray(self.params.mean, dtype=np.float32).reshape(shape)
        std = np.asarray(self.params.std, dtype=np.float32).reshape(shape)
        standardised: NDArray[np.float32] = (padded - mean) / std
        return standardised


def _distinct_images(volume: NDArray[Any]) -> int:
    """Return how many images a volume (C, ...) holds: 1 where one, not copied, feeds every role."""
    return 1 if volume.strides[0] == 0 else len(volume)


def prepare_scan(
    scan: Scan,
    params: Preprocessing,
    plane: Plane = "axial",
    maps: tuple[IntensityMap, ...] | None = None,
) -> PreparedSlices:
    """Make a scan ready for a network.

    Parameters
    ----------
    scan : Scan
        Its channels in the order of the network's input roles.
    params : Preprocessing
        From the model card.
    plane : {"axial", "coronal", "sagittal"}
        The plane of the slices that the network is given.
    maps : tuple of IntensityMap, optional
        Those of each channel, where they were measured before.

    Returns
    -------
    PreparedSlices

    Raises
    ------
    ValueError
        If the scan does not have one channel per entry of ``params.mean``: a defect of the
        caller, who maps channels to roles beforehand.
    ScanError
        If its pixels are so large that a slice at the network's would fill the memory.

    Examples
    --------
    >>> prepared = prepare_scan(scan, card.preprocessing)
    >>> len(prepared), prepared.batch([10, 11]).shape  # (n, C, H, W)
    (22, (2, 3, 256, 256))
    """
    if scan.data.shape[0] != len(params.mean):
        raise ValueError(f"{scan.data.shape[0]} channels given, {len(params.mean)} expected")
    frame = frame_for(scan.affine, plane)
    volume = frame.apply(scan.data)
    _, count, height, width = volume.shape
    between, *within = frame.reorder(scan.spacing)
    resampled = _resampled_shape((height, width), (within[0], within[1]), scan, params)
    geometry = SliceGeometry(
        frame,
        (count, height, width),
        resampled,
        _padded_shape(resampled, params),
        between if scan.units == "mm" else None,
    )
    return PreparedSlices(volume, maps or _intensity_maps(scan, params), params, geometry)


def _intensity_maps(scan: Scan, params: Preprocessing) -> tuple[IntensityMap, ...]:
    """Measure each channel; the brain on axial slices, whichever the network is given."""
    images = scan.data[: _distinct_images(scan.data)]
    maps: tuple[IntensityMap, ...]
    if params.scaling == "brain":
        turned = frame_for(scan.affine).apply(images)
        maps = tuple(brain_intensity(each, params.bare_contrast) for each in turned)
    else:
        maps = tuple(foreground_intensity(each, params.foreground_percentile) for each in images)
    maps = maps * (len(scan.data) // len(images))
    fixed = params.windows or (None,) * len(maps)
    return tuple(
        each if window is None else WindowMap(*window)
        for each, window in zip(maps, fixed, strict=True)
    )


def _resampled_shape(
    shape: tuple[int, int], spacing: tuple[float, float], scan: Scan, params: Preprocessing
) -> tuple[int, int]:
    if scan.units == "mm":
        zoom = (spacing[0] / params.pixel_mm, spacing[1] / params.pixel_mm)
    else:
        # Without a pixel size the best guess is that the picture shows a whole head, as the
        # training images do.
        zoom = (params.size / max(shape),) * 2
    if all(abs(factor - 1.0) <= params.tolerance for factor in zoom):
        return shape
    resampled = max(1, round(shape[0] * zoom[0])), max(1, round(shape[1] * zoom[1]))
    if max(resampled) > max(MAX_SIDE, *shape):
        raise ScanError(
            tr(
                "{name}: its pixels of {pixel:g} mm make slices of {side:,} pixels of "
                "{wanted:g} mm, expected at most {most:,}. Check the unit of its voxel size.",
                name=scan.source.name,
                pixel=max(spacing),
                side=max(resampled),
                wanted=params.pixel_mm,
                most=MAX_SIDE,
            )
        )
    return resampled


def _padded_shape(shape: tuple[int, int], params: Preprocessing) -> tuple[int, int]:
    height, width = (
        max(params.size, -(-length // params.stride) * params.stride) for length in shape
    )
    return height, width


def _margins(inner: tuple[int, int], outer: tuple[int, int]) -> tuple[int, int]:
    return (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2


def _pad(slices: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    inner = slices.shape[-2], slices.shape[-1]
    if inner == shape:
        return slices
    padding = [(0, 0)] * (slices.ndim - 2)
    for low, have, want in zip(_margins(inner, shape), inner, shape, strict=True):
        padding.append((low, want - have - low))
    return np.pad(slices, padding)


def _resize(slices: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    if slices.shape[-2:] == shape:
        return slices
    from skimage.transform import resize

    flat = slices.reshape(-1, *slices.shape[-2:])
    shrinks = shape[0] < flat.shape[1] or shape[1] < flat.shape[2]
    resized = [resize(plane, shape, order=1, anti_aliasing=shrinks) for plane in flat]
    return np.asarray(resized, dtype=np.float32).reshape(*slices.shape[:-2], *shape)
