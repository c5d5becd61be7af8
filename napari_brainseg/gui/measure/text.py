"""Measures in words and rows, as the panel shows them and the clipboard gets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from napari_brainseg.language import marked, number, tr, tr_n
from napari_brainseg.text import printable

if TYPE_CHECKING:
    from napari_brainseg.frames import Frame
    from napari_brainseg.io.mask_info import MaskInfo
    from napari_brainseg.measure.diameters import Diameters
    from napari_brainseg.measure.followup import FollowUp
    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.measure.measures_file import MaskReport
    from napari_brainseg.measure.metrics import Comparison

__all__ = [
    "LESION_COLUMNS",
    "NO_SPACING",
    "TOGETHER",
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
NO_SPACING = marked("The scan stores no voxel size, so lengths and volumes are not known.")
TOGETHER = marked("All labels together; below, the volume of each.")
LESION_COLUMNS = (
    marked("lesion"),
    marked("mL"),
    marked("size, mm"),
    marked("slice"),
    marked("centre, mm"),
)


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
    """Say the main numbers in one line: ``1 lesion · 31.4 mL · 52 × 38 mm``.

    They are those of all labels together; where there are several, it says how many.
    """
    if not measures.voxels:
        return tr("empty mask")
    lesions = _lesions(measures)
    if measures.volume_ml is None:
        return tr(
            "{lesions} · {voxels:,} voxels · {unknown} mL",
            lesions=lesions,
            voxels=measures.voxels,
            unknown=UNKNOWN,
        )
    parts = [lesions, _millilitres(measures.volume_ml)]
    if measures.diameters is not None:
        parts.append(_times(measures.diameters))
    return " · ".join(parts)


def finding(measures: MaskMeasures) -> str:
    """Say what was found, in short: ``1 lesion · 31.4 mL``."""
    if not measures.lesions:
        return tr("Nothing found")
    if measures.volume_ml is None:
        return tr(
            "{lesions} · {voxels:,} voxels (size unknown)",
            lesions=_lesions(measures),
            voxels=measures.voxels,
        )
    return f"{_lesions(measures)} · {_millilitres(measures.volume_ml)}"


def _millilitres(volume: float) -> str:
    """Return a volume as a person reads it: what is there is never 0.0 mL."""
    if volume >= 0.1:
        return tr("{volume:.1f} mL", volume=volume)
    return tr("{volume:.3f} mL", volume=volume)


def _lesions(measures: MaskMeasures) -> str:
    lesions = tr_n("{n:,} lesion", "{n:,} lesions", measures.lesions)
    count = len(measures.labels)
    return lesions if count < 2 else f"{tr('{count} labels', count=count)} · {lesions}"


def length(mm: float) -> str:
    """Return a length as a person reads it: whole millimetres, tenths of the small ones."""
    return number(mm, ".0f" if mm >= 10 else ".1f")


def _times(lines: Diameters) -> str:
    return f"{length(lines.long_mm)} × {length(lines.short_mm)} mm"


def rows(measures: MaskMeasures, shown: ShownSlices, info: MaskInfo) -> list[Quantity]:
    """Return all numbers of a mask but those of single lesions and slices."""
    lines, slices = measures.diameters, measures.slices
    long = short = product = None
    if lines is not None:
        long, short = lines.long_mm, lines.short_mm
        product = long * short
    found = [
        Quantity(tr("Volume"), _text(measures.volume_ml, 2), "mL"),
        Quantity(tr("Foreground"), str(measures.voxels), tr("voxels")),
        Quantity(tr("Lesions"), str(measures.lesions)),
        Quantity(tr("Longest diameter"), _text(long, 1), "mm"),
        Quantity(tr("Perpendicular"), _text(short, 1), "mm"),
        Quantity(tr("Product of both"), _text(product, 0), "mm²"),
        Quantity(
            tr("Slices"),
            str(sum(count > 0 for count in slices.voxels)),
            tr("of {count}", count=shown.count),
        ),
    ]
    if slices.largest is not None:
        area = slices.areas_mm2[slices.largest] if slices.areas_mm2 else None
        found.append(Quantity(tr("Largest slice"), str(shown.turn(slices.largest))))
        found.append(Quantity(tr("Area there"), _text(area, 0), "mm²"))
    found.append(Quantity(tr("Centre"), _place(measures.centroid_mm), "mm"))
    if len(measures.labels) > 1:
        found += [
            Quantity(printable(info.name(item.label)), _text(item.volume_ml, 2), "mL")
            for item in measures.labels
        ]
    for item in measures.intensities:
        found.append(
            Quantity(
                tr("Mean {channel}", channel=item.channel),
                number(item.mean, ".5g"),
                tr("± {sd:.3g} (SD)", sd=item.sd),
            )
        )
    return found


def lesion_rows(measures: MaskMeasures, shown: ShownSlices) -> list[tuple[str, ...]]:
    """Return the lesions one by one, in :data:`LESION_COLUMNS`."""
    found: list[tuple[str, ...]] = []
    for nth, lesion in enumerate(measures.table, start=1):
        lines = lesion.diameters
        ends = (lines.long_mm, lines.short_mm) if lines else ()
        size = " × ".join(number(each, ".1f") for each in ends) or UNKNOWN
        place = str(shown.turn(lesion.largest_slice))
        volume, centre = _text(lesion.volume_ml, 2), _place(lesion.centroid_mm)
        found.append((str(nth), volume, size, place, centre))
    return found


def agreement(found: Comparison) -> str:
    """Say how a mask agrees with its reference, in two lines."""
    first = [f"Dice {number(found.dice, '.3f')}", f"IoU {number(found.iou, '.3f')}"]
    if found.hd95_mm is not None:
        first.append(f"HD95 {number(found.hd95_mm, '.1f')} mm")
    changes = tr(
        "{added:,} voxels added, {removed:,} removed",
        added=found.added_voxels,
        removed=found.removed_voxels,
    )
    if found.volume_change_ml is None:
        return f"{' · '.join(first)}\n{changes}"
    percent = found.volume_change_percent
    share = "" if percent is None else f" ({number(percent, '+.1f')} %)"
    return tr(
        "{first}\n{change:+.2f} mL{share} · {changes}",
        first=" · ".join(first),
        change=found.volume_change_ml,
        share=share,
        changes=changes,
    )


def changes(found: FollowUp) -> str:
    """Say how a mask has changed, in RANO's words: baseline, nadir, per cent."""
    first, lines = found.points[0], []
    for name, change, unit in (
        (tr("Volume"), found.volume_ml, "mL"),
        (tr("Sum of products"), found.products_mm2, "mm²"),
        (tr("Longest diameter"), found.long_mm, "mm"),
    ):
        if change is not None:
            lines.append(
                tr(
                    "{name} {now:.1f} {unit}: {percent} from baseline "
                    "{baseline:.1f}, {lowest} from nadir {nadir:.1f}",
                    name=name,
                    now=change.now,
                    unit=unit,
                    percent=_percent(change.from_baseline_percent),
                    baseline=change.baseline,
                    lowest=_percent(change.from_nadir_percent),
                    nadir=change.nadir,
                )
            )
    if not lines:
        return tr(NO_SPACING)
    return "\n".join(
        (
            tr("Baseline: {first}; newest: {last}", first=first.name, last=found.points[-1].name),
            *lines,
        )
    )


