"""Whether a correction tool can be used, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_brainseg.gui.domain.shortcuts import Need
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_brainseg.gui.domain.shortcuts import Tool

__all__ = ["Bench", "why_not"]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the correction tools find.

    Parameters
    ----------
    mask : str
        Name of the working mask; empty where there is none.
    is_plain : bool
        Whether it has 2 or 3 dimensions, one scale, and lies in memory.
    is_editable : bool
        Whether napari lets it be changed.
    label : int
        The label to edit.
    locked : frozenset of int
        Labels that must not change.
    slices : int
        How many there are across the axis of the slider.
    has_other : bool
        Whether another mask to combine with is chosen.
    has_scan : bool
        Whether there is a scan whose intensities count.
    """

    mask: str = ""
    is_plain: bool = True
    is_editable: bool = True
    label: int = 1
    locked: frozenset[int] = frozenset()
    slices: int = 1
    has_other: bool = False
    has_scan: bool = False


HINDRANCES: tuple[tuple[Need, Callable[[Bench], bool], str], ...] = (
    (
        Need.MASK,
        lambda bench: not bench.mask,
        marked("There is no mask yet: press Segment, or add a labels layer."),
    ),
    (
        Need.MASK,
        lambda bench: not bench.is_plain,
        marked("{mask} is not a mask of 2 or 3 dimensions, at one scale and in memory."),
    ),
    (Need.MASK, lambda bench: not bench.is_editable, marked("{mask} is not editable.")),
    (
        Need.MASK,
        lambda bench: bench.label == 0,
        marked("The background is selected: choose a label to edit in the layer controls."),
    ),
    (
        Need.MASK,
        lambda bench: bench.label in bench.locked,
        marked("Label {label} is locked: unlock it below, or select another."),
    ),
    (Need.SLICES, lambda bench: bench.slices == 1, marked("{mask} has only one slice.")),
    (
        Need.OTHER,
        lambda bench: not bench.has_other,
        marked("There is no other mask on the grid of this one."),
    ),
    (
        Need.SCAN,
        lambda bench: not bench.has_scan,
        marked("There is no scan on the grid of this mask."),
    ),
)
"""What may be in the way, what comes first on top."""


def why_not(tool: Tool, bench: Bench) -> str:
    """Say why a tool cannot be used now; empty if it can.

    Examples
    --------
    >>> why_not(Tool("fill", "Fill holes", "Shift+H", "Mark what the mask encloses"), Bench())
    'There is no mask yet: press Segment, or add a labels layer.'
    """
    for need, hinders, reason in HINDRANCES:
        if need in tool.needs and hinders(bench):
            return tr(reason, mask=bench.mask, label=bench.label)
    return ""
