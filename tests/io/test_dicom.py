"""DICOM series: order and geometry by position, and refusal of what one grid cannot hold."""

from __future__ import annotations

import dicom_series
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from contracts.format_contract import FormatContract
from dicom_files import write_series, write_slice
from dicom_series import OBLIQUE, TILT

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_mask, read_scan, write_mask
from napari_brainseg.scan import DISPLAY_AFFINE


class TestDicomFolderContract(FormatContract):
    def make(self, folder):
        (folder / "notes.txt").write_text("not an image")
        return dicom_series.write_series(folder / "series")

    def damage(self, path):
        for file in path.iterdir():
            if file.name != "I3":
                file.unlink()
        return path / "I3"

    def check_refusal(self, sample, victim):
        # A folder whose only DICOM file lost its magic bytes is just a folder without a scan.
        with pytest.raises(ScanError) as refusal:
            read_scan(sample)
        assert str(sample.parent) not in str(refusal.value)


class TestDicomFileContract(FormatContract):
    n_slices = 1

    def make(self, folder):
        return dicom_series.write_slice(folder / "slice.dcm", np.zeros((6, 7)))


class TestDicomWithoutIdentifiersContract(FormatContract):
    n_slices = 1

    def make(self, folder):
        return write_slice(folder / "slice.dcm", np.zeros((6, 7)))


def test_one_file_stands_for_its_series(tmp_path):
    write_series(tmp_path, heights=range(0, 60, 5))
    write_series(tmp_path / "other", heights=range(0, 15, 5), series="9.9.9")
    for file in (tmp_path / "other").iterdir():
        file.rename(tmp_path / f"other_{file.name}")
    scan = read_scan(tmp_path / "I4").scan
    assert [file.name for file in scan.source.files] == [f"I{n}" for n in range(12, 0, -1)]
    assert not scan.source.warnings
    assert read_scan(tmp_path / "other_I2").scan.grid == (3, 6, 7)


def test_of_several_series_the_largest_is_opened_and_the_others_are_named(tmp_path):
    write_series(tmp_path, heights=range(0, 60, 5), SeriesDescription="Ax FLAIR")
    for z in range(3):
        place = (0, 0, z)
        tags = {"series": "9.9", "SeriesDescription": "Scout", "SeriesNumber": 7}
        write_slice(tmp_path / f"scout{z}", np.zeros((6, 7)), place, **tags)
    scan = read_scan(tmp_path).scan
    assert scan.grid == (12, 6, 7)
    assert scan.source.name == "Ax FLAIR"
    assert scan.channels == ("FLAIR",)
    assert "7 Scout (3 images)" in scan.source.warnings[0]


def test_files_that_are_no_image_are_skipped(tmp_path):
    write_series(tmp_path)
    no_image = write_slice(tmp_path / "DIRFILE", np.zeros((6, 7)), Rows=None, PixelData=None)
    assert read_scan(tmp_path).scan.grid == (12, 6, 7)
    with pytest.raises(ScanError, match="DIRFILE: this DICOM file holds no image"):
        read_scan(no_image)


def test_a_damaged_neighbour_is_left_out_with_a_warning(tmp_path):
    write_series(tmp_path)
    (tmp_path / "broken").write_bytes(bytes(128) + b"DICM" + b"\xff" * 40)
    scan = read_scan(tmp_path).scan
    assert scan.grid == (12, 6, 7)
    assert "broken" in scan.source.warnings[0]


def test_the_geometry_is_what_simpleitk_finds(tmp_path):
    normal = np.cross(OBLIQUE[:3], OBLIQUE[3:])
    for z in range(5):
        name, place = f"f{9 - z}.dcm", (10.0, 20.0, -30.0) + 4.5 * z * normal
        pixels = np.arange(42).reshape(6, 7) + 100 * z
        write_slice(tmp_path / name, pixels, place, ImageOrientationPatient=list(OBLIQUE))
    scan = read_scan(tmp_path).scan
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path)))
    image = reader.Execute()
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), scan.data[0])
    for index in ((0, 0, 0), (6, 0, 0), (0, 5, 0), (0, 0, 4), (3, 2, 1)):
        lps = image.TransformIndexToPhysicalPoint(index)
        np.testing.assert_allclose(
            (scan.affine @ (*index, 1))[:3], np.array(lps) * (-1, -1, 1), atol=1e-4
        )
    saved = write_mask(scan.data[0] > 200, scan, tmp_path / "mask.nii.gz")
    mask = sitk.ReadImage(str(saved))
    np.testing.assert_allclose(mask.GetOrigin(), image.GetOrigin(), atol=1e-4)
    np.testing.assert_allclose(mask.GetDirection(), image.GetDirection(), atol=1e-5)


