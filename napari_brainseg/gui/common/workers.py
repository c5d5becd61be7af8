"""Work off the GUI thread that leaves nothing behind."""

from __future__ import annotations

from inspect import isgeneratorfunction
from typing import TYPE_CHECKING, Any

from napari.qt.threading import create_worker
from qtpy.QtCore import Qt

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["background"]


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
        return create_worker(_call, work, [arguments], _start_thread=False)
    steps = [work(*arguments)]
    worker = create_worker(_go_through, steps, _start_thread=False)

    def let_go() -> None:
        # Not only closed: before its first step, Python 3.13 leaves it what it was called with.
        steps.pop().close()

    # In the worker's own thread, which is done with it by then.
    worker.aborted.connect(let_go, Qt.ConnectionType.DirectConnection)
    return worker


def _call(work: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> Any:
    return work(*arguments.pop())


def _go_through(steps: list[Generator[Any, None, Any]]) -> Generator[Any, None, Any]:
    return (yield from steps[0])
