"""Volumes of a DICOM series: images of one kind, at one echo or time, evenly spaced."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.geometry import MAX_ANGLE, Stack, distinct, runs, stack
from napari_brainseg.io.dicom.image import GREY
from napari_brainseg.io.files import natural_key
from napari_brainseg.scan import DISPLAY_AFFINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.io.dicom.geometry import Plane
    from napari_brainseg.io.dicom.image import Image

__all__ = ["Volume", "split", "stack_volume"]

MAX_RUNS = 4
MIN_RUN = 3
"""Uneven slices are offered as at most so many runs of at least so many slices; with more or
shorter ones the distances are disturbed rather than planned."""

PLANE_NAMES = ("sagittal", "coronal", "axial")


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
        The largest first, as far as they are scans.
    """
    kinds = _kinds(images)
    names = _kind_names(kinds) if len(kinds) > 1 else [""]
    volumes: list[Volume] = []
    for kind, kind_name in zip(kinds, names, strict=True):
        for part_name, part in _told_apart(kind):
            label = ", ".join(text for text in (kind_name, part_name) if text)
            volumes += _evenly_spaced(Volume(tuple(part), label, len(part)), name)
    volumes.sort(key=lambda volume: (volume.is_scan, volume.whole), reverse=True)
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
        If these are no grey images, or one affine cannot place them truly.
    """
    _check_scan(volume, name)
    first = volume.images[0]
    if first.plane is None:
        note = "The image states no position or pixel size; shown in pixels, orientation assumed."
        return Stack((0,), DISPLAY_AFFINE, (note,)), (volume.images,)
    places = _places(volume.images)
    placed = stack([_plane(place[0]) for place in places], name, first.thickness)
    return placed, tuple(places[index] for index in placed.order)


def _check_scan(volume: Volume, name: str) -> None:
    """Refuse colour, and several images without a place."""
    first = volume.images[0]
    if first.photometric not in GREY:
        raise ScanError(
            f"{first.title}: the picture is {first.photometric or 'of unknown kind'}, expected "
            "greyscale; colour DICOM is usually a screenshot. Open the original series."
        )
    if first.plane is None and len(volume.images) > 1:
        raise ScanError(
            f"{name}: {len(volume.images)} images do not state position, orientation or pixel "
            "size, expected all of them to. Export the series again, or open one image."
        )


def _kinds(images: Sequence[Image]) -> list[list[Image]]:
    """Group images of one stack, size, orientation and colour; localizers are thus set apart."""
    kinds: list[list[Image]] = []
    for image in images:
        for kind in kinds:
            if _is_alike(kind[0], image):
                kind.append(image)
                break
        else:
            kinds.append([image])
    return kinds


def _is_alike(one: Image, other: Image) -> bool:
    if (one.shape, one.photometric, one.stack_id) != (
        other.shape,
        other.photometric,
        other.stack_id,
    ):
        return False
    if one.plane is None or other.plane is None:
        return one.plane is other.plane
    parallel = np.allclose(one.plane.cosines, other.plane.cosines, atol=MAX_ANGLE)
    return bool(parallel and np.allclose(one.plane.spacing, other.plane.spacing, rtol=1e-3))


def _kind_names(kinds: list[list[Image]]) -> list[str]:
    """Say how the kinds of one series differ."""
    firsts = [kind[0] for kind in kinds]
    columns = [
        list(map(tell, firsts)) for tell in (_stack_of, _orientation, _size, _colour, _pixel)
    ]
    varying = [column for column in columns if len(set(column)) > 1] or columns[1:2]
    return [", ".join(filter(None, row)) for row in zip(*varying, strict=True)]


def _stack_of(image: Image) -> str:
    return f"stack {image.stack_id}" if image.stack_id else ""


def _size(image: Image) -> str:
    return f"{image.shape[0]} x {image.shape[1]} pixels"


def _colour(image: Image) -> str:
    return "" if image.photometric in GREY else f"colour ({image.photometric})"


def _orientation(image: Image) -> str:
    if image.plane is None:
        return "without position"
    normal = np.cross(image.plane.cosines[0], image.plane.cosines[1])
    return PLANE_NAMES[int(np.argmax(np.abs(normal)))]


def _pixel(image: Image) -> str:
    if image.plane is None:
        return ""
    return " x ".join(f"{size:.3g}" for size in image.plane.spacing) + " mm"


def _told_apart(images: list[Image]) -> list[tuple[str, list[Image]]]:
    """Split images that share their places by what tells them apart, if something does cleanly.

    A split is clean where it makes as many parts as there are images at one place, and each part
    has one image per place: echoes, time points, b-values. What is left (copies, or volumes that
    the header does not tell apart) stays together, to be compared when it is read.
    """
    places = _places(images) if images[0].plane is not None else []
    depth = max(map(len, places), default=1)
    if depth > 1:
        for marks in _candidates(images):
            parts = _by_marks(images, marks)
            if len(parts) == depth and _are_volumes(parts, len(places)):
                ordered = sorted(parts.items(), key=lambda part: [*map(natural_key, part[0])])
                return [(_spelt(marks, values), part) for values, part in ordered]
    return [("", images)]


def _candidates(images: list[Image]) -> list[list[str]]:
    """List the marks to try: each alone first, then together, as with several echoes at times."""
    names = dict.fromkeys(label for image in images for label, _ in image.marks)
    varying = [[name] for name in names if len({_value(image, name) for image in images}) > 1]
    return [*varying, *accumulate(varying)]


def _by_marks(images: list[Image], marks: list[str]) -> dict[tuple[str, ...], list[Image]]:
    parts: dict[tuple[str, ...], list[Image]] = defaultdict(list)
    for image in images:
        parts[tuple(_value(image, name) for name in marks)].append(image)
    return parts


def _are_volumes(parts: dict[tuple[str, ...], list[Image]], depth: int) -> bool:
    """Whether no part has two images at one place, and one part has all places.

    Where none has, they are pieces of a volume rather than volumes.
    """
    is_whole = max(map(len, parts.values())) == depth
    return is_whole and all(len(_places(part)) == len(part) for part in parts.values())


def _spelt(marks: list[str], values: tuple[str, ...]) -> str:
    pairs = zip(marks, values, strict=True)
    return ", ".join(f"{mark} {value or 'not stated'}" for mark, value in pairs)


def _value(image: Image, mark: str) -> str:
    return next((value for name, value in image.marks if name == mark), "")


def _places(images: Sequence[Image]) -> list[tuple[Image, ...]]:
    """Group images by place, in order along the normal."""
    groups = distinct([_plane(image) for image in images])
    return [tuple(images[index] for index in group) for group in groups]


def _plane(image: Image) -> Plane:
    if image.plane is None:
        raise ValueError(f"{image.title} has no place")
    return image.plane


def _evenly_spaced(volume: Volume, name: str) -> list[Volume]:
    """Split an uneven volume into its evenly spaced runs, each to be opened only if asked for.

    Opened unasked, a part of the head would pass for the whole, and its tumour volume too.
    """
    bounds = _runs_of(volume)
    reason = _why_not_stacked(volume, name) if bounds else ""
    if not reason:
        return [volume]
    places = _places(volume.images)
    parts = [_run(volume, places, start, stop) for start, stop in bounds]
    listed = " and ".join(part.part for part in parts)
    refusal = (
        f"{reason} Evenly spaced by themselves are {listed}: open the folder in napari to choose, "
        f'or name one of them (brainseg predict --series "{parts[0].part}").'
    )
    return [replace(part, refusal=refusal) for part in parts]


def _runs_of(volume: Volume) -> list[tuple[int, int]]:
    """Find the evenly spaced runs that are worth offering; as a rule there are none."""
    if not volume.is_scan or volume.images[0].plane is None:
        return []
    bounds = runs([_plane(place[0]) for place in _places(volume.images)])
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
    """Refuse to open the largest volume unasked where others of its series go on where it ends.

    Slices of another size above or below it, for one: opened alone, a part would pass for the
    whole. Other echoes and localizers lie across it and do not matter.
    """
    first, *others = volumes
    rest = [other for other in others if _goes_on(first, other)]
    if not rest or first.refusal:
        return volumes
    listed = ", ".join(f"{part.part} ({len(part.images)} images)" for part in (first, *rest))
    refusal = (
        f"{name}: the series goes on in slices of another kind: {listed}; one grid cannot hold "
        "them all. Open the folder in napari to choose among them, or name one of them "
        f'(brainseg predict --series "{first.part}").'
    )
    return [replace(v, refusal=refusal) if v is first or v in rest else v for v in volumes]


def _goes_on(first: Volume, other: Volume) -> bool:
    """Whether a volume lies parallel to the first, and beyond one of its ends."""
    one, two = first.images[0].plane, other.images[0].plane
    if one is None or two is None or not other.is_scan or len(other.images) < MIN_RUN:
        return False
    normal = np.cross(one.cosines[0], one.cosines[1])
    heights, beyond = (
        [_plane(image).position @ normal for image in volume.images] for volume in (first, other)
    )
    is_parallel = np.allclose(np.cross(two.cosines[0], two.cosines[1]), normal, atol=MAX_ANGLE)
    return bool(is_parallel and not min(heights) <= np.median(beyond) <= max(heights))


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
