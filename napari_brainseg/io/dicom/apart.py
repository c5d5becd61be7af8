"""What tells images at one place apart: echo, time, b-value, or the number of the image."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING

from napari_brainseg.io.dicom.geometry import distinct
from napari_brainseg.io.files import natural_key
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.io.dicom.geometry import Plane
    from napari_brainseg.io.dicom.image import Image

__all__ = ["WEIGHTING", "overlapping", "places_of", "plane_of", "told_apart"]

WEIGHTING = (
    *("echo time in ms", "echo", "inversion time in ms", "b-value", "flip angle"),
    *("kernel", "kV"),
)
"""Marks of images that make them pictures of another kind, and no slices of one stack."""

FEWEST_SLICES = 3
"""Fewer of another weighting between others are taken for an oddity of their headers."""

MOST_JITTER = 1.05
"""Weightings up to so many times another are the same, stated by slice."""

FEWEST_PLACES = 2
"""Images at one place that differ in nothing but their number are not taken for volumes."""


def told_apart(images: list[Image]) -> list[tuple[str, list[Image]]]:
    """Split images that share their places by what tells them apart, if something does cleanly.

    A split is clean where it makes as many parts as there are images at one place, and each part
    has one image per place: echoes, time points, b-values; without any of these, the numbers of
    the images, where they run through volume after volume, or place after place. What is left
    (copies, or volumes that nothing tells apart) stays together, to be compared when it is read.
    Where all places differ, slices of another weighting amid the others are of another stack.

    Returns
    -------
    list of (str, list of Image)
        A name for each part, and its images; one without a name where nothing tells them apart.
    """
    places = places_of(images) if images[0].plane is not None else []
    depth = max(map(len, places), default=1)
    if depth == 1:
        return _amid(images, places) or [("", images)]
    for marks in _candidates(images):
        parts = _by_marks(images, marks)
        if len(parts) == depth and _are_volumes(parts, len(places)):
            ordered = sorted(parts.items(), key=lambda part: [*map(natural_key, part[0])])
            return [(_spelt(marks, values), part) for values, part in ordered]
    return _by_instance(images, len(places)) or [("", images)]


def _amid(images: list[Image], places: list[tuple[Image, ...]]) -> list[tuple[str, list[Image]]]:
    """Split stacks of several weightings that lie amid each other; empty where there are none."""
    ordered = [image for (image,) in places]
    for mark in WEIGHTING:
        parts = _by_marks(ordered, [mark])
        is_one = len(parts) < 2 or _is_jitter([value for (value,) in parts])
        if not is_one and _interleave(list(parts.values()), ordered):
            return [(_spelt([mark], values), part) for values, part in parts.items()]
    return []


def _interleave(parts: list[list[Image]], ordered: list[Image]) -> bool:
    """Whether parts of several slices begin before others end."""
    if min(map(len, parts)) < FEWEST_SLICES:
        return False
    (_, end), *_, (start, _) = sorted((ordered.index(p[0]), ordered.index(p[-1])) for p in parts)
    return start < end


def _is_jitter(values: list[str]) -> bool:
    """Whether values are the same number but for a few hundredths."""
    try:
        numbers = [abs(float(value)) for value in values]
    except ValueError:
        return False
    return max(numbers) <= MOST_JITTER * min(numbers)


def overlapping(images: list[Image], fewest: int) -> list[tuple[str, list[Image]]]:
    """Split images by a mark into stacks that share some places, or lie between each other's.

    Such are two acquisitions of a head of which each has a part. None of them is the whole.

    Parameters
    ----------
    images : list of Image
        Whose places are known.
    fewest : int
        Images of a part; with fewer in one there is no split.

    Returns
    -------
    list of (str, list of Image)
        As of :func:`told_apart`; empty where no mark tells them apart.
    """
    for marks in _candidates(images):
        parts = _by_marks(images, marks)
        if len(parts) > 1 and all(len(places_of(p)) == len(p) >= fewest for p in parts.values()):
            ordered = sorted(parts.items(), key=lambda part: [*map(natural_key, part[0])])
            return [(_spelt(marks, values), part) for values, part in ordered]
    return []


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
    return is_whole and all(len(places_of(part)) == len(part) for part in parts.values())


def _spelt(marks: list[str], values: tuple[str, ...]) -> str:
    pairs = zip(marks, values, strict=True)
    return ", ".join(f"{mark} {shortened(value) or 'not stated'}" for mark, value in pairs)


def _value(image: Image, mark: str) -> str:
    return next((value for name, value in image.marks if name == mark), "")


def _by_instance(images: list[Image], count: int) -> list[tuple[str, list[Image]]]:
    """Split by the numbers of the images; nothing where these do not make whole volumes."""
    ordered = _by_number(images)
    if count < FEWEST_PLACES or not ordered:  # places may be wrong: a slice passed for the whole
        return []
    after_volume = [ordered[at : at + count] for at in range(0, len(ordered), count)]
    depth = len(ordered) // count
    after_place = [ordered[at::depth] for at in range(depth)]
    parts = next((each for each in (after_volume, after_place) if _are_whole(each, count)), [])
    return [(f"volume {number}", part) for number, part in enumerate(parts, start=1)]


def _by_number(images: list[Image]) -> list[Image]:
    """Sort images by their numbers; none where one has no number of its own."""
    found = {image.instance: image for image in images if image.instance is not None}
    return [found[number] for number in sorted(found)] if len(found) == len(images) else []


def _are_whole(parts: list[list[Image]], count: int) -> bool:
    """Whether each part has one image at each of so many places."""
    return all(len(part) == count == len(places_of(part)) for part in parts)


def places_of(images: Sequence[Image]) -> list[tuple[Image, ...]]:
    """Group images by place, in order along the normal."""
    groups = distinct([plane_of(image) for image in images])
    return [tuple(images[index] for index in group) for group in groups]


def plane_of(image: Image) -> Plane:
    """Return the plane of an image that is known to have one.

    Raises
    ------
    ValueError
        If it has none: a defect of the caller.
    """
    if image.plane is None:
        raise ValueError(f"{image.title} has no place")
    return image.plane
