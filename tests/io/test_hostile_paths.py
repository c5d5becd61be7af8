"""Paths and folders that are made to trip a program: a line, or nothing, and soon."""

from __future__ import annotations

import os

import nibabel as nib
import numpy as np
import pytest
from dicom_files import write_series

from napari_brainseg.cli.predict_many import holds_scans
from napari_brainseg.errors import BrainsegError, ScanError
from napari_brainseg.io import (
    can_read,
    color_table,
    find_scans,
    has_color_table,
    list_series,
    read_scan,
)
from napari_brainseg.io.files import is_present, natural_key, nearest_folder
from napari_brainseg.models.card import read_card
from napari_brainseg.training_set.contents import MANIFEST_NAME, open_training_set
from napari_brainseg.worklist import list_scans
from napari_brainseg.worklist.state import STATE_NAME, open_worklist


def volume(path):
    nib.save(nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.eye(4)), path)
    return path


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".nii", "a\0b", "a\0b.nii.gz", ""])
def test_a_name_that_cannot_be_a_file_is_told_in_a_line(tmp_path, name):
    path = f"{tmp_path}/{name}/" if not name else f"{tmp_path}/{name}"
    assert not can_read(path)
    assert not has_color_table(path)
    with pytest.raises(ScanError):
        read_scan(path)


def test_links_in_a_circle_are_no_file(tmp_path):
    (tmp_path / "a.nii").symlink_to("b.nii")
    (tmp_path / "b.nii").symlink_to("a.nii")
    volume(tmp_path / "c.nii")
    assert not can_read(tmp_path / "a.nii")
    with pytest.raises(ScanError, match="no such file"):
        read_scan(tmp_path / "a.nii")
    assert [found.name for found in find_scans(tmp_path)] == ["c"]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the folder")
def test_a_working_folder_that_is_gone_is_told(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert not can_read("scan.nii")
    with pytest.raises(ScanError, match="working folder"):
        read_scan("scan.nii")
    monkeypatch.chdir(tmp_path)


def test_folders_that_many_links_lead_to_are_looked_into_once(tmp_path):
    folder = tmp_path
    for _ in range(25):  # 2 to the power of 25 ways
        (folder / "next").mkdir()
        (folder / "again").symlink_to("next")
        folder = folder / "next"
    volume(folder / "scan.nii")
    assert [found.name for found in find_scans(tmp_path)] == ["scan"]


def test_folders_nested_without_end_are_given_up_at_some_depth(tmp_path):
    inside = tmp_path
    try:
        for _ in range(300):
            inside = inside / "a"
            inside.mkdir()
        volume(tmp_path / "scan.nii")
        scan, problem = find_scans(tmp_path)
        assert scan.name == "scan"
        assert "64 folders deep" in problem.problem
    finally:
        while inside != tmp_path:
            inside.rmdir()
            inside = inside.parent


def test_numbers_of_any_length_are_put_in_order():
    names = ["a10", "a2", "a" + "9" * 5000, "a" + "1" * 5001, "a02"]
    assert sorted(names, key=natural_key) == ["a2", "a02", "a10", names[2], names[3]]


@pytest.mark.filterwarnings("ignore:.*maximum length:UserWarning")
def test_a_description_of_thousands_of_digits_ends_no_listing(tmp_path):
    write_series(tmp_path / "s", SeriesDescription="FLAIR " + "9" * 5000)
    (series,) = list_series(tmp_path / "s")
    assert len(series.title) < 100
    assert len(series.name) <= 64
    assert [found.problem for found in find_scans(tmp_path)] == [""]


@pytest.mark.skipif(os.name == "nt", reason="pipes are elsewhere")
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".tif", ".dcm", ".nrrd", ".mgz"])
def test_a_pipe_or_a_device_is_named_and_not_waited_for(tmp_path, suffix):
    pipe, device = tmp_path / f"pipe{suffix}", tmp_path / f"device{suffix}"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        with pytest.raises(ScanError, match=rf"^{path.name}: a pipe or a device"):
            read_scan(path)
    assert list(find_scans(tmp_path)) == []


@pytest.mark.skipif(os.name == "nt", reason="pipes are elsewhere")
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("card.json", read_card),
        ("m.txt", color_table.read),
        (MANIFEST_NAME, open_training_set),
        (STATE_NAME, lambda file: open_worklist(file.parent, [])),
    ],
)
def test_a_pipe_or_a_device_in_the_place_of_a_note_is_not_waited_for(tmp_path, name, read):
    os.mkfifo(tmp_path / name)
    with pytest.raises(BrainsegError):
        read(tmp_path / name)
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(BrainsegError):
        read(tmp_path / name)


def test_a_work_list_of_a_thousand_brackets_is_set_aside(tmp_path):
    (tmp_path / STATE_NAME).write_text("[" * 100_000)
    assert "damaged" in " ".join(open_worklist(tmp_path, []).notes)


@pytest.fixture
def closed(tmp_path, monkeypatch):
    """Make a folder that this user may see and not enter, which root always may."""
    own = os.stat

    def stat(path, *args, **options):
        if isinstance(path, str | os.PathLike) and "/closed/" in os.fspath(path):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return own(path, *args, **options)

    folder = tmp_path / "closed"
    folder.mkdir()
    nib.save(nib.Nifti1Image(np.ones((9, 9, 9), np.int16), np.eye(4)), folder / "x.nii.gz")
    nib.save(nib.Nifti1Image(np.ones((9, 9, 9), np.int16), np.eye(4)), tmp_path / "y.nii.gz")
    monkeypatch.setattr(os, "stat", stat)
    return folder


def test_what_lies_in_a_folder_that_nobody_may_enter_hides_nothing(closed, tmp_path):
    worklist = open_worklist(tmp_path, list_scans(tmp_path))
    assert "y" in [item.name for item in worklist.items]
    assert holds_scans(closed / "x.nii.gz") is False
    assert not is_present(closed / "x.nii.gz")
    assert nearest_folder(closed / "deeper") in (closed, tmp_path)
    with pytest.raises(ScanError, match="x"):
        read_scan(closed / "x.nii.gz")
