"""What is known of a mask after its model was run again on a part of the scan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.gui.domain.provenance import Provenance, made_by_run, segmented
from napari_brainseg.gui.domain.rules import rules_of
from napari_brainseg.pipeline.postprocess import mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.io import MaskInfo
    from napari_brainseg.pipeline.postprocess import MaskRules
    from napari_brainseg.pipeline.segment import Segmentation

    Box = tuple[slice, ...]

__all__ = ["joined"]


def joined(
    known: Provenance | None, handle: ScanHandle, fresh: Segmentation, box: Box, *, is_drawn: bool
) -> tuple[NDArray[np.uint8], Provenance]:
    """Join what a run found in a part of a scan with what is known of a mask of that scan.

    The same model's probabilities take the place of those known there. What it found counts as the
    model's own mask where it was not run before; elsewhere, and from another model, it is a
    correction.

    Parameters
    ----------
    known : Provenance or None
        What is known of the mask.
    handle : ScanHandle
        The scan that the run was started on.
    fresh : Segmentation
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
    known : Provenance
        ``known`` itself if there is nothing new to it.
    """
    known = _start(known, handle, fresh, is_drawn=is_drawn)
    earlier, own = known.result, rules_of(fresh.card)
    if earlier is None or not _comparable(earlier, fresh):
        return _found(fresh, own, box), _with_names(known, fresh.info)
    labels = _found(fresh, known.rules or own, box)
    result = _with_probabilities(earlier, fresh, box)
    new = ~segmented(earlier)[box]
    if new.any():
        result = _with_slices(result, fresh, box, new, _found(fresh, own, box))
        original = _original(known, result, own, (box, new, labels))
        return labels, replace(known, result=result, original=original)
    return labels, known if result is earlier else replace(known, result=result)


def _start(
    known: Provenance | None, handle: ScanHandle, fresh: Segmentation, *, is_drawn: bool
) -> Provenance:
    """Return what is known before the run; of an empty mask of unknown origin, a run on nothing."""
    if known is not None and (is_drawn or not _is_unknown(known)):
        return known
    if is_drawn:
        return Provenance(handle.scan, handle.frame)
    empty = replace(
        fresh,
        probabilities=np.zeros_like(fresh.probabilities),
        labels=np.zeros_like(fresh.labels),
        slices=(),
    )
    return replace(made_by_run(handle, fresh), original=empty.labels, result=empty)


def _is_unknown(known: Provenance) -> bool:
    return known.result is None and known.original is None


def _with_slices(
    result: Segmentation,
    fresh: Segmentation,
    box: Box,
    new: NDArray[np.bool_],
    found: NDArray[np.uint8],
) -> Segmentation:
    return replace(
        result,
        labels=_filled(result.labels, box, new, found),
        slices=tuple(sorted({*result.slices, *fresh.slices})),
    )


def _original(
    known: Provenance,
    result: Segmentation,
    own: MaskRules,
    found: tuple[Box, NDArray[np.bool_], NDArray[np.uint8]],
) -> NDArray[Any]:
    """Return the mask as the model made it by the rules that it follows."""
    if known.original is None or known.rules in (None, own):
        return result.labels
    return _filled(known.original, *found)


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


def _with_names(known: Provenance, run: MaskInfo) -> Provenance:
    """Add names and colours of labels that have none; what was drawn by hand is so no longer."""
    info = known.info
    if not run.names.keys() <= info.names.keys():
        names, colors = {**run.names, **info.names}, {**run.colors, **info.colors}
        info = replace(info, names=names, colors=colors)
    if info.made == "MANUAL":
        made = run.corrected()
        info = replace(info, made=made.made, algorithm=made.algorithm, version=made.version)
    return known if info is known.info else replace(known, info=info)
