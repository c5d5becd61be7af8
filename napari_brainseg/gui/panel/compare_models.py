"""Comparing the models found, and choosing one by what it is wanted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.choice.candidates import find_candidates
from napari_brainseg.choice.described import COLUMNS, cells_of
from napari_brainseg.choice.wishes import NoChoice, Wish, choose, parse_limit, uses
from napari_brainseg.gui.common.forms import Form
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari_brainseg.choice.wishes import Candidate, Limit
    from napari_brainseg.models.bundle import Bundle

__all__ = ["CompareModels", "ModelWishes"]

ANY = marked("any")
TIMES = (ANY, "0.5 s", "1 s", "2 s", "5 s", "20 s")
SIZES = (ANY, "5 MB", "10 MB", "20 MB", "50 MB")


@dataclass(frozen=True, slots=True)
class ModelWishes:
    """What a model is wanted for, and what it may take at most.

    Parameters
    ----------
    wish : str
        The most of what.
    time : str
        Of a typical scan on this machine.
    size : str
        On the disk.
    """

    wish: Annotated[
        str,
        {
            "choices": [(wish.text, wish.value) for wish in Wish],
            "tooltip": marked("By what was measured on patients kept aside, and on this machine"),
        },
    ] = Wish.BEST.value
    time: Annotated[str, {"choices": TIMES, "tooltip": marked("A scan of 26 slices, here")}] = ANY
    size: Annotated[str, {"choices": SIZES, "tooltip": marked("On the disk")}] = ANY

    @property
    def limits(self) -> list[Limit]:
        """The limits that are set."""
        return [parse_limit(text) for text in (self.time, self.size) if text != ANY]


class CompareModels(QDialog):
    """A table of the models found: how exact, how fast here, how large, and which is which.

    Not modal: scans can be looked at meanwhile.

    Signals
    -------
    chosen : str
        The name of the model that is to be used.
    """

    chosen = Signal(str)

    def __init__(
        self, bundles: Sequence[Bundle], current: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Choose a model"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._bundles = tuple(bundles)
        self._found: tuple[Candidate, ...] = ()
        self.form = Form(ModelWishes())
        self.answer = Text(name="answer")
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setTabKeyNavigation(False)  # Tab leaves it, arrows go within
        self.measure = QPushButton(tr("Measure here"))
        self.measure.setToolTip(
            tr(
                "Run each model on the bundled sample, "
                "best while nothing else runs on this computer"
            )
        )
        self.use = QPushButton(tr("Use this model"))
        self.state = Text(tone=Tone.QUIET)
        self._measuring = Latest(self, yielded=self._on_measured, ended=self._on_end)
        self._lay_out()
        self.form.changed.connect(self._choose)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.table.doubleClicked.connect(self._on_use)
        self.use.clicked.connect(self._on_use)
        self.measure.clicked.connect(self._on_measure)
        self._fill()
        self._select(current)

    def _lay_out(self) -> None:
        self.table.setHorizontalHeaderLabels([tr(title) for title in COLUMNS])
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(True)
        rows = self.table.verticalHeader()
        if rows is not None:
            rows.hide()
            rows.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = self.table.horizontalHeader()
        if header is not None:
            header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
            size = COLUMNS.index("MB")
            header.setSectionResizeMode(size, QHeaderView.ResizeMode.ResizeToContents)
        wish, time, disk = (self.form.native(name) for name in ("wish", "time", "size"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.measure, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addLayout(
            row_of(
                wish,
                Text(tr("a scan within")),
                time,
                Text(tr("on disk within")),
                disk,
                stretch=(1,),
            )
        )
        layout.addWidget(self.answer)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.state)
        layout.addWidget(buttons)
        self.resize(880, 460)

    @property
    def selected(self) -> str:
        """The name of the model in the row that is selected; empty if none is."""
        row = self.table.currentRow()
        return self._found[row].name if 0 <= row < len(self._found) else ""

    def _fill(self) -> None:
        """Write what is known of each model into the table; the selection stays."""
        self._found = find_candidates(self._bundles)
        wishes = uses(self._found)
        self.table.setRowCount(len(self._found))
        for row, each in enumerate(self._found):
            for column, text in enumerate(cells_of(each, wishes[each.name])):
                self.table.setItem(row, column, QTableWidgetItem(text))

    def _choose(self) -> None:
        """Select the model that meets the wishes, and say why."""
        values = self.form.values
        try:
            choice = choose(self._found, [Wish(values.wish)], values.limits)
        except NoChoice as error:
            self.answer.setText(str(error))
            return
        self._select(choice.candidate.name)
        why = f"{choice.candidate.title}: {choice.why}."
        self.answer.setText(" ".join((why, *choice.notes)))

    def _select(self, name: str) -> None:
        names = [each.name for each in self._found]
        if name in names:
            self.table.selectRow(names.index(name))

    def _on_selected(self) -> None:
        self.use.setEnabled(bool(self.selected))

    def _on_use(self) -> None:
        if name := self.selected:
            self.chosen.emit(name)
            self.close()

    def _on_measure(self) -> None:
        self.measure.setEnabled(False)
        self.state.setText(tr("Measuring {count} models…", count=len(self._bundles)))
        self._measuring.run(_measure, self._bundles)

    def _on_measured(self, told: tuple[str, str]) -> None:
        name, problem = told
        self.state.setText(
            f"{name}: {problem}" if problem else tr("{name} is measured.", name=name)
        )
        self._fill()

    def _on_end(self) -> None:
        self.measure.setEnabled(True)
        self._choose()


def _measure(bundles: Sequence[Bundle]) -> Iterator[tuple[str, str]]:
    from napari_brainseg.choice.measure import measure_here

    yield from measure_here(bundles)
