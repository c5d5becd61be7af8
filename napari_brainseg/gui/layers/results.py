"""Putting a result into the viewer."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Image, Labels

from napari_brainseg.errors import EditError
from napari_brainseg.gui.domain.mask_record import adopt, new_metadata, provenance_of, record_of
from napari_brainseg.gui.domain.provenance import made_by_run, segmented
from napari_brainseg.gui.layers.geometry import shown_slice, slice_axis
from napari_brainseg.gui.layers.mask_layers import is_mask_layer, label_looks, mask_layer_data
from napari_brainseg.gui.layers.own_scan import own_scan
from napari_brainseg.gui.layers.selection import add_unselected
from napari_brainseg.gui.layers.tool_drawings import draw_tools_late
from napari_brainseg.gui.layers.undoable import write_labels
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari.layers import Layer
    from napari.viewer import Viewer

    from napari_brainseg.gui.layers.running_mask import RunningMask
    from napari_brainseg.gui.state.run import Outcome, RunJob
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.scan import Scan

__all__ = [
    "BRUSH_SIZE",
    "has_turned_away",
    "hide_alike",
    "hide_older",
    "is_open",
    "point_at_mask",
    "put_outcome",
    "revisions_of",
    "take_brush",
    "take_up",
    "turn_to_mask",
    "uncover",
]

BRUSH_SIZE = 10

COVERING = {"opaque", "translucent", "translucent_no_depth"}
"""Ways of napari's to blend by which an opaque image hides what lies below."""


def has_turned_away(viewer: Viewer, job: RunJob, running: RunningMask) -> bool:
    """Whether the user has selected another layer since Segment was clicked."""
    active = viewer.layers.selection.active
    # Not "is": napari hands plugins a new proxy at each access.
    return active not in (job.active, running.layer) and active in viewer.layers


def put_outcome(viewer: Viewer, outcome: Outcome, running: RunningMask) -> Labels:
    """Put the mask into a layer of its own, or paint it into the one that was to be replaced.

    What is selected stays so. A run that was cancelled replaces nothing.

    Parameters
    ----------
    running : RunningMask
        The layer in which its slices were shown, which becomes that of the mask.
    """
    target = outcome.job.replace
    if target is not None and target in viewer.layers and not outcome.left:
        _replace(target, outcome)
        return target
    if (layer := running.take()) is not None:
        return _finish(layer, outcome)
    return add_unselected(viewer, _new_layer(outcome))


def take_up(viewer: Viewer, job: RunJob, mask: Labels) -> None:
    """Select the mask of a run, with some of it on the screen."""
    uncover(viewer, job.handle.scan)
    stayed = not job.point or job.point == tuple(viewer.dims.point)
    if job.slices is None and stayed and not _is_on_screen(viewer, mask):
        turn_to_mask(viewer, mask)
    viewer.layers.selection.active = mask


def take_brush(mask: Labels, card: ModelCard) -> None:
    """Have the brush in hand for a mask, which makes its first class."""
    mask.selected_label = card.classes[0].value
    mask.brush_size = BRUSH_SIZE
    mask.mode = "paint"


def revisions_of(viewer: Viewer) -> dict[str, int]:
    """Return how often the voxels of each mask have changed, by the layer's own name for itself."""
    found = ((layer.unique_id, record_of(layer)) for layer in viewer.layers if is_mask_layer(layer))
    return {key: record.revision for key, record in found if record is not None}


def hide_older(viewer: Viewer, mask: Labels, before: Mapping[str, int] | None = None) -> None:
    """Hide the other masks of a mask's scan: two that lie on each other look like a third.

    Parameters
    ----------
    viewer : Viewer
    mask : Labels
        The new one.
    before : mapping of str to int, optional
        From :func:`revisions_of`, of the time when the new mask was asked for: one that was painted
        in since then is what the user is at, and stays.
    """
    now = revisions_of(viewer)
    painted = {key for key, revision in (before or {}).items() if now.get(key) != revision}
    for layer in _others_beside(viewer, mask):
        if layer.unique_id not in painted:
            layer.visible = False


def hide_alike(viewer: Viewer, mask: Labels) -> None:
    """Hide the other masks of a mask's scan that have the same labels; others overlap it truly."""
    known = provenance_of(mask)
    for layer in _others_beside(viewer, mask):
        other = provenance_of(layer)
        if known is not None and other is not None and other.info.names == known.info.names:
            layer.visible = False


