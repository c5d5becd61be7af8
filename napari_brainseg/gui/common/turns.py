"""Work of the GUI thread in parts, between which the window draws and answers."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Turns"]

PAUSE_MS = 5
"""Not 0: Qt would go on before it has drawn what the last part has changed."""


class Turns(QObject):
    """Does one part after the other, each in a turn of the event loop of its own.

    Examples
    --------
    >>> self._showing = Turns(self)  # doctest: +SKIP
    >>> self._showing.run([select, paint], wanted=lambda: mask in layers)  # doctest: +SKIP
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._parts: deque[Callable[[], Any]] = deque()
        self._wanted: Callable[[], bool] = bool
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._next)

    @property
    def busy(self) -> bool:
        """Whether something is left to do."""
        return bool(self._parts)

    def run(self, parts: Iterable[Callable[[], Any]], wanted: Callable[[], bool]) -> None:
        """Do all parts in the turns to come, once what is left of those before is done.

        Parameters
        ----------
        parts : iterable of callable
            One that raises an error does not keep the others from their turns.
        wanted : callable
            Asked before each part; no more are done from when it says no.
        """
        self.finish()
        self._parts.extend(parts)
        self._wanted = wanted
        self._timer.start()

    def finish(self) -> None:
        """Do now what is left."""
        while self.busy:
            self._next()

    def leave(self) -> None:
        """Do none of what is left."""
        self._parts.clear()
        self._wanted = bool  # it may keep a layer alive
        self._timer.stop()

    def _next(self) -> None:
        if not self.busy or not self._wanted():
            self.leave()
            return
        part = self._parts.popleft()
        self._timer.start()
        part()
