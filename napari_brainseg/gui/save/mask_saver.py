"""Saving a mask from the panel."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QFileDialog, QMessageBox, QWidget

from napari_brainseg.autosave.digests import slice_digests
from napari_brainseg.errors import BrainsegError, without_path
from napari_brainseg.gui.common.text import unmarked
from napari_brainseg.gui.common.workers import Queue
from napari_brainseg.gui.domain.mask_record import adopt, record_of
from napari_brainseg.gui.domain.provenance import info_of
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.save.names import IDENTITY, UNPLACED, with_suffix
from napari_brainseg.gui.state.edit_clock import Work, keep_edits
from napari_brainseg.io import (
    MASK_SUFFIXES,
    carries_identity,
    default_mask_path,
    is_seg,
    keep_mask,
    why_no_seg,
    write_contours,
)
from napari_brainseg.io.files import is_present
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from pathlib import Path

    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.io import MaskInfo
    from napari_brainseg.scan import Scan

__all__ = ["MaskSaver", "may_replace"]

SEG_FILTER = marked("DICOM SEG, carries the patient's name, ID and dates (*.dcm)")
CONTOURS_FILTER = marked("DICOM RTSTRUCT, contours only, carries name, ID and dates too (*.dcm)")
FOR_DICOM = (SEG_FILTER, CONTOURS_FILTER)
FILTERS = {
    "NIfTI (*.nii.gz *.nii)": ".nii.gz",
    "NRRD (*.nrrd)": ".nrrd",
    marked("3D Slicer segmentation (*.seg.nrrd)"): ".seg.nrrd",
    "MetaImage (*.mha)": ".mha",
    "TIFF (*.tif *.tiff)": ".tif",
    SEG_FILTER: ".dcm",
    CONTOURS_FILTER: ".dcm",
}
"""What the dialog offers, and the suffix each adds to a name without one."""

EXPORTED = marked(
    "Exported {name}: contours, filled again and compared with the mask. They carry the patient's "
    "name, ID and dates. This is a copy for planning systems: save the mask as well."
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _SaveJob:
    """What to write where; the layer is only passed through."""

    layer: Labels
    labels: NDArray[Any]
    scan: Scan
    path: Path
    contours: bool
    work: Work


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """What came of a job, and what to tell the user.

    ``digests`` are those of the labels that are in a mask's file now. Contours are no mask that
    one goes on with: edits that are in nothing else are unsaved.
    """

    job: _SaveJob
    message: str
    failed: bool = False
    digests: tuple[bytes, ...] | None = None
    info: MaskInfo | None = None


class MaskSaver(QObject):
    """Asks where to save and writes in a worker thread, one mask after the other.

    Signals
    -------
    ended : str
        A sentence for the status line.
    saved : Labels
        A layer is in a file; its record knows. Comes before ``ended``.
    """

    ended = Signal(str)
    saved = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._writing = Queue(self, self._on_written)

    def save(self, layer: Labels) -> None:
        """Ask for a file and save the layer as it is now; painting may go on meanwhile."""
        try:
            labels, scan = mask_on_grid(layer)
        except BrainsegError as error:
            show_error(str(error))
            return
        path, chosen = _ask(self._parent, _proposed(layer, scan), scan)
        if path is None:
            return
        contours = chosen == CONTOURS_FILTER
        job = _SaveJob(layer, labels, scan, path, contours, Work.on(record_of(layer)))
        self._writing.run(_write, job)

    def _on_written(self, result: _Written) -> None:
        layer, path = result.job.layer, result.job.path
        if result.digests is not None:
            adopt(layer).note_saved(result.digests, path, result.info)
            self.saved.emit(layer)
        (show_error if result.failed else show_info)(result.message)
        self.ended.emit(result.message)


def _proposed(layer: Labels, scan: Scan) -> Path:
    """Propose the file that a mask is in already, or one beside its scan."""
    record = record_of(layer)
    kept = record.saved.path if record is not None and record.saved is not None else None
    known = kept is not None and kept.name.lower().endswith(MASK_SUFFIXES)
    return kept if kept is not None and known else default_mask_path(scan)


def _ask(parent: QWidget, proposed: Path, scan: Scan) -> tuple[Path | None, str]:
    """Let the user choose file and filter; one that exists is returned only once confirmed."""
    offered = [key for key in FILTERS if key not in FOR_DICOM or not why_no_seg(scan)]
    # Qt preselects the first one: that of the name proposed.
    offered.sort(key=lambda key: not proposed.name.endswith(FILTERS[key]))
    filters = {tr(key): key for key in offered}
    typed, chosen = QFileDialog.getSaveFileName(
        parent, tr("Save mask"), str(proposed), ";;".join(filters)
    )
    if not typed:
        return None, chosen
    chosen = filters.get(chosen, chosen)
    path = with_suffix(typed, FILTERS.get(chosen, ".nii.gz"))
    return (path if may_replace(parent, tr("Save mask"), typed, path) else None), chosen


def may_replace(parent: QWidget, title: str, typed: str, path: Path) -> bool:
    """Ask about a file that exists, if its name was completed: the dialog asked about any other."""
    if str(path) == typed or not is_present(path):
        return True
    question = tr("{name} exists. Replace it?", name=path.name)
    return QMessageBox.question(parent, title, unmarked(question)) == QMessageBox.StandardButton.Yes


def _write(job: _SaveJob) -> _Written:
    """Write in the worker thread; errors become sentences."""
    try:
        return _export(job) if job.contours else _save(job)
    except BrainsegError as error:
        return _Written(job, str(error), failed=True)
    except Exception as error:  # shown in one line; the traceback is in the log
        _log.exception("saving failed")
        return _Written(
            job,
            tr("{name}: saving failed: {reason}", name=job.path.name, reason=without_path(error)),
            failed=True,
        )


def _export(job: _SaveJob) -> _Written:
    name = job.path.name
    if is_seg(job.path):
        return _Written(
            job,
            tr("{name} is a saved mask: give the contours another name.", name=name),
            failed=True,
        )
    info = info_of(job.work.provenance, job.labels)
    write_contours(job.labels, job.scan, job.path, overwrite=True, info=info)
    return _Written(job, tr(EXPORTED, name=name))


def _save(job: _SaveJob) -> _Written:
    info = info_of(job.work.provenance, job.labels)
    path, moved = keep_mask(job.labels, job.scan, job.path, overwrite=True, info=info)
    edits = keep_edits(job.work, job.labels, job.scan, path)
    said = moved or tr("Saved {name}, read back and compared.", name=path.name)
    identity = tr(IDENTITY) if carries_identity(path) else ""
    unplaced = tr(UNPLACED) if job.scan.source.placed_by == "nobody" else ""
    message = " ".join(filter(None, (said, unplaced, identity, edits)))
    job = replace(job, path=path)
    return _Written(job, message, digests=slice_digests(job.labels), info=info)
