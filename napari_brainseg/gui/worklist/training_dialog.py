"""Adding a scan and its mask to a training set from the viewer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.errors import BrainsegError, EntryExistsError, without_path
from napari_brainseg.gui.common.forms import Form
from napari_brainseg.gui.common.settings import load_settings, remember
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text, unmarked
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.io.files import is_folder
from napari_brainseg.language import marked, tr
from napari_brainseg.scan import DicomSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_brainseg.io import MaskInfo
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.scan import Scan

__all__ = ["EntryOptions", "Lesson", "TrainingAdder", "TrainingDialog"]

TITLE = marked("Add to training set")
PRIVACY = marked(
    "Images and mask are copied there. Enter a pseudonym, the same for all scans of one patient: "
    "never a name."
)
UNCORRECTED = marked("This mask is the model's own, untouched: a model learns nothing new from it.")


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A scan and its mask, as they go to a training set; ``patient`` is what is proposed.

    See :func:`napari_brainseg.training_set.add_to_training_set`.
    """

    scan: Scan
    labels: NDArray[Any]
    info: MaskInfo
    channels: Mapping[str, Channel | None] | None
    model: ModelCard | None
    patient: str
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class EntryOptions:
    """What is asked of an entry of a training set.

    Parameters
    ----------
    patient : str
        A pseudonym, the same for all scans of one patient.
    note : str
        Kept with the mask; may be empty.
    """

    patient: Annotated[str, {"tooltip": PRIVACY}] = ""
    note: Annotated[str, {"tooltip": marked("Kept with the mask; may stay empty")}] = ""

    @property
    def why_not(self) -> str:
        """Why this cannot be added; empty if it can."""
        return "" if self.patient.strip() else tr("Enter a pseudonym for the patient first.")


class TrainingDialog(QDialog):
    """Asks where to, of which patient, and for a note.

    Parameters
    ----------
    lesson : Lesson
        What is to be added.
    folder : Path
        The training set used last.
    parent : QWidget, optional
        The window to stand before.
    """

    def __init__(self, lesson: Lesson, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr(TITLE))
        self._lesson = lesson
        self.folder = folder
        self.place = Text()
        self.change = QPushButton(tr("Change…"))
        self.change.setToolTip(tr("Choose another training set; an empty folder starts a new one"))
        self.form = Form(EntryOptions())
        self.patient: QLineEdit = self.form.native("patient")
        self.note: QLineEdit = self.form.native("note")
        self.note.setPlaceholderText(tr("Who corrected it, and when, in your own words"))
        self.problem = Text(tone=Tone.ATTENTION)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add = QPushButton(tr("Add"))
        self.buttons.addButton(self.add, QDialogButtonBox.ButtonRole.AcceptRole)
        self._lay_out()
        self.change.clicked.connect(self._on_change)
        self.form.changed.connect(self._on_changed)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._look()

    def _lay_out(self) -> None:
        where = QHBoxLayout()
        where.addWidget(self.place, stretch=1)
        where.addWidget(self.change)
        form = QFormLayout()
        form.addRow(tr("Training set"), where)
        form.addRow(tr("Patient"), self.patient)
        form.addRow(tr("Note"), self.note)
        privacy = Text(tr(PRIVACY))
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(privacy)
        column.addWidget(self.problem)
        column.addWidget(self.buttons)
        self.setMinimumWidth(440)

    def _on_change(self) -> None:
        folder = ask_folder(self)
        if folder is not None:
            self.folder = folder
            self._look()

    def _look(self) -> None:
        """Open the set, or start one, and propose a name for the patient."""
        from napari_brainseg.training_set.contents import open_training_set

        self.place.setText(self.folder.name)
        self.place.setToolTip(str(self.folder))
        proposed = self._lesson.patient
        problem = "" if self._lesson.is_corrected else tr(UNCORRECTED)
        try:
            found = open_training_set(self.folder, create=True)
            if isinstance(self._lesson.scan.source, DicomSource):
                proposed = found.propose_patient(self._lesson.scan)
        except BrainsegError as error:
            problem, proposed = str(error), ""
        self.problem.setText(problem)
        self.patient.setText(proposed)
        self.patient.setEnabled(bool(proposed))
        self._on_changed()

    def _on_changed(self, _: Any = None) -> None:
        is_set = self.patient.isEnabled()
        why_not = self.form.values.why_not if is_set else tr("Choose another folder first.")
        self.add.setEnabled(not why_not)
        self.add.setToolTip(why_not or tr(TITLE))


class TrainingAdder(QObject):
    """Asks, and adds in a worker thread.

    Signals
    -------
    ended : str
        A sentence for the status line.
    """

    ended = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._adding = Latest(self, self._on_added, failed=self._on_failed)
        self._asked: tuple[Any, ...] = ()

    def start(self, lesson: Lesson) -> None:
        """Ask for a folder once, then for the rest, and add."""
        folder = load_settings().training_set
        if folder is None or not is_folder(folder):
            folder = ask_folder(self._parent)
        if folder is None:
            return
        dialog = TrainingDialog(lesson, folder, self._parent)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            remember(training_set=dialog.folder)
            self._add(lesson, dialog.folder, dialog.form.values, False)
        dialog.deleteLater()

    def _add(self, *asked: Any) -> None:
        self._asked = asked
        self._adding.run(_add, *asked)
        self.ended.emit(tr("Adding to the training set…"))

    def _on_added(self, message: str) -> None:
        show_info(message)
        self.ended.emit(message)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, EntryExistsError):
            yes = QMessageBox.StandardButton.Yes
            if QMessageBox.question(self._parent, TITLE, unmarked(str(error))) == yes:
                self._add(*self._asked[:-1], True)
            else:
                self.ended.emit(tr("The training set was left as it is."))
            return
        foreseen = isinstance(error, BrainsegError)
        message = (
            str(error) if foreseen else tr("Adding failed: {reason}", reason=without_path(error))
        )
        show_error(message)
        self.ended.emit(message)


def ask_folder(parent: QWidget) -> Path | None:
    """Let the user choose the folder of a training set."""
    chosen = QFileDialog.getExistingDirectory(
        parent, tr("Choose the folder of a training set; an empty one starts a new set")
    )
    return Path(chosen) if chosen else None


def _add(lesson: Lesson, folder: Path, entered: EntryOptions, over: bool) -> str:
    """Add in the worker thread; returns what to tell the user."""
    from napari_brainseg.training_set.add import add_to_training_set

    entry = add_to_training_set(
        folder,
        lesson.scan,
        lesson.labels,
        patient=entered.patient,
        note=entered.note,
        channels=lesson.channels,
        info=lesson.info,
        model=lesson.model,
        replace=over,
    )
    return tr("Added {title} to the training set {name}.", title=entry.title, name=folder.name)
