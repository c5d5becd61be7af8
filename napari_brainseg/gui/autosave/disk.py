"""One other thread for the disk, which does one thing after the other."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_warning
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import AutosaveError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Disk"]

_log = logging.getLogger(__name__)


class Disk(QObject):
    """Runs work in a thread of its own and tells this one what came of it.

    Parameters
    ----------
    parent : QObject
        Shuts the thread down when it ends.
    """

    _done = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="brainseg-autosave")
        self._problem = ""
        self._done.connect(self._on_done)

    def submit(
        self, then: Callable[[Any], None] | None, work: Callable[..., Any], *args: Any
    ) -> Future[Any]:
        """Run ``work`` after what was submitted before, and ``then`` in this thread."""
        future = self.pool.submit(work, *args)
        future.add_done_callback(partial(self._tell, then))
        return future

    def succeeded(self) -> None:
        """Take note that all is well again: a problem that comes back is told again."""
        self._problem = ""

    def _tell(self, then: Callable[[Any], None] | None, future: Future[Any]) -> None:
        with suppress(RuntimeError):  # Qt has deleted this object meanwhile
            self._done.emit(then, future)

    def _on_done(self, then: Callable[[Any], None] | None, future: Future[Any]) -> None:
        try:
            result = future.result()
        except AutosaveError as error:
            self._complain(str(error))
        except Exception as error:  # the viewer goes on; the traceback is in the log
            _log.exception("autosaving failed")
            self._complain(
                tr("Unsaved masks are not being kept: {error}.", error=type(error).__name__)
            )
        else:
            if then is not None:
                then(result)

    def _complain(self, problem: str) -> None:
        """Tell a problem once, not at every tick."""
        if problem != self._problem:
            show_warning(problem)
        self._problem = problem
