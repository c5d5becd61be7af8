"""Window presets of CT, by click and by mouse."""

from __future__ import annotations

from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest
from qtpy.QtWidgets import QPushButton

from napari_brainseg.gui.panel.ct_window_row import WindowRow
from napari_brainseg.language import use

pytestmark = pytest.mark.gui


@pytest.fixture
def ct(panel, viewer, tmp_path):
    """Open a CT."""
    values = np.random.default_rng(0).integers(-1000, 1500, (24, 24, 6)).astype(np.int16)
    values[0, 0, 0], values[1, 0, 0] = -1024, 2000
    nib.save(nib.Nifti1Image(values, np.diag([-1.0, -1.0, 5.0, 1.0])), tmp_path / "ct.nii")
    viewer.open(str(tmp_path / "ct.nii"), plugin="napari-brainseg")
    return viewer.layers["ct"]


def drag(viewer, moves, modifiers=("Alt",)) -> None:
    """Send a press, moves and a release to the viewer's drag callbacks."""
    event = SimpleNamespace(
        type="mouse_press", modifiers=modifiers, pos=np.array([100, 100]), button=1
    )
    for callback in viewer.mouse_drag_callbacks:
        running = callback(viewer, event)
        if running is None:
            continue
        event.type = "mouse_move"
        try:
            next(running)
            for move in moves:
                event.pos = np.array([100, 100]) + move
                next(running)
            event.type = "mouse_release"
            next(running)
        except StopIteration:
            pass


def test_a_ct_opens_in_the_brain_window(ct, panel):
    assert ct.contrast_limits == [0, 80]
    assert panel.window_row.isVisibleTo(panel)


def test_presets_are_one_click(ct, panel):
    bone = next(b for b in panel.window_row.findChildren(QPushButton) if b.text() == "Bone")
    bone.click()
    assert ct.contrast_limits == [-800, 2000]
    assert ct.contrast_limits_range[0] <= -800
    assert ct.contrast_limits_range[1] >= 2000


def test_alt_and_mouse_change_width_and_level(ct, viewer):
    drag(viewer, [(10, 0), (40, 20)])
    low, high = ct.contrast_limits
    assert (high - low, (high + low) / 2) == (120, 60)
    assert viewer.scene.camera.mouse_pan


def test_the_window_never_closes(ct, viewer):
    drag(viewer, [(-500, 0)])
    low, high = ct.contrast_limits
    assert high - low >= 2


def test_without_alt_nothing_changes(ct, viewer):
    drag(viewer, [(40, 20)], modifiers=())
    assert ct.contrast_limits == [0, 80]


def test_alt_stays_with_the_brush_while_a_mask_is_selected(ct, viewer):
    viewer.add_labels(np.zeros(ct.data.shape, dtype=np.uint8), scale=ct.scale, units=ct.units)
    drag(viewer, [(40, 20)])
    assert ct.contrast_limits == [0, 80]


def test_an_mr_has_no_window_row(panel, viewer, oblique_file):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    assert not panel.window_row.isVisibleTo(panel)


def test_leaving_the_panel_leaves_the_viewer(panel, viewer, qtbot):
    before = len(viewer.mouse_drag_callbacks)
    viewer.window.remove_dock_widget(panel)
    panel.deleteLater()
    qtbot.waitUntil(lambda: len(viewer.mouse_drag_callbacks) == before - 1, timeout=5000)


def test_the_windows_are_called_in_the_language_of_the_panel(qtbot, request):
    request.addfinalizer(lambda: use("en"))
    use("fr")
    row = WindowRow()
    qtbot.addWidget(row)
    texts = [button.text() for button in row.findChildren(QPushButton)]
    assert texts == ["Cerveau", "Sous-dural", "AVC", "Os"]
