"""How long a window stands still: shared by the benchmarks of the panel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QEventLoop, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Probe", "settle", "watch"]


class Probe:
    """Beats every millisecond; the longest silence is the event loop's longest gap.

    Attributes
    ----------
    clock, work : float
        The longest gap so far in ms: on the clock, and as processor time of this thread, which
        other programs, and other threads of this one, do not lengthen.
    """

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(1)
        self.restart()

    def restart(self) -> None:
        """Forget what was seen."""
        self._last = _now()
        self._worst = np.zeros(2)

    @property
    def clock(self) -> float:
        """In ms, on the clock."""
        return float(self._worst[0])

    @property
    def work(self) -> float:
        """In ms, of this thread's own work."""
        return float(self._worst[1])

    def _beat(self) -> None:
        now = _now()
        self._worst = np.maximum(self._worst, now - self._last)
        self._last = now


def _now() -> np.ndarray:
    return 1e3 * np.array([time.perf_counter(), time.thread_time()])


def settle(milliseconds: int = 500) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def watch(act: Callable[[], object], done: Callable[[], bool]) -> tuple[float, float, float]:
    """Act from within the event loop, and run that until it is done and drawn.

    Returns
    -------
    tuple of float
        Longest gap on the clock, longest gap in work, and time until done; in ms.
    """
    loop, poll = QEventLoop(), QTimer()
    probe, begin, end = Probe(), time.perf_counter(), 0.0

    def look() -> None:
        nonlocal end
        if end == 0.0 and done():
            end = time.perf_counter()
            # Some more: what was changed is drawn, and measured, after it is done.
            QTimer.singleShot(500, loop.quit)

    poll.timeout.connect(look)
    poll.start(5)
    QTimer.singleShot(0, act)
    loop.exec()
    poll.stop()
    return probe.clock, probe.work, 1e3 * (end - begin)
