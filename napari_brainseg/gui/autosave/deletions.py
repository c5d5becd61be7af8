"""Masks that were deleted with unsaved edits, and can be brought back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

if TYPE_CHECKING:
    from collections.abc import Hashable

    from napari.viewer import Viewer

    from napari_brainseg.gui.autosave.disk import Disk
    from napari_brainseg.gui.autosave.followed import Followed

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

    def undo(self, deletion: Deletion) -> None:
        """Bring a deleted layer back to where it was."""
        index = min(deletion.index, len(self._viewer.layers))
        self._viewer.layers.insert(index, deletion.followed.layer)

    def forget(self, deletion: Deletion) -> None:
        """Let a deleted layer go, with its unsaved edits."""
        self.all.remove(deletion)
        self._disk.submit(None, deletion.followed.autosave.remove)
        self.changed.emit()

    def let_all_go(self) -> None:
        """Take a closing window for an answer: what was offered is not offered again."""
        for deletion in self.all:
            deletion.seen = True


def close_all(deletions: list[Deletion], *_: Any) -> None:
    """Leave the autosaves of deleted layers to the next start, but for those seen and left."""
    for deletion in deletions:
        autosave = deletion.followed.autosave
        # A row that the user saw and left alone was an answer too.
        (autosave.remove if deletion.seen else autosave.close)()
