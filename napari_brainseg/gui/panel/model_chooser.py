"""Choosing a model; the list is read anew whenever it is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from napari_brainseg.choice.candidates import candidate_of
from napari_brainseg.choice.described import cost_in_words
from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text, unmarked
from napari_brainseg.gui.panel.compare_models import CompareModels
from napari_brainseg.gui.panel.model_card import CardDialog
from napari_brainseg.language import tr
from napari_brainseg.models.catalog import DEFAULT_MODEL, Catalog, find_models

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle

__all__ = ["ModelChooser"]


class ModelChooser(QWidget):
    """The models found, and the card of the chosen one.

    Attributes
    ----------
    summary, problems : Text
        What the chosen model finds and how well, and which were passed over: for the whole width
        of the panel.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.combo = PopupCombo()
        self.summary = Text(tone=Tone.QUIET, name="summary")
        self.problems = Text(tone=Tone.ATTENTION)
        self.compare = QPushButton(tr("Compare…"))
        self.compare.setToolTip(
            tr("How exact, how fast here, how large each is, and which to take")
        )
        self.about = QPushButton("i")
        self.about.setFixedWidth(24)  # the names of models are long
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row_of(self.combo, self.compare, self.about, stretch=(1,)))
        self._catalog = Catalog({}, ())
        self.combo.opening.connect(self.refresh)
        self.combo.currentIndexChanged.connect(self._on_chosen)
        self.about.clicked.connect(self._show_card)
        self.compare.clicked.connect(self._show_models)
        self.refresh()

    @property
    def bundle(self) -> Bundle | None:
        """The chosen model."""
        return self._catalog.bundles.get(self.combo.currentData() or "")

    def refresh(self) -> None:
        """Look for models again; the choice stays where it is still there."""
        catalog = find_models()
        if catalog == self._catalog and self.combo.count():
            return
        self._catalog = catalog
        chosen = self.combo.currentData() or DEFAULT_MODEL
        self.combo.blockSignals(True)
        self.combo.clear()
        for name, bundle in catalog.bundles.items():
            self.combo.addItem(bundle.card.title, name)
        if self.combo.count():
            self.combo.setCurrentIndex(max(0, self.combo.findData(chosen)))
        self.combo.blockSignals(False)
        self._on_chosen()

    def changeEvent(self, event: QEvent | None) -> None:
        """Look for models again when the user comes back to the window, e.g. from training."""
        if (
            event is not None
            and event.type() == QEvent.Type.ActivationChange
            and self.isActiveWindow()
        ):
            self.refresh()
        super().changeEvent(event)

    def _on_chosen(self) -> None:
        bundle = self.bundle
        self.summary.setText(_line(bundle) if bundle else tr("No model was found."))
        self.combo.setToolTip(tr(bundle.card.description) if bundle else tr("No model was found."))
        self.about.setEnabled(bundle is not None)
        self.compare.setEnabled(bundle is not None)
        self.about.setToolTip(
            tr("This model: what it was trained on, how well it does, and what it may be used for")
            if bundle
            else tr("There is no model to tell about.")
        )
        problems = self._catalog.problems
        self.problems.setText(
            tr("Models passed over: {count}", count=len(problems)) if problems else ""
        )
        self.problems.setToolTip(unmarked("\n".join(problems)))
        self.problems.setVisible(bool(problems))
        self.changed.emit()

    def _show_models(self) -> None:
        """Show the models beside each other; the one that is taken there is chosen here."""
        dialog = CompareModels(list(self._catalog.bundles.values()), self.combo.value() or "", self)
        dialog.chosen.connect(self.combo.setValue)
        dialog.show()

    def _show_card(self) -> None:
        if self.bundle is not None:
            here = cost_in_words(candidate_of(self.bundle))
            CardDialog(self.bundle.card, self, here).show()


def _line(bundle: Bundle) -> str:
    """Say what a model finds, and how well; which network it is, its title says."""
    card = bundle.card
    return f"{tr(card.description)} {card.score}".strip()
