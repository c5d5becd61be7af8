"""The ways through a work list: pure logic, without Qt and without napari.

A way is a generator. It runs in the GUI thread; for whatever takes long, or asks the user, it
yields one of the steps of :mod:`~napari_brainseg.gui.worklist.steps`, and is sent what came of it.
Its state is the step that it waits for; between ways, the list is idle.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from napari_brainseg.errors import BrainsegError, MaskTakenError
from napari_brainseg.gui.worklist.steps import (
    Asking,
    Failed,
    Listing,
    Looking,
    Noting,
    Opening,
    Saving,
    TakingBack,
    Way,
)
from napari_brainseg.language import tr
from napari_brainseg.worklist.items import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from napari_brainseg.gui.worklist.current_scan import MaskToSave
    from napari_brainseg.gui.worklist.ports import Screen
    from napari_brainseg.gui.worklist.prefetch import Prefetched
    from napari_brainseg.gui.worklist.steps import CourseStep
    from napari_brainseg.worklist.items import Key, WorkItem, WorkList

__all__ = ["Course"]


class Course:
    """A work list, and the ways through it.

    Parameters
    ----------
    screen : Screen
        Shows one scan of the list at a time.
    shown : callable
        Returns the items to go through, in order.

    Attributes
    ----------
    worklist : WorkList or None
        The list, once a folder is open.
    """

    def __init__(self, screen: Screen, shown: Callable[[], list[WorkItem]]) -> None:
        self.worklist: WorkList | None = None
        self._screen = screen
        self._shown = shown
        self._said: list[str] = []

    # Where one is

    @property
    def current(self) -> WorkItem | None:
        """The item on screen, as the list knows it."""
        item = self._screen.item
        if self.worklist is None or item is None:
            return None
        return self.worklist.item(item.key)

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
        around = (*self.later(), *self.earlier()[::-1])
        return [item for item in around if item.status is not Status.ACCEPTED]

    def _around(self) -> tuple[list[WorkItem], int]:
        """List the readable items shown, that on screen among them, and where that is."""
        if self.worklist is None:
            return [], -1
        current = self.current
        shown = {item.key for item in self._shown() if item.status is not Status.UNREADABLE}
        items = [item for item in self.worklist.items if item.key in shown or item == current]
        return items, items.index(current) if current in items else -1

    # Ways

    def open(self, folder: Path) -> Way:
        """Save what is on screen, list a folder, and go to where it was left off."""
        if not (yield from self._keep()):
            return False
        result = yield Listing(folder)
        if isinstance(result, Failed):
            return self._stay(result.error)
        if not (yield from self._keep_strokes()):
            return False
        self._screen.clear()
        self.worklist = result
        for note in result.notes:
            self._screen.warn(note)
        self._screen.follow()
        left_off = result.item(result.current)
        order = ([left_off] if left_off else []) + self.to_do() + self.later()
        if order:
            return (yield from self._enter(order))
        self._tell(_nothing_in(result))
        return True

    def go(self, items: Sequence[WorkItem]) -> Way:
        """Save what is on screen, then go to the first of these items that can be read."""
        if not (yield from self._keep(target=items[0].key)):
            return False
        return (yield from self._enter(items))

    def accept(self) -> Way:
        """Save the mask as accepted, and go to the next scan that is not."""
        target = next((item.key for item in self.to_do()), None)
        if not (yield from self._keep(status=Status.ACCEPTED, target=target)):
            return False
        wanted = self.to_do()
        if wanted:
            return (yield from self._enter(wanted))
        self._tell(tr("That was the last one: all scans shown in the list are accepted."))
        return True

    def save(self) -> Way:
        """Save the mask on screen, if that was not done."""
        done = yield from self._keep()
        if done:
            self._tell()
        return done

    def note(self, path: Path) -> Way:
        """Take a file that the panel saved the mask on screen to for the item's own."""
        if not (yield from self._look()):
            return False
        item, snapshot = self.current, self._screen.snapshot()
        if self.worklist is None or item is None or snapshot is None:
            return False
        accepted = item.status is Status.ACCEPTED and not self._screen.is_touched
        status = Status.ACCEPTED if accepted else snapshot.status
        result = yield Noting(self.worklist, item, path, snapshot.scan, status)
        if isinstance(result, Failed):
            return self._stay(result.error)
        self._take_up(result)
        if (now := self.current) is not None:
            self._screen.note_item(now)
        return True

    def take_back(self) -> Way:
        """Let an accepted mask count as corrected again."""
        item = self.current
        if self.worklist is None or item is None:
            return False
        result = yield TakingBack(self.worklist, item)
        if isinstance(result, Failed):
            return self._stay(result.error)
        self._take_up(result)
        if (now := self.current) is not None:
            self._screen.note_item(now)
        self._tell(tr("It counts as corrected again."))
        return True

    # Saving

    def _keep(self, *, status: Status | None = None, target: Key | None = None) -> Way:
        """Save what is not saved, and note where the user goes."""
        if not (yield from self._look()):
            return False
        item = self._screen.item
        if self.worklist is None or item is None:
            return True
        snapshot = self._screen.snapshot()
        if snapshot is not None and status is None and not self._screen.needs_saving(snapshot):
            snapshot = None
        result = yield from _save(Saving(self.worklist, item, snapshot, status, target))
        if isinstance(result, Failed):
            return self._stay(result.error)
        self._take_up(result)
        if snapshot is not None:
            self._note_saved(snapshot)
        return True

    def _note_saved(self, snapshot: MaskToSave) -> None:
        if (now := self.current) is not None:
            self._screen.note_saved(now, snapshot)
            said = self._screen.said_saved(now)
            self._said = [said] if said else []

    def _keep_strokes(self) -> Way:
        """Save what was painted while the user was on the way to somewhere else."""
        while True:
            if not (yield from self._look()):
                return False
            snapshot = self._screen.snapshot() if self._screen.item is not None else None
            if snapshot is None or not self._screen.needs_saving(snapshot):
                return True
            if not (yield from self._keep()):
                return False

    def _look(self) -> Way:
        """Look at the masks on screen until nothing happens to them meanwhile."""
        while news := self._screen.news():
            result = yield Looking(tuple(news.values()))
            if isinstance(result, Failed):
                return self._stay(result.error)
            for record, seen in zip(news, result, strict=True):
                record.see(seen)
        return True

    def _take_up(self, worklist: WorkList) -> None:
        """Follow the list as it was written; what it has to say is said once."""
        before = self.worklist.notes if self.worklist is not None else ()
        self.worklist = worklist
        for note in worklist.notes:
            if note not in before:
                self._screen.warn(note)
        self._screen.follow()

    # Opening

    def _enter(self, items: Sequence[WorkItem]) -> Way:
        """Go to the first of these items that can be read."""
        for wanted in items:
            item = self.worklist.item(wanted.key) if self.worklist is not None else None
            if self.worklist is None or item is None:
                continue
            prefetched = yield Opening(self.worklist, item)
            if prefetched.reading is not None:
                return (yield from self._show(prefetched))
            broken = replace(prefetched.item, status=Status.UNREADABLE, remark=prefetched.remark)
            self.worklist = self.worklist.with_item(broken)
            if wanted is not items[-1]:
                self._said.append(
                    tr("{label} was passed over: it cannot be read.", label=broken.label)
                )
            else:
                self._tell(
                    tr("{label} cannot be read. {remark}", label=broken.label, remark=broken.remark)
                )
        return False

    def _show(self, prefetched: Prefetched) -> Way:
        if not (yield from self._keep_strokes()):
            return False
        if self.worklist is not None and prefetched.item.status is Status.UNREADABLE:
            readable = replace(prefetched.item, status=Status.NEW, remark="")
            self.worklist = self.worklist.with_item(readable)
        self._screen.show(prefetched)
        self._said += _on_arrival(prefetched, self._screen.is_segmenting(prefetched.item.key))
        self._tell()
        return True

    # Telling

    def _stay(self, error: BrainsegError) -> bool:
        if isinstance(error, MaskTakenError):  # the user was just asked, and cancelled
            self._tell(tr("Nothing was saved."))
        else:
            self._screen.fail(str(error))
            self._tell(str(error))
        return False

    def _tell(self, *more: str) -> None:
        """Say what was to be said on the way here."""
        said, self._said = [*self._said, *more], []
        self._screen.tell("\n".join(said))


