"""The series of a DICOM study that are one case: the sequences of a patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nibabel as nib
import pytest
from dicom_files import write_study
from typer.testing import CliRunner

from napari_brainseg.batch import list_items
from napari_brainseg.cli import app
from napari_brainseg.io import cases_of_studies, find_scans, studies, study_below
from napari_brainseg.worklist import list_scans, open_worklist, read_companions, read_item

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.io.discover import FoundScan
    from napari_brainseg.models.bundle import Bundle

NAMES = ("Ax T1", "Ax FLAIR", "Ax T1 post Gd", "ep2d_diff_b1000", "Ax T2 TSE")


def described(scan: FoundScan) -> tuple[str, int]:
    return scan.title, len(scan.companions)


@pytest.mark.parametrize("flat", [True, False])
def test_a_study_is_one_item_with_its_sequences(tmp_path: Path, flat: bool) -> None:
    write_study(tmp_path, NAMES, flat=flat)
    worklist = open_worklist(tmp_path, list_scans(tmp_path))
    flair, diffusion = worklist.items
    assert "FLAIR" in flair.title
    assert "diff" in diffusion.title
    scan = read_item(worklist, flair).scan
    assert scan.grid[0] == 13
    companions, notes = read_companions(worklist, flair)
    assert not notes
    assert sorted(each.grid[0] for each in companions) == [12, 14, 16]
    assert [len(item.companions) for item in worklist.items] == [3, 0]


@pytest.mark.parametrize("flat", [True, False])
def test_many_scans_are_segmented_by_study(tmp_path: Path, flat: bool) -> None:
    """Of a folder of all series nothing but its case is: nobody asked for the others."""
    write_study(tmp_path, NAMES, flat=flat)
    first, *others = list_items([tmp_path], tmp_path / "masks")
    assert len(first.companions) == 3
    assert first.series
    assert [each.path.name for each in others] == ([] if flat else ["S5"])
    asked = list_items([tmp_path], tmp_path / "masks", only="*t1*")
    assert [len(each.companions) for each in asked] == [0, 0]


def test_a_folder_of_all_series_is_segmented_on_its_flair(
    tmp_path: Path, tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not on the largest of them, which may be any."""
    write_study(tmp_path / "study", NAMES, flat=True)
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path.parent))
    mask = tmp_path / "mask.nii.gz"
    said = ["predict", str(tmp_path / "study"), "--model", "tiny", "--device", "cpu"]
    done = CliRunner().invoke(app, [*said, "-o", str(mask)])
    assert done.exit_code == 0, done.output
    assert nib.load(mask).shape[2] == 13
    assert "is missing" not in done.stderr
    asked = CliRunner().invoke(app, [*said, "-o", str(mask), "--overwrite", "--series", "TSE"])
    assert asked.exit_code == 0, asked.output
    assert nib.load(mask).shape[2] == 16


def test_each_flair_of_a_study_is_an_item(tmp_path: Path) -> None:
    write_study(tmp_path, ("Ax FLAIR", "Sag FLAIR", "Ax T1"))
    found = list(cases_of_studies(find_scans(tmp_path)))
    assert [described(each) for each in found] == [("2 Ax FLAIR", 1), ("3 Sag FLAIR", 1)]


@pytest.mark.parametrize(
    ("names", "modality"),
    [
        (("Ax T1", "Ax T2"), "MR"),  # none stands for the case
        (("Ax FLAIR", "Ax T1"), "CT"),
        (("series", "other"), "MR"),
    ],
)
def test_what_is_not_clearly_one_case_stays_apart(
    tmp_path: Path, names: tuple[str, ...], modality: str
) -> None:
    write_study(tmp_path, names, modality=modality)
    found = list(cases_of_studies(find_scans(tmp_path)))
    assert [described(each) for each in found] == [
        (f"{number} {name}", 0) for number, name in enumerate(names, start=2)
    ]


def test_two_studies_of_a_patient_are_two_cases(tmp_path: Path) -> None:
    for visit in ("a", "b"):
        write_study(tmp_path / visit, ("Ax FLAIR", "Ax T1"))
    found = list(cases_of_studies(find_scans(tmp_path)))
    assert [(each.path.parent.name, len(each.companions)) for each in found] == [("a", 1), ("b", 1)]
    assert all(
        each.companions[0].path.parent == found[n].path.parent for n, each in enumerate(found)
    )


def test_series_without_a_study_stay_apart(tmp_path: Path) -> None:
    write_study(tmp_path, ("Ax FLAIR", "Ax T1"), study="")
    assert [len(each.companions) for each in cases_of_studies(find_scans(tmp_path))] == [0, 0]


def test_a_tree_is_not_walked_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is dropped on the window may be anything; links may lead back."""
    write_study(tmp_path / "deep" / "a", ("Ax FLAIR", "Ax T1"))
    found = study_below(tmp_path)
    assert found is not None
    assert found.path.name == "S2"
    (tmp_path / "more").mkdir()
    monkeypatch.setattr(studies, "find_scans", lambda _: pytest.fail("it was looked into"))
    assert study_below(tmp_path) is None
    looped = tmp_path / "more" / "loop"
    looped.symlink_to(tmp_path / "more", target_is_directory=True)
    assert study_below(tmp_path / "more") is None
