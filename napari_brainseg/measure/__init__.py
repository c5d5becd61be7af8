"""Measures of a mask, and how they are written."""

from __future__ import annotations

from napari_brainseg.measure.diameters import Diameters, measure_diameters
from napari_brainseg.measure.lesions import (
    Intensity,
    LabelSize,
    Lesion,
    MaskMeasures,
    SliceAreas,
    measure_mask,
)
from napari_brainseg.measure.measures_file import MaskReport, reports_csv, reports_json

__all__ = [
    "Diameters",
    "Intensity",
    "LabelSize",
    "Lesion",
    "MaskMeasures",
    "MaskReport",
    "SliceAreas",
    "measure_diameters",
    "measure_mask",
    "reports_csv",
    "reports_json",
]
