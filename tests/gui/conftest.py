"""A viewer with the panel, and a segmentation that tests can steer."""

from __future__ import annotations

import gc
from functools import lru_cache
from threading import Event
from typing import TYPE_CHECKING
from unittest.mock import patch

import nibabel as nib
import numpy as np
import pytest
from npe2 import PluginManager

from napari_brainseg.frames import frame_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from napari_brainseg.gui.panel.widget import SegmentWidget


@pytest.fixture(autouse=True)
def light_heap() -> None:
    """Spare the garbage collector what was there before the test.

    napari collects all garbage at each layer that goes, and again after each test: with torch and
    napari loaded, most of the time of these tests would go by in looking at their objects.
    """
    gc.collect(1)
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def plugins_found_once() -> Iterator[None]:
    """Read what napari's plugins say of themselves once, as a process of napari does.

    For each viewer of a test it would be read again: a tenth of what these tests take.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PluginManager, "discover", lru_cache(PluginManager.discover))
        yield


@pytest.fixture(scope="session", autouse=True)
def dialogs_forget(tmp_path_factory) -> None:
    """Have Qt write the folders that its file dialogs were in elsewhere than for the user."""
    from qtpy.QtCore import QSettings

    folder = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, folder)


@pytest.fixture(autouse=True)
def no_panel_of_before(monkeypatch) -> None:
    """Forget panels of other tests that are not deleted yet: the language follows while none is."""
    monkeypatch.setattr("napari_brainseg.gui.common.docked._open", set())


# Voxel axes run left, posterior and up, tilted about two axes: like a real oblique series.
TILT = np.radians((12.0, -7.0))


@pytest.fixture
def oblique_affine() -> np.ndarray:
    a, b = TILT
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    affine = np.eye(4)
    affine[:3, :3] = about_x @ about_y @ np.diag([-0.9, 0.8, 5.0])
    affine[:3, 3] = (31.5, -40.25, 12.0)
    return affine


@pytest.fixture
def oblique_file(tmp_path: Path, oblique_affine: np.ndarray) -> Path:
    rng = np.random.default_rng(0)
    data = np.zeros((40, 48, 12), dtype=np.int16)
    data[8:32, 8:40] = rng.integers(200, 400, (24, 32, 12))
    image = nib.Nifti1Image(data, oblique_affine)
    image.set_sform(oblique_affine, code=1)
    image.set_qform(oblique_affine, code=2)
    path = tmp_path / "flair.nii.gz"
    nib.save(image, path)
    return path


@pytest.fixture(autouse=True)
def timings(tmp_path, monkeypatch) -> Path:
    """Keep the times of runs apart from the user's own."""
    file = tmp_path / "state" / "timings.json"
    monkeypatch.setattr("napari_brainseg.choice.costs.costs_file", lambda: file)
    return file


@pytest.fixture(autouse=True)
def cold(monkeypatch) -> list[tuple[object, str]]:
    """Note what is to be made ready ahead, without doing it: no test waits for it by chance."""
    monkeypatch.setattr("napari_brainseg.gui.panel.widget.draw_brush_ahead", lambda viewer: None)
    asked: list[tuple[object, str]] = []
    monkeypatch.setattr(
        "napari_brainseg.gui.panel.warming._warm", lambda *chosen: asked.append(chosen)
    )
    return asked


@pytest.fixture
def viewer(make_napari_viewer_proxy, monkeypatch, tiny_bundle):
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))
    return make_napari_viewer_proxy()


@pytest.fixture
def panel(viewer, qtbot, tiny_bundle) -> SegmentWidget:
    _, widget = viewer.window.add_plugin_dock_widget("napari-brainseg", "Segment")
    combo = widget.models.combo
    combo.setCurrentIndex(combo.findData(tiny_bundle.card.name))
    return widget


