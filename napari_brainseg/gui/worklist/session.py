"""A work list in a viewer: walks the ways of a course, and is the screen that they happen on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error, show_warning
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import BrainsegError, without_path
from napari_brainseg.gui.autosave.keeper import keeper_of
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.domain.mask_record import record_of
from napari_brainseg.gui.save.names import IDENTITY
from napari_brainseg.gui.worklist.course import Course
from napari_brainseg.gui.worklist.current_scan import Visit
from napari_brainseg.gui.worklist.prefetch import Prefetcher, PrefetchRequest
from napari_brainseg.gui.worklist.steps import (
    Asking,
    Failed,
    Listing,
    Looking,
    Noting,
    Opening,
    Saving,
    TakingBack,
)
from napari_brainseg.gui.worklist.tasks import (
    ask_about_file,
    list_folder,
    look,
    note,
    save,
    take_back,
)
from napari_brainseg.io import carries_identity
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from napari.layers import Labels
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.domain.mask_standing import Look
    from napari_brainseg.gui.worklist.current_scan import MaskToSave
    from napari_brainseg.gui.worklist.ports import Panel
    from napari_brainseg.gui.worklist.prefetch import Prefetched
    from napari_brainseg.gui.worklist.steps import CourseStep, Way
    from napari_brainseg.worklist.items import Key, WorkItem, WorkList

__all__ = ["Session"]


class Session(QObject):
    """A work list being worked through in a viewer.

    It is idle, or on one way of its :class:`Course`, waiting for one step of it: ``step`` says
    which.

    Parameters
    ----------
    viewer : Viewer
        Shows one scan at a time, beside whatever else the user has in it.
    parent : QWidget
        Where questions are asked.
    panel : Panel
        Segments, and knows which mask is worked on.
    shown : callable
        Returns the items to go through, in order.

    Signals
    -------
    changed
        The list, the scan on screen, or what can be done now.
    told : str
        A sentence for the status line.
    saved : Labels, ndarray
        A layer is in a file, with these labels on its scan's grid.

    Attributes
    ----------
    step : CourseStep or None
        What is waited for; None while the list is idle.
    visit : Visit or None
        The scan on screen.
    """

    changed = Signal()
    saved = Signal(object, object)
    told = Signal(str)

    def __init__(
        self,
        viewer: Viewer,
        parent: QWidget,
        panel: Panel,
        shown: Callable[[], list[WorkItem]],
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._parent = parent
        self.panel = panel
        self.course = Course(self, shown)
        self.visit: Visit | None = None
        self.step: CourseStep | None = None
        self._way: Way | None = None
        self._then: Callable[[], None] | None = None
        self._disk = Latest(self, self._go_on, failed=self._on_failed, yielded=self._on_counted)
        self.prefetcher = Prefetcher(self)
        self.prefetcher.prefetched.connect(self._on_prefetched)
        self.prefetcher.segmented.connect(self._on_segmented)
        keeper_of(viewer)
        panel.run_started.connect(self._on_run_started)
        panel.run_ended.connect(self._on_run_ended)
        panel.model_changed.connect(self.prefetch)
        panel.mask_edited.connect(self._on_edited)
        panel.mask_switched.connect(self.changed)
        panel.mask_saved.connect(self._on_panel_saved)

    # What is going on

    @property
    def busy(self) -> bool:
        """Whether a way is under way."""
        return self._way is not None

    @property
    def worklist(self) -> WorkList | None:
        """The list, once a folder is open."""
        return self.course.worklist

    @property
    def current(self) -> WorkItem | None:
        """The item on screen, as the list knows it."""
        return self.course.current

    @property
    def mask(self) -> Labels | None:
        """The mask of the scan on screen."""
        return None if self.visit is None else self.visit.mask(self.panel.mask)

    # What the user does

    def open(self, folder: Path) -> None:
        """Save what is on screen, then list a folder and go to where it was left off."""
        self._start(self.course.open(folder))

    def go(self, items: Sequence[WorkItem]) -> None:
        """Save what is on screen, then go to the first of these items that can be read."""
        if items and not self.panel.is_running:
            self._start(self.course.go(items))

    def accept(self) -> None:
        """Save the mask as accepted, and go to the next scan that is not."""
        if self.mask is not None and not self.panel.is_running:
            self._start(self.course.accept())

    def take_back(self) -> None:
        """Let an accepted mask count as corrected again."""
        self._start(self.course.take_back())

    def save(self, then: Callable[[], None]) -> None:
        """Save the mask on screen if that was not done, and go on."""
        self._start(self.course.save(), then)

    def prefetch(self) -> None:
        """Make the mask of the next scan to do, while there is nothing more urgent."""
        worklist = self.worklist
        if self.busy or self.panel.is_running or worklist is None or self.visit is None:
            return
        under_way = self.prefetcher.under_way
        to_do = self.course.to_do()
        wanted = next((item for item in to_do if not self.prefetcher.is_in_vain(item)), None)
        if under_way == self.visit.item.key or wanted is None:
            return
        if under_way != wanted.key:
            self.prefetcher.cancel()
        self.prefetcher.prefetch(self._request(worklist, wanted))

    def leave(self) -> None:
        """End what runs in the background."""
        self.prefetcher.leave()
        self._disk.leave()

    # Walking a way

    def _start(self, way: Way, then: Callable[[], None] | None = None) -> None:
        """Go a way, unless one is being gone."""
        if not self.busy:
            self._way, self._then = way, then
            self._go_on(None)

    def _go_on(self, result: Any) -> None:
        """Go on with what came of a step, up to the next one or to the end."""
        way = self._way
        if way is None:
            return
        try:
            self.step = way.send(result)
        except StopIteration as stop:
            self._end(stop.value)
        except BaseException:
            self._end(False)
            raise
        else:
            self._take(self.step)

    def _end(self, done: bool) -> None:
        then = self._then
        self._way = self._then = self.step = None
        self.changed.emit()
        if done and then is not None:
            then()
        self.prefetch()

    def _take(self, step: CourseStep) -> None:
        """Do what a step says; what comes of it goes on with the way."""
        if step.text:
            self.told.emit(tr(step.text))
        self.changed.emit()
        match step:
            case Listing():
                self._disk.run(list_folder, step.folder)
            case Looking():
                self._disk.run(look, step)
            case Saving():
                self._disk.run(save, step)
            case Noting():
                self._disk.run(note, step)
            case Asking():
                self._go_on(ask_about_file(self._parent, step.question))
            case Opening():
                self.prefetcher.visit(self._request(step.worklist, step.item))
            case TakingBack():
                self._disk.run(take_back, step.worklist, step.item)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, BrainsegError):
            error = BrainsegError(tr("That failed: {reason}", reason=without_path(error)))
        self._go_on(Failed(error))

    def _on_counted(self, count: int) -> None:
        self.told.emit(tr("Looking for scans… {count} found", count=count))

    def _on_prefetched(self, prefetched: Prefetched) -> None:
        if isinstance(self.step, Opening):
            self._go_on(prefetched)

    def _request(self, worklist: WorkList, item: WorkItem) -> PrefetchRequest:
        return PrefetchRequest(worklist, item, self.panel.bundle, self.panel.device)

    # The screen

    @property
    def item(self) -> WorkItem | None:
        """The item on screen, as it was when its mask was opened or saved last."""
        return None if self.visit is None else self.visit.item

    @property
    def is_touched(self) -> bool:
        """Whether the mask on screen was edited since it was opened or saved."""
        return self.visit is not None and self.visit.is_touched

    def news(self) -> dict[MaskRecord, Look]:
        """Return the masks of the scan on screen that have to be looked at, and how."""
        return {} if self.visit is None else self.visit.news(self.mask)

    def snapshot(self) -> MaskToSave | None:
        """Copy the mask on screen, if there is one."""
        mask = self.mask
        return None if self.visit is None or mask is None else self.visit.snapshot(mask)

    def needs_saving(self, snapshot: MaskToSave) -> bool:
        """Whether there is more to a mask than what the list has of it on disk."""
        record = None if self.mask is None else record_of(self.mask)
        if snapshot.needs_saving or record is None or record.saved is None:
            return snapshot.needs_saving
        item, worklist, path = self.item, self.worklist, record.saved.path
        if item is None or worklist is None or path is None:
            return False
        return path != worklist.mask_path(item)  # saved by the panel, to where no list looks

    def note_saved(self, item: WorkItem, snapshot: MaskToSave) -> None:
        """Take note that the mask on screen is saved, and what became of its item."""
        mask = self.mask
        if self.visit is not None and mask is not None:
            path = None if self.worklist is None else self.worklist.mask_path(item)
            self.visit.saved(item, snapshot, path)
            self.saved.emit(mask, snapshot.labels)

    def note_item(self, item: WorkItem) -> None:
        """Take note of what became of the item on screen."""
        if self.visit is not None:
            self.visit.item = item

    def show(self, prefetched: Prefetched) -> None:
        """Put a scan, and its mask if there is one, in the place of what is on screen."""
        reading = prefetched.reading
        if reading is None:
            return
        self.clear()
        # One batch: napari puts its scene together once, not for each layer that comes.
        with self._viewer.layers.batched_update():
            self.visit = Visit(self._viewer, prefetched, reading)
        self.prefetcher.take(prefetched.item.key)
        for warning in reading.scan.source.warnings:
            self.warn(f"{reading.scan.source.name}: {warning}")
        if self._deliver(prefetched):
            self.visit.turn()

    def clear(self) -> None:
        """Take the scan off the screen."""
        if self.visit is None:
            return
        # One batch: napari collects garbage once, not for each layer that goes.
        with self._viewer.layers.batched_update():
            left = self.visit.close(self.mask)
        self.visit = None
        if left:
            names = ", ".join(left)
            self.warn(
                tr("{names}: changed by hand and not saved, so it was left open.", names=names)
            )

    def is_segmenting(self, key: Key) -> bool:
        """Whether the mask of a scan is being made ahead."""
        return self.prefetcher.is_segmenting(key)

    def said_saved(self, item: WorkItem) -> str:
        """Say where a mask was saved."""
        path = self.worklist.mask_path(item) if self.worklist is not None else None
        if path is None:
            return ""
        said = tr("Saved {name} ({status}).", name=path.name, status=tr(item.status.value))
        return f"{said} {tr(IDENTITY)}" if carries_identity(path) else said

    def follow(self) -> None:
        """Show what became of the list."""
        self.changed.emit()

    def tell(self, text: str) -> None:
        """Show a text in the status line."""
        self.told.emit(text)

    def warn(self, text: str) -> None:
        """Show a warning."""
        show_warning(text)

    def fail(self, text: str) -> None:
        """Show an error."""
        show_error(text)

    # The panel, and masks made ahead

    def _deliver(self, prefetched: Prefetched) -> bool:
        """Show a mask that was made ahead as if Segment had just been pressed; whether it is."""
        if self.visit is None or self.mask is not None or self.panel.is_running:
            return False
        outcome = self.visit.outcome(prefetched)
        if outcome is not None:
            self.panel.deliver(outcome)
        return outcome is not None

    def _on_segmented(self, prefetched: Prefetched) -> None:
        if self.visit is not None and self.visit.item.key == prefetched.item.key and not self.busy:
            self.prefetcher.take(prefetched.item.key)
            made = prefetched.made_with(self.panel.bundle)
            if made.bundle is not None:
                self.tell(made.remark)
                self._deliver(made)
        self.prefetch()

    def _on_run_started(self) -> None:
        self.prefetcher.cancel()
        self.changed.emit()

    def _on_run_ended(self) -> None:
        self.changed.emit()
        self.prefetch()

    def _on_edited(self) -> None:
        if self.visit is not None and self.panel.mask == self.mask:
            self.visit.is_touched = True
            self.changed.emit()

    def _on_panel_saved(self, layer: Labels) -> None:
        """Let a mask that the panel saved count for the list."""
        record = record_of(layer)
        saved = None if record is None else record.saved
        if layer == self.mask and saved is not None and saved.path is not None:
            self._start(self.course.note(saved.path))
