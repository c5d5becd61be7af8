"""DICOM of several pictures under one series: whose number, weighting or direction is another."""

from __future__ import annotations

import numpy as np
import pytest
from dicom_files import write_slice
from dicom_series import write_series

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io import list_series, read_scan, write_mask


def write_stack(folder, name, value, heights, **tags):
    for z, height in enumerate(heights):
        place, pixels = (-100, -90, height), np.full((6, 7), value)
        write_slice(folder / f"{name}{z}", pixels, place, **{"InstanceNumber": z + 1, **tags})


APART = {"on the same places": 0.0, "between": 2.5, "above": 40.0}


def write_two(folder, uid, shift):
    """Write a T1 and a shorter FLAIR that lies apart by so many mm, of one UID."""
    heights = np.arange(8) * 5.0
    first = {"SeriesNumber": 1, "SeriesDescription": "T1"}
    second = {"SeriesNumber": 2, "SeriesDescription": "FLAIR"}
    write_stack(folder, "a", 1, heights, series=uid, **first)
    write_stack(folder, "b", 2, heights[:6] + shift, series=uid, **second)


@pytest.mark.parametrize("uid", ["", "1.2.9"], ids=["no UID", "one UID"])
@pytest.mark.parametrize("shift", APART.values(), ids=APART)
def test_series_that_lost_their_uid_are_told_apart_by_number_and_description(tmp_path, uid, shift):
    write_two(tmp_path, uid, shift)
    found = list_series(tmp_path)
    assert [(each.title, each.images) for each in found] == [("1 T1", 8), ("2 FLAIR", 6)]
    assert len({each.uid for each in found}) == 2
    np.testing.assert_array_equal(read_scan(tmp_path, series="T1").scan.data, 1)
    np.testing.assert_array_equal(read_scan(tmp_path, series="FLAIR").scan.data, 2)


def test_the_largest_of_series_that_lost_their_uid_opens_and_the_other_is_told(tmp_path):
    write_two(tmp_path, "", 2.5)
    scan = read_scan(tmp_path).scan
    np.testing.assert_array_equal(scan.data, 1)
    assert any("Others here: 2 FLAIR (6 images)" in note for note in scan.source.warnings)
    np.testing.assert_array_equal(read_scan(tmp_path / "b0").scan.data, 2)


@pytest.mark.parametrize("tag", ["SeriesDescription", "SeriesNumber"])
@pytest.mark.parametrize("lay", ["above", "between", "above a gap"])
def test_parts_of_one_uid_that_may_be_one_stack_under_two_names_are_refused(tmp_path, tag, lay):
    for z in range(12):
        name = 1 + (z % 2 if lay == "between" else z > 5)
        height = 5 * z + (40 if "gap" in lay and z > 5 else 0)
        write_stack(tmp_path, f"{z}", z, [height], series="1.2.9", **{tag: str(name)})
    with pytest.raises(ScanError, match=r"bear the names '1' and '2' and share no place"):
        read_scan(tmp_path)
    assert read_scan(tmp_path, series="1").scan.grid == (6, 6, 7)


WEIGHTINGS = [
    ("EchoTime", 10, 90, "echo time in ms 10"),
    ("FlipAngle", 5, 15, "flip angle 5"),
    ("DiffusionBValue", 0.0, 1000.0, "b-value 0"),
    ("ConvolutionKernel", "H30s", "H60s", "kernel H30s"),
    ("KVP", 80, 140, "kV 80"),
]


@pytest.mark.parametrize(("tag", "one", "other", "part"), WEIGHTINGS)
def test_slices_of_another_weighting_amid_others_are_refused(tmp_path, tag, one, other, part):
    write_stack(tmp_path, "a", 1, range(0, 30, 5), **{tag: one})
    write_stack(tmp_path, "b", 2, np.arange(0, 30, 5) + 2.5, **{tag: other})
    with pytest.raises(ScanError, match=rf"goes on in slices of another kind: {part} \(6 images"):
        read_scan(tmp_path)
    np.testing.assert_array_equal(read_scan(tmp_path, series=part).scan.data, 1)


@pytest.mark.parametrize(("tag", "one", "other", "part"), WEIGHTINGS)
def test_stacks_of_two_weightings_at_the_same_places_are_volumes(tmp_path, tag, one, other, part):
    write_stack(tmp_path, "a", 1, range(0, 30, 5), **{tag: one})
    write_stack(tmp_path, "b", 2, range(0, 30, 5), **{tag: other})
    np.testing.assert_array_equal(read_scan(tmp_path, series=part).scan.data, 1)
    assert len(list_series(tmp_path)) == 2


