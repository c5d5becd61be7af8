"""Keeping account of the work on a mask: how long it took, and what it changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from napari_brainseg.errors import SaveError
from napari_brainseg.gui.layers.results import segmented
from napari_brainseg.gui.layers.scan_layers import MaskHandle, handle_of
from napari_brainseg.gui.state.live_threshold import rules_of
from napari_brainseg.measure.edit_record import EditRecord, EditTime, count_edits
from napari_brainseg.measure.edit_record_file import save_edit_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.scan import Scan

__all__ = ["EditClock", "account_of", "keep_edits"]

TIME_KEY = "brainseg edit time"


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """In a layer's metadata: the time spent on the mask that the model made."""

    original: NDArray[Any]
    time: EditTime


class EditClock(QObject):
    """Measures the time that masks are worked on, each on its own.

    The time travels in the metadata of the layer, where writers find it.

    Parameters
    ----------
    working : WorkingMask
        Tells which mask is changed, and when.
    """

    def __init__(self, working: WorkingMask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._working = working
        self._layer = working.layer
        working.switched.connect(self._on_switched)
        working.edited.connect(self._count)
        self._start()

    def _on_switched(self) -> None:
        # A new result in the same layer is told as an edit too, which then begins at zero.
        if self._working.layer != self._layer:
            self._layer = self._working.layer
            self._start()

    def _start(self) -> bool:
        """Begin at zero where the model's mask is a new one; says whether it was."""
        layer, handle = self._working.layer, self._working.handle
        if layer is None or handle is None or handle.original is None:
            return True
        kept = layer.metadata.get(TIME_KEY)
        if isinstance(kept, _Kept) and kept.original is handle.original:
            return False
        layer.metadata[TIME_KEY] = _Kept(handle.original, EditTime())
        return True

    def _count(self) -> None:
        # The change that brings another mask of the model is not work on it.
        if self._start():
            return
        layer = self._working.layer
        if layer is not None:
            kept = layer.metadata[TIME_KEY]
            layer.metadata[TIME_KEY] = _Kept(kept.original, kept.time.with_change(_now()))


def account_of(metadata: Mapping[str, Any], labels: NDArray[Any], scan: Scan) -> EditRecord | None:
    """Compare labels with the mask that the model made, from the metadata of their layer.

    Only the slices that the model was run on count. A mask that was corrected before it was opened
    is compared with what it was then.

    Parameters
    ----------
    metadata : mapping
        Of the labels layer.
    labels : ndarray of int, shape (Z, Y, X)
        On the grid of the scan.
    scan : Scan
        The scan.

    Returns
    -------
    EditRecord or None
        None for a mask that no model had a part in.
    """
    handle = handle_of(metadata)
    if not isinstance(handle, MaskHandle) or handle.info.made == "MANUAL":
        return None
    original, result = handle.original, handle.result
    if original is None or original.shape != labels.shape:
        return None
    kept = metadata.get(TIME_KEY)
    timed = isinstance(kept, _Kept) and kept.original is original
    card = None if result is None else result.card
    return count_edits(
        original,
        labels,
        scan,
        where=np.True_ if result is None else segmented(result),
        against="model" if handle.info.made == "AUTOMATIC" else "file",
        model=handle.info.algorithm,
        weights=card.weights_sha256 if card else handle.info.version.removeprefix("weights "),
        rules=asdict(handle.rules or rules_of(card)) if card else {},
        time=kept.time if timed and kept is not None else None,
    )


def keep_edits(metadata: Mapping[str, Any], labels: NDArray[Any], scan: Scan, path: Path) -> str:
    """Write the account of a mask beside its file, just saved.

    Returns
    -------
    str
        A sentence on what came of it; empty where there is nothing to tell.
    """
    try:
        written = save_edit_record(account_of(metadata, labels, scan), path)
    except SaveError as error:
        return str(error)
    return f"What was changed is told in {written.name}." if written else ""


def _now() -> datetime:
    return datetime.now(UTC)
