"""What each tool makes of a mask, given what is set in the panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.edit.combine import combine_masks
from napari_brainseg.edit.interpolate import interpolate_edits
from napari_brainseg.edit.islands import keep_component, remove_islands
from napari_brainseg.edit.morphology import fill_holes, grow, shrink, smooth
from napari_brainseg.edit.outline import Cut, cut_along, within_outline
from napari_brainseg.edit.propagate import copy_slice
from napari_brainseg.edit.protect import Edit, Protection, relabel
from napari_brainseg.edit.slicing import Slicing
from napari_brainseg.errors import EditError
from napari_brainseg.gui.correct.runner import Change, Task
from napari_brainseg.gui.domain.shortcuts import TOOLS
from napari_brainseg.gui.layers.geometry import as_volume, shown_slice, slice_axis, steps_of
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.edit.combine import Combination
    from napari_brainseg.gui.correct.options import ToolOptions
    from napari_brainseg.gui.state.hand_edits import EditedVoxels

    Mask = NDArray[np.bool_]
    Tool = Callable[[Mask], Mask]
    Then = Callable[[Change], None]

__all__ = ["Use", "make_task"]

LABELS = {tool.name: tool.label for tool in TOOLS}


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """One use of a tool: what is set, and what is on the screen.

    Parameters
    ----------
    viewer : Viewer
    layer : Labels
        The mask; its selected label is edited.
    options : ToolOptions
        What is set for the tools.
    protection : Protection
        What must stay; intensities in the order of the layer's data as a volume.
    edited : EditedVoxels
        Knows what a person has changed.
    voxel : tuple of int, optional
        Where the user has clicked, (z, y, x) of the layer's data as a volume.
    outline : ndarray of float, optional
        What the user has drawn, shape (N, D), in voxels of the layer.
    """

    viewer: Viewer
    layer: Labels
    options: ToolOptions
    protection: Protection
    edited: EditedVoxels
    voxel: tuple[int, int, int] | None = None
    outline: NDArray[np.float64] | None = None

    @property
    def axis(self) -> int:
        """The axis of the slider, among those of a volume."""
        return slice_axis(self.viewer, self.layer)

    @property
    def slicing(self) -> Slicing:
        """The slices that are edited: all, or that of the click, or the one on the screen.

        A click in the 3-D display means all of them, since none is on the screen.
        """
        in_space = self.voxel is not None and self.viewer.dims.ndisplay == 3
        if self.options.whole or in_space:
            return Slicing(self.axis)
        voxel = self.voxel
        at = shown_slice(self.viewer, self.layer) if voxel is None else voxel[self.axis]
        return Slicing(self.axis, at)

    def task(self, name: str, tool: Tool, slicing: Slicing, then: Then | None = None) -> Task:
        """Make the task of a function that turns one mask into another."""
        label, protection = int(self.layer.selected_label), self.protection.on(slicing.take)
        work = partial(_use, tool, label, protection)
        return Task(tr(LABELS[name]), self.layer, slicing, work, then)


def make_task(name: str, use: Use) -> Task:
    """Return the task of a tool by its name in the table of tools.

    Raises
    ------
    EditError
        If the slider is beyond the layer, or something is not chosen.
    """
    return MAKERS[name](name, use)


def _copying(step: int, name: str, use: Use) -> Task:
    tool = partial(_copy, shown_slice(use.viewer, use.layer), step)
    then = partial(_move, use.viewer, use.layer, use.axis, step)
    return use.task(name, tool, Slicing(use.axis), then)


def _interpolating(name: str, use: Use) -> Task:
    slicing = Slicing(use.axis)
    find = use.edited.finder(use.layer, int(use.layer.selected_label), slicing)
    tool = partial(_interpolate, find, slicing.spacing(steps_of(use.layer)))
    return use.task(name, tool, slicing, partial(use.edited.settle, use.layer))


def _outlining(name: str, use: Use) -> Task:
    outline, slicing = {"grow": grow, "shrink": shrink, "smooth": smooth}[name], use.slicing
    spacing, amount = slicing.spacing(steps_of(use.layer)), use.options.amount
    return use.task(name, lambda mask: outline(mask, amount, spacing), slicing)


def _filling(name: str, use: Use) -> Task:
    # What another label covers is no hole: the core of a tumour lies within its oedema.
    background = replace(use.protection, overwrite=False)
    return replace(use, protection=background).task(name, fill_holes, use.slicing)


def _removing(name: str, use: Use) -> Task:
    smallest, volume = use.options.smallest, float(np.prod(steps_of(use.layer)))
    return use.task(name, lambda mask: remove_islands(mask, smallest, volume), use.slicing)


def _keeping(name: str, use: Use) -> Task:
    slicing = use.slicing
    if use.voxel is None:
        raise EditError(tr("{tool} needs a click on the mask.", tool=tr(LABELS[name])))
    point = slicing.point(use.voxel)
    return use.task(name, lambda mask: keep_component(mask, point), slicing)


def _cutting(how: Cut, name: str, use: Use) -> Task:
    slicing = use.slicing
    if use.outline is None:
        raise EditError(tr("{tool} needs an outline on the mask.", tool=tr(LABELS[name])))
    corners = np.pad(use.outline, ((0, 0), (3 - use.layer.ndim, 0)))
    flat = np.delete(corners, use.axis, axis=1)
    y, x = np.delete(as_volume(use.layer.data).shape, use.axis)

    def cut(mask: Mask) -> Mask:
        return cut_along(mask, within_outline(flat, (int(y), int(x))), how)

    return use.task(name, cut, slicing)


def _combining(how: Combination, name: str, use: Use) -> Task:
    slicing = use.slicing
    if use.options.other is None:
        raise EditError(tr("{tool} needs another mask.", tool=tr(LABELS[name])))
    other = slicing.take(as_volume(use.options.other.data))
    return use.task(name, lambda mask: combine_masks(mask, other != 0, how), slicing)


MAKERS: dict[str, Callable[[str, Use], Task]] = {
    "previous": partial(_copying, -1),
    "next": partial(_copying, 1),
    "interpolate": _interpolating,
    "grow": _outlining,
    "shrink": _outlining,
    "smooth": _outlining,
    "fill": _filling,
    "islands": _removing,
    "keep": _keeping,
    "lasso": partial(_cutting, "mark"),
    "scissors": partial(_cutting, "erase"),
    "crop": partial(_cutting, "keep"),
    "add": partial(_combining, "add"),
    "subtract": partial(_combining, "subtract"),
    "intersect": partial(_combining, "intersect"),
}
"""How the tools that change voxels do so; the others begin something in the viewer."""


def _use(tool: Tool, label: int, protection: Protection, labels: NDArray[Any]) -> Edit:
    return relabel(labels, tool(labels == label), label, protection)


def _copy(index: int, step: int, mask: Mask) -> Mask:
    return copy_slice(mask, index, step)


def _interpolate(find: Tool, spacing: tuple[float, ...], mask: Mask) -> Mask:
    return interpolate_edits(mask, find(mask), spacing)


def _move(viewer: Viewer, layer: Labels, axis: int, step: int, change: Change) -> None:
    """Go on to the slice that was copied to."""
    place = viewer.dims.ndim - layer.ndim + axis
    point = viewer.dims.point[place] + step * float(layer.scale[axis])
    viewer.dims.set_point(place, point)
