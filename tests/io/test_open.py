"""What kind of path is what, and what is said about paths that are nothing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from napari_brainseg.errors import ScanError
from napari_brainseg.io import can_read, read_scan


def picture(path):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.zeros((6, 7), np.uint8)).save(path)
    return path


def test_a_missing_path_is_said_to_be_missing(tmp_path):
    with pytest.raises(ScanError, match=r"^gone\.nii: there is no such file") as error:
        read_scan(tmp_path / "gone.nii")
    assert str(tmp_path) not in str(error.value)
    assert not can_read(tmp_path / "gone.nii")


@pytest.mark.parametrize("name", ["scan.xyz", "notes.txt", "I10"])
def test_an_unknown_kind_is_refused_with_what_is_known(tmp_path, name):
    (tmp_path / name).write_bytes(b"hello")
    assert not can_read(tmp_path / name)
    with pytest.raises(ScanError, match=r"expected NIfTI"):
        read_scan(tmp_path / name)


def test_a_folder_without_a_scan_is_refused(tmp_path):
    assert not can_read(tmp_path)
    with pytest.raises(ScanError, match="no scan was found"):
        read_scan(tmp_path)


def test_a_folder_of_nifti_files_says_to_open_one(tmp_path):
    for name in ("flair.nii.gz", "t1.nii.gz"):
        (tmp_path / name).touch()
    assert can_read(tmp_path)
    with pytest.raises(ScanError, match=r"2 volumes.*flair\.nii\.gz"):
        read_scan(tmp_path)


def test_a_folder_of_folders_is_recognised_so_that_it_can_be_explained(tmp_path):
    picture(tmp_path / "patient" / "1.png")
    assert can_read(tmp_path)
    with pytest.raises(ScanError, match="such as patient"):
        read_scan(tmp_path)


def test_files_of_different_kinds_are_not_one_scan(tmp_path):
    (tmp_path / "a.nii").touch()
    with pytest.raises(ScanError, match="one at a time"):
        read_scan([tmp_path / "a.nii", picture(tmp_path / "b.png")])
    with pytest.raises(ScanError, match="one at a time"):
        read_scan([])


def test_one_path_in_a_list_is_that_path(tmp_path):
    path = picture(tmp_path / "head" / "1.png")
    assert read_scan([path]).scan.source.name == "1"
    assert read_scan([path.parent]).scan.source.name == "head"


def test_suffixes_are_known_in_any_case(tmp_path):
    path = picture(tmp_path / "a.png").rename(tmp_path / "A.PNG")
    assert can_read(path)
    assert read_scan(path).scan.source.name == "A"


def test_a_relative_path_is_read_from_here(tmp_path, monkeypatch):
    picture(tmp_path / "head" / "1.png")
    monkeypatch.chdir(tmp_path / "head")
    assert read_scan(".").scan.source.name == "head"
