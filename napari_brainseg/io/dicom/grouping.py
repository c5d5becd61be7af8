"""Which images belong to one series: those of one UID, and slices that lost it.

Some programs give every slice, or every part of a stack, a series of its own. Such slices are put
together again where study, frame of reference, number, description, orientation and size are the
same, and parts only where they make one even stack. Others empty the UID, or give all series the
same: these are told apart by number and description.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from napari_brainseg.io.dicom.apart import WEIGHTING, places_of, plane_of
from napari_brainseg.io.dicom.geometry import runs
from napari_brainseg.io.dicom.kinds import kinds_of
from napari_brainseg.language import tr
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_brainseg.io.dicom.image import Image

__all__ = ["SeriesGroup", "group_series", "lacking_file"]

FEWEST = 3
"""Fewer slices of series of their own are taken for what they say they are."""


@dataclass(frozen=True, slots=True)
class SeriesGroup:
    """Images of one series.

    Parameters
    ----------
    uid : str
        SeriesInstanceUID of the first of them; other series may have the same.
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
    apart, joined = _parts_joined(_by_series(images))
    whole = [SeriesGroup(found[0].series, found) for found in apart if len(found) > 1]
    single = [found[0] for found in apart if len(found) == 1]
    groups = _doubted([*joined, *whole, *_regrouped(single)])
    if chosen is None:
        return groups
    (mine,) = (each for each in groups if any(image.path == chosen for image in each.images))
    return [_alone(mine, chosen)]


def _by_series(images: Sequence[Image]) -> list[list[Image]]:
    """Split images by UID; and those of one UID by the numbers and descriptions of series."""
    by_uid: dict[str, list[Image]] = defaultdict(list)
    for image in images:
        by_uid[image.series].append(image)
    return [part for found in by_uid.values() for part in _by_name(found)]


def _by_name(images: list[Image]) -> list[list[Image]]:
    named: dict[tuple[str, str], list[Image]] = defaultdict(list)
    for image in images:
        named[image.number, image.description].append(image)
    parts = list(named.values())
    return parts if all(len(part) >= FEWEST for part in parts) else [images]


def _doubted(groups: list[SeriesGroup]) -> list[SeriesGroup]:
    """Refuse groups of one UID that have several names and may be parts of one stack."""
    by_uid: dict[str, list[SeriesGroup]] = defaultdict(list)
    for group in groups:
        by_uid[group.uid].append(group)
    refusals = {uid: _doubt(found) for uid, found in by_uid.items() if uid and len(found) > 1}
    return [replace(each, refusal=each.refusal or refusals.get(each.uid, "")) for each in groups]


def _doubt(groups: list[SeriesGroup]) -> str:
    """Say that groups may be parts of one stack, or series of their own; empty if they cannot."""
    images = [image for group in groups for image in group.images]
    if not _lie_apart(images):
        return ""
    firsts = [group.images[0] for group in groups[:2]]
    said = [each.description for each in firsts]
    one, other = said if len({*said} - {""}) == 2 else [each.number for each in firsts]
    return tr(
        "{name}: images of one series bear the names {one!r} and {other!r} and share no place, so "
        "they may be parts of one stack, or series that lost their identifiers. Export the series "
        'again, or name one of them (brainseg predict --series "{one}").',
        name=images[0].title,
        one=shortened(one),
        other=shortened(other),
    )


def _lie_apart(images: list[Image]) -> bool:
    """Whether images are of one kind, and each has a place of its own."""
    if images[0].plane is None or len(kinds_of(images)) > 1:
        return False
    return len(places_of(images)) == len(images)


def _parts_joined(series: list[list[Image]]) -> tuple[list[list[Image]], list[SeriesGroup]]:
    """Put together series that are parts of one stack; return the others as they are."""
    alike: dict[tuple[str, ...], list[list[Image]]] = defaultdict(list)
    for images in series:
        first = images[0]
        alike[*_said_of(first), first.frame_of_reference].append(images)
    apart: list[list[Image]] = []
    joined = []
    for parts in alike.values():
        images = [image for part in parts for image in part]
        if 1 < len(parts) < len(images) and _is_one_stack(images):
            note = tr(
                "{count} series that are alike in all else hold parts of one even stack; "
                "they were put together.",
                count=len(parts),
            )
            joined.append(SeriesGroup(images[0].series, images, (note,)))
        else:
            apart += parts
    return apart, joined


def _is_one_stack(images: list[Image]) -> bool:
    """Whether images in one coordinate system, of one weighting, make an even stack."""
    telling = (*WEIGHTING, "image type")
    weighting = {tuple(mark for mark in image.marks if mark[0] in telling) for image in images}
    if not images[0].frame_of_reference or len(weighting) > 1 or not _lie_apart(images):
        return False
    return len(runs([plane_of(place[0]) for place in places_of(images)])) == 1


def _said_of(image: Image) -> tuple[str, ...]:
    return image.study, image.number, image.description, image.modality


def _regrouped(images: list[Image]) -> list[SeriesGroup]:
    """Group images that are the only ones of their series."""
    alike: dict[tuple[str, ...], list[Image]] = defaultdict(list)
    for image in images:
        alike[_said_of(image)].append(image)
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
        note = tr(
            "Each of {count} slices states a series of its own; they were put together, "
            "since all else is the same.",
            count=len(images),
        )
        return [SeriesGroup(images[0].series, images, (note,))]
    refusal = tr(
        "{name}: each of {count} slices alike states a series and a frame of "
        "reference of its own, expected one for all; opened alone, a slice would "
        "pass for the whole. Export the series again, or name one (brainseg predict "
        "--series).",
        name=images[0].title,
        count=len(images),
    )
    return [SeriesGroup(image.series, [image], refusal=refusal) for image in images]


def lacking_file(images: Sequence[Image], name: str) -> str:
    """Say that one of the files is not there that a picture was written in; empty if all are."""
    known: dict[str, set[int]] = defaultdict(set)
    totals: dict[str, int] = defaultdict(int)
    for uid, number, total in (image.written_as for image in images):
        known[uid].add(number)
        totals[uid] = max(totals[uid], total)
    lacking = next((uid for uid in known if len(known[uid]) < totals[uid]), None)
    if lacking is None:
        return ""
    return tr(
        "{name}: was written in {total} files (a concatenation), and {found} are here. Copy "
        "the complete series.",
        name=name,
        total=totals[lacking],
        found=len(known[lacking]),
    )


def _alone(group: SeriesGroup, chosen: Path) -> SeriesGroup:
    """Leave out of a series without places all but the file chosen: no order can be known."""
    mine = [image for image in group.images if image.path == chosen]
    others = len(group.images) - len(mine)
    if not others or any(image.plane is not None for image in group.images):
        return group
    note = tr(
        "The {others} other images of its series were left out: where they lie is not stated.",
        others=others,
    )
    return SeriesGroup(group.uid, mine, (*group.notes, note), group.refusal)
