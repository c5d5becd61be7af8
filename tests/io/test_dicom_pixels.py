"""Compressed DICOM, against what was compressed; sizes checked before anything is allocated."""

from __future__ import annotations

import shutil
from functools import partial

import dicom_series
import imagecodecs
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_files import frame_of, write_enhanced, write_slice
from pydicom import uid
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, encapsulate_extended

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_mask, read_scan, write_mask
from napari_brainseg.io.dicom.codecs import JPEG_XL

JPEG2000 = uid.JPEG2000Lossless

ENCODERS = {
    uid.JPEGLossless: imagecodecs.ljpeg_encode,
    uid.JPEGLosslessSV1: imagecodecs.ljpeg_encode,
    uid.JPEGLSLossless: imagecodecs.jpegls_encode,
    uid.JPEG2000Lossless: lambda a: imagecodecs.jpeg2k_encode(
        a, codecformat="j2k", reversible=True
    ),
    uid.JPEGBaseline8Bit: partial(imagecodecs.jpeg8_encode, level=100),
}


def compressed(path, syntax, stream, pixels, **tags):
    """Write a slice whose pixels are one compressed frame."""
    write_slice(path, pixels, **tags)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path, enforce_file_format=True)
    return path


def alone(folder, name):
    """Copy a test file of pydicom's into a folder of its own, away from others of its series."""
    return shutil.copy(get_testdata_file(f"{name}.dcm"), folder / f"{name}.dcm")


def renamed(path, syntax, other):
    """State a transfer syntax that pydicom does not write."""
    content = path.read_bytes()
    start = content.index(b"\2\0\x10\0UI")
    before, after = content[:start], content[start + 8 + len(syntax) + len(syntax) % 2 :]
    stated = other.encode() + b"\0" * (len(other) % 2)
    grown = len(stated) - len(syntax) - len(syntax) % 2
    length = int.from_bytes(before[140:144], "little") + grown
    before = before[:140] + length.to_bytes(4, "little") + before[144:]
    path.write_bytes(before + b"\2\0\x10\0UI" + len(stated).to_bytes(2, "little") + stated + after)


def noise(dtype, top=4000):
    return np.random.default_rng(0).integers(0, top, (40, 50)).astype(dtype)


@pytest.mark.parametrize("syntax", list(ENCODERS)[:4], ids=lambda syntax: syntax.keyword)
def test_lossless_pixels_come_back_as_they_were(tmp_path, syntax):
    pixels = noise(np.uint16)
    stream = ENCODERS[syntax](pixels)
    path = compressed(tmp_path / "a", syntax, stream, pixels, PixelRepresentation=0)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], pixels)


@pytest.mark.parametrize("syntax", JPEG_XL)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_jpeg_xl_opens_and_its_mask_refers_to_it(tmp_path, syntax, dtype):
    pixels, bits = noise(dtype, 255), 8 * np.dtype(dtype).itemsize
    stream = imagecodecs.jpegxl_encode(pixels, lossless=True)
    tags = {"PixelRepresentation": 0, "BitsAllocated": bits, "BitsStored": bits}
    identity = dicom_series.IDENTITY | {"HighBit": bits - 1}
    path = compressed(tmp_path / "a", JPEG2000, stream, pixels, **tags, **identity)
    renamed(path, JPEG2000, syntax)
    scan = read_scan(path).scan
    np.testing.assert_array_equal(scan.data[0, 0], pixels)
    mask = write_mask(pixels[np.newaxis] > 100, scan, tmp_path / "m.dcm")
    np.testing.assert_array_equal(read_mask(mask)[0][0], pixels > 100)


@pytest.mark.parametrize("stored", [12, 16])
@pytest.mark.parametrize("syntax", list(ENCODERS)[:3], ids=lambda syntax: syntax.keyword)
def test_the_sign_survives_a_codec_that_has_none(tmp_path, syntax, stored):
    pixels = noise(np.int16) - 2000
    bits = (pixels.astype(int) & ((1 << stored) - 1)).astype(np.uint16)
    tags = {"BitsStored": stored, "HighBit": stored - 1, "PixelRepresentation": 1}
    path = compressed(tmp_path / "a", syntax, ENCODERS[syntax](bits), pixels, **tags)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], pixels)


def test_lossy_jpeg_is_close(tmp_path):
    pixels = np.add.outer(np.arange(40), 3 * np.arange(50)).astype(np.uint8)
    stream = ENCODERS[uid.JPEGBaseline8Bit](pixels)
    tags = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}
    path = compressed(tmp_path / "a", uid.JPEGBaseline8Bit, stream, pixels, **tags)
    assert np.abs(read_scan(path).scan.data[0, 0] - pixels.astype(int)).max() <= 2


