"""What people's folders hold beside what is expected: read all the same, or refused in a line."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from dicom_files import write_slice
from test_layouts import AFFINE, GRID, bids, brats, flat, msd, nnunet, pairs, save, volume
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.cases import checked_data
from brainseg_train.data.division import divide
from brainseg_train.data.folder import open_data
from brainseg_train.data.layouts.search import find_layout
from brainseg_train.data.options import DataOptions
from brainseg_train.data.patients import PatientNaming
from brainseg_train.errors import DataError
from napari_brainseg.errors import BrainsegError
from napari_brainseg.io import read_scan
from napari_brainseg.io.dicom.rtstruct import write as write_rtstruct
from napari_brainseg.io.mask_info import MaskInfo
from napari_brainseg.io.save import write_mask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LABELS: dict[str, object] = {"background": 0, "ring": 2}


def table(root: Path, head: str, *rows: str) -> Path:
    """Write a table beside three cases: ``i0.nii.gz``, ``t0.nii.gz`` and their masks ``m0``."""
    for number in range(3):
        save(root / f"i{number}.nii.gz", volume(number))
        save(root / f"t{number}.nii.gz", volume(number + 10))
        save(root / f"m{number}.nii.gz", volume(0, mask=True))
    path = root / "own.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def each(row: str) -> list[str]:
    return [row.replace("#", str(number)) for number in range(3)]


def described(root: Path, **said: object) -> None:
    """Change what ``dataset.json`` says."""
    path = root / "dataset.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **said}))


def nnunet_that_says(root: Path, **said: object) -> None:
    nnunet(root, LABELS)
    described(root, **said)


def bids_without_an_image(root: Path) -> None:
    bids(root)
    for path in (root / "sub-2").rglob("*.*"):
        path.unlink()


def bids_with_a_table_in_latin_1(root: Path) -> None:
    bids(root)
    (root / "dseg.tsv").write_text("index\tname\n1\toedème\n", encoding="latin-1")


def two_files_of_one_name(root: Path) -> None:
    pairs(root)
    save(root / "labels/1.nii", volume(0, mask=True))


def exchanged_axes(root: Path) -> None:
    pairs(root)
    save(root / "labels/1_mask.nii.gz", volume(0, mask=True).transpose(1, 0, 2))


def a_volume_too_many(root: Path) -> None:
    msd(root)
    images = np.stack([volume(9 + k) for k in range(3)], axis=-1)
    save(root / "imagesTr/B_1.nii.gz", images)


def nothing_in_an_image(root: Path) -> None:
    flat(root)
    save(root / "p 1_FLAIR.nii.gz", np.zeros(GRID, np.int16))


def nothing_but_tumour(root: Path) -> None:
    flat(root)
    for number in range(3):
        save(root / f"p {number}_seg.nii.gz", np.ones(GRID, np.uint8))


def one_scan_in_two_types(root: Path) -> None:
    flat(root)
    save(root / "p 7_FLAIR.nii.gz", volume(1).astype(np.float32))
    save(root / "p 7_seg.nii.gz", volume(0, mask=True))


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a mask without image": (bids_without_an_image, "sub-2_ses-a: there is no image for the mask"),
    "a table of labels in Latin-1": (bids_with_a_table_in_latin_1, "dseg.tsv cannot be read"),
    "a label that is no whole number": (
        lambda root: nnunet(root, {"background": 0, "ring": 1.5}),
        "labels are not numbers",
    ),
    "a label below 0": (lambda root: nnunet(root, {"ring": -1}), "Label -1 cannot be in a mask"),
    "a label beyond all": (lambda root: nnunet(root, {"ring": 10**12}), "cannot be in a mask"),
    "the smallest class first": (
        lambda root: nnunet(root, {"core": [2], "whole": [1, 2]}),
        "'whole' holds all of 'core'.*Name the largest first",
    ),
    "two channels of one name": (
        lambda root: nnunet_that_says(root, channel_names={"0": "T1", "1": "T1"}),
        "calls two channels 'T1'",
    ),
    "a gap in the channels": (
        lambda root: nnunet_that_says(root, channel_names={"0": "T1", "5": "ADC"}),
        "numbers the channels 0, 5, expected 0 to 1",
    ),
    "a channel without a name": (
        lambda root: nnunet_that_says(root, channel_names={"0": "T1", "1": {"a": 1}}),
        "expected a name",
    ),
    "two files of one name": (two_files_of_one_name, "expected one file of the name '1'"),
    "exchanged axes": (exchanged_axes, "1: 1_mask.nii.gz: the mask does not lie on the voxels"),
    "a volume too many": (a_volume_too_many, "B_1.nii.gz: holds 3 volumes, expected 2: FLAIR, T2"),
    "nothing in an image": (nothing_in_an_image, "p 1: the images have one value everywhere"),
    "nothing but tumour": (nothing_but_tumour, "every voxel of all masks is marked"),
    "one scan in two types": (one_scan_in_two_types, "p 7: the same images as p 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_wrong_unseen_is_refused(tmp_path: Path, name: str) -> None:
    make, said = REFUSED[name]
    make(tmp_path)
    with pytest.raises(BrainsegError, match=said):
        checked_data(tmp_path, "trained")


@pytest.mark.parametrize(
    ("head", "rows", "said"),
    [
        ("FLAIR,T1,mask,age", each("i#.nii.gz,t#.nii.gz,m#.nii.gz,4#"), "columns age name.*'40'"),
        ("FLAIR,flair,mask", each("i#.nii.gz,t#.nii.gz,m#.nii.gz"), "2 columns 'flair'"),
        ("FLAIR,mask", each("i#.nii.gz,m#.nii.gz,x"), "line 2: there are 3 cells, expected 2"),
        ("FLAIR,mask", each("m#.nii.gz,m#.nii.gz"), "line 2: FLAIR and the mask are one file"),
        ("FLAIR,mask", each("i#.nii.gz,m0.nii.gz"), "line 3: m0.nii.gz is the mask of line 2 too"),
        ("FLAIR,mask", ["", "i0.nii.gz,"], "line 3: the mask is missing"),
        ("FLAIR,mask", ["i0.nii.gz" * 999 + ",m0.nii.gz"], "line 2: there is no i0.nii.gz"),
        ("FLAIR,mask", ['"' + "i" * 140_000 + '",m0.nii.gz'], "field larger than field limit"),
        ("", [], r"columns \(none\)"),
    ],
)
def test_a_table_that_says_something_else_is_refused(
    tmp_path: Path, head: str, rows: list[str], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        open_data(table(tmp_path, head, *rows))


def test_a_table_of_another_program_is_read(tmp_path: Path) -> None:
    rows = each('"i#.nii.gz", ".\\t#.nii.gz" ,m#.nii.gz,,')
    path = table(tmp_path, "FLAIR,T1,mask", *rows, ",,", "")
    data, report = checked_data(path, "trained")
    assert [role.name for role in data.roles] == ["FLAIR", "pre-contrast"]
    assert report.cases == 3


@pytest.mark.parametrize("nothing", ["n/a", "NA", "NaN"])
def test_a_word_for_nothing_is_an_empty_cell(tmp_path: Path, nothing: str) -> None:
    rows = each("i#.nii.gz,t#.nii.gz,m#.nii.gz")
    path = table(tmp_path, "FLAIR,T1,mask", rows[0], rows[1].replace("t1.nii.gz", nothing), rows[2])
    assert [len(case.images) for case in open_data(path).cases] == [2, 1, 2]


def test_a_mask_of_black_and_white_is_one_of_a_class(tmp_path: Path) -> None:
    flat(tmp_path)
    save(tmp_path / "p 1_seg.nii.gz", volume(0, mask=True) * 255)
    cases = checked_data(tmp_path, "trained")[0].cases
    assert np.array_equal(cases[0].read()[1], cases[1].read()[1])
    with pytest.raises(DataError, match=r"p 0, p 2: the mask holds labels \[0, 1\]"):
        checked_data(tmp_path, "trained", DataOptions(classes={"tumour": 255}))


def test_a_patient_in_two_parts_of_a_table_is_refused(tmp_path: Path) -> None:
    rows = [f"i{n}.nii.gz,m{n}.nii.gz,anna,{'val' if n else 'train'}" for n in range(3)]
    data = open_data(path := table(tmp_path, "FLAIR,mask,patient,part", *rows))
    rows[2] = rows[2].replace("anna", "bert")
    table(tmp_path, "FLAIR,mask,patient,part", *rows)
    run = CliRunner().invoke(app, ["data", str(path)])
    assert run.exit_code == 1
    assert "1 patients are in two parts" in " ".join(run.output.split())
    with pytest.raises(DataError, match="1 patients are in two parts of the data set: anna"):
        divide(data, DataOptions(), 0.5, 0)


def test_files_called_alike_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / f"d/p{number}/FLAIR.nii.gz", volume(number))
        save(tmp_path / f"d/p{number}/m.nii.gz", volume(0, mask=True))
    path = tmp_path / "own.csv"
    path.write_text("\n".join(["FLAIR,mask", *each("d/p#/FLAIR.nii.gz,d/p#/m.nii.gz")]))
    assert [case.name for case in open_data(path).cases] == [
        "d-p0-FLAIR",
        "d-p1-FLAIR",
        "d-p2-FLAIR",
    ]
    path.write_text(path.read_text() + "\nd/p0/FLAIR.nii.gz,d/p0/m.nii.gz")
    with pytest.raises(DataError, match="Two cases are called 'd-p0-FLAIR'"):
        open_data(path)


def dicom(root: Path, *descriptions: str) -> None:
    """Write patients of a DICOM series each, or of several in one folder, beside masks."""
    for number in range(3):
        for place, description in enumerate(descriptions):
            folder = root / f"p{number}" / "FLAIR"
            folder.mkdir(parents=True, exist_ok=True)
            for z in range(4):
                pixels = volume(10 * number + place)[..., z].clip(0).astype(np.uint16)
                tags = {
                    "SeriesDescription": description,
                    "PatientID": f"P{number}",
                    "StudyInstanceUID": f"1.3.{number}",
                    "FrameOfReferenceUID": f"1.4.{number}",
                }
                name = folder / f"{place}{z}.dcm"
                write_slice(name, pixels, (0.0, 0.0, 5.0 * z), f"1.2.{number}.{place}", **tags)
        scan = read_scan(root / f"p{number}" / "FLAIR").scan
        mask = np.zeros(scan.grid, np.uint8)
        mask[1:3, 4:9, 4:9] = 1
        info = MaskInfo({1: "tumour"})
        (root / f"p{number}" / "SEG").mkdir()
        write_mask(mask, scan, root / f"p{number}" / "SEG" / "seg.dcm", info=info)


def test_series_with_a_dicom_segmentation_are_learned_from(tmp_path: Path) -> None:
    dicom(tmp_path, "FLAIR")
    data, report = checked_data(tmp_path, "trained")
    assert (report.cases, report.tumour_slices) == (3, 6)
    assert [role.name for role in data.roles] == ["FLAIR"]
    changed = tmp_path / "p0" / "FLAIR" / "02.dcm"
    changed.write_bytes((tmp_path / "p1" / "FLAIR" / "02.dcm").read_bytes())
    with pytest.raises(DataError, match="p0: "):
        checked_data(tmp_path, "trained")


def test_contours_in_the_place_of_masks_are_named(tmp_path: Path) -> None:
    dicom(tmp_path, "FLAIR")
    for number in range(3):
        scan = read_scan(tmp_path / f"p{number}" / "FLAIR").scan
        mask = np.zeros(scan.grid, np.uint8)
        mask[1:3, 4:9, 4:9] = 1
        (tmp_path / f"p{number}" / "SEG" / "seg.dcm").unlink()
        write_rtstruct(tmp_path / f"p{number}" / "SEG" / "rs.dcm", mask, scan, MaskInfo({1: "t"}))
    with pytest.raises(DataError, match=r"contours in DICOM RTSTRUCT \(rs\.dcm, rs\.dcm"):
        open_data(tmp_path)


def test_a_folder_of_two_series_is_refused(tmp_path: Path) -> None:
    dicom(tmp_path, "AX FLAIR", "AX T1")
    with pytest.raises(DataError, match=r"FLAIR: holds 2 DICOM series .*AX T1.*, expected one"):
        checked_data(tmp_path, "trained")


def test_what_the_reader_notices_is_told(tmp_path: Path) -> None:
    flat(tmp_path)
    image = volume(1).astype(np.float32)
    image[0, 0, 0] = np.nan
    save(tmp_path / "p 1_FLAIR.nii.gz", image)
    oddities = checked_data(tmp_path, "trained")[1].oddities
    assert any(text.startswith("p 1: ") and "not finite" in text for text in oddities)


def test_data_describes_a_folder_of_which_nothing_can_be_read(tmp_path: Path) -> None:
    flat(tmp_path)
    for path in tmp_path.glob("*_FLAIR.nii.gz"):
        path.write_bytes(b"")
    run = CliRunner().invoke(app, ["data", str(tmp_path)])
    assert run.exit_code == 1
    assert "Problems: 3" in run.output


def test_a_second_mask_is_seen_at_the_second_start(tmp_path: Path) -> None:
    flat(tmp_path)
    checked_data(tmp_path, "trained")
    save(tmp_path / "p 1_mask.nii.gz", volume(0, mask=True))
    with pytest.raises(DataError, match="p 1: there are 2 masks"):
        checked_data(tmp_path, "trained")


def test_what_many_cases_have_in_common_is_said_once(tmp_path: Path) -> None:
    flat(tmp_path)
    for number in range(3):
        save(tmp_path / f"p {number}_seg.nii.gz", volume(0, mask=True) * 5)
    with pytest.raises(DataError) as told:
        checked_data(tmp_path, "trained")
    assert len(str(told.value).splitlines()) == 3
    assert "p 0, p 1, p 2: the mask holds labels [0, 5]" in str(told.value)


def test_what_is_wrong_with_the_file_of_many_cases_is_said_once(tmp_path: Path) -> None:
    for number in range(5):
        save(tmp_path / f"images/p{number}.nii.gz", np.stack(2 * [volume(number)], axis=-1))
        save(tmp_path / f"labels/p{number}.nii.gz", volume(0, mask=True))
    with pytest.raises(DataError) as told:
        checked_data(tmp_path, "trained")
    assert len(str(told.value).splitlines()) == 3
    assert "p0, p1, p2 and 2 more: holds 2 volumes" in str(told.value)


def test_notes_of_macos_and_links_back_are_passed_over(tmp_path: Path) -> None:
    bids(tmp_path)
    (tmp_path / "._dseg.tsv").write_bytes(b"\x00\x05\x16\x07\xff")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert checked_data(tmp_path, "trained")[1].cases == 3


def test_folders_that_lead_back_to_themselves_are_walked_once(tmp_path: Path) -> None:
    brats(tmp_path, ["p0", "p1", "p2"])
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [case.name for case in open_data(tmp_path).cases] == ["p0", "p1", "p2"]


def test_the_only_folder_of_an_archive_is_stepped_into(tmp_path: Path) -> None:
    pairs(tmp_path / "Mes données" / "été 2024")
    assert open_data(tmp_path).layout == "images and masks in two folders"


def test_images_that_go_on_with_their_sequence_belong_to_a_mask(tmp_path: Path) -> None:
    for number, name in enumerate(("p1", "p1_2", "p2")):
        save(tmp_path / f"labels/{name}.nii.gz", volume(0, mask=True))
        save(tmp_path / f"images/{name}_FLAIR.nii.gz", volume(number))
        save(tmp_path / f"images/{name}_T1.nii.gz", volume(number + 10))
    cases = open_data(tmp_path).cases
    assert [case.name for case in cases] == ["p1", "p1_2", "p2"]
    shown = [sorted(file.name for file in case.files) for case in cases]
    assert shown[0] == ["p1.nii.gz", "p1_FLAIR.nii.gz", "p1_T1.nii.gz"]
    assert shown[1] == ["p1_2.nii.gz", "p1_2_FLAIR.nii.gz", "p1_2_T1.nii.gz"]
    os.remove(tmp_path / "labels/p1_2.nii.gz")
    with pytest.raises(DataError, match="p1_2_FLAIR, p1_2_T1: there is no mask"):
        checked_data(tmp_path, "trained")


def test_a_stack_of_slices_beside_its_mask_is_a_case(tmp_path: Path) -> None:
    for number in range(3):
        folder = tmp_path / f"p{number}"
        folder.mkdir()
        tifffile.imwrite(folder / "flair.tif", volume(number).transpose(2, 1, 0))
        tifffile.imwrite(folder / "flair_mask.tif", volume(0, mask=True).transpose(2, 1, 0))
    data, report = checked_data(tmp_path, "trained")
    assert (report.cases, [role.name for role in data.roles]) == (3, ["FLAIR"])


def test_masks_of_the_brain_are_no_sequence(tmp_path: Path) -> None:
    for number in range(3):
        place = tmp_path / f"UCSF-PDGM-{number:04d}_nifti" / f"UCSF-PDGM-{number:04d}"
        save(place.with_name(f"{place.name}_FLAIR.nii.gz"), volume(number))
        save(place.with_name(f"{place.name}_brain_segmentation.nii.gz"), volume(0, mask=True))
        save(place.with_name(f"{place.name}_tumor_segmentation.nii.gz"), volume(0, mask=True))
    data, report = checked_data(tmp_path, "trained")
    assert (report.cases, [role.name for role in data.roles]) == (3, ["FLAIR"])


@pytest.mark.parametrize(
    "name",
    [
        "anna_2019-01-02",
        "anna-20190102",
        "anna_tp1",
        "anna visit 2",
        "anna_week-000-1",
        "anna_ses2b",
    ],
)
def test_a_visit_in_a_name_is_none_of_the_patients(name: str) -> None:
    assert PatientNaming().patient_of(name) == "anna"


@pytest.mark.parametrize("name", ["BraTS2021_00001", "case_001", "Brats18_TCIA10_628_1", "week1"])
def test_what_is_no_visit_stays(name: str) -> None:
    assert PatientNaming().patient_of(name) == name


def test_a_mask_of_half_the_voxels_is_worth_a_look(tmp_path: Path) -> None:
    flat(tmp_path)
    save(tmp_path / "p 1_seg.nii.gz", 1 - volume(0, mask=True))
    report = checked_data(tmp_path, "trained")[1]
    assert any("p 1: the mask marks" in text and "inverted" in text for text in report.oddities)


def test_a_mask_in_another_order_of_axes_lies_where_its_affine_says(tmp_path: Path) -> None:
    flat(tmp_path)
    turned = AFFINE @ np.eye(4)[:, [1, 0, 2, 3]]
    save(tmp_path / "p 1_seg.nii.gz", volume(0, mask=True).transpose(1, 0, 2), turned)
    cases = checked_data(tmp_path, "trained")[0].cases
    assert np.array_equal(cases[0].read()[1], cases[1].read()[1])


@pytest.mark.parametrize(
    "name",
    ["p#-seg.nii.gz", "p#.seg.nrrd", "Segmentation.seg.nrrd", "tumor.nii.gz", "p#_FLAIR_seg.nii"],
)
def test_sequences_are_called_alike_whatever_the_mask_is_called(tmp_path: Path, name: str) -> None:
    for number in "12":
        folder = tmp_path / f"p{number}"
        save(folder / f"p{number}_FLAIR.nii.gz", volume(1))
        save(folder / f"p{number}_T1.nii.gz", volume(2))
        scan = read_scan(folder / f"p{number}_T1.nii.gz").scan
        labels = (scan.data[0] > 0).astype(np.uint8)
        write_mask(labels, scan, folder / name.replace("#", number), info=MaskInfo())
    cases = find_layout(tmp_path).cases
    assert [list(case.images) for case in cases] == [["FLAIR", "T1"]] * 2
    assert [[each.name for each in case.masks] for case in cases] == [
        [name.replace("#", number)] for number in "12"
    ]


@pytest.mark.parametrize("raw", ["", "raw", "rawdata"])
@pytest.mark.parametrize("name", ["label-lesion_mask.seg.nrrd", "FLAIR.seg.nrrd"])
def test_bids_with_masks_of_3d_slicer_is_read(tmp_path: Path, raw: str, name: str) -> None:
    bids(tmp_path / raw)
    for place in sorted(tmp_path.rglob("*_label-lesion_mask.nii.gz")):
        scan = read_scan(place).scan
        made = place.with_name(place.name.replace("label-lesion_mask.nii.gz", name))
        write_mask((scan.data[0] > 0).astype(np.uint8), scan, made)
        place.unlink()
    (tmp_path / raw / "derivatives").rename(tmp_path / "derivatives")
    cases = find_layout(tmp_path).cases
    assert len(cases) > 1
    assert all(case.images for case in cases)
    assert [[each.name for each in case.masks] for case in cases] == [
        [f"{case.name}_{name}"] for case in cases
    ]
