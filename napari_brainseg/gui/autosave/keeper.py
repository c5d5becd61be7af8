"""Keeping the unsaved edits of a viewer's masks on disk while they are made."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.layers import Labels
from napari.utils.notifications import show_warning
from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.autosave import MaskJournal, find_orphans, read_journal
from napari_brainseg.errors import JournalError
from napari_brainseg.gui.autosave.close_guard import CloseGuard
from napari_brainseg.gui.autosave.snapshots import (
    as_opened,
    attach,
    find_scan,
    is_plain,
    restored_layer,
    take_snapshot,
)
from napari_brainseg.gui.npe2.writers import mask_saved
from napari_brainseg.gui.state.mask_record import provenance_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari.components import LayerList
    from napari.viewer import Viewer
    from numpy.typing import NDArray
    from qtpy.QtWidgets import QWidget

    from napari_brainseg.autosave import Header, Orphan, Restored, Snapshot
    from napari_brainseg.scan import Scan

__all__ = ["Deletion", "JournalKeeper", "keeper_of"]

TICK_MS = 3000
"""Edits are on disk this long after they were made, and the time that writing takes."""

FLUSH_S = 10.0
"""How long closing waits for the disk."""

MAX_DELETIONS = 5
"""Deleted layers held in memory; those before are offered at the next start."""

_CHANGES = ("paint", "labels_update", "data", "set_data")
"""Events that may mean new voxels: napari has none for undo, redo and ``data_setitem`` alone."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Followed:
    """A mask, its journal, and what is known of them.

    ``header`` is set while the mask's scan is not open; ``looked`` is the last look at its voxels.
    """

    layer: Labels
    journal: MaskJournal
    header: Header | None = None
    touched: bool = True
    looked: Future[bool] | None = None


@dataclass(slots=True, eq=False)
class Deletion:
    """A layer that was deleted with unsaved edits, and where in the list it was.

    ``seen`` tells whether the user was offered to undo it.
    """

    index: int
    followed: _Followed
    seen: bool = False

    @property
    def name(self) -> str:
        """The layer's."""
        return str(self.followed.layer.name)


