"""A hand on a window: mouse and keys of the window system, by xdotool.

Events that a test makes itself miss what the window system and Qt do before one arrives: the focus
that a click gives, moves that are put together, what lies on top, which cursor drags what.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QEvent, QEventLoop, QObject, QPoint, QTimer
from qtpy.QtWidgets import QApplication, QScrollArea, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from napari.components import ViewerModel

__all__ = ["LEFT", "RIGHT", "WHEEL_DOWN", "WHEEL_UP", "Hand", "bring_into_view", "rest"]

LEFT, RIGHT, WHEEL_UP, WHEEL_DOWN = "1", "3", "4", "5"
PAUSE_S = "0.03"
PATIENCE_S = 20.0
MOVE_S = 1.0
"""A move to where the mouse is already never arrives."""
STILL = 4
"""How often in a row a control is seen in one place, before it counts as standing still."""
DRAG_SOURCE = Path(__file__).with_name("drag_source.py")


class Hand:
    """Mouse and keyboard of the window system.

    Parameters
    ----------
    window : QWidget
        The window that keys go to.

    Attributes
    ----------
    clicks : int
        How often a button was pressed for something else than to draw, and a file dropped.
    pending : callable or None
        What is to be done in the next dialog.
    """

    def __init__(self, window: QWidget) -> None:
        self.window = window
        self.clicks = 0
        self.pending: Callable[[QWidget], None] | None = None

    # Where

    @staticmethod
    def at(widget: QWidget, x: float | None = None, y: float | None = None) -> tuple[int, int]:
        """Return a place on a widget on the screen: its middle, or a pixel of it."""
        x = widget.width() / 2 if x is None else x
        y = widget.height() / 2 if y is None else y
        place = widget.mapToGlobal(QPoint(round(x), round(y)))
        return place.x(), place.y()

    def on_canvas(
        self, viewer: ViewerModel, world: Sequence[float], qt_viewer: Any = None
    ) -> tuple[int, int]:
        """Return where on the screen a place in the world lies: in the main view, or another."""
        canvas = (qt_viewer or viewer.window._qt_viewer).canvas
        shown = [world[axis] for axis in viewer.dims.displayed]
        found = canvas.view.scene.node_transform(canvas.view.canvas.scene).map(shown[::-1])
        x, y = np.asarray(found[:2]) / found[3]
        return self.at(canvas.native, x, y)

    # What it does

    def do(self, *words: str | int) -> None:
        """Have xdotool do something while Qt's events go on, and wait until all came in."""
        self._run(*words)
        rest(60)

    @staticmethod
    def _run(*words: str | int) -> None:
        process = subprocess.Popen(["xdotool", *map(str, words)])
        while process.poll() is None:
            rest(5)
        assert process.returncode == 0, words

    def press(self, key: str) -> None:
        """Press a key, in xdotool's words: ``ctrl+z``; it goes to whatever has the focus."""
        if QApplication.activeModalWidget() is None and QApplication.activePopupWidget() is None:
            self.focus()
        self.do("key", key)

    def focus(self, window: QWidget | None = None) -> None:
        """Give a window the keyboard, as a window manager does: a dialog, or the main window."""
        if window is None and QApplication.activeWindow() is not None:
            return
        window = window or self.window
        end = time.monotonic() + PATIENCE_S
        while not window.isActiveWindow():
            assert time.monotonic() < end, f"{window} does not get the keyboard"
            # It is refused while the window is not on the screen yet.
            subprocess.run(
                ["xdotool", "windowfocus", str(int(window.winId()))],
                stderr=subprocess.DEVNULL,
                check=False,
            )
            rest(100)

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
        """Press a button at the first place, move on, and let go at the last.

        Each move is waited for: Qt puts those together that come faster than they are handled.
        """
        first, *further = places
        with arriving() as arrived:
            self._run("mousemove", *first, "sleep", PAUSE_S, "mousedown", button)
            for place in further:
                self._run("mousemove", *place)
                end = time.monotonic() + MOVE_S
                while place not in arrived and time.monotonic() < end:
                    rest(5)
        self.do("sleep", PAUSE_S, "mouseup", button)

    def draw(self, viewer: ViewerModel, points: Iterable[Sequence[float]]) -> None:
        """Draw a line on the main view through places in the world."""
        self.drag([self.on_canvas(viewer, point) for point in points])

    def wheel(self, place: tuple[int, int], *buttons: str) -> None:
        """Turn the wheel."""
        turns = [word for button in buttons for word in ("click", button)]
        self.do("mousemove", *place, "sleep", PAUSE_S, *turns)

    def drop(self, path: Path, target: QWidget) -> None:
        """Drag a file out of another program's window, and drop it."""
        self.clicks += 1
        command = [sys.executable, str(DRAG_SOURCE), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as source:
            try:
                assert source.stdout is not None
                x, y = map(int, source.stdout.readline().split())
                end = self.at(target)
                between = [(round(x + (end[0] - x) * s), round(y + (end[1] - y) * s))
                           for s in np.linspace(0, 1, 12)]  # fmt: skip
                moves = [
                    word for place in between for word in ("sleep", PAUSE_S, "mousemove", *place)
                ]
                with arriving(QEvent.Type.DragMove) as seen:
                    self.do("mousemove", x, y, "mousedown", LEFT, *moves)
                    # The two programs agree by messages, which a busy machine delays.
                    limit = time.monotonic() + PATIENCE_S
                    while not seen and time.monotonic() < limit:
                        self.do("mousemove", end[0] + 2, end[1], "mousemove", *end)
                self.do("sleep", "0.1", "mouseup", LEFT)
                rest(300)
            finally:
                source.kill()

    def in_dialog(self, act: Callable[[QWidget], None]) -> None:
        """Act in the dialog that what is done next opens, once it is there."""
        self.pending, before = act, QApplication.activeModalWidget()

        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if self.pending is not act:
                return
            if dialog is None or dialog is before or not dialog.isVisible():
                QTimer.singleShot(100, look)
            else:
                self.pending = None
                QTimer.singleShot(200, lambda: act(dialog))

        QTimer.singleShot(100, look)


class Arrivals(QObject):
    """Notes where the mouse came to, as Qt tells its widgets, with a file in its hand or without.

    What is dragged is told of by places on the widget; only that it came is of use.
    """

    def __init__(self, kind: QEvent.Type) -> None:
        super().__init__()
        self.kind = kind
        self.places: set[tuple[int, int]] = set()

    def eventFilter(self, watched, event):
        if event.type() == self.kind:
            told = event.globalPosition if hasattr(event, "globalPosition") else event.position
            place = told().toPoint()
            self.places.add((place.x(), place.y()))
        return False


@contextmanager
def arriving(kind: QEvent.Type = QEvent.Type.MouseMove) -> Iterator[set[tuple[int, int]]]:
    """Give the places that the mouse comes to meanwhile."""
    arrivals, app = Arrivals(kind), QApplication.instance()
    app.installEventFilter(arrivals)
    try:
        yield arrivals.places
    finally:
        app.removeEventFilter(arrivals)


def rest(milliseconds: int) -> None:
    """Let Qt's events go on for a while, in a loop as napari's own is: some things ask for one."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def bring_into_view(control: QWidget) -> None:
    """Scroll whatever a control lies in until it is seen, and wait until it stands still."""
    stood: list[tuple[int, int]] = []
    end = time.monotonic() + PATIENCE_S
    # A layout that has just been changed gives places only some rounds of events later.
    while len(stood) < STILL or len(set(stood[-STILL:])) > 1 or control.visibleRegion().isEmpty():
        assert time.monotonic() < end, f"{control} is not to be seen"
        parent = control.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(control, 10, 40)
            parent = parent.parentWidget()
        rest(30)
        stood.append(Hand.at(control))
