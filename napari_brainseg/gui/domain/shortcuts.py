"""What has a key, and which: the one table that all else is made of.

Buttons, tooltips, key bindings, the cheat sheet in the panel and ``docs/keys.md`` come from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from napari_brainseg.language import marked, tr

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
        Text of its button, in English.
    key : str
        In napari's spelling, e.g. ``Shift+G``; empty if it has none.
    tip : str
        What it does, in one English sentence without full stop.
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
        return f"{tr(self.label)}  {key}".strip()

    @property
    def tooltip(self) -> str:
        """The tip, and the key."""
        return f"{tr(self.tip)} ({key_text(self.key)})" if self.key else tr(self.tip)


KEY_NAMES = (marked("Shift"), marked("Left"), marked("Right"), marked("Return"), marked("Space"))
"""Keys that keyboards of other languages call otherwise."""


def key_text(key: str) -> str:
    """Return a key as it is called in the language in use.

    Examples
    --------
    >>> key_text("Shift+G")
    'Shift+G'
    """
    return "+".join(tr(part) if part in KEY_NAMES else part for part in key.split("+"))


# None of these is a key of napari's own, in any layer: tests/gui/common/test_keys.py checks it.
TOOLS = (
    Tool("mode", marked("This slice or all"), "Shift+D",
         marked("Switch the tools between the slice on the screen and all slices"), needs=()),
    Tool("inside", marked("Inside"), "Shift+E",
         marked("Scribble inside the lesion: the mask follows your strokes, by the intensities "
                "and the model"),
         (Need.MASK, Need.SCAN)),
    Tool("outside", marked("Outside"), "Shift+O",
         marked("Scribble outside the lesion: the mask keeps away from these strokes"),
         (Need.MASK, Need.SCAN)),
    Tool("sphere", marked("Sphere"), "Shift+Y",
         marked("Paint and erase balls through the slices; once more: discs on one slice")),
    Tool("polish", marked("Smoothing brush"), "Shift+J",
         marked("Even out the outline where you brush over it, over about the amount")),
    Tool("lasso", marked("Lasso"), "Shift+Q",
         marked("Mark what lies within an outline that you draw")),
    Tool("scissors", marked("Scissors"), "Shift+X",
         marked("Erase what lies within an outline that you draw")),
    Tool("crop", marked("Keep inside"), "Shift+C",
         marked("Erase what lies outside of an outline that you draw")),
    Tool("previous", marked("Copy"), "Shift+Left",
         marked("Replace the slice before by this one, and go there"),
         (Need.MASK, Need.SLICES)),
    Tool("next", marked("Copy"), "Shift+Right",
         marked("Replace the slice after by this one, and go there"),
         (Need.MASK, Need.SLICES)),
    Tool("interpolate", marked("Interpolate"), "Shift+I",
         marked("Redraw what lies between the slices that you drew or corrected; fill gaps"),
         (Need.MASK, Need.SLICES)),
    Tool("grow", marked("Grow"), "Shift+G", marked("Move the outline outwards by the amount")),
    Tool("shrink", marked("Shrink"), "Shift+S", marked("Move the outline inwards by the amount")),
    Tool("smooth", marked("Smooth"), "Shift+M",
         marked("Even out the outline over about the amount; the volume stays")),
    Tool("fill", marked("Fill holes"), "Shift+H", marked("Mark what the mask encloses")),
    Tool("islands", marked("Remove islands"), "Shift+R",
         marked("Remove the parts that are smaller than the size")),
    Tool("keep", marked("Keep one"), "Shift+K",
         marked("Keep only the part that you click on")),
    Tool("brush", marked("Threshold brush"), "Shift+B",
         marked("Paint only where the intensity is in the range; once more: anywhere"),
         (Need.MASK, Need.SCAN)),
    Tool("pick", marked("Range from scan"), "Shift+U",
         marked("Take the range from the tissue that you click on: mean ± 2 standard deviations"),
         (Need.MASK, Need.SCAN)),
    Tool("slice", marked("Run on this slice"), "Shift+N",
         marked("Run the model again and replace only the slice on the screen")),
    Tool("box", marked("Run in a box"), "Shift+W",
         marked("Run the model again inside a rectangle that you draw, and replace only that")),
    Tool("add", marked("Add"), "", marked("Add the other mask to the selected label"),
         (Need.MASK, Need.OTHER)),
    Tool("subtract", marked("Subtract"), "",
         marked("Take the other mask away from the selected label"),
         (Need.MASK, Need.OTHER)),
    Tool("intersect", marked("Intersect"), "", marked("Keep only what is in the other mask, too"),
         (Need.MASK, Need.OTHER)),
    Tool("keys", marked("Keys"), "F1", marked("Show all keys"), needs=()),
)  # fmt: skip

AUTO_GREY = Tool("grey", marked("Auto grey"), "Shift+Z",
                 marked("Grey levels as the scan opened with"), needs=())  # fmt: skip

UNCERTAIN = Tool(
    "uncertain",
    marked("Next uncertain slice"),
    "N",
    marked("Go to the slice with the most uncertain voxels, then to the next"),
)

WORK_LIST = (
    Tool("previous", marked("Previous"), "Alt+Left",
         marked("Save the mask and go back to the scan before")),
    Tool("next", marked("Next"), "Alt+Right", marked("Save the mask and go on to the next scan")),
    Tool("accept", marked("Accept"), "Alt+Return",
         marked("Save the mask as accepted and go on to the next scan that is not")),
)  # fmt: skip
"""Bound by the work list, while that is open."""

# napari's own that one needs most while correcting: the name of its setting, or the key itself
# where there is no setting.
NAPARI_KEYS = (
    ("napari:activate_labels_paint_mode", marked("Paint")),
    ("napari:activate_labels_erase_mode", marked("Erase")),
    ("napari:activate_labels_fill_mode", marked("Fill bucket")),
    ("napari:activate_labels_picker_mode", marked("Pick a label")),
    ("napari:activate_labels_polygon_mode", marked("Polygon")),
    ("napari:activate_labels_pan_zoom_mode", marked("Move the view")),
    ("napari:decrease_brush_size", marked("Smaller brush")),
    ("napari:increase_brush_size", marked("Larger brush")),
    ("napari:swap_selected_and_background_labels", marked("Swap label and background")),
    ("Ctrl+Z", marked("Undo")),
    ("Ctrl+Shift+Z", marked("Redo")),
    ("napari:increment_dims_left", marked("Slice before")),
    ("napari:increment_dims_right", marked("Slice after")),
    ("napari:toggle_selected_visibility", marked("Hide or show the mask")),
    ("napari:toggle_ndisplay", marked("2-D or 3-D display")),
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
            theirs.append((tr(" or ").join(key_text(str(key)) for key in keys), tr(what)))
    return {
        tr("Correcting a mask"): _rows((*TOOLS, UNCERTAIN, AUTO_GREY)),
        tr("Work list"): _rows(WORK_LIST),
        tr("napari's own, for the selected mask"): theirs,
    }


def _rows(tools: Iterable[Tool]) -> list[tuple[str, str]]:
    return [
        (key_text(tool.key), f"{tr(tool.label)}: {tip[0].lower()}{tip[1:]}")
        for tool in tools
        if tool.key
        for tip in [tr(tool.tip)]
    ]
