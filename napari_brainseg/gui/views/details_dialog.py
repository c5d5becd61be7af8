"""A window with what is known of a scan, its patient and its series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QFormLayout, QLabel, QVBoxLayout, QWidget

from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text
from napari_brainseg.gui.domain.scan_details import details_of
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from napari_brainseg.scan import Scan

__all__ = ["DetailsDialog"]

NOTE = marked(
    "Shown here only: masks, reports and autosaves do not carry it unless their format must."
)


class DetailsDialog(QDialog):
    """Rows of titles and texts that can be copied; it stays open beside the viewer."""

    def __init__(self, scan: Scan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Patient and series"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form = QFormLayout()
        for title, value in details_of(scan):
            text = Text(value)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(QLabel(title), text)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(Text(tr(NOTE), Tone.QUIET))
        self.resize(460, self.sizeHint().height())
