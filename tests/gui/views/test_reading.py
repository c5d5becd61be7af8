"""Grey levels by the mouse, the letters on the canvases, and what lies under the pointer."""

from __future__ import annotations

from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest

from napari_brainseg.gui.domain.metadata import scan_handle_of
from napari_brainseg.gui.views.canvas_letters import letters_of
from napari_brainseg.gui.views.details_dialog import DetailsDialog
from napari_brainseg.gui.views.pointer import reading_at
from napari_brainseg.orientation import Letters

pytestmark = pytest.mark.gui

STEPS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


@pytest.fixture
def scan(panel, viewer, oblique_file):
    """Open an oblique scan."""
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    return viewer.layers["flair"]


def drag(model, moves, button: int = 2) -> None:
    """Send a press, moves and a release to the drag callbacks of a view."""
    event = SimpleNamespace(
        type="mouse_press",
        modifiers=(),
        pos=np.array([100, 100]),
        button=button,
        dims_displayed=list(model.dims.displayed),
    )
    running = [callback(model, event) for callback in model.mouse_drag_callbacks]
    running = [each for each in running if each is not None and next(each, "end") != "end"]
    event.type = "mouse_move"
    for move in moves:
        event.pos = np.array([100, 100]) + move
        for each in running:
            next(each)
    event.type = "mouse_release"
    for each in running:
        next(each, None)


def true_letters(layer, model) -> Letters:
    """Find them by the positions in mm of two points, not by the codes."""
    handle = scan_handle_of(layer.metadata)
    ways = dict(zip(model.dims.displayed, model.scene.camera.orientation2d, strict=True))
    edges = []
    for axis, way in ways.items():
        ends = []
        for at in (0.0, 1.0):
            place = np.array(layer.world_to_data(np.eye(3)[axis] * at * layer.scale[axis]))
            grid = handle.frame.place_back(place, handle.scan.grid)
            ends.append(handle.scan.affine[:3, :3] @ grid[::-1])
        moved = (ends[1] - ends[0]) * (1 if str(way) in ("down", "right") else -1)
        edges.append(sorted(STEPS, key=lambda letter: moved[STEPS[letter][0]] * STEPS[letter][1]))
    (top, *_, bottom), (left, *_, right) = edges
    return Letters(top, bottom, left, right)


def test_the_letters_are_right_in_all_orders_and_after_rolls(scan, panel, viewer, qtbot):
    assert letters_of(viewer) == Letters("A", "P", "R", "L")
    for _ in range(3):
        viewer.dims.roll()
        assert letters_of(viewer) == true_letters(scan, viewer)
        viewer.dims.transpose()
        assert letters_of(viewer) == true_letters(scan, viewer)
    viewer.scene.camera.orientation2d = ("up", "left")
    assert letters_of(viewer) == true_letters(scan, viewer)
    wanted = letters_of(viewer)
    labels = panel.views.letters.labels
    qtbot.waitUntil(
        lambda: (
            [label.text() for label in labels]
            == [wanted.top, wanted.bottom, wanted.left, wanted.right]
        )
    )
    viewer.dims.ndisplay = 3
    assert letters_of(viewer) == Letters()


def test_heads_stand_upright_whichever_plane_the_view_is_turned_to(scan, panel, viewer):
    """They stood on their heads; axial slices and what the user chose are left alone."""
    camera = viewer.scene.camera
    before = camera.orientation2d
    for order, expected in (
        ((1, 0, 2), Letters("S", "I", "R", "L")),
        ((2, 0, 1), Letters("S", "I", "A", "P")),
        ((0, 1, 2), Letters("A", "P", "R", "L")),
    ):
        viewer.dims.order = order
        assert letters_of(viewer) == expected == true_letters(scan, viewer)
    assert camera.orientation2d == before
    viewer.dims.order = (1, 0, 2)
    viewer.dims.ndisplay = 3
    assert camera.orientation2d == before
    viewer.dims.ndisplay = 2
    assert letters_of(viewer).top == "S"
    camera.orientation2d = ("up", "left")
    viewer.dims.order = (0, 1, 2)
    assert [str(way) for way in camera.orientation2d] == ["up", "left"]


def test_the_three_planes_have_letters_of_their_own(scan, panel, viewer):
    panel.views.planes.click()
    coronal, sagittal = (model for model, _ in panel.views._three.canvases)
    assert letters_of(coronal) == Letters("S", "I", "R", "L")
    assert letters_of(sagittal) == Letters("S", "I", "A", "P")
    panel.views.planes.click()


def test_the_three_planes_are_what_they_are_called_from_any_plane(scan, panel, viewer):
    """From a sagittal view they were an axial and a coronal one, lying on their sides."""
    viewer.dims.order = (2, 0, 1)
    panel.views.planes.click()
    coronal, sagittal = (model for model, _ in panel.views._three.canvases)
    assert letters_of(viewer) == Letters("A", "P", "R", "L")
    assert letters_of(coronal) == Letters("S", "I", "R", "L")
    assert letters_of(sagittal) == Letters("S", "I", "A", "P")
    panel.views.planes.click()
    assert viewer.dims.order == (2, 0, 1)
    assert letters_of(viewer) == Letters("S", "I", "A", "P")


