"""DICOM SEG in the viewer: saved with what it needs and a word about it, opened on its scan."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from dicom_files import frame_of, write_enhanced
from dicom_series import IDENTITY, OBLIQUE, write_slice
from napari._app_model import get_app_model
from napari.layers import Labels
from qtpy.QtWidgets import QFileDialog

from napari_brainseg.gui.domain.mask_record import provenance_of, record_in
from napari_brainseg.gui.domain.metadata import METADATA_KEY
from napari_brainseg.gui.npe2.readers import get_reader
from napari_brainseg.io import (
    default_mask_path,
    list_series,
    read_mask,
    read_scan,
    read_series,
    write_mask,
)
from napari_brainseg.io.dicom import seg_read

pytestmark = pytest.mark.gui


@pytest.fixture
def series(tmp_path):
    """Write a coronal-oblique series large enough for the steered segmentation."""
    normal = np.cross(OBLIQUE[:3], OBLIQUE[3:])
    rng = np.random.default_rng(0)
    for z in range(6):
        place = np.round((10.25, 20.5, -30.0) + 4.5 * z * normal, 6)
        pixels = rng.integers(0, 400, (40, 48))
        tags = {"ImageOrientationPatient": list(OBLIQUE), "SeriesDescription": "head"}
        write_slice(tmp_path / "series" / f"I{9 - z}", pixels, place, **tags)
    return tmp_path / "series"


@pytest.fixture
def opened(panel, viewer, series):
    viewer.open(str(series), plugin="napari-brainseg")
    return panel


@pytest.fixture
def dialog(monkeypatch, tmp_path):
    """Take what the dialog proposes, and remember what it said."""
    asked = []

    def get(_, title, proposed, filters):
        asked.append((proposed, filters.split(";;")))
        return proposed, filters.split(";;")[0]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", get)
    return asked


def save(panel, qtbot):
    with qtbot.waitSignal(panel.saver.ended, timeout=60_000) as ended:
        panel.save_button.click()
    return ended.args[0]


def made(path):
    return pydicom.dcmread(path).SegmentSequence[0].SegmentAlgorithmType


def test_seg_is_proposed_and_says_before_and_after_that_it_names_the_patient(
    opened, steered, segment, qtbot, dialog, tmp_path
):
    segment(opened)
    message = save(opened, qtbot)
    ((proposed, filters),) = dialog
    assert proposed == str(tmp_path / "head_mask.dcm")
    assert "patient's name" in filters[0]
    assert any(text.startswith("NIfTI") for text in filters)
    assert "Saved head_mask.dcm" in message
    assert "patient's name" in message
    mask = seg_read.read(tmp_path / "head_mask.dcm")
    assert (mask.info.made, mask.info.algorithm) == ("AUTOMATIC", "tiny")
    assert mask.info.version.startswith("weights ")


def test_a_mask_that_was_painted_on_is_saved_as_corrected(
    opened, viewer, steered, segment, qtbot, dialog, tmp_path
):
    segment(opened)
    viewer.layers[-1].paint((1, 3, 5), 1)
    save(opened, qtbot)
    assert made(tmp_path / "head_mask.dcm") == "SEMIAUTOMATIC"


def test_a_mask_that_was_replaced_by_the_model_is_the_models(
    opened, viewer, steered, segment, qtbot, dialog, tmp_path
):
    segment(opened)
    viewer.layers[-1].paint((1, 3, 5), 1)
    opened.target.setCurrentIndex(1)
    segment(opened)
    save(opened, qtbot)
    assert made(tmp_path / "head_mask.dcm") == "AUTOMATIC"


def test_a_scan_that_is_not_dicom_is_offered_no_seg(
    panel, viewer, oblique_file, steered, segment, qtbot, dialog
):
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    segment(panel)
    message = save(panel, qtbot)
    ((proposed, filters),) = dialog
    assert proposed.endswith("flair_mask.nii.gz")
    assert not any("DICOM" in text for text in filters)
    assert "patient" not in message


def test_the_file_menu_saves_seg_too_and_names_it_for_what_it_is(
    opened, viewer, steered, segment, notes, tmp_path, monkeypatch
):
    segment(opened)
    asked = []

    def get(*args, **kwargs):
        asked.extend((kwargs.get("filter") or args[-1]).split(";;"))
        return str(tmp_path / "a.dcm"), next(text for text in asked if "*.dcm" in text)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", get)
    command = "napari.window.file.save_layers_dialog.selected"
    get_app_model().commands.execute_command(command).result()
    assert made(tmp_path / "a.dcm") == "AUTOMATIC"
    assert [text for text in asked if "*.dcm" in text and "patient's name" not in text] == []
    assert "patient's name" in notes[-1][1]


def test_contours_are_exported_for_planning_systems_and_the_mask_stays_unsaved(
    opened, viewer, steered, segment, qtbot, monkeypatch, tmp_path, notes
):
    segment(opened)
    viewer.layers[-1].paint((1, 3, 5), 1)
    offered = []

    def get(_, title, proposed, filters):
        offered.extend(filters.split(";;"))
        return str(tmp_path / "contours"), next(text for text in offered if "RTSTRUCT" in text)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", get)
    message = save(opened, qtbot)
    assert pydicom.dcmread(tmp_path / "contours.dcm").Modality == "RTSTRUCT"
    assert "patient's name" in message
    assert "save the mask as well" in message
    assert not (tmp_path / "contours.edits.json").exists()
    assert viewer.layers[-1] in opened.keeper.unsaved()
    assert offered[0].startswith("DICOM SEG")


@pytest.fixture
def write_multiframe(tmp_path):
    """Write one file of six slices at each of two echo times, out of order."""

    def write(**tags):
        heights = (10, 0, 25, 5, 20, 15)
        frames = [frame_of((0, 0, z), echo=echo) for z in heights for echo in (90, 30)]
        pixels = np.random.default_rng(0).integers(0, 400, (len(frames), 40, 48))
        return write_enhanced(tmp_path / "enhanced.dcm", pixels, frames, **tags)

    return write


def test_seg_of_a_multi_frame_scan_is_proposed_and_opens_again_on_it(
    panel, viewer, steered, segment, qtbot, dialog, tmp_path, write_multiframe
):
    viewer.open(str(write_multiframe(**IDENTITY)), plugin="napari-brainseg")
    segment(panel)
    image, before = viewer.layers[0], viewer.layers[-1]
    message = save(panel, qtbot)
    ((proposed, filters),) = dialog
    assert proposed == str(tmp_path / "Ax FLAIR echo time in ms 30_mask.dcm")
    assert [text.split(",")[0] for text in filters if "*.dcm" in text] == [
        "DICOM SEG",
        "DICOM RTSTRUCT",
    ]
    assert "patient's name" in message
    viewer.open(proposed, plugin="napari-brainseg")
    again = viewer.layers[-1]
    assert isinstance(again, Labels)
    assert again.editable
    np.testing.assert_array_equal(again.data, before.data)
    assert provenance_of(again).scan is image.metadata[METADATA_KEY].scan


def test_nothing_of_dicom_is_offered_for_a_scan_without_identifiers(
    panel, viewer, steered, segment, qtbot, dialog, write_multiframe
):
    viewer.open(str(write_multiframe()), plugin="napari-brainseg")
    segment(panel)
    message = save(panel, qtbot)
    ((proposed, filters),) = dialog
    assert proposed.endswith(".nii.gz")
    assert not any("DICOM" in text for text in filters)
    assert message.startswith("Saved")


def test_contours_do_not_take_the_place_of_a_saved_mask(
    opened, steered, segment, qtbot, dialog, monkeypatch, tmp_path
):
    segment(opened)
    save(opened, qtbot)
    path = tmp_path / "head_mask.dcm"
    before = path.read_bytes()

    def get(_, title, proposed, filters):
        return str(path), next(text for text in filters.split(";;") if "RTSTRUCT" in text)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", get)
    assert "give the contours another name" in save(opened, qtbot)
    assert path.read_bytes() == before


def test_a_saved_seg_lies_on_its_open_scan_and_can_be_corrected(
    opened, viewer, steered, segment, qtbot, dialog, tmp_path
):
    segment(opened)
    before = viewer.layers[-1]
    save(opened, qtbot)
    viewer.open(str(tmp_path / "head_mask.dcm"), plugin="napari-brainseg")
    image, again = viewer.layers[0], viewer.layers[-1]
    assert again.name == "head_mask"
    np.testing.assert_array_equal(again.data, before.data)
    np.testing.assert_array_equal(again.extent.world, image.extent.world)
    assert provenance_of(again).scan is image.metadata[METADATA_KEY].scan
    assert provenance_of(again).info.names == {1: "tumour"}

    again.paint((1, 3, 5), 1)
    viewer.layers.selection.active = again
    save(opened, qtbot)
    mask = seg_read.read(tmp_path / "head_mask.dcm")
    assert (mask.info.made, mask.info.algorithm) == ("SEMIAUTOMATIC", "tiny")
    frame = provenance_of(again).frame
    np.testing.assert_array_equal(mask.labels, frame.invert(np.asarray(again.data)))


def test_opened_alone_it_has_its_own_scale_and_says_so(viewer, series, notes, tmp_path):
    scan = read_scan(series).scan
    labels = np.zeros(scan.grid, np.uint8)
    labels[2, 5, 7] = 1
    write_mask(labels, scan, default_mask_path(scan))
    viewer.open(str(tmp_path / "head_mask.dcm"), plugin="napari-brainseg")
    (layer,) = viewer.layers
    assert isinstance(layer, Labels)
    np.testing.assert_allclose(sorted(layer.scale), sorted(scan.spacing))
    assert "no open scan fits" in notes[-1][1]
    handle = provenance_of(layer)
    assert handle is not None
    (written,) = layer.save(str(tmp_path / "again.nii.gz"), plugin="napari-brainseg")
    found, affine = read_mask(written)
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_allclose(affine, scan.affine, rtol=1e-6, atol=1e-5)


def test_the_scan_of_the_same_series_is_preferred(series, tmp_path):
    from napari_brainseg.gui.layers.mask_layers import seg_layer

    scan = read_scan(series).scan
    write_mask(np.ones(scan.grid, int), scan, tmp_path / "m.dcm")
    (tmp_path / "twin").mkdir()
    for file in series.iterdir():
        dataset = pydicom.dcmread(file)
        dataset.SeriesInstanceUID = "5.5"
        dataset.save_as(tmp_path / "twin" / file.name)
    twin = read_scan(tmp_path / "twin").scan
    for scans in ([twin, scan], [scan, twin]):
        _, keywords, _ = seg_layer(seg_read.read(tmp_path / "m.dcm"), scans)
        assert record_in(keywords["metadata"]).provenance.scan is scan


def test_of_echoes_in_one_file_the_one_that_the_mask_was_made_on_is_preferred(
    write_multiframe, tmp_path
):
    from napari_brainseg.gui.layers.mask_layers import seg_layer

    scans = [read_series(series).scan for series in list_series(write_multiframe(**IDENTITY))]
    assert len(scans) == 2
    for scan in scans:
        path = write_mask(np.ones(scan.grid, int), scan, tmp_path / "m.dcm", overwrite=True)
        for order in (scans, scans[::-1]):
            _, keywords, _ = seg_layer(seg_read.read(path), order)
            assert record_in(keywords["metadata"]).provenance.scan is scan


def test_the_reader_takes_masks_and_scans_for_what_they_are(series, tmp_path):
    scan = read_scan(series).scan
    write_mask(np.ones(scan.grid, int), scan, tmp_path / "m.dcm")
    kinds = [get_reader(str(path))(str(path))[0][2] for path in (tmp_path / "m.dcm", series)]
    assert kinds == ["labels", "image"]
