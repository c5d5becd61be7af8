"""The dock widget of the work list: a folder of scans, one after another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QFileDialog,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.gui.common.canvas import guard_viewer
from napari_brainseg.gui.common.docked import dock_of, end_with_dock
from napari_brainseg.gui.common.focus_ring import FocusRing
from napari_brainseg.gui.common.language import follow_language
from napari_brainseg.gui.common.passing_keys import pass_keys
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.settings import load_settings, remember
from napari_brainseg.gui.common.text import Text, unmarked
from napari_brainseg.gui.common.widths import width_for
from napari_brainseg.gui.domain.shortcuts import WORK_LIST
from napari_brainseg.gui.worklist.panel_link import PanelLink
from napari_brainseg.gui.worklist.session import Session
from napari_brainseg.gui.worklist.table import WorkTable
from napari_brainseg.gui.worklist.training_dialog import Lesson, TrainingAdder
from napari_brainseg.language import marked, tr
from napari_brainseg.worklist.items import Status

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from qtpy.QtGui import QCloseEvent, QShowEvent

    from napari_brainseg.worklist.items import Key

__all__ = ["KEYS", "WorkListWidget"]

NEXT_TIP = marked("Saves the mask beside its scan if that was not done, and goes to the next scan")
PREVIOUS_TIP = marked(
    "Saves the mask beside its scan if that was not done, and goes to the scan before"
)
KEYS = {tool.name: tool.key for tool in WORK_LIST}
"""None of them is napari's own."""

HEIGHT, SHARE = 330, 0.34
"""Of the list at first: in pixels, and of the window at most."""

WIDTH = 380
"""Of the list in pixels, where the screen has room: names are seen whole."""


