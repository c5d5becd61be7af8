"""The rows on top of the panel: masks that can be restored, and deleted ones to bring back."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget

from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text
from napari_brainseg.language import tr, tr_n

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qtpy.QtGui import QShowEvent

    from napari_brainseg.autosave.orphans import Orphan
    from napari_brainseg.gui.autosave.deletions import Deletion
    from napari_brainseg.gui.autosave.keeper import AutosaveKeeper
    from napari_brainseg.scan import Scan

__all__ = ["UnsavedRows"]

MAX_ROWS = 3
"""Shown at once; the next ones come up as these are dealt with."""

BESIDE = 2
"""So many buttons have room beside a sentence."""

Action = tuple[str, str, "Callable[[], None]"]
"""What a button says, what its tooltip says, and what it does."""


class UnsavedRows(QWidget):
    """One row per mask that would be lost; takes no room when there is none.

    Masks of one scan share a row: they lay on each other, and come back together.

    Parameters
    ----------
    keeper : AutosaveKeeper
        Of the viewer.
    scans : callable
        Returns the scans that are open.
    """

    def __init__(
        self,
        keeper: AutosaveKeeper,
        scans: Callable[[], Sequence[Scan]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._keeper, self._scans = keeper, scans
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(9, 4, 9, 0)
        self._column.setSpacing(2)
        keeper.changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            row = item.widget()
            if row is not None:
                row.hide()
                row.deleteLater()
        deletions, orphans = self._keeper.deletions[::-1], _by_scan(self._keeper.orphans)
        for deletion in deletions[:MAX_ROWS]:
            self._column.addWidget(self._deleted(deletion))
        room = max(MAX_ROWS - len(deletions), 0)
        for group in orphans[:room]:
            self._column.addWidget(self._left_behind(group))
        masks = len(deletions) + len(self._keeper.orphans)
        more = masks - min(len(deletions), MAX_ROWS) - sum(map(len, orphans[:room]))
        if more > 0:
            self._column.addWidget(Text(tr("… and {more} more", more=more)))
        self.setVisible(self._column.count() > 0)

    def _deleted(self, deletion: Deletion) -> QWidget:
        undo = (tr("Undo"), tr("Bring the layer back"), partial(self._undo, deletion))
        let_go = partial(self._keeper.forget, deletion)
        return _Row(
            tr("Deleted {name} with unsaved edits", name=deletion.name),
            [undo, (tr("Dismiss"), tr("Let the layer and its unsaved edits go"), let_go)],
            on_show=partial(setattr, deletion, "seen", True),
        )

    def _left_behind(self, group: Sequence[Orphan]) -> QWidget:
        orphan = group[0]
        discard = (
            tr("Discard"),
            tr("Delete for good; asks once more"),
            partial(self._discard, group),
        )
        when = f"{orphan.when:%H:%M}"
        if orphan.when.date() != datetime.now().date():
            when = tr("{date:%d %b %Y}, {time}", date=orphan.when, time=when)
        if orphan.problem:
            return _Row(
                tr("Unsaved, from {when}: {problem}", when=when, problem=orphan.problem),
                [discard],
                twice=tr("Discard"),
            )
        text = tr(
            "Unsaved: {title}, {when}, {slices}",
            when=when,
            title=orphan.title,
            slices=_extent(group),
        )
        if orphan.scan_missing:
            text = tr("{what}. Its scan was not found, or has changed.", what=text)
            return _Row(text, [*self._without_scan(group), discard], twice=tr("Discard"))
        restore = (
            tr("Restore"),
            tr("Show again, on the scan, which is opened for it"),
            partial(self._restore, group),
        )
        return _Row(text, [restore, discard], twice=tr("Discard"))

    def _without_scan(self, group: Sequence[Orphan]) -> list[Action]:
        """Offer what can be done where the scan is not to be found."""
        alone = partial(self._restore, group, alone=True)
        return [
            (tr("Find scan…"), tr("Say where the scan is by now"), partial(self._find, group)),
            (
                tr("Show alone"),
                tr("Show without the scan; laid on it once that is opened"),
                alone,
            ),
        ]

    def _find(self, group: Sequence[Orphan]) -> None:
        orphan = group[0]
        title = tr("Where is {title}?", title=orphan.title)
        if orphan.place is not None and orphan.place.is_folder:
            found = QFileDialog.getExistingDirectory(self, title)
        else:
            found, _ = QFileDialog.getOpenFileName(self, title)
        if found:
            self._restore(group, at=found)

    def _undo(self, deletion: Deletion) -> None:
        self._keeper.undo(deletion, self._scans())

    def _restore(self, group: Sequence[Orphan], *, at: str = "", alone: bool = False) -> None:
        scans = self._scans()
        for orphan in reversed(group):  # the newest comes last, and lies on top
            self._keeper.restore(orphan, scans, at=at, alone=alone)

    def _discard(self, group: Sequence[Orphan]) -> None:
        for orphan in group:
            self._keeper.discard(orphan)


def _by_scan(orphans: Sequence[Orphan]) -> list[list[Orphan]]:
    """Put together what lay on one scan and can be restored, each where its newest is."""
    groups: dict[object, list[Orphan]] = {}
    for orphan in orphans:
        is_alone = orphan.problem or not orphan.digest
        key = orphan.path if is_alone else (orphan.digest, orphan.scan_missing)
        groups.setdefault(key, []).append(orphan)
    return list(groups.values())


def _extent(group: Sequence[Orphan]) -> str:
    if len(group) > 1:
        return tr_n("{n} mask", "{n} masks", len(group))
    return tr_n("{n} slice", "{n} slices", group[0].slices)


class _Row(QWidget):
    """A sentence, and beside it the buttons; the one named ``twice`` wants to be clicked twice.

    More than two buttons stand below it. ``on_show`` is called when the row is on the screen.
    """

    def __init__(
        self,
        text: str,
        actions: Sequence[Action],
        twice: str = "",
        on_show: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self._on_show = on_show
        row, said = row_of(), Text(text, Tone.ATTENTION)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        if len(actions) <= BESIDE:
            row.add(said, stretch=1)
        else:
            layout.addWidget(said)
        layout.addLayout(row)
        for name, tip, act in actions:
            button = QPushButton(name)
            button.setToolTip(tip)
            question = tr("Really {button}?", button=name.lower()) if name == twice else ""
            button.clicked.connect(partial(self._on_click, button, act, question))
            row.add(button)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Tell that the row is on the screen."""
        super().showEvent(event)
        if self._on_show is not None:
            self._on_show()

    def _on_click(
        self, button: QPushButton, act: Callable[[], None], question: str, *_: object
    ) -> None:
        if question and button.text() != question:
            button.setText(question)
        else:
            act()