@pytest.mark.parametrize("syntax", ENCODERS)
def test_a_picture_that_is_cut_short_is_refused(tmp_path, syntax):
    pixels = np.random.default_rng(0).integers(0, 255, (40, 50)).astype(np.uint8)
    stream = ENCODERS[syntax](pixels)
    tags = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}
    for left in (len(stream) // 2, len(stream) - 20):
        for end in (b"", stream[-2:]):  # as programs add that repair them
            path = compressed(tmp_path / "a", syntax, stream[:left] + end, pixels, **tags)
            with pytest.raises(
                ScanError, match=r"^a: (could not be decoded|a picture in it is cut)"
            ):
                read_scan(path)
    path = compressed(tmp_path / "a", syntax, stream + bytes(6), pixels, **tags)
    assert read_scan(path).scan.grid == (1, 40, 50)


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
@pytest.mark.parametrize("dtype", [np.int16, np.uint16])
def test_what_simpleitk_compressed_is_read_exactly(tmp_path, compressor, dtype):
    pixels = noise(dtype) - (2000 if dtype is np.int16 else 0)
    writer = sitk.ImageFileWriter()
    writer.SetFileName(str(tmp_path / "a.dcm"))
    writer.SetUseCompression(True)
    writer.SetCompressor(compressor)
    writer.Execute(sitk.GetImageFromArray(pixels[np.newaxis]))
    scan = read_scan(tmp_path / "a.dcm").scan
    assert scan.source.dataset.file_meta.TransferSyntaxUID.is_compressed
    np.testing.assert_array_equal(scan.data[0, 0], pixels)


@pytest.mark.parametrize(
    "name", ["MR_small_RLE", "MR_small_jp2klossless", "MR_small_jpeg_ls_lossless"]
)
def test_the_variants_of_one_real_slice_are_the_same(tmp_path, name):
    found = read_scan(alone(tmp_path, name)).scan
    (tmp_path / "plain").mkdir()
    plain = read_scan(alone(tmp_path / "plain", "MR_small")).scan
    np.testing.assert_array_equal(found.data, plain.data)
    np.testing.assert_array_equal(found.affine, plain.affine)


@pytest.mark.parametrize("name", ["693_J2KI", "J2K_pixelrep_mismatch", "JPEG2000", "JPGExtended"])
def test_real_compressed_files_are_decoded_as_by_pydicom(tmp_path, name):
    path = alone(tmp_path, name)
    dataset = pydicom.dcmread(path)
    if name == "JPGExtended":  # 12 bits, which Pillow does not decode; SimpleITK does
        expected = sitk.GetArrayFromImage(sitk.ReadImage(path))[0]
    else:
        stored = pydicom.pixels.pixel_array(dataset, decoding_plugin="pillow")
        expected = pydicom.pixels.apply_modality_lut(stored, dataset)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], expected)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("tag", ["Rows", "Columns"])
def test_pixels_of_more_rows_or_columns_than_the_header_says_are_refused(tmp_path, tag, bits):
    pixels = noise(f"uint{bits}", 250)
    tags = {"BitsAllocated": bits, "BitsStored": bits, "HighBit": bits - 1}
    tags |= {"PixelData": pixels.tobytes(), "PixelRepresentation": 0}
    path = tmp_path / "a"
    write_slice(path, pixels, **tags)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], pixels)
    dataset = pydicom.dcmread(path)
    setattr(dataset, tag, getattr(dataset, tag) - 1)
    dataset.save_as(path)
    with pytest.raises(ScanError, match=r"^a: announces 1 x .* is [\d,]+ bytes, and holds [\d,]+;"):
        read_scan(path)


@pytest.mark.parametrize("tag", ["Rows", "Columns"])
@pytest.mark.parametrize("kind", ["RLE", "FloatPixelData"])
def test_no_other_way_of_storing_holds_more_than_the_header_says(tmp_path, tag, kind):
    pixels = noise(np.uint16)
    path = tmp_path / "a"
    write_slice(path, pixels, PixelRepresentation=0)
    dataset = pydicom.dcmread(path)
    if kind == "RLE":
        dataset.compress(uid.RLELossless)
    else:
        del dataset.PixelData
        dataset.FloatPixelData = pixels.astype(np.float32).tobytes()
        dataset.BitsAllocated = 32
    dataset.save_as(path)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], pixels)
    setattr(dataset, tag, getattr(dataset, tag) - 1)
    dataset.save_as(path)
    with pytest.raises(ScanError, match=r"^a: announces 1 x .* bytes, and holds [\d,]+;"):
        read_scan(path)


