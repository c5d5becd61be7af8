"""A small window that a file can be dragged out of; prints where it lies. A program of its own."""

from __future__ import annotations

import sys

from qtpy.QtCore import QMimeData, Qt, QTimer, QUrl
from qtpy.QtGui import QDrag
from qtpy.QtWidgets import QApplication, QLabel


class Source(QLabel):
    """Begins to drag the file as soon as the mouse moves on it with the button down."""

    def mouseMoveEvent(self, event):
        drag, data = QDrag(self), QMimeData()
        data.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


app = QApplication([])
source = Source("file")
source.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
source.setGeometry(0, 0, 60, 30)
source.show()
source.raise_()
QTimer.singleShot(400, lambda: print(30, 15, flush=True))
app.exec()
