"""A button that opens scans: for those who look for it in the panel, not in napari's menu."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari.utils.notifications import show_error
from qtpy.QtGui import QAction  # type: ignore[attr-defined]
from qtpy.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from napari_brainseg.errors import BrainsegError
from napari_brainseg.gui.common.settings import load_preferences
from napari_brainseg.io import can_read
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.viewer import Viewer

__all__ = ["OpenButton"]

PLUGIN = "napari-brainseg"


class OpenButton(QPushButton):
    """Opens files, a folder, or the sample in a viewer.

    Parameters
    ----------
    viewer : Viewer
        What is opened in; the plugin's own reader is used, whatever napari prefers.
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(tr("Open…"), parent)
        self.setToolTip(tr("Open a scan or a saved mask; or drop it on the window"))
        self._viewer = viewer
        menu = QMenu(self)
        self.files = QAction(tr("Files…"), menu)
        self.folder = QAction(tr("Folder of a DICOM series or of slices…"), menu)
        self.sample = QAction(tr("Sample: a head with a computed lesion"), menu)
        self.files.triggered.connect(self._on_files)
        self.folder.triggered.connect(self._on_folder)
        self.sample.triggered.connect(lambda: viewer.open_sample(PLUGIN, "phantom"))
        menu.addActions([self.files, self.folder, self.sample])
        self.setMenu(menu)

    def _on_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(
            self.window(), tr("Open scans or masks"), load_preferences().folder
        )
        self._open(paths)

    def _on_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self.window(), tr("Open a folder as a scan"), load_preferences().folder
        )
        self._open([path] if path else [])

    def _open(self, paths: Sequence[str]) -> None:
        for path in paths:
            if not can_read(path):
                show_error(
                    tr(
                        "{name}: no scan was found there. Choose a NIfTI, NRRD, "
                        "MetaImage, DICOM, TIFF or picture file, or a folder that "
                        "holds a series of them.",
                        name=Path(path).name,
                    )
                )
                continue
            try:
                self._viewer.open(path, plugin=PLUGIN)
            except BrainsegError as error:
                show_error(str(error))
