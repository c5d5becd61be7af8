"""Kinds of images in a DICOM series: of one patient, modality, stack, size, direction, purpose."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.io.dicom.geometry import MAX_JITTER
from napari_brainseg.io.dicom.image import GREY
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari_brainseg.io.dicom.image import Image

__all__ = ["is_alike", "kind_names", "kinds_of", "purpose"]

PLANE_NAMES = ("sagittal", "coronal", "axial")


def kinds_of(images: Sequence[Image]) -> list[list[Image]]:
    """Group images alike in patient, modality, stack, size, direction, colour and purpose."""
    natures: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, image in enumerate(images):
        natures[_nature(image), image.plane is None].append(number)
    kinds = [kind for numbers in natures.values() for kind in _parallel(images, numbers)]
    return [[images[number] for number in kind] for kind in sorted(kinds)]


def is_alike(one: Image, other: Image) -> bool:
    """Whether two images may be slices of one volume, by all but their places along it."""
    return len(kinds_of((one, other))) == 1


def _parallel(images: Sequence[Image], numbers: list[int]) -> Iterator[list[int]]:
    """Group images, by their numbers, whose directions and pixel sizes are those of the first."""
    planes = [images[number].plane for number in numbers]
    placed = [plane for plane in planes if plane is not None]
    if not placed:
        yield numbers
        return
    cosines = np.array([plane.cosines.ravel() for plane in placed])
    sizes = np.array([plane.spacing for plane in placed])
    left = np.array(numbers)
    while len(left):  # all at once: a thousand slices may be of as many kinds
        parallel = np.isclose(cosines[0], cosines, atol=MAX_JITTER).all(axis=1)
        alike = parallel & np.isclose(sizes[0], sizes, rtol=1e-3).all(axis=1)
        yield left[alike].tolist()
        cosines, sizes, left = (each[~alike] for each in (cosines, sizes, left))


def _nature(image: Image) -> tuple[object, ...]:
    said = image.patient, image.modality, image.photometric, image.stack_id
    return *said, image.shape, purpose(image)


def kind_names(kinds: list[list[Image]]) -> list[str]:
    """Say how the kinds of one series differ; of a single one, nothing."""
    if len(kinds) == 1:
        return [""]
    tells = (_stack_of, purpose, _orientation, _size, _colour, _pixel, _modality)
    columns = [[tell(kind[0]) for kind in kinds] for tell in tells]
    patients = list(dict.fromkeys(kind[0].patient for kind in kinds))
    columns.append([f"patient {patients.index(kind[0].patient) + 1}" for kind in kinds])
    varying = [column for column in columns if len(set(column)) > 1] or columns[2:3]
    return [", ".join(filter(None, row)) for row in zip(*varying, strict=True)]


def _stack_of(image: Image) -> str:
    return f"stack {shortened(image.stack_id)}" if image.stack_id else ""


def purpose(image: Image) -> str:
    """Tell localizers from the slices of a scan."""
    return "localizer" if "LOCALIZER" in image.types else "scan"


def _size(image: Image) -> str:
    return f"{image.shape[0]} x {image.shape[1]} pixels"


def _colour(image: Image) -> str:
    return "" if image.photometric in GREY else f"colour ({image.photometric})"


def _orientation(image: Image) -> str:
    if image.plane is None:
        return "without position"
    normal = np.cross(image.plane.cosines[0], image.plane.cosines[1])
    return PLANE_NAMES[int(np.argmax(np.abs(normal)))]


def _modality(image: Image) -> str:
    return image.modality


def _pixel(image: Image) -> str:
    if image.plane is None:
        return ""
    return " x ".join(f"{size:.3g}" for size in image.plane.spacing) + " mm"
