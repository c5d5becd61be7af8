"""Connections of a widget to what may outlive it: a viewer, its layers, other widgets."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from inspect import ismethod
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakMethod

from psygnal import EmitLoopError
from qtpy.QtCore import SignalInstance  # type: ignore[attr-defined]

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtCore import QObject

__all__ = ["Connections"]

Pair: TypeAlias = "tuple[Any, Callable[[], Callable[..., Any] | None]]"
"""A source and a reference to what it calls."""


class Connections:
    """Ends the connections of a widget with the widget, however that goes.

    Qt may delete a widget without closing it, and by then its own methods are gone; but napari goes
    on calling them for as long as Python knows the object. Where viewer and widget are garbage
    collected together, the viewer may be half gone already.

    Parameters
    ----------
    owner : QObject
        Whose methods are called.

    Examples
    --------
    >>> self._events = Connections(self)  # doctest: +SKIP
    >>> self._events.connect(viewer.layers.events.inserted, self._on_layers)  # doctest: +SKIP
    """

    def __init__(self, owner: QObject) -> None:
        self._pairs: list[Pair] = []
        self._endings: list[Callable[[], Any]] = []
        owner.destroyed.connect(partial(_end_with_owner, self._pairs, self._endings))

    def connect(self, source: Any, callback: Callable[..., Any]) -> None:
        """Connect an event of napari, a signal of psygnal or one of Qt; methods are held weakly.

        A Qt signal is connected to a method or signal of the owner, or of a part of it: Qt ends
        that when it deletes the owner.

        Parameters
        ----------
        source : EventEmitter, SignalInstance or bound Qt signal
        callback : callable
        """
        source.connect(callback)
        held = WeakMethod(callback) if ismethod(callback) else partial(_same, callback)
        self._pairs.append((source, held))

    def at_end(self, ending: Callable[..., Any], *arguments: Any) -> None:
        """Call a function when all ends, the last one first; it may find the viewer half gone."""
        self._endings.append(partial(ending, *arguments))

    def end(self) -> None:
        """End all of them now; others may be made afterwards."""
        _end(self._pairs, self._endings)


def _same(callback: Callable[..., Any]) -> Callable[..., Any]:
    return callback


def _end_with_owner(pairs: list[Pair], endings: list[Callable[[], Any]], *_: Any) -> None:
    # Connections from Qt to Qt end by themselves, and one of both may be deleted already.
    pairs[:] = [pair for pair in pairs if not isinstance(pair[0], SignalInstance)]
    _end(pairs, endings)


def _end(pairs: list[Pair], endings: list[Callable[[], Any]]) -> None:
    while pairs:
        source, held = pairs.pop()
        callback = held()
        if callback is not None:
            # Half gone, not connected (any more), or deleted by Qt: as psygnal, PyQt and napari
            # say it.
            with suppress(AttributeError, LookupError, RuntimeError, TypeError, ValueError):
                source.disconnect(callback)
    while endings:
        # What an ending changes may be told to what Qt has deleted already.
        with suppress(AttributeError, LookupError, RuntimeError, ValueError, EmitLoopError):
            endings.pop()()
