"""What a work list does outside the GUI thread, and the one question that may come of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from inspect import isgenerator
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QMessageBox, QWidget

from napari_brainseg.errors import BrainsegError, SaveError, WorkListError, describe
from napari_brainseg.gui.state.edit_clock import edit_record_of
from napari_brainseg.measure.edit_record_file import save_edit_record
from napari_brainseg.worklist.items import Status
from napari_brainseg.worklist.masks import save_mask
from napari_brainseg.worklist.state import list_scans, open_worklist, record

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from napari_brainseg.gui.worklist.current_scan import Snapshot
    from napari_brainseg.worklist.items import Key, Taken, WorkItem, WorkList

__all__ = ["Failed", "ask", "guarded", "list_folder", "save", "take_back"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failed:
    """Why work in a thread came to nothing; an error given back as it is would be raised there."""

    error: BrainsegError


def guarded(function: Callable[..., Any], *args: Any) -> Generator[int, None, Any]:
    """Call a function, or go through a generator, in the worker thread; errors become values."""
    try:
        result = function(*args)
        return (yield from result) if isgenerator(result) else result
    except BrainsegError as error:
        return Failed(error)
    except Exception as error:  # whatever it is, the list has to be usable again
        _log.exception("the work list failed")
        return Failed(BrainsegError(f"That failed: {describe(error)}"))


def list_folder(folder: Path) -> Generator[int, None, WorkList]:
    """List the scans of a folder; yields how many were found so far."""
    found = []
    for scan in list_scans(folder):
        found.append(scan)
        yield len(found)
    return open_worklist(folder, found)


def save(
    worklist: WorkList,
    item: WorkItem,
    snapshot: Snapshot | None,
    status: Status | None,
    target: Key | None,
    taken: Taken,
) -> WorkList:
    """Save the mask of an item, if there is one to save, and keep note of where the user goes."""
    if snapshot is not None:
        worklist = save_mask(
            worklist,
            item,
            snapshot.labels,
            snapshot.scan,
            status=status or snapshot.status,
            info=snapshot.info,
            taken=taken,
        )
        worklist = _with_account(worklist, item, snapshot)
    if target is not None:
        try:
            worklist = record(worklist, current=target)
        except (SaveError, WorkListError) as error:  # no reason not to go on
            worklist = replace(worklist, notes=(*worklist.notes, str(error)))
    return worklist


def _with_account(worklist: WorkList, item: WorkItem, snapshot: Snapshot) -> WorkList:
    """Write the account of edits beside the mask just saved; where that fails, the list says so."""
    now = worklist.item(item.key)
    path = worklist.mask_path(now) if now is not None else None
    if path is None:
        return worklist
    try:
        save_edit_record(edit_record_of(snapshot.work, snapshot.labels, snapshot.scan), path)
    except SaveError as error:
        return replace(worklist, notes=(*worklist.notes, str(error)))
    return worklist


def take_back(worklist: WorkList, item: WorkItem) -> WorkList:
    """Let an accepted item count as corrected."""
    return record(worklist, replace(item, status=Status.CORRECTED))


def ask(parent: QWidget, question: str) -> Taken | None:
    """Ask what to do about a file that is in the place of a mask; None to leave all as it is."""
    box = QMessageBox(QMessageBox.Icon.Question, "Save mask", question, parent=parent)
    beside = box.addButton("Keep both", QMessageBox.ButtonRole.AcceptRole)
    over = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(beside)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return "beside" if clicked is beside else "replace" if clicked is over else None
