"""Work off the GUI thread that leaves nothing behind: the newest call, or one after the other.

:class:`Latest` is for what follows the user: measuring, looking, a slider; of what waits, only the
newest is of use. :class:`Queue` is for what must not be lost: edits, masks to save, a mask's first
state. Only the autosave has a thread of its own, :class:`~napari_brainseg.gui.autosave.disk.Disk`:
closing waits for it when no event loop runs any more.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from functools import partial
from inspect import isgenerator, isgeneratorfunction
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeAlias

from napari.qt.threading import FunctionWorker, GeneratorWorker, create_worker
from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, Qt, Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import BrainsegError, without_path

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

__all__ = ["Call", "Latest", "Queue", "background"]

Call: TypeAlias = "tuple[Callable[..., Any], tuple[Any, ...]]"
"""A function and its arguments."""

_log = logging.getLogger(__name__)


class _OneAtATime(QObject):
    """Runs one call at a time off the GUI thread.

    When the owner is deleted, what runs is stopped and tells nothing.

    Parameters
    ----------
    owner : QObject
        Whose work it is.
    returned : callable, optional
        Called in the GUI thread with what the function returned.
    failed : callable, optional
        Called with the exception that it raised; shown as an error by default. Exceptions that are
        no :class:`~napari_brainseg.errors.BrainsegError` are logged with their traceback.
    yielded : callable, optional
        Called with what a generator yields on the way.
    ended : callable, optional
        Called without arguments when nothing runs any more and nothing waits.
    thread : str, optional
        Name of a thread of its own for each call. By default they run in Qt's pool, which has one
        thread for each core.

    Signals
    -------
    returned, failed, yielded : object
        As above.
    ended
        As above.
    """

    returned = Signal(object)
    failed = Signal(object)
    yielded = Signal(object)
    ended = Signal()

    most: int | None = None
    """How many calls wait at most: of more, the oldest are never run."""

    def __init__(
        self,
        owner: QObject,
        returned: Callable[[Any], Any] | None = None,
        *,
        failed: Callable[[Exception], Any] | None = None,
        yielded: Callable[[Any], Any] | None = None,
        ended: Callable[[], Any] | None = None,
        thread: str = "",
    ) -> None:
        super().__init__(owner)
        self._thread = thread
        self._waiting: deque[Callable[[], Call]] = deque(maxlen=self.most)
        self._left = False
        self._key: object = None
        # At most one: in a list, so that it can be stopped once this object is gone.
        self._running: list[Any] = []
        self.failed.connect(failed or _complain)
        for signal, callback in (
            (self.returned, returned),
            (self.yielded, yielded),
            (self.ended, ended),
        ):
            if callback is not None:
                signal.connect(callback)
        self.destroyed.connect(partial(_quit, self._running))

    @property
    def running(self) -> bool:
        """Whether a call is under way."""
        return bool(self._running)

    def run(self, work: Callable[..., Any], *arguments: Any) -> None:
        """Call a function, or go through a generator, as soon as its turn has come.

        Parameters
        ----------
        work : callable
            Must not touch Qt or layers of a viewer.
        *arguments
            What to call it with; they are let go of when it ends.
        """
        self._add(lambda: (work, arguments))

    def cancel(self) -> None:
        """Forget what waits, and what runs: it stops at its next ``yield`` and tells nothing."""
        self._waiting.clear()
        self._key = None
        _quit(self._running)

    def leave(self) -> None:
        """Cancel, and run nothing from now on: nobody is left to see what comes of it."""
        self._left = True
        self.cancel()

    def _add(self, prepare: Callable[[], Call]) -> None:
        if not self._left:
            self._waiting.append(prepare)
            self._next()

    def _next(self) -> None:
        while self._waiting and not self._running:
            try:
                call = self._waiting.popleft()()
            except BrainsegError as error:
                self.failed.emit(error)
            else:
                self._start(call)

    def _start(self, call: Call) -> None:
        self._key = object()
        worker = background(_tell, call, self._key)
        worker.yielded.connect(self._on_told)
        worker.returned.connect(self._on_told)
        self._running.append(worker)
        if self._thread:
            Thread(target=worker.run, name=self._thread).start()
        else:
            worker.start()

    def _on_told(self, told: _Told) -> None:
        # What was cancelled may have been on its way here.
        if told.key is not self._key:
            return
        if told.kind == "yielded":
            self.yielded.emit(told.value)
            return
        self._running.clear()
        (self.returned if told.kind == "returned" else self.failed).emit(told.value)
        self._next()
        if not self._running:
            self.ended.emit()


class Latest(_OneAtATime):
    """Runs one call at a time off the GUI thread; of those that wait, the newest wins.

    A call that has begun runs to its end, and its result is told: while a slider is dragged the
    picture follows. A request made meanwhile replaces the one that waits, which is never run.

    Examples
    --------
    >>> self._measuring = Latest(self, self._on_measured)  # doctest: +SKIP
    >>> self._measuring.run(measure_mask, labels, scan)  # doctest: +SKIP
    """

    most = 1


class Queue(_OneAtATime):
    """Runs all calls off the GUI thread, one after the other, in the order they were asked for.

    Examples
    --------
    >>> self._saving = Queue(self, self._on_written)  # doctest: +SKIP
    >>> self._saving.run(write_mask, labels, scan, path)  # doctest: +SKIP
    """

    def run_prepared(self, prepare: Callable[[], Call]) -> None:
        """Ask for the call only when its turn has come, so that it sees what those before did.

        Parameters
        ----------
        prepare : callable
            Called in the GUI thread, returns a function and its arguments. A BrainsegError that it
            raises is told as failure, and the next call has its turn.
        """
        self._add(prepare)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What a call has to tell: something that it yielded or returned, or an exception."""

    key: object
    kind: str
    value: Any


