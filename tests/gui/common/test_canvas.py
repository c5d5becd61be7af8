"""Layers that go are freed in the canvas's own OpenGL context, and the window lives on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import nibabel as nib
import numpy as np
import pytest
from qtpy.QtGui import QOpenGLContext
from vispy.gloo import gl

from napari_brainseg.gui.common.canvas import guard_viewer

pytestmark = pytest.mark.gui


@pytest.fixture
def shown(make_napari_viewer_proxy, qtbot):
    """Show a viewer with an image and a mask, drawn at least once."""
    viewer = make_napari_viewer_proxy(show=True)
    viewer.add_image(np.zeros((4, 16, 16)))
    viewer.add_labels(np.ones((4, 16, 16), dtype=int))
    qt_viewer = viewer.window.__wrapped__._qt_viewer
    native = qt_viewer.canvas.native
    qtbot.waitUntil(native.isValid, timeout=10_000)
    qtbot.wait(100)
    return viewer, native


@pytest.fixture
def contexts(shown, monkeypatch):
    """Collect whether the canvas's own context is current when layers are freed."""
    _, native = shown
    own, collected = native.context(), []
    monkeypatch.setattr(
        gl, "glFinish", lambda: collected.append(QOpenGLContext.currentContext() is own)
    )
    return collected


def remove_one(viewer):
    viewer.layers.pop(0)


def remove_selected(viewer):
    viewer.layers.selection = {viewer.layers[0]}
    viewer.layers.remove_selected()


def clear(viewer):
    viewer.layers.clear()


@pytest.mark.parametrize("remove", [remove_one, remove_selected, clear])
def test_layers_are_freed_in_the_context_that_drew_them(shown, contexts, qtbot, remove):
    viewer, native = shown
    guard_viewer(viewer)
    guard_viewer(viewer)
    other_current(native)
    remove(viewer)
    assert contexts == [True]


def test_napari_alone_frees_them_in_whatever_context_is_current(shown, contexts):
    """Where this fails, napari makes the context current itself, and the guard can go."""
    viewer, native = shown
    other_current(native)
    remove_one(viewer)
    assert contexts == [False]


def other_current(native):
    """Have the canvas's context not be the current one, as between two events of Qt."""
    native.doneCurrent()
    assert QOpenGLContext.currentContext() is not native.context()


APP = """
import sys
from pathlib import Path

import napari
from qtpy.QtCore import QTimer

viewer = napari.Viewer(title="work list under test")
viewer.window.add_plugin_dock_widget("napari-brainseg", "Segment")
_, work = viewer.window.add_plugin_dock_widget("napari-brainseg", "Work list")


def tell(*_):
    print(*(layer.name for layer in viewer.layers), sep=" + ", flush=True)


viewer.layers.events.inserted.connect(tell)
QTimer.singleShot(500, lambda: work.session.open(Path(sys.argv[1])))
napari.run()
"""

SIZES = ((64, 80, 6), (96, 64, 9), (48, 48, 1), (120, 110, 4))


@pytest.fixture
def folder(tmp_path):
    """Write scans of different sizes, one of a single slice: its slider goes."""
    folder = tmp_path / "scans"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number, size in enumerate(SIZES):
        voxels = rng.integers(0, 400, size).astype(np.int16)
        nib.save(nib.Nifti1Image(voxels, np.diag([1.0, 1.0, 4.0, 1.0])), folder / f"p{number}.nii")
    return folder


class App:
    """napari in a process of its own, to which a keyboard can be had."""

    def __init__(self, folder, log, bundle):
        self.log = log
        environment = os.environ | {
            "BRAINSEG_MODELS": str(bundle.path),
            "NAPARI_CONFIG": str(folder.parent / "napari.yaml"),
            "XDG_CONFIG_HOME": str(folder.parent / "config"),
            "XDG_STATE_HOME": str(folder.parent / "state"),
            "OMP_NUM_THREADS": "1",
        }
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-c", APP, str(folder)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    def said(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, text, seconds=120):
        before = time.monotonic()
        while text not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < before + seconds, self.said()
            time.sleep(0.1)

    def press(self, key, seconds):
        """Press a key of the window, and see whether it lives for a while."""
        found = self._xdotool("search", "--onlyvisible", "--name", "work list under test")
        self._xdotool("windowfocus", found.split()[-1])
        self._xdotool("key", key)
        time.sleep(seconds)
        assert self.process.poll() is None, self.said()

    def _xdotool(self, *arguments):
        command = ["xdotool", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def app(folder, tmp_path, tiny_bundle, qapp):
    if shutil.which("xdotool") is None:
        pytest.skip("xdotool, which presses the keys, is not installed")
    if not os.environ.get("DISPLAY"):
        pytest.skip("there is no X display to press keys on")
    app = App(folder, tmp_path / "log.txt", tiny_bundle)
    yield app
    app.process.kill()
    app.process.wait()


@pytest.mark.slow
def test_the_work_list_lives_through_scans_of_different_sizes(app):
    app.wait_for("p0")
    time.sleep(3)  # time for the next mask
    app.press("alt+Right", 0)
    app.wait_for("p1 + p1 · tumour")
    for _ in range(3):
        app.press("alt+Left", 1)
        app.press("alt+Right", 2)
        app.press("alt+Right", 2)
    app.wait_for("p2")
    for _ in range(3):
        app.press("alt+Left", 1)
