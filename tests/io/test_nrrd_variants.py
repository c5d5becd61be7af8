"""NRRD as pynrrd and others write and read it: text, lines and bytes to skip, NIfTI's voxels."""

from __future__ import annotations

import gzip

import nibabel as nib
import nrrd
import numpy as np
import pytest

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan

VOXELS = np.random.default_rng(0).integers(-300, 300, (4, 5, 6)).astype(np.int16)


def header(path, data_file, encoding, *lines):
    text = (
        "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 5 6\nendian: little\n"
        f"encoding: {encoding}\n" + "".join(f"{line}\n" for line in lines)
    )
    path.write_text(f"{text}data file: {data_file}\n")
    return path


def voxels_of(path):
    return read_scan(path).scan.data[0].T


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
def test_voxels_written_as_text(tmp_path, dtype):
    voxels = VOXELS.astype(dtype) if dtype != np.uint8 else (VOXELS % 200).astype(np.uint8)
    nrrd.write(str(tmp_path / "a.nrrd"), voxels, {"encoding": "ascii"})
    np.testing.assert_array_equal(voxels_of(tmp_path / "a.nrrd"), voxels)


@pytest.mark.parametrize("text", ["1 2 3", "1 2 x" + " 4" * 200, "1 " * 500])
def test_text_of_too_few_or_too_many_or_no_numbers_is_refused(tmp_path, text):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ScanError, match=r"^a\."):
        read_scan(header(tmp_path / "a.nhdr", "a.txt", "ascii"))


@pytest.mark.parametrize("encoding", ["raw", "gzip"])
@pytest.mark.parametrize("lines", [0, 3])
def test_lines_before_the_voxels_are_skipped(tmp_path, encoding, lines):
    content = VOXELS.tobytes(order="F")
    packed = gzip.compress(content) if encoding == "gzip" else content
    (tmp_path / "a.bin").write_bytes(b"a line of text\n" * lines + packed)
    path = header(tmp_path / "a.nhdr", "a.bin", encoding, f"line skip: {lines}")
    np.testing.assert_array_equal(voxels_of(path), VOXELS)


@pytest.mark.parametrize("skip", [-1, 352])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_header_may_stand_before_the_voxels_of_a_nifti_file(tmp_path, skip, suffix):
    nib.save(nib.Nifti1Image(VOXELS, np.eye(4)), tmp_path / f"a{suffix}")
    encoding = "gzip" if suffix.endswith("gz") else "raw"
    path = header(tmp_path / "a.nhdr", f"a{suffix}", encoding, f"byte skip: {skip}")
    np.testing.assert_array_equal(voxels_of(path), VOXELS)


def test_fewer_packed_bytes_than_are_skipped_are_refused(tmp_path):
    (tmp_path / "a.bin").write_bytes(gzip.compress(VOXELS.tobytes()))
    with pytest.raises(ScanError, match=r"^a\.bin: .*announces"):
        read_scan(header(tmp_path / "a.nhdr", "a.bin", "gzip", "byte skip: 100"))


def as_hex(content):
    """Write bytes as digits, in lines of 35 bytes, as teem does."""
    return "\n".join(content[at : at + 35].hex() for at in range(0, len(content), 35)) + "\n"


@pytest.mark.parametrize("endian", ["little", "big"])
def test_voxels_written_as_digits_of_their_bytes(tmp_path, endian):
    content = VOXELS.astype(f"{'<' if endian == 'little' else '>'}i2").tobytes(order="F")
    (tmp_path / "a.hex").write_text(as_hex(content))
    path = header(tmp_path / "a.nhdr", "a.hex", "hex")
    path.write_text(path.read_text().replace("little", endian))
    np.testing.assert_array_equal(voxels_of(path), VOXELS)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-9], lambda text: text[:-2] + "xy", "{}00".format]
)
def test_digits_that_are_too_few_or_too_many_or_none_are_refused(tmp_path, change):
    (tmp_path / "a.hex").write_text(change(as_hex(VOXELS.tobytes())))
    with pytest.raises(ScanError, match=r"^a\."):
        read_scan(header(tmp_path / "a.nhdr", "a.hex", "hex"))


@pytest.mark.parametrize(("skipped", "held"), [("byte skip: 10", "10"), ("line skip: 1", "20")])
def test_voxels_that_lack_behind_what_is_skipped_are_counted_from_there(tmp_path, skipped, held):
    (tmp_path / "a.bin").write_bytes(b"x" * 9 + b"\n" + bytes(int(held)))
    with pytest.raises(ScanError, match=rf"bytes of voxels, and the file holds {held} of them"):
        read_scan(header(tmp_path / "a.nhdr", "a.bin", "raw", skipped))
