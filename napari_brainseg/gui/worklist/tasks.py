"""What a work list does outside the GUI thread, and the one question that may come of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QMessageBox, QWidget

from napari_brainseg.errors import SaveError, WorkListError
from napari_brainseg.gui.common.text import unmarked
from napari_brainseg.gui.state.edit_clock import edit_record_of
from napari_brainseg.language import tr
from napari_brainseg.measure.edit_record_file import save_edit_record
from napari_brainseg.worklist.items import Status
from napari_brainseg.worklist.masks import note_mask, save_mask
from napari_brainseg.worklist.state import list_scans, open_worklist, record

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from napari_brainseg.gui.domain.mask_standing import Seen
    from napari_brainseg.gui.worklist.current_scan import MaskToSave
    from napari_brainseg.gui.worklist.steps import Looking, Noting, Saving
    from napari_brainseg.worklist.items import Taken, WorkItem, WorkList

__all__ = ["ask_about_file", "list_folder", "look", "note", "save", "take_back"]


def list_folder(folder: Path) -> Generator[int, None, WorkList]:
    """List the scans of a folder; yields how many were found so far."""
    found = []
    for scan in list_scans(folder):
        found.append(scan)
        yield len(found)
    return open_worklist(folder, found)


def look(looking: Looking) -> tuple[Seen, ...]:
    """Look at masks."""
    return tuple(each.take() for each in looking.looks)


def save(saving: Saving) -> WorkList:
    """Save the mask of an item, if there is one to save, and note where the user goes."""
    worklist, item, snapshot = saving.worklist, saving.item, saving.snapshot
    if snapshot is not None:
        worklist = save_mask(
            worklist,
            item,
            snapshot.labels,
            snapshot.scan,
            status=saving.status or snapshot.status,
            info=snapshot.info,
            taken=saving.taken,
        )
        worklist = _with_edit_record(worklist, item, snapshot)
    if saving.target is not None:
        try:
            worklist = record(worklist, current=saving.target)
        except (SaveError, WorkListError) as error:  # no reason not to go on
            worklist = replace(worklist, notes=(*worklist.notes, str(error)))
    return worklist


def _with_edit_record(worklist: WorkList, item: WorkItem, snapshot: MaskToSave) -> WorkList:
    """Write the edit record beside the mask just saved; where that fails, the list says so."""
    now = worklist.item(item.key)
    path = worklist.mask_path(now) if now is not None else None
    if path is None:
        return worklist
    try:
        save_edit_record(edit_record_of(snapshot.work, snapshot.labels, snapshot.scan), path)
    except SaveError as error:
        return replace(worklist, notes=(*worklist.notes, str(error)))
    return worklist


def note(noting: Noting) -> WorkList:
    """Take a mask that the panel saved for that of an item."""
    return note_mask(noting.worklist, noting.item, noting.path, noting.scan, status=noting.status)


def take_back(worklist: WorkList, item: WorkItem) -> WorkList:
    """Let an accepted item count as corrected."""
    return record(worklist, replace(item, status=Status.CORRECTED))


def ask_about_file(parent: QWidget, question: str) -> Taken | None:
    """Ask what to do about a file that is in the place of a mask; None to leave all as it is."""
    text = unmarked(question)
    box = QMessageBox(QMessageBox.Icon.Question, tr("Save mask"), text, parent=parent)
    beside = box.addButton(tr("Keep both"), QMessageBox.ButtonRole.AcceptRole)
    over = box.addButton(tr("Replace"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(beside)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return "beside" if clicked is beside else "replace" if clicked is over else None
