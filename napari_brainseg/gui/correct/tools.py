"""What each tool makes of a mask, given what is set in the panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from napari_brainseg.edit.combine import combine_masks
from napari_brainseg.edit.interpolate import interpolate_edits
from napari_brainseg.edit.islands import keep_component, remove_islands
from napari_brainseg.edit.morphology import fill_holes, grow, shrink, smooth
from napari_brainseg.edit.propagate import copy_slice
from napari_brainseg.edit.protect import Edit, Protection, relabel
from napari_brainseg.edit.slicing import Slicing
from napari_brainseg.errors import EditError
from napari_brainseg.gui.common.shortcuts import TOOLS
from napari_brainseg.gui.correct.runner import Change, Task
from napari_brainseg.gui.layers.geometry import as_volume, shown_slice, slice_axis, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.edit.combine import Combination
    from napari_brainseg.gui.state.hand_edits import EditedVoxels

    Mask = NDArray[np.bool_]
    Tool = Callable[[Mask], Mask]

__all__ = ["Settings", "make_task"]

LABELS = {tool.name: tool.label for tool in TOOLS}


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """What is set in the panel.

    Parameters
    ----------
    whole : bool
        All slices rather than the one on the screen.
    amount : float
        Of growing, shrinking and smoothing, in the unit of the layer's scale.
    size : float
        Of the smallest part that is no island, in that unit cubed.
    protection : Protection
        Intensities in the order of the layer's data as a volume.
    other : Labels or None
        The mask to combine with.
    voxel : tuple of int, optional
        Where the user has clicked, (z, y, x) of the layer's data as a volume.
    """

    whole: bool
    amount: float
    size: float
    protection: Protection
    other: Labels | None = None
    voxel: tuple[int, int, int] | None = None


def make_task(
    name: str, viewer: Viewer, layer: Labels, settings: Settings, edited: EditedVoxels
) -> Task:
    """Give the task of a tool by its name in the table of tools.

    Raises
    ------
    EditError
        If the slider is beyond the layer.
    """
    axis = slice_axis(viewer, layer)
    label = int(layer.selected_label)
    then = None
    if name in ("previous", "next"):
        step = 1 if name == "next" else -1
        slicing = Slicing(axis)
        tool: Tool = partial(_copy, shown_slice(viewer, layer), step)
        then = partial(_move, viewer, layer, axis, step)
    elif name == "interpolate":
        slicing = Slicing(axis)
        find = edited.finder(layer, label, slicing)
        tool = partial(_interpolate, find, slicing.spacing(steps_of(layer)))
        then = partial(edited.settle, layer)
    else:
        index = shown_slice(viewer, layer) if settings.voxel is None else settings.voxel[axis]
        slicing = Slicing(axis, None if settings.whole else index)
        tool = _tool(name, layer, slicing, settings)
    protection = _turned(settings.protection, slicing)
    return Task(LABELS[name], layer, slicing, partial(_use, tool, label, protection), then)


def _tool(name: str, layer: Labels, slicing: Slicing, settings: Settings) -> Tool:
    steps = steps_of(layer)
    spacing, amount = slicing.spacing(steps), settings.amount
    if name in ("grow", "shrink", "smooth"):
        outline = {"grow": grow, "shrink": shrink, "smooth": smooth}[name]
        return lambda mask: outline(mask, amount, spacing)
    if name == "islands":
        volume = float(np.prod(steps))
        return lambda mask: remove_islands(mask, settings.size, volume)
    if name == "keep" and settings.voxel is not None:
        point = slicing.point(settings.voxel)
        return lambda mask: keep_component(mask, point)
    if name in ("add", "subtract", "intersect") and settings.other is not None:
        other = slicing.take(as_volume(settings.other.data))
        return lambda mask: combine_masks(mask, other != 0, cast("Combination", name))
    if name == "fill":
        return fill_holes
    raise EditError(f"{LABELS[name]} needs something that is not chosen.")


def _use(tool: Tool, label: int, protection: Protection, labels: NDArray[Any]) -> Edit:
    return relabel(labels, tool(labels == label), label, protection)


def _copy(index: int, step: int, mask: Mask) -> Mask:
    return copy_slice(mask, index, step)


def _interpolate(find: Tool, spacing: tuple[float, ...], mask: Mask) -> Mask:
    return interpolate_edits(mask, find(mask), spacing)


def _turned(protection: Protection, slicing: Slicing) -> Protection:
    limits = protection.limits
    if limits is None:
        return protection
    turned = replace(limits, intensities=slicing.take(limits.intensities))
    return replace(protection, limits=turned)


def _move(viewer: Viewer, layer: Labels, axis: int, step: int, change: Change) -> None:
    """Go on to the slice that was copied to."""
    place = viewer.dims.ndim - layer.ndim + axis
    point = viewer.dims.point[place] + step * float(layer.scale[axis])
    viewer.dims.set_point(place, point)
