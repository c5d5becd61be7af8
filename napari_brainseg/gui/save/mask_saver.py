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
from napari_brainseg.gui.domain.mask_standing import SharedFile
from napari_brainseg.gui.domain.provenance import info_of
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.save.companions import companions
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
    write_overlapping,
)
from napari_brainseg.io.files import is_present
from napari_brainseg.io.formats import SEG_NRRD, mask_format
from napari_brainseg.language import marked, tr
from napari_brainseg.measure.edit_record_file import save_edit_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari.components import LayerList
    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.mask_standing import Digests
    from napari_brainseg.io import MaskInfo
    from napari_brainseg.scan import Scan

__all__ = ["MaskSaver", "may_replace"]

SEG_FILTER = marked("DICOM SEG, carries the patient's name, ID and dates (*.dcm)")
CONTOURS_FILTER = marked("DICOM RTSTRUCT, contours only, carries name, ID and dates too (*.dcm)")
TOGETHER_FILTER = marked("3D Slicer segmentation, all {count} masks in one file (*.seg.nrrd)")
FOR_DICOM = (SEG_FILTER, CONTOURS_FILTER)
FILTERS = {
    "NIfTI (*.nii.gz *.nii)": ".nii.gz",
    TOGETHER_FILTER: ".seg.nrrd",
    marked("3D Slicer segmentation (*.seg.nrrd)"): ".seg.nrrd",
    "NRRD (*.nrrd)": ".nrrd",
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
class _Part:
    """A mask to be saved; the layer is only passed through."""

    layer: Labels
    labels: NDArray[Any]
    work: Work


@dataclass(frozen=True, slots=True, eq=False)
class _SaveJob:
    """What to write where: one mask, or several that go into one file."""

    parts: tuple[_Part, ...]
    scan: Scan
    path: Path
    contours: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """What came of a job, and what to tell the user.

    ``kept`` are the digests of the labels of each part that are in a mask's file now, and what it
    was told of them. Contours are no mask that one goes on with: edits that are in nothing else
    are unsaved.
    """

    job: _SaveJob
    message: str
    failed: bool = False
    kept: tuple[tuple[Digests, MaskInfo], ...] = ()


class MaskSaver(QObject):
    """Asks where to save and writes in a worker thread, one mask after the other.

    Parameters
    ----------
    layers : LayerList
        Of the viewer: masks that lay in one file can be saved in one again.
    parent : QWidget
        Of the dialogs.

    Signals
    -------
    ended : str, Labels or None
        A sentence for the status line, and the layer that it says is saved.
    saved : Labels
        A layer is in a file; its record knows. Comes before ``ended``.
    rested
        Nothing is written any more, and nothing waits.
    """

    ended = Signal(str, object)
    saved = Signal(object)
    rested = Signal()

    def __init__(self, layers: LayerList, parent: QWidget) -> None:
        super().__init__(parent)
        self._layers, self._parent = layers, parent
        self._writing = Queue(self, self._on_written, ended=self.rested.emit)

    @property
    def writing(self) -> bool:
        """Whether a mask is being written."""
        return self._writing.running

    def save(self, layer: Labels) -> None:
        """Ask for a file and save the layer as it is now; painting may go on meanwhile."""
        try:
            part, scan = _part(layer)
            found = companions(layer, self._layers)
            path, chosen = _ask(self._parent, _proposed(layer, scan, len(found)), scan, len(found))
            if path is None:
                return
            parts = [part]
            if chosen == TOGETHER_FILTER and mask_format(path) is SEG_NRRD:
                parts = [part if each is layer else _part(each)[0] for each in found]
        except BrainsegError as error:
            show_error(str(error))
            return
        self._writing.run(_write, _SaveJob(tuple(parts), scan, path, chosen == CONTOURS_FILTER))

    def _on_written(self, result: _Written) -> None:
        path, parts = result.job.path, result.job.parts
        shared = SharedFile(path, len(parts)) if len(parts) > 1 else None
        for index, (part, (digests, info)) in enumerate(zip(parts, result.kept, strict=False)):
            adopt(part.layer).note_saved(digests, path, info, shared, index)
        layer = parts[0].layer if result.kept else None
        if layer is not None:
            self.saved.emit(layer)
        (show_error if result.failed else show_info)(result.message)
        self.ended.emit(result.message, layer)


def _part(layer: Labels) -> tuple[_Part, Scan]:
    labels, scan = mask_on_grid(layer)
    return _Part(layer, labels, Work.on(record_of(layer))), scan


def _proposed(layer: Labels, scan: Scan, together: int) -> Path:
    """Propose the file that a mask is in already, or one beside its scan.

    A file of several masks is proposed where all of them are there.
    """
    record = record_of(layer)
    saved = None if record is None else record.saved
    if saved is None:
        return default_mask_path(scan)
    is_whole = saved.shared is not None and saved.shared.count == together
    kept = saved.file if is_whole else saved.path
    known = kept is not None and kept.name.lower().endswith(MASK_SUFFIXES)
    return kept if kept is not None and known else default_mask_path(scan)


def _ask(parent: QWidget, proposed: Path, scan: Scan, together: int) -> tuple[Path | None, str]:
    """Let the user choose file and filter; one that exists is returned only once confirmed."""
    offered = [
        key
        for key in FILTERS
        if (key not in FOR_DICOM or not why_no_seg(scan))
        and (key != TOGETHER_FILTER or together > 1)
    ]
    # Qt preselects the first one: that of the name proposed.
    offered.sort(key=lambda key: not proposed.name.endswith(FILTERS[key]))
    filters = {tr(key, count=together): key for key in offered}
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
    name, (part,) = job.path.name, job.parts
    if is_seg(job.path):
        return _Written(
            job,
            tr("{name} is a saved mask: give the contours another name.", name=name),
            failed=True,
        )
    info = info_of(part.work.provenance, part.labels)
    write_contours(part.labels, job.scan, job.path, overwrite=True, info=info)
    return _Written(job, tr(EXPORTED, name=name))


def _save(job: _SaveJob) -> _Written:
    infos = [info_of(part.work.provenance, part.labels) for part in job.parts]
    path, said, edits = (_save_one if len(infos) == 1 else _save_together)(job, infos)
    identity = tr(IDENTITY) if carries_identity(path) else ""
    unplaced = tr(UNPLACED) if job.scan.source.placed_by == "nobody" else ""
    message = " ".join(filter(None, (said, unplaced, identity, edits)))
    kept = [(slice_digests(part.labels), info) for part, info in zip(job.parts, infos, strict=True)]
    return _Written(replace(job, path=path), message, kept=tuple(kept))


def _save_one(job: _SaveJob, infos: Sequence[MaskInfo]) -> tuple[Path, str, str]:
    (part,), (info,) = job.parts, infos
    path, moved = keep_mask(part.labels, job.scan, job.path, overwrite=True, info=info)
    edits = keep_edits(part.work, part.labels, job.scan, path)
    return path, moved or tr("Saved {name}, read back and compared.", name=path.name), edits


def _save_together(job: _SaveJob, infos: Sequence[MaskInfo]) -> tuple[Path, str, str]:
    masks = [(part.labels, info) for part, info in zip(job.parts, infos, strict=True)]
    path = write_overlapping(masks, job.scan, job.path, overwrite=True)
    save_edit_record(None, path)  # that of a mask that was alone in such a file
    said = tr(
        "Saved {count} masks in {name}, read back and compared.", count=len(masks), name=path.name
    )
    return path, said, ""
