"""Keeping the unsaved edits of one mask on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.autosave.files import JournalFile
from napari_brainseg.autosave.format import (
    MAGIC,
    NAMELESS,
    SCAN,
    Header,
    ScanMark,
    as_slices,
    header_record,
    mark_of,
    original_record,
    slice_digests,
    slices_record,
)
from napari_brainseg.errors import JournalError
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.autosave.format import Restored
    from napari_brainseg.autosave.orphans import Orphan
    from napari_brainseg.io import MaskInfo

__all__ = ["MaskJournal", "Snapshot"]


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
        The labels as the model made them, like ``labels``. Where they are equal, there is nothing
        to lose: they are cheap to make again.
    """

    labels: NDArray[Any]
    info: MaskInfo
    name: str
    scale: tuple[float, ...]
    translate: tuple[float, ...]
    units: tuple[str, ...]
    scan: Scan | ScanMark | None = None
    original: NDArray[Any] | None = None


class MaskJournal:
    """Keeps the unsaved edits of one mask on disk.

    Not for several threads at once. Slow: not for a GUI thread either.

    Parameters
    ----------
    saved : ndarray of int, optional
        The mask as it lies in a file already. Without it, every mask that is not as its model
        made it is unsaved.
    """

    def __init__(self, saved: NDArray[Any] | None = None) -> None:
        self._file: JournalFile | None = None
        self._clean = slice_digests(saved) if saved is not None else None
        self._original: NDArray[Any] | None = None
        self._header: Header | None = None
        self._kept: tuple[bytes, ...] = ()
        self._marked: tuple[Scan, ScanMark] | None = None

    @classmethod
    def resume(cls, orphan: Orphan, restored: Restored) -> MaskJournal:
        """Go on with the journal of a mask that was restored; it is unsaved until saved."""
        journal = cls()
        journal._file = JournalFile(orphan.path, orphan.lock)
        journal._original = restored.original
        return journal

    def settle(self, snapshot: Snapshot) -> bool:
        """Bring the journal up to date.

        Parameters
        ----------
        snapshot : Snapshot
            The mask as it is now.

        Returns
        -------
        bool
            Whether it holds unsaved edits. If not, there is no file.

        Raises
        ------
        JournalError
            If it cannot be written; the next call tries again.
        """
        digests = slice_digests(snapshot.labels)
        fresh = snapshot.original is not self._original
        if fresh:
            self._original = snapshot.original
            if snapshot.original is not None:
                self._clean = slice_digests(snapshot.original)
        if digests == self._clean:
            self.remove()
            return False
        try:
            self._write(snapshot, digests, anew=fresh)
        except OSError:
            try:
                self._write(snapshot, digests, anew=True)
            except OSError as error:
                self._header = None  # whatever is in the file, the next call writes all of it
                raise JournalError(
                    f"Edits of {snapshot.name} are not being kept for the case of a crash "
                    f"({error.strerror or type(error).__name__}). Save the mask now."
                ) from error
        return True

    def saved(self, labels: NDArray[Any]) -> None:
        """Take note that a mask like this is in a file; :meth:`settle` then compares with it."""
        self._clean = slice_digests(labels)

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

    def _write(self, snapshot: Snapshot, digests: tuple[bytes, ...], anew: bool) -> None:
        header = self._header_of(snapshot)
        if self._file is None:
            self._file = JournalFile.create()
        if anew or header != self._header or self._file.is_bloated:
            start = [MAGIC, header_record(header)]
            if snapshot.original is not None:
                start.append(original_record(snapshot.original))
            full = np.flatnonzero(as_slices(snapshot.labels).any(axis=(1, 2)))
            self._file.rewrite(b"".join((*start, slices_record(snapshot.labels, full))))
        elif digests != self._kept:
            pairs = zip(digests, self._kept, strict=True)
            changed = [index for index, (now, before) in enumerate(pairs) if now != before]
            self._file.append(slices_record(snapshot.labels, changed))
        self._header, self._kept = header, digests

    def _header_of(self, snapshot: Snapshot) -> Header:
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
        return Header(
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
        )
