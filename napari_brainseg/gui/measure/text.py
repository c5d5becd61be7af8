"""Measures in words and rows, as the panel shows them and the clipboard gets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from napari_brainseg.frames import Frame
    from napari_brainseg.measure.diameters import Diameters
    from napari_brainseg.measure.followup import FollowUp
    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.measure.metrics import Comparison
    from napari_brainseg.measure.report import MaskReport

__all__ = [
    "LESION_COLUMNS",
    "NO_SPACING",
    "Quantity",
    "ShownSlices",
    "agreement",
    "changes",
    "clipboard_text",
    "finding",
    "headline",
    "length",
    "lesion_rows",
    "rows",
]

UNKNOWN = "—"
NO_SPACING = "The scan stores no voxel size, so lengths and volumes are not known."
LESION_COLUMNS = ("lesion", "mL", "size, mm", "slice", "centre, mm")


class Quantity(NamedTuple):
    """One number: what it is, its value as text that programs can read too, and its unit."""

    name: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ShownSlices:
    """Where the slices of the acquisition plane are in the viewer.

    Parameters
    ----------
    axis : int
        The axis of the layers that they are counted along.
    count : int
        How many there are.
    flipped : bool
        Whether the viewer counts them from the other end.
    """

    axis: int
    count: int
    flipped: bool

    @classmethod
    def of(cls, measures: MaskMeasures, frame: Frame) -> ShownSlices:
        """Find the slices of measures on the layers that show a frame of the grid."""
        axis = frame.order.index(measures.slices.axis)
        return cls(axis, len(measures.slices.voxels), frame.flips[axis])

    def turn(self, index: int) -> int:
        """Turn the number of a slice on the grid into that in the viewer, or back."""
        return self.count - 1 - index if self.flipped else index


def headline(measures: MaskMeasures) -> str:
    """Say the main numbers in one line: ``1 lesion · 31.4 mL · 52 × 38 mm``."""
    if not measures.voxels:
        return "empty mask"
    lesions = _lesions(measures)
    if measures.volume_ml is None:
        return f"{lesions} · {measures.voxels:,} voxels · {UNKNOWN} mL"
    parts = [lesions, f"{measures.volume_ml:.1f} mL"]
    if measures.diameters is not None:
        parts.append(_times(measures.diameters))
    return " · ".join(parts)


def finding(measures: MaskMeasures) -> str:
    """Say what was found, in short: ``1 lesion · 31.4 mL``."""
    if not measures.lesions:
        return "Nothing found"
    if measures.volume_ml is None:
        return f"{_lesions(measures)} · {measures.voxels:,} voxels (size unknown)"
    return f"{_lesions(measures)} · {measures.volume_ml:.1f} mL"


def _lesions(measures: MaskMeasures) -> str:
    return f"{measures.lesions:,} lesion{'' if measures.lesions == 1 else 's'}"


def length(mm: float) -> str:
    """Return a length as a person reads it: whole millimetres, tenths of the small ones."""
    return f"{mm:.0f}" if mm >= 10 else f"{mm:.1f}"


def _times(lines: Diameters) -> str:
    return f"{length(lines.long_mm)} × {length(lines.short_mm)} mm"


def rows(measures: MaskMeasures, shown: ShownSlices) -> list[Quantity]:
    """Return all numbers of a mask but those of single lesions and slices."""
    lines, slices = measures.diameters, measures.slices
    long = short = product = None
    if lines is not None:
        long, short = lines.long_mm, lines.short_mm
        product = long * short
    found = [
        Quantity("Volume", _text(measures.volume_ml, 2), "mL"),
        Quantity("Foreground", str(measures.voxels), "voxels"),
        Quantity("Lesions", str(measures.lesions)),
        Quantity("Longest diameter", _text(long, 1), "mm"),
        Quantity("Perpendicular", _text(short, 1), "mm"),
        Quantity("Product of both", _text(product, 0), "mm²"),
        Quantity("Slices", str(sum(count > 0 for count in slices.voxels)), f"of {shown.count}"),
    ]
    if slices.largest is not None:
        area = slices.areas_mm2[slices.largest] if slices.areas_mm2 else None
        found.append(Quantity("Largest slice", str(shown.turn(slices.largest))))
        found.append(Quantity("Area there", _text(area, 0), "mm²"))
    found.append(Quantity("Centre", _place(measures.centroid_mm), "mm"))
    if len(measures.labels) > 1:
        found += [
            Quantity(f"Label {item.label}", _text(item.volume_ml, 2), "mL")
            for item in measures.labels
        ]
    for item in measures.intensities:
        found.append(Quantity(f"Mean {item.channel}", f"{item.mean:.5g}", f"± {item.sd:.3g} (SD)"))
    return found


def lesion_rows(measures: MaskMeasures, shown: ShownSlices) -> list[tuple[str, ...]]:
    """Return the lesions one by one, in :data:`LESION_COLUMNS`."""
    found: list[tuple[str, ...]] = []
    for number, lesion in enumerate(measures.table, start=1):
        lines = lesion.diameters
        size = f"{lines.long_mm:.1f} × {lines.short_mm:.1f}" if lines else UNKNOWN
        place = str(shown.turn(lesion.largest_slice))
        volume, centre = _text(lesion.volume_ml, 2), _place(lesion.centroid_mm)
        found.append((str(number), volume, size, place, centre))
    return found


def agreement(found: Comparison) -> str:
    """Say how a mask agrees with its reference, in two lines."""
    first = [f"Dice {found.dice:.3f}", f"IoU {found.iou:.3f}"]
    if found.hd95_mm is not None:
        first.append(f"HD95 {found.hd95_mm:.1f} mm")
    changes = f"{found.added_voxels:,} voxels added, {found.removed_voxels:,} removed"
    if found.volume_change_ml is None:
        return f"{' · '.join(first)}\n{changes}"
    percent = found.volume_change_percent
    share = "" if percent is None else f" ({percent:+.1f} %)"
    return f"{' · '.join(first)}\n{found.volume_change_ml:+.2f} mL{share} · {changes}"


def changes(found: FollowUp) -> str:
    """Say how a mask has changed, in RANO's words: baseline, nadir, per cent."""
    first, lines = found.points[0], []
    for name, change, unit in (
        ("Volume", found.volume_ml, "mL"),
        ("Sum of products", found.products_mm2, "mm²"),
        ("Longest diameter", found.long_mm, "mm"),
    ):
        if change is not None:
            lines.append(
                f"{name} {change.now:.1f} {unit}: {_percent(change.from_baseline_percent)} from "
                f"baseline {change.baseline:.1f}, {_percent(change.from_nadir_percent)} from nadir "
                f"{change.nadir:.1f}"
            )
    if not lines:
        return NO_SPACING
    return "\n".join((f"Baseline: {first.name}; newest: {found.points[-1].name}", *lines))


