"""Keeping one unsaved mask on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.autosave.digests import as_slices, slice_digests
from napari_brainseg.autosave.files import AutosaveFile
from napari_brainseg.autosave.format import (
    MAGIC,
    NAMELESS,
    SCAN,
    AutosaveHeader,
    ScanMark,
    header_record,
    mark_of,
    original_record,
    slices_record,
)
from napari_brainseg.autosave.place import place_of
from napari_brainseg.errors import AutosaveError
from napari_brainseg.language import tr
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.autosave.format import Restored
    from napari_brainseg.autosave.orphans import Orphan
    from napari_brainseg.io import MaskInfo

__all__ = ["MaskAutosave", "Snapshot"]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One state of a mask, and what is needed to show it again.

    Parameters
    ----------
    labels : ndarray of int
        (Z, Y, X) on the grid of ``scan``; in a layer's own two or three dimensions without one.
        Nobody may change it any more.
    info : MaskInfo
        What the labels mean and what made them.
    name : str
        The layer's.
    scale, translate, units : tuple
        Where napari shows the layer, in the order of its axes.
    scan : Scan or ScanMark or None
        The mask's scan, or the mark of one that is not open.
    original : ndarray of int, optional
        The labels as the model made them, like ``labels``.
    file : Path, optional
        The file that it was in before the last edits.
    masks : int
        How many masks that holds.
    part : int
        Which of them it is.
    """

    labels: NDArray[Any]
    info: MaskInfo
    name: str
    scale: tuple[float, ...]
    translate: tuple[float, ...]
    units: tuple[str, ...]
    scan: Scan | ScanMark | None = None
    original: NDArray[Any] | None = None
    file: Path | None = None
    masks: int = 1
    part: int = 0


class MaskAutosave:
    """Keeps one unsaved mask on disk.

    Whether there is anything to lose is its owner's to know: see
    :attr:`~napari_brainseg.gui.domain.mask_record.MaskRecord.is_unsaved`. Not for several threads
    at once. Slow: not for a GUI thread either.
    """

    def __init__(self) -> None:
        self._file: AutosaveFile | None = None
        self._header: AutosaveHeader | None = None
        self._original: NDArray[Any] | None = None
        self._kept: tuple[bytes, ...] = ()
        self._marked: tuple[Scan, ScanMark] | None = None

    @classmethod
    def resume(cls, orphan: Orphan, restored: Restored) -> MaskAutosave:
        """Go on with the file of a mask that was restored."""
        autosave = cls()
        autosave._file = AutosaveFile(orphan.path, orphan.lock)
        autosave._original = restored.original
        return autosave

    def write(self, snapshot: Snapshot) -> None:
        """Bring the file up to date.

        Parameters
        ----------
        snapshot : Snapshot
            The mask as it is now.

        Raises
        ------
        AutosaveError
            If it cannot be written; the next call tries again.
        """
        anew = snapshot.original is not self._original
        self._original = snapshot.original
        try:
            self._write(snapshot, anew)
        except OSError:
            try:
                self._write(snapshot, anew=True)
            except OSError as error:
                self._header = None  # whatever is in the file, the next call writes all of it
                raise AutosaveError(
                    tr(
                        "Edits of {name} are not being kept for the case of a crash "
                        "({reason}). Save the mask now.",
                        name=snapshot.name,
                        reason=error.strerror or type(error).__name__,
                    )
                ) from error

    def remove(self) -> None:
        """Delete the file: there is nothing to lose any more."""
        if self._file is not None:
            self._file.remove()
        self._file = self._header = None

    def close(self) -> None:
        """Leave the file to whoever looks for orphans."""
        if self._file is not None:
            self._file.lock.release()
        self._file = self._header = None

    def _write(self, snapshot: Snapshot, anew: bool) -> None:
        header, digests = self._header_of(snapshot), slice_digests(snapshot.labels)
        if self._file is None:
            self._file = AutosaveFile.create()
        if anew or header != self._header or self._file.is_bloated:
            # First the place: a mask that is kept by the time of a kill knows where its scan lies.
            if isinstance(snapshot.scan, Scan):
                self._file.note_place(_place(snapshot.scan, snapshot))
            self._file.rewrite(_whole(header, snapshot))
        elif digests != self._kept:
            pairs = zip(digests, self._kept, strict=True)
            changed = [index for index, (now, before) in enumerate(pairs) if now != before]
            self._file.append(slices_record(snapshot.labels, changed))
        self._header, self._kept = header, digests

    def _header_of(self, snapshot: Snapshot) -> AutosaveHeader:
        scan, name = snapshot.scan, snapshot.name
        mark: ScanMark | None = None
        if isinstance(scan, Scan):
            if self._marked is None or self._marked[0] is not scan:
                self._marked = scan, mark_of(scan)
            mark = self._marked[1]
            name = name.replace(scan.source.name or NAMELESS, SCAN)
        elif scan is not None:
            mark = scan
            name = name.replace(scan.name or NAMELESS, SCAN)
        info = snapshot.info
        return AutosaveHeader(
            shape=snapshot.labels.shape,
            dtype=snapshot.labels.dtype.str,
            name=name,
            scan=mark,
            scale=snapshot.scale,
            translate=snapshot.translate,
            units=snapshot.units,
            names=dict(info.names),
            colors=dict(info.colors),
            made=info.made,
            algorithm=info.algorithm,
            version=info.version,
            slicer=info.slicer,
        )


def _place(scan: Scan, snapshot: Snapshot) -> bytes:
    """Pack where the scan lies, and the file of the mask."""
    place = place_of(scan)
    if place is None:
        return b""
    file = {}
    if snapshot.file:
        file = {"mask": str(snapshot.file), "masks": snapshot.masks, "part": snapshot.part}
    return place.model_copy(update=file).model_dump_json().encode()


def _whole(header: AutosaveHeader, snapshot: Snapshot) -> bytes:
    """Pack all of a mask."""
    parts = [MAGIC, header_record(header)]
    if snapshot.original is not None:
        parts.append(original_record(snapshot.original))
    full = np.flatnonzero(as_slices(snapshot.labels).any(axis=(1, 2)))
    return b"".join((*parts, slices_record(snapshot.labels, full)))
