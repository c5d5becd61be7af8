"""Parts of the panel that fold away."""

from __future__ import annotations

from qtpy.QtWidgets import QVBoxLayout, QWidget
from superqt import QCollapsible

__all__ = ["fold"]


def fold(title: str, *parts: QWidget, tip: str = "") -> QCollapsible:
    """Put widgets below each other under a title that shows and hides them; hidden at first."""
    inner = QWidget()
    column = QVBoxLayout(inner)
    column.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        column.addWidget(part)
    # What is only folded away still takes the focus: the Tab key would walk through it.
    inner.hide()
    folded = QCollapsible(title, expandedIcon="▾", collapsedIcon="▸")
    folded.toggled.connect(inner.setVisible)
    layout, unused = folded.layout(), folded.content()
    if layout is not None:
        layout.setContentsMargins(0, 0, 0, 0)
        layout.removeWidget(unused)
    unused.deleteLater()
    folded.setContent(inner)
    folded.setDuration(0)
    folded.toggleButton().setToolTip(tip or f"Show or hide {title}")
    return folded
