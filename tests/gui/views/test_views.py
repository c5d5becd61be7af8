"""Three planes, contours and the lesion in 3-D, in a real viewer."""

from __future__ import annotations

import gc
from types import SimpleNamespace

import numpy as np
import pytest
from napari.layers import Image
from napari.qt import QtViewer
from qtpy.QtCore import Qt

from napari_brainseg.gui.common.text import Text
from napari_brainseg.gui.layers.undoable import write_labels

pytestmark = pytest.mark.gui

SPACING = (5.0, 0.8, 0.9)
"""Of the oblique scan as it is shown: to the head, to the back, to the left."""


@pytest.fixture
def opened(panel, viewer, steered, segment, oblique_file):
    """Open a scan and segment it; the mask is selected and in paint mode."""
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    segment(panel)
    return panel


@pytest.fixture
def mask(opened, viewer):
    return viewer.layers[-1]


@pytest.fixture
def planes(opened, qtbot):
    """Open the coronal and the sagittal view."""
    opened.views.planes.click()
    three = opened.views._three
    qtbot.wait(100)
    return three


def on_screen(qt_viewer, layer, *points):
    """Tell where points, given in the data's axes, are drawn: x to the right, y down, in pixels."""
    node = qt_viewer.layer_to_visual[layer].node
    shown = list(layer._slice_input.displayed)[::-1]
    mapped = node.get_transform("visual", "canvas").map(np.array(points, float)[:, shown])
    return mapped[:, :2] / mapped[:, 3:]


def main_view(viewer):
    (found,) = (
        view
        for view in QtViewer._instances
        if view.viewer == getattr(viewer, "__wrapped__", viewer)
    )
    return found


def steps_on_screen(qt_viewer, layer):
    """Give the way on the screen of one voxel towards head, back and left."""
    origin, *ends = on_screen(qt_viewer, layer, *np.vstack([np.zeros((1, 3)), np.eye(3)]))
    return [end - origin for end in ends]


def test_grey_levels_wait_for_a_scan(panel, viewer):
    assert not panel.views.grey.isEnabled()
    assert panel.views.grey.toolTip() == "Open a scan first."
    viewer.add_image(np.zeros((4, 20, 20)))
    assert panel.views.grey.isEnabled()


# Three planes


def test_the_other_planes_lie_as_radiologists_look_at_them_and_to_scale(planes):
    coronal, sagittal = planes.views
    head, _, left = steps_on_screen(coronal.qt_viewer, coronal.vm_container.viewer_model.layers[0])
    assert head[1] < 0  # head on top
    assert head[0] == pytest.approx(0, abs=1e-3)
    assert left[0] > 0  # the patient's right on the left
    assert left[1] == pytest.approx(0, abs=1e-3)
    assert -head[1] / left[0] == pytest.approx(SPACING[0] / SPACING[2], rel=1e-3)
    head, back, _ = steps_on_screen(
        sagittal.qt_viewer, sagittal.vm_container.viewer_model.layers[0]
    )
    assert head[1] < 0
    assert back[0] > 0  # the face on the left
    assert -head[1] / back[0] == pytest.approx(SPACING[0] / SPACING[1], rel=1e-3)


def test_the_whole_scan_fits_into_each_view(opened, viewer, qtbot):
    window = main_view(viewer).window()
    with qtbot.waitExposed(window):
        window.show()
    window.resize(1366, 768)
    opened.views.planes.click()
    for view in opened.views._three.views:
        model = view.vm_container.viewer_model
        qtbot.waitUntil(lambda view=view: 100 < view.height() < 400)

        def fits(view=view, model=model):
            layer = model.layers[0]
            corners = on_screen(view.qt_viewer, layer, (0, 0, 0), np.subtract(layer.data.shape, 1))
            height, width = model.canvas.size
            assert (corners >= 0).all()
            assert (corners <= (width, height)).all()
            assert np.abs(corners[1] - corners[0]).max() > 0.5 * min(width, height)

        qtbot.waitUntil(fits)


def cross_hair(qt_viewer, name):
    """Where the cross-hair's lines meet, in world units, and whether it is seen."""
    overlay = qt_viewer.viewer.scene.overlays[name]
    (visual, *_) = qt_viewer.canvas._viewer_overlay_to_visual[overlay]
    return np.mean(visual.node.pos, axis=0)[::-1], visual.node.visible


def test_the_planes_open_at_the_lesion_with_the_head_whole(opened, viewer, mask, qtbot):
    viewer.dims.set_point(0, mask.data_to_world((0, 0, 0))[0])
    opened.views.planes.click()
    qtbot.waitUntil(lambda: mask.get_value(viewer.dims.point, world=True) == 1)
    captions = {text.text() for text in opened.views._three.findChildren(Text)}
    assert captions == {"Coronal, front to back", "Sagittal, right to left"}


