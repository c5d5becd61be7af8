"""What has a key, and which: the one table that all else is made of.

Buttons, tooltips, key bindings, the cheat sheet in the panel and ``docs/keys.md`` come from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["AUTO_GREY", "TOOLS", "UNCERTAIN", "WORK_LIST", "Need", "Tool", "key_table"]


class Need(Enum):
    """What a tool cannot do without."""

    MASK = "a mask that can be edited, and a label of it"
    SLICES = "more than one slice"
    OTHER = "another mask on the grid of this one"
    SCAN = "a scan on the grid of the mask"


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool, or whatever else has a key.

    Parameters
    ----------
    name : str
        What the code calls it.
    label : str
        Text of its button.
    key : str
        In napari's spelling, e.g. ``Shift+G``; empty if it has none.
    tip : str
        What it does, in one sentence without full stop.
    needs : tuple of Need
        What it cannot do without.
    """

    name: str
    label: str
    key: str
    tip: str
    needs: tuple[Need, ...] = (Need.MASK,)

    @property
    def caption(self) -> str:
        """The label, and the key in its short form."""
        key = self.key.replace("Shift+", "⇧").replace("Left", "←").replace("Right", "→")
        return f"{self.label}  {key}".strip()

    @property
    def tooltip(self) -> str:
        """The tip, and the key."""
        return f"{self.tip} ({self.key})" if self.key else self.tip


# None of these is a key of napari's own, in any layer: tests/gui/common/test_keys.py checks it.
TOOLS = (
    Tool("mode", "This slice or all", "Shift+D",
         "Switch the tools between the slice on the screen and all slices", needs=()),
    Tool("inside", "Inside", "Shift+E",
         "Scribble inside the lesion: the mask follows your strokes, by the intensities and the "
         "model",
         (Need.MASK, Need.SCAN)),
    Tool("outside", "Outside", "Shift+O",
         "Scribble outside the lesion: the mask keeps away from these strokes",
         (Need.MASK, Need.SCAN)),
    Tool("sphere", "Sphere", "Shift+Y",
         "Paint and erase balls through the slices; once more: discs on one slice"),
    Tool("polish", "Smoothing brush", "Shift+J",
         "Even out the outline where you brush over it, over about the amount"),
    Tool("lasso", "Lasso", "Shift+Q",
         "Mark what lies within an outline that you draw"),
    Tool("scissors", "Scissors", "Shift+X",
         "Erase what lies within an outline that you draw"),
    Tool("crop", "Keep inside", "Shift+C",
         "Erase what lies outside of an outline that you draw"),
    Tool("previous", "Copy", "Shift+Left",
         "Replace the slice before by this one, and go there",
         (Need.MASK, Need.SLICES)),
    Tool("next", "Copy", "Shift+Right",
         "Replace the slice after by this one, and go there",
         (Need.MASK, Need.SLICES)),
    Tool("interpolate", "Interpolate", "Shift+I",
         "Redraw what lies between the slices that you drew or corrected; fill gaps",
         (Need.MASK, Need.SLICES)),
    Tool("grow", "Grow", "Shift+G", "Move the outline outwards by the amount"),
    Tool("shrink", "Shrink", "Shift+S", "Move the outline inwards by the amount"),
    Tool("smooth", "Smooth", "Shift+M",
         "Even out the outline over about the amount; the volume stays"),
    Tool("fill", "Fill holes", "Shift+H", "Mark what the mask encloses"),
    Tool("islands", "Remove islands", "Shift+R",
         "Remove the parts that are smaller than the size"),
    Tool("keep", "Keep one", "Shift+K",
         "Keep only the part that you click on"),
    Tool("brush", "Threshold brush", "Shift+B",
         "Paint only where the intensity is in the range; once more: anywhere",
         (Need.MASK, Need.SCAN)),
    Tool("pick", "Range from scan", "Shift+U",
         "Take the range from the tissue that you click on: mean ± 2 standard deviations",
         (Need.MASK, Need.SCAN)),
    Tool("slice", "Run on this slice", "Shift+N",
         "Run the model again and replace only the slice on the screen"),
    Tool("box", "Run in a box", "Shift+W",
         "Run the model again inside a rectangle that you draw, and replace only that"),
    Tool("add", "Add", "", "Add the other mask to the selected label",
         (Need.MASK, Need.OTHER)),
    Tool("subtract", "Subtract", "", "Take the other mask away from the selected label",
         (Need.MASK, Need.OTHER)),
    Tool("intersect", "Intersect", "", "Keep only what is in the other mask, too",
         (Need.MASK, Need.OTHER)),
    Tool("keys", "Keys", "F1", "Show all keys", needs=()),
)  # fmt: skip

AUTO_GREY = Tool("grey", "Auto grey", "Shift+Z",
                 "Grey levels as the scan opened with", needs=())  # fmt: skip

UNCERTAIN = Tool("uncertain", "Next uncertain slice", "N",
                 "Go to the slice with the most uncertain voxels, then to the next")  # fmt: skip

WORK_LIST = (
    Tool("previous", "Previous", "Alt+Left", "Save the mask and go back to the scan before"),
    Tool("next", "Next", "Alt+Right", "Save the mask and go on to the next scan"),
    Tool("accept", "Accept", "Alt+Return",
         "Save the mask as accepted and go on to the next scan that is not"),
)  # fmt: skip
"""Bound by the work list, while that is open."""

# napari's own that one needs most while correcting: the name of its setting, or the key itself
# where there is no setting.
NAPARI_KEYS = (
    ("napari:activate_labels_paint_mode", "Paint"),
    ("napari:activate_labels_erase_mode", "Erase"),
    ("napari:activate_labels_fill_mode", "Fill bucket"),
    ("napari:activate_labels_picker_mode", "Pick a label"),
    ("napari:activate_labels_polygon_mode", "Polygon"),
    ("napari:activate_labels_pan_zoom_mode", "Move the view"),
    ("napari:decrease_brush_size", "Smaller brush"),
    ("napari:increase_brush_size", "Larger brush"),
    ("napari:swap_selected_and_background_labels", "Swap label and background"),
    ("Ctrl+Z", "Undo"),
    ("Ctrl+Shift+Z", "Redo"),
    ("napari:increment_dims_left", "Slice before"),
    ("napari:increment_dims_right", "Slice after"),
    ("napari:toggle_selected_visibility", "Hide or show the mask"),
    ("napari:toggle_ndisplay", "2-D or 3-D display"),
)


def key_table(shortcuts: Mapping[str, Sequence[Any]]) -> dict[str, list[tuple[str, str]]]:
    """Return all keys that one needs while correcting, and what they do.

    Parameters
    ----------
    shortcuts : mapping of str to sequence
        napari's own: its settings, or its defaults.

    Returns
    -------
    dict of str to list of (str, str)
        From a title to keys, as one reads them, and texts.
    """
    theirs = []
    for name, what in NAPARI_KEYS:
        keys = shortcuts.get(name, ()) if name.startswith("napari:") else (name,)
        if keys:
            theirs.append((" or ".join(map(str, keys)), what))
    return {
        "Correcting a mask": _rows((*TOOLS, UNCERTAIN, AUTO_GREY)),
        "Work list": _rows(WORK_LIST),
        "napari's own, for the selected mask": theirs,
    }


def _rows(tools: Iterable[Tool]) -> list[tuple[str, str]]:
    return [
        (tool.key, f"{tool.label}: {tool.tip[0].lower()}{tool.tip[1:]}")
        for tool in tools
        if tool.key
    ]