class JournalKeeper(QObject):
    """Keeps the unsaved edits of a viewer's masks on disk, as long as its window is there.

    Masks are the labels layers that know their scan, and those that were painted on. The GUI
    thread copies their voxels, no more; one other thread compares, packs and writes.

    Signals
    -------
    changed
        ``orphans`` or ``deletions`` changed.
    attached
        A restored mask found its scan.

    Attributes
    ----------
    orphans : list of Orphan
        What other processes left behind, until it is restored or discarded.
    deletions : list of Deletion
        Layers deleted with unsaved edits, until that is undone or let go.
    """

    changed = Signal()
    attached = Signal()
    _done = Signal(object, object)

    def __init__(self, viewer: Viewer, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._viewer = viewer
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="brainseg-journal")
        self._followed: dict[Any, _Followed] = {}
        self._leaving: list[_Followed] = []
        self._problem = ""
        self.orphans: list[Orphan] = []
        self.deletions: list[Deletion] = []
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        self._done.connect(self._on_done)
        viewer.layers.events.inserted.connect(self._on_inserted)
        viewer.layers.events.removed.connect(self._on_removed)
        mask_saved.connect(self._on_written)
        for layer in viewer.layers:
            self._meet(layer)
        self._submit(self._on_orphans, find_orphans)
        callbacks = (self._on_inserted, self._on_removed, self._on_touched, self._on_written)
        lists = (self._followed, self._leaving, self.deletions, self.orphans)
        self.destroyed.connect(partial(_leave, viewer.layers, self._disk, callbacks, lists))

    # The other thread

    def _submit(
        self, then: Callable[[Any], None], work: Callable[..., Any], *args: Any
    ) -> Future[Any]:
        """Run ``work`` in the other thread, one after the other, and ``then`` in this one."""
        future = self._disk.submit(work, *args)
        future.add_done_callback(partial(self._tell, then))
        return future

    def _tell(self, then: Callable[[Any], None], future: Future[Any]) -> None:
        with suppress(RuntimeError):  # Qt has deleted this object meanwhile
            self._done.emit(then, future)

    def _on_done(self, then: Callable[[Any], None], future: Future[Any]) -> None:
        try:
            result = future.result()
        except JournalError as error:
            self._complain(str(error))
        except Exception as error:  # the viewer goes on; the traceback is in the log
            _log.exception("keeping unsaved edits failed")
            self._complain(f"Unsaved edits are not being kept: {type(error).__name__}.")
        else:
            then(result)

    def _complain(self, problem: str) -> None:
        """Tell a problem once, not at every tick."""
        if problem != self._problem:
            show_warning(problem)
        self._problem = problem

    # Following masks

    def _on_inserted(self, event: Any) -> None:
        self._meet(event.value)

    def _meet(self, layer: Any) -> None:
        """Follow a layer that came, or came back."""
        if not isinstance(layer, Labels):
            return
        for name in _CHANGES:
            getattr(layer.events, name).connect(self._on_touched)
        key = layer.unique_id
        for deletion in self.deletions:
            if deletion.followed.layer.unique_id == key:
                self._followed[key] = deletion.followed
                self.deletions.remove(deletion)
                self.changed.emit()
                break
        for followed in self._leaving:
            if followed.layer.unique_id == key:
                self._followed[key] = followed
                self._leaving.remove(followed)
                break
        is_known = provenance_of(layer) is not None
        if key not in self._followed and is_known and is_plain(layer):
            self._followed[key] = _Followed(layer, MaskJournal(as_opened(layer)))
        if key in self._followed:
            self._touch(self._followed[key])

    def _on_touched(self, event: Any) -> None:
        layer = event.source
        followed = self._followed.get(layer.unique_id)
        if followed is None and event.type == "paint" and is_plain(layer):
            followed = self._followed[layer.unique_id] = _Followed(layer, MaskJournal())
        if followed is not None:
            self._touch(followed)

    def _touch(self, followed: _Followed) -> None:
        followed.touched = True
        if not self._tick.isActive():
            self._tick.start()

    def _on_tick(self) -> None:
        looks = [followed.looked for followed in self._followed.values()]
        if any(look is not None and not look.done() for look in looks):
            self._tick.start()
            return
        self._look()

    def _look(self) -> None:
        """Hand what was touched to the other thread."""
        for followed in self._followed.values():
            if followed.touched:
                followed.touched = False
                work = followed.journal.settle
                followed.looked = self._submit(self._on_looked, work, _snapshot(followed))

    def _on_looked(self, unsaved: bool) -> None:
        self._problem = ""

    def note_saved(self, layer: Labels, labels: NDArray[Any]) -> None:
        """Take note that these labels of a layer, on their scan's grid, are in a file now."""
        followed = self._followed.get(layer.unique_id)
        if followed is not None:
            self._submit(_nothing, followed.journal.saved, labels)
            followed.touched = True
            self._look()

    def _on_written(self, event: Any) -> None:
        for followed in list(self._followed.values()):
            if followed.layer.data is event.data:
                self.note_saved(followed.layer, event.labels)

    def unsaved(self) -> list[Labels]:
        """List the layers with unsaved edits, as of now; waits for the disk."""
        self._look()
        looks = {followed.looked for followed in self._followed.values() if followed.looked}
        wait(looks, FLUSH_S)
        return [item.layer for item in self._followed.values() if not _is_clean(item.looked)]

    def discard_all(self) -> None:
        """Delete the journals of all masks: the user was asked, and the window is closing."""
        for followed in self._followed.values():
            self._submit(_nothing, followed.journal.remove)
        self._followed.clear()
        for deletion in self.deletions:
            deletion.seen = True

    # Deleted layers

    def _on_removed(self, event: Any) -> None:
        layer = event.value
        if not isinstance(layer, Labels):
            return
        for name in _CHANGES:
            getattr(layer.events, name).disconnect(self._on_touched)
        followed = self._followed.pop(layer.unique_id, None)
        if followed is not None:
            self._leaving.append(followed)
            then = partial(self._on_left, followed, event.index)
            self._submit(then, _last_look, followed.journal, _snapshot(followed))

    def _on_left(self, followed: _Followed, index: int, unsaved: bool) -> None:
        if followed not in self._leaving:  # it is back already
            return
        self._leaving.remove(followed)
        if unsaved:
            self.deletions.append(Deletion(index, followed))
            for deletion in self.deletions[:-MAX_DELETIONS]:
                self.deletions.remove(deletion)
                self._submit(_nothing, deletion.followed.journal.close)
            self.changed.emit()

    def undo(self, deletion: Deletion) -> None:
        """Bring a deleted layer back to where it was."""
        index = min(deletion.index, len(self._viewer.layers))
        self._viewer.layers.insert(index, deletion.followed.layer)

    def forget(self, deletion: Deletion) -> None:
        """Let a deleted layer go, with its unsaved edits."""
        self.deletions.remove(deletion)
        self._submit(_nothing, deletion.followed.journal.remove)
        self.changed.emit()

    # What other processes left behind

    def _on_orphans(self, orphans: list[Orphan]) -> None:
        self.orphans[:] = orphans
        self.changed.emit()

    def restore(self, orphan: Orphan, scans: Sequence[Scan]) -> None:
        """Bring a mask back, onto its scan if that is among those given."""
        self.orphans.remove(orphan)
        self.changed.emit()
        self._submit(partial(self._on_read, orphan), _read, orphan, scans)

    def _on_read(self, orphan: Orphan, found: tuple[Restored, Scan | None] | JournalError) -> None:
        if isinstance(found, JournalError):
            self.orphans.insert(0, replace(orphan, problem=str(found)))
            self.changed.emit()
            return
        restored, scan = found
        layer = restored_layer(restored, scan)
        header = restored.header if restored.header.scan is not None and scan is None else None
        journal = MaskJournal.resume(orphan, restored)
        self._followed[layer.unique_id] = _Followed(layer, journal, header)
        self._viewer.add_layer(layer)
        if restored.damaged:
            show_warning(f"{layer.name}: its journal is damaged; the last edits may be missing.")

    def discard(self, orphan: Orphan) -> None:
        """Delete what another process left behind."""
        self.orphans.remove(orphan)
        self._submit(_nothing, orphan.discard)
        self.changed.emit()

    def attach(self, scans: Sequence[Scan]) -> None:
        """Look among the scans that are open for those of restored masks."""
        for followed in self._followed.values():
            if followed.header is not None:
                then = partial(self._on_found, followed)
                self._submit(then, find_scan, followed.header.scan, scans)

    def _on_found(self, followed: _Followed, scan: Scan | None) -> None:
        if scan is not None and followed.header is not None:
            attach(followed.layer, followed.header, scan)
            followed.header = None
            self._touch(followed)
            self.attached.emit()