def _save(saving: Saving) -> Generator[CourseStep, Any, WorkList | Failed]:
    """Save, and ask about a file in the way for as long as the user has an answer."""
    result = yield saving
    while isinstance(result, Failed) and isinstance(result.error, MaskTakenError):
        taken = yield Asking(str(result.error))
        if taken is None:
            break
        result = yield replace(saving, taken=taken)
    found: WorkList | Failed = result
    return found


def _on_arrival(prefetched: Prefetched, is_segmenting: bool) -> list[str]:
    """Say what there is to say of a scan that is on screen now."""
    item, said = prefetched.item, []
    if item.remark and item.status is not Status.UNREADABLE:
        said.append(item.remark)
    if prefetched.saved is not None and prefetched.saved.is_found:
        said.append(tr("{file} was found beside the scan, and opened.", file=prefetched.saved.file))
    elif prefetched.remark:
        said.append(prefetched.remark)
    elif not prefetched.brings_mask and is_segmenting:
        said.append(tr("The model's mask is being made…"))
    return said


def _nothing_in(worklist: WorkList) -> str:
    name = worklist.folder.name
    if worklist.items:
        return tr("None of the scans of {name} can be read; their tooltips say why.", name=name)
    return tr(
        "No scan was found in {name}. Open a folder that holds NIfTI, "
        "NRRD, MetaImage, DICOM or TIFF files.",
        name=name,
    )
