"""Which images belong to one series: those of one UID, and slices that lost it.

Some programs give every slice a series of its own. Such slices are put together again where study,
frame of reference, number, description, orientation and size are the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_brainseg.io.dicom.apart import places_of
from napari_brainseg.io.dicom.volumes import kinds_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_brainseg.io.dicom.image import Image

__all__ = ["SeriesGroup", "group_series"]

FEWEST = 3
"""Fewer slices of series of their own are taken for what they say they are."""


@dataclass(frozen=True, slots=True)
class SeriesGroup:
    """Images of one series.

    Parameters
    ----------
    uid : str
        SeriesInstanceUID of the first of them.
    images : list of Image
        In the order of the files.
    notes : tuple of str
        What the user should know, one sentence each.
    refusal : str
        Why none of them is opened unasked; empty if they are.
    """

    uid: str
    images: list[Image]
    notes: tuple[str, ...] = ()
    refusal: str = ""


def group_series(images: Sequence[Image], chosen: Path | None = None) -> list[SeriesGroup]:
    """Put the images of each series together.

    Parameters
    ----------
    images : sequence of Image
        Of any series.
    chosen : Path, optional
        A file; only its series is returned.

    Returns
    -------
    list of SeriesGroup
        In the order of their first images.
    """
    by_uid: dict[str, list[Image]] = defaultdict(list)
    for image in images:
        by_uid[image.series].append(image)
    whole = [SeriesGroup(uid, found) for uid, found in by_uid.items() if len(found) > 1]
    single = [found[0] for found in by_uid.values() if len(found) == 1]
    groups = [*whole, *_regrouped(single)]
    if chosen is None:
        return groups
    (mine,) = (each for each in groups if any(image.path == chosen for image in each.images))
    return [_alone(mine, chosen)]


def _regrouped(images: list[Image]) -> list[SeriesGroup]:
    """Group images that are the only ones of their series."""
    alike: dict[tuple[str, ...], list[Image]] = defaultdict(list)
    for image in images:
        key = (image.study, image.number, image.description, image.modality)
        alike[key].append(image)
    return [group for part in alike.values() for kind in kinds_of(part) for group in _joined(kind)]


def _joined(images: list[Image]) -> list[SeriesGroup]:
    """Make one group of slices alike; or one of each, refused where they might be one scan."""
    apart = [SeriesGroup(image.series, [image]) for image in images]
    if len(images) < FEWEST or images[0].plane is None:
        return apart
    if len(places_of(images)) < len(images):  # the same place again and again: no one volume
        return apart
    frames = {image.frame_of_reference for image in images}
    if len(frames) == 1 and "" not in frames:
        note = (
            f"Each of {len(images)} slices states a series of its own; they were put together, "
            "since all else is the same."
        )
        return [SeriesGroup(images[0].series, images, (note,))]
    refusal = (
        f"{images[0].title}: each of {len(images)} slices alike states a series and a frame of "
        "reference of its own, expected one for all; opened alone, a slice would pass for the "
        "whole. Export the series again, or name one (brainseg predict --series)."
    )
    return [SeriesGroup(image.series, [image], refusal=refusal) for image in images]


def _alone(group: SeriesGroup, chosen: Path) -> SeriesGroup:
    """Leave out of a series without places all but the file chosen: no order can be known."""
    mine = [image for image in group.images if image.path == chosen]
    others = len(group.images) - len(mine)
    if not others or any(image.plane is not None for image in group.images):
        return group
    note = f"The {others} other images of its series were left out: where they lie is not stated."
    return SeriesGroup(group.uid, mine, (*group.notes, note), group.refusal)
