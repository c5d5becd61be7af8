"""Putting a result into the viewer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels

from napari_brainseg.frames import frame_for
from napari_brainseg.gui._edits import write_labels
from napari_brainseg.gui._live import rules_of
from napari_brainseg.gui.layers import (
    METADATA_KEY,
    MaskHandle,
    label_looks,
    mask_layer_data,
)
from napari_brainseg.postprocess import mark

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui._run import Outcome
    from napari_brainseg.io import MaskInfo
    from napari_brainseg.postprocess import MaskRules
    from napari_brainseg.segment import Segmentation

__all__ = ["BRUSH_SIZE", "joined", "segmented", "show_outcome"]

BRUSH_SIZE = 10


def show_outcome(viewer: Viewer, outcome: Outcome) -> Labels:
    """Add the mask as a layer, or paint it into the one that was to be replaced.

    The mask is selected, ready to be painted on, unless the user has turned to another layer since
    Segment was clicked.
    """
    job = outcome.job
    active = viewer.layers.selection.active
    # Not "is": napari hands plugins a new proxy at each access.
    turned_away = active != job.active and active in viewer.layers
    target = job.replace
    if target is not None and target in viewer.layers:
        _replace(target, outcome)
    else:
        target = viewer.add_layer(_new_layer(outcome))
    if turned_away:
        viewer.layers.selection.active = active
    else:
        viewer.layers.selection.active = target
        target.selected_label = outcome.segmentation.card.classes[0].value
        target.brush_size = BRUSH_SIZE
        target.mode = "paint"
    return target


def _new_layer(outcome: Outcome) -> Labels:
    card, scan = outcome.segmentation.card, outcome.job.handle.scan
    found = card.classes[0].name if len(card.classes) == 1 else "mask"
    name = f"{scan.source.name} · {found}"
    data, keywords, _ = mask_layer_data(outcome.segmentation.labels, _handle(outcome), name)
    return Labels(data, **keywords)


def _handle(outcome: Outcome) -> MaskHandle:
    """Say which scan a result belongs to, which model made it, and what it was like at first."""
    result, handle = outcome.segmentation, outcome.job.handle
    return MaskHandle(handle.scan, handle.frame, result.info, result.labels, result)


def _replace(layer: Labels, outcome: Outcome) -> None:
    """Write the slices that were segmented into a layer, as one step that can be undone."""
    frame = outcome.job.handle.frame
    done = frame.apply(segmented(outcome.segmentation))
    fresh = np.where(done, frame.apply(outcome.segmentation.labels), layer.data)
    write_labels(layer, fresh)
    # Where slices of the earlier mask remain, the layer differs from the result's labels: that
    # tells that not all is the model's.
    layer.metadata[METADATA_KEY] = _handle(outcome)
    for name, value in label_looks(outcome.segmentation.info).items():
        setattr(layer, name, value)


def joined(
    handle: MaskHandle | None, outcome: Outcome, box: tuple[slice, ...]
) -> tuple[NDArray[np.uint8], MaskHandle]:
    """Join what a run found in a part of a scan with what is known of a mask of that scan.

    The probabilities of the same model replace those known. What it found counts as the model's own
    mask where it was not run before; elsewhere, and from another model, it is a correction.

    Parameters
    ----------
    handle : MaskHandle or None
        What is known of the mask. Where that says nothing of its voxels, the mask becomes the
        model's, run on no more than this part.
    outcome : Outcome
        A run that holds all slices of the part.
    box : tuple of slice
        The part, on the scan's grid.

    Returns
    -------
    labels : ndarray of uint8
        The mask within the box, by the rules that the whole mask follows.
    handle : MaskHandle
        ``handle`` itself if there is nothing new to it.
    """
    fresh = outcome.segmentation
    if handle is None or (handle.result is None and handle.original is None):
        handle = _empty(outcome)
    earlier = handle.result
    if earlier is None or not _comparable(earlier, fresh):
        info = _with_names(handle.info, fresh.info)
        handle = handle if info == handle.info else replace(handle, info=info)
        return _found(fresh, rules_of(fresh.card), box), handle
    own = _found(fresh, rules_of(fresh.card), box)
    labels = own if handle.rules is None else _found(fresh, handle.rules, box)
    known, new = segmented(earlier)[box], (slice(None), *box)
    if known.all() and np.array_equal(earlier.probabilities[new], fresh.probabilities[new]):
        return labels, handle
    probabilities = earlier.probabilities.copy()
    probabilities[new] = fresh.probabilities[new]
    result = replace(
        earlier,
        probabilities=probabilities,
        labels=_filled(earlier.labels, box, ~known, own),
        slices=tuple(sorted({*earlier.slices, *fresh.slices})),
    )
    original = result.labels
    if handle.original is not None and handle.original is not earlier.labels:
        original = _filled(handle.original, box, ~known, labels)
    return labels, replace(handle, result=result, original=original)


def _empty(outcome: Outcome) -> MaskHandle:
    """Say of a mask that it is a model's that was run on nothing yet."""
    run = outcome.segmentation
    nothing = replace(
        run,
        probabilities=np.zeros_like(run.probabilities),
        labels=np.zeros_like(run.labels),
        slices=(),
    )
    return replace(_handle(outcome), original=nothing.labels, result=nothing)


def _comparable(one: Segmentation, other: Segmentation) -> bool:
    """Whether two runs are the same model's on the same voxels."""
    return (
        one.card.weights_sha256 == other.card.weights_sha256
        and one.plane == other.plane
        and one.scan.grid == other.scan.grid
        and np.allclose(one.scan.affine, other.scan.affine)
    )


def _found(result: Segmentation, rules: MaskRules, box: tuple[slice, ...]) -> NDArray[np.uint8]:
    """Make the mask of a part alone: a component is small beside the others of that part."""
    foreground, kinds = result.strongest
    scan = result.scan
    size = (scan.spacing, scan.voxel_volume) if scan.units == "mm" else ((1.0,) * 3, 1.0)
    return np.asarray(mark(foreground[box], rules, *size) * kinds[box], dtype=np.uint8)


def _filled(
    labels: NDArray[Any], box: tuple[slice, ...], where: NDArray[np.bool_], values: NDArray[Any]
) -> NDArray[Any]:
    filled = labels.copy()
    filled[box] = np.where(where, values, filled[box])
    return filled


def _with_names(info: MaskInfo, more: MaskInfo) -> MaskInfo:
    """Add names and colours of labels that have none."""
    if more.names.keys() <= info.names.keys():
        return info
    return replace(info, names={**more.names, **info.names}, colors={**more.colors, **info.colors})


def segmented(result: Segmentation) -> NDArray[np.bool_]:
    """Mark the voxels of the source grid, (Z, Y, X), that lie in segmented slices."""
    scan = result.scan
    done = np.zeros(scan.grid, dtype=bool)
    frame_for(scan.affine, result.plane).apply(done)[list(result.slices)] = True
    return done
