"""Work off the GUI thread that leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.qt.threading import create_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["background", "background_steps"]


def background(work: Callable[..., Any], *arguments: Any) -> Any:
    """Make a worker that is to be connected and started; it lets go of its arguments.

    napari keeps finished workers and what they were called with: volumes would never be freed.
    """
    return create_worker(_call, work, [arguments], _start_thread=False)


def background_steps(work: Callable[..., Generator[Any, None, Any]], *arguments: Any) -> Any:
    """Make such a worker of a generator function: what it yields is told by ``yielded``."""
    return create_worker(_go, work, [arguments], _start_thread=False)


def _call(work: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> Any:
    return work(*arguments.pop())


def _go(
    work: Callable[..., Generator[Any, None, Any]], arguments: list[tuple[Any, ...]]
) -> Generator[Any, None, Any]:
    return (yield from work(*arguments.pop()))
