"""What a network is fed with: the chosen images made ready, and what was noticed on the way.

Whoever looks at a scan before it is segmented, as the panel does while the user still chooses, has
the run find it ready: intensities, head and doubts are measured once for the same images and model.
"""

from __future__ import annotations

import weakref
import zlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.frames import acquisition_plane, plane_to_run
from napari_brainseg.input_check import check
from napari_brainseg.language import tr
from napari_brainseg.pipeline.assemble import assemble_channels
from napari_brainseg.pipeline.channels import Channel, guess_channels
from napari_brainseg.pipeline.head import find_head
from napari_brainseg.pipeline.prepare import prepare_scan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.frames import Plane
    from napari_brainseg.intensity.interface import IntensityMap
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.head import Head
    from napari_brainseg.pipeline.prepare import PreparedSlices
    from napari_brainseg.scan import Scan

__all__ = ["Feed", "feed_of"]

KEPT = 4
"""Scans whose measurements are remembered: some kilobytes each, none of their voxels."""

SAMPLED = (3, 11, 13)
"""Steps between the slices, rows and columns that tell whether an image was changed in place."""


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """The images of a run, ready for the network.

    Parameters
    ----------
    prepared : PreparedSlices
        Slices as the network expects them.
    head : Head
        Where in them the head is.
    plane : {"axial", "coronal", "sagittal"}
        Their plane.
    doubts : tuple of str
        What is told before the run: of the plane, and what the input check found.
    notes : tuple of str
        All that the user should know before trusting a mask, the doubts included.
    """

    prepared: PreparedSlices
    head: Head
    plane: Plane
    doubts: tuple[str, ...]
    notes: tuple[str, ...]


def feed_of(
    scan: Scan,
    card: ModelCard,
    channels: Mapping[str, Channel | None] | None = None,
    plane: Plane | None = None,
) -> Feed:
    """Make a scan ready for a model; what was measured for the same images before is used again.

    Parameters
    ----------
    channels : mapping of str to Channel or None, optional
        Which channel feeds which input role; guessed from the scan's own names if not given.
    plane : {"axial", "coronal", "sagittal"}, optional
        The slices to feed; if not given those that the model knows, or, of few or very thick
        slices, those that were acquired.

    Raises
    ------
    ChannelError
        If the channels cannot feed the model.
    """
    notes = list(scan.source.untold)
    if channels is None:
        guess = guess_channels(card, scan, ())
        channels, notes = guess.by_role, [*notes, *guess.notes]
    stacked, said = assemble_channels(scan, card, channels)
    notes += said
    plane = plane or plane_to_run(scan.affine, scan.grid, card.plane)
    images = (scan.data, *(each.scan.data for each in channels.values() if each is not None))
    roles = tuple((role, each.index if each else None) for role, each in channels.items())
    key = (card, plane, roles, scan.units, scan.affine.tobytes(), *map(id, images))
    prepared, found = _measured(stacked, card, plane, key, images)
    said_of_plane = _said_of_plane(acquisition_plane(scan.affine), plane, card.plane)
    doubts = (*said_of_plane, *found.doubts)
    return Feed(prepared, found.head, plane, doubts, (*notes, *doubts))


def _said_of_plane(acquired: Plane, plane: Plane, usual: Plane) -> list[str]:
    if plane != usual:
        return [
            tr(
                "The model was trained on {usual} slices and is given {plane} ones.",
                usual=tr(usual),
                plane=tr(plane),
            )
        ]
    if plane != acquired:
        return [
            tr(
                "The scan was acquired in {plane} slices; the model is given {usual} ones, which "
                "are coarse.",
                plane=tr(acquired),
                usual=tr(usual),
            )
        ]
    return []


def _measured(
    stacked: Scan,
    card: ModelCard,
    plane: Plane,
    key: tuple[object, ...],
    images: Sequence[NDArray[Any]],
) -> tuple[PreparedSlices, _Measured]:
    """Prepare a scan by what was measured of its images before, or measure them now."""
    found = _recall(key, images)
    if found is not None:
        return prepare_scan(stacked, card.preprocessing, plane, found.maps), found
    prepared = prepare_scan(stacked, card.preprocessing, plane)
    found = _Measured.of(prepared, check.check_input(stacked, card), images)
    KNOWN.appendleft((key, found))
    return prepared, found


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """What was measured of some images, and by what they are known again."""

    images: tuple[weakref.ref[NDArray[Any]], ...]
    sample: int
    maps: tuple[IntensityMap, ...]
    head: Head
    doubts: tuple[str, ...]

    @classmethod
    def of(
        cls, prepared: PreparedSlices, doubts: tuple[str, ...], images: Sequence[NDArray[Any]]
    ) -> _Measured:
        known = tuple(weakref.ref(each) for each in images)
        return cls(known, _sample(images), prepared.maps, find_head(prepared), doubts)


KNOWN: deque[tuple[tuple[object, ...], _Measured]] = deque(maxlen=KEPT)
"""What was measured last; it holds none of the images."""


def _recall(key: tuple[object, ...], images: Sequence[NDArray[Any]]) -> _Measured | None:
    """Find a measurement, unless an image is gone, and its number another's by now, or changed."""
    found = next((measured for other, measured in tuple(KNOWN) if other == key), None)
    if found is None or any(image() is None for image in found.images):
        return None
    return found if found.sample == _sample(images) else None


def _sample(images: Sequence[NDArray[Any]]) -> int:
    """Hash some voxels (C, Z, Y, X) of each image."""
    digest = 0
    down, across, along = SAMPLED
    for image in images:
        some = image[:, ::down, ::across, ::along]
        digest = zlib.crc32(np.ascontiguousarray(some).tobytes(), digest)
    return digest
