"""Opening, segmenting, painting and closing again and again leaves nothing behind."""

from __future__ import annotations

import gc
import threading
import weakref

import nibabel as nib
import numpy as np
import psutil
import pytest
from qtpy.QtCore import QThreadPool

from napari_brainseg.autosave import find_orphans
from napari_brainseg.gui.autosave import keeper
from napari_brainseg.gui.common.settings import Preferences

pytestmark = pytest.mark.gui

MAX_GROWTH_MB = 80
"""From one cycle to another memory varies by up to 60; scan and mask of four, kept, are 96."""

WARM_UP = 6
"""Cycles before the memory counts: what is loaded and cached once is no leak."""


@pytest.fixture
def large_file(tmp_path):
    """Write a scan of 16 MB, so that one that is not let go of shows."""
    rng = np.random.default_rng(0)
    data = rng.integers(0, 1000, (256, 256, 128), dtype=np.int16)
    path = tmp_path / "flair.nii"
    nib.save(nib.Nifti1Image(data, np.diag([-0.9, -0.8, 2.0, 1.0])), path)
    return path


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(keeper, "load_preferences", lambda: Preferences(autosave_s=0.03))


class Watch:
    """Threads, memory and layers over the cycles."""

    def __init__(self) -> None:
        self.process = psutil.Process()
        self.layers: list[weakref.ref] = []
        self.memory: list[float] = []
        self.threads: list[set[str]] = []

    def cycle_done(self) -> None:
        gc.collect()
        self.memory.append(self.process.memory_info().rss / 1e6)
        self.threads.append({thread.name for thread in threading.enumerate()})

    def check(self) -> None:
        # Of two cycles the lower: what one leaves may be freed in the next only.
        growth = min(self.memory[-2:]) - min(self.memory[WARM_UP - 2 : WARM_UP])
        print(f"{len(self.memory)} cycles: {growth:+.0f} MB, {len(self.threads[-1])} threads")
        assert growth < MAX_GROWTH_MB
        assert len(self.threads[-1]) <= len(self.threads[WARM_UP - 1])
        alive = [layer().name for layer in self.layers if layer() is not None]
        assert not alive


def has_mask(viewer):
    """Whether the run is over: while it goes on its slices are in a layer called unfinished."""
    top = viewer.layers[-1]
    return len(viewer.layers) == 2 and top.name != "flair" and "unfinished" not in top.name


def work_on(viewer, panel, path, qtbot, watch):
    """Open, segment and paint, until it is autosaved."""
    viewer.open(str(path), plugin="napari-brainseg")
    panel.segment_button.click()
    qtbot.waitUntil(lambda: has_mask(viewer), timeout=60_000)
    mask = viewer.layers[-1]
    mask.paint((60, 30, 25), 1)
    assert panel.keeper.unsaved()
    watch.layers += [weakref.ref(layer) for layer in viewer.layers]


def cycle_in_one_viewer(viewer, panel, path, qtbot, watch):
    work_on(viewer, panel, path, qtbot, watch)
    viewer.layers.clear()
    qtbot.waitUntil(lambda: bool(panel.keeper.deletions), timeout=30_000)
    panel.keeper.forget(panel.keeper.deletions[0])
    qtbot.waitUntil(lambda: QThreadPool.globalInstance().activeThreadCount() == 0)
    qtbot.wait(50)
    watch.cycle_done()


def check_viewers(cycles, make, path, steered, qtbot, model):
    watch = Watch()
    for _ in range(cycles):
        viewer = make()
        _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg")
        panel.models.combo.setCurrentIndex(panel.models.combo.findData(model))
        work_on(viewer, panel, path, qtbot, watch)
        window = viewer.window.main_menu.window()
        with qtbot.waitSignal(window.destroyed, timeout=30_000):
            viewer.close()
        del viewer, panel, window
        for orphan in find_orphans():
            orphan.discard()
        steered.scans.clear()
        qtbot.waitUntil(lambda: QThreadPool.globalInstance().activeThreadCount() == 0)
        qtbot.wait(50)
        watch.cycle_done()
    watch.check()


def check_one_viewer(cycles, viewer, panel, steered, path, qtbot):
    watch = Watch()
    for _ in range(cycles):
        cycle_in_one_viewer(viewer, panel, path, qtbot, watch)
        steered.scans.clear()
    watch.check()


def test_a_few_scans_in_one_viewer_leave_nothing_behind(viewer, panel, steered, large_file, qtbot):
    check_one_viewer(WARM_UP + 4, viewer, panel, steered, large_file, qtbot)


@pytest.mark.slow
def test_fifty_scans_in_one_viewer_leave_nothing_behind(viewer, panel, steered, large_file, qtbot):
    check_one_viewer(WARM_UP + 50, viewer, panel, steered, large_file, qtbot)


@pytest.mark.slow
def test_fifty_viewers_leave_nothing_behind(
    make_napari_viewer, monkeypatch, tiny_bundle, steered, large_file, qtbot
):
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))
    model = tiny_bundle.card.name
    make = make_napari_viewer
    check_viewers(WARM_UP + 50, make, large_file, steered, qtbot, model)
