"""Parts of the panel that collapse."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget
from superqt import QCollapsible

from napari_brainseg.language import tr

__all__ = ["collapsible"]

NO_LIMIT = (1 << 24) - 1
"""Qt's own value for a height without limit."""


def collapsible(title: str, *parts: QWidget, tip: str = "") -> QCollapsible:
    """Put widgets below each other under a title that shows and hides them; hidden at first."""
    inner = QWidget()
    column = QVBoxLayout(inner)
    column.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        column.addWidget(part)
    # What is only collapsed still takes the focus: the Tab key would walk through it.
    inner.hide()
    box = QCollapsible(title, expandedIcon="▾", collapsedIcon="▸")
    # Its own policy takes no more than its hint, and so does what is aligned in it; a hint does not
    # know how texts wrap.
    box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    box.toggled.connect(inner.setVisible)
    # Its own limit is the height at the time of opening: what is shown later would be squeezed.
    box.toggled.connect(partial(_unlimit, inner))
    layout, unused = box.layout(), box.content()
    if layout is not None:
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setAlignment(Qt.AlignmentFlag(0))
        layout.removeWidget(unused)
    unused.deleteLater()
    box.setContent(inner)
    box.setDuration(0)
    box.toggleButton().setToolTip(tip or tr("Show or hide {title}", title=title))
    return box


def _unlimit(inner: QWidget, is_open: bool) -> None:
    if is_open:
        inner.setMaximumHeight(NO_LIMIT)
