"""DICOM that other programs open though its header is short of the standard, or odd."""

from __future__ import annotations

import dicom_series
import numpy as np
import pydicom
import pytest
from dicom_files import write_series, write_slice

from napari_brainseg.errors import ScanError
from napari_brainseg.io import default_mask_path, list_series, read_scan, write_mask

VALUES = 10 * np.arange(12)


def levels(scan):
    """Value of each slice, which is the same in all of its voxels."""
    return scan.data[0].max(axis=(1, 2))


@pytest.mark.parametrize(
    "missing",
    ["BitsStored", "PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation"],
)
def test_what_a_header_leaves_out_is_assumed_and_told(tmp_path, missing):
    scan = read_scan(write_series(tmp_path / "s", **{missing: None})).scan
    np.testing.assert_array_equal(levels(scan), VALUES)
    assert scan.source.warnings == tuple(w for w in scan.source.warnings if missing in w)
    assert len(scan.source.warnings) == 1


def test_a_slope_of_zero_is_ignored_and_told(tmp_path):
    scan = read_scan(write_series(tmp_path / "s", RescaleSlope=0)).scan
    np.testing.assert_array_equal(levels(scan), VALUES)
    assert "by 0" in scan.source.warnings[0]


@pytest.mark.parametrize(
    ("slope", "intercept", "shift"), [("", "", 0), (None, 7, 7), (1, "", 0), ("", 7, 7)]
)
def test_half_a_rescaling_goes_with_the_identity(tmp_path, slope, intercept, shift):
    stated = {"RescaleSlope": slope, "RescaleIntercept": intercept}
    scan = read_scan(write_series(tmp_path / "s", **stated)).scan
    np.testing.assert_array_equal(levels(scan), VALUES + shift)


def rewritten(folder, change):
    """Change one slice of a series in its file."""
    path = sorted(folder.iterdir())[4]
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)
    return folder


def test_a_slice_that_alone_does_not_say_how_it_is_rescaled_is_refused(tmp_path):
    def silence(dataset):
        del dataset.RescaleSlope, dataset.RescaleIntercept

    folder = write_series(tmp_path / "s", RescaleSlope=2, RescaleIntercept=0)
    with pytest.raises(ScanError, match="does not state how its values are rescaled"):
        read_scan(rewritten(folder, silence))
    same = write_series(tmp_path / "t", RescaleSlope=1, RescaleIntercept=0)
    np.testing.assert_array_equal(levels(read_scan(rewritten(same, silence)).scan), VALUES)


def test_a_slice_of_other_bits_is_refused_unless_it_says_how_it_compares(tmp_path):
    def narrow(dataset):
        dataset.PixelData = dataset.pixel_array.astype(np.uint8).tobytes()
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset["PixelData"].VR = "OB"

    silent = write_series(tmp_path / "s", RescaleSlope=None, RescaleIntercept=None)
    with pytest.raises(ScanError, match=r"holds values of .* bits, and other slices"):
        read_scan(rewritten(silent, narrow))
    stated = write_series(tmp_path / "t", RescaleSlope=1, RescaleIntercept=0)
    np.testing.assert_array_equal(levels(read_scan(rewritten(stated, narrow)).scan), VALUES)


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"RescaleSlope": "nan"}, "rescaled by slope nan"),
        ({"PixelData": None}, "holds a header and no pixels"),
        ({"BitsStored": 17, "HighBit": 16}, "17 bits stored of 16"),
        ({"ImagePositionPatient": [1, 2]}, "its position is .*, expected 3 numbers"),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 1]}, "orientation is .*, expected 6 numbers"),
    ],
    ids=[
        "RescaleSlope",
        "PixelData",
        "BitsStored",
        "ImagePositionPatient",
        "ImageOrientationPatient",
    ],
)
def test_a_value_that_is_none_is_named(tmp_path, tags, told):
    with pydicom.config.disable_value_validation():
        folder = write_series(tmp_path / "s", **tags)
    with pytest.raises(ScanError, match=told):
        read_scan(folder)


