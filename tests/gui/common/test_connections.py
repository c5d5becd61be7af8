"""Connections of a widget end with it, also where what it listens to is half gone."""

from __future__ import annotations

import gc
import weakref

import pytest
from napari.utils.events import EmitterGroup
from psygnal import Signal
from qtpy.QtCore import QObject
from qtpy.QtCore import Signal as QtSignal
from qtpy.QtWidgets import QWidget

from napari_brainseg.gui.common.connections import Connections

pytestmark = pytest.mark.gui


class Evented:
    """Something of psygnal."""

    happened = Signal(int)


class Sender(QObject):
    """Something of Qt that outlives the widget."""

    happened = QtSignal(int)


class Listener(QWidget):
    """Would raise where Qt has deleted it."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[object] = []
        self.connections = Connections(self)

    def hear(self, event: object) -> None:
        self.isVisible()
        self.heard.append(event)


def napari_source():
    group = EmitterGroup(source=None, happened=None)
    return group.happened, lambda: group.happened()


def psygnal_source():
    source = Evented()
    return source.happened, lambda: source.happened.emit(1)


def qt_source():
    source = Sender()
    return source.happened, lambda: source.happened.emit(1)


SOURCES = {"napari": napari_source, "psygnal": psygnal_source, "Qt": qt_source}


@pytest.fixture(params=SOURCES)
def source(request, qapp):
    return SOURCES[request.param]()


@pytest.fixture
def listener(qtbot):
    return Listener()


def delete(widget, qtbot):
    with qtbot.waitSignal(widget.destroyed):
        widget.deleteLater()


def test_what_happens_is_heard_until_the_end(source, listener):
    signal, happen = source
    listener.connections.connect(signal, listener.hear)
    happen()
    assert len(listener.heard) == 1
    listener.connections.end()
    happen()
    assert len(listener.heard) == 1


def test_a_widget_that_qt_deletes_hears_nothing_more(source, listener, qtbot):
    signal, happen = source
    listener.connections.connect(signal, listener.hear)
    delete(listener, qtbot)
    happen()
    assert listener.heard == []


def test_others_may_be_connected_after_the_end(source, listener):
    signal, happen = source
    listener.connections.connect(signal, listener.hear)
    listener.connections.end()
    listener.connections.connect(signal, listener.hear)
    happen()
    assert len(listener.heard) == 1


def test_what_was_disconnected_by_others_is_no_error(source, listener):
    signal, _ = source
    listener.connections.connect(signal, listener.hear)
    signal.disconnect(listener.hear)
    listener.connections.end()


@pytest.mark.parametrize(
    "error",
    [AttributeError, KeyError, RuntimeError, TypeError, ValueError],
    ids=lambda error: error.__name__,
)
def test_a_source_that_is_half_gone_keeps_none_of_the_others(listener, source, error):
    class HalfGone:
        def connect(self, callback):
            pass

        def disconnect(self, callback):
            raise error

    signal, happen = source
    listener.connections.connect(signal, listener.hear)
    listener.connections.connect(HalfGone(), listener.hear)
    listener.connections.end()
    happen()
    assert listener.heard == []


def test_endings_are_called_once_the_last_first(listener, qtbot):
    called = []
    listener.connections.at_end(called.append, 1)
    listener.connections.at_end(called.append, 2)
    listener.connections.end()
    assert called == [2, 1]
    listener.connections.at_end(called.append, 3)
    delete(listener, qtbot)
    assert called == [2, 1, 3]


def test_a_connection_keeps_no_listener_alive(source, qapp):
    signal, happen = source
    listener = Listener()
    listener.connections.connect(signal, listener.hear)
    alive = weakref.ref(listener)
    del listener
    gc.collect()
    assert alive() is None
    happen()


def test_an_ending_that_reaches_what_qt_has_deleted_keeps_none_of_the_others(qapp):
    def gone(_value):
        raise RuntimeError("wrapped C/C++ object has been deleted")

    source, done = Evented(), []
    source.happened.connect(gone)
    connections = Connections(Listener())
    connections.at_end(done.append, "other")
    connections.at_end(source.happened.emit, 1)
    connections.end()
    assert done == ["other"]
