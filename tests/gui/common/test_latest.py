"""One call runs at a time off the GUI thread; of those that wait, the newest or all are run."""

from __future__ import annotations

import gc
import threading
import weakref
from threading import Event

import numpy as np
import pytest
from qtpy.QtCore import QObject

from napari_brainseg.errors import ScanError
from napari_brainseg.gui.common.workers import Latest, Queue, background

pytestmark = pytest.mark.gui


class Told(QObject):
    """Remembers what it is told, and who told it."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[str, object]] = []
        self.threads: set[str] = set()

    def returned(self, value):
        self._note("returned", value)

    def failed(self, error):
        self._note("failed", error)

    def yielded(self, value):
        self._note("yielded", value)

    def ended(self):
        self._note("ended", None)

    def values(self, kind):
        return [value for told, value in self.all if told == kind]

    def _note(self, kind, value):
        self.all.append((kind, value))
        self.threads.add(threading.current_thread().name)


class Gate:
    """Work that waits for leave, so that the test decides on the order of things."""

    def __init__(self) -> None:
        self.leave = Event()
        self.begun: list[object] = []
        self.closed = Event()

    def work(self, value):
        self.begun.append(value)
        self.leave.wait(20)
        return value

    def steps(self, value):
        try:
            self.begun.append(value)
            yield f"{value} begun"
            self.leave.wait(20)
            yield f"{value} nearly done"
            return value
        finally:
            self.closed.set()


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.leave.set()


@pytest.fixture
def told(qapp):
    return Told()


@pytest.fixture
def latest(told, qtbot):
    latest = Latest(told, told.returned, failed=told.failed, yielded=told.yielded, ended=told.ended)
    yield latest
    latest.leave()
    qtbot.waitUntil(lambda: not latest.running)


def raising(error):
    raise error


def test_results_come_in_the_gui_thread(latest, told, qtbot):
    latest.run(sum, [1, 2, 3])
    assert latest.running
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert told.all == [("returned", 6), ("ended", None)]
    assert told.threads == {threading.current_thread().name}
    assert not latest.running


def test_of_those_that_wait_the_newest_wins(latest, told, qtbot, gate):
    for value in range(5):
        latest.run(gate.work, value)
        qtbot.waitUntil(lambda: bool(gate.begun))
    gate.leave.set()
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert gate.begun == [0, 4]
    assert told.values("returned") == [0, 4]
    assert len(told.values("ended")) == 1


def test_a_result_may_ask_for_the_next(qtbot, told):
    def on_returned(value):
        told.returned(value)
        if value < 3:
            latest.run(abs, value + 1)

    latest = Latest(told, on_returned, ended=told.ended)
    latest.run(abs, 1)
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert told.values("returned") == [1, 2, 3]
    assert len(told.values("ended")) == 1


def test_what_a_result_asks_for_is_newer_than_what_waits(qtbot, told, gate):
    def on_returned(value):
        told.returned(value)
        if value == "first":
            latest.run(abs, -7)

    latest = Latest(told, on_returned, ended=told.ended)
    latest.run(gate.work, "first")
    latest.run(gate.work, "waits")
    gate.leave.set()
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert told.values("returned") == ["first", 7]


def test_steps_are_told_on_the_way(latest, told, qtbot, gate):
    gate.leave.set()
    latest.run(gate.steps, "scan")
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert told.values("yielded") == ["scan begun", "scan nearly done"]
    assert told.values("returned") == ["scan"]


@pytest.mark.parametrize("error", [ScanError("no scan"), ValueError("unforeseen")], ids=repr)
def test_errors_are_told_and_the_next_call_runs(latest, told, qtbot, error, caplog):
    latest.run(raising, error)
    latest.run(abs, -1)
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert told.values("failed") == [error]
    assert told.values("returned") == [1]
    assert bool(caplog.records) == isinstance(error, ValueError), "only what nobody foresaw"


def test_errors_that_nobody_takes_are_shown(told, qtbot, monkeypatch):
    shown = []
    monkeypatch.setattr("napari_brainseg.gui.common.workers.show_error", shown.append)
    latest = Latest(told, ended=told.ended)
    latest.run(raising, ScanError("no scan"))
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert shown == ["no scan"]


def test_what_is_cancelled_tells_nothing_and_another_may_begin_at_once(latest, told, qtbot, gate):
    latest.run(gate.steps, "old")
    latest.run(gate.work, "waits")
    qtbot.waitUntil(lambda: bool(told.values("yielded")))
    latest.cancel()
    assert not latest.running
    latest.run(abs, -1)
    gate.leave.set()
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert told.values("returned") == [1]
    assert told.values("yielded") == ["old begun"]
    qtbot.waitUntil(gate.closed.is_set)


def test_a_result_on_its_way_is_dropped_by_cancel(latest, told, qtbot):
    done = Event()
    latest.run(done.set)
    qtbot.waitUntil(lambda: done.is_set() or bool(told.all))
    latest.cancel()
    qtbot.wait(50)
    assert not told.values("ended") or told.values("returned") == [None]


def test_after_leave_nothing_runs(latest, told, qtbot, gate):
    latest.run(gate.work, 1)
    latest.leave()
    latest.run(gate.work, 2)
    gate.leave.set()
    qtbot.wait(50)
    assert not latest.running
    assert not told.all
    assert 2 not in gate.begun


def test_what_runs_is_stopped_when_its_owner_is_deleted(qtbot, gate, told):
    owner = QObject()
    latest = Latest(owner, told.returned, yielded=told.yielded)
    latest.run(gate.steps, "scan")
    qtbot.waitUntil(lambda: bool(told.values("yielded")))
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    gate.leave.set()
    qtbot.waitUntil(gate.closed.is_set)
    assert told.values("returned") == []
    assert told.values("yielded") == ["scan begun"]


def test_a_thread_of_its_own_has_a_name(told, qtbot):
    latest = Latest(told, told.returned, thread="brainseg-test")
    latest.run(lambda: threading.current_thread().name)
    qtbot.waitUntil(lambda: bool(told.all))
    assert told.all == [("returned", "brainseg-test")]


def test_arguments_and_results_are_let_go_of(told, qtbot):
    latest = Latest(told, ended=told.ended)
    array = np.ones((4, 5, 6))
    alive = weakref.ref(array)
    latest.run(np.negative, array)
    del array
    qtbot.waitUntil(lambda: bool(told.values("ended")))

    def freed():
        gc.collect()
        return alive() is None

    qtbot.waitUntil(freed, timeout=20_000)


def test_a_queue_runs_all_that_wait_in_order(told, qtbot, gate):
    queue = Queue(told, told.returned, ended=told.ended)
    for value in range(3):
        queue.run(gate.work, value)
    gate.leave.set()
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert told.values("returned") == [0, 1, 2]
    assert len(told.values("ended")) == 1


def test_a_queue_prepares_a_call_when_its_turn_has_come(told, qtbot, gate):
    queue = Queue(told, told.returned, failed=told.failed, ended=told.ended)
    queue.run(gate.work, 1)
    queue.run_prepared(lambda: raising(ScanError("no")))
    queue.run_prepared(lambda: (sum, (told.values("returned"), 10)))
    assert told.all == []
    gate.leave.set()
    qtbot.waitUntil(lambda: bool(told.values("ended")))
    assert told.values("returned") == [1, 11]
    assert [str(error) for error in told.values("failed")] == ["no"]


def test_a_queue_that_is_cancelled_forgets_what_waits(told, qtbot, gate):
    queue = Queue(told, told.returned)
    queue.run(gate.work, 1)
    queue.run(gate.work, 2)
    qtbot.waitUntil(lambda: bool(gate.begun))
    queue.cancel()
    assert not queue.running
    gate.leave.set()
    queue.run(abs, -3)
    qtbot.waitUntil(lambda: told.values("returned") == [3])


@pytest.mark.parametrize("work", [lambda: 1, lambda: (yield 1)], ids=["function", "generator"])
def test_work_that_begins_while_the_program_ends_is_silent(qapp, work):
    """Qt aborts a program whose method it called raises: napari left with "Aborted"."""
    from PyQt6 import sip

    worker = background(work)
    sip.delete(worker.signals)
    worker.run()
