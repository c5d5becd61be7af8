"""Labels layers that know no scan, and the scan that they belong to."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels

from napari_brainseg.gui.domain.mask_record import adopt, provenance_of
from napari_brainseg.gui.domain.metadata import scan_handle_of
from napari_brainseg.gui.layers.belonging import belonging_of, new_empty_mask, settle
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.layers.results import hide_older, revisions_of
from napari_brainseg.gui.layers.scan_layers import scan_layers
from napari_brainseg.gui.npe2.writers import write_labels_layer
from napari_brainseg.io import Reading
from napari_brainseg.scan import Scan, Source

pytestmark = pytest.mark.gui

GRID = (4, 40, 48)


def scan_at(x: float, *, tilt: float = 0.0, name: str = "flair") -> Scan:
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([0.9, 0.8, 5.0])
    affine[:3, 3] = (x, -700.0, 31.0)
    data = np.random.default_rng(0).integers(0, 900, (1, *GRID)).astype(np.int16)
    return Scan(data, affine, (name,), Source(name))


def image_of(scan: Scan) -> Image:
    ((data, keywords, _),) = scan_layers(Reading(scan))
    return Image(data, **keywords)


def drawn(**keywords) -> Labels:
    labels = np.zeros(GRID, np.uint8)
    labels[1, 3, 7] = 1
    return Labels(labels, **keywords)


@pytest.mark.parametrize("keywords", [{}, {"scale": (5, 0.8, 0.9), "units": ("mm",) * 3}])
def test_a_layer_with_the_shape_of_a_scan_is_saved_on_the_grid_of_the_scan(tmp_path, keywords):
    scan = scan_at(23.0, tilt=0.2)
    layers = [image_of(scan), drawn(**keywords)]
    settle(layers)
    data, given, _ = layers[1].as_layer_data_tuple()
    (written,) = write_labels_layer(str(tmp_path / "mask.nii.gz"), data, given)
    np.testing.assert_allclose(nib.load(written).affine, scan.affine, rtol=1e-6)
    # The layer shows the scan from above: both axes of the slice run the other way.
    assert np.argwhere(np.asarray(nib.load(written).dataobj)).tolist() == [[40, 36, 1]]
    np.testing.assert_allclose(layers[1].extent.world, layers[0].extent.world)


def test_a_layer_that_lies_elsewhere_is_not_taken_without_asking():
    image, layer = image_of(scan_at(0)), drawn(scale=(5, 0.8, 0.9), translate=(0, 30, 0))
    found = belonging_of(layer, [image])
    assert (len(found.scans), found.owner) == (1, None)
    settle([image, layer])
    assert provenance_of(layer) is None
    assert mask_on_grid(layer)[1].source.placed_by == "nobody"


def test_channels_and_files_of_one_grid_are_one_answer_and_other_grids_are_asked_about():
    same = [image_of(scan_at(23.0)), image_of(scan_at(23.0, name="t1"))]
    assert belonging_of(drawn(), same).owner is not None
    apart = [image_of(scan_at(23.0)), image_of(scan_at(0.0, name="t1"))]
    found = belonging_of(drawn(), apart)
    assert [each.scan.source.name for each in found.scans] == ["flair", "t1"]
    assert found.owner is None


def test_the_panel_makes_an_empty_mask_of_the_chosen_scan(panel, viewer):
    assert not panel.empty_button.isEnabled()
    scan = scan_at(23.0, tilt=0.2)
    viewer.add_layer(image_of(scan))
    panel.empty_button.click()
    mask = viewer.layers.selection.active
    assert (mask.mode, mask.selected_label, mask.name) == ("paint", 1, "flair · mask")
    labels, own = mask_on_grid(mask)
    assert own is scan
    assert not labels.any()
    assert panel.working.layer == mask
    assert not panel.owner.isVisibleTo(panel)


def test_the_panel_adopts_napari_s_own_labels_and_asks_which_scan_where_two_fit(panel, viewer):
    base = viewer.add_layer(image_of(scan_at(23.0)))
    # What napari's own button makes.
    like = {name: getattr(base, name) for name in ("scale", "translate", "units", "axis_labels")}
    viewer.add_labels(np.zeros(GRID, np.uint8), name="flair - Labels", **like)
    assert provenance_of(viewer.layers[-1]).scan.source.name == "flair"
    assert panel.status.text() == "flair - Labels belongs to flair and is saved on its grid."
    viewer.layers.pop()
    assert panel.status.text() == ""
    viewer.add_layer(image_of(scan_at(0.0, name="t1")))
    viewer.add_labels(drawn().data, name="mine")
    assert panel.owner.isVisibleTo(panel)
    assert panel.owner.text.text().startswith("On which scan was mine drawn?")
    texts = [panel.owner.choice.itemText(i) for i in range(panel.owner.choice.count())]
    assert sorted(texts) == ["flair", "t1"]
    panel.owner.choice.setCurrentText("t1")
    panel.owner.button.click()
    assert provenance_of(viewer.layers[-1]).scan.source.name == "t1"
    assert not panel.owner.isVisibleTo(panel)


def test_the_panel_says_of_a_mask_that_fits_no_scan_that_nothing_is_known(panel, viewer):
    viewer.add_layer(image_of(scan_at(0)))
    viewer.add_labels(np.zeros((3, 5, 7), np.uint8), name="alone")
    assert panel.owner.text.text().startswith("alone fits no open scan")
    assert not panel.owner.button.isVisibleTo(panel.owner)


def test_a_new_mask_hides_older_ones_but_not_the_one_that_is_painted_in_meanwhile():
    viewer = ViewerModel()
    image = viewer.add_layer(image_of(scan_at(0)))
    handle = scan_handle_of(image.metadata)
    older, painted = (new_empty_mask(viewer, handle) for _ in range(2))
    before = revisions_of(viewer)
    painted.data_setitem((np.array([1]), np.array([3]), np.array([7])), 1)
    record = adopt(painted)
    record.touch()
    record.see(record.look_at(painted.data).take())
    new = new_empty_mask(viewer, handle)
    hide_older(viewer, new, before)
    assert [layer.visible for layer in (older, painted, new)] == [False, True, True]
    hide_older(viewer, new)
    assert not painted.visible
