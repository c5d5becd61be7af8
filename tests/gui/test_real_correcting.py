"""What one corrects with, done with mouse and keys of the window system, undone and redone."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from gui.seat import MIDDLE, lesion

pytestmark = [
    pytest.mark.gui,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("xdotool") is None, reason="needs xdotool"),
    pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs an X display"),
]


@pytest.mark.parametrize("eraser", [False, True])
def test_a_stroke_of_brush_and_eraser(drawn, eraser):
    before = drawn.mask.data.copy()
    drawn.mask.brush_size = 3
    drawn.hand.press("1" if eraser else "2")
    drawn.draw((-3, -3), (-3, 12))
    lost, won = (before > drawn.mask.data).sum(), (before < drawn.mask.data).sum()
    assert (lost > 5 and won == 0) if eraser else (won > 5 and lost == 0)
    # Along all of it, and on the slice that is shown alone.
    changed = np.nonzero(before != drawn.mask.data)
    assert set(changed[0]) == {MIDDLE[0]}
    assert set(changed[1]) <= set(range(18, 25))
    drawn.is_one_step(before)


def test_scribbles_inside_and_outside(clean):
    """The mask follows to the edge of the ball; each stroke is one step."""
    clean.hand.press("shift+e")
    clean.draw((-4, 0), (4, 0))
    first = clean.mask.data.copy()
    assert first.any()
    clean.hand.press("shift+o")
    clean.draw((-11, -11), (-11, 11), (11, 11), (11, -11), (-11, -11))
    after, truth = clean.mask.data[MIDDLE[0]] > 0, lesion()[MIDDLE[0]]
    assert 2 * (after & truth).sum() / (after.sum() + truth.sum()) > 0.9
    clean.is_one_step(first)
    clean.hand.press("Escape")
    assert "Strokes" not in clean.viewer.layers


def test_scribbling_in_3d_says_what_to_do(drawn):
    drawn.look_from_above()
    before = drawn.mask.data.copy()
    drawn.hand.press("shift+e")
    assert "switch to the 2-D display" in drawn.panel.correct.hint.text()
    assert "Strokes" not in drawn.viewer.layers
    np.testing.assert_array_equal(drawn.mask.data, before)
