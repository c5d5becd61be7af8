"""The title of the window: it tells what is not saved, wherever one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

from napari_brainseg.gui.common.connections import Connections

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["WindowTitle"]


class WindowTitle(QObject):
    """Puts a mark in front of the title of a viewer, and takes it away with its owner.

    Parameters
    ----------
    viewer : Viewer
        Whose title; what others write there stays.
    """

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._mark = ""
        Connections(self).at_end(self.mark, "")

    def mark(self, text: str) -> None:
        """Write a text in front of the title, in the place of the one before; empty for none."""
        title = self._viewer.title.removeprefix(self._mark)
        self._mark = f"{text} – " if text else ""
        self._viewer.title = self._mark + title