def keeper_of(viewer: Viewer) -> JournalKeeper:
    """Return the keeper of a viewer; made at the first call, it outlives the panel that asked."""
    window = viewer.window.main_menu.window()
    keeper: JournalKeeper | None = window.findChild(JournalKeeper)
    if keeper is None:
        keeper = JournalKeeper(viewer, window)
        CloseGuard(keeper, window)
    return keeper


def _snapshot(followed: _Followed) -> Snapshot:
    return take_snapshot(followed.layer, followed.header.scan if followed.header else None)


def _is_clean(look: Future[bool] | None) -> bool:
    return look is not None and look.done() and look.exception() is None and not look.result()


def _last_look(journal: MaskJournal, snapshot: Snapshot) -> bool:
    """Whether a mask that is being deleted holds unsaved edits."""
    try:
        return journal.settle(snapshot)
    except JournalError:  # not on disk, but it can still be brought back
        return True


def _read(orphan: Orphan, scans: Sequence[Scan]) -> tuple[Restored, Scan | None] | JournalError:
    try:
        restored = read_journal(orphan.path)
    except JournalError as error:
        return error
    return restored, find_scan(restored.header.scan, scans)


def _nothing(result: Any) -> None:
    """Do nothing when something is done."""


def _leave(
    layers: LayerList,
    disk: ThreadPoolExecutor,
    callbacks: tuple[Any, ...],
    kept: tuple[dict[Any, _Followed], list[_Followed], list[Deletion], list[Orphan]],
    *_: Any,
) -> None:
    """Let go of everything after Qt has deleted the keeper; what is unsaved stays on disk."""
    inserted, removed, touched, written = callbacks
    mask_saved.disconnect(written)
    # Where both are garbage collected together, the viewer may be half gone already.
    with suppress(AttributeError):
        layers.events.inserted.disconnect(inserted)
        layers.events.removed.disconnect(removed)
        for layer in layers:
            if isinstance(layer, Labels):
                for name in _CHANGES:
                    getattr(layer.events, name).disconnect(touched)
    disk.shutdown()
    followed, leaving, deletions, orphans = kept
    for item in (*followed.values(), *leaving):
        item.journal.close()
    for deletion in deletions:
        journal = deletion.followed.journal
        # A row that the user saw and left alone was an answer too.
        (journal.remove if deletion.seen else journal.close)()
    for orphan in orphans:
        orphan.release()
    for some in kept:  # whoever still holds the keeper does not hold layers
        some.clear()
