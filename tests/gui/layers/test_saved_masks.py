"""Saved masks that are dropped on the window: masks of their scan, and no images that hide it."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pytest
from napari.layers import Image, Labels
from qtpy.QtWidgets import QFileDialog

from napari_brainseg.errors import ScanError
from napari_brainseg.gui.domain.mask_record import provenance_of, record_of
from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.npe2.readers import get_reader
from napari_brainseg.io import MaskInfo, read_masks, read_scan, write_mask, write_overlapping
from napari_brainseg.measure.edit_record import EditTime, count_edits
from napari_brainseg.measure.edit_record_file import edit_record_path, save_edit_record

pytestmark = pytest.mark.gui


@pytest.fixture
def scan(viewer, oblique_file):
    """Open a scan, and return it as its layer knows it."""
    viewer.open(str(oblique_file), plugin="napari-brainseg")
    return viewer.layers[0].metadata["brainseg"].scan


def some_labels(scan) -> np.ndarray:
    labels = np.zeros(scan.grid, np.uint8)
    labels[3:6, 10:20, 12:22] = 1
    labels[4, 12:15, 14:18] = 2
    return labels


def dropped(viewer, path):
    before = list(viewer.layers)
    viewer.open(str(path), plugin="napari-brainseg")
    return [layer for layer in viewer.layers if layer not in before]


@pytest.mark.parametrize("suffix", [".tif", ".nii.gz", ".nrrd", ".mha", ".seg.nrrd"])
def test_a_saved_mask_is_a_mask_of_its_scan_to_go_on_with(viewer, scan, oblique_file, suffix):
    labels = some_labels(scan)
    path = write_mask(labels, scan, oblique_file.with_name(f"flair_mask{suffix}"))
    (layer,) = dropped(viewer, path)
    assert isinstance(layer, Labels)
    found, own = mask_on_grid(layer)
    assert own is scan
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_allclose(layer.extent.world, viewer.layers[0].extent.world)
    assert record_of(layer).saved.path == path
    assert not record_of(layer).is_unsaved


@pytest.mark.parametrize("name", ["l.nii.gz", "l.nii"])
def test_nifti_says_that_it_holds_labels_whatever_it_is_called(viewer, scan, oblique_file, name):
    path = write_mask(some_labels(scan), scan, oblique_file.with_name(name))
    (layer,) = dropped(viewer, path)
    assert isinstance(layer, Labels)
    assert mask_on_grid(layer)[1] is scan


def test_labels_on_no_open_scan_are_no_mask_of_it(viewer, scan, tmp_path):
    header = nib.Nifti1Image(np.zeros((4, 5, 6), np.uint8), np.eye(4))
    header.header["intent_code"] = 1002
    nib.save(header, tmp_path / "atlas.nii.gz")
    (layer,) = dropped(viewer, tmp_path / "atlas.nii.gz")
    assert isinstance(layer, Image)


@pytest.mark.parametrize("name", ["final.tif", "flair_mask.nii.gz", "a.seg.nrrd"])
def test_saving_proposes_the_file_that_a_mask_is_in(
    viewer, panel, scan, oblique_file, monkeypatch, name
):
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *given: (asked.append(given[2]), ("", ""))[1]
    )
    path = write_mask(some_labels(scan), scan, oblique_file.with_name(name))
    edits = count_edits(
        some_labels(scan), some_labels(scan), scan, against="model", model="m", weights="w",
        rules={}, time=EditTime(),
    )  # fmt: skip
    save_edit_record(edits, path)
    (layer,) = dropped(viewer, path)
    panel.saver.save(layer)
    assert asked == [str(path)]


def test_the_edit_record_beside_it_says_what_it_is_whatever_its_name(viewer, scan, oblique_file):
    labels = some_labels(scan)
    path = write_mask(labels, scan, oblique_file.with_name("result.nii.gz"))
    edits = count_edits(
        labels, labels, scan, against="model", model="m", weights="w", rules={}, time=EditTime()
    )
    save_edit_record(edits, path)
    assert json.loads(edit_record_path(path).read_text())["mask"] == path.name
    (layer,) = dropped(viewer, path)
    assert isinstance(layer, Labels)
    assert mask_on_grid(layer)[1] is scan


def test_a_mask_of_another_program_lies_on_its_scan_in_its_own_order_and_scale(
    viewer, scan, oblique_file
):
    labels = some_labels(scan)
    image = nib.Nifti1Image((labels > 0).T * np.float32(10.92), scan.affine)
    path = oblique_file.with_name("flair-seg.nii.gz")
    nib.save(image.as_reoriented(np.array([[2, 1], [0, -1], [1, 1]])), path)
    (layer,) = dropped(viewer, path)
    found, own = mask_on_grid(layer)
    assert own is scan
    np.testing.assert_array_equal(found, labels > 0)


@pytest.mark.parametrize(
    ("name", "values"),
    [("binary.nii.gz", 2), ("t1_mask.nii.gz", 900), ("elsewhere_mask.nii.gz", 2)],
)
def test_a_scan_is_not_taken_for_a_mask_without_the_signs(viewer, scan, oblique_file, name, values):
    data = np.arange(np.prod(scan.grid)).reshape(scan.grid) % values
    affine = scan.affine + (0.7 if name.startswith("elsewhere") else 0.0)
    affine[3] = (0, 0, 0, 1)
    nib.save(nib.Nifti1Image(data.T.astype(np.int16), affine), oblique_file.with_name(name))
    (layer,) = dropped(viewer, oblique_file.with_name(name))
    assert isinstance(layer, Image)


def test_without_an_open_scan_a_file_that_is_only_called_a_mask_is_a_scan(viewer, oblique_file):
    scan = read_scan(oblique_file).scan
    path = write_mask(some_labels(scan), scan, oblique_file.with_name("flair_mask.tif"))
    assert get_reader(str(path)) is not None
    (layer,) = dropped(viewer, path)
    assert isinstance(layer, Image)


def test_names_colours_and_tags_of_slicer_survive_drawing_and_saving(viewer, scan, oblique_file):
    tags = (("ID", "Segment_7"), ("Tags", "TerminologyEntry:x~y|"))
    info = MaskInfo({1: "oedema", 2: "core"}, {2: "#123456"}, slicer={2: tags})
    path = write_mask(some_labels(scan), scan, oblique_file.with_name("a.seg.nrrd"), info=info)
    (layer,) = dropped(viewer, path)
    known = record_of(layer).provenance.info
    assert (known.names, known.slicer[2][0]) == (info.names, ("ID", "Segment_7"))
    assert known.color(2) == "#123456"
    layer.data_setitem((np.array([0]), np.array([0]), np.array([0])), 2)
    viewer.layers.selection.active = layer
    layer.save(str(path), plugin="napari-brainseg")
    header = path.read_bytes().split(b"\n\n")[0].decode()
    assert "Segment1_Name:=core" in header
    assert "Segment1_Tags:=TerminologyEntry:x~y|" in header
    assert "Segment1_ID:=Segment_7" in header


@pytest.fixture
def overlapping(viewer, scan, oblique_file):
    """Open a file of two masks that overlap, and return the file and its layers."""
    one = some_labels(scan)
    masks = [(one, MaskInfo({1: "core", 2: "cyst"})), (one > 0, MaskInfo({1: "oedema"}))]
    path = write_overlapping(masks, scan, oblique_file.with_name("a.seg.nrrd"))
    return path, dropped(viewer, path)


def save_as(monkeypatch, panel, layer, qtbot, name=None, which=0):
    """Save under a name, or the one proposed, by one of the kinds offered; return these."""
    asked = []

    def answer(parent, title, proposed, filters):
        asked.extend([proposed, *filters.split(";;")])
        chosen = proposed if name is None else str(name)
        return chosen, filters.split(";;")[which]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    with qtbot.waitSignal(panel.saver.ended, timeout=20_000):
        panel.saver.save(layer)
    return asked


def test_masks_of_one_file_go_back_into_it_together(
    viewer, panel, scan, overlapping, monkeypatch, qtbot
):
    path, (core, oedema) = overlapping
    core.data_setitem(np.nonzero(core.data == 2), 1)
    viewer.layers.move(0, 2)
    asked = save_as(monkeypatch, panel, oedema, qtbot)
    assert asked[0] == str(path)
    assert "all 2 masks in one file" in asked[1]
    qtbot.waitUntil(lambda: not any(record_of(each).is_unsaved for each in (core, oedema)))
    found = {mask.name: mask for mask in read_masks(path)}
    assert {mask.info.names[1] for mask in found.values()} == {"core", "oedema"}
    for mask in found.values():
        layer = core if 2 in mask.info.names else oedema
        np.testing.assert_array_equal(mask.on(scan), mask_on_grid(layer)[0])
    # Elsewhere, it is that file which is proposed from then on.
    other = path.with_name("b.seg.nrrd")
    save_as(monkeypatch, panel, core, qtbot, other)
    assert save_as(monkeypatch, panel, core, qtbot)[0] == str(other)


def test_one_of_several_masks_of_a_file_alone_is_saved_beside_it(
    viewer, panel, overlapping, monkeypatch, qtbot
):
    path, (core, oedema) = overlapping
    before = path.read_bytes()
    save_as(monkeypatch, panel, core, qtbot, path.with_name("core.nii.gz"))
    viewer.layers.remove(oedema)
    asked = save_as(monkeypatch, panel, core, qtbot)
    assert asked[0] == str(path.with_name("core.nii.gz"))
    assert not any("in one file" in kind for kind in asked)
    assert path.read_bytes() == before


def test_a_file_of_several_that_one_mask_takes_alone_leaves_the_others_unsaved(
    viewer, panel, overlapping, monkeypatch, qtbot
):
    path, (core, oedema) = overlapping
    save_as(monkeypatch, panel, core, qtbot, path, which=1)
    assert len(read_masks(path)) == 1
    qtbot.waitUntil(lambda: record_of(oedema).is_unsaved)
    asked = save_as(monkeypatch, panel, oedema, qtbot, path.with_name("oedema.nii.gz"))
    assert not any("in one file" in kind for kind in asked)


def test_the_folder_of_a_case_opens_all_its_sequences_and_its_mask(viewer, panel, tmp_path):
    """Dropped on the window it was an error; the one that masks are drawn on is on top."""
    folder = tmp_path / "case_1"
    folder.mkdir()
    image = nib.Nifti1Image(np.arange(24 * 20 * 5, dtype=np.int16).reshape(24, 20, 5), np.eye(4))
    for name in ("flair", "t1", "t1ce"):
        nib.save(image, folder / f"case_1_{name}.nii.gz")
    labels = np.zeros(image.shape, np.uint8)
    labels[3:9, 4:8, 2] = 4
    nib.save(nib.Nifti1Image(labels, image.affine), folder / "case_1_seg.nii.gz")
    viewer.open(str(folder), plugin="napari-brainseg")
    *images, mask = viewer.layers
    assert sorted(layer.name for layer in images) == ["case_1_flair", "case_1_t1", "case_1_t1ce"]
    assert [layer.name for layer in images if layer.visible] == ["case_1_flair"]
    assert provenance_of(mask).scan is panel.handle.scan
    assert panel.handle.scan.source.name == "case_1_flair"
    assert np.unique(mask.data).tolist() == [0, 4]


def test_of_a_folder_of_several_cases_one_is_asked_for(viewer, tmp_path):
    image = nib.Nifti1Image(np.zeros((8, 8, 4), np.int16), np.eye(4))
    for name in ("a_flair", "b_flair"):
        nib.save(image, tmp_path / f"{name}.nii.gz")
    with pytest.raises(ScanError, match="holds 2 volumes, each a scan of its own"):
        viewer.open(str(tmp_path), plugin="napari-brainseg")