def _percent(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:+.0f} %"


def clipboard_text(report: MaskReport, shown: ShownSlices) -> str:
    """Return a report as tab-separated lines; slices are numbered as the viewer counts them."""
    lines: list[tuple[str, ...]] = [("Mask", report.mask), *rows(report.measures, shown)]
    if report.comparison is not None:
        found = report.comparison
        lines += [
            (),
            ("Compared with", report.reference),
            Quantity("Dice", _text(found.dice, 4)),
            Quantity("IoU", _text(found.iou, 4)),
            Quantity("HD95", _text(found.hd95_mm, 2), "mm"),
            Quantity("Volume change", _text(found.volume_change_ml, 2), "mL"),
            Quantity("Volume change", _text(found.volume_change_percent, 1), "%"),
            Quantity("Added", str(found.added_voxels), "voxels"),
            Quantity("Removed", str(found.removed_voxels), "voxels"),
        ]
    if report.followup is not None:
        lines += [(), *((line,) for line in changes(report.followup).splitlines())]
    lines += [(), LESION_COLUMNS, *lesion_rows(report.measures, shown)]
    slices = report.measures.slices
    areas = slices.areas_mm2 or slices.voxels
    numbered = sorted((shown.turn(index), area) for index, area in enumerate(areas) if area)
    unit = "mm²" if slices.areas_mm2 else "voxels"
    lines += [(), ("slice", f"area, {unit}"), *((str(n), _text(a, 1)) for n, a in numbered)]
    return "".join("\t".join(line) + "\n" for line in lines)


def _text(value: float | None, digits: int) -> str:
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def _place(position: tuple[float, float, float] | None) -> str:
    """Name a position as radiologists do, e.g. ``43.0 R, 12.5 P, 34.4 S``."""
    if position is None:
        return UNKNOWN
    pairs = zip(position, ("LR", "PA", "IS"), strict=True)
    return ", ".join(f"{abs(value):.1f} {sides[value >= 0]}" for value, sides in pairs)
