"""Working through a list of scans: going from one to the next, and saving on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error, show_warning
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import BrainsegError, MaskTakenError
from napari_brainseg.gui.autosave.keeper import keeper_of
from napari_brainseg.gui.common.workers import background
from napari_brainseg.gui.panel.widget import SegmentWidget
from napari_brainseg.gui.save.names import IDENTITY
from napari_brainseg.gui.worklist.current_scan import Visit
from napari_brainseg.gui.worklist.prefetch import Fetcher, Request
from napari_brainseg.gui.worklist.tasks import Failed, ask, guarded, list_folder, save, take_back
from napari_brainseg.io import carries_identity
from napari_brainseg.worklist.items import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from napari.layers import Labels
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

    from napari_brainseg.gui.worklist.prefetch import Fetched
    from napari_brainseg.io import Reading
    from napari_brainseg.worklist.items import Key, Taken, WorkItem, WorkList

__all__ = ["Session"]

PANEL = "Segment"


class Session(QObject):
    """A work list being worked through in a viewer.

    Parameters
    ----------
    viewer : Viewer
        Shows one scan at a time, beside whatever else the user has in it.
    parent : QWidget
        Where questions are asked; docked in the viewer's window.
    shown : callable
        Gives the items to go through, in order.

    Signals
    -------
    changed
        The list, the scan on screen, or what can be done now.
    told : str
        A sentence for the status line.
    saved : Labels, ndarray
        A layer is in a file, with these labels on its scan's grid.
    """

    changed = Signal()
    saved = Signal(object, object)
    told = Signal(str)

    def __init__(
        self, viewer: Viewer, parent: QWidget, shown: Callable[[], list[WorkItem]]
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._parent = parent
        self._shown = shown
        self.worklist: WorkList | None = None
        self.visit: Visit | None = None
        self.busy = False
        self.fetcher = Fetcher(self)
        self.fetcher.fetched.connect(self._on_fetched)
        self.fetcher.segmented.connect(self._on_segmented)
        keeper_of(viewer)
        self._known_panel: SegmentWidget | None = None
        self._onward: list[Key] = []
        self._said: list[str] = []
        self._worker: Any = None
        self._then: Callable[[Any], None] | None = None

    # What is going on

    @property
    def current(self) -> WorkItem | None:
        """The item on screen, as the list knows it."""
        if self.worklist is None or self.visit is None:
            return None
        return self.worklist.item(self.visit.item.key)

    @property
    def mask(self) -> Labels | None:
        """The mask of the scan on screen."""
        if self.visit is None:
            return None
        return self.visit.mask(self.panel.working.layer)

    @property
    def is_segmenting(self) -> bool:
        """Whether Segment was pressed, and its result would land on a scan that is gone."""
        return self._known_panel is not None and self._known_panel.run.running

    @property
    def panel(self) -> SegmentWidget:
        """The panel of this window, opened if there is none."""
        if self._known_panel is None:
            window = self._parent.window()
            panel = window.findChild(SegmentWidget) if window is not None else None
            if panel is None:
                _, panel = self._viewer.window.add_plugin_dock_widget("napari-brainseg", PANEL)
            panel.run.started.connect(self._on_run_started)
            panel.run.ended.connect(self._on_run_ended)
            panel.models.changed.connect(self.prefetch)
            panel.working.edited.connect(self._on_edited)
            panel.working.switched.connect(self.changed)
            panel.destroyed.connect(self._on_panel_gone)
            self._known_panel = panel
        return self._known_panel

    def later(self) -> list[WorkItem]:
        """Items to go to with Next, in order; those that cannot be read are passed over."""
        shown, at = self._around()
        return shown[at + 1 :] if at >= 0 else shown

    def earlier(self) -> list[WorkItem]:
        """Items to go to with Previous, in order."""
        shown, at = self._around()
        return shown[:at][::-1] if at >= 0 else []

    def to_do(self) -> list[WorkItem]:
        """Items that are not accepted yet, from here on and then from the top."""
        return [
            item
            for item in (*self.later(), *self.earlier()[::-1])
            if item.status is not Status.ACCEPTED
        ]

    def _around(self) -> tuple[list[WorkItem], int]:
        """List the readable items shown, that on screen among them, and where that is."""
        if self.worklist is None:
            return [], -1
        current = self.current
        shown = {item.key for item in self._shown() if item.status is not Status.UNREADABLE}
        items = [item for item in self.worklist.items if item.key in shown or item == current]
        return items, items.index(current) if current in items else -1

    # What the user does

    def open(self, folder: Path) -> None:
        """Save what is on screen, then list a folder and go to where it was left off."""
        if not self.busy:
            self._keep(lambda: self._run(list_folder, folder, then=self._on_listed))

    def go(self, items: Sequence[WorkItem]) -> None:
        """Save what is on screen, then go to the first of these items that can be read."""
        if items and not self.busy and not self.is_segmenting:
            keys = [item.key for item in items]
            self._keep(lambda: self._enter(keys), target=keys[0])

    def accept(self) -> None:
        """Save the mask as accepted, and go to the next scan that is not."""
        if self.mask is not None and not self.busy and not self.is_segmenting:
            target = next((item.key for item in self.to_do()), None)
            self._keep(self._after_accepting, status=Status.ACCEPTED, target=target)

    def take_back(self) -> None:
        """Let an accepted mask count as corrected again."""
        item = self.current
        if self.worklist is not None and item is not None and not self.busy:
            self._set_busy("Taking back…")
            self._run(take_back, self.worklist, item, then=self._on_taken_back)

    def save(self, then: Callable[[], None]) -> None:
        """Save the mask on screen if that was not done, and go on."""

        def go_on() -> None:
            self._set_busy("")
            self._tell()
            then()

        if not self.busy:
            self._keep(go_on)

    def prefetch(self) -> None:
        """Make the mask of the next scan to do, while there is nothing more urgent."""
        if self.busy or self.is_segmenting or self.worklist is None or self.visit is None:
            return
        under_way = self.fetcher.under_way
        wanted = [item for item in self.to_do() if not self.fetcher.is_in_vain(item)]
        if under_way == self.visit.item.key or not wanted:
            return
        if under_way != wanted[0].key:
            self.fetcher.cancel()
        self.fetcher.prefetch(self._request(self.worklist, wanted[0]))

    def leave(self) -> None:
        """End what runs in the background."""
        self.fetcher.leave()
        if self._worker is not None:
            self._worker.quit()

    # Listing

    def _on_listed(self, result: WorkList | Failed) -> None:
        if isinstance(result, Failed):
            self._stay(result.error)
            return
        if self._was_painted_on():
            self._keep(lambda: self._on_listed(result))
            return
        self._close_visit()
        self.worklist = result
        for note in result.notes:
            show_warning(note)
        self.changed.emit()
        left_off = result.item(result.current)
        order = ([left_off] if left_off else []) + self.to_do() + self.later()
        if order:
            self._set_busy("Opening…")
            self._enter([item.key for item in order])
        else:
            self._set_busy("")
            self._tell(
                f"None of the scans of {result.folder.name} can be read; their tooltips say why."
                if result.items
                else f"No scan was found in {result.folder.name}. Open a folder that holds NIfTI, "
                "NRRD, MetaImage, DICOM or TIFF files."
            )

    # Saving

    def _keep(
        self, then: Callable[[], None], *, status: Status | None = None, target: Key | None = None
    ) -> None:
        """Save what is not saved, keep note of where to go, and go on once that is done."""
        mask, visit = self.mask, self.visit
        if self.worklist is None or visit is None:
            self._set_busy("Opening…")
            then()
            return
        snapshot = visit.snapshot(mask) if mask is not None else None
        if snapshot is not None and status is None and not snapshot.needs_saving:
            snapshot = None
        self._set_busy("Opening…" if snapshot is None else "Saving…")

        def keep(taken: Taken) -> None:
            request = (self.worklist, visit.item, snapshot, status, target, taken)
            self._run(save, *request, then=on_kept)

        def on_kept(result: WorkList | Failed) -> None:
            if isinstance(result, Failed):
                is_taken = isinstance(result.error, MaskTakenError)
                taken = ask(self._parent, str(result.error)) if is_taken else None
                if taken is None:
                    self._stay(result.error)
                else:
                    keep(taken)
                return
            self._take_up(result)
            if snapshot is not None and (item := self.current) is not None:
                visit.saved(item, snapshot, result.mask_path(item))
                self.saved.emit(mask, snapshot.labels)
                self._tell_saved(item)
            then()

        keep("ask")

    def _was_painted_on(self) -> bool:
        """Whether the mask was changed after it was saved, on the way to another scan."""
        mask = self.mask
        if self.visit is None or mask is None:
            return False
        return self.visit.snapshot(mask).needs_saving

    def _take_up(self, worklist: WorkList) -> None:
        """Follow the list as it was written; what it has to say is said once."""
        before = self.worklist.notes if self.worklist is not None else ()
        self.worklist = worklist
        for note in worklist.notes:
            if note not in before:
                show_warning(note)
        self.changed.emit()

    def _tell_saved(self, item: WorkItem) -> None:
        path = self.worklist.mask_path(item) if self.worklist is not None else None
        if path is not None:
            said = f"Saved {path.name} ({item.status.value})."
            self._said = [f"{said} {IDENTITY}" if carries_identity(path) else said]

    def _after_accepting(self) -> None:
        wanted = self.to_do()
        if wanted:
            self._enter([item.key for item in wanted])
        else:
            self._set_busy("")
            self._tell("That was the last one: all scans shown in the list are accepted.")

    def _on_taken_back(self, result: WorkList | Failed) -> None:
        if isinstance(result, Failed):
            self._stay(result.error)
            return
        self._take_up(result)
        if self.visit is not None and (item := self.current) is not None:
            self.visit.item = item
        self._set_busy("")
        self._tell("It counts as corrected again.")

    # Opening

    def _enter(self, keys: list[Key]) -> None:
        self._onward = keys[1:]
        worklist = self.worklist
        item = worklist.item(keys[0]) if worklist is not None else None
        if worklist is not None and item is not None:
            self.fetcher.visit(self._request(worklist, item))

    def _request(self, worklist: WorkList, item: WorkItem) -> Request:
        return Request(worklist, item, self.panel.models.bundle, self.panel.devices.name)

    def _on_fetched(self, fetched: Fetched) -> None:
        if self.worklist is None:
            return
        if fetched.reading is not None:
            self._show(fetched, fetched.reading)
            return
        broken = replace(fetched.item, status=Status.UNREADABLE, remark=fetched.remark)
        self.worklist = self.worklist.with_item(broken)
        if self._onward:
            self._said.append(f"{broken.label} was passed over: it cannot be read.")
            self._enter(self._onward)
        else:
            self._set_busy("")
            self._tell(f"{broken.label} cannot be read. {broken.remark}")

    def _show(self, fetched: Fetched, reading: Reading) -> None:
        if self._was_painted_on():
            self._keep(lambda: self._show(fetched, reading))
            return
        if self.worklist is not None and fetched.item.status is Status.UNREADABLE:
            readable = replace(fetched.item, status=Status.NEW, remark="")
            self.worklist = self.worklist.with_item(readable)
        self._close_visit()
        self.visit = Visit(self._viewer, fetched, reading)
        self.fetcher.take(fetched.item.key)
        for warning in reading.scan.source.warnings:
            show_warning(f"{reading.scan.source.name}: {warning}")
        self._set_busy("")
        self._tell_arrival(fetched)
        if self._deliver(fetched):
            self.visit.turn()
        self.prefetch()

    def _tell_arrival(self, fetched: Fetched) -> None:
        said = self._said
        if fetched.item.remark and fetched.item.status is not Status.UNREADABLE:
            said.append(fetched.item.remark)
        if fetched.saved is not None and fetched.saved.is_found:
            said.append(f"{fetched.saved.file} was found beside the scan, and opened.")
        elif fetched.remark:
            said.append(fetched.remark)
        elif not fetched.brings_mask and self.fetcher.is_segmenting(fetched.item.key):
            said.append("The model's mask is being made…")
        self._tell()

    def _tell(self, *more: str) -> None:
        """Say what was to be said on the way here."""
        said, self._said = [*self._said, *more], []
        self.told.emit("\n".join(said))

    def _close_visit(self) -> None:
        if self.visit is None:
            return
        left = self.visit.close(self.mask)
        self.visit = None
        if left:
            names = ", ".join(left)
            show_warning(f"{names}: changed by hand and not saved, so it was left open.")

    def _deliver(self, fetched: Fetched) -> bool:
        """Show a mask that was made ahead as if Segment had just been pressed; whether it is."""
        if self.visit is None or self.mask is not None or self.is_segmenting:
            return False
        outcome = self.visit.outcome(fetched)
        if outcome is not None:
            self.panel.run.deliver(outcome)
        return outcome is not None

    # The background

    def _on_segmented(self, fetched: Fetched) -> None:
        if self.visit is not None and self.visit.item.key == fetched.item.key and not self.busy:
            self.fetcher.take(fetched.item.key)
            made = fetched.made_with(self.panel.models.bundle)
            if made.bundle is not None:
                self._tell(made.remark)
                self._deliver(made)
        self.prefetch()

    def _on_run_started(self) -> None:
        self.fetcher.cancel()
        self.changed.emit()

    def _on_run_ended(self, *_: Any) -> None:
        self.changed.emit()
        self.prefetch()

    def _on_edited(self) -> None:
        if self.visit is not None and self.panel.working.layer == self.mask:
            self.visit.is_touched = True
            self.changed.emit()

    def _on_panel_gone(self, *_: Any) -> None:
        self._known_panel = None

    def _run(self, function: Callable[..., Any], *args: Any, then: Callable[[Any], None]) -> None:
        """Call a function in a worker thread; what it gives, or its error, goes to ``then``."""
        self._then = then
        self._worker = background(guarded, function, *args)
        self._worker.yielded.connect(self._on_counted)
        self._worker.returned.connect(self._on_done)
        self._worker.start()

    def _on_counted(self, count: int) -> None:
        self.told.emit(f"Looking for scans… {count} found")

    def _on_done(self, result: Any) -> None:
        # What is to be done then holds a mask: once it is done, nobody may hold on to it.
        self._worker, then, self._then = None, self._then, None
        if then is not None:
            then(result)

    def _stay(self, error: BrainsegError) -> None:
        self._set_busy("")
        if isinstance(error, MaskTakenError):  # the user was just asked, and cancelled
            self._tell("Nothing was saved.")
        else:
            show_error(str(error))
            self._tell(str(error))

    def _set_busy(self, what: str) -> None:
        self.busy = bool(what)
        if what:
            self.told.emit(what)
        self.changed.emit()
