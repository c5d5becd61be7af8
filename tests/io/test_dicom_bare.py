"""DICOM without preamble, as old archives and bare exports hold it; and folders of such files."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from dicom_files import write_series, write_slice
from pydicom import uid
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from napari_brainseg.errors import ScanError
from napari_brainseg.io import can_read, is_seg, read_mask, read_scan, write_mask
from napari_brainseg.io.dicom.sniff import is_dicom


def without_preamble(path):
    path.write_bytes(path.read_bytes()[132:])


def data_set_alone(path, implicit=True):
    """Leave nothing but the data set, in an encoding that the file then does not state."""
    content = DicomBytesIO()
    content.is_little_endian, content.is_implicit_VR = True, implicit
    write_dataset(content, pydicom.dcmread(path))
    path.write_bytes(content.getvalue())


BARE = {
    "preamble": without_preamble,
    "implicit": data_set_alone,
    "explicit": lambda path: data_set_alone(path, implicit=False),
}


@pytest.mark.parametrize("way", BARE)
def test_a_series_without_preambles_opens_as_one_with_them(tmp_path, way):
    expected = read_scan(write_series(tmp_path / "whole")).scan
    folder = write_series(tmp_path / "bare", StudyDate="20240101")
    for file in folder.iterdir():
        BARE[way](file)
        assert is_dicom(file)
        assert b"DICM" not in file.read_bytes()
    assert can_read(folder)
    for path in (folder, folder / "I7"):
        scan = read_scan(path).scan
        np.testing.assert_array_equal(scan.data, expected.data)
        np.testing.assert_array_equal(scan.affine, expected.affine)
    saved = write_mask(scan.data[0] > 50, scan, tmp_path / "mask.nii.gz")
    np.testing.assert_array_equal(read_mask(saved)[0], scan.data[0] > 50)


def test_a_slice_without_preamble_is_not_lost_among_others(tmp_path):
    folder = write_series(tmp_path / "series")
    without_preamble(folder / "I1")  # the topmost: the rest would be evenly spaced without it
    assert read_scan(folder).scan.grid[0] == 12


def test_compressed_pixels_of_an_unstated_kind_are_refused(tmp_path):
    path = write_slice(tmp_path / "I1", np.zeros((6, 7)))
    dataset = pydicom.dcmread(path)
    dataset.compress(uid.RLELossless)
    dataset.save_as(path)
    content = path.read_bytes()
    path.write_bytes(content[content.index(b"\x08\x00\x16\x00UI") :])
    with pytest.raises(ScanError, match="I1: the pixels are compressed and the header does not"):
        read_scan(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x08\x00",
        b"\x08\x00\x05\x00CS\n\x00ISO_IR 100",
        b"\x08\x00\x05\x00CS\n\x00ISO_IR 100" * 3,
        bytes(512),
        b"\xff" * 512,
        b"\x02\x00" * 256,
        b"P5 512 512 255 " + bytes(500),
    ],
)
def test_other_bytes_are_not_taken_for_dicom(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    assert not is_dicom(tmp_path / "file")
    assert not is_seg(tmp_path / "file")
    with pytest.raises(ScanError, match=r"file: (not a file that can be opened|the file is empty)"):
        read_scan(tmp_path / "file")


def test_a_folder_in_which_every_image_is_refused_gives_the_reason_and_the_remedy(tmp_path):
    folder = write_series(tmp_path / "mosaics", ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"])
    with pytest.raises(ScanError, match=r"I1: a mosaic of many slices .* dcm2niix"):
        read_scan(folder)


def test_the_folders_of_a_disc_are_recognised_from_the_patient_down(tmp_path):
    folder = tmp_path / "patient" / "study" / "series"
    folder.mkdir(parents=True)
    write_series(folder / "images")
    for above, below in ((tmp_path / "patient", "study"), (folder.parent, "series")):
        assert can_read(above)
        with pytest.raises(ScanError, match=f"the folder holds 1 folders, .* such as {below}"):
            read_scan(above)
