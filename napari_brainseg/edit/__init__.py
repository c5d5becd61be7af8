"""Tools that correct a mask: arrays in, arrays out.

Masks are bool arrays and labels int arrays, (Y, X) or (Z, Y, X), with one spacing per axis, in mm
or in pixels. :mod:`~napari_brainseg.edit.protect` turns the mask that a tool wants into the labels
that it may write.
"""

from __future__ import annotations

from napari_brainseg.edit.combine import Combination, combine_masks
from napari_brainseg.edit.interpolate import interpolate_edits, interpolate_slices
from napari_brainseg.edit.islands import count_islands, keep_component, remove_islands
from napari_brainseg.edit.morphology import (
    count_holes,
    fill_holes,
    grow,
    shrink,
    smooth,
    smooth_under,
)
from napari_brainseg.edit.outline import Cut, cut_along, within_outline
from napari_brainseg.edit.propagate import copy_slice
from napari_brainseg.edit.protect import (
    Edit,
    IntensityRange,
    Protection,
    allowed,
    merge,
    range_around,
    relabel,
    turn_into,
)
from napari_brainseg.edit.scribble import INSIDE, OUTSIDE, follow_strokes
from napari_brainseg.edit.slicing import Slicing

__all__ = [
    "INSIDE",
    "OUTSIDE",
    "Combination",
    "Cut",
    "Edit",
    "IntensityRange",
    "Protection",
    "Slicing",
    "allowed",
    "combine_masks",
    "copy_slice",
    "count_holes",
    "count_islands",
    "cut_along",
    "fill_holes",
    "follow_strokes",
    "grow",
    "interpolate_edits",
    "interpolate_slices",
    "keep_component",
    "merge",
    "range_around",
    "relabel",
    "remove_islands",
    "shrink",
    "smooth",
    "smooth_under",
    "turn_into",
    "within_outline",
]
