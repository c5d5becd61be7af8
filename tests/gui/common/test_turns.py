"""Work is done part by part, and events between its parts are answered."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QObject, QTimer

from napari_brainseg.gui.common.turns import Turns

pytestmark = pytest.mark.gui


@pytest.fixture
def owner(qapp):
    return QObject()


def always():
    return True


def noted(done, *names):
    return [lambda name=name: done.append(name) for name in names]


def test_other_events_have_their_turn_between_two_parts(owner, qtbot):
    turns, done = Turns(owner), []
    turns.run(noted(done, "a", "b"), wanted=always)
    beat = QTimer(owner)
    beat.timeout.connect(lambda: done.append("-"))
    beat.start(0)
    assert (done, turns.busy) == ([], True)
    qtbot.waitUntil(lambda: not turns.busy)
    between = done[done.index("a") : done.index("b")]
    assert "-" in between


def test_what_is_left_is_done_before_something_new(owner, qtbot):
    turns, done = Turns(owner), []
    turns.run(noted(done, "a", "b"), wanted=always)
    turns.run(noted(done, "c"), wanted=always)
    assert done == ["a", "b"]
    turns.finish()
    assert (done, turns.busy) == (["a", "b", "c"], False)
    qtbot.wait(50)
    assert done == ["a", "b", "c"]


def test_what_nobody_wants_any_more_is_not_done(owner, qtbot):
    turns, done = Turns(owner), []
    turns.run(noted(done, "a", "b", "c"), wanted=lambda: not done)
    qtbot.waitUntil(lambda: not turns.busy)
    assert done == ["a"]


def test_nothing_is_done_after_leaving(owner, qtbot):
    turns, done = Turns(owner), []
    turns.run(noted(done, "a"), wanted=always)
    turns.leave()
    qtbot.wait(50)
    assert (done, turns.busy) == ([], False)


def test_a_part_that_fails_does_not_take_the_others_along(owner, qtbot):
    turns, done = Turns(owner), []
    turns.run([lambda: 1 / 0, *noted(done, "b")], wanted=always)
    with qtbot.captureExceptions() as raised:
        qtbot.waitUntil(lambda: not turns.busy)
    assert done == ["b"]
    assert raised[0][0] is ZeroDivisionError
