"""What is known of a data set before a voxel of it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from brainseg_train.data.description import DataDescription
from brainseg_train.data.labels import ONE_CLASS, ClassTable
from brainseg_train.data.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from brainseg_train.data.case import Case
    from napari_brainseg.models.card import InputRole
    from napari_brainseg.models.patients import Split

__all__ = ["DataFolder"]


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A data set on disk.

    Parameters
    ----------
    layout : str
        Its name, to show.
    cases : tuple of Case
        Sorted by name, but for a layout with an order of its own.
    roles : tuple of InputRole
        The network's channels; each case shows them in this order.
    table : ClassTable
        What is learned.
    description : DataDescription
        What the data set says of itself.
    windowed : set of str
        Channels whose intensities are shown in a window, or as a model has learned them.
    parts : dict of str to {"train", "validation", "test"}
        Where the layout divides its cases.
    """

    layout: str
    cases: tuple[Case, ...]
    roles: tuple[InputRole, ...] = ROLES
    table: ClassTable = ONE_CLASS
    description: DataDescription = field(default_factory=DataDescription)
    windowed: Set[str] = frozenset()
    parts: Mapping[str, Split] = field(default_factory=dict)
