"""What came of one scan, as it is told, kept and tabulated."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Segmented"]


@dataclass(frozen=True, slots=True)
class Segmented:
    """What came of one scan; mL and mm are None where the scan stores no spacing.

    Parameters
    ----------
    input : str
        Name of the scan's file or folder.
    output : str
        The mask's file.
    model, weights_sha256, threshold
        By which model.
    device, precision, plane, slices
        How it was run.
    seconds, loading_seconds : float
        Of the run, and the part that making the model ready took.
    cpu_seconds, joules : float or None
        That the process spent meanwhile, as of :class:`~napari_brainseg.pipeline.meter.Spent`.
    joules_unknown : str
        Why energy is not counted.
    voxels, lesions, volume_ml, centroid_mm
        As of :class:`~napari_brainseg.measure.MaskMeasures`.
    long_mm, short_mm : float or None
        Diameters of the largest lesion.
    notes : tuple of str
        What the user should know before trusting the mask.
    """

    input: str
    output: str
    model: str
    weights_sha256: str
    threshold: float
    device: str
    precision: str
    plane: str
    slices: int
    seconds: float
    loading_seconds: float
    voxels: int
    lesions: int
    volume_ml: float | None
    centroid_mm: tuple[float, float, float] | None
    long_mm: float | None = None
    short_mm: float | None = None
    notes: tuple[str, ...] = ()
    cpu_seconds: float | None = None
    joules: float | None = None
    joules_unknown: str = ""
