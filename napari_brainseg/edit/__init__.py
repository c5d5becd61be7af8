"""Changes of a mask that a person asks for: pure functions on one label, (Z, Y, X) as displayed.

Each takes and returns a boolean array and leaves its input alone. A stack of one slice is the
two-dimensional case: nothing reaches across slices that are not given.
"""

from napari_brainseg.edit.protect import Protection, written
from napari_brainseg.edit.shape import (
    fill_holes,
    grow,
    keep_component,
    remove_islands,
    shrink,
    smooth,
)
from napari_brainseg.edit.slices import copy_slice, interpolate

__all__ = [
    "Protection",
    "copy_slice",
    "fill_holes",
    "grow",
    "interpolate",
    "keep_component",
    "remove_islands",
    "shrink",
    "smooth",
    "written",
]
