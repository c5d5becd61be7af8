"""Damaged and hostile files of every format: a valid scan or a refusal, and nothing else.

NRRD, MetaImage and DICOM have tests of their own beside these, made of what only they have.
"""

from __future__ import annotations

import gzip
import random
import resource
import struct
import time
import zlib
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FEW, MANY = 200, 10_000
HANG_SECONDS = 5.0
MEMORY_KIB = 300_000

VOXELS = np.random.default_rng(0).integers(0, 999, (9, 8, 7)).astype(np.int16)
AFFINE = np.diag([-0.9, 0.8, 5.0, 1.0])


def nifti(name: str, kind: type = nib.Nifti1Image) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        nib.save(kind(VOXELS, AFFINE), folder / name)
        return folder / name

    return make


def tiff(**options: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        tifffile.imwrite(folder / "a.tif", VOXELS.astype(np.uint16), **options)
        return folder / "a.tif"

    return make


def picture(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        Image.fromarray(VOXELS[0].astype(np.uint8)).save(folder / name)
        return folder / name

    return make


SAMPLES = {
    "nifti": nifti("a.nii"),
    "nifti_gz": nifti("a.nii.gz"),
    "nifti2": nifti("a.nii", nib.Nifti2Image),
    "nifti_pair": nifti("a.hdr", nib.Nifti1Pair),
    "tiff": tiff(photometric="minisblack"),
    "tiff_deflate": tiff(photometric="minisblack", compression="zlib"),
    "tiff_lzw": tiff(photometric="minisblack", compression="lzw", predictor=True),
    "imagej": tiff(imagej=True, resolution=(2, 2), metadata={"axes": "ZYX", "spacing": 5}),
    "ome": tiff(ome=True, metadata={"axes": "ZYX", "PhysicalSizeX": 0.9}),
    "png": picture("a.png"),
    "jpeg": picture("a.jpg"),
}


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Change, remove, repeat or cut some bytes, half of the time near the start."""
    mutant = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(min(len(mutant), 400) if rng.random() < 0.5 else len(mutant))
        way = rng.randrange(5)
        if way == 0:
            mutant[at] = rng.randrange(256)
        elif way == 1:
            mutant[at : at + 4] = rng.choice([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"])
        elif way == 2:
            del mutant[at : at + rng.randint(1, 16)]
        elif way == 3:
            mutant[at:at] = mutant[at : at + rng.randint(1, 16)]
        elif rng.random() < 0.2:
            del mutant[at + 1 :]
        if len(mutant) < 2:
            break
    return bytes(mutant)


def outcome(path: Path) -> str:
    """Open a file; give the refusal, or nothing for a valid scan."""
    try:
        scan = read_scan(path).scan
    except ScanError as error:
        return str(error)
    assert np.isfinite(scan.affine).all()
    return ""


def check(folder: Path, sample: str, count: int) -> None:
    private = folder / "Doe^Jane"
    private.mkdir()
    path = SAMPLES[sample](private)
    content, rng = path.read_bytes(), random.Random(7)
    assert isinstance(read_scan(path).scan, Scan)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest, refused = 0.0, 0
    for _ in range(count):
        path.write_bytes(mutate(content, rng))
        started = time.process_time()
        refusal = outcome(path)
        slowest = max(slowest, time.process_time() - started)
        refused += bool(refusal)
        assert "Doe" not in refusal
        assert str(folder) not in refusal
    assert 0 < refused <= count
    assert slowest < HANG_SECONDS  # a hang, not a timing: files of a kilobyte
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_KIB


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_damaged_file_gives_a_scan_or_a_refusal(tmp_path: Path, sample: str) -> None:
    check(tmp_path, sample, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES)
def test_ten_thousand_damaged_files_give_a_scan_or_a_refusal(tmp_path: Path, sample: str) -> None:
    check(tmp_path, sample, MANY)


def huge_nifti(folder: Path) -> Path:
    header = nib.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape((12_000, 12_000, 12_000))
    (folder / "a.nii").write_bytes(header.binaryblock + bytes(1_000_000))
    return folder / "a.nii"


def huge_gzip(folder: Path) -> Path:
    header = nib.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape((800, 800, 800))
    (folder / "a.nii.gz").write_bytes(gzip.compress(header.binaryblock + bytes(4) + bytes(10_000)))
    return folder / "a.nii.gz"


def huge_tiff(folder: Path) -> Path:
    tifffile.imwrite(folder / "a.tif", np.zeros((4, 4), np.uint8), photometric="minisblack")
    content = bytearray((folder / "a.tif").read_bytes())
    for tag in (256, 257):  # width and height
        at = content.index(struct.pack("<H", tag), 8)
        content[at + 2 : at + 4] = struct.pack("<H", 4)  # LONG
        content[at + 8 : at + 12] = struct.pack("<I", 1_300_000)
    (folder / "a.tif").write_bytes(content)
    return folder / "a.tif"


def huge_png(folder: Path) -> Path:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    body = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size)
    body += chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    (folder / "a.png").write_bytes(body)
    return folder / "a.png"


@pytest.mark.parametrize("make", [huge_nifti, huge_gzip, huge_tiff, huge_png])
def test_a_small_file_that_claims_to_be_huge_is_refused_without_allocating(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ScanError) as refusal:
        read_scan(path)
    assert path.name in str(refusal.value)
    assert any(letter.isdigit() for letter in str(refusal.value))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
def test_one_flipped_bit_in_compressed_voxels_is_noticed(tmp_path: Path, at: float) -> None:
    path = SAMPLES["nifti_gz"](tmp_path)
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)
    with pytest.raises(ScanError, match=r"a\.nii\.gz"):
        read_scan(path)


def test_a_wrong_checksum_is_noticed(tmp_path: Path) -> None:
    path = SAMPLES["nifti_gz"](tmp_path)
    content = bytearray(path.read_bytes())
    content[-6] ^= 1  # in the CRC, behind all the data
    path.write_bytes(content)
    with pytest.raises(ScanError, match=r"a\.nii\.gz"):
        read_scan(path)


def test_an_affine_beyond_all_measure_is_refused_without_a_warning(tmp_path: Path) -> None:
    path = SAMPLES["nifti2"](tmp_path)
    content = bytearray(path.read_bytes())
    content[400:408] = struct.pack("<d", 1e200)  # the first number of srow_x
    path.write_bytes(content)
    with pytest.raises(ScanError, match="does not place voxels in space"):
        read_scan(path)
