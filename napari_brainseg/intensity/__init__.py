"""Bringing intensities of unknown units to the scale of 0 to 1 that a network knows."""

from napari_brainseg.intensity.brain import LEVEL, BrainMap, brain_intensity, mark_head
from napari_brainseg.intensity.foreground import (
    ForegroundMap,
    foreground_intensity,
    foreground_scale,
)
from napari_brainseg.intensity.interface import IntensityMap

__all__ = [
    "LEVEL",
    "BrainMap",
    "ForegroundMap",
    "IntensityMap",
    "brain_intensity",
    "foreground_intensity",
    "foreground_scale",
    "mark_head",
]
