"""The labels of a mask as a table: what each is called, how large it is, and how that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from napari_brainseg.io.mask_info import MAX_LABEL
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from napari_brainseg.io.mask_info import MaskInfo

__all__ = ["LabelRow", "called", "coloured", "free_label", "info_without", "label_rows"]

LONGEST_NAME = 64
"""In characters: what DICOM SEG holds."""


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One label.

    Parameters
    ----------
    label : int
    name : str
    color : str
        ``#rrggbb``.
    millilitres : float or None
        None while it is being counted.
    is_locked, is_shown : bool
        Whether it may not change, and whether it is seen.
    """

    label: int
    name: str
    color: str
    millilitres: float | None
    is_locked: bool
    is_shown: bool


def label_rows(
    info: MaskInfo,
    voxels: Mapping[int, int] | None,
    voxel_volume: float,
    locked: Collection[int] = (),
    hidden: Collection[int] = (),
) -> tuple[LabelRow, ...]:
    """Return the rows: of all labels that are named, and of those found in the mask.

    Parameters
    ----------
    info : MaskInfo
    voxels : mapping of int to int, or None
        How many each label has; None while they are being counted.
    voxel_volume : float
        In mm³.
    locked, hidden : collection of int

    Examples
    --------
    >>> from napari_brainseg.io import MaskInfo
    >>> [(row.name, row.millilitres) for row in label_rows(MaskInfo(), {1: 2000, 3: 500}, 1.0)]
    [('tumour', 2.0), ('label 3', 0.5)]
    """
    labels = sorted({*info.names, *(voxels or ())} - {0})
    return tuple(
        LabelRow(
            label,
            info.name(label),
            info.color(label),
            None if voxels is None else voxels.get(label, 0) * voxel_volume / 1000.0,
            label in locked,
            label not in hidden,
        )
        for label in labels
    )


def called(info: MaskInfo, label: int, name: str) -> MaskInfo:
    """Name a label; its colour, and those of the others, stay. An empty name is none."""
    text = shortened(name.strip(), LONGEST_NAME)
    names, colors = dict(info.names), _colors(info)
    colors.setdefault(label, info.color(label))
    if text:
        names[label] = text
    return replace(info, names=MappingProxyType(names), colors=MappingProxyType(colors))


def coloured(info: MaskInfo, label: int, color: str) -> MaskInfo:
    """Colour a label by ``#rrggbb``, and name it as it is called now."""
    names = {**info.names, label: info.name(label)}
    colors = {**_colors(info), label: color}
    return replace(info, names=MappingProxyType(names), colors=MappingProxyType(colors))


def info_without(info: MaskInfo, label: int) -> MaskInfo:
    """Forget a label; the colours of the others stay."""
    names, colors = dict(info.names), _colors(info)
    names.pop(label, None)
    colors.pop(label, None)
    return replace(info, names=MappingProxyType(names), colors=MappingProxyType(colors))


def free_label(taken: Collection[int]) -> int | None:
    """Return the smallest label that is not taken; None where there is none."""
    return next((label for label in range(1, MAX_LABEL + 1) if label not in taken), None)


def _colors(info: MaskInfo) -> dict[int, str]:
    """Return the colours by label: those that are nobody's choice, too."""
    return {**{label: info.color(label) for label in info.names}, **info.colors}