def test_a_tilted_gantry_is_kept_as_a_shear_with_a_warning(tmp_path):
    cosines = [1, 0, 0, 0, np.cos(TILT), -np.sin(TILT)]
    write_series(tmp_path, ImageOrientationPatient=[round(value, 7) for value in cosines])
    scan = read_scan(tmp_path).scan
    assert "tilted by 18.5 degrees" in scan.source.warnings[0]
    np.testing.assert_allclose(scan.affine[:3, 2], (0, 0, 5), atol=1e-9)
    np.testing.assert_array_equal(scan.data[0, :, 0, 0], 10 * np.arange(12))
    saved = write_mask(np.ones(scan.grid, int), scan, tmp_path / "mask.nii.gz")
    np.testing.assert_allclose(read_mask(saved)[1], scan.affine, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("heights", "reason"),
    [
        ((0, 5, 10, 15, 15, 20), "I2 and I3 lie at the same place"),
        ((0, 5, 10, 20, 25, 30), "1 slice is missing, between I4 and I3"),
        ((0, 4, 8, 15, 22, 29), r"4.00 to 7.00 mm apart"),
        ((0, 5, 10, 15, 20.2, 25), "mm apart"),
    ],
)
def test_uneven_series_are_refused_with_the_reason(tmp_path, heights, reason):
    with pytest.raises(ScanError, match=reason):
        read_scan(write_series(tmp_path, heights))


@pytest.mark.parametrize("jitter", [0.009, 0.02])
def test_rounding_of_positions_is_no_unevenness(tmp_path, jitter):
    heights = [5 * z + jitter * (z % 2) for z in range(6)]
    assert read_scan(write_series(tmp_path, heights)).scan.grid == (6, 6, 7)


def test_a_crooked_stack_is_refused(tmp_path):
    for z in range(5):
        write_slice(tmp_path / f"{z}.dcm", np.zeros((6, 7)), (z * z / 10, 0, 5 * z))
    with pytest.raises(ScanError, match="away from where even stacking puts it"):
        read_scan(tmp_path)


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, "sagittal (1 image)"),
        ({"PixelSpacing": [1, 1]}, "1 x 1 mm (1 image)"),
        ({"ImagePositionPatient": None}, "without position (1 image)"),
        ({"NumberOfFrames": 2}, "odd was left out: holds 2 frames"),
        ({"PhotometricInterpretation": "RGB"}, "colour (RGB) (1 image)"),
        ({"Rows": 7, "Columns": 6}, "7 x 6 pixels (1 image)"),
    ],
)
def test_a_slice_unlike_the_others_is_left_out_with_a_warning(tmp_path, tags, told):
    write_series(tmp_path)
    write_slice(tmp_path / "odd", np.zeros((6, 7)), (-100, -90, 60), **tags)
    scan = read_scan(tmp_path).scan
    assert scan.grid == (12, 6, 7)
    assert told in scan.source.warnings[0]


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"NumberOfFrames": 2}, "holds 2 frames"),
        ({"PhotometricInterpretation": "RGB"}, "usually a screenshot"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}, "a mosaic of many slices"),
        ({"ImagePositionPatient": [0, 0, 1e300]}, "expected finite numbers"),
        ({"Modality": "SEG"}, "holds a segmentation and no image"),
        ({"SamplesPerPixel": 3}, "holds 3 samples of 16 bits"),
        ({"BitsAllocated": 1}, "holds 1 samples of 1 bits"),
        ({"Rows": 60000}, "840,000 bytes, and holds 84"),
    ],
)
def test_one_slice_that_would_be_wrong_is_refused(tmp_path, tags, reason):
    path = write_slice(tmp_path / "odd", np.zeros((6, 7)), **tags)
    with pytest.raises(ScanError, match=reason):
        read_scan(path)


