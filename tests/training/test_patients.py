"""No patient is on two sides, however the cases are named and whoever divides them."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from brainseg_train.benchmark.report import write_report
from brainseg_train.cli import app
from brainseg_train.data.case import Case
from brainseg_train.data.cases import find_cases
from brainseg_train.data.patients import PatientNaming, read_naming
from brainseg_train.data.split import fold_by_patient, split_by_patient
from brainseg_train.data.split_file import Division, read_split, write_split
from brainseg_train.errors import DataError
from brainseg_train.evaluate.compare_models import compare_models
from napari_brainseg.models.bundle import Bundle
from napari_brainseg.models.patients import PatientRecord, voxels_sha256

if TYPE_CHECKING:
    from pathlib import Path


def cases(folder: Path, *names: str, naming: PatientNaming | None = None) -> list[Case]:
    return [Case(name, folder / name, naming=naming or PatientNaming()) for name in names]


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("sub-03_ses-1", "sub-03"),
        ("sub-03_ses-2_run-1_FLAIR", "sub-03"),
        ("sub-03", "sub-03"),
        ("TCGA_CS_4941_19960909", "TCGA_CS_4941"),
        ("BraTS-GLI-00001-000", "BraTS-GLI-00001"),
        ("patient7", "patient7"),
        ("sub_03", "sub_03"),
    ],
)
def test_the_patient_is_read_out_of_the_name(tmp_path: Path, name: str, patient: str) -> None:
    assert Case(name, tmp_path).patient == patient


def test_two_sessions_of_one_patient_are_on_one_side(tmp_path: Path) -> None:
    sessions = [f"sub-{patient:02d}_ses-{visit}" for patient in range(1, 9) for visit in (1, 2)]
    for seed in range(20):
        split = split_by_patient(cases(tmp_path, *sessions), 0.25, seed)
        learned, held_out = (
            {case.name[:6] for case in part} for part in (split.train, split.validation)
        )
        assert not learned & held_out
        assert len(split.validation) == 4
    assert "4 cases of 2 patients: sub-" in split.text


def test_a_table_or_a_pattern_names_the_patients(tmp_path: Path) -> None:
    table = tmp_path / "patients.csv"
    table.write_text("patient,case,age\nanna,scan1,40\nanna,scan2,41\nbert,scan3,50\n")
    naming = read_naming(table, None)
    assert [naming.patient_of(f"scan{n}") for n in (1, 2, 3)] == ["anna", "anna", "bert"]
    table.write_text("case\tpatient\nscan1\tanna\n")
    assert read_naming(table, None).patient_of("scan1") == "anna"
    table.write_text("Case; Patient\n\n;\nscan1; anna\n", encoding="utf-8-sig")
    assert read_naming(table, None).patient_of("scan1") == "anna"
    with pytest.raises(DataError, match="its group is empty there"):
        read_naming(None, "(x)?.*").patient_of("anna")
    assert read_naming(None, r"(\w+)-visit\d").patient_of("anna-visit2") == "anna"
    assert read_naming(None, r"\d+_(?P<patient>\w+)").patient_of("7_anna") == "anna"


@pytest.mark.parametrize(
    ("table", "pattern", "said"),
    [
        ("case,name\na,b\n", None, "columns case, name; expected are"),
        ("case,patient\nscan1,\n", None, "line 2: case or patient is missing"),
        ("case,patient\na,x\na,y\n", None, "line 3: 'a' has two patients"),
        ("case,patient\n", None, "has no row"),
        (f"case,patient\n{'a' * 140_000},x\n", None, "field larger than field limit"),
        (None, "visit[0-9]", "has no group"),
        (None, "(visit", "is not valid"),
        ("case,patient\na,x\n", "(a)", "exclude each other"),
    ],
)
def test_what_cannot_name_patients_is_told(
    tmp_path: Path, table: str | None, pattern: str | None, said: str
) -> None:
    path = tmp_path / "patients.csv"
    path.write_text(table or "")
    with pytest.raises(DataError, match=said):
        read_naming(path if table else None, pattern)


def test_a_case_of_an_unknown_patient_stops_before_anything_is_read(dataset: Path) -> None:
    with pytest.raises(DataError, match="no row for the case 'TCGA_AX_1000_20000101'"):
        find_cases(dataset, PatientNaming(table={"other": "x"}))
    options = ["data", str(dataset), "--patient-pattern", "(visit).*"]
    run = CliRunner().invoke(app, options)
    assert run.exit_code == 1
    assert "does not match the case" in run.output.replace("\n", " ")


def test_a_division_of_nnunet_is_read_and_ours_goes_there_and_back(tmp_path: Path) -> None:
    known = cases(tmp_path, *(f"own_{n:03d}" for n in range(6)))
    names = [case.name for case in known]
    folds = [{"train": names[2:], "val": names[:2]}, {"train": names[:4], "val": names[4:]}]
    path = tmp_path / "splits_final.json"
    path.write_text(json.dumps(folds), encoding="utf-8-sig")
    second = Division(path, fold=1).read(known)
    assert [case.name for case in second.validation] == names[4:]
    write_split(tmp_path / "split.json", second)
    assert read_split(tmp_path / "split.json", known) == second
    assert len(read_split(tmp_path / "split.json", cases(tmp_path, *names, "new")).train) == 4
    with pytest.raises(DataError, match="no fold 3; it has 2"):
        read_split(path, known, fold=2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"train": ["sub-01_ses-1"], "validation": ["sub-01_ses-2"]}, "on both sides: sub-01"),
        ({"train": ["sub-01_ses-1"], "validation": ["sub-09"]}, "not in the folder: sub-09"),
        ({"train": ["sub-01_ses-1"], "validation": []}, "one side empty"),
        ({"train": ["sub-01_ses-1"]}, "cannot be read as a split .validation: Field required"),
        (
            {"train": [], "validation": [], "test": []},
            "split .test: Extra inputs are not permitted",
        ),
        ([{"train": [], "val": 3}], "split .0, val: Input should be a valid"),
        ("text", "cannot be read as a split"),
    ],
)
def test_a_division_that_leaks_or_misses_is_refused(
    tmp_path: Path, content: object, said: str
) -> None:
    path = tmp_path / "split.json"
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=said):
        read_split(path, cases(tmp_path, "sub-01_ses-1", "sub-01_ses-2", "sub-02_ses-1"))


def test_evaluate_says_which_patients_a_model_has_learned_from(
    dataset: Path, tiny_bundle: Bundle, tmp_path: Path
) -> None:
    """By name or, where a folder calls them otherwise, by their images."""
    known = find_cases(dataset)
    by_name, by_image, held_out = known[0], known[1], known[2]
    images = [voxels_sha256(channel) for channel in by_image.read()[0].data]
    record = PatientRecord(salt="s").extended([by_name.patient, *images], [held_out.patient])
    card = tiny_bundle.card.model_copy(update={"patients": record})
    bundle = Bundle(tiny_bundle.path, card)
    results = compare_models([bundle], dataset, [], "cpu", lambda *_: None)
    (row,) = results.rows
    learned = {patient.case for patient in row.patients if patient.learned}
    assert learned == {by_name.name, by_image.name}
    (note,) = results.notes
    assert "has learned from 2 of these 8 cases" in note
    assert by_name.name in note
    others = [patient.dice for patient in row.patients if not patient.learned]
    assert f"Mean Dice of the 6 others: {sum(others) / 6:.3f}" in note
    write_report(results, tmp_path / "report")
    rows = list(csv.DictReader((tmp_path / "report" / "patients.csv").read_text().splitlines()))
    assert {each["case"] for each in rows if each["learned"] == "True"} == learned
    assert note in (tmp_path / "report" / "report.md").read_text()

    fold = compare_models([bundle], dataset, [], "cpu", lambda *_: None, None, [2], 4)
    assert (fold.tested_folds, fold.folds) == ((2,), 4)
    tested = fold_by_patient(known, 4, 1, 0).test
    assert {patient.case for patient in fold.rows[0].patients} == {case.name for case in tested}
    with pytest.raises(DataError, match="no fold 5 of 4"):
        compare_models([bundle], dataset, [], "cpu", lambda *_: None, None, [5], 4)

    without = [by_name.name, by_image.name]
    assert compare_models([bundle], dataset, without, "cpu", lambda *_: None).notes == ()
    (note,) = compare_models([tiny_bundle], dataset, [], "cpu", lambda *_: None).notes
    assert "does not record which patients" in note
