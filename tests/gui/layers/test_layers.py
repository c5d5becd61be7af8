"""Scans as layers, and masks back on the grid of their scan."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_brainseg.errors import SaveError
from napari_brainseg.gui.domain.metadata import METADATA_KEY
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.layers.scan_layers import scan_layers, scan_of
from napari_brainseg.gui.npe2.readers import get_reader
from napari_brainseg.gui.npe2.writers import write_labels_layer
from napari_brainseg.gui.save.names import with_suffix
from napari_brainseg.io import Reading, read_scan
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source


def colour_scan(channels=("pre-contrast", "FLAIR", "post-contrast")) -> Scan:
    data = np.arange(3 * 2 * 4 * 5, dtype=np.uint8).reshape(3, 2, 4, 5)
    return Scan(data, DISPLAY_AFFINE, channels, Source("case"), "pixel")


def test_an_oblique_scan_is_shown_upright_with_its_spacing_and_no_rotation(
    oblique_file, oblique_affine
):
    (layer_data,) = get_reader(str(oblique_file))(str(oblique_file))
    layer = Image(layer_data[0], **layer_data[1])
    stored = np.asarray(nib.load(oblique_file).dataobj)
    # x runs to the left already; y runs to the front, so rows are turned over.
    np.testing.assert_array_equal(layer.data, stored.transpose(2, 1, 0)[:, ::-1])
    np.testing.assert_allclose(layer.scale, (5.0, 0.8, 0.9))
    assert [str(unit) for unit in layer.units] == ["millimeter"] * 3
    assert layer.axis_labels == ("inferior-superior", "anterior-posterior", "right-left")
    np.testing.assert_allclose(layer.rotate, np.eye(3))
    np.testing.assert_allclose(layer.metadata[METADATA_KEY].scan.affine, oblique_affine, atol=1e-5)


def test_each_channel_is_a_layer_and_flair_is_the_one_visible():
    layers = scan_layers(Reading(colour_scan()))
    assert [keywords["name"] for _, keywords, _ in layers] == [
        "case · pre-contrast",
        "case · FLAIR",
        "case · post-contrast",
    ]
    assert [keywords["visible"] for _, keywords, _ in layers] == [False, True, False]


def test_a_mask_of_the_source_becomes_a_layer_that_can_be_painted_on():
    scan = colour_scan()
    mask = np.zeros(scan.grid, dtype=np.uint8)
    mask[1, 2, 3] = 1
    mask.setflags(write=False)
    *_, (data, keywords, kind) = scan_layers(Reading(scan, mask))
    assert kind == "labels"
    layer = Labels(data, **keywords)
    layer.data_setitem((np.array([0]), np.array([0]), np.array([0])), 1)
    labels, same = mask_on_grid(layer)
    assert same is scan
    assert np.argwhere(labels).tolist() == [[0, 0, 0], [1, 2, 3]]


def test_a_layer_without_a_handle_is_taken_as_a_radiologist_sees_it():
    layer = Image(np.zeros((3, 4, 5)), scale=(5, 1, 2), units=("mm",) * 3, name="plain")
    scan = scan_of(layer).scan
    assert scan.spacing == (5, 1, 2)
    assert scan.units == "mm"
    assert nib.aff2axcodes(scan.affine) == ("L", "P", "S")


def test_without_units_a_layer_counts_pixels_and_colour_becomes_channels():
    scan = scan_of(Image(np.zeros((6, 7, 3), dtype=np.uint8), rgb=True)).scan
    assert scan.units == "pixel"
    assert scan.grid == (1, 6, 7)
    assert scan.channels == ("red", "green", "blue")


def test_replaced_data_keep_the_geometry_of_the_scan(oblique_file):
    reading = read_scan(oblique_file)
    ((data, keywords, _),) = scan_layers(reading)
    layer = Image(data, **keywords)
    layer.data = np.asarray(layer.data) * 2
    scan = scan_of(layer).scan
    np.testing.assert_array_equal(scan.data, reading.scan.data * 2)
    np.testing.assert_array_equal(scan.affine, reading.scan.affine)


def test_a_mask_of_which_no_scan_is_known_is_saved_as_one_that_lies_nobody_knows_where(tmp_path):
    data = np.zeros((3, 4, 5), dtype=np.uint8)
    data[2, 1, 0] = 1
    layer = Labels(data, scale=(5, 1, 2), units=("mm",) * 3)
    data, keywords, _ = layer.as_layer_data_tuple()
    written = write_labels_layer(str(tmp_path / "mask.nii.gz"), data, keywords)
    image = nib.load(written[0])
    assert (image.header["sform_code"], image.header["qform_code"]) == (0, 0)
    assert "rientation is not stored" in read_scan(written[0]).scan.source.warnings[0]
    assert image.header.get_zooms() == (2, 1, 5)
    assert np.argwhere(np.asarray(image.dataobj)).tolist() == [[0, 1, 2]]


def test_a_name_without_suffix_is_completed_but_never_hits_another_file(tmp_path):
    layer = Labels(np.ones((2, 3, 4), dtype=np.uint8))
    data, keywords, _ = layer.as_layer_data_tuple()
    target = str(tmp_path / "mask")
    assert write_labels_layer(target, data, keywords) == [f"{target}.nii.gz"]
    with pytest.raises(SaveError, match="exists"):
        write_labels_layer(target, data, keywords)


@pytest.mark.parametrize("name", ["a.nii", "a.NII.GZ", "a.tif", "a.tiff"])
def test_a_known_suffix_is_left_alone(name):
    assert with_suffix(name).name == name


def test_paths_that_are_not_scans_are_left_to_others(tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("no scan")
    assert get_reader(str(text)) is None
    assert get_reader([str(text), str(text)]) is None
