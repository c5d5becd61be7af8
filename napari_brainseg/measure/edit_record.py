"""What a person changed in the mask of a model, and how long that took."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_brainseg import __version__
from napari_brainseg.frames import acquisition_plane, frame_for
from napari_brainseg.measure.metrics import overlap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["EditRecord", "EditTime", "count_edits"]

IDLE_SECONDS = 60.0
"""A longer pause between two changes is not counted as work."""


@dataclass(frozen=True, slots=True)
class EditTime:
    """When a mask was changed by hand, and for how long.

    Parameters
    ----------
    seconds : float
        From change to change, without pauses of more than a minute.
    steps : int
        Changes, undo and redo included; those within a fraction of a second count as one.
    started, ended : str
        First and last change, as ISO 8601 in UTC to the second; empty if there was none.
    """

    seconds: float = 0.0
    steps: int = 0
    started: str = ""
    ended: str = ""

    def with_change(self, now: datetime) -> EditTime:
        """Count one more change, made now."""
        told = now.isoformat(timespec="seconds")
        if not self.steps:
            return EditTime(0.0, 1, told, told)
        pause = (now - datetime.fromisoformat(self.ended)).total_seconds()
        worked = pause if 0 <= pause <= IDLE_SECONDS else 0.0
        return replace(self, seconds=self.seconds + worked, steps=self.steps + 1, ended=told)


@dataclass(frozen=True, slots=True)
class EditRecord:
    """The mask of a model against the mask that was saved.

    Where a corrected mask was opened and corrected further, the model's own mask is gone: then this
    compares the mask as it was opened with the one that was saved, and ``earlier`` holds what came
    before.

    Parameters
    ----------
    against : {"model", "file"}
        What the saved mask is compared with: the model's own, or the mask as it was opened.
    model, weights : str
        The name of the model's card, and the SHA-256 of its weights, or its first digits.
    rules : dict of str to float
        How probabilities became a mask, such as ``{"threshold": 0.5}``.
    original_voxels, final_voxels : int
        Foreground as the model made it, and as it was saved.
    added_voxels, removed_voxels, relabelled_voxels : int
        Foreground that was added, removed, and given another label.
    added_ml, removed_ml : float or None
        The same as volumes in mL; None where the scan stores no spacing.
    dice, iou : float
        Overlap of both masks, 0 to 1; 1 if both are empty.
    slices, slices_touched : int
        Slices, in the acquisition plane, that the model was run on, and those with a changed voxel.
    original_sha256, final_sha256 : str
        Of the labels (Z, Y, X) as 16-bit integers, little-endian.
    time : EditTime or None
        None where nobody measured it.
    earlier : tuple of EditRecord
        From the model's mask to the one that was opened, the oldest first.
    software : str
        Name and version of this program.
    """

    against: Literal["model", "file"]
    model: str
    weights: str
    rules: dict[str, float]
    original_voxels: int
    final_voxels: int
    added_voxels: int
    removed_voxels: int
    relabelled_voxels: int
    added_ml: float | None
    removed_ml: float | None
    dice: float
    iou: float
    slices: int
    slices_touched: int
    original_sha256: str
    final_sha256: str
    time: EditTime | None
    earlier: tuple[EditRecord, ...] = ()
    software: str = f"napari-brainseg {__version__}"


def count_edits(
    original: NDArray[Any],
    final: NDArray[Any],
    scan: Scan,
    *,
    where: NDArray[np.bool_] | np.bool_ = np.True_,
    against: Literal["model", "file"] = "model",
    model: str,
    weights: str,
    rules: Mapping[str, float],
    time: EditTime | None,
) -> EditRecord:
    """Compare a mask with what the model made.

    Parameters
    ----------
    original, final : ndarray of int, shape (Z, Y, X)
        Labels on the grid of the scan, as the model made them and as they are to be saved.
    scan : Scan
        Has the size of a voxel and the acquisition plane.
    where : ndarray of bool, shape (Z, Y, X), optional
        The voxels that the model was given; only they count. By default all.
    against, model, weights, rules, time
        See :class:`EditRecord`.

    Returns
    -------
    EditRecord
        Without ``earlier``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> edited = mask.copy()
    >>> edited[0, :2, 0] = 1
    >>> found = count_edits(
    ...     mask, edited, scan, model="a model", weights="", rules={"threshold": 0.5}, time=None
    ... )
    >>> found.added_voxels, found.removed_voxels, found.slices_touched
    (2, 0, 1)
    """
    counts = overlap(final * where, original * where)
    changed = (original != final) & where
    slice_axis = frame_for(scan.affine, acquisition_plane(scan.affine)).order[0]
    within = tuple({0, 1, 2} - {slice_axis})
    voxel_ml = scan.voxel_volume / 1000.0 if scan.units == "mm" else None
    return EditRecord(
        against=against,
        model=model,
        weights=weights,
        rules=dict(rules),
        original_voxels=counts.tp + counts.fn,
        final_voxels=counts.tp + counts.fp,
        added_voxels=counts.fp,
        removed_voxels=counts.fn,
        relabelled_voxels=int(np.count_nonzero(changed)) - counts.fp - counts.fn,
        added_ml=None if voxel_ml is None else counts.fp * voxel_ml,
        removed_ml=None if voxel_ml is None else counts.fn * voxel_ml,
        dice=counts.dice,
        iou=counts.iou,
        slices=int(np.count_nonzero(np.broadcast_to(where, scan.grid).any(axis=within))),
        slices_touched=int(np.count_nonzero(changed.any(axis=within))),
        original_sha256=_labels_sha256(original),
        final_sha256=_labels_sha256(final),
        time=time,
    )


def _labels_sha256(labels: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(labels, dtype="<u2").tobytes()).hexdigest()
