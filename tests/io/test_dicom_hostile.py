"""Damaged and hostile DICOM: a scan or a refusal, and nothing else, not even a warning."""

from __future__ import annotations

import random
import warnings

import imagecodecs
import numpy as np
import pydicom
import pytest
from dicom_files import frame_of, write_enhanced, write_slice
from pydicom import uid
from pydicom.dataelem import RawDataElement
from pydicom.encaps import encapsulate
from pydicom.tag import Tag

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan
from napari_brainseg.scan import Scan

FEW, MANY = 300, 10_000

PIXELS = np.random.default_rng(0).integers(0, 999, (16, 17)).astype(np.uint16)

STREAMS = {
    uid.JPEGLosslessSV1: imagecodecs.ljpeg_encode,
    uid.JPEGLSLossless: imagecodecs.jpegls_encode,
    uid.JPEG2000Lossless: imagecodecs.jpeg2k_encode,
}

EXTREMES = [b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80"]


def plain(path):
    return write_slice(path, PIXELS)


def enhanced(path):
    frames = [frame_of((0, 0, 5 * z), echo=30, rescale=(2, 1)) for z in range(3)]
    return write_enhanced(path, np.stack([PIXELS] * 3), frames)


def run_length(path):
    write_slice(path, PIXELS)
    dataset = pydicom.dcmread(path)
    dataset.compress(uid.RLELossless)
    dataset.save_as(path)
    return path


def deflated(path):
    write_slice(path, PIXELS)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    return path


def bare(path):
    write_slice(path, PIXELS)
    path.write_bytes(path.read_bytes()[132:])
    return path


def coded(syntax):
    def make(path):
        write_slice(path, PIXELS)
        dataset = pydicom.dcmread(path)
        dataset.PixelData = encapsulate([STREAMS[syntax](PIXELS)])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.save_as(path, enforce_file_format=True)
        return path

    return make


SAMPLES = {
    "plain": plain,
    "enhanced": enhanced,
    "run_length": run_length,
    "deflated": deflated,
    "bare": bare,
    **{syntax.keyword: coded(syntax) for syntax in STREAMS},
}


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Damage a file in one to three of the ways in which files are damaged."""
    mutant = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        # Half of the time in the header, where most of what can go wrong is.
        at = rng.randrange(132, min(len(mutant), 1600) if rng.random() < 0.5 else len(mutant))
        way = rng.randrange(5)
        if way == 0:
            mutant[at] = rng.randrange(256)
        elif way == 1:
            mutant[at : at + 4] = rng.choice(EXTREMES)
        elif way == 2:
            del mutant[at : at + rng.randint(1, 40)]
        elif way == 3:
            mutant[at:at] = mutant[at : at + rng.randint(1, 40)]
        elif rng.random() < 0.2:
            del mutant[at:]
        if len(mutant) < 200:
            break
    return bytes(mutant)


def outcome(path):
    """Open a file: its scan and no refusal, or none and the refusal's text."""
    try:
        return read_scan(path).scan, ""
    except ScanError as error:
        return None, str(error)


def check(folder, sample, count, seed):
    path = SAMPLES[sample](folder / "a.dcm")
    content, rng = path.read_bytes(), random.Random(seed)
    assert isinstance(read_scan(path).scan, Scan)
    opened = 0
    for _ in range(count):
        path.write_bytes(mutate(content, rng))
        scan, refusal = outcome(path)
        assert "Doe" not in refusal
        assert str(folder) not in refusal
        if scan is not None:
            opened += 1
            assert np.isfinite(scan.data).all()
    assert 0 < opened < count


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_damaged_file_gives_a_scan_or_a_refusal(tmp_path, sample):
    check(tmp_path, sample, FEW // len(SAMPLES), seed=0)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("sample", SAMPLES)
def test_ten_thousand_damaged_files_give_a_scan_or_a_refusal(tmp_path, sample):
    check(tmp_path, sample, MANY // len(SAMPLES), seed=1)


HOSTILE = {
    "Rows": [0, 65535],
    "Columns": [0, 65535],
    "NumberOfFrames": ["0", "-3", "2147483647"],
    "BitsAllocated": [0, 1, 12, 64, 65535],
    "BitsStored": [0, 17, 65535],
    "SamplesPerPixel": [0, 3, 65535],
    "PixelRepresentation": [2, 65535],
    "PhotometricInterpretation": ["", "RGB", "PALETTE COLOR"],
    "RescaleSlope": ["0", "1e308", "-1e-308"],
    "RescaleIntercept": ["1e308", "-1e308"],
    "PixelSpacing": [["0", "0"], ["-1", "1"], ["1e-300", "1"], ["1e300", "1"]],
    "ImagePositionPatient": [["1e300", "0", "0"], ["0", "0"]],
    "ImageOrientationPatient": [["0"] * 6, ["1", "0", "0", "1", "0", "0"], ["1e200"] * 6],
    "SliceThickness": ["-5", "0", "1e300"],
    "SeriesDescription": ["../../etc/passwd", "a\\b", "x" * 64],
}


@pytest.mark.parametrize(("tag", "value"), [(t, v) for t in HOSTILE for v in HOSTILE[t]])
def test_hostile_values_give_a_scan_or_a_refusal(tmp_path, tag, value):
    path = write_slice(tmp_path / "a.dcm", PIXELS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, of what is written here
        dataset = pydicom.dcmread(path)
        setattr(dataset, tag, value)
        dataset.save_as(path)
    scan, refusal = outcome(path)
    if scan is None:
        assert refusal.startswith(("a.dcm: ", tmp_path.name))
    else:
        assert np.isfinite(scan.data).all()
        assert "/" not in scan.source.name


def test_a_deflated_file_that_unfolds_to_gigabytes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_brainseg.io.guards.SMALL", 10**7)
    path = tmp_path / "a.dcm"
    write_slice(path, PIXELS)
    dataset = pydicom.dcmread(path)
    dataset.add_new(0x7FE11001, "OB", bytes(50_000_000))
    dataset.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    with pytest.raises(ScanError, match=r"^a\.dcm: unpacks to more than 10,000,000 bytes from "):
        read_scan(path)


@pytest.mark.parametrize("deflated", [False, True])
def test_a_header_of_a_million_items_is_refused_before_it_is_loaded(tmp_path, deflated):
    path = plain(tmp_path / "a.dcm")
    dataset = pydicom.dcmread(path)
    items = b"\xfe\xff\x00\xe0\0\0\0\0" * 400_000
    dataset[0x52009230] = RawDataElement(
        Tag(0x52009230), "SQ", len(items), items, 0, is_implicit_VR=False, is_little_endian=True
    )
    if deflated:
        dataset.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    with pytest.raises(ScanError, match=r"^a\.dcm: its header lists more than 300,000 items"):
        read_scan(path)


def test_a_header_of_a_million_elements_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_brainseg.io.dicom.image.MOST_READS", 1000)
    path = tmp_path / "a.dcm"
    path.write_bytes(bytes(128) + b"DICM" + b"\x08\0\5\0CS\0\0" * 5000)
    with pytest.raises(ScanError, match=r"^a\.dcm: its header lists more than 1,000 items"):
        read_scan(path)
