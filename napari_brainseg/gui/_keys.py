"""The keys of the panel, in one table: what binds them, shows them and lists them."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

__all__ = ["KEYS", "MEANING", "KeySheet", "key_table"]

KEYS = {
    "grow": "G",
    "shrink": "Shift+G",
    "smooth": "W",
    "fill": "H",
    "islands": "U",
    "keep": "K",
    "interpolate": "J",
    "before": ",",
    "after": ".",
    "again": "Q",
    "uncertain": "N",
}
"""None of them is napari's own."""

MEANING = {
    "grow": "Grow the mask by the distance",
    "shrink": "Shrink it by the distance",
    "smooth": "Smooth the outline",
    "fill": "Fill holes",
    "islands": "Remove islands",
    "keep": "Keep the component clicked next",
    "interpolate": "Interpolate between edited slices",
    "before": "Copy this slice's mask to the previous slice",
    "after": "Copy this slice's mask to the next slice",
    "again": "Run the model on this slice again",
    "uncertain": "Go to the next uncertain slice",
}
NAPARIS = {
    "2 / P": "Paint",
    "1 / E": "Erase",
    "3 / F": "Fill",
    "Z / Space": "Pan and zoom",
    "[ and ]": "Smaller, larger brush",
    "X": "Swap label and background",
    "Ctrl+Z, Ctrl+Shift+Z": "Undo, redo",
}
"""napari's own that one corrects with."""


def key_table() -> dict[str, str]:
    """Give what every key does, ours first."""
    return {KEYS[name]: MEANING[name] for name in KEYS} | NAPARIS


class KeySheet(QDialog):
    """The keys, beside the work: it does not have to be closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rows = "".join(
            f"<tr><td><b>{key}</b>&nbsp;&nbsp;&nbsp;</td><td>{does}</td></tr>"
            for key, does in key_table().items()
        )
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(f"<table>{rows}</table>"))
