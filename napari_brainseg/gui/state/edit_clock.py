"""The edit record of a mask: how long a person worked on it, and what changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from napari_brainseg.errors import SaveError
from napari_brainseg.gui.domain.provenance import segmented
from napari_brainseg.gui.domain.rules import rules_followed
from napari_brainseg.language import tr
from napari_brainseg.measure.edit_record import EditRecord, EditTime, count_edits
from napari_brainseg.measure.edit_record_file import save_edit_record

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.domain.provenance import Provenance
    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.scan import Scan

__all__ = ["EditClock", "Work", "edit_record_of", "keep_edits"]


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What a mask was at first, and the time that was spent on it since.

    Parameters
    ----------
    provenance : Provenance or None
        Where it comes from.
    time : EditTime or None
        None where it was not worked on.
    """

    provenance: Provenance | None
    time: EditTime | None

    @classmethod
    def on(cls, record: MaskRecord | None) -> Work:
        """Return the work on a mask so far."""
        return cls(None, None) if record is None else cls(record.provenance, record.time)


class EditClock(QObject):
    """Measures the time that masks are worked on, each on its own.

    The time is kept in the mask's record.

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
        record = self._working.record
        if record is None or record.provenance is None or record.provenance.original is None:
            return True
        if record.time is not None:
            return False
        record.time = EditTime()
        return True

    def _count(self) -> None:
        # The change that brings another mask of the model is not work on it.
        if self._start():
            return
        record = self._working.record
        if record is not None and record.time is not None:
            record.time = record.time.with_change(_now())


def edit_record_of(work: Work, labels: NDArray[Any], scan: Scan) -> EditRecord | None:
    """Compare labels with the mask that the model made.

    Only the slices that the model was run on count. A mask that was corrected before it was opened
    is compared with what it was then.

    Parameters
    ----------
    work : Work
        On the mask so far.
    labels : ndarray of int, shape (Z, Y, X)
        On the grid of the scan.
    scan : Scan
        The scan.

    Returns
    -------
    EditRecord or None
        None for a mask that no model had a part in.
    """
    known = work.provenance
    if known is None or known.info.made == "MANUAL":
        return None
    if known.original is None or known.original.shape != labels.shape:
        return None
    rules = rules_followed(known)
    return count_edits(
        known.original,
        labels,
        scan,
        where=np.True_ if known.result is None else segmented(known.result),
        against="model" if known.info.made == "AUTOMATIC" else "file",
        model=known.info.algorithm,
        weights=_weights(known),
        rules={} if rules is None else asdict(rules),
        time=work.time,
    )


def _weights(known: Provenance) -> str:
    """Return the hash of the model's weights, as much of it as is known."""
    if known.result is not None:
        return known.result.card.weights_sha256
    return known.info.weights


def keep_edits(work: Work, labels: NDArray[Any], scan: Scan, path: Path) -> str:
    """Write the edit record of a mask beside its file, just saved.

    Returns
    -------
    str
        A sentence on what came of it; empty where there is nothing to tell.
    """
    try:
        written = save_edit_record(edit_record_of(work, labels, scan), path)
    except SaveError as error:
        return str(error)
    return tr("Changes are listed in {name}.", name=written.name) if written else ""


def _now() -> datetime:
    return datetime.now(UTC)
