"""A hand on a window: mouse and keys of the window system, by xdotool.

Events that a test makes itself miss what the window system and Qt do before one arrives: the focus
that a click gives, moves that are put together, what lies on top, which cursor drags what.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPoint
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QScrollArea, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from napari.components import ViewerModel

__all__ = ["LEFT", "RIGHT", "WHEEL_DOWN", "WHEEL_UP", "Hand", "bring_into_view"]

LEFT, RIGHT, WHEEL_UP, WHEEL_DOWN = "1", "3", "4", "5"
PAUSE_S = "0.03"


class Hand:
    """Mouse and keyboard of the window system.

    Parameters
    ----------
    window : QWidget
        The window that keys go to.

    Attributes
    ----------
    clicks : int
        How often a button was pressed for something else than to draw.
    """

    def __init__(self, window: QWidget) -> None:
        self.window = window
        self.clicks = 0

    # Where

    @staticmethod
    def at(widget: QWidget, x: float | None = None, y: float | None = None) -> tuple[int, int]:
        """Return a place on a widget on the screen: its middle, or a pixel of it."""
        x = widget.width() / 2 if x is None else x
        y = widget.height() / 2 if y is None else y
        place = widget.mapToGlobal(QPoint(round(x), round(y)))
        return place.x(), place.y()

    def on_canvas(self, viewer: ViewerModel, world: Sequence[float]) -> tuple[int, int]:
        """Return where on the screen a place in the world lies in the main view."""
        canvas = viewer.window._qt_viewer.canvas
        shown = [world[axis] for axis in viewer.dims.displayed]
        found = canvas.view.scene.node_transform(canvas.view.canvas.scene).map(shown[::-1])
        x, y = np.asarray(found[:2]) / found[3]
        return self.at(canvas.native, x, y)

    # What it does

    def do(self, *words: str | int) -> None:
        """Have xdotool do something while Qt's events go on, and wait until all came in."""
        process = subprocess.Popen(["xdotool", *map(str, words)])
        while process.poll() is None:
            QTest.qWait(5)
        assert process.returncode == 0, words
        QTest.qWait(60)

    def press(self, key: str) -> None:
        """Press a key, in xdotool's words: ``ctrl+z``; it goes to whatever has the focus."""
        if QApplication.activeModalWidget() is None and QApplication.activePopupWidget() is None:
            self.focus()
        self.do("key", key)

    def focus(self) -> None:
        """Give the window the keyboard, as a window manager does."""
        if QApplication.activeWindow() is None:
            self.do("windowfocus", int(self.window.winId()))

    def type(self, text: str) -> None:
        """Type a text."""
        self.do("type", "--delay", 15, text)

    def click(self, widget: QWidget, button: str = LEFT, **place: float) -> None:
        """Click on a widget, scrolled to if need be."""
        bring_into_view(widget)
        self.clicks += 1
        self.do("mousemove", *self.at(widget, **place), "sleep", PAUSE_S, "click", button)

    def click_at(self, place: tuple[int, int], button: str = LEFT) -> None:
        """Click on the screen."""
        self.do("mousemove", *place, "sleep", PAUSE_S, "click", button)

    def drag(self, places: Iterable[tuple[int, int]], button: str = LEFT) -> None:
        """Press a button at the first place, move on, and let go at the last."""
        first, *rest = places
        words: list[str | int] = ["mousemove", *first, "sleep", PAUSE_S, "mousedown", button]
        for place in rest:
            words += ["sleep", PAUSE_S, "mousemove", *place]
        self.do(*words, "sleep", PAUSE_S, "mouseup", button)

    def draw(self, viewer: ViewerModel, points: Iterable[Sequence[float]]) -> None:
        """Draw a line on the main view through places in the world."""
        self.drag([self.on_canvas(viewer, point) for point in points])

    def wheel(self, place: tuple[int, int], *buttons: str) -> None:
        """Turn the wheel."""
        turns = [word for button in buttons for word in ("click", button)]
        self.do("mousemove", *place, "sleep", PAUSE_S, *turns)


def bring_into_view(control: QWidget) -> None:
    """Scroll whatever a control lies in, until it is seen."""
    parent = control.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(control, 10, 40)
        parent = parent.parentWidget()
    QTest.qWait(30)
