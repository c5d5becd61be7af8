"""Reading the entries of a training set, and checking them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io import lies_on, read_mask, read_scan
from napari_brainseg.io.files import is_file
from napari_brainseg.language import tr
from napari_brainseg.models.bundle import file_sha256
from napari_brainseg.scan import Scan
from napari_brainseg.training_set.contents import MASK_NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from napari_brainseg.training_set.contents import Entry, TrainingSet

__all__ = ["check_training_set", "read_entry"]


def read_entry(
    training_set: TrainingSet, entry: Entry
) -> tuple[Scan, NDArray[np.uint8 | np.uint16]]:
    """Read the images of an entry as one scan, and its mask.

    Returns
    -------
    scan : Scan
        One channel per image, named like the roles.
    labels : ndarray, shape (Z, Y, X)
        The mask on the scan's grid.

    Raises
    ------
    ScanError
        If a file cannot be read, or lies on another grid than the first.
    """
    home = training_set.folder / entry.id
    scans = [read_scan(home / image.file).scan for image in entry.images]
    first = scans[0]
    for image, other in zip(entry.images, scans, strict=True):
        same = other.grid == first.grid and np.allclose(other.affine, first.affine, atol=1e-4)
        if not same or len(other.channels) > 1:
            raise ScanError(
                tr(
                    "{file}: holds {count} images of {grid} voxels, expected one "
                    "on the grid of {first}. Add the scan anew.",
                    file=image.file,
                    count=len(other.channels),
                    grid=other.grid,
                    first=entry.images[0].file,
                )
            )
    scan = Scan(
        np.concatenate([each.data for each in scans]) if len(scans) > 1 else first.data,
        first.affine,
        tuple(image.role for image in entry.images),
        replace(first.source, name=entry.source, warnings=()),
        entry.units,
    )
    labels, affine = read_mask(home / MASK_NAME)
    if not lies_on(labels, affine, scan):  # a set holds what it was given, voxel for voxel
        raise ScanError(
            tr(
                "{name}: the mask does not lie on the voxels of its "
                "image, expected the same grid at the same place. Add the scan "
                "anew.",
                name=MASK_NAME,
            )
        )
    return scan, labels


def check_training_set(
    training_set: TrainingSet, classes: Collection[int] | None = None
) -> list[str]:
    """Read every file of a set and list all that is wrong with it.

    It finds missing and changed files, images and masks that do not share one grid, labels without
    meaning, and images that two patients share.

    Parameters
    ----------
    training_set : TrainingSet
        The set.
    classes : collection of int, optional
        The labels that masks may hold beside 0; by default those that each entry explains.

    Returns
    -------
    list of str
        One sentence per problem; empty if there is none.
    """
    problems: list[str] = []
    owners: dict[str, str] = {}
    for entry in training_set.contents.entries:
        problems += [f"{entry.title}: {text}" for text in _problems(training_set, entry, classes)]
        for image in entry.images:
            owner = owners.setdefault(image.voxels_sha256, entry.patient)
            if owner != entry.patient:
                problems.append(
                    tr(
                        "{title}: {role} is the same image as of {owner}",
                        title=entry.title,
                        role=image.role,
                        owner=owner,
                    )
                )
    return problems


def _problems(
    training_set: TrainingSet, entry: Entry, classes: Collection[int] | None
) -> Iterator[str]:
    home = training_set.folder / entry.id
    stored = {image.file: image.sha256 for image in entry.images} | {MASK_NAME: entry.mask_sha256}
    damaged = False
    for name, digest in stored.items():
        if not is_file(home / name):
            yield tr("{name} is missing", name=name)
        elif file_sha256(home / name) != digest:
            yield tr("{name} is not the file that was added (its SHA-256 differs)", name=name)
        else:
            continue
        damaged = True
    if damaged:
        return
    try:
        _, labels = read_entry(training_set, entry)
    except ScanError as error:
        yield str(error)
        return
    known = sorted(entry.labels if classes is None else classes)
    if unknown := sorted(set(np.unique(labels).tolist()) - {0, *known}):
        yield tr(
            "the mask holds labels {unknown}, expected 0 and {known}",
            unknown=unknown[:6],
            known=known,
        )