def _percent(value: float | None) -> str:
    return UNKNOWN if value is None else f"{number(value, '+.0f')} %"


def clipboard_text(report: MaskReport, shown: ShownSlices, info: MaskInfo) -> str:
    """Return a report as tab-separated lines; slices are numbered as the viewer counts them."""
    lines: list[tuple[str, ...]] = [(tr("Mask"), report.mask), *rows(report.measures, shown, info)]
    if report.comparison is not None:
        found = report.comparison
        lines += [
            (),
            (tr("Compared with"), report.reference),
            Quantity("Dice", _text(found.dice, 4)),
            Quantity("IoU", _text(found.iou, 4)),
            Quantity("HD95", _text(found.hd95_mm, 2), "mm"),
            Quantity(tr("Volume change"), _text(found.volume_change_ml, 2), "mL"),
            Quantity(tr("Volume change"), _text(found.volume_change_percent, 1), "%"),
            Quantity(tr("Added"), str(found.added_voxels), tr("voxels")),
            Quantity(tr("Removed"), str(found.removed_voxels), tr("voxels")),
        ]
    if report.followup is not None:
        lines += [(), *((line,) for line in changes(report.followup).splitlines())]
    lines += [(), tuple(map(tr, LESION_COLUMNS)), *lesion_rows(report.measures, shown)]
    slices = report.measures.slices
    areas = slices.areas_mm2 or slices.voxels
    numbered = sorted((shown.turn(index), area) for index, area in enumerate(areas) if area)
    unit = "mm²" if slices.areas_mm2 else tr("voxels")
    lines += [
        (),
        (tr("slice"), tr("area, {unit}", unit=unit)),
        *((str(n), _text(a, 1)) for n, a in numbered),
    ]
    return "".join("\t".join(line) + "\n" for line in lines)


def _text(value: float | None, digits: int) -> str:
    return UNKNOWN if value is None else number(value, f".{digits}f")


def _place(position: tuple[float, float, float] | None) -> str:
    """Name a position as radiologists do, e.g. ``43.0 R, 12.5 P, 34.4 S``."""
    if position is None:
        return UNKNOWN
    pairs = zip(position, ("LR", "PA", "IS"), strict=True)
    return ", ".join(f"{number(abs(value), '.1f')} {sides[value >= 0]}" for value, sides in pairs)
