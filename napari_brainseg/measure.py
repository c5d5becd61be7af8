"""Numbers that describe a mask."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["MaskMeasures", "measure_mask", "measures_csv", "measures_json"]

CENTROID = ("centroid_r_mm", "centroid_a_mm", "centroid_s_mm")


@dataclass(frozen=True, slots=True)
class MaskMeasures:
    """What a mask amounts to; mL and mm are None where the scan stores no spacing.

    Parameters
    ----------
    voxels : int
        Foreground voxels.
    lesions : int
        Components, voxels touching by a corner counting as one.
    volume_ml : float or None
        Foreground volume.
    centroid_mm : tuple of float, or None
        Mean foreground position in RAS+ mm; None for an empty mask too.
    """

    voxels: int
    lesions: int
    volume_ml: float | None
    centroid_mm: tuple[float, float, float] | None


def measure_mask(labels: NDArray[Any], scan: Scan) -> MaskMeasures:
    """Measure the foreground of a mask (Z, Y, X) on the grid of a scan."""
    from scipy import ndimage

    found = labels > 0
    voxels = int(np.count_nonzero(found))
    _, lesions = ndimage.label(found, structure=np.ones((3, 3, 3)))
    if scan.units != "mm":
        return MaskMeasures(voxels, int(lesions), None, None)
    centroid = None
    if voxels:
        z, y, x = (float(axis.mean()) for axis in np.nonzero(found))
        r, a, s, _ = (float(value) for value in scan.affine @ np.array([x, y, z, 1.0]))
        centroid = (r, a, s)
    return MaskMeasures(voxels, int(lesions), voxels * scan.voxel_volume / 1000.0, centroid)


def measures_json(measures: Mapping[str, MaskMeasures]) -> str:
    """Write measures as JSON: a list of objects, the mask's name first; null where unknown."""
    rows = [{"mask": name, **asdict(found)} for name, found in measures.items()]
    return json.dumps(rows, indent=2) + "\n"


def measures_csv(measures: Mapping[str, MaskMeasures]) -> str:
    """Write measures as CSV: a header, one line per mask; empty where unknown."""
    columns = ("mask", "voxels", "lesions", "volume_ml", *CENTROID)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for name, found in measures.items():
        centroid = found.centroid_mm or (None,) * 3
        writer.writerow([name, found.voxels, found.lesions, found.volume_ml, *centroid])
    return text.getvalue()
