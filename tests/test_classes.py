"""Models that tell several classes apart: from the card to the file and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nibabel as nib
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
import torch
from dicom_series import write_slice
from typer.testing import CliRunner

from brainseg_train.data.case import Case
from brainseg_train.errors import DataError
from brainseg_train.evaluate.bundle import evaluate_bundle
from napari_brainseg.cli import app
from napari_brainseg.errors import ModelError, SaveError, ScanError
from napari_brainseg.io import MaskInfo, read_mask, read_mask_info, read_scan, write_mask
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.card import ModelCard, TargetClass, read_card
from napari_brainseg.pipeline.postprocess import strongest
from napari_brainseg.pipeline.prepare import prepare_scan
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

CHANNELS = ("pre-contrast", "FLAIR", "post-contrast")
NAMES = {1: "necrotic core", 2: "oedema", 4: "enhancing"}
COLORS = {1: "#d62728", 2: "#2ca02c", 4: "#ffd700"}
INFO = MaskInfo(names=NAMES, colors=COLORS, made="AUTOMATIC", algorithm="several")


@pytest.fixture
def scan() -> Scan:
    data = np.random.default_rng(0).gamma(2.0, 30.0, (3, 5, 40, 48)).astype(np.float32)
    return Scan(data, np.diag([-0.9, -0.9, 5.0, 1.0]), CHANNELS, Source("scan"))


@pytest.fixture
def labels(scan: Scan) -> np.ndarray:
    drawn = np.zeros(scan.grid, np.uint8)
    drawn[1:4, 5:20, 6:30] = 2
    drawn[1:4, 8:15, 9:20] = 4
    drawn[2, 10:12, 11:15] = 1
    return drawn


def changed(card: ModelCard, *classes: tuple[str, int, str]) -> dict[str, object]:
    made = [{"name": name, "value": value, "color": color} for name, value, color in classes]
    return {**json.loads(card.model_dump_json()), "classes": made}


# The card


def test_a_card_takes_up_to_eight_classes(several_bundle: Bundle, tmp_path: Path) -> None:
    eight = [(f"class {i}", i, f"#0000{i:02x}") for i in range(1, 9)]
    path = tmp_path / "card.json"
    path.write_text(json.dumps(changed(several_bundle.card, *eight)))
    assert [item.value for item in read_card(path).classes] == list(range(1, 9))
    path.write_text(json.dumps(changed(several_bundle.card, *eight, ("ninth", 9, "#00ff00"))))
    with pytest.raises(ModelError, match="classes"):
        read_card(path)


@pytest.mark.parametrize(
    ("twin", "word"),
    [
        (("Oedema", 3, "#000001"), "name"),
        (("core", 2, "#000001"), "value"),
        (("core", 3, "#2CA02C"), "color"),
    ],
)
def test_classes_that_cannot_be_told_apart_are_refused(
    several_bundle: Bundle, tmp_path: Path, twin: tuple[str, int, str], word: str
) -> None:
    path = tmp_path / "card.json"
    both = changed(several_bundle.card, ("oedema", 2, "#2ca02c"), twin)
    path.write_text(json.dumps(both))
    with pytest.raises(ModelError, match=f"distinct {word}"):
        read_card(path)


def test_weights_of_another_number_of_classes_are_refused(
    several_bundle: Bundle, tmp_path: Path
) -> None:
    from shutil import copytree

    from napari_brainseg.models.bundle import open_bundle

    folder = copytree(several_bundle.path, tmp_path / "two")
    two = changed(several_bundle.card, ("a", 1, "#000001"), ("b", 2, "#000002"))
    (folder / "card.json").write_text(json.dumps(two))
    with pytest.raises(ModelError, match="do not fit"):
        load_network(open_bundle(folder))


# From logits to labels


def test_the_most_probable_class_wins_and_of_equal_ones_the_first() -> None:
    probabilities = np.array([[0.2, 0.9, 0.5, 0.0], [0.7, 0.1, 0.5, 0.0], [0.6, 0.3, 0.1, 0.0]])
    foreground, kinds = strongest(probabilities[:, None, None], (1, 2, 4))
    assert foreground.ravel().tolist() == [0.7, 0.9, 0.5, 0.0]
    assert kinds.ravel().tolist() == [2, 1, 1, 1]
    assert kinds.dtype == np.uint8


def test_every_class_lands_on_the_grid_where_its_channel_says(
    scan: Scan, several_bundle: Bundle
) -> None:
    result = segment_scan(scan, several_bundle, device="cpu")
    card = several_bundle.card
    prepared = prepare_scan(scan, card.preprocessing)
    with torch.inference_mode():
        images = torch.from_numpy(prepared.batch(range(len(prepared))))
        answers = load_network(several_bundle)(images).sigmoid().numpy()
    on_slices = prepared.geometry.inverse(answers)
    expected = prepared.geometry.frame.invert(np.moveaxis(on_slices, 1, 0))
    assert result.probabilities.shape == (3, *scan.grid)
    assert result.probabilities.dtype == np.float16
    np.testing.assert_allclose(result.probabilities, expected, atol=2e-3)

    assert set(np.unique(result.labels)) == {0, 1, 2, 4}
    assert ((result.labels > 0) == (expected.max(axis=0) >= card.threshold)).mean() > 0.999
    for channel, value in enumerate((1, 2, 4)):
        others = np.delete(expected, channel, axis=0).max(axis=0)
        inside = result.labels == value
        assert (expected[channel][inside] >= others[inside] - 1e-5).all()
    assert result.info.names == NAMES
    assert result.info.colors == COLORS


def test_the_command_line_writes_three_labels_with_their_names(
    several_bundle: Bundle, scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAINSEG_MODELS", str(several_bundle.path))
    path = tmp_path / "flair.nii.gz"
    nib.save(nib.Nifti1Image(scan.data[1].T, scan.affine), path)
    done = CliRunner().invoke(app, ["predict", str(path), "--model", "several", "--device", "cpu"])
    assert done.exit_code == 0, done.output
    found, _ = read_mask(tmp_path / "flair_mask.nii.gz")
    assert set(np.unique(found)) == {0, 1, 2, 4}
    info = read_mask_info(tmp_path / "flair_mask.nii.gz")
    assert (info.names, info.colors) == (NAMES, COLORS)


def test_training_refuses_to_measure_classes_that_masks_do_not_have(
    several_bundle: Bundle, tmp_path: Path
) -> None:
    one = Case("patient", tmp_path)  # of one class
    with pytest.raises(DataError, match=r"finds .*, .*, .*, but the reference masks have tumour"):
        evaluate_bundle(several_bundle, [one], "cpu", lambda done: None)


# Files


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".seg.nrrd", ".mha", ".tif"])
def test_every_format_keeps_all_labels_their_names_and_colours(
    scan: Scan, labels: np.ndarray, tmp_path: Path, suffix: str
) -> None:
    path = write_mask(labels, scan, tmp_path / f"mask{suffix}", info=INFO)
    np.testing.assert_array_equal(read_mask(path)[0], labels)
    found = read_mask_info(path)
    assert (found.names, found.colors) == (NAMES, COLORS)
    table = [] if suffix.endswith(".nrrd") else ["mask_colors.ctbl"]  # it holds them itself
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, *table]


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".seg.nrrd", ".mha", ".tif"])
@pytest.mark.parametrize(
    "info",
    [
        MaskInfo(),
        MaskInfo({1: "tumour"}, {1: "#1f77b4"}),
        MaskInfo({1: "lésion gauche"}),
        MaskInfo({}, {1: "#1f77b4"}),
        MaskInfo({3: "oedema"}),
    ],
    ids=["plain", "colour", "name", "colour alone", "third"],
)
def test_the_look_of_a_single_label_comes_back(
    scan: Scan, labels: np.ndarray, tmp_path: Path, suffix: str, info: MaskInfo
) -> None:
    only = np.where(labels > 0, next(iter({**info.names, **info.colors})), 0).astype(np.uint8)
    path = write_mask(only, scan, tmp_path / f"mask{suffix}", info=info)
    found = read_mask_info(path)
    label = only.max()
    assert (found.name(label), found.color(label)) == (info.name(label), info.color(label))


def test_a_plain_nrrd_of_very_many_labels_tells_of_those_that_are_named(tmp_path: Path) -> None:
    scan = Scan(np.zeros((1, 4, 40, 50), np.uint8), np.eye(4), ("t1",), Source("t1"))
    labels = np.arange(8000, dtype=np.uint16).reshape(scan.grid)
    path = write_mask(labels, scan, tmp_path / "mask.nrrd", info=INFO)
    np.testing.assert_array_equal(read_mask(path)[0], labels)
    assert read_mask_info(path).names == NAMES
    assert list(tmp_path.iterdir()) == [path]


def test_other_programs_read_a_plain_nrrd_as_before(
    scan: Scan, labels: np.ndarray, tmp_path: Path
) -> None:
    path = write_mask(labels, scan, tmp_path / "mask.nrrd", info=INFO)
    found, header = nrrd.read(str(path))
    np.testing.assert_array_equal(found.T, labels)
    assert header["Segment0_Name"] == NAMES[1]
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), labels)


def test_dicom_seg_keeps_them_in_the_file_itself(tmp_path: Path) -> None:
    for z in range(4):
        write_slice(tmp_path / "series" / f"{z}", np.zeros((20, 24)), (0.0, 0.0, 3.0 * z))
    scan = read_scan(tmp_path / "series").scan
    labels = np.zeros(scan.grid, np.uint8)
    labels[1, 2:9, 3:9], labels[2, 4:6, 5:8], labels[2, 8, 8] = 1, 2, 4
    path = write_mask(labels, scan, tmp_path / "mask.dcm", info=INFO)
    np.testing.assert_array_equal(read_mask(path)[0], labels)
    found = read_mask_info(path)
    assert found.names == NAMES
    # DICOM keeps colours in CIELab, rounded.
    for label, color in COLORS.items():
        there, here = (
            np.array(list(bytes.fromhex(c[1:])), int) for c in (found.colors[label], color)
        )
        assert abs(there - here).max() <= 2
    assert not (tmp_path / "mask_colors.ctbl").exists()


def test_the_table_is_as_3d_slicer_writes_it(
    scan: Scan, labels: np.ndarray, tmp_path: Path
) -> None:
    labels[0, 0, 0] = 7  # painted by hand, of no class
    write_mask(labels, scan, tmp_path / "mask.nii.gz", info=INFO)
    first, *lines = (tmp_path / "mask_colors.ctbl").read_text().splitlines()
    assert first.startswith("# Color table file")
    assert [line for line in lines if not line.startswith("#")] == [
        "0 background 0 0 0 0",
        "1 necrotic_core 214 39 40 255",
        "2 oedema 44 160 44 255",
        "4 enhancing 255 215 0 255",
        "7 label_7 201 139 75 255",
    ]


def test_one_class_needs_no_table(scan: Scan, labels: np.ndarray, tmp_path: Path) -> None:
    path = write_mask((labels > 0).astype(np.uint8), scan, tmp_path / "mask.nii.gz")
    assert list(tmp_path.iterdir()) == [path]
    assert read_mask_info(path) == MaskInfo()


def test_a_table_of_3d_slicer_is_read(scan: Scan, labels: np.ndarray, tmp_path: Path) -> None:
    path = write_mask(labels, scan, tmp_path / "mask.nii.gz")
    (tmp_path / "mask_colors.txt").write_text(
        "# Color table file C:/x/Segmentation-label_ColorTable.ctbl\n# 3 values\n"
        "0 Background 0 0 0 0\n1 artery 216 101 79 255\n\n2 connective_tissue 111 184 210 255 x\n"
    )
    found = read_mask_info(path)
    assert found.names == {1: "artery", 2: "connective tissue"}
    assert found.colors == {1: "#d8654f", 2: "#6fb8d2"}


@pytest.mark.parametrize(
    "line",
    ["1 a", "x a 1 2 3 255", "1 a 256 0 0 255", "1 a 0 -1 0 255", "70000 a 1 2 3 4", "1 a b 1 2 3"],
)
def test_a_damaged_table_names_its_line(
    scan: Scan, labels: np.ndarray, tmp_path: Path, line: str
) -> None:
    path = write_mask(labels, scan, tmp_path / "mask.nii.gz")
    (tmp_path / "mask_colors.ctbl").write_text(f"# Color table file\n{line}\n")
    with pytest.raises(ScanError, match=r"mask_colors\.ctbl, line 2: found"):
        read_mask_info(path)


def test_nobody_elses_table_is_overwritten(scan: Scan, labels: np.ndarray, tmp_path: Path) -> None:
    table = tmp_path / "mask_colors.ctbl"
    table.write_text("# Color table file of my own\n1 mine 1 2 3 255\n")
    before = table.read_bytes()
    with pytest.raises(SaveError, match=r"mask_colors\.ctbl"):
        write_mask(labels, scan, tmp_path / "mask.nii.gz", info=INFO, overwrite=True)
    assert table.read_bytes() == before
    assert list(tmp_path.iterdir()) == [table]


def test_a_table_that_says_the_same_in_other_words_stays(
    scan: Scan, labels: np.ndarray, tmp_path: Path
) -> None:
    path = write_mask(labels, scan, tmp_path / "mask.nii.gz", info=INFO)
    table = tmp_path / "mask_colors.ctbl"
    rest = table.read_text().split("\n", 1)[1]
    table.write_text("# Color table file saved by another program\n" + rest)
    before = table.read_bytes()
    write_mask(0 * labels, scan, path, info=INFO, overwrite=True)
    assert table.read_bytes() == before
    assert not read_mask(path)[0].any()


def test_our_table_follows_its_mask(scan: Scan, labels: np.ndarray, tmp_path: Path) -> None:
    path = write_mask(labels, scan, tmp_path / "mask.nii.gz", info=INFO)
    write_mask(np.minimum(labels, 1), scan, path, overwrite=True)
    assert read_mask_info(path).names == {1: "tumour"}


def test_a_class_without_a_colour_gets_one_of_its_own() -> None:
    info = MaskInfo(names={3: "a", 5: "b", 9: "c"})
    assert len({info.color(label) for label in (3, 5, 9, 10)}) == 4
    given = MaskInfo(names={1: "a"}, colors={1: MaskInfo().color(2)})
    assert len({given.color(label) for label in (1, 2, 4)}) == 3
    assert TargetClass(name="a", value=3, color=info.color(3))
