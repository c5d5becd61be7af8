"""The model card as a reader sees it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout

from napari_brainseg.io.sequences import sequence_text
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

    from napari_brainseg.models.card import InputRole, ModelCard

__all__ = ["CardDialog", "card_html"]


class CardDialog(QDialog):
    """Shows a model card; not modal, so that it can stay open beside the scan."""

    def __init__(self, card: ModelCard, parent: QWidget | None = None, here: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About {title}", title=card.title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(520, 520)
        text = QTextBrowser()
        text.setOpenExternalLinks(True)
        text.setHtml(card_html(card, here))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(text)
        layout.addWidget(buttons)


def card_html(card: ModelCard, here: str = "") -> str:
    """Lay a card out as a table, what a user asks first on top; ``here`` is what it takes."""
    rows = {
        tr("Intended use"): tr(card.intended_use),
        tr("Architecture"): card.network,
        tr("Inputs"): "; ".join(_role_text(role) for role in card.roles),
        tr("Finds"): ", ".join(target.name for target in card.classes),
        tr("Plane of the slices"): tr(card.plane),
        tr("Trained on"): tr(card.trained_on),
        tr("Validated on"): card.validation,
        tr("Measured"): _measured_text(card),
        tr("Measured by"): card.quality.command if card.quality is not None else "",
        tr("A scan here"): here,
        tr("Threshold"): f"{card.threshold:.2f}",
        tr("Started from"): card.initialisation,
        tr("Licence"): tr(card.licence),
        tr("Versions"): ", ".join(f"{name} {version}" for name, version in card.versions.items()),
        tr("Weights (SHA-256)"): f"{card.weights_sha256[:16]}…",
    }
    cells = "".join(
        f"<tr><td><b>{escape(label)}</b>&nbsp;&nbsp;</td><td>{escape(text)}</td></tr>"
        for label, text in rows.items()
        if text
    )
    title, description = escape(card.title), escape(tr(card.description))
    return f"<h3>{title}</h3><p>{description}</p><table cellpadding='3'>{cells}</table>"


def _role_text(role: InputRole) -> str:
    name = sequence_text(role.name)
    if role.fallback is None:
        return tr("{name} (required)", name=name)
    return tr("{name} (else {fallback})", name=name, fallback=sequence_text(role.fallback))


def _measured_text(card: ModelCard) -> str:
    """Say what models are compared by first, where it is known."""
    compared = (card.quality.text,) if card.quality is not None else ()
    return "; ".join((*compared, *(_metric_text(*item) for item in card.metrics.items())))


def _metric_text(name: str, value: float) -> str:
    return f"{name.replace('_', ' ')} {value:.3g}"
