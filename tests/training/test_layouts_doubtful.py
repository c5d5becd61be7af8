"""Folders in which whose a case is, or what its files are, could be got wrong unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from test_layouts import flat, nnunet, save, volume
from test_layouts_odd import each, table
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.cases import checked_data, inspect_data
from brainseg_train.data.division import divide
from brainseg_train.data.folder import open_data
from brainseg_train.data.options import DataOptions
from brainseg_train.data.patients import PatientNaming
from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

FOUR = DataOptions(sequences=("FLAIR", "T1"))


def case(folder: Path, seed: int) -> None:
    save(folder / "FLAIR.nii.gz", volume(seed))
    save(folder / "seg.nii.gz", volume(0, mask=True))


@pytest.mark.parametrize("name", ["anna_v2", "anna-scan1", "anna_exam02", "anna_v_3"])
def test_numbered_visits_are_of_one_patient(name: str) -> None:
    assert PatientNaming().patient_of(name) == "anna"


@pytest.mark.parametrize("visits", [("2019-01-03", "2019-04-05"), ("ses-1", "ses-2")])
def test_folders_called_after_visits_are_of_the_patient_above(
    tmp_path: Path, visits: tuple[str, str]
) -> None:
    for place, name in enumerate(f"P{patient}/{visit}" for patient in (1, 2) for visit in visits):
        case(tmp_path / name.replace("1-03", f"{place + 1}-03"), place)
    assert {each.patient for each in open_data(tmp_path).cases} == {"P1", "P2"}
    (of_one, *others) = {each.patient for each in open_data(tmp_path / "P1").cases}
    assert (of_one, others) == ("P1", [])


def test_folders_called_after_parts_are_parts(tmp_path: Path) -> None:
    for place, name in enumerate(("train/a", "train/b", "Val/c", "test/d")):
        case(tmp_path / name, place)
    data = open_data(tmp_path)
    split = divide(data, DataOptions(), 0.5, 0)
    assert [each.name for each in split.train] == ["a", "b"]
    assert [each.name for each in split.validation] == ["c"]
    case(tmp_path / "test/a", 9)
    with pytest.raises(DataError, match="Two cases are called 'a'"):
        open_data(tmp_path)


def test_names_spelt_alike_are_asked_about(tmp_path: Path) -> None:
    rows = [f"i{n}.nii.gz,m{n}.nii.gz,{name}" for n, name in enumerate(("Anna", "anna", "bert"))]
    with pytest.raises(DataError, match="two patients are called 'Anna' and 'anna'"):
        checked_data(table(tmp_path, "FLAIR,mask,patient", *rows), "trained")


def test_one_image_of_two_patients_is_refused(tmp_path: Path) -> None:
    rows = [f"i{n}.nii.gz,{'t0' if n == 2 else f't{n}'}.nii.gz,m{n}.nii.gz" for n in range(3)]
    path = table(tmp_path, "FLAIR,T1,mask", *rows)
    with pytest.raises(DataError, match="i2: one of its images is i0's, another patient's"):
        checked_data(path, "trained")
    one = PatientNaming(table={"i0": "a", "i1": "b", "i2": "a"})
    assert checked_data(path, "trained", naming=one)[1].patients == 2


def test_black_images_are_not_taken_for_one_image(tmp_path: Path) -> None:
    path = table(tmp_path, "FLAIR,T1,mask", *each("i#.nii.gz,t#.nii.gz,m#.nii.gz"))
    for number in range(3):
        save(tmp_path / f"t{number}.nii.gz", np.zeros_like(volume(0)))
    assert checked_data(path, "trained")[1].cases == 3


def test_masks_of_several_classes_or_raters_are_masks_of_one_case(tmp_path: Path) -> None:
    for number in range(3):
        case(folder := tmp_path / f"p{number}", number)
        (folder / "seg.nii.gz").rename(folder / "core_seg.nii.gz")
        save(folder / "whole_seg.nii.gz", volume(0, mask=True))
    with pytest.raises(DataError, match=r"p0, p1, p2: there are 2 masks \(core_seg.nii.gz, whole"):
        checked_data(tmp_path, "trained")


def test_the_advice_for_files_of_several_volumes_works(tmp_path: Path) -> None:
    for number in range(3):
        case(folder := tmp_path / f"p{number}", number)
        (folder / "FLAIR.nii.gz").unlink()
        save(folder / "scan.nii.gz", np.stack([volume(number), volume(number + 10)], axis=-1))
    with pytest.raises(DataError, match="Say in their order what they are: --set data"):
        checked_data(tmp_path, "trained")
    data, _ = checked_data(tmp_path, "trained", FOUR)
    assert [role.name for role in data.roles] == ["FLAIR", "pre-contrast"]


def test_a_file_called_as_a_sequence_is_not_taken_for_another(tmp_path: Path) -> None:
    for number in range(3):
        case(folder := tmp_path / f"p{number}", number)
        (folder / "FLAIR.nii.gz").rename(folder / "T2.nii.gz")
    with pytest.raises(DataError, match="No case has the sequence 'FLAIR'; there are T2"):
        open_data(tmp_path, FOUR)


def test_the_advice_for_unknown_labels_names_all_of_them(tmp_path: Path) -> None:
    flat(tmp_path)
    mask = volume(0, mask=True) * 128
    mask[mask > 0] += np.arange((mask > 0).sum(), dtype=mask.dtype) % 2 * 127
    save(tmp_path / "p 1_seg.nii.gz", mask)
    report = inspect_data(open_data(tmp_path))
    (told,) = report.problems
    assert "say what 128 and 255 are, such as --set 'data.classes={tumour = [1, 128, 255]}'" in told
    assert report.oddities == ()  # the mask is anything but empty
    options = DataOptions(classes={"tumour": (1, 128, 255)})
    assert checked_data(tmp_path, "trained", options)[1].tumour_slices == 9


def test_what_stands_in_for_what_is_told(tmp_path: Path) -> None:
    nnunet(tmp_path, {"background": 0, "ring": 2})
    next(tmp_path.glob("imagesTr/*_0000.nii.gz")).unlink()
    (told,) = inspect_data(open_data(tmp_path)).oddities
    assert "ADC stands in for pre-contrast, which is missing" in told


def test_another_window_of_an_image_is_not_missing(tmp_path: Path) -> None:
    for number in range(3):
        case(folder := tmp_path / f"p{number}", number)
        (folder / "FLAIR.nii.gz").rename(folder / "CT.nii.gz")
    options = DataOptions(windows={"CT": (0, 80), "bone": (-400, 1000)})
    report = inspect_data(open_data(tmp_path, options), options)
    assert report.oddities == ()


def test_one_patient_of_several_cases_may_be_several(tmp_path: Path) -> None:
    for visit in range(3):
        case(tmp_path / f"sub-1_ses-{visit}", visit)
    run = CliRunner().invoke(app, ["data", str(tmp_path)])
    assert run.exit_code == 1
    assert "say whose the cases are (--patient-table" in " ".join(run.output.split())


def test_what_a_reader_logs_is_not_printed(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    for number in range(3):
        save(tmp_path / f"p{number}/seg.nii.gz", volume(0, mask=True))
        (tmp_path / f"p{number}/FLAIR.tif").write_bytes(b"II*\0garbage")
    with pytest.raises(DataError):
        checked_data(tmp_path, "trained")
    assert "tifffile" not in capfd.readouterr().err
