"""Files packed by gzip: in several parts, with bytes after their end, cut short or damaged."""

from __future__ import annotations

import gzip
import io
import zlib

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan
from napari_brainseg.io.packed import Unpacking, open_unpacked, spare_of

CONTENT = np.random.default_rng(0).integers(0, 9, 200_000).astype(np.uint8).tobytes()


@pytest.mark.parametrize(
    ("parts", "after", "spare"),
    [
        ([CONTENT], b"", 0),
        ([CONTENT[:7], b"", CONTENT[7:]], b"", 0),
        ([CONTENT], b"\0" * 512, 0),
        ([CONTENT], b"\0\0junk", 4),
        ([CONTENT], b"<html>" * 20_000, 120_000),
        ([b""], b"x", 1),
    ],
)
@pytest.mark.parametrize("piece", [-1, 1, 4096], ids=["all", "byte by byte", "pieces"])
def test_all_parts_are_unpacked_and_what_follows_is_counted(tmp_path, parts, after, spare, piece):
    path = tmp_path / "a.gz"
    path.write_bytes(b"".join(map(gzip.compress, parts)) + after)
    with open_unpacked(path) as stream:
        found = b"".join(iter(lambda: stream.read(piece), b""))
        assert found == b"".join(parts)
        assert spare_of(stream) == spare


def test_every_cut_and_every_flipped_bit_is_noticed():
    packed = gzip.compress(CONTENT[:100], mtime=0)
    for at in range(1, len(packed)):
        with pytest.raises(EOFError):
            Unpacking(io.BytesIO(packed[:at])).readall()
    for at in range(len(packed) - 8, len(packed)):  # checksum and length
        broken = bytearray(packed)
        broken[at] ^= 4
        with pytest.raises(Exception, match="incorrect"):
            Unpacking(io.BytesIO(broken)).readall()


@pytest.mark.parametrize("name", ["a.nii.gz", "a.mgz"])
def test_a_volume_with_bytes_after_its_packed_ones_opens(tmp_path, name):
    voxels = np.random.default_rng(0).integers(0, 99, (4, 5, 6)).astype(np.int16)
    kind = nib.Nifti1Image if name.endswith("nii.gz") else nib.MGHImage
    path = tmp_path / name
    nib.save(kind(voxels, np.diag([2.0, 2, 3, 1])), path)
    packed = path.read_bytes()
    path.write_bytes(packed + b"-- end of tape --")
    scan = read_scan(path).scan
    np.testing.assert_array_equal(scan.data[0].T, voxels)
    if kind is nib.Nifti1Image:
        assert "17 bytes more" in scan.source.warnings[0]
    path.write_bytes(packed + packed[:-6])  # a second part, cut short
    with pytest.raises(ScanError, match=name):
        read_scan(path)


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.nhdr", "a.mhd"])
@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
def test_bytes_behind_the_voxels_are_told_in_every_format_of_itk(tmp_path, name, packed):
    voxels = np.random.default_rng(0).integers(0, 99, (4, 5, 6)).astype(np.int16)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(voxels), str(tmp_path / name), packed)
    (holding, *_) = sorted(tmp_path.iterdir(), key=lambda file: file.name == name)
    assert not any("more than" in note for note in read_scan(tmp_path / name).scan.source.warnings)
    with holding.open("ab") as stream:
        stream.write(b"-- end of tape --")
    scan = read_scan(tmp_path / name).scan
    np.testing.assert_array_equal(scan.data[0], voxels)
    assert f"{holding.name} holds 17 bytes more than the header announces." in scan.source.warnings


def test_a_million_empty_parts_are_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_brainseg.io.packed.MAX_PARTS", 1000)
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(bytes(348)) + gzip.compress(b"") * 1000)
    with pytest.raises(ScanError, match=r"^a\.nii\.gz: "):
        read_scan(path)
    with open_unpacked(path) as stream, pytest.raises(zlib.error, match="1001"):
        stream.read()
