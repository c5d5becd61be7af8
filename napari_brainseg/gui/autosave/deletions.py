"""Masks that were deleted with unsaved edits, and can be brought back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari.layers import Layer
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.autosave.format import mark_of
from napari_brainseg.gui.autosave.showing import bring_up
from napari_brainseg.gui.autosave.snapshots import find_scan
from napari_brainseg.gui.common.workers import Queue
from napari_brainseg.gui.domain.mask_record import adopt, provenance_of
from napari_brainseg.gui.layers.scan_layers import scan_layers
from napari_brainseg.io import Reading

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from napari.viewer import Viewer

    from napari_brainseg.gui.autosave.disk import Disk
    from napari_brainseg.gui.autosave.followed import Followed
    from napari_brainseg.gui.domain.metadata import LayerData
    from napari_brainseg.scan import Scan

__all__ = ["MAX_DELETIONS", "Deletion", "Deletions"]

MAX_DELETIONS = 5
"""Deleted layers held in memory; those before are offered at the next start."""


@dataclass(slots=True, eq=False)
class Deletion:
    """A layer that was deleted with unsaved edits, and where in the list it was.

    ``seen`` tells whether the user was offered to undo it.
    """

    index: int
    followed: Followed
    seen: bool = False

    @property
    def name(self) -> str:
        """The layer's."""
        return str(self.followed.layer.name)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """The scan of a deleted mask, and its layers where it is not open."""

    deletion: Deletion
    scan: Scan
    opened: tuple[LayerData, ...] = ()


class Deletions(QObject):
    """The layers deleted with unsaved edits, until that is undone or let go.

    Signals
    -------
    changed
        ``all`` changed.
    """

    changed = Signal()

    def __init__(self, viewer: Viewer, disk: Disk, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._disk = viewer, disk
        self._finding = Queue(self, self._on_found)
        self.all: list[Deletion] = []

    def add(self, index: int, followed: Followed) -> None:
        """Offer to bring a layer back; of too many, the first are only on disk."""
        self.all.append(Deletion(index, followed))
        for deletion in self.all[:-MAX_DELETIONS]:
            self.all.remove(deletion)
            self._disk.submit(None, deletion.followed.autosave.close)
        self.changed.emit()

    def take(self, key: Hashable) -> Followed | None:
        """Hand over a layer that is back, by its ``unique_id``."""
        for deletion in self.all:
            if deletion.followed.layer.unique_id == key:
                self.all.remove(deletion)
                self.changed.emit()
                return deletion.followed
        return None

    def undo(self, deletion: Deletion, scans: Sequence[Scan]) -> None:
        """Bring a deleted layer back to where it was; a mask whose scan is gone, on its scan.

        Parameters
        ----------
        deletion : Deletion
            What to bring back.
        scans : sequence of Scan
            Those that are open; the mask's may have been opened anew since.
        """
        known = provenance_of(deletion.followed.layer)
        if known is None or known.scan in scans or not known.scan.source.files:
            self._insert(deletion)
        else:
            self._finding.run(_find, deletion, known.scan, tuple(scans))

    def _insert(self, deletion: Deletion) -> None:
        index = min(deletion.index, len(self._viewer.layers))
        self._viewer.layers.insert(index, deletion.followed.layer)

    def _on_found(self, found: _Found) -> None:
        deletion, mask = found.deletion, found.deletion.followed.layer
        if deletion not in self.all:
            return
        with self._viewer.layers.batched_update():
            for data in found.opened:
                self._viewer.add_layer(Layer.create(*data))
            adopt(mask).change(scan=found.scan)
            self._insert(deletion)
            bring_up(self._viewer, mask, found.scan)
        if found.opened:
            self._viewer.reset_view()

    def forget(self, deletion: Deletion) -> None:
        """Let a deleted layer go, with its unsaved edits."""
        self.all.remove(deletion)
        self._disk.submit(None, deletion.followed.autosave.remove)
        self.changed.emit()

    def let_all_go(self) -> None:
        """Take a closing window for an answer: what was offered is not offered again."""
        for deletion in self.all:
            deletion.seen = True


def _find(deletion: Deletion, scan: Scan, scans: Sequence[Scan]) -> _Found:
    """Find a mask's scan among those that are open, in another thread; or make its layers."""
    again = find_scan(mark_of(scan), scans)
    if again is not None:
        return _Found(deletion, again)
    return _Found(deletion, scan, tuple(scan_layers(Reading(scan))))


def close_all(deletions: list[Deletion], *_: Any) -> None:
    """Leave the autosaves of deleted layers to the next start, but for those seen and left."""
    for deletion in deletions:
        autosave = deletion.followed.autosave
        # A row that the user saw and left alone was an answer too.
        (autosave.remove if deletion.seen else autosave.close)()