class WorkListWidget(QWidget):
    """Works through a folder of scans: open, segment, correct, accept, next.

    Parameters
    ----------
    napari_viewer : Viewer
        The viewer that shows the scans, one at a time, beside whatever else the user has in it.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        follow_language()
        super().__init__()
        guard_viewer(napari_viewer)
        end_with_dock(self)
        pass_keys(self)
        self.setMinimumWidth(width_for(self, WIDTH))
        self.items = WorkTable()
        self.adder = TrainingAdder(self)
        self.panel = PanelLink(napari_viewer, self)
        self.session = Session(napari_viewer, self, self.panel, lambda: self.items.shown)
        self._build_parts()
        self._lay_out()
        self.ring = FocusRing(self)
        self._connect()
        self._update()
        self._seen = False
        # Once the docks of the window have their places.
        self._opened = QTimer(self)
        self._opened.setSingleShot(True)
        self._opened.timeout.connect(self._on_opened)

    def _build_parts(self) -> None:
        self.open_button = QPushButton(tr("Open folder…"))
        self.bar = QProgressBar()
        self.previous_button = QPushButton(tr("◀ Previous"))
        self.accept_button = QPushButton(tr("Accept"))
        self.next_button = QPushButton(tr("Next ▶"))
        self.training_button = QPushButton(tr("To training set…"))
        self.status = Text(name="status")

    def _lay_out(self) -> None:
        steps = (self.previous_button, self.accept_button, self.next_button)
        column = QVBoxLayout(self)
        column.addLayout(row_of(self.open_button, self.bar, stretch=(0, 1)))
        column.addWidget(self.items, stretch=1)
        column.addLayout(row_of(*steps, self.training_button))
        column.addWidget(self.status)

    def _connect(self) -> None:
        session = self.session
        self.open_button.clicked.connect(self._on_open)
        self.previous_button.clicked.connect(self._on_previous)
        self.next_button.clicked.connect(self._on_next)
        self.accept_button.clicked.connect(self._on_accept)
        self.training_button.clicked.connect(self._on_training)
        self.adder.ended.connect(self.status.setText)
        self.items.chosen.connect(self._on_chosen)
        self.items.filtered.connect(self._on_filtered)
        session.changed.connect(self._update)
        session.told.connect(self.status.setText)
        for name, button in (
            ("previous", self.previous_button),
            ("accept", self.accept_button),
            ("next", self.next_button),
        ):
            shortcut = QShortcut(QKeySequence(KEYS[name]), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            # A button that is disabled is not clicked.
            shortcut.activated.connect(button.click)
        # Qt may delete the widget without closing it, and by then its own methods are gone.
        self.destroyed.connect(session.leave)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Leave the panel its room when the list is opened, not each time it is seen again."""
        super().showEvent(event)
        if not self._seen:
            self._seen = True
            self._opened.start(0)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """End what runs in the background; what is on screen stays there."""
        self.session.leave()
        super().closeEvent(event)

    def _on_opened(self) -> None:
        if self.panel.is_open:
            self._share_height()

    # What the user does

    def _on_open(self) -> None:
        before = load_settings().scans or Path.home()
        chosen = QFileDialog.getExistingDirectory(self, tr("Open a folder of scans"), str(before))
        if chosen:
            remember(scans=Path(chosen))
            self._share_height()
            self.session.open(Path(chosen))

    def _share_height(self) -> None:
        """Leave most of the height to the panel, where both stand in one column."""
        mine, panel, window = dock_of(self), dock_of(self.panel.widget), self.window()
        if mine is not None and panel is not None and isinstance(window, QMainWindow):
            height = round(min(HEIGHT, SHARE * window.height()))
            heights = [height, window.height() - height]
            window.resizeDocks([mine, panel], heights, Qt.Orientation.Vertical)
            self.panel.widget.show_tools()

    def _on_previous(self) -> None:
        self.session.go(self.session.course.earlier())

    def _on_next(self) -> None:
        self.session.go(self.session.course.later())

    def _on_accept(self) -> None:
        if self._can_take_back():
            self.session.take_back()
        else:
            self.session.accept()

    def _on_chosen(self, key: Key) -> None:
        item = self.session.worklist.item(key) if self.session.worklist is not None else None
        if item is not None and item != self.session.current:
            self.session.go([item])

    def _on_filtered(self) -> None:
        self._update()
        self.session.prefetch()

    def _on_training(self) -> None:
        self.session.save(self._teach)

    def _teach(self) -> None:
        """Add what is on screen, and saved by now, to a training set."""
        session = self.session
        visit, mask, item = session.visit, session.mask, session.current
        if visit is None or mask is None or item is None:
            return
        snapshot, bundle = visit.snapshot(mask), self.panel.bundle
        lesson = Lesson(
            scan=visit.scan,
            labels=snapshot.labels,
            info=snapshot.info,
            channels=self.panel.channels_of(visit.scan),
            model=bundle.card if bundle is not None else None,
            patient=item.patient,
            is_corrected=item.status is not Status.SEGMENTED,
        )
        self.adder.start(lesson)

    # What can be done now

    def _can_take_back(self) -> bool:
        session = self.session
        if session.visit is None or session.current is None:
            return False
        return session.current.status is Status.ACCEPTED and not session.visit.is_touched

    def _why_wait(self) -> str:
        """Why nothing can be done at the moment; empty if it can."""
        if self.session.busy:
            return tr("Wait a moment: the scan is being opened or saved.")
        if self.panel.is_running:
            return tr("Wait for Segment to end, or cancel it.")
        return ""

    def _update(self) -> None:
        """Follow the session."""
        worklist, current = self.session.worklist, self.session.current
        self.items.show_items(worklist.items if worklist else (), current.key if current else None)
        self._update_bar()
        why_not = self._why_wait()
        self._allow(self.open_button, why_not, tr("Work through the scans of a folder"))
        if not why_not and worklist is None:
            why_not = tr("Open a folder first.")
        self._update_steps(why_not)
        self._update_mask(why_not)

    def _update_steps(self, why_not: str) -> None:
        """Follow whether there is a scan to go to."""
        course = self.session.course
        last = "" if course.later() else tr("This is the last scan shown in the list.")
        first = "" if course.earlier() else tr("This is the first scan shown in the list.")
        self._allow(self.next_button, why_not or last, tr(NEXT_TIP), "next")
        self._allow(
            self.previous_button,
            why_not or first,
            tr(PREVIOUS_TIP),
            "previous",
        )

    def _update_bar(self) -> None:
        worklist, named = self.session.worklist, self.items.named
        accepted = sum(item.status is Status.ACCEPTED for item in named)
        self.bar.setRange(0, max(1, len(named)))
        self.bar.setValue(accepted)
        if worklist is None:
            self.bar.setFormat(tr("No folder is open."))
            return
        self.bar.setFormat(
            tr("{accepted} of {count} accepted", accepted=accepted, count=len(named))
        )
        elsewhere = (
            tr(
                "\nIt cannot be written to, so the list and the masks are in {home}",
                home=worklist.home,
            )
            if worklist.home != worklist.folder
            else ""
        )
        self.bar.setToolTip(unmarked(f"{worklist.folder}{elsewhere}"))

    def _update_mask(self, why_not: str) -> None:
        """Follow what can be done with the mask on screen."""
        if not why_not and self.session.mask is None:
            why_not = tr("There is no mask yet: press Segment, or add a labels layer and draw one.")
        back = self._can_take_back()
        self.accept_button.setText(tr("Take back") if back else tr("Accept"))
        what = (
            tr("Let the mask count as corrected again")
            if back
            else tr("The mask is right: saves it, and goes to the next scan that is not accepted")
        )
        self._allow(self.accept_button, why_not, what, "accept")
        copies = tr("Saves the mask, and copies it with its scan for a model to learn from")
        self._allow(self.training_button, why_not, copies)

    def _allow(self, button: QPushButton, why_not: str, what: str, key: str = "") -> None:
        """Enable or, with a reason, disable a button."""
        button.setEnabled(not why_not)
        if key:
            native = QKeySequence(KEYS[key]).toString(QKeySequence.SequenceFormat.NativeText)
            what = f"{what} ({native})"
        button.setToolTip(why_not or what)
