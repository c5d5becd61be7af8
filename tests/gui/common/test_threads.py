"""Work off the GUI thread leaves nothing behind, whichever way it ends."""

from __future__ import annotations

import gc
import weakref
from threading import Event, Thread

import numpy as np
import pytest

from napari_brainseg.gui.common.workers import background

pytestmark = pytest.mark.gui


class Work:
    """A function, and a generator that waits for leave on its way."""

    def __init__(self) -> None:
        self.begun = Event()
        self.leave = Event()
        self.ended = Event()

    def plain(self, array):
        return array.sum()

    def steps(self, array):
        try:
            copy = array.copy()
            yield copy.sum()
            self.begun.set()
            self.leave.wait(20)
            yield 0
            return array.sum()
        finally:
            self.ended.set()


@pytest.fixture
def work():
    work = Work()
    yield work
    work.leave.set()


def started(function):
    """Start it on an array of which nobody else knows."""
    array = np.ones((4, 5, 6))
    worker, alive = background(function, array), weakref.ref(array)
    assert alive() is not None
    del array
    Thread(target=worker.run).start()
    return worker, alive


def freed(alive):
    gc.collect()
    return alive() is None


@pytest.mark.parametrize("name", ["plain", "steps"])
def test_what_has_ended_holds_nothing_and_gave_its_result(viewer, qtbot, work, name):
    work.leave.set()
    worker = background(getattr(work, name), np.ones((4, 5, 6)))
    with qtbot.waitSignal(worker.returned, timeout=20_000) as returned:
        worker.start()
    assert returned.args == [120.0]
    worker, alive = started(getattr(work, name))
    # napari holds the worker, as we do here.
    qtbot.waitUntil(lambda: freed(alive), timeout=20_000)


def test_what_was_told_to_stop_holds_nothing(viewer, qtbot, work):
    worker, alive = started(work.steps)
    qtbot.waitUntil(work.begun.is_set, timeout=20_000)
    assert not freed(alive)
    worker.quit()
    work.leave.set()
    qtbot.waitUntil(lambda: freed(alive), timeout=20_000)
    assert work.ended.is_set()


def test_what_was_stopped_before_it_began_holds_nothing(viewer, qtbot, work):
    array = np.ones((4, 5, 6))
    worker, alive = background(work.steps, array), weakref.ref(array)
    del array
    worker.quit()
    worker.run()
    assert freed(alive)
    assert not work.ended.is_set()
