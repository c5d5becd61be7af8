"""Tools that correct a mask: arrays in, arrays out.

Masks are bool arrays and labels int arrays, (Y, X) or (Z, Y, X), with one spacing per axis, in mm
or in pixels. :mod:`~napari_brainseg.edit.protect` turns the mask that a tool wants into the labels
that it may write.
"""

from __future__ import annotations

from napari_brainseg.edit.combine import Combination, combine_masks
from napari_brainseg.edit.interpolate import interpolate_edits, interpolate_slices
from napari_brainseg.edit.islands import keep_component, remove_islands
from napari_brainseg.edit.morphology import fill_holes, grow, shrink, smooth
from napari_brainseg.edit.propagate import copy_slice
from napari_brainseg.edit.protect import (
    Edit,
    IntensityRange,
    Protection,
    allowed,
    merge,
    range_around,
    relabel,
)
from napari_brainseg.edit.scribble import INSIDE, OUTSIDE, follow_strokes
from napari_brainseg.edit.slicing import Slicing

__all__ = [
    "INSIDE",
    "OUTSIDE",
    "Combination",
    "Edit",
    "IntensityRange",
    "Protection",
    "Slicing",
    "allowed",
    "combine_masks",
    "copy_slice",
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
]
