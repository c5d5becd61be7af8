"""What the labels of reference masks mean: the classes that are learned, and voxels left out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.errors import DataError
from napari_brainseg.io.mask_info import MAX_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.models.card import TargetClass

__all__ = ["IGNORED", "MAX_CLASSES", "ONE_CLASS", "ClassTable", "LearnedClass", "classes_of"]

MAX_CLASSES = 7
"""A voxel's classes are kept as bits of one byte, whose last is :data:`IGNORED`."""

IGNORED = np.uint8(128)
"""Bit of voxels that are neither learned from nor measured on."""

MAX_NAME, MAX_VALUE = 64, 255
"""Longest name on a model card, and the largest label in the masks of a model."""

COLORS = ("#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#46f0f0")


@dataclass(frozen=True, slots=True)
class LearnedClass:
    """One class that a network learns.

    Parameters
    ----------
    name : str
        To show.
    labels : tuple of int
        Labels of the reference masks that belong to it; two classes may share some.
    value : int
        Its own label, in the masks that the model makes.
    """

    name: str
    labels: tuple[int, ...]
    value: int


@dataclass(frozen=True, slots=True)
class ClassTable:
    """The classes of a data set, in the order of the network's outputs.

    Where classes overlap (a tumour, its core, the enhancing part of that), a voxel of a model's
    mask gets the label of the last of its classes: name the largest first.

    Parameters
    ----------
    classes : tuple of LearnedClass
        At least one.
    ignored : tuple of int
        Labels of voxels that are neither learned from nor measured on.

    Raises
    ------
    DataError
        If there are none, too many, or two that cannot be told apart; if one that lies within
        another comes before it, or a label can be in no mask.

    Examples
    --------
    >>> table = ClassTable((LearnedClass("tumour", (1, 2), 1), LearnedClass("core", (2,), 2)))
    >>> table.bits(np.array([0, 1, 2]))
    array([0, 1, 3], dtype=uint8)
    """

    classes: tuple[LearnedClass, ...]
    ignored: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no mask could show."""
        if not 1 <= len(self.classes) <= MAX_CLASSES:
            raise DataError(
                f"There are {len(self.classes)} classes, expected 1 to {MAX_CLASSES}. Join some "
                "in [data.classes]."
            )
        for field in ("name", "value"):
            held = [getattr(each, field) for each in self.classes]
            if len(set(held)) < len(held):
                raise DataError(f"Two classes have one {field}: {held}.")
        if both := {label for each in self.classes for label in each.labels} & {0, *self.ignored}:
            raise DataError(f"Label {min(both)} is background or ignored, and in a class.")
        for each in self.classes:
            _see_class(each)
        for one, other in combinations(self.classes, 2):
            _see_order(one, other)

    @property
    def overlapping(self) -> bool:
        """Whether a voxel may be of two classes."""
        return any(
            set(one.labels) & set(other.labels) for one, other in combinations(self.classes, 2)
        )

    @property
    def known(self) -> frozenset[int]:
        """Labels that a reference mask may hold."""
        return frozenset({0, *self.ignored}.union(*(each.labels for each in self.classes)))

    def unknown(self, labels: Iterable[int]) -> list[int]:
        """Return those of some labels that mean nothing here, in order."""
        return sorted(set(labels) - self.known)

    def bits(self, labels: NDArray[np.generic]) -> NDArray[np.uint8]:
        """Turn labels of any shape into bits: 1, 2, 4 … for the classes, :data:`IGNORED`.

        With one class and nothing ignored that is 0 and 1. Unknown labels become background.
        """
        table = np.zeros(max(int(labels.max(initial=0)), max(self.known)) + 1, np.uint8)
        for place, each in enumerate(self.classes):
            table[list(each.labels)] |= np.uint8(1 << place)
        table[list(self.ignored)] = IGNORED
        found: NDArray[np.uint8] = table[labels]
        return found

    def targets(self) -> tuple[TargetClass, ...]:
        """Return the classes as a model card has them."""
        from napari_brainseg.models.card import TargetClass

        return tuple(
            TargetClass(name=each.name, value=each.value, color=color)
            for each, color in zip(self.classes, COLORS, strict=False)
        )

    def __len__(self) -> int:
        return len(self.classes)


def _see_class(each: LearnedClass) -> None:
    """See that masks and model cards can hold a class.

    Raises
    ------
    DataError
        If they cannot.
    """
    if strange := [label for label in each.labels if not 0 <= label <= MAX_LABEL]:
        raise DataError(f"Label {strange[0]} cannot be in a mask, expected 1 to {MAX_LABEL}.")
    if not 0 < len(each.name.strip()) <= MAX_NAME:
        raise DataError(f"A class is called {each.name!r:.80}, expected 1 to {MAX_NAME} letters.")


def _see_order(one: LearnedClass, later: LearnedClass) -> None:
    """See that a class is not hidden by one that comes later.

    Raises
    ------
    DataError
        If it is: masks would show none of it.
    """
    if set(one.labels) == set(later.labels):
        raise DataError(
            f"The classes {one.name!r} and {later.name!r} are of the same labels, so masks would "
            "show none of the first. Leave one out."
        )
    if set(one.labels) < set(later.labels):
        raise DataError(
            f"The class {later.name!r} holds all of {one.name!r}, which is named before it, so "
            "masks would show none of that. Name the largest first."
        )


ONE_CLASS = ClassTable((LearnedClass("tumour", (1,), 1),))
"""A mask of 0 and 1."""


def classes_of(named: Sequence[tuple[str, tuple[int, ...]]]) -> tuple[LearnedClass, ...]:
    """Make classes of names and labels, in the order given.

    The value of a class is the lowest label that no later class shares; if it has none, or labels
    of the model's masks do not go so far, the lowest that is free.

    Raises
    ------
    DataError
        If a class has no label.

    Examples
    --------
    >>> [each.value for each in classes_of([("whole", (1, 2, 3)), ("core", (1, 3)), ("rim", (3,))])]
    [2, 1, 3]
    """
    found: list[LearnedClass] = []
    for place, (name, labels) in enumerate(named):
        later = {label for _, each in named[place + 1 :] for label in each}
        taken = {each.value for each in found}
        if not labels:
            raise DataError(f"The class {name!r} has no label. Name those of the masks.")
        own = sorted(set(labels) - later - taken) or sorted(set(labels) - taken)
        value = own[0] if own and own[0] <= MAX_VALUE else min(set(range(1, 99)) - taken)
        found.append(LearnedClass(name, tuple(sorted(set(labels))), value))
    return tuple(found)
