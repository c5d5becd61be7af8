"""What the run tells while it is under way."""

from __future__ import annotations

import pytest

from napari_brainseg.gui.state.run import RunController
from napari_brainseg.pipeline.segment import Step

pytestmark = pytest.mark.gui

STEPS = 2000


class Bar:
    """Handles events while it moves, as napari's bar does: the next step comes from within."""

    n = 0

    def __init__(self, controller):
        self.controller = controller

    def update(self, count):
        self.n += count
        if self.n < STEPS:
            self.controller._on_step(Step(self.n + 1, STEPS, "", ()))


def test_steps_faster_than_the_bar_do_not_overflow_the_stack(qapp):
    controller = RunController()
    controller._bar = Bar(controller)
    told = []
    controller.stepped.connect(lambda step: told.append(step.done))
    for done in range(1, STEPS + 1):
        controller._on_step(Step(done, STEPS, "", ()))
    assert controller._bar.n == STEPS
    assert set(told) == set(range(1, STEPS + 1))
