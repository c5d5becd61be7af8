"""Keeping the unsaved masks of a viewer on disk while they are worked on."""

from __future__ import annotations

from concurrent.futures import wait
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.layers import Labels
from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.autosave.orphans import find_orphans
from napari_brainseg.gui.autosave.close_guard import CloseGuard
from napari_brainseg.gui.autosave.deletions import Deletions, close_all
from napari_brainseg.gui.autosave.disk import Disk
from napari_brainseg.gui.autosave.followed import Followed, keep, keep_at_last
from napari_brainseg.gui.autosave.recovery import Recovery
from napari_brainseg.gui.autosave.snapshots import find_scan, is_plain
from napari_brainseg.gui.common.settings import load_preferences
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.layers.mask_layers import is_mask_layer
from napari_brainseg.gui.state.mask_watch import MaskWatch, watch_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from napari.components import LayerList
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

    from napari_brainseg.autosave.orphans import Orphan
    from napari_brainseg.gui.autosave.deletions import Deletion
    from napari_brainseg.gui.autosave.followed import Kept
    from napari_brainseg.scan import Scan

__all__ = ["AutosaveKeeper", "keeper_of"]

FLUSH_S = 10.0
"""How long closing waits for the disk."""


class AutosaveKeeper(QObject):
    """Keeps the unsaved masks of a viewer on disk, as long as its window is there.

    Masks are the labels layers that know their scan, and those that were painted on. The GUI
    thread hands their voxels over, no more; one other thread copies, compares, packs and writes.
    Whether a mask is unsaved, its record says.

    Signals
    -------
    changed
        ``orphans`` or ``deletions`` changed.
    attached
        A restored mask found its scan.
    """

    changed = Signal()
    attached = Signal()

    def __init__(self, viewer: Viewer, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._disk = Disk(self)
        self._watch = watch_of(viewer, window) if window else MaskWatch(viewer, self)
        self._followed: dict[Hashable, Followed] = {}
        self._leaving: list[Followed] = []
        self._deletions = Deletions(viewer, self._disk, self)
        self._deletions.changed.connect(self.changed)
        self._recovery = Recovery(viewer, self._disk, self._follow, self)
        self._recovery.changed.connect(self.changed)
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.setInterval(round(1000 * load_preferences().autosave_s))
        self._tick.timeout.connect(self._on_tick)
        self._watch.touched.connect(self._on_touched)
        self._watch.saved.connect(self._on_saved)
        viewer.layers.events.inserted.connect(self._on_inserted)
        viewer.layers.events.removed.connect(self._on_removed)
        for layer in viewer.layers:
            self.meet(layer)
        self._disk.submit(self._recovery.offer, find_orphans)
        callbacks = (self._on_inserted, self._on_removed, self._on_paint)
        lists = (self._followed, self._leaving, self._deletions.all)
        self.destroyed.connect(partial(_leave, viewer.layers, self._disk.pool, callbacks, lists))

    @property
    def orphans(self) -> list[Orphan]:
        """What other processes left behind, until it is restored or discarded."""
        return self._recovery.orphans

    @property
    def deletions(self) -> list[Deletion]:
        """Layers deleted with unsaved edits, until that is undone or let go."""
        return self._deletions.all

    # Following masks

    def _on_inserted(self, event: Any) -> None:
        self.meet(event.value)

    def meet(self, layer: Any) -> None:
        """Follow a layer that came, or came back, or has become a mask; strokes are none."""
        if not is_mask_layer(layer):
            return
        layer.events.paint.connect(self._on_paint)
        followed = self._back(layer) or self._followed.get(layer.unique_id)
        if followed is not None:
            self._follow(followed)
        elif provenance_of(layer) is not None and is_plain(layer):
            self._follow(Followed(layer))

    def _back(self, layer: Labels) -> Followed | None:
        """Return what is known of a layer that was deleted before."""
        for followed in self._leaving:
            if followed.layer.unique_id == layer.unique_id:
                self._leaving.remove(followed)
                return followed
        return self._deletions.take(layer.unique_id)

    def _follow(self, followed: Followed) -> None:
        self._followed[followed.layer.unique_id] = followed
        self._touch(followed)
        self._watch.watch(followed.layer)

    def _on_paint(self, event: Any) -> None:
        """Follow a layer of unknown origin from its first stroke on."""
        layer = event.source
        if layer.unique_id not in self._followed and is_plain(layer):
            self._follow(Followed(layer))

    def _on_touched(self, layer: Labels) -> None:
        followed = self._followed.get(layer.unique_id)
        if followed is not None:
            self._touch(followed)

    def _touch(self, followed: Followed) -> None:
        followed.touched = True
        if not self._tick.isActive():
            self._tick.start()

    def _on_tick(self) -> None:
        pending = [each.kept for each in self._followed.values() if each.kept is not None]
        if all(future.done() for future in pending):
            self._keep()
        else:
            self._tick.start()

    def _keep(self) -> None:
        """Hand what was touched to the other thread, unless it is known to be as it was."""
        for followed in self._followed.values():
            if followed.touched and not followed.is_known():
                then = partial(self._on_kept, followed)
                followed.kept = self._disk.submit(then, keep, *followed.to_keep())
            followed.touched = False

    def _on_kept(self, followed: Followed, kept: Kept) -> None:
        followed.record.see(kept.seen)
        self._disk.succeeded()

    def _on_saved(self, layer: Labels) -> None:
        followed = self._followed.get(layer.unique_id)
        if followed is not None:
            followed.touched = True
            self._keep()

    def unsaved(self) -> list[Labels]:
        """List the layers that are unsaved, as of now; waits for the disk."""
        self._keep()
        pending = {each.kept for each in self._followed.values() if each.kept is not None}
        wait(pending, FLUSH_S)
        return [each.layer for each in self._followed.values() if not each.is_clean]

    def discard_all(self) -> None:
        """Delete the autosaves of all masks: the user was asked, and the window is closing."""
        for followed in self._followed.values():
            self._disk.submit(None, followed.autosave.remove)
        self._followed.clear()
        self._deletions.let_all_go()

    # Deleted layers

    def _on_removed(self, event: Any) -> None:
        layer = event.value
        if not is_mask_layer(layer):
            return
        layer.events.paint.disconnect(self._on_paint)
        followed = self._followed.pop(layer.unique_id, None)
        if followed is not None:
            self._leaving.append(followed)
            then = partial(self._on_left, followed, event.index)
            self._disk.submit(then, keep_at_last, *followed.to_keep())

    def _on_left(self, followed: Followed, index: int, kept: Kept) -> None:
        if followed not in self._leaving:  # it is back already
            return
        self._leaving.remove(followed)
        followed.record.see(kept.seen)
        if not kept.is_unsaved:
            return
        if followed.record.is_original:  # a model makes it again; deleting it was meant
            self._disk.submit(None, followed.autosave.remove)
        else:
            self._deletions.add(index, followed)

    def undo(self, deletion: Deletion, scans: Sequence[Scan]) -> None:
        """Bring a deleted layer back: see :meth:`.deletions.Deletions.undo`."""
        self._deletions.undo(deletion, scans)

    def forget(self, deletion: Deletion) -> None:
        """Let a deleted layer go, with its unsaved edits."""
        self._deletions.forget(deletion)

    # What other processes left behind

    def restore(
        self, orphan: Orphan, scans: Sequence[Scan], *, at: str = "", alone: bool = False
    ) -> None:
        """Bring a mask back onto its scan: see :meth:`.recovery.Recovery.restore`."""
        self._recovery.restore(orphan, scans, at=at, alone=alone)

    def discard(self, orphan: Orphan) -> None:
        """Delete what another process left behind."""
        self._recovery.discard(orphan)

    def attach(self, scans: Sequence[Scan]) -> None:
        """Look among the scans that are open for those of restored masks."""
        for followed in self._followed.values():
            if followed.header is not None:
                then = partial(self._on_found, followed)
                self._disk.submit(then, find_scan, followed.header.scan, scans)

    def _on_found(self, followed: Followed, scan: Scan | None) -> None:
        if scan is not None and followed.header is not None:
            self._recovery.attach(followed, scan)
            self._touch(followed)
            self.attached.emit()


def keeper_of(viewer: Viewer) -> AutosaveKeeper:
    """Return the keeper of a viewer; made at the first call, it outlives the panel that asked."""
    window = viewer.window.main_menu.window()
    keeper: AutosaveKeeper | None = window.findChild(AutosaveKeeper)
    if keeper is None:
        keeper = AutosaveKeeper(viewer, window)
        CloseGuard(keeper.unsaved, keeper.discard_all, viewer.layers, window)
    return keeper


def _leave(
    layers: LayerList,
    disk: ThreadPoolExecutor,
    callbacks: tuple[Any, Any, Any],
    kept: tuple[dict[Hashable, Followed], list[Followed], list[Deletion]],
    *_: Any,
) -> None:
    """Let go of everything after Qt has deleted the keeper; what is unsaved stays on disk."""
    inserted, removed, painted = callbacks
    # Where both are garbage collected together, the viewer may be half gone already.
    with suppress(AttributeError):
        layers.events.inserted.disconnect(inserted)
        layers.events.removed.disconnect(removed)
        for layer in layers:
            if isinstance(layer, Labels):
                layer.events.paint.disconnect(painted)
    disk.shutdown()
    followed, leaving, deletions = kept
    for item in (*followed.values(), *leaving):
        item.autosave.close()
    close_all(deletions)
    for some in kept:  # whoever still holds the keeper does not hold layers
        some.clear()