def test_weightings_that_jitter_or_change_above_some_height_are_of_one_stack(tmp_path):
    for z in range(8):
        tags = {"EchoTime": 8.4 + z % 2 / 100, "KVP": 140 if z < 4 else 120}
        write_stack(tmp_path, f"z{z}", z, [5 * z], **tags)
    scan = read_scan(tmp_path).scan
    assert scan.grid == (8, 6, 7)
    assert scan.source.warnings == ()


def test_time_points_that_only_the_time_of_their_frame_tells_apart_are_volumes(tmp_path):
    for time in range(3):
        tags = {"FrameReferenceTime": 60_000.0 * time, "Modality": "PT"}
        write_stack(tmp_path, f"t{time}", time, range(0, 30, 5), **tags)
    assert [each.part for each in list_series(tmp_path)] == [
        "frame time in ms 0",
        "frame time in ms 60000",
        "frame time in ms 120000",
    ]


def test_slices_that_turn_about_an_axis_are_refused_and_each_can_be_chosen(tmp_path):
    for step, angle in enumerate(np.radians(range(0, 180, 15))):
        across = [float(np.cos(angle)), float(np.sin(angle)), 0, 0, 0, -1]
        place = (-10 * np.cos(angle), -10 * np.sin(angle), 0)
        tags = {"ImageOrientationPatient": across}
        write_slice(tmp_path / f"{step}", np.full((6, 7), step), place, **tags)
    with pytest.raises(ScanError, match=r"no two of its 12 images fit one grid \(coronal \(1\), "):
        read_scan(tmp_path)
    assert read_scan(tmp_path, series="coronal (1)").scan.grid == (1, 6, 7)


def test_slices_that_each_state_a_patient_of_their_own_are_refused(tmp_path):
    for z in range(5):
        write_slice(tmp_path / f"{z}", np.ones((6, 7)), (-100, -90, 5 * z), PatientID=f"hash {z}")
    with pytest.raises(ScanError, match=r"no two of its 5 images fit .*patient 1") as caught:
        read_scan(tmp_path)
    assert "hash" not in str(caught.value)


def test_scouts_of_two_directions_open(tmp_path):
    tags = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    for name, across in (("a", [1, 0, 0, 0, 0, -1]), ("b", [0, 1, 0, 0, 0, -1])):
        write_slice(tmp_path / name, np.ones((6, 7)), ImageOrientationPatient=across, **tags)
    assert read_scan(tmp_path).scan.grid == (1, 6, 7)


def test_no_segmentation_refers_to_images_that_share_their_identifier(tmp_path):
    scan = read_scan(write_series(tmp_path / "s", SOPInstanceUID="1.2.9")).scan
    with pytest.raises(SaveError, match="its 12 files state 1 values of SOPInstanceUID, expected"):
        write_mask(np.ones(scan.grid, np.uint8), scan, tmp_path / "mask.dcm")


def test_hundreds_of_kinds_are_found_quickly_and_not_all_named(tmp_path):
    for z in range(300):
        tags = {"PixelSpacing": [1 + z / 50, 1], "EchoTime": z // 3}
        write_slice(tmp_path / f"{z}", np.ones((6, 7)), (0, 0, z), **tags)
    with pytest.raises(ScanError, match=r"no two of its 300 images") as caught:
        read_scan(tmp_path)
    assert len(str(caught.value)) < 500
    with pytest.raises(ScanError, match=r"no series matches 'nothing'.*\(\+\d+\)\.$"):
        read_scan(tmp_path, series="nothing")


@pytest.mark.filterwarnings("ignore:The value length")
@pytest.mark.filterwarnings("ignore:Invalid value")
def test_what_headers_say_of_weightings_is_shortened(tmp_path):
    for z, kernel in enumerate(("\x1b[31m" + "9" * 5000, "H30s")):
        write_stack(tmp_path, f"{z}", z, range(0, 30, 5), ConvolutionKernel=kernel)
    assert all(len(each.part) < 100 and each.part.isprintable() for each in list_series(tmp_path))


def test_a_copy_of_a_slice_that_lies_elsewhere_is_none(tmp_path):
    write_stack(tmp_path, "a", 1, range(0, 30, 5))
    write_slice(tmp_path / "b", np.ones((6, 7)), (-100.02, -90, 10))
    assert any("1 copy of a slice" in note for note in read_scan(tmp_path).scan.source.warnings)
    write_slice(tmp_path / "b", np.ones((6, 7)), (-97, -90, 10))
    with pytest.raises(ScanError, match=r"a2 and b lie at one height, 3 mm apart"):
        read_scan(tmp_path)


def test_slices_of_two_modalities_are_of_no_one_stack(tmp_path):
    for z in range(8):
        write_stack(tmp_path, f"{z}", z, [5 * z], Modality=("CT", "MR")[z % 2])
    with pytest.raises(
        ScanError, match=r"slices of another kind: CT \(4 images\), MR \(4 images\)"
    ):
        read_scan(tmp_path)