def test_hounsfield_units_stay_whole_and_other_scales_become_real(tmp_path):
    pixels = np.arange(42).reshape(6, 7)
    whole = write_slice(tmp_path / "a" / "whole", pixels, RescaleIntercept=-1024)
    real = write_slice(tmp_path / "b" / "real", pixels, RescaleSlope=0.25)
    data = read_scan(whole).scan.data
    assert data.dtype == np.int16
    np.testing.assert_array_equal(data[0, 0], pixels - 1024)
    data = read_scan(real).scan.data
    assert data.dtype == np.float32
    np.testing.assert_array_equal(data[0, 0], pixels * 0.25)


def test_unsigned_values_above_the_signed_range_survive(tmp_path):
    pixels = np.full((6, 7), 60000, np.uint16)
    path = write_slice(tmp_path / "a", pixels, PixelRepresentation=0, PixelData=pixels.tobytes())
    data = read_scan(path).scan.data
    assert data.dtype == np.uint16
    assert (data == 60000).all()


@pytest.mark.parametrize("signed", [0, 1])
def test_white_as_zero_is_turned_round(tmp_path, signed):
    pixels = np.arange(42).reshape(6, 7)
    tags = {"PhotometricInterpretation": "MONOCHROME1", "PixelRepresentation": signed}
    path = write_slice(tmp_path / "a", pixels, BitsStored=12, HighBit=11, Modality="MR", **tags)
    scan = read_scan(path).scan
    np.testing.assert_array_equal(scan.data[0, 0], (-1 if signed else 4095) - pixels)
    assert "turned round" in scan.source.warnings[0]


def test_compressed_pixels_are_decoded_or_refused_with_the_codec(tmp_path):
    path = write_slice(tmp_path / "a", np.arange(1024).reshape(32, 32))
    dataset = pydicom.dcmread(path)
    dataset.compress(pydicom.uid.RLELossless)
    dataset.save_as(path)
    np.testing.assert_array_equal(read_scan(path).scan.data[0, 0].ravel(), np.arange(1024))
    dataset.file_meta.TransferSyntaxUID = (
        pydicom.uid.SMPTEST211020UncompressedProgressiveActiveVideo
    )
    dataset.save_as(path)
    with pytest.raises(ScanError, match=r"no decoder is installed|could not be decoded"):
        read_scan(path)


def test_a_single_slice_is_as_thick_as_it_says(tmp_path):
    assert read_scan(write_slice(tmp_path / "a" / "s", np.ones((6, 7)))).scan.spacing[0] == 5
    scan = read_scan(write_slice(tmp_path / "b" / "s", np.ones((6, 7)), SliceThickness=None)).scan
    np.testing.assert_allclose(scan.spacing, (1, 0.8, 0.9))
    assert "thickness is not stored" in scan.source.warnings[0]


def test_an_image_without_a_place_opens_in_pixels(tmp_path):
    path = write_slice(tmp_path / "s", np.ones((6, 7)), ImagePositionPatient=None)
    scan = read_scan(path).scan
    assert scan.units == "pixel"
    np.testing.assert_array_equal(scan.affine, DISPLAY_AFFINE)
    assert scan.source.warnings


def test_the_patient_is_in_the_header_for_the_writer_and_nowhere_else(tmp_path):
    scan = read_scan(write_series(tmp_path / "study", SeriesDescription="a/b:c")).scan
    assert scan.source.dataset.PatientName == "Doe^Jane"
    assert "PixelData" not in scan.source.dataset
    assert "Doe" not in repr(scan)
    assert scan.source.name == "a_b_c"


def test_the_real_philips_series_opens(shared):
    folder = shared / "scans" / "ct_head_philips"
    scan = read_scan(folder).scan
    assert scan.data.shape == (1, 28, 512, 512)
    assert scan.data.dtype == np.int16
    assert (scan.data.min(), scan.channels, scan.source.warnings) == (-1024, ("CT",), ())
    np.testing.assert_allclose(scan.spacing, (5, 0.451171875, 0.451171875))
    assert [file.name for file in scan.source.files] == [f"I{n}" for n in range(10, 290, 10)]


def test_the_real_uneven_tilted_series_is_refused_with_the_reason(shared):
    folder = shared / "scans" / "ct_head_ge"
    with pytest.raises(ScanError, match=r"1\.08 to 7\.00 mm apart"):
        read_scan(folder)
    even = read_scan(sorted(folder.iterdir())[:14]).scan
    assert "tilted by 18.5 degrees" in even.source.warnings[0]
    assert even.grid == (14, 512, 512)
