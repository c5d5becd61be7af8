"""Waiting for a thread where napari wants an answer at once, with the window alive meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEventLoop, QObject, Qt, QThread, QTimer
from qtpy.QtWidgets import QApplication, QProgressDialog, QWidget

from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.language import tr

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
    loop = QEventLoop()
    results: list[Any] = []
    errors: list[Exception] = []
    owner = QObject()
    latest = Latest(owner, results.append, failed=errors.append, ended=loop.quit)
    latest.run(work, *arguments)
    # Clicks wait for the end: none must act on a viewer that something is being added to.
    QTimer.singleShot(SHOW_AFTER_MS, loop.quit)
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    if not (results or errors):
        _wait_visibly(text, loop)
    # Here, as an error that is raised keeps this frame until any thread collects it.
    latest.leave()
    owner.deleteLater()
    if errors:
        raise errors[0]
    if not results:
        raise Stopped(text)
    return results[0]


def _wait_visibly(text: str, loop: QEventLoop) -> None:
    dialog = QProgressDialog(text, tr("Cancel"), 0, 0, front_window())
    dialog.setWindowTitle("napari-brainseg")
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.setMinimumDuration(0)
    dialog.canceled.connect(loop.quit)
    dialog.show()
    loop.exec()
    dialog.canceled.disconnect(loop.quit)
    dialog.close()
    dialog.deleteLater()
