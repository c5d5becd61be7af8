"""A run leaves the window the time to draw its first slices, and waits for nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from gui.landing import until_landed

from napari_brainseg.gui.state import run
from napari_brainseg.pipeline.segment import Step

pytestmark = pytest.mark.gui


def _steps(taken: list[int], total: int = 3):
    for index in range(total):
        taken.append(index)
        yield Step(index + 1, total, "Segmenting", (index,))
    return "whole"


def _through(steps):
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as stop:
            return seen, stop.value


def test_the_second_slices_are_run_once_the_first_are_drawn(monkeypatch):
    monkeypatch.setattr(run, "PATIENCE_S", 30)
    drawn, taken = Event(), []
    steps = run._once_drawn(_steps(taken), drawn)
    assert next(steps).slices == (0,)
    with ThreadPoolExecutor() as worker:
        rest = worker.submit(_through, steps)
        assert not Event().wait(0.1)
        assert (taken, rest.done()) == ([0], False)
        drawn.set()
        seen, result = rest.result(5)
    assert ([step.slices for step in seen], result) == ([(1,), (2,)], "whole")


def test_a_window_that_never_draws_delays_a_run_once(monkeypatch):
    waits = []

    class Never(Event().__class__):
        def wait(self, timeout=None):
            waits.append(self.is_set())
            return self.is_set()

    _, result = _through(run._once_drawn(_steps([], 5), Never()))
    assert (waits, result) == ([False, True, True, True], "whole")


def test_a_run_of_one_slice_waits_for_nothing(monkeypatch):
    monkeypatch.setattr(run, "PATIENCE_S", 30)
    assert _through(run._once_drawn(_steps([], 1), Event()))[1] == "whole"


@pytest.mark.parametrize("cancelled", [False, True])
def test_the_panel_lets_a_run_go_on(
    panel, viewer, oblique_file, steered, qtbot, monkeypatch, cancelled
):
    monkeypatch.setattr(run, "PATIENCE_S", 30)
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    if cancelled:
        panel.run.stepped.connect(lambda step: panel.run.cancel() if step.slices else None)
    with until_landed(qtbot, panel) as ended:
        panel.segment_button.click()
    assert ended.args[0].segmentation.complete is not cancelled


def test_of_many_steps_few_are_told_and_none_after_the_end(panel, viewer, steered, qtbot):
    """For each that is told the whole window is drawn again."""
    viewer.add_image(np.zeros((60, 30, 30), np.float32), name="flair")
    told = []
    panel.flow.told.connect(lambda line: told.append(line.text))
    steered.pause_after = 59
    steered.leave.clear()
    panel.segment_button.click()
    qtbot.waitUntil(lambda: "Slice 59" in told, timeout=20_000)
    assert len(told) < 30
    with until_landed(qtbot, panel):
        panel.run.cancel()
        steered.leave.set()
    told.clear()
    qtbot.wait(300)
    assert told == []
