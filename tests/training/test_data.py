"""A data folder is checked whole before anything is trained on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from brainseg_train.data.case import Case, load_patient
from brainseg_train.data.cases import checked_cases, find_cases, inspect
from brainseg_train.errors import DataError
from napari_brainseg.models.preprocessing import Preprocessing

PARAMS = Preprocessing(mean=(0.5,) * 3, std=(0.5,) * 3, size=64)


def test_a_good_folder_has_no_problems(dataset: Path) -> None:
    report = inspect(find_cases(dataset))
    assert (report.cases, report.patients, report.slices, report.tumour_slices) == (8, 8, 32, 16)
    assert report.problems == ()
    assert report.oddities == ()
    assert 0.01 < report.tumour_share < 0.05


def test_the_data_hash_knows_a_changed_pixel(dataset: Path) -> None:
    before = inspect(find_cases(dataset)).sha256
    path = next(dataset.glob("*/*_2.tif"))
    image = tifffile.imread(path)
    image[0, 0, 0] ^= 1
    tifffile.imwrite(path, image, photometric="rgb")
    assert inspect(find_cases(dataset)).sha256 != before


def test_all_problems_are_listed_at_once(dataset: Path) -> None:
    first, second, third, *_ = sorted(dataset.iterdir())
    (first / f"{first.name}_2_mask.tif").unlink()
    path = second / f"{second.name}_3.tif"
    tifffile.imwrite(path, np.zeros((10, 10, 3), np.uint8), photometric="rgb")
    mask = tifffile.imread(third / f"{third.name}_2_mask.tif")
    mask[:3, :3] = 7
    tifffile.imwrite(third / f"{third.name}_2_mask.tif", mask)
    text = "\n".join(inspect(find_cases(dataset)).problems)
    assert f"{first.name}: no mask for slice 2" in text
    assert second.name in text
    assert third.name in text


def test_the_same_images_under_two_names_are_a_problem(dataset: Path) -> None:
    case = sorted(dataset.iterdir())[0]
    twin = dataset / "TCGA_AX_2000_20000101"
    shutil.copytree(case, twin)
    for path in list(twin.iterdir()):
        path.rename(twin / path.name.replace(case.name, twin.name))
    assert any("the same images" in problem for problem in inspect(find_cases(dataset)).problems)


def test_a_missing_sequence_is_an_oddity(dataset: Path) -> None:
    for path in sorted(dataset.iterdir())[0].glob("*[0-9].tif"):
        image = tifffile.imread(path)
        image[..., 2] = image[..., 1]
        tifffile.imwrite(path, image, photometric="rgb")
    report = inspect(find_cases(dataset))
    assert report.problems == ()
    assert len(report.oddities) == 1
    assert "FLAIR stands in for post-contrast" in report.oddities[0]


@pytest.mark.parametrize("make", [False, True])
def test_a_folder_without_cases_is_refused(tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "empty"
    if make:
        folder.mkdir()
    with pytest.raises(DataError, match="No case was found"):
        find_cases(folder)


def test_a_case_names_its_patient_and_institution() -> None:
    case = Case("TCGA_CS_4941_19960909", Path("TCGA_CS_4941_19960909"))
    assert (case.patient, case.institution) == ("TCGA_CS_4941", "CS")
    assert Case("patient7", Path("patient7")).patient == "patient7"


def test_the_target_lies_on_the_network_slices(dataset: Path) -> None:
    patient = load_patient(find_cases(dataset)[0], PARAMS)
    flair = patient.prepared.batch(range(4))[:, 1]
    assert patient.target.shape == flair.shape
    assert flair[patient.target == 1].mean() > flair[patient.target == 0].mean()


def test_slices_of_another_number_of_channels_cannot_be_learned_from(dataset: Path) -> None:
    for path in dataset.glob("*/*[0-9].tif"):
        tifffile.imwrite(path, tifffile.imread(path)[..., 1])
    report = inspect(find_cases(dataset))
    assert report.problems == ()
    assert len(report.unfit) == 8
    assert "1 channels, expected 3" in report.unfit[0]
    with pytest.raises(DataError, match="expected 3"):
        checked_cases(dataset, "trained")
    assert len(checked_cases(dataset, "measured")[0]) == 8