class Steered:
    """Stands in for the network: one slice a step, each waiting for leave."""

    def __init__(self) -> None:
        self.leave = Event()
        self.started = Event()
        self.error: Exception | None = None
        self.notes: tuple[str, ...] = ()
        self.scans: list[object] = []
        self.pause_after = 0
        self.columns = slice(12, 22)
        self.found_in: set[int] | None = None  # slices with a lesion; all if None

    def __call__(self, scan, bundle, *, slices, cancelled, plane="axial", **_):
        from napari_brainseg.pipeline.segment import Segmentation, Step

        self.scans.append(scan)
        labels = np.zeros(scan.grid, dtype=np.uint8)
        turned = frame_for(scan.affine, plane).apply(labels)
        todo = tuple(slices) if slices is not None else tuple(range(len(turned)))
        done: list[int] = []
        yield Step(0, len(todo), "Loading the model", ready=False)
        yield Step(0, len(todo), "Segmenting")
        for index in todo:
            if len(done) == self.pause_after:
                self.started.set()
                self.leave.wait(20)
            if self.error is not None:
                raise self.error
            if cancelled():
                break
            if self.found_in is None or index in self.found_in:
                turned[index, 10:20, self.columns] = 1
            done.append(index)
            shown = turned[index : index + 1].copy()
            yield Step(len(done), len(todo), f"Slice {len(done)}", (index,), labels=shown)
        return Segmentation(
            scan,
            bundle.card,
            labels.astype(np.float16)[np.newaxis],
            labels,
            plane,
            tuple(done),
            len(done) == len(todo),
            "CPU",
            0.5,
            self.notes,
        )


@pytest.fixture
def steered(monkeypatch) -> Steered:
    """Replace the network; without more ado it runs through."""
    stand_in = Steered()
    stand_in.leave.set()
    monkeypatch.setattr("napari_brainseg.pipeline.segment.segment_steps", stand_in)
    yield stand_in
    stand_in.leave.set()


@pytest.fixture
def notes(monkeypatch) -> list[tuple[str, str]]:
    """Collect notifications as (severity, message)."""
    from napari.utils.notifications import notification_manager

    seen: list[tuple[str, str]] = []

    def remember(notification) -> None:
        seen.append((notification.severity.value, str(notification.message)))

    notification_manager.notification_ready.connect(remember)
    yield seen
    notification_manager.notification_ready.disconnect(remember)


@pytest.fixture
def segment(qtbot) -> Callable[[SegmentWidget], object]:
    """Click Segment and wait for the mask."""
    from gui.landing import until_landed

    def run(panel: SegmentWidget) -> object:
        with until_landed(qtbot, panel) as ended:
            panel.segment_button.click()
        return ended.args[0]

    return run


# A real window, for tests that are slow ones


@pytest.fixture
def seat(qapp, qtbot, monkeypatch, tmp_path, tiny_bundle):
    """Open napari as it is, not as napari's tests do: those want no trace of a window left."""
    import napari
    from gui.hand import Hand
    from gui.seat import Seat
    from napari._qt.qt_viewer import QtViewer
    from napari.settings import get_settings
    from qtpy.compat import isalive

    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))
    monkeypatch.setattr(get_settings().plugins, "extension2reader", {"*.nii*": "napari-brainseg"})
    viewer = napari.Viewer(show_welcome_screen=False)
    window = viewer.window._qt_window
    window.setGeometry(0, 0, 1366, 768)
    qtbot.wait(300)
    hand = Hand(window)
    hand.focus()
    there = Seat(viewer, hand, qtbot)
    yield there
    if isalive(window):  # else a test has closed it
        if there.panel is not None:
            there.panel.keeper.discard_all()
        with patch.object(window, "_save_current_window_settings"):
            viewer.close()
    qtbot.wait(100)
    QtViewer._instances.clear()


@pytest.fixture
def straight() -> np.ndarray:
    affine = np.diag([-0.9, 0.8, 5.0, 1.0])
    affine[1, 1] *= -1
    return affine


@pytest.fixture
def clean(seat, tmp_path, straight):
    """Open the lesion's scan with an empty mask of the panel's, at the slice of the lesion."""
    from gui.seat import MIDDLE, lesion_file

    seat.panel = seat.dock("Segment")
    path = lesion_file(tmp_path, straight)
    seat.viewer.open(str(path), plugin="napari-brainseg")
    seat.hand.click(seat.panel.empty_button)
    seat.viewer.dims.set_current_step(0, MIDDLE[0])
    seat.qtbot.wait(200)
    return seat


@pytest.fixture
def drawn(clean):
    """Do the same, with half of the lesion in the mask."""
    from gui.seat import MIDDLE, lesion

    half = lesion()
    half[:, :, MIDDLE[2] + 1 :] = False
    clean.mask.data_setitem(np.nonzero(half), 1)
    clean.settle()
    return clean
