"""The letters R, L, A, P, S and I at the edges of a canvas."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QLabel, QWidget

from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.domain.metadata import scan_handle_of
from napari_brainseg.gui.views.shown_image import shown_image
from napari_brainseg.orientation import (
    Letters,
    edge_letters,
    is_oriented,
    world_codes,
)

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image

__all__ = ["CanvasLetters", "letters_of"]

EDGE = 4
"""From the edge of the canvas, in pixels."""

DELAY_MS = 30
STYLE = (
    "color: #ffd23f; background: rgba(0, 0, 0, 180); border-radius: 3px; padding: 0 2px; "
    "font-weight: bold; font-size: 15px"
)
"""On a ground of their own: the light theme has a white canvas."""


class CanvasLetters(QObject):
    """Keeps the letters of one canvas right.

    Parameters
    ----------
    model : ViewerModel
        What the canvas shows.
    canvas : QWidget
        They lie on it, and go with it.
    """

    def __init__(self, model: ViewerModel, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._model, self._canvas = model, canvas
        self.labels = [QLabel(canvas) for _ in range(4)]
        for label in self.labels:
            label.setStyleSheet(STYLE)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        canvas.installEventFilter(self)
        # Layers tell all that happens to them, one event after the other.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(DELAY_MS)
        self._soon.timeout.connect(self.update)
        self._events = Connections(self)
        for source in (
            model.layers.events,
            model.dims.events.order,
            model.dims.events.ndisplay,
            model.scene.camera.events.orientation,
        ):
            self._events.connect(source, self._on_event)
        self.update()

    def end(self) -> None:
        """Take the letters away, at once: a canvas that is torn down with them on it crashes."""
        self._events.end()
        self._soon.stop()
        self._canvas.removeEventFilter(self)
        for label in self.labels:
            label.hide()
            label.setParent(None)
        self.labels = []
        self.setParent(None)

    def update(self) -> None:
        """Write the letters, and put them where they belong."""
        for label, letter in zip(self.labels, astuple(letters_of(self._model)), strict=False):
            label.setText(letter)
            label.adjustSize()
            label.setVisible(bool(letter))
        self._place()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the size of the canvas."""
        if event is not None and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _on_event(self, event: Any = None) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _place(self) -> None:
        wide, high = self._canvas.width(), self._canvas.height()
        for label, (x, y) in zip(self.labels, ((1, 0), (1, 2), (0, 1), (2, 1)), strict=False):
            left, top = (wide - label.width()) // 2 * x, (high - label.height()) // 2 * y
            label.move(
                min(max(left, EDGE), wide - label.width() - EDGE),
                min(max(top, EDGE), high - label.height() - EDGE),
            )


def letters_of(model: ViewerModel) -> Letters:
    """Return the letters at the edges of a view: of the image that is shown there."""
    layer = shown_image(model)
    handle = None if layer is None else scan_handle_of(layer.metadata)
    if layer is None or handle is None or not is_oriented(handle.scan):
        return Letters()
    codes = world_codes(handle.frame.codes, _moves(layer))
    first = model.dims.ndim - layer.ndim
    displayed = [axis - first for axis in model.dims.displayed]
    vertical, horizontal = (str(each) for each in model.scene.camera.orientation2d)
    return edge_letters(codes, displayed, (vertical, horizontal))


def _moves(layer: Image) -> np.ndarray[Any, Any]:
    origin = np.array(layer.data_to_world((0,) * layer.ndim))
    steps = np.eye(layer.ndim)
    return np.array([np.array(layer.data_to_world(step)) - origin for step in steps])
