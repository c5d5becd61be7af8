"""Where a mask must not go."""

from __future__ import annotations

import os

import numpy as np
import pytest

from napari_brainseg.errors import SaveError
from napari_brainseg.io import write_mask
from napari_brainseg.scan import Scan, Source

ONES = np.ones((3, 4, 5), np.uint8)


@pytest.fixture
def scan():
    return Scan(np.zeros((1, 3, 4, 5)), np.eye(4), ("image",), Source("head"))


@pytest.mark.skipif(os.name == "nt", reason="pipes are elsewhere")
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_pipe_is_not_written_into(tmp_path, scan, through_a_link):
    os.mkfifo(tmp_path / "pipe.nii")
    path = tmp_path / "pipe.nii"
    if through_a_link:
        path = tmp_path / "link.nii"
        path.symlink_to("pipe.nii")
    with pytest.raises(SaveError, match="a device or a pipe"):
        write_mask(ONES, scan, path, overwrite=True)


def test_a_write_protected_file_is_not_replaced(tmp_path, scan):
    path = write_mask(ONES, scan, tmp_path / "mask.nii")
    before = path.read_bytes()
    path.chmod(0o444)
    with pytest.raises(SaveError, match="write-protected"):
        write_mask(0 * ONES, scan, path, overwrite=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["x" * 300 + ".nii", "a\0b.nii"], ids=["long", "nul"])
def test_a_name_that_the_disk_does_not_take_is_told_in_a_line(tmp_path, scan, name):
    with pytest.raises(SaveError, match="Choose another name"):
        write_mask(ONES, scan, tmp_path / name)


def test_links_in_a_circle_are_told_in_a_line(tmp_path, scan):
    for one, other in (("a.nii", "b.nii"), ("b.nii", "a.nii")):
        (tmp_path / one).symlink_to(other)
    with pytest.raises(SaveError, match="Choose another"):
        write_mask(ONES, scan, tmp_path / "a.nii")
