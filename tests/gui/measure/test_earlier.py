"""An earlier examination beside the new one: change in RANO's words, both at one place."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.layers.alignment import alignment_of
from napari_brainseg.gui.layers.belonging import new_empty_mask

pytestmark = pytest.mark.gui


@pytest.fixture
def visits(tmp_path):
    """Two visits on grids that differ, with a lesion that has grown to twice its volume."""
    paths = []
    for name, shift, step in (("visit_1", 0.0, 4.0), ("visit_2", 6.0, 2.0)):
        affine = np.diag([-1.0, -1.0, step, 1.0])
        affine[:3, 3] = (20 + shift, 24, -20)
        data = np.random.default_rng(0).integers(90, 110, (40, 48, round(40 / step)))
        path = tmp_path / f"{name}.nii.gz"
        nib.save(nib.Nifti1Image(data.astype(np.int16), affine), path)
        paths.append(path)
    return paths


def opened(viewer, panel, visits):
    """Open both, each with its mask: 16 x 16 x 8 mm, and twice as thick."""
    masks = []
    for path, height in zip(visits, (2, 8), strict=True):
        viewer.open(str(path), plugin="napari-brainseg")
        image = viewer.layers[path.name.removesuffix(".nii.gz")]
        mask = new_empty_mask(viewer, panel.scans.handle(image))
        places = np.zeros(mask.data.shape, bool)
        places[3 : 3 + height, 10:26, 12:28] = True
        mask.data_setitem(np.nonzero(places), 1)
        masks.append(mask)
    viewer.layers.selection.active = masks[1]
    return masks


def test_the_change_is_told_and_both_are_shown_at_one_place(viewer, panel, qtbot, visits):
    first, _ = opened(viewer, panel, visits)
    measure = panel.measure
    measure.fold.expand(animate=False)
    texts = [measure.earlier.itemText(i) for i in range(measure.earlier.count())]
    assert texts == ["nothing", "visit_1 · mask", "Files…"]
    measure.earlier.setCurrentIndex(1)
    measure.earlier.activated.emit(1)
    qtbot.waitUntil(lambda: "from baseline" in measure.followed.text(), timeout=20_000)
    assert "Volume 4.1 mL: +100 % from baseline 2.0, +100 % from nadir 2.0" in (
        measure.followed.text()
    )
    found = measure.measured.report.followup
    assert [each.name for each in found.points] == ["visit_1", "visit_2"]
    image = viewer.layers["visit_1"]
    qtbot.waitUntil(lambda: alignment_of(image) is not None and not first.visible, timeout=20_000)
    zoom = viewer.scene.camera.zoom
    measure.beside.click()
    assert viewer.scene.camera.zoom < 0.8 * zoom  # whole in half of the width
    grid, layers = viewer.canvas.grid, list(viewer.layers)
    assert grid.enabled
    fields = {layer.name: grid.position(i, layers) for i, layer in enumerate(layers)}
    assert fields["visit_2"] == fields["visit_2 · mask"]
    assert fields["visit_1"] == fields["visit_1 · mask on visit_2"] != fields["visit_2"]
    measure.beside.click()
    assert not grid.enabled


def test_of_several_earlier_scans_on_one_grid_the_newest_is_beside(viewer, panel, qtbot, tmp_path):
    """Each with its own mask, though all masks lie on the same voxels; the older is hidden."""
    names = ("p_20240101", "p_20230101", "p_20230601")
    for name in names:
        path = tmp_path / f"{name}.nii.gz"
        image = nib.Nifti1Image(np.ones((40, 48, 10), np.int16), np.diag([-1.0, -1.0, 4.0, 1.0]))
        nib.save(image, path)
        viewer.open(str(path), plugin="napari-brainseg")
        mask = new_empty_mask(viewer, panel.scans.handle(viewer.layers[name]))
        mask.data_setitem((np.arange(3, 6), np.arange(5, 8), np.arange(7, 10)), 1)
    for layer in viewer.layers:
        layer.visible = True
    viewer.layers.selection.active = viewer.layers["p_20240101 · mask"]
    measure = panel.measure
    measure.fold.expand(animate=False)
    every = next(i for i in range(measure.earlier.count()) if "all" in measure.earlier.itemText(i))
    measure.earlier.setCurrentIndex(every)
    measure.earlier.activated.emit(every)
    qtbot.waitUntil(lambda: "from baseline" in measure.followed.text(), timeout=20_000)
    measure.beside.click()
    layers = list(viewer.layers)
    fields = {layer.name: viewer.canvas.grid.position(i, layers) for i, layer in enumerate(layers)}
    assert fields["p_20240101"] == fields["p_20240101 · mask"]
    assert fields["p_20230601"] == fields["p_20230601 · mask"] != fields["p_20240101"]
    shown = {layer.name for layer in layers if layer.visible}
    assert shown == {name for name in fields if "20230101" not in name}
    measure.beside.click()
    assert all(layer.visible for layer in viewer.layers)


def test_masks_in_files_are_time_points_too(viewer, panel, qtbot, visits, monkeypatch, tmp_path):
    opened(viewer, panel, visits)
    mask = tmp_path / "visit_0_mask.nii.gz"
    labels = np.zeros((30, 30, 10), np.uint8)
    labels[5:21, 5:21, 2:6] = 1
    nib.save(nib.Nifti1Image(labels, np.diag([1.0, 1.0, 4.0, 1.0])), mask)
    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getOpenFileNames", lambda *_: ([str(mask)], ""))
    choice = panel.measure.earlier
    choice.activated.emit(choice.count() - 1)
    qtbot.waitUntil(lambda: "visit_0_mask" in panel.measure.followed.text(), timeout=20_000)
    assert "Volume 4.1 mL: +0 % from baseline 4.1" in panel.measure.followed.text()
    assert not panel.measure.beside.isEnabled()


def test_a_page_of_the_mask_is_saved(viewer, panel, qtbot, visits, monkeypatch, tmp_path):
    _, mask = opened(viewer, panel, visits)
    qtbot.waitUntil(lambda: getattr(panel.measure.measured, "layer", None) == mask, timeout=20_000)
    monkeypatch.setattr(
        "qtpy.QtWidgets.QFileDialog.getSaveFileName", lambda *_: (str(tmp_path / "page"), "")
    )
    panel.measure.report_button.click()
    page = tmp_path / "page.html"
    qtbot.waitUntil(page.is_file, timeout=20_000)
    text = page.read_text(encoding="utf-8")
    assert "4.10 mL" in text
    assert "not a medical device" in text


@pytest.mark.parametrize(("opened_again", "made"), [(False, "by hand"), (True, "not recorded")])
def test_a_page_says_by_hand_of_what_was_drawn_here_alone(
    opened_again, made, viewer, panel, qtbot, visits, monkeypatch, tmp_path
):
    """A file that does not say what made its mask is not spoken for."""
    _, mask = opened(viewer, panel, visits)
    if opened_again:
        path = tmp_path / "somebody_mask.nii.gz"
        known = provenance_of(mask)
        labels = known.frame.invert(mask.data)
        nib.save(nib.Nifti1Image(labels.T, known.scan.affine), path)
        viewer.layers.remove(mask)
        viewer.open(str(path), plugin="napari-brainseg")
        mask = viewer.layers["somebody_mask"]
        viewer.layers.selection.active = mask
    qtbot.waitUntil(lambda: getattr(panel.measure.measured, "layer", None) == mask, timeout=20_000)
    page = tmp_path / "page.html"
    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getSaveFileName", lambda *_: (str(page), ""))
    panel.measure.report_button.click()
    qtbot.waitUntil(page.is_file, timeout=20_000)
    row = page.read_text(encoding="utf-8").split("Made")[1].split("</tr>")[0]
    assert made in row
