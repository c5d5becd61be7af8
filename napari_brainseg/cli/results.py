"""Results in a line: how much was found, and how two masks compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.measure.report import MaskReport

__all__ = ["found", "measured"]


def found(measures: MaskMeasures) -> str:
    """Return volume and number of lesions of a mask."""
    lesions = f"{measures.lesions} lesion{'' if measures.lesions == 1 else 's'}"
    voxels = f"{measures.voxels} voxels"
    volume = voxels if measures.volume_ml is None else f"{measures.volume_ml:.1f} mL"
    return f"{volume}  {lesions}"


def measured(report: MaskReport) -> str:
    """Return the main numbers of a report in one line."""
    lines, compared = report.measures.diameters, report.comparison
    texts = [found(report.measures)]
    if lines is not None:
        texts.append(f"{lines.long_mm:.1f} x {lines.short_mm:.1f} mm")
    if compared is not None:
        texts.append(f"Dice {compared.dice:.3f}  IoU {compared.iou:.3f}")
        if compared.hd95_mm is not None and compared.volume_change_ml is not None:
            texts.append(
                f"HD95 {compared.hd95_mm:.1f} mm  change {compared.volume_change_ml:+.1f} mL"
            )
    return "  ".join(texts)
