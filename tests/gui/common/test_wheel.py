"""No value changes by scrolling: events of a mouse, from the window system, over every control.

Events that a test makes itself miss what Qt does before one arrives, such as giving the focus.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("scrolling.py")


@pytest.mark.gui
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="needs xdotool")
def test_no_control_of_the_panel_moves_while_it_is_scrolled(oblique_file, tiny_bundle):
    """Each was reached by the wheel, none moved, none took the focus, and the panel scrolled."""
    where = os.pathsep.join([str(PROGRAM.parents[2]), *sys.path])
    environment = os.environ | {"BRAINSEG_MODELS": str(tiny_bundle.path), "PYTHONPATH": where}
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(oblique_file)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["controls"] >= 10
    # Controls that are disabled let the wheel pass by themselves.
    assert found["reached"] >= 0.9 * found["enabled"]
    assert found["scrolled"] >= 1
    assert (found["moved"], found["focused"], found["focus by wheel"]) == ([], [], [])