def uncover(viewer: Viewer, scan: Scan) -> None:
    """Hide the images of other scans that lie on a scan, if that is shown at all.

    The head may have moved between two sequences, and a mask then lies beside what it marks.
    """
    images = [layer for layer in viewer.layers if isinstance(layer, Image) and layer.visible]
    own = [layer for layer in images if own_scan(layer) is scan]
    if own:
        for layer in images[images.index(own[-1]) + 1 :]:
            covers = layer.opacity == 1 and layer.blending in COVERING
            if covers and own_scan(layer) not in (None, scan):
                layer.visible = False


def is_open(layers: Iterable[Layer], image: Image, scan: Scan) -> bool:
    """Whether an image is among the layers, or another channel of its scan."""
    images = [layer for layer in layers if isinstance(layer, Image)]
    return image in images or any(own_scan(each) is scan for each in images)


def _others_beside(viewer: Viewer, mask: Labels) -> list[Labels]:
    """Return the other masks of a mask's scan."""
    scan = own_scan(mask)
    masks = [layer for layer in viewer.layers if is_mask_layer(layer) and layer != mask]
    return [layer for layer in masks if scan is not None and own_scan(layer) is scan]


def turn_to_mask(viewer: Viewer, mask: Labels) -> None:
    """Go to the slice with the most of a mask."""
    if mask.ndim != 3 or viewer.dims.ndisplay == 3:
        return
    axis = slice_axis(viewer, mask)
    areas = np.count_nonzero(np.moveaxis(mask.data, axis, 0), axis=(1, 2))
    if areas.any():
        place = np.zeros(3)
        place[axis] = areas.argmax()
        viewer.dims.set_point(axis + viewer.dims.ndim - 3, mask.data_to_world(place)[axis])


def point_at_mask(viewer: Viewer, mask: Labels) -> None:
    """Bring the point that all planes go through into a mask."""
    if mask.ndim != 3 or viewer.dims.ndisplay == 3:
        return
    if not _is_on_screen(viewer, mask):
        turn_to_mask(viewer, mask)
    axis, first = slice_axis(viewer, mask), viewer.dims.ndim - 3
    at = np.round(mask.world_to_data(viewer.dims.point[first:])).astype(int)
    inside = np.argwhere(np.take(mask.data, at[axis], axis))
    if not len(inside):
        return
    center = inside[np.square(inside - inside.mean(axis=0)).sum(axis=1).argmin()]
    world = mask.data_to_world(np.insert(center, axis, at[axis]))
    for other in range(3):
        viewer.dims.set_point(first + other, world[other])


def _is_on_screen(viewer: Viewer, mask: Labels) -> bool:
    with suppress(EditError):  # the slider is beyond the mask
        return bool(np.take(mask.data, shown_slice(viewer, mask), slice_axis(viewer, mask)).any())
    return False


def _new_layer(outcome: Outcome) -> Labels:
    known = made_by_run(outcome.job.handle, outcome.segmentation)
    data, keywords, _ = mask_layer_data(outcome.segmentation.labels, known, _name(outcome))
    return draw_tools_late(Labels(data, **keywords))


def _name(outcome: Outcome) -> str:
    """Name a mask after its scan and what it shows; what is not all of it says so."""
    result, left = outcome.segmentation, outcome.left
    classes, done = result.card.classes, len(result.slices)
    found = classes[0].name if len(classes) == 1 else "mask"
    part = tr(" ({done} of {total} slices)", done=done, total=done + left) if left else ""
    return f"{outcome.job.handle.scan.source.name} · {found}{part}"


def _finish(layer: Labels, outcome: Outcome) -> Labels:
    """Make the layer in which slices were shown that of the mask."""
    handle, result = outcome.job.handle, outcome.segmentation
    np.copyto(handle.frame.invert(layer.data), result.labels)
    layer.metadata.update(new_metadata(made_by_run(handle, result)))
    layer.name = _name(outcome)
    layer.refresh()
    return layer


def _replace(layer: Labels, outcome: Outcome) -> None:
    """Write the slices that were segmented into a layer, as one step that can be undone.

    What was edited there since Segment was clicked stays as it is.
    """
    frame = outcome.job.handle.frame
    done = frame.apply(segmented(outcome.segmentation))
    if outcome.before is not None and outcome.before.shape == layer.data.shape:
        done = done & (layer.data == outcome.before)
    fresh = np.where(done, frame.apply(outcome.segmentation.labels), layer.data)
    write_labels(layer, fresh)
    # Where slices of the earlier mask remain, the layer differs from the result's labels: that
    # tells that not all is the model's.
    adopt(layer).begin(made_by_run(outcome.job.handle, outcome.segmentation))
    for name, value in label_looks(outcome.segmentation.info).items():
        setattr(layer, name, value)