def test_the_cross_hair_goes_through_one_point_in_all_views(planes, viewer):
    from napari_brainseg.gui.views.ortho import CROSS

    for model, point in zip(planes.models, ((10, 8, 9), (15, 16, 18), (20, 24, 27)), strict=True):
        model.dims.point = point
        assert all(tuple(each.dims.point) == pytest.approx(point) for each in planes.models)
        views = [(main_view(viewer), CROSS), *((v.qt_viewer, "crosshairs") for v in planes.views)]
        for view, name in views:
            place, seen = cross_hair(view, name)
            assert seen
            order = view.viewer.dims.order
            np.testing.assert_allclose(place, np.array(point)[list(order)], rtol=1e-5)


def follow(model, event):
    """Move the mouse, as far as the cross-hair hears of it."""
    (callback,) = [each for each in model.mouse_move_callbacks if each.__name__ == "_follow"]
    callback(model, event)


def test_the_keys_of_the_tools_work_in_every_plane(planes, opened, qtbot):
    for view in planes.views:
        before = opened.correct.all.isChecked()
        canvas = view.qt_viewer.canvas.native
        qtbot.keyClick(canvas, Qt.Key.Key_D, Qt.KeyboardModifier.ShiftModifier)
        assert opened.correct.all.isChecked() != before


def test_the_mouse_moves_the_cross_hair_only_with_shift(planes, viewer):
    before = tuple(viewer.dims.point)
    for model in planes.models:
        for modifiers in ((), ("Control",)):
            event = SimpleNamespace(modifiers=modifiers, position=(20.0, 8.0, 9.0))
            follow(model, event)
    assert tuple(viewer.dims.point) == before
    for model, point in zip(planes.models, ((20, 8, 9), (5, 16, 18), (10, 4, 27)), strict=True):
        event = SimpleNamespace(modifiers=("Shift",), position=point)
        follow(model, event)
        assert tuple(viewer.dims.point) == pytest.approx(point)


def test_painting_in_a_side_view_edits_the_mask_itself_and_can_be_undone(
    opened, planes, mask, qtbot
):
    before = np.array(mask.data)
    for view in planes.views:
        copy = view.vm_container.viewer_model.layers[mask.name]
        with qtbot.waitSignal(opened.working.edited, timeout=20_000):
            copy.paint((6, 3, 5), 1)
        assert mask.data[6, 3, 5] == 1
        (mask if view is planes.views[0] else copy).undo()
        np.testing.assert_array_equal(mask.data, before)
        assert mask.mode == copy.mode == "paint"


def test_what_a_tool_writes_is_seen_in_all_views(planes, mask, viewer):
    viewer.dims.point = (30.0, 2.4, 4.5)
    write_labels(mask, np.ones((3, 3, 3), np.uint8), (5, 2, 4))
    for view in planes.views:
        copy = view.vm_container.viewer_model.layers[mask.name]
        assert np.count_nonzero(copy._slice.image.raw) >= 9
    mask.undo()
    for view in planes.views:
        copy = view.vm_container.viewer_model.layers[mask.name]
        assert copy.data[6, 3, 5] == 0
        assert copy._slice.image.raw[6, 5 if view is planes.views[0] else 3] == 0


def test_layers_look_in_the_views_as_they_looked_before(opened, viewer, mask, qtbot):
    image = viewer.layers[0]
    image.contrast_limits, image.colormap, image.gamma = (10, 300), "magma", 0.7
    mask.contour, mask.brush_size, mask.opacity, mask.mode = 2, 7, 0.4, "erase"
    opened.views.planes.click()
    assert gc.isenabled()
    for view in opened.views._three.views:
        model = view.vm_container.viewer_model
        shown, copy = model.layers[image.name], model.layers[mask.name]
        assert tuple(shown.contrast_limits) == (10, 300)
        assert (shown.colormap.name, shown.gamma) == ("magma", 0.7)
        assert (copy.contour, copy.brush_size, copy.opacity) == (2, 7, 0.4)
        assert copy.mode == "erase"
        assert model.layers.selection.active == copy
        copy.brush_size = 3  # and what is changed here is changed there
        assert mask.brush_size == 3
        mask.brush_size = 7


def test_a_mask_made_later_is_in_the_views_too(planes, viewer, opened, segment):
    segment(opened)
    for view in planes.views:
        names = [layer.name for layer in view.vm_container.viewer_model.layers]
        assert names == [layer.name for layer in viewer.layers]


def layout_of(viewer):
    window = main_view(viewer).window()
    corners = [window.corner(corner) for corner in Qt.Corner]
    return corners, viewer.canvas.overlays["axes"].visible, list(viewer.window.dock_widgets)


@pytest.mark.parametrize("way", ["button", "dock"])
def test_ended_the_viewer_is_as_before(opened, viewer, mask, qtbot, way):
    before = layout_of(viewer)
    viewer.reset_view()  # napari keeps with the layer what it computes for that
    views, keys = len(QtViewer._instances), set(vars(getattr(mask, "__wrapped__", mask)))
    callbacks = list(viewer.mouse_move_callbacks)
    opened.views.planes.click()
    three = opened.views._three
    assert opened.views.planes.isChecked()
    assert len(QtViewer._instances) == views + 2
    if way == "button":
        opened.views.planes.click()
    else:
        viewer.window.remove_dock_widget(three)
        qtbot.waitUntil(lambda: opened.views._three is None)
    assert not opened.views.planes.isChecked()
    assert layout_of(viewer) == before
    assert list(viewer.mouse_move_callbacks) == callbacks
    assert set(vars(getattr(mask, "__wrapped__", mask))) <= keys
    del three
    qtbot.waitUntil(lambda: len(QtViewer._instances) == views, timeout=10_000)
    mask.paint((6, 3, 5), 1)
    mask.undo()
    opened.views.planes.click()  # and again
    assert opened.views.planes.isChecked()


