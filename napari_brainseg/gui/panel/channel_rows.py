"""Which image feeds which input role of the model."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_brainseg.errors import ChannelError
from napari_brainseg.gui.common.collapsible import collapsible
from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.rows import form_of
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text
from napari_brainseg.io.sequences import sequence_text
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.scan import Scan

__all__ = ["ChannelRows"]


class ChannelRows(QWidget):
    """One combo box per role, collapsed while the guess is sure."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = Text(tone=Tone.ATTENTION)
        self.combos: dict[str, PopupCombo] = {}
        self._card: ModelCard | None = None
        self._guessed: tuple[str, ...] = ()
        self._offered: object = ()
        self._rows = QWidget()
        self._form = form_of()
        self._rows.setLayout(self._form)
        self.fold = collapsible(
            tr("Channels"), self._rows, tip=tr("Which image feeds which input of the model")
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.fold)
        layout.addWidget(self.note)
        self.offer(None, None, ())

    @property
    def by_role(self) -> Mapping[str, Channel | None]:
        """The chosen image per role; None where there is none."""
        return {role: combo.currentData() for role, combo in self.combos.items()}

    @property
    def missing(self) -> str | None:
        """A required role without an image."""
        roles = self._card.roles if self._card else ()
        chosen = self.by_role
        return next((r.name for r in roles if r.fallback is None and chosen[r.name] is None), None)

    @property
    def said(self) -> tuple[str, ...]:
        """What a run would have to say of its images, which the rows say already."""
        from napari_brainseg.pipeline.assemble import stand_in_note

        roles, chosen = self._card.roles if self._card else (), self.by_role
        missing = (role for role in roles if role.fallback and chosen.get(role.name) is None)
        return (*map(stand_in_note, missing), *self._guessed)

    def offer(
        self, card: ModelCard | None, scan: Scan | None, available: Sequence[Channel]
    ) -> None:
        """Guess anew, for another model, scan, or set of images; for the same the choice stays."""
        offered = (card, scan, [(channel.scan, channel.index) for channel in available])
        if offered == self._offered:
            return
        self._offered = offered
        while self._form.rowCount():
            self._form.removeRow(0)
        self.combos, self._card, self._guessed = {}, None, ()
        self.setEnabled(False)
        self.setToolTip(tr("Choose a scan and a model first."))
        if card is None or scan is None:
            self._show_note(())
            return
        self._card = card
        self.setEnabled(True)
        self.setToolTip("")
        chosen, sure, self._guessed = _guess(card, scan, available)
        for role in card.roles:
            self._add_row(role.name, role.fallback, available, chosen.get(role.name))
        # Rows made later than the rest of the panel would come last under the Tab key.
        stops = (self.fold.toggleButton(), *self.combos.values())
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)
        self._show_note((*self._guessed, *self._missing_notes()))
        (self.fold.collapse if sure else self.fold.expand)(animate=False)

    def _add_row(
        self,
        role: str,
        fallback: str | None,
        available: Sequence[Channel],
        chosen: Channel | None,
    ) -> None:
        combo = PopupCombo()
        combo.addItem(_unfed(fallback), None)
        for channel in available:
            combo.addItem(channel.label, channel)
            if chosen and (channel.scan, channel.index) == (chosen.scan, chosen.index):
                combo.setCurrentIndex(combo.count() - 1)
        combo.setToolTip(
            tr("The image that the model is given as {role}", role=sequence_text(role))
        )
        combo.currentIndexChanged.connect(self._on_edited)
        self._form.addRow(sequence_text(role), combo)
        self.combos[role] = combo

    def _on_edited(self) -> None:
        """Say what the user's own choice means; the guess's notes no longer hold."""
        self._guessed = ()
        self._show_note(self._missing_notes())
        self.changed.emit()

    def _missing_notes(self) -> tuple[str, ...]:
        """Say what the model will be given instead of what is missing, a sentence each."""
        missing: dict[str, list[str]] = {}
        for role in self._card.roles if self._card else ():
            if self.by_role[role.name] is None:
                missing.setdefault(role.fallback or "", []).append(role.name)
        return tuple(
            tr(
                "{name} missing: {stand_in}.",
                name=", ".join(map(sequence_text, names)),
                stand_in=tr("{fallback} stands in", fallback=sequence_text(fallback))
                if fallback
                else tr("choose an image"),
            )
            for fallback, names in missing.items()
        )

    def _show_note(self, notes: tuple[str, ...]) -> None:
        self.note.setText("\n".join(notes))
        self.note.setVisible(bool(notes))


def _unfed(fallback: str | None) -> str:
    if not fallback:
        return tr("none")
    return tr("none ({fallback} stands in)", fallback=sequence_text(fallback))


def _guess(
    card: ModelCard, scan: Scan, available: Sequence[Channel]
) -> tuple[Mapping[str, Channel | None], bool, tuple[str, ...]]:
    """Guess the image per role; says whether that is sure, and what is to be told of it."""
    from napari_brainseg.pipeline.channels import guess_channels

    try:
        guess = guess_channels(card, scan, available)
    except ChannelError as error:
        return {}, False, (str(error),)
    return guess.by_role, guess.sure, tuple(guess.notes)
