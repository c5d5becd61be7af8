"""Results in a line: how much was found, and how two masks compare."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from napari_brainseg.cli.printing import DISCLAIMER

if TYPE_CHECKING:
    from napari_brainseg.batch.segmented import Segmented
    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.measure.measures_file import MaskReport

__all__ = ["found", "mask_line", "measured", "summary"]


def mask_line(result: Segmented, name: str = "") -> str:
    """Return what came of a scan in one line; the mask is called by its file's name if by none."""
    how = f"{result.seconds:.1f} s  {result.model} on {result.device}"
    return f"{name or Path(result.output).name}  {found(result)}  {how}  ({DISCLAIMER})"


def summary(result: Segmented) -> dict[str, object]:
    """Return what came of a scan, for JSON."""
    said = asdict(result)
    if not result.joules_unknown:
        del said["joules_unknown"]
    return said | {"disclaimer": DISCLAIMER}


def found(measures: MaskMeasures | Segmented) -> str:
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