def _tell(call: Call, key: object) -> Generator[_Told, None, _Told]:
    """Make a call in the worker thread; errors become values, as napari shows those raised."""
    work, arguments = call
    try:
        result = work(*arguments)
        if isgenerator(result):
            result = yield from _each(result, key)
        return _Told(key, "returned", result)
    except Exception as error:
        if not isinstance(error, BrainsegError):
            _log.exception("work in the background failed")
        return _Told(key, "failed", error)


def _each(steps: Iterator[Any], key: object) -> Generator[_Told, None, Any]:
    while True:
        try:
            value = next(steps)
        except StopIteration as stop:
            return stop.value
        yield _Told(key, "yielded", value)


def _quit(running: list[Any], *_: Any) -> None:
    while running:
        running.pop().quit()


def _complain(error: Exception) -> None:
    show_error(str(error) if isinstance(error, BrainsegError) else without_path(error))


def background(work: Callable[..., Any], *arguments: Any) -> Any:
    """Make a worker that is to be connected and started; it lets go of its arguments.

    napari keeps workers that have ended and what they were called with: volumes would never be
    freed. A generator that is not gone through to its end is closed, so that its locals go too.

    Parameters
    ----------
    work : callable
        A function, or a generator function: the worker tells what it yields.
    *arguments
        What to call it with.
    """
    if not isgeneratorfunction(work):
        return create_worker(
            _call, work, [arguments], _start_thread=False, _worker_class=_QuietFunction
        )
    steps = [work(*arguments)]
    worker = create_worker(_go_through, steps, _start_thread=False, _worker_class=_QuietGenerator)

    def let_go() -> None:
        # Not only closed: before its first step, Python 3.13 leaves it what it was called with.
        steps.pop().close()

    # In the worker's own thread, which is done with it by then.
    worker.aborted.connect(let_go, Qt.ConnectionType.DirectConnection)
    return worker


class _Quiet:
    """Ends in silence where Qt has deleted a worker's signals, as when the program ends.

    Qt would abort the program: what the worker does is done in a method that Qt calls.
    """

    def run(self) -> None:
        try:
            super().run()  # type: ignore[misc]
        except RuntimeError:  # errors of the work itself are told by a signal
            _log.debug("nobody is left to tell what came of work in the background", exc_info=True)


class _QuietFunction(_Quiet, FunctionWorker):  # type: ignore[misc]
    pass


class _QuietGenerator(_Quiet, GeneratorWorker):  # type: ignore[misc]
    pass


def _call(work: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> Any:
    return work(*arguments.pop())


def _go_through(steps: list[Generator[Any, None, Any]]) -> Generator[Any, None, Any]:
    return (yield from steps[0])
