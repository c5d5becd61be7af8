"""Making the model ready leaves the layers of other threads alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.gui

PROGRAM = """
from types import SimpleNamespace

import numpy as np
import pint
from napari.layers import Image
from qtpy.QtCore import QCoreApplication, QObject

from napari_brainseg.gui.panel import warming

app = QCoreApplication([])
units, seen = pint.get_application_registry(), []
assert not isinstance(units.get(), pint.UnitRegistry), "napari has read its units: change this test"


def begin(*_):
    seen.append(isinstance(units.get(), pint.UnitRegistry))


warming._warm, parent = begin, QObject()
ready = warming.Warming(parent)
ready.follow(SimpleNamespace(card=SimpleNamespace(weights_sha256="a")), "auto")
while not seen:
    app.processEvents()
print("units are there" if seen[0] else "units are read in the thread")
"""


def test_napari_s_units_are_read_before_the_thread_that_makes_layers_too():
    """Pint reads them at their first use, and any other thread finds half of them."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stdout.strip() == "units are there", done.stderr[-2000:]
