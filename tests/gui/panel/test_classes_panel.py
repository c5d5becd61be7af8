"""Masks of several classes in the viewer: named, coloured, chosen by button, saved and opened."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels
from qtpy.QtWidgets import QFileDialog

from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.domain.metadata import METADATA_KEY
from napari_brainseg.io import MaskInfo, read_mask_info, read_scan, write_mask
from napari_brainseg.io.color_table import color_table_of

pytestmark = pytest.mark.gui

NAMES = {1: "necrotic core", 2: "oedema", 4: "enhancing"}
COLORS = {1: "#d62728", 2: "#2ca02c", 4: "#ffd700"}


@pytest.fixture
def several(viewer, qtbot, several_bundle, monkeypatch, oblique_file):
    """Open the panel with a model of three classes and a scan."""
    monkeypatch.setenv("BRAINSEG_MODELS", str(several_bundle.path))
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg")
    combo = panel.models.combo
    combo.setCurrentIndex(combo.findData("several"))
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    return panel


def color_of(layer, label):
    red, green, blue, _ = np.rint(255 * np.asarray(layer.get_color(label))).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def test_every_class_is_shown_in_its_colour_and_named_under_the_mouse(several, viewer, segment):
    segment(several)
    mask = viewer.layers[-1]
    assert set(np.unique(mask.data)) == {0, 1, 2, 4}
    assert mask.name == "flair · mask"
    assert {label: color_of(mask, label) for label in COLORS} == COLORS
    where = tuple(np.argwhere(np.asarray(mask.data) == 2)[0])
    status = mask.get_status(mask.data_to_world(where), world=True)
    assert "oedema" in status["value"] + status["coordinates"]


def test_a_button_for_each_class_chooses_what_is_painted(several, viewer, segment):
    assert several.classes.isHidden()
    segment(several)
    mask = viewer.layers[-1]
    buttons = several.classes.buttons
    assert {label: button.text() for label, button in buttons.items()} == NAMES
    assert not several.classes.isHidden()
    assert buttons[1].isChecked()
    for label, button in buttons.items():
        shown = button.icon().pixmap(12, 12).toImage().pixelColor(6, 6)
        wanted = bytes.fromhex(COLORS[label][1:])
        # A screen of fewer colours rounds them.
        assert np.abs(np.subtract(shown.getRgb()[:3], list(wanted))).max() <= 8
    buttons[4].click()
    assert mask.selected_label == 4
    mask.paint((1, 3, 5), mask.selected_label)
    assert mask.data[1, 3, 5] == 4


def test_the_buttons_follow_the_label_chosen_elsewhere(several, viewer, segment):
    segment(several)
    mask, buttons = viewer.layers[-1], several.classes.buttons

    def checked():
        return [label for label, button in buttons.items() if button.isChecked()]

    mask.selected_label = 2
    assert checked() == [2]
    mask.selected_label = 3  # no class of the model
    assert checked() == []
    buttons[1].click()
    assert (mask.selected_label, checked()) == (1, [1])


def test_a_mask_of_one_class_has_no_buttons(several, viewer, segment):
    segment(several)
    mask = viewer.layers[-1]
    viewer.layers.selection.active = viewer.add_labels(np.zeros((12, 40, 48), int))
    assert several.classes.isHidden()
    assert not several.classes.buttons
    viewer.layers.selection.active = mask
    assert set(several.classes.buttons) == set(NAMES)


def test_labels_that_the_file_does_not_name_have_buttons_and_colours_of_their_own(
    several, viewer, oblique_file, qtbot
):
    """As of BraTS and ITK-SNAP: 1, 2 and 4, and nothing that says what they are."""
    scan = viewer.layers[-1].metadata[METADATA_KEY].scan
    labels = np.zeros(scan.grid, np.uint8)
    labels[3], labels[4], labels[5] = 1, 2, 4
    path = oblique_file.with_name("flair_mask.nii.gz")
    write_mask(labels, scan, path)
    color_table_of(path).unlink(missing_ok=True)  # of a BraTS mask, there is none
    viewer.open(str(path), plugin="napari-brainseg")
    mask = viewer.layers[-1]
    qtbot.waitUntil(lambda: set(several.classes.buttons) == {1, 2, 4})
    assert len({color_of(mask, label) for label in (1, 2, 4)}) == 3
    mask.selected_label = 4
    assert several.classes.buttons[4].isChecked()


def test_a_mask_replaced_by_another_models_gets_its_classes(
    several, viewer, segment, steered, tiny_bundle, monkeypatch
):
    """The stand-in for the network answers by the card that it is given."""
    segment(several)
    mask = viewer.layers[-1]
    assert set(several.classes.buttons) == set(NAMES)
    monkeypatch.setattr(type(several.models), "bundle", property(lambda self: tiny_bundle))
    several.target.setCurrentIndex(1)
    segment(several)
    assert viewer.layers[-1] == mask
    assert not several.classes.buttons
    assert color_of(mask, 1) == tiny_bundle.card.classes[0].color


def test_saved_and_opened_again_it_is_the_same_mask(
    several, viewer, segment, qtbot, monkeypatch, tmp_path
):
    segment(several)
    before, path = viewer.layers[-1], tmp_path / "saved.nii.gz"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(several.saver.ended, timeout=60_000):
        several.save_button.click()
    assert read_mask_info(path).names == NAMES
    viewer.open(str(path), plugin="napari-brainseg")
    again, image = viewer.layers[-1], viewer.layers[0]
    assert isinstance(again, Labels)
    assert again.name == "saved"
    np.testing.assert_array_equal(again.data, before.data)
    assert provenance_of(again).scan is image.metadata[METADATA_KEY].scan
    assert {label: color_of(again, label) for label in COLORS} == COLORS
    viewer.layers.selection.active = again
    assert {label: b.text() for label, b in several.classes.buttons.items()} == NAMES


def test_a_mask_with_a_table_opened_alone_may_be_saved_over_itself(
    viewer, oblique_file, notes, tmp_path
):
    scan = read_scan(oblique_file).scan
    labels = np.zeros(scan.grid, np.uint8)
    labels[2, 5:9, 7], labels[3, 5:9, 7] = 1, 2
    info = MaskInfo(names={1: "core", 2: "oedema"})
    path = write_mask(labels, scan, tmp_path / "m.nii.gz", info=info)
    viewer.open(str(path), plugin="napari-brainseg")
    (layer,) = viewer.layers
    assert "no open scan fits" in notes[-1][1]
    np.testing.assert_allclose(sorted(layer.scale), sorted(scan.spacing))
    layer.paint((1, 3, 5), 2)
    layer.save(str(path), plugin="napari-brainseg")
    assert read_mask_info(path).names == {1: "core", 2: "oedema"}


def test_closing_the_panel_leaves_the_layer_alone(several, viewer, segment, qtbot):
    segment(several)
    mask = viewer.layers[-1]
    viewer.window.remove_dock_widget(several)
    several.deleteLater()
    qtbot.wait(50)
    mask.selected_label = 2  # nobody is left to answer, and nothing is raised
    assert mask.selected_label == 2
