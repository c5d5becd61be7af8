"""Waiting for a thread where napari wants an answer at once, with the window alive meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEventLoop, Qt, QThread, QTimer
from qtpy.QtWidgets import QApplication, QProgressDialog, QWidget

from napari_brainseg.gui.common.workers import background

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Stopped", "can_ask", "front_window", "wait_for"]

SHOW_AFTER_MS = 300
"""What is over sooner needs no dialog."""


class Stopped(Exception):
    """The user does not want to wait any longer."""


def can_ask() -> bool:
    """Whether somebody is there to answer: an event loop runs here, and a window is shown."""
    application = QApplication.instance()
    thread = QThread.currentThread()
    if not isinstance(application, QApplication) or thread is None:
        return False
    is_here = thread is application.thread() and thread.loopLevel() > 0
    return is_here and front_window() is not None


def front_window() -> QWidget | None:
    """Find a window that is shown, the active one first."""
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    return QApplication.activeWindow() or next(iter(shown), None)


def wait_for(text: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a thread, and come back with what it gives.

    Where nobody looks at a window, e.g. while napari starts, it is simply called.

    Parameters
    ----------
    text : str
        What is being done, for a dialog with a button to cancel.
    work : callable
        Must not touch Qt or layers of a viewer.
    *arguments
        What it is called with.

    Raises
    ------
    Stopped
        If the user cancels; the thread ends by itself and its result is dropped.
    Exception
        What the function raises.
    """
    if not can_ask():
        return work(*arguments)
    outcomes: list[tuple[Any, Exception | None]] = []
    loop = QEventLoop()
    worker = background(_try, work, *arguments)
    worker.returned.connect(outcomes.append)
    worker.finished.connect(loop.quit)
    worker.start()
    # Clicks wait for the end: none must act on a viewer that something is being added to.
    QTimer.singleShot(SHOW_AFTER_MS, loop.quit)
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    if not outcomes:
        _wait_visibly(text, loop)
    if not outcomes:
        raise Stopped(text)
    result, error = outcomes[0]
    if error is not None:
        raise error
    return result


def _try(work: Callable[..., Any], *arguments: Any) -> tuple[Any, Exception | None]:
    """Hand an error over: napari would show what leaves a worker, also where nobody waits."""
    try:
        return work(*arguments), None
    except Exception as error:
        return None, error


def _wait_visibly(text: str, loop: QEventLoop) -> None:
    dialog = QProgressDialog(text, "Cancel", 0, 0, front_window())
    dialog.setWindowTitle("napari-brainseg")
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.setMinimumDuration(0)
    dialog.canceled.connect(loop.quit)
    dialog.show()
    loop.exec()
    dialog.canceled.disconnect(loop.quit)
    dialog.close()
    dialog.deleteLater()