def test_what_says_nothing_of_the_patient_has_no_letters(panel, viewer):
    viewer.add_image(np.zeros((4, 8, 8)), scale=(5, 1, 1), units=("mm",) * 3)
    assert letters_of(viewer) == Letters()


def test_the_pointer_tells_intensity_and_position(scan, viewer, panel, oblique_file):
    image = nib.load(oblique_file)
    voxel = (20, 22, 6)
    handle = scan_handle_of(scan.metadata)
    place = handle.frame.place(np.array(voxel[::-1], dtype=float), handle.scan.grid)
    text = reading_at(scan, scan.data_to_world(place))
    x, y, z = image.affine[:3] @ (*voxel, 1)
    assert f"{int(image.dataobj[voxel])} · RAS {x:.1f}, {y:.1f}, {z:.1f} mm" in text
    assert reading_at(scan, (-500.0, 0.0, 0.0)) == ""
    event = SimpleNamespace(dims_displayed=[1, 2], position=scan.data_to_world(place))
    for callback in viewer.mouse_move_callbacks:
        if getattr(callback, "__self__", None) is panel.views.pointer:
            callback(viewer, event)
    assert panel.views.pointer.label.text() == text
    viewer.layers.remove(scan)
    assert panel.views.pointer.label.text() == ""


def test_the_right_button_changes_width_and_level_of_an_mr(scan, viewer, panel):
    low, high = opened = scan.contrast_limits
    drag(viewer, [(200, 0)])
    wide = scan.contrast_limits
    assert wide[1] - wide[0] == pytest.approx(1.5 * (high - low))
    assert sum(wide) == pytest.approx(low + high)
    drag(viewer, [(0, 40)])
    assert sum(scan.contrast_limits) / 2 == pytest.approx((low + high) / 2 + 0.1 * (high - low))
    assert scan.contrast_limits_range[1] >= scan.contrast_limits[1]
    drag(viewer, [(50, 50)], button=1)
    assert viewer.scene.camera.mouse_pan
    panel.views.grey.click()
    assert scan.contrast_limits == pytest.approx(opened)


@pytest.mark.parametrize("tool", ["paint", "erase", "fill", "pan_zoom"])
def test_no_tool_draws_while_window_and_level_are_dragged(tool, scan, viewer, panel):
    panel.empty_button.click()
    mask = viewer.layers.selection.active
    mask.mode = tool
    pan, modes = viewer.scene.camera.mouse_pan, []
    scan.events.contrast_limits.connect(lambda: modes.append(str(mask.mode)))
    drag(viewer, [(200, 0)])
    assert set(modes) == {"pan_zoom"}
    assert (mask.mode, viewer.scene.camera.mouse_pan) == (tool, pan)
    modes.clear()
    mask.mode = "polygon"
    drag(viewer, [(300, 0)])  # there the right button takes the last corner back
    assert modes == []


@pytest.mark.parametrize("opened_later", [True, False])
def test_all_scans_of_a_sequence_are_shown_as_one_was_set(
    opened_later, scan, viewer, panel, tmp_path
):
    image = nib.load(scan_handle_of(scan.metadata).scan.source.files[0])
    brighter, of_another_kind = tmp_path / "flair_2.nii.gz", tmp_path / "t1_2.nii.gz"
    for path in (brighter, of_another_kind):
        nib.save(nib.Nifti1Image(np.asarray(image.dataobj) * 10, image.affine), path)
    if opened_later:
        drag(viewer, [(400, 0)])
    for path in (of_another_kind, brighter):
        viewer.open(str(path), plugin="napari-brainseg")
    other, t1 = viewer.layers["flair_2"], viewer.layers["t1_2"]
    before = t1.contrast_limits
    viewer.layers.selection.active = scan
    if not opened_later:
        t1.visible = other.visible = False
        drag(viewer, [(400, 0)])
    same = [10 * limit for limit in scan.contrast_limits]
    np.testing.assert_allclose(other.contrast_limits, same, rtol=0.02)
    assert t1.contrast_limits == before
    panel.views.grey.click()
    np.testing.assert_allclose(np.diff(other.contrast_limits), np.diff(same) / 2, rtol=0.02)


def test_patient_and_series_are_told_in_plain_text(scan, panel, qtbot):
    panel.details_button.click()
    (dialog,) = panel.findChildren(DetailsDialog)
    texts = [label.text() for label in dialog.findChildren(type(panel.status).__mro__[1])]
    assert "48" in " ".join(texts)
    assert any("flair.nii.gz" in text for text in texts)
