"""What is known of a mask after its model was run again on a part of the scan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.gui.layers.results import handle_for, segmented
from napari_brainseg.gui.layers.scan_layers import MaskHandle
from napari_brainseg.gui.state.live_threshold import rules_of
from napari_brainseg.pipeline.postprocess import mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.gui.state.run import Outcome
    from napari_brainseg.io import MaskInfo
    from napari_brainseg.pipeline.postprocess import MaskRules
    from napari_brainseg.pipeline.segment import Segmentation

    Box = tuple[slice, ...]

__all__ = ["joined"]


def joined(
    handle: MaskHandle | None, outcome: Outcome, box: Box, *, is_drawn: bool
) -> tuple[NDArray[np.uint8], MaskHandle]:
    """Join what a run found in a part of a scan with what is known of a mask of that scan.

    The same model's probabilities take the place of those known there. What it found counts as the
    model's own mask where it was not run before; elsewhere, and from another model, it is a
    correction.

    Parameters
    ----------
    handle : MaskHandle or None
        What is known of the mask.
    outcome : Outcome
        A run that holds all slices of the part.
    box : tuple of slice
        The part, on the scan's grid.
    is_drawn : bool
        Whether the mask holds anything. One of unknown origin that does not becomes the model's,
        run on no more than this part.

    Returns
    -------
    labels : ndarray of uint8
        The mask within the box, by the rules that the whole mask follows.
    handle : MaskHandle
        ``handle`` itself if there is nothing new to it.
    """
    fresh = outcome.segmentation
    if handle is None or (handle.result is None and handle.original is None and not is_drawn):
        handle = _scan_only(outcome) if is_drawn else _run_on_nothing(outcome)
    own, earlier, original = rules_of(fresh.card), handle.result, handle.original
    if earlier is None or not _comparable(earlier, fresh):
        return _found(fresh, own, box), _with_names(handle, fresh.info)
    labels = _found(fresh, handle.rules or own, box)
    result = _with_probabilities(earlier, fresh, box)
    new = ~segmented(earlier)[box]
    if new.any():
        result = replace(
            result,
            labels=_filled(earlier.labels, box, new, _found(fresh, own, box)),
            slices=tuple(sorted({*earlier.slices, *fresh.slices})),
        )
        if original is None or original is earlier.labels:
            original = result.labels
        else:
            original = _filled(original, box, new, labels)
    if result is earlier:
        return labels, handle
    return labels, replace(handle, result=result, original=original)


def _scan_only(outcome: Outcome) -> MaskHandle:
    handle = outcome.job.handle
    return MaskHandle(handle.scan, handle.frame)


def _run_on_nothing(outcome: Outcome) -> MaskHandle:
    run = outcome.segmentation
    empty = replace(
        run,
        probabilities=np.zeros_like(run.probabilities),
        labels=np.zeros_like(run.labels),
        slices=(),
    )
    return replace(handle_for(outcome), original=empty.labels, result=empty)


def _comparable(one: Segmentation, other: Segmentation) -> bool:
    """Whether two runs are the same model's on the same voxels."""
    return (
        one.card.weights_sha256 == other.card.weights_sha256
        and one.plane == other.plane
        and one.scan.grid == other.scan.grid
        and np.allclose(one.scan.affine, other.scan.affine)
    )


def _found(result: Segmentation, rules: MaskRules, box: Box) -> NDArray[np.uint8]:
    """Make the mask of a part alone: a component is small beside the others of that part."""
    foreground, kinds = result.strongest
    scan = result.scan
    size = (scan.spacing, scan.voxel_volume) if scan.units == "mm" else ((1.0,) * 3, 1.0)
    return np.asarray(mark(foreground[box], rules, *size) * kinds[box], dtype=np.uint8)


def _with_probabilities(earlier: Segmentation, fresh: Segmentation, box: Box) -> Segmentation:
    there = (slice(None), *box)
    if np.array_equal(earlier.probabilities[there], fresh.probabilities[there]):
        return earlier
    probabilities = earlier.probabilities.copy()
    probabilities[there] = fresh.probabilities[there]
    return replace(earlier, probabilities=probabilities)


def _filled(
    labels: NDArray[Any], box: Box, where: NDArray[np.bool_], values: NDArray[Any]
) -> NDArray[Any]:
    filled = labels.copy()
    filled[box] = np.where(where, values, filled[box])
    return filled


def _with_names(handle: MaskHandle, run: MaskInfo) -> MaskHandle:
    """Add names and colours of labels that have none; what was drawn by hand is so no longer."""
    info = handle.info
    if not run.names.keys() <= info.names.keys():
        names, colors = {**run.names, **info.names}, {**run.colors, **info.colors}
        info = replace(info, names=names, colors=colors)
    if info.made == "MANUAL":
        made = run.corrected()
        info = replace(info, made=made.made, algorithm=made.algorithm, version=made.version)
    return handle if info is handle.info else replace(handle, info=info)
