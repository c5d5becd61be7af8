"""Several volumes among DICOM files: listed, told apart, chosen; what is no image set aside."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from dicom_files import write_series, write_slice
from pydicom.data import get_testdata_file
from pydicom.uid import SecondaryCaptureImageStorage
from typer.testing import CliRunner

from napari_brainseg.cli import app
from napari_brainseg.errors import ScanError
from napari_brainseg.io import default_mask_path, list_series, read_scan, read_series

AXIAL, SAGITTAL = [1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, -1]


def write_echoes(folder, n=5, values=(90, 30), tag="EchoTime", **tags):
    """Write one series with several images at each place, told apart by a tag."""
    for k, value in enumerate(values):
        for z in range(n):
            pixels, place = np.full((6, 7), 10 * z + k), (0, 0, 5 * z)
            write_slice(folder / f"{k}_{n - z}", pixels, place, **{tag: value, **tags})
    return folder


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "Doe^Jane"
    for uid, description, number in (("1.2", "Ax FLAIR", 12), ("1.3", "Ax T1", 5)):
        tags = {"SeriesDescription": description, "SeriesNumber": int(uid[-1]), "series": uid}
        write_series(tmp_path / uid, range(0, 5 * number, 5), Modality="MR", **tags)
    folder.mkdir()
    for file in list(tmp_path.glob("1.*/*")):
        file.rename(folder / f"{file.parent.name[-1]}{file.name}")
    return folder


def test_series_are_listed_largest_first(study):
    found = list_series(study)
    assert [series.title for series in found] == ["2 Ax FLAIR", "3 Ax T1"]
    first = found[0]
    assert (first.uid, first.modality, first.images) == ("1.2", "MR", 12)
    assert first.size == (12, 6, 7)
    assert first.spacing == (5, 0.8, 0.9)
    assert not first.problem
    assert not any("Doe" in text for text in (repr(first), first.title, first.name))


@pytest.mark.parametrize("wanted", ["1.3", "3", "ax t1", "T1"])
def test_a_series_is_chosen_by_uid_number_or_part_of_its_name(study, wanted):
    scan = read_scan(study, series=wanted).scan
    assert scan.source.name == "Ax T1"
    assert scan.grid == (5, 6, 7)
    assert not scan.source.warnings


@pytest.mark.parametrize(
    ("wanted", "reason"), [("Ax", "2 series match"), ("DWI", "no series matches")]
)
def test_a_choice_that_is_none_is_refused_with_what_there_is(study, wanted, reason):
    with pytest.raises(ScanError, match=reason) as refusal:
        read_scan(study, series=wanted)
    assert "2 Ax FLAIR (12 images); 3 Ax T1 (5 images)" in str(refusal.value)
    assert "1.2" not in str(refusal.value)  # UIDs may hold dates


def test_a_series_of_another_format_cannot_be_chosen(tmp_path):
    (tmp_path / "a.nii").touch()
    assert list_series(tmp_path / "a.nii") == []
    with pytest.raises(ScanError, match="in DICOM only"):
        read_scan(tmp_path / "a.nii", series="1")


def test_predict_takes_a_series(study, tiny_bundle, monkeypatch):
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))
    options = ["predict", str(study), "--model", "tiny", "--device", "cpu", "--series", "T1"]
    result = CliRunner().invoke(app, options)
    assert result.exit_code == 0, result.output
    assert (study.parent / "Ax T1_mask.nii.gz").is_file()


@pytest.mark.parametrize(
    ("tag", "values", "parts"),
    [
        ("EchoTime", (90, 30), ["echo time in ms 30", "echo time in ms 90"]),
        (
            "TemporalPositionIdentifier",
            (1, 2, 10),
            ["time point 1", "time point 2", "time point 10"],
        ),
        ("DiffusionBValue", (0, 1000), ["b-value 0", "b-value 1000"]),
        ("AcquisitionNumber", (4, 5), ["acquisition 4", "acquisition 5"]),
    ],
)
def test_images_at_one_place_are_told_apart_by_what_differs(tmp_path, tag, values, parts):
    found = list_series(write_echoes(tmp_path / "a", values=values, tag=tag))
    assert [series.part for series in found] == parts
    assert len({default_mask_path(read_series(series).scan) for series in found}) == len(parts)
    for series in found:
        k = values.index(float(series.part.split()[-1]))
        data = read_series(series).scan.data
        np.testing.assert_array_equal(data[0, :, 0, 0], 10 * np.arange(5) + k)
    assert "and the rest left out" in read_scan(tmp_path / "a").scan.source.warnings[0]


def test_a_whole_name_goes_before_a_part_of_one(tmp_path):
    folder = write_echoes(tmp_path / "a", values=(300, 30))
    assert read_scan(folder, series="echo time in ms 30").scan.source.name.endswith("ms 30")


def test_a_file_stands_for_its_own_echo(tmp_path):
    write_echoes(tmp_path)
    scan = read_scan(tmp_path / "0_3").scan
    assert scan.source.name.endswith("echo time in ms 90")
    assert [series.images for series in list_series(tmp_path / "0_3")] == [5]


def test_copies_are_dropped_with_a_warning(tmp_path):
    write_series(tmp_path)
    for name in ("I3", "I7"):
        shutil.copy(tmp_path / name, tmp_path / f"{name}_copy")
    scan = read_scan(tmp_path).scan
    assert scan.grid == (12, 6, 7)
    assert scan.source.warnings == (
        "2 copies of slices were left out; place and pixels are the same.",
    )


def test_different_images_at_one_place_are_refused(tmp_path):
    write_series(tmp_path)
    write_slice(tmp_path / "other", np.ones((6, 7)), (-100, -90, 10))
    with pytest.raises(ScanError, match=r"I10 and other lie at the same place and differ"):
        read_scan(tmp_path)


def test_a_localizer_in_the_series_is_left_out_and_can_be_chosen(tmp_path):
    write_series(tmp_path)
    write_slice(tmp_path / "scout", np.ones((6, 7)), ImageOrientationPatient=SAGITTAL)
    scan = read_scan(tmp_path).scan
    assert (
        "axial was opened and the rest left out: CT, sagittal (1 image)" in scan.source.warnings[0]
    )
    assert read_scan(tmp_path, series="sagittal").scan.grid == (1, 6, 7)
    assert read_scan(tmp_path / "scout").scan.grid == (1, 6, 7)


LOCALIZER = ["ORIGINAL", "PRIMARY", "LOCALIZER"]


@pytest.mark.parametrize("heights", [(75,), (-20, -15, -10), (2, 7, 12)])
def test_parallel_localizers_are_left_out_and_can_be_chosen(tmp_path, heights):
    write_series(tmp_path)
    for height in heights:
        place = (-100, -90, height)
        write_slice(tmp_path / f"s{height}", np.ones((6, 7)), place, ImageType=LOCALIZER)
    scan = read_scan(tmp_path).scan
    assert scan.grid == (12, 6, 7)
    assert "scan was opened and the rest left out: CT, localizer" in scan.source.warnings[0]
    assert read_scan(tmp_path, series="localizer").scan.grid[0] == len(heights)


def test_a_series_of_localizers_alone_is_one_scan(tmp_path):
    scan = read_scan(write_series(tmp_path, ImageType=LOCALIZER)).scan
    assert scan.grid == (12, 6, 7)
    assert not scan.source.warnings


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("I13", b"", "the file is empty"),
        ("1.2.840.13", b"", "the file is empty"),
        ("013.dcm", b"", "the file is empty"),
        ("013.dcm", b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        ("013.dcm", bytes(9000), "is not DICOM"),
        ("I13", b"what a program notes", ""),
        ("notes.txt", b"", ""),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_what_should_have_been_a_slice_is_told_of(tmp_path, name, content, told, whole):
    write_series(tmp_path)
    if name.endswith(".dcm"):
        for file in list(tmp_path.iterdir()):
            file.rename(file.with_suffix(".dcm"))
    first = next(tmp_path.iterdir())
    (tmp_path / name).write_bytes(content)
    scan = read_scan(tmp_path if whole else first).scan
    assert scan.grid == (12, 6, 7)
    assert len(scan.source.warnings) == bool(told)
    assert all(note.startswith(f"{name} was left out") for note in scan.source.warnings)
    assert told in "".join(scan.source.warnings)


def test_each_slice_is_rescaled_by_its_own_slope(tmp_path):
    for z in range(3):
        pixels, place = np.arange(42).reshape(6, 7), (0, 0, 5 * z)
        write_slice(tmp_path / f"{z}", pixels, place, RescaleSlope=z + 0.5, RescaleIntercept=-z)
    expected = [pixels * (z + 0.5) - z for z in range(3)]
    np.testing.assert_array_equal(read_scan(tmp_path).scan.data[0], expected)


def test_white_as_zero_leaves_hounsfield_units_alone(tmp_path):
    pixels = np.arange(42).reshape(6, 7)
    tags = {"PhotometricInterpretation": "MONOCHROME1", "RescaleIntercept": -1024}
    scan = read_scan(write_slice(tmp_path / "a", pixels, **tags)).scan
    np.testing.assert_array_equal(scan.data[0, 0], pixels - 1024)
    assert not scan.source.warnings


@pytest.mark.parametrize(
    ("heights", "reason", "runs"),
    [
        ((0, 4, 8, 12, 19, 26, 33), r"4\.00 to 7\.00 mm apart", [("1 to 4", 4), ("5 to 7", 7)]),
        ((0, 5, 10, 20, 25, 30), "1 slice is missing", [("1 to 3", 5), ("4 to 6", 5)]),
    ],
)
def test_evenly_spaced_runs_open_only_if_asked_for(tmp_path, heights, reason, runs):
    folder = write_series(tmp_path / "a", heights)
    with pytest.raises(ScanError, match=reason) as refusal:
        read_scan(folder)
    for slices, spacing in runs:
        assert f"slices {slices}" in str(refusal.value)
        scan = read_scan(folder, series=f"slices {slices}").scan
        assert scan.spacing[0] == spacing
        assert "does not fit one grid" in scan.source.warnings[0]
    # A file of one run brings both to choose from.
    assert len(list_series(folder / "I1")) == 2


@pytest.mark.parametrize(
    "tags", [{"PixelSpacing": [1.0, 1.0]}, {"Rows": 3, "Columns": 14}], ids=["spacing", "size"]
)
def test_a_series_that_goes_on_in_another_size_is_opened_only_if_asked_for(tmp_path, tags):
    write_series(tmp_path)
    for z in range(4):
        write_slice(tmp_path / f"below{z}", np.zeros((6, 7)), (-100, -90, -20 + 5 * z), **tags)
    with pytest.raises(ScanError, match=r"goes on in slices of another kind"):
        read_scan(tmp_path)
    first, second = list_series(tmp_path)
    assert (first.images, second.images) == (12, 4)
    scan = read_scan(tmp_path, series=first.part).scan
    assert scan.grid == (12, 6, 7)
    assert "does not fit one grid" in scan.source.warnings[0]


def test_pieces_of_a_volume_are_not_taken_for_volumes(tmp_path):
    for number, heights in ((1, range(0, 30, 5)), (2, range(25, 55, 5))):
        for z in heights:
            pixels = np.full((6, 7), z + number)
            write_slice(tmp_path / f"{number}_{z}", pixels, (0, 0, z), AcquisitionNumber=number)
    with pytest.raises(ScanError, match=r"2 stacks that overlap, acquisition 1 \(6 images\)"):
        read_scan(tmp_path)


def test_disturbed_distances_are_no_runs(tmp_path):
    folder = write_series(tmp_path / "a", (0, 5, 10, 15, 20.2, 25))
    (only,) = list_series(folder)
    assert "mm apart" in only.problem


def test_a_dicomdir_is_refused_with_the_remedy(tmp_path):
    shutil.copy(get_testdata_file("DICOMDIR"), tmp_path / "DICOMDIR")
    with pytest.raises(ScanError, match=r"DICOMDIR, a list of the files.* Open the folder"):
        read_scan(tmp_path / "DICOMDIR")
    with pytest.raises(ScanError, match="no scan was found in the folder"):
        read_scan(tmp_path)
    write_series(tmp_path / "images")
    with pytest.raises(ScanError, match="such as images"):
        read_scan(tmp_path)
    for file in (tmp_path / "images").iterdir():
        file.rename(tmp_path / file.name)
    scan = read_scan(tmp_path).scan
    assert scan.grid == (12, 6, 7)
    assert not scan.source.warnings


def test_a_screenshot_beside_a_series_does_not_win(tmp_path):
    write_series(tmp_path, range(0, 15, 5))
    for z in range(9):
        tags = {"SOPClassUID": SecondaryCaptureImageStorage, "PhotometricInterpretation": "RGB"}
        write_slice(tmp_path / f"shot{z}", np.ones((6, 7)), (0, 0, z), series="7", **tags)
    assert read_scan(tmp_path).scan.grid == (3, 6, 7)


def test_the_runs_of_the_real_uneven_series_are_listed(shared):
    folder = shared / "scans" / "ct_head_ge"
    found = list_series(folder)
    assert [series.part for series in found] == ["slices 1 to 14", "slices 15 to 28"]
    for series, step in zip(found, (4.22, 7.38), strict=True):
        scan = read_series(series).scan
        assert scan.grid == (14, 512, 512)
        assert scan.data.min() < -1000
        np.testing.assert_allclose(scan.affine[:3, 2], (0, 0, step), atol=1e-6)
        assert "tilted by 18.5 degrees" in scan.source.warnings[1]


@pytest.mark.parametrize("second", [range(8, 16), range(1, 16, 2)], ids=["halves", "in turn"])
def test_slices_of_two_patients_are_no_scan_of_one(tmp_path, second):
    for z in range(16):
        patient = "Second^ID" if z in second else "First^ID"
        pixels = np.full((6, 7), z)
        write_slice(tmp_path / f"{z:02d}", pixels, (0.0, 0.0, 5.0 * z), PatientID=patient)
    with pytest.raises(ScanError, match=r"patient 1 \(8 images\), patient 2 \(8 images\)") as told:
        read_scan(tmp_path)
    assert "ID" not in str(told.value)
    scan = read_scan(tmp_path, series="patient 2").scan
    assert scan.data[0, :, 0, 0].tolist() == list(second)
    assert not any("^ID" in text for text in scan.source.warnings)


def test_of_two_stacks_at_the_same_places_the_one_that_was_not_derived_opens(tmp_path):
    for value, kind in enumerate(("DERIVED", "ORIGINAL")):
        for z in range(4):
            types = [kind, "PRIMARY", "M"]
            path, place = tmp_path / f"{value}{z}", (-100, -90, 5 * z)
            write_slice(path, np.full((6, 7), value), place, ImageType=types)
    scan = read_scan(tmp_path).scan
    np.testing.assert_array_equal(scan.data, 1)
    assert any("DERIVED PRIMARY M (4 images)" in note for note in scan.source.warnings)
    assert not read_scan(tmp_path, series="image type DERIVED PRIMARY M").scan.data.any()


def test_of_two_series_of_one_size_the_one_that_was_not_derived_opens(tmp_path):
    for value, kind in enumerate(("DERIVED", "ORIGINAL")):
        for z in range(4):
            path, place = tmp_path / f"{value}{z}", (-100, -90, 5 * z)
            tags = {"series": f"1.2.{value}", "ImageType": [kind, "PRIMARY"]}
            write_slice(path, np.full((6, 7), value), place, **tags)
    np.testing.assert_array_equal(read_scan(tmp_path).scan.data, 1)
