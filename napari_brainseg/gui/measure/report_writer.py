"""Saving a page of the working mask; a browser prints it, to PDF too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_brainseg.errors import BrainsegError
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.domain.mask_record import record_of
from napari_brainseg.gui.domain.provenance import info_of
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.save.mask_saver import may_replace
from napari_brainseg.gui.state.edit_clock import Work, edit_record_of
from napari_brainseg.io import default_mask_path, is_seg, replacing
from napari_brainseg.language import marked, tr
from napari_brainseg.report import make_page, render

if TYPE_CHECKING:
    import numpy as np
    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.measure.followup import FollowUp
    from napari_brainseg.scan import Scan

__all__ = ["ReportWriter"]

FILTER = marked("Web page (*.html)")


@dataclass(frozen=True, slots=True, eq=False)
class _ReportJob:
    name: str
    labels: NDArray[np.integer]
    scan: Scan
    work: Work
    followup: FollowUp | None
    path: Path
    saved: Path | None


class ReportWriter(QObject):
    """Asks where to, and writes the page in a worker thread."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._writing = Latest(self, show_info)

    @property
    def busy(self) -> bool:
        """Whether a page is being written."""
        return self._writing.running

    def save(self, layer: Labels, followup: FollowUp | None = None) -> None:
        """Ask for a file, and write a page of the layer as it is now."""
        try:
            labels, scan = mask_on_grid(layer)
        except BrainsegError as error:
            show_error(str(error))
            return
        proposed = default_mask_path(scan).with_name(f"{scan.source.name}_report.html")
        typed, _ = QFileDialog.getSaveFileName(
            self._parent, tr("Save report"), str(proposed), tr(FILTER)
        )
        if not typed:
            return
        path = Path(typed)
        if path.suffix.lower() not in (".html", ".htm"):
            path = path.with_name(f"{path.name}.html")
        if may_replace(self._parent, tr("Save report"), typed, path):
            record = record_of(layer)
            saved = None if record is None or record.saved is None else record.saved.path
            job = _ReportJob(layer.name, labels, scan, Work.on(record), followup, path, saved)
            self._writing.run(_write, job)


def _write(job: _ReportJob) -> str:
    """Write in the worker thread."""
    known = job.work.provenance
    is_told = known is not None and known.tells_origin
    page = make_page(
        job.labels,
        job.scan,
        info_of(known, job.labels),
        mask=job.name,
        edits=edit_record_of(job.work, job.labels, job.scan),
        followup=job.followup,
        is_origin_known=is_told or (job.saved is not None and is_seg(job.saved)),
    )
    with replacing(job.path, job.path.name) as aside:
        aside.write_text(render(page), encoding="utf-8")
    return tr("Saved {name}: open it in a browser, to read or to print.", name=job.path.name)
