"""Volumes of a DICOM series: images of one kind, at one echo or time, evenly spaced."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.apart import overlapping, places_of, plane_of, told_apart
from napari_brainseg.io.dicom.geometry import MAX_ANGLE, MAX_JITTER, Stack, runs, stack
from napari_brainseg.io.dicom.image import GREY
from napari_brainseg.io.dicom.kinds import is_alike, kind_names, kinds_of, purpose
from napari_brainseg.language import tr, tr_n
from napari_brainseg.scan import DISPLAY_AFFINE
from napari_brainseg.text import some_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_brainseg.io.dicom.geometry import Plane
    from napari_brainseg.io.dicom.image import Image

__all__ = ["Volume", "split", "stack_volume"]

MAX_RUNS = 4
MIN_RUN = 3
"""Uneven slices are offered as at most so many runs of at least so many slices; with more or
shorter ones the distances are disturbed rather than planned."""

NEARLY_PARALLEL = 0.05
"""Largest difference of normals between slices that may be those of one stack, badly stated."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Images that may make one scan.

    Parameters
    ----------
    images : tuple of Image
        In the order of the files; several may lie at one place where one is a copy.
    part : str
        What tells it from the rest of its series; empty where it is the whole.
    whole : int
        Number of images of the evenly or unevenly spaced stack that it is a run of.
    refusal : str
        Why it is not opened unless asked for; empty if it is.
    """

    images: tuple[Image, ...]
    part: str
    whole: int
    refusal: str = ""

    @property
    def is_scan(self) -> bool:
        """Whether these are grey images at known places (or there is only one)."""
        first = self.images[0]
        return first.photometric in GREY and (first.plane is not None or len(self.images) == 1)

    @property
    def merit(self) -> tuple[bool, int, bool]:
        """What comes first among volumes: a scan, the largest, as the scanner made it."""
        return self.is_scan, self.whole, "DERIVED" not in self.images[0].types


def split(images: Sequence[Image], name: str) -> list[Volume]:
    """Split a series into volumes, each of which one affine places.

    Parameters
    ----------
    images : sequence of Image
        All images of one series, in any order.
    name : str
        Name of the series, for messages.

    Returns
    -------
    list of Volume
        The largest first, as far as they are scans, and what was not derived before what was.
    """
    kinds = kinds_of(images)
    volumes: list[Volume] = []
    for kind, kind_name in zip(kinds, kind_names(kinds), strict=True):
        for part_name, part in told_apart(kind):
            label = ", ".join(text for text in (kind_name, part_name) if text)
            volumes += _evenly_spaced(Volume(tuple(part), label, len(part)), name)
    volumes.sort(key=lambda volume: volume.merit, reverse=True)
    return _refuse_halves(_numbered(volumes), name)


def stack_volume(volume: Volume, name: str) -> tuple[Stack, tuple[tuple[Image, ...], ...]]:
    """Find the affine of a volume.

    Returns
    -------
    Stack
        The geometry of one image per place.
    tuple of tuple of Image
        For each slice in order along the normal, all the images at its place.

    Raises
    ------
    ScanError
        If these are no grey images, or one affine cannot place them correctly.
    """
    _check_scan(volume, name)
    first = volume.images[0]
    if first.plane is None:
        note = tr(
            "The image states no position or pixel size; shown in pixels, orientation assumed."
        )
        return Stack((0,), DISPLAY_AFFINE, (note,)), (volume.images,)
    places = places_of(volume.images)
    placed = stack([plane_of(place[0]) for place in places], name, first.thickness)
    if len(frames := {place[0].frame_of_reference for place in places}) > 1:
        note = tr(
            "The slices name {count} coordinate systems; they are placed as if in one.",
            count=len(frames),
        )
        placed = replace(placed, warnings=(*placed.warnings, note))
    return placed, tuple(places[index] for index in placed.order)


def _check_scan(volume: Volume, name: str) -> None:
    """Refuse colour, and several images without a place."""
    first = volume.images[0]
    if first.photometric not in GREY:
        raise ScanError(
            tr(
                "{name}: the picture is {kind}, expected greyscale; colour DICOM is usually "
                "a screenshot. Open the original series.",
                name=first.title,
                kind=first.photometric or tr("of unknown kind"),
            )
        )
    if first.plane is None and len(volume.images) > 1:
        raise ScanError(
            tr(
                "{name}: {count} images do not state position, orientation or pixel size, "
                "expected all of them to. Export the series again, or open one of its files.",
                name=name,
                count=len(volume.images),
            )
        )


def _evenly_spaced(volume: Volume, name: str) -> list[Volume]:
    """Split an uneven volume into its evenly spaced runs, each to be opened only if asked for.

    Opened unasked, a part of the head would pass for the whole, and its tumour volume too.
    """
    bounds = _runs_of(volume)
    reason = _why_not_stacked(volume, name) if bounds else ""
    if not reason:
        return _overlapping(volume, name) or [volume]
    places = places_of(volume.images)
    parts = [_run(volume, places, start, stop) for start, stop in bounds]
    listed = tr(" and ").join(part.part for part in parts)
    refusal = tr(
        "{reason} Evenly spaced by themselves are {listed}: open the folder in "
        'napari to choose, or name one of them (brainseg predict --series "{part}").',
        reason=reason,
        listed=listed,
        part=parts[0].part,
    )
    return [replace(part, refusal=refusal) for part in parts]


def _counted(volume: Volume) -> str:
    return tr_n(
        "{title} ({n} image)", "{title} ({n} images)", len(volume.images), title=volume.part
    )


def _overlapping(volume: Volume, name: str) -> list[Volume]:
    """Split a volume that no grid holds by what tells its images apart; empty where nothing does.

    As a run, each of the parts is to be opened only if asked for.
    """
    if not volume.is_scan or volume.images[0].plane is None:
        return []
    is_whole = len(places_of(volume.images)) == len(volume.images)
    if is_whole and not _why_not_stacked(volume, name):
        return []
    found = [
        replace(volume, images=tuple(images), part=", ".join(filter(None, (volume.part, part))))
        for part, images in overlapping(list(volume.images), MIN_RUN)
    ]
    if not found or any(_why_not_stacked(each, name) for each in found):
        return []
    listed = some_of(map(_counted, found), between=tr(" and "))
    refusal = tr(
        "{name}: its images are of {count} stacks that overlap, {listed}; one grid "
        "cannot hold them all. Open the folder in napari to choose, or name one of "
        'them (brainseg predict --series "{part}").',
        name=name,
        count=len(found),
        listed=listed,
        part=found[0].part,
    )
    return [replace(each, refusal=refusal) for each in found]


def _runs_of(volume: Volume) -> list[tuple[int, int]]:
    """Find the evenly spaced runs that are worth offering; as a rule there are none."""
    if not volume.is_scan or volume.images[0].plane is None:
        return []
    bounds = runs([plane_of(place[0]) for place in places_of(volume.images)])
    shortest = min(stop - start for start, stop in bounds)
    return bounds if 2 <= len(bounds) <= MAX_RUNS and shortest >= MIN_RUN else []


def _why_not_stacked(volume: Volume, name: str) -> str:
    """Say why one affine does not place a volume; empty where it does."""
    try:
        stack_volume(volume, name)
    except ScanError as error:
        return str(error)
    return ""


def _run(volume: Volume, places: list[tuple[Image, ...]], start: int, stop: int) -> Volume:
    images = tuple(image for place in places[start:stop] for image in place)
    part = ", ".join(filter(None, (volume.part, f"slices {start + 1} to {stop}")))
    return replace(volume, images=images, part=part)


def _refuse_halves(volumes: list[Volume], name: str) -> list[Volume]:
    """Refuse to open the largest volume unasked where others of its series hold more of the same.

    Slices of another size above or below it, for one, or every other slice, turned by an error of
    the header: opened alone, a part would pass for the whole. Other echoes lie at the same
    places, localizers across, and do not matter.
    """
    first, *others = volumes
    if turned := [other for other in others if _is_turned(first, other)]:
        return _refused(volumes, turned, _turned_refusal(first, turned, name))
    if alone := _alone(volumes):
        return _refused(volumes, alone, _alone_refusal(first, alone, name))
    told = purpose(first.images[0]), "scan"  # a localizer does not pass for the rest of a scan
    rest = [each for each in others if purpose(each.images[0]) in told and _goes_on(first, each)]
    if not rest or first.refusal:
        return volumes
    listed = some_of(map(_counted, (first, *rest)))
    refusal = tr(
        "{name}: the series goes on in slices of another kind: {listed}; one grid "
        "cannot hold them all. Open the folder in napari to choose among them, or "
        'name one of them (brainseg predict --series "{part}").',
        name=name,
        listed=listed,
        part=first.part,
    )
    return _refused(volumes, rest, refusal)


def _refused(volumes: list[Volume], rest: list[Volume], refusal: str) -> list[Volume]:
    """Refuse the first of some volumes, and those that are more of it."""
    some = (volumes[0], *rest)
    return [replace(each, refusal=refusal) if each in some else each for each in volumes]


def _is_turned(first: Volume, other: Volume) -> bool:
    """Whether a volume holds slices of the first, turned a little by what headers say of them."""
    one, two = first.images[0], other.images[0]
    if one.plane is None or two.plane is None or not first.is_scan:
        return False
    turned = float(np.abs(one.plane.cosines - two.plane.cosines).max())
    if not MAX_JITTER < turned <= NEARLY_PARALLEL:
        return False
    level = replace(two, plane=replace(two.plane, cosines=one.plane.cosines))
    return is_alike(one, level) and _lies_among(first, other, one.plane)


def _lies_among(first: Volume, other: Volume, plane: Plane) -> bool:
    """Whether slices lie between those of a volume, or next to its ends, and not at its places."""
    normal = np.cross(*plane.cosines)
    mine, theirs = (_heights(volume, normal) for volume in (first, other))
    every = np.unique(np.concatenate([mine, theirs]).round(2))
    step = float(np.median(np.diff(every))) if len(every) > 1 else 0.0
    gaps = np.abs(theirs[:, np.newaxis] - mine).min(axis=1)
    return bool(step > 0 and np.median(gaps) > step / 5 and (gaps < len(every) * step).all())


def _turned_refusal(first: Volume, turned: list[Volume], name: str) -> str:
    cosines = [plane_of(volume.images[0]).cosines for volume in (first, *turned)]
    angle = np.degrees(max(np.abs(each - cosines[0]).max() for each in cosines))
    count = sum(len(volume.images) for volume in turned)
    return tr(
        "{name}: the series goes on in slices of another kind: {count} of {total} "
        "are turned against the others, by up to {angle:.2g} degrees, expected "
        "parallel slices; one grid cannot hold them all. Export the series again, or "
        'name those that are parallel (brainseg predict --series "{part}").',
        name=name,
        count=count,
        total=count + len(first.images),
        angle=angle,
        part=first.part,
    )


def _alone(volumes: list[Volume]) -> list[Volume]:
    """Return the further slices of a scan where no two are alike enough for one stack."""
    firsts = [volume.images[0] for volume in volumes]
    if len(volumes[0].images) > 1 or any(each.plane is None for each in firsts):
        return []
    return [each for each in volumes[1:] if each.is_scan and purpose(each.images[0]) == "scan"]


def _alone_refusal(first: Volume, others: list[Volume], name: str) -> str:
    return tr(
        "{name}: no two of its {count} images fit one grid ({one}, {two}, …); opened alone, one "
        "would pass for the whole. Export a straight reconstruction, or name one (brainseg "
        'predict --series "{one}").',
        name=name,
        count=1 + len(others),
        one=first.part,
        two=others[0].part,
    )


def _goes_on(first: Volume, other: Volume) -> bool:
    """Whether a volume has slices beyond the ends of the first, or between its slices."""
    one, two = first.images[0].plane, other.images[0].plane
    if one is None or two is None or not other.is_scan or len(other.images) < MIN_RUN:
        return False
    normal, other_normal = (np.cross(*plane.cosines) for plane in (one, two))
    # Slices that are mirrored, or lie upside down, are parallel too.
    angle = min(np.abs(other_normal - turn * normal).max() for turn in (1, -1))
    mine, theirs = (_heights(volume, normal) for volume in (first, other))
    if not mine.min() <= np.median(theirs) <= mine.max():
        return bool(angle <= MAX_ANGLE)
    gaps = np.abs(theirs[:, np.newaxis] - mine).min(axis=1)
    step = np.median(np.diff(np.unique(mine))) if len(mine) > 1 else 0.0
    return bool(angle <= NEARLY_PARALLEL and np.median(gaps) > step / 5)


def _heights(volume: Volume, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([plane_of(image).position @ normal for image in volume.images])


def _numbered(volumes: list[Volume]) -> list[Volume]:
    """Add a number to volumes whose descriptions are alike."""
    count = Counter(volume.part for volume in volumes)
    seen: Counter[str] = Counter()
    numbered = []
    for volume in volumes:
        seen[volume.part] += 1
        if count[volume.part] > 1:
            part = f"{volume.part} ({seen[volume.part]})".strip()
            volume = replace(volume, part=part)
        numbered.append(volume)
    return numbered