@pytest.mark.parametrize("height", ["nan", "inf"])
def test_a_slice_whose_place_is_no_number_is_not_just_missing(tmp_path, height):
    folder = write_series(tmp_path / "s")
    files = {pydicom.dcmread(file).ImagePositionPatient[2]: file for file in folder.iterdir()}
    middle = files[sorted(files)[5]]
    header = pydicom.dcmread(middle)
    header.ImagePositionPatient[2] = float(height)
    header.save_as(middle)
    told = rf"1 slice is missing.* {middle.name} was left out: position.*{height}.*finite numbers"
    with pytest.raises(ScanError, match=told):
        read_scan(folder)


def test_text_in_the_place_of_numbers_is_named_or_not_needed(tmp_path):
    folder = write_series(tmp_path / "s", SliceThickness=77777)
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"77777", b"thick"))
    np.testing.assert_array_equal(levels(read_scan(folder).scan), VALUES)
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"0.8\\0.9", b"0,8\\0,9"))
    with pytest.raises(ScanError, match=r"pixel size is 0,8.*, expected 2 numbers"):
        read_scan(folder)


def test_slices_that_all_state_one_place_are_not_volumes_of_one_slice(tmp_path):
    for z in range(6):
        write_slice(tmp_path / "s" / f"{z}", np.full((6, 7), z), InstanceNumber=z + 1)
    with pytest.raises(ScanError, match="lie at the same place and differ"):
        read_scan(tmp_path / "s")