def test_the_window_may_be_closed_with_all_views_open(opened, viewer, planes):
    opened.views.solid.click()
    ended = []
    planes.ended.connect(lambda: ended.append(True))
    viewer.close()
    assert ended == [True]
    assert planes.views == []


def test_the_panel_may_be_deleted_with_the_views_open(opened, viewer, planes, mask, qtbot):
    opened.views.solid.click()
    viewer.window.remove_dock_widget(opened)
    opened.deleteLater()
    qtbot.wait(200)
    assert "Three planes" not in viewer.window.dock_widgets
    assert viewer.dims.ndisplay == 2
    mask.contour = 3  # nobody is left to answer, and nothing is raised


# Contour


def test_the_contour_button_outlines_and_follows_the_layers_own(opened, mask):
    button = opened.views.contour
    button.click()
    assert (mask.contour, button.isChecked()) == (2, True)
    mask.contour = 0
    assert not button.isChecked()
    mask.contour = 3
    assert button.isChecked()
    button.click()
    assert mask.contour == 0


def test_what_cannot_be_says_why(panel, viewer, oblique_file):
    views = panel.views
    for button in (views.planes, views.contour, views.solid):
        assert not button.isEnabled()
        assert button.toolTip()
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    assert views.planes.isEnabled()
    assert not views.solid.isEnabled()
    assert "no mask" in views.solid.toolTip()
    viewer.layers.clear()
    viewer.add_labels(np.zeros((20, 20), int))
    assert views.contour.isEnabled()
    assert not views.solid.isEnabled()
    assert not views.planes.isEnabled()


# 3-D


def everything(viewer):
    """Tell how the viewer and its layers look."""
    camera = viewer.scene.camera
    looks = [
        *(tuple(camera.center), camera.zoom, tuple(camera.angles), tuple(camera.orientation)),
        *(viewer.dims.ndisplay, tuple(viewer.dims.point), viewer.layers.selection.active),
    ]
    for layer in viewer.layers:
        looks += [layer.visible, layer.opacity, layer.blending, layer.rendering, layer.mode]
        if not isinstance(layer, Image):
            looks += [layer.contour, layer.iso_gradient_mode, layer.selected_label]
    return looks


@pytest.mark.parametrize("way", ["button", "napari"])
def test_the_lesion_is_a_body_in_a_scan_of_glass_and_all_comes_back(opened, viewer, mask, way):
    viewer.scene.camera.zoom *= 1.5
    viewer.scene.camera.center = (0.0, 12.0, 14.0)
    viewer.dims.point = (20.0, 8.0, 9.0)
    mask.contour, mask.opacity = 2, 0.3
    before = everything(viewer)
    opened.views.solid.click()
    assert opened.views.solid.isChecked()
    assert viewer.dims.ndisplay == 3
    assert (mask.rendering, mask.opacity, mask.contour) == ("iso_categorical", 1.0, 0)
    assert viewer.layers[0].opacity < 0.5
    assert not opened.views.contour.isEnabled()
    if way == "button":
        opened.views.solid.click()
    else:
        viewer.dims.ndisplay = 2
    assert not opened.views.solid.isChecked()
    assert everything(viewer) == before


def test_in_3d_the_patient_is_no_mirror_image(opened, viewer, mask):
    opened.views.solid.click()
    camera = viewer.scene.camera
    camera.set_view_direction((0, 1, 0), (1, 0, 0))  # face to face
    head, _, left = steps_on_screen(main_view(viewer), getattr(mask, "__wrapped__", mask))
    assert head[1] < 0
    assert left[0] > 0


def test_slices_beside_the_3d_view_stay_as_they_are(opened, viewer, mask, qtbot):
    scan = viewer.layers[0]
    opened.views.planes.click()
    opened.views.solid.click()
    shown = opened.views._three.views[0].vm_container.viewer_model
    assert shown.dims.ndisplay == 2
    assert shown.layers[scan.name].opacity == 1
    assert scan.opacity < 0.5
    opened.views.planes.click()
    opened.views.planes.click()  # opened from 3-D
    shown = opened.views._three.views[0].vm_container.viewer_model
    assert viewer.dims.ndisplay == 3
    assert shown.layers[scan.name].opacity == 1
    opened.views.solid.click()
    assert scan.opacity == 1


def test_a_mask_deleted_in_3d_takes_the_view_back_to_slices(opened, viewer, mask):
    opened.views.solid.click()
    viewer.layers.remove(mask)
    assert viewer.dims.ndisplay == 2
    assert viewer.layers[0].opacity == 1
    assert not opened.views.solid.isChecked()
    assert not opened.views.solid.isEnabled()