@pytest.mark.parametrize("spare", [b"\7\7", bytes(300)])
def test_a_little_padding_or_any_of_zeros_is_none_of_the_picture(tmp_path, spare):
    pixels = noise(np.uint16)
    path = tmp_path / "a"
    write_slice(path, pixels, PixelRepresentation=0)
    dataset = pydicom.dcmread(path)
    dataset.PixelData += spare
    dataset.save_as(path)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], pixels)


@pytest.mark.parametrize("name", ["MR_small_padded", "image_dfl", "MR_small_expb"])
def test_padded_deflated_and_big_endian_files_open_without_warnings(tmp_path, name):
    path = alone(tmp_path, name)
    expected = pydicom.dcmread(get_testdata_file("MR_small.dcm")).pixel_array
    data = read_scan(path).scan.data
    if name != "image_dfl":
        np.testing.assert_array_equal(data[0, 0], expected)


def test_a_missing_decoder_is_named_with_the_package(tmp_path, monkeypatch):
    pixels = noise(np.uint16)
    stream = ENCODERS[uid.JPEGLosslessSV1](pixels)
    path = compressed(tmp_path / "a", uid.JPEGLosslessSV1, stream, pixels)
    monkeypatch.setattr("napari_brainseg.io.dicom.codecs.find_spec", lambda name: None)
    with pytest.raises(ScanError, match=r"JPEG Lossless.* Install imagecodecs"):
        read_scan(path)


def test_bits_that_lie_higher_than_they_should_are_refused(tmp_path):
    path = write_slice(tmp_path / "a", noise(np.uint16), BitsStored=12, HighBit=15)
    with pytest.raises(ScanError, match=r"^a: keeps its 12 bits a pixel up to bit 15"):
        read_scan(path)


@pytest.mark.parametrize("syntax", list(ENCODERS)[:4], ids=lambda syntax: syntax.keyword)
def test_a_stream_of_another_size_is_refused(tmp_path, syntax):
    stream = ENCODERS[syntax](noise(np.uint16))
    path = compressed(tmp_path / "a", syntax, stream, noise(np.uint16)[:20, :25])
    with pytest.raises(ScanError, match=r"^a: could not be decoded as DICOM"):
        read_scan(path)


def test_more_voxels_than_memory_are_refused_before_they_are_decoded(tmp_path):
    stream = ENCODERS[uid.JPEG2000Lossless](noise(np.uint16))
    tags = {"Rows": 65535, "Columns": 65535}
    path = compressed(tmp_path / "a", uid.JPEG2000Lossless, stream, noise(np.uint16), **tags)
    with pytest.raises(ScanError, match=r"GB of memory are free|could not be decoded"):
        read_scan(path)


def test_what_a_file_unfolds_to_is_counted_before_it_is_held(tmp_path, monkeypatch):
    path = write_slice(tmp_path / "a", np.zeros((5000, 5000)))
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    assert path.stat().st_size < 100_000
    assert read_scan(path).scan.grid == (1, 5000, 5000)

    def refuse(name, n_bytes):
        if n_bytes > 20_000_000:
            raise ScanError(f"{name}: {n_bytes} bytes")

    monkeypatch.setattr("napari_brainseg.io.dicom.image.check_memory", refuse)
    with pytest.raises(ScanError, match=r"^a: 2\d{7} bytes"):
        read_scan(path)


@pytest.mark.parametrize("syntax", list(ENCODERS)[:4], ids=lambda syntax: syntax.keyword)
def test_pixels_of_more_bits_than_the_header_states_are_refused(tmp_path, syntax):
    pixels = noise(np.uint16)
    tags = {"BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}
    path = compressed(tmp_path / "a", syntax, ENCODERS[syntax](pixels), pixels, **tags)
    with pytest.raises(ScanError, match=r"^a: its pixels take more than the 8 bits"):
        read_scan(path)
    dataset = pydicom.dcmread(path)
    dataset.add_new(0x60000102, "US", 12)  # a drawing in the spare bits
    dataset.save_as(path)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0], pixels & 255)


def test_a_table_of_where_frames_begin_exchanges_none(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 4000, (4, 40, 50)).astype(np.uint16)
    frames = [frame_of((0, 0, 5 * z)) for z in range(4)]
    path = write_enhanced(tmp_path / "a.dcm", pixels, frames, PixelRepresentation=0)
    streams = [imagecodecs.jpegls_encode(each) for each in pixels]
    dataset = pydicom.dcmread(path)
    dataset.PixelData, table, lengths = encapsulate_extended(streams)
    dataset.file_meta.TransferSyntaxUID = uid.JPEGLSLossless
    dataset.ExtendedOffsetTable = table[8:16] + table[:8] + table[16:]
    dataset.ExtendedOffsetTableLengths = lengths[8:16] + lengths[:8] + lengths[16:]
    dataset.save_as(path)
    np.testing.assert_array_equal(read_scan(path).scan.data[0], pixels)