@pytest.mark.parametrize("series", [lambda z: z % 2, lambda z: z // 4], ids=["turns", "halves"])
def test_series_that_are_parts_of_one_stack_are_put_together(tmp_path, series):
    for z in range(8):
        dicom_series.write_slice(
            tmp_path / "s" / f"{z}", np.full((6, 7), z), (0, 0, 5.0 * z), f"1.2.9.{series(z)}"
        )
    scan = read_scan(tmp_path / "s").scan
    np.testing.assert_array_equal(levels(scan), range(8))
    assert "parts of one even stack" in scan.source.warnings[0]
    assert default_mask_path(scan).name.endswith(".nii.gz")


def test_two_series_that_differ_in_their_weighting_are_not_put_together(tmp_path):
    for z in range(8):
        place, uid = (0, 0, 5.0 * z), f"1.2.9.{z % 2}"
        options = {"EchoTime": 10 + z % 2}
        dicom_series.write_slice(tmp_path / "s" / f"{z}", np.full((6, 7), z), place, uid, **options)
    assert [each.images for each in list_series(tmp_path / "s")] == [4, 4]


def test_a_mosaic_of_another_maker_is_refused_too(tmp_path):
    write_series(tmp_path / "s", ImageType=["ORIGINAL", "PRIMARY", "M", "VFRAME"])
    with pytest.raises(ScanError, match="mosaic"):
        read_scan(tmp_path / "s")


@pytest.mark.parametrize(("slices", "is_one"), [(1, True), (36, False)])
@pytest.mark.parametrize("is_implicit", [False, True])
def test_a_mosaic_is_told_by_the_slices_that_its_maker_counts(
    tmp_path, slices, is_one, is_implicit
):
    path = write_slice(tmp_path / "a", np.ones((6, 7)), Modality="MR")
    dataset = pydicom.dcmread(path)
    private = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    private.add_new(0x0A, "US", slices)
    if is_implicit:
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    dataset.save_as(path, implicit_vr=is_implicit, little_endian=True)
    if is_one:
        assert read_scan(path).scan.grid == (1, 6, 7)
    else:
        with pytest.raises(ScanError, match="mosaic of many slices"):
            read_scan(path)


@pytest.mark.parametrize("step", [1.25, 0.7, 3.33])
@pytest.mark.parametrize("tilt", [0.0, 0.3])
def test_places_rounded_to_tenths_are_even(tmp_path, step, tilt):
    row, column = [1, 0, 0], [0, np.cos(tilt), np.sin(tilt)]
    for z in range(20):
        place = np.round(np.array([-10, -12, 5.0]) + step * z * np.cross(row, column), 1)
        options = {"ImageOrientationPatient": [*row, *column]}
        write_slice(tmp_path / "s" / f"{z}", np.full((6, 7), z), place, **options)
    scan = read_scan(tmp_path / "s").scan
    np.testing.assert_array_equal(levels(scan), range(20))
    assert scan.spacing[0] == pytest.approx(step, rel=0.01)


def test_places_that_are_uneven_by_more_than_tenths_are_still_refused(tmp_path):
    write_series(tmp_path / "s", [0, 3, 6, 9.5, 12, 15])
    with pytest.raises(ScanError, match="apart"):
        read_scan(tmp_path / "s")


def jittered(folder, error):
    for z in range(8):
        options = {"ImageOrientationPatient": [1, error * (z % 2), 0, 0, 1, 0]}
        write_slice(folder / f"{z}", np.full((6, 7), z), (0, 0, 3.0 * z), **options)
    return folder


def test_directions_that_jitter_by_rounding_leave_no_slice_out(tmp_path):
    scan = read_scan(jittered(tmp_path / "s", 0.002)).scan
    np.testing.assert_array_equal(levels(scan), range(8))
    assert scan.spacing == pytest.approx((3, 0.8, 0.9))
    assert "mean" in scan.source.warnings[0]


def test_half_a_stack_whose_other_half_is_mirrored_is_not_opened_as_the_whole(tmp_path):
    for z in range(8):
        side = -1 if z % 2 else 1
        options = {"ImageOrientationPatient": [side, 0, 0, 0, 1, 0]}
        write_slice(tmp_path / "s" / f"{z}", np.full((6, 7), z), (0, 0, 3.0 * z), **options)
    with pytest.raises(ScanError, match="goes on in slices of another kind"):
        read_scan(tmp_path / "s")


def test_slices_of_two_coordinate_systems_that_make_one_stack_are_told(tmp_path):
    for z in range(4):
        options = {"FrameOfReferenceUID": f"1.2.{z // 2}"}
        write_slice(tmp_path / "s" / f"{z}", np.full((6, 7), z), (0, 0, 3.0 * z), **options)
    scan = read_scan(tmp_path / "s").scan
    assert scan.grid[0] == 4
    assert "2 coordinate systems" in scan.source.warnings[0]


def test_half_a_stack_whose_other_half_is_turned_is_not_opened_as_the_whole(tmp_path):
    folder = jittered(tmp_path / "s", 0.02)
    with pytest.raises(ScanError, match="goes on in slices of another kind"):
        read_scan(folder)
    assert [series.images for series in list_series(folder)] == [4, 4]


@pytest.mark.parametrize("error", [0.004, 0.01, 0.04])
def test_directions_that_jitter_at_random_are_the_reason_that_is_told(tmp_path, error):
    turns = error * np.array([0, 1, -1, 0, 0.2, 0.9, -0.8, 0.1])
    for z, turn in enumerate(turns):
        options = {"ImageOrientationPatient": [1, round(turn, 5), 0, 0, 1, 0]}
        write_slice(tmp_path / "s" / f"{z}", np.full((6, 7), z), (0, 0, 3.0 * z), **options)
    with pytest.raises(ScanError, match=r"of 8 are turned against the others, by up to"):
        read_scan(tmp_path / "s")


@pytest.mark.parametrize("shift", [9.0, 7.5], ids=["at the same places", "between them"])
def test_acquisitions_that_overlap_are_told_and_can_be_chosen(tmp_path, shift):
    for k in range(12):
        height = 3.0 * (k % 6) + (shift if k >= 6 else 0)
        options = {"AcquisitionNumber": 1 + k // 6}
        write_slice(tmp_path / "s" / f"{k:02}", np.full((6, 7), k), (0, 0, height), **options)
    with pytest.raises(ScanError, match=r"2 stacks that overlap, acquisition 1 \(6 images\) and"):
        read_scan(tmp_path / "s")
    scan = read_scan(tmp_path / "s", series="acquisition 2").scan
    np.testing.assert_array_equal(levels(scan), range(6, 12))


def volumes(folder, numbered):
    for time in range(3):
        for z in range(4):
            number = 1 + (time * 4 + z if numbered == "volumes" else z * 3 + time)
            pixels = np.full((6, 7), 100 * time + z)
            options = {"InstanceNumber": number}
            write_slice(folder / f"{99 - number}", pixels, (0, 0, 5.0 * z), **options)
    return folder


@pytest.mark.parametrize("numbered", ["volumes", "places"])
def test_volumes_that_only_the_numbers_of_their_images_tell_apart(tmp_path, numbered):
    folder = volumes(tmp_path / "s", numbered)
    series = list_series(folder)
    assert [each.part for each in series] == ["volume 1", "volume 2", "volume 3"]
    for time, each in enumerate(series):
        found = levels(read_scan(folder, each.uid).scan)
        np.testing.assert_array_equal(found, 100 * time + np.arange(4))
    assert "volume 2" in read_scan(folder).scan.source.warnings[0]


def slices_of_their_own(folder, **tags):
    for z in range(6):
        own = {tag: value(z) if callable(value) else value for tag, value in tags.items()}
        pixels, uid = np.full((6, 7), 10 * z), f"1.2.9.{z}"
        dicom_series.write_slice(folder / f"{z}", pixels, (0, 0, 5.0 * z), uid, **own)
    return folder


def test_slices_that_lost_their_series_are_put_together(tmp_path):
    folder = slices_of_their_own(tmp_path / "s", SeriesDescription="FLAIR", SeriesNumber=3)
    scan = read_scan(folder).scan
    np.testing.assert_array_equal(levels(scan), 10 * np.arange(6))
    assert "series of its own" in scan.source.warnings[0]
    # One file stands for all of them, too.
    assert read_scan(folder / "2").scan.grid == scan.grid
    # A DICOM SEG refers to one series.
    path = default_mask_path(scan)
    assert path.name.endswith(".nii.gz")
    write_mask(np.ones(scan.grid, np.uint8), scan, path)


def test_slices_alike_in_coordinates_of_their_own_are_not_opened_one_by_one(tmp_path):
    folder = slices_of_their_own(tmp_path / "s", FrameOfReferenceUID=lambda z: f"1.2.8.{z}")
    with pytest.raises(ScanError, match="pass for the whole"):
        read_scan(folder)
    assert len(list_series(folder)) == 6


def test_single_images_of_several_directions_stay_series_of_their_own(tmp_path):
    axes = np.eye(3)
    for n in range(3):
        options = {"ImageOrientationPatient": [*axes[n], *axes[n - 1]]}
        dicom_series.write_slice(
            tmp_path / "s" / f"{n}", np.full((6, 7), n), (0, 0, 0), f"1.9.{n}", **options
        )
    assert len(list_series(tmp_path / "s")) == 3


def test_one_file_of_a_series_without_places_opens_as_the_refusal_says(tmp_path):
    for n in range(4):
        options = {"ImagePositionPatient": None}
        write_slice(tmp_path / "s" / f"{n}.dcm", np.full((6, 7), n), **options)
    with pytest.raises(ScanError, match="open one of its files"):
        read_scan(tmp_path / "s")
    scan = read_scan(tmp_path / "s" / "2.dcm").scan
    assert levels(scan) == [2]
    assert "3 other images" in scan.source.warnings[0]


def test_a_transfer_syntax_that_is_none_is_named(tmp_path):
    folder = write_series(tmp_path / "s")
    for file in folder.iterdir():
        dataset = pydicom.dcmread(file)
        dataset.file_meta.TransferSyntaxUID = "1.2.3.4.5"
        options = {"little_endian": True, "implicit_vr": False, "enforce_file_format": False}
        pydicom.dcmwrite(file, dataset, **options)
    with pytest.raises(ScanError, match=r"transfer syntax is 1\.2\.3\.4\.5, which is not known"):
        read_scan(folder)
