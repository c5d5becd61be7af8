"""Enhanced multi-frame DICOM: frames in any order, each with its own place and scale."""

from __future__ import annotations

import dicom_series
import imagecodecs
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from contracts.format_contract import FormatContract
from dicom_files import frame_of, item, write_enhanced
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.tag import Tag
from pydicom.uid import EnhancedCTImageStorage

from napari_brainseg.errors import ScanError
from napari_brainseg.io import list_series, read_scan, read_series

OBLIQUE = (0.96, 0.28, 0.0, -0.168, 0.576, 0.8)
SHUFFLED = [7, 2, 11, 0, 5, 9, 1, 3, 10, 4, 8, 6]


def places(n, step=(0.0, 0.0, 5.0), start=12.5):
    return [np.array((-100.0, -90.0, start)) + z * np.array(step) for z in range(n)]


def slices(heights):
    return np.stack([np.full((6, 7), 10 * z) for z in heights])


class TestEnhancedMrContract(FormatContract):
    def make(self, folder):
        frames = [frame_of(places(12)[z]) for z in SHUFFLED]
        return dicom_series.write_enhanced(folder / "enhanced.dcm", slices(SHUFFLED), frames)


class TestEnhancedCtContract(FormatContract):
    def make(self, folder):
        frames = [frame_of(places(12)[z], rescale=(10, -1000)) for z in SHUFFLED]
        tags = {"SOPClassUID": EnhancedCTImageStorage, "Modality": "CT"}
        pixels = slices(SHUFFLED) // 10 + 100
        return dicom_series.write_enhanced(folder / "enhanced.dcm", pixels, frames, **tags)


@pytest.mark.parametrize("orientation", [(1, 0, 0, 0, 1, 0), OBLIQUE, (0, 1, 0, 0, 0, -1)])
def test_the_geometry_is_what_simpleitk_finds(tmp_path, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    frames = [frame_of(np.round(place, 10)) for place in places(5, 4.5 * normal)]
    pixels = np.random.default_rng(0).integers(-999, 999, (5, 6, 7))
    path = write_enhanced(tmp_path / "a.dcm", pixels, frames, orientation)
    scan, image = read_scan(path).scan, sitk.ReadImage(str(path))
    np.testing.assert_array_equal(scan.data[0], sitk.GetArrayFromImage(image))
    for index in ((0, 0, 0), (6, 0, 0), (0, 5, 0), (0, 0, 4), (3, 2, 1)):
        lps = np.array(image.TransformIndexToPhysicalPoint(index))
        ras = (scan.affine @ (*index, 1))[:3]
        np.testing.assert_allclose(ras, lps * (-1, -1, 1), rtol=0, atol=1e-6)
    assert not scan.source.warnings
    assert scan.channels == ("FLAIR",)


def test_each_frame_is_rescaled_by_its_own_slope(tmp_path):
    scales = [(0.5 + z, -3.0 * z) for z in range(4)]
    frames = [frame_of(p, rescale=s) for p, s in zip(places(4), scales, strict=True)]
    pixels = np.arange(4 * 42).reshape(4, 6, 7)
    scan = read_scan(write_enhanced(tmp_path / "a.dcm", pixels, frames)).scan
    expected = [plane * slope + start for plane, (slope, start) in zip(pixels, scales, strict=True)]
    assert scan.data.dtype == np.float32
    np.testing.assert_array_equal(scan.data[0], expected)


def test_enhanced_ct_comes_in_hounsfield_units(tmp_path):
    path = write_enhanced(
        tmp_path / "a.dcm",
        slices(range(4)),
        [frame_of(place, stack=None) for place in places(4)],
        SOPClassUID=EnhancedCTImageStorage,
        Modality="CT",
        SeriesDescription="Head",
    )
    dataset = pydicom.dcmread(path)
    dataset.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence = item(
        RescaleSlope=1, RescaleIntercept=-1024, RescaleType="HU"
    )
    dataset.save_as(path)
    scan = read_scan(path).scan
    assert scan.channels == ("CT",)
    assert scan.data.dtype == np.int16
    np.testing.assert_array_equal(scan.data[0, :, 0, 0], 10 * np.arange(4) - 1024)
    np.testing.assert_array_equal(scan.data[0], sitk.GetArrayFromImage(sitk.ReadImage(str(path))))


def test_orientation_may_be_stated_per_frame(tmp_path):
    frames = [frame_of(place, orientation=(1, 0, 0, 0, 1, 0)) for place in places(3)]
    path = write_enhanced(tmp_path / "a.dcm", slices(range(3)), frames, orientation=None)
    np.testing.assert_allclose(read_scan(path).scan.spacing, (5, 0.8, 0.9))


@pytest.mark.parametrize(("kind", "label"), [("echo", "echo time in ms"), ("time", "time point")])
def test_echoes_and_time_points_are_volumes_of_their_own(tmp_path, kind, label):
    frames = [frame_of(p, **{kind: value}) for p in places(4) for value in (120, 30)]
    pixels = np.stack([np.full((6, 7), 10 * z + k) for z in range(4) for k in (1, 0)])
    path = write_enhanced(tmp_path / "a.dcm", pixels, frames)
    found = list_series(path)
    assert [series.part for series in found] == [f"{label} 30", f"{label} 120"]
    for k, series in enumerate(found):
        scan = read_series(series).scan
        np.testing.assert_array_equal(scan.data[0, :, 0, 0], 10 * np.arange(4) + k)
        assert scan.source.name == f"Ax FLAIR {label} {series.part.split()[-1]}"
    scan = read_scan(path).scan
    assert f"the rest left out: Ax FLAIR, {label} 120 (4 images)" in scan.source.warnings[0]


def test_echoes_at_several_times_are_told_apart_by_both(tmp_path):
    marks = [(echo, time) for echo in (30, 90) for time in (1, 2, 3)]
    frames = [frame_of(p, echo=e, time=t) for e, t in marks for p in places(4)]
    path = write_enhanced(tmp_path / "a.dcm", slices([0] * 24), frames)
    parts = [series.part for series in list_series(path)]
    assert len(parts) == 6
    assert parts[0] == "echo time in ms 30, time point 1"


@pytest.mark.parametrize(
    ("group", "keyword", "values", "told"),
    [
        (
            "MRImageFrameTypeSequence",
            "ComplexImageComponent",
            ("MAGNITUDE", "PHASE"),
            "image component",
        ),
        ("MRModifierSequence", "InversionTimes", (50.0, 900.0), "inversion time in ms"),
        (
            "CardiacSynchronizationSequence",
            "NominalCardiacTriggerDelayTime",
            (10.0, 400.0),
            "trigger time in ms",
        ),
        ("TemporalPositionSequence", "TemporalPositionTimeOffset", (0.5, 2.0), "time in s"),
    ],
)
def test_what_a_functional_group_states_tells_volumes_apart(tmp_path, group, keyword, values, told):
    frames = [frame_of(p) for _ in values for p in places(3)]
    for number, frame in enumerate(frames):
        setattr(frame, group, item(**{keyword: values[number // 3]}))
    path = write_enhanced(tmp_path / "a.dcm", slices(range(6)), frames)
    expected = [f"{told} {v if isinstance(v, str) else format(v, 'g')}" for v in values]
    assert [series.part for series in list_series(path)] == expected
    np.testing.assert_array_equal(read_scan(path).scan.data[0, :, 0, 0], (0, 10, 20))


def test_dimension_indices_tell_apart_what_has_no_name(tmp_path):
    frames = [frame_of(p, time=t) for t in (1, 2) for p in places(3)]
    for frame in frames:
        del frame.FrameContentSequence[0].TemporalPositionIndex
    pointers = ("StackID", "InStackPositionNumber", "EffectiveEchoTime")
    index = [item(DimensionIndexPointer=Tag(pointer))[0] for pointer in pointers]
    path = write_enhanced(
        tmp_path / "a.dcm", slices([0, 1, 2] * 2), frames, DimensionIndexSequence=index
    )
    expected = [f"effective echo time (index) {n}" for n in (1, 2)]
    assert [series.part for series in list_series(path)] == expected


def test_stacks_are_volumes_of_their_own(tmp_path):
    frames = [frame_of(p, stack="1") for p in places(5)]
    frames += [frame_of(p, stack="2") for p in places(3, (0, 0, 7.0), start=200)]
    path = write_enhanced(tmp_path / "a.dcm", slices(range(8)), frames)
    found = list_series(path)
    assert [(series.part, series.images) for series in found] == [("stack 1", 5), ("stack 2", 3)]
    assert found[1].spacing == pytest.approx((7, 0.8, 0.9))


def test_volumes_that_nothing_tells_apart_are_refused(tmp_path):
    frames = [frame_of(p) for _ in range(2) for p in places(4)]
    path = write_enhanced(tmp_path / "a.dcm", slices(range(8)), frames)
    with pytest.raises(ScanError, match=r"frame 1 and a\.dcm, frame 5 lie at the same place and"):
        read_scan(path)


@pytest.mark.parametrize("count", [3, 5, 10_000_000])
def test_as_many_frames_as_are_described(tmp_path, count):
    frames = [frame_of(place) for place in places(4)]
    path = write_enhanced(tmp_path / "a.dcm", slices(range(4)), frames, NumberOfFrames=count)
    with pytest.raises(ScanError, match=f"announces {count} frames and describes 4"):
        read_scan(path)


@pytest.mark.parametrize("codec", ["RLELossless", "JPEGLosslessSV1"])
def test_compressed_frames_are_read_one_volume_at_a_time(tmp_path, codec):
    frames = [frame_of(p, echo=e) for p in places(4) for e in (30, 90)]
    path = write_enhanced(tmp_path / "a.dcm", slices(range(8)), frames)
    dataset = pydicom.dcmread(path)
    if codec == "RLELossless":
        dataset.compress(pydicom.uid.RLELossless)
    else:
        stored = dataset.pixel_array.astype(np.uint16)
        dataset.PixelData = encapsulate([imagecodecs.ljpeg_encode(frame) for frame in stored])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLosslessSV1
    dataset.save_as(path)
    scan = read_series(list_series(path)[1]).scan
    np.testing.assert_array_equal(scan.data[0, :, 0, 0], [10, 30, 50, 70])


def test_a_segmentation_is_no_scan():
    with pytest.raises(ScanError, match="this is a mask"):
        read_scan(get_testdata_file("liver_1frame.dcm"))


def test_frames_without_places_are_refused():
    with pytest.raises(ScanError, match=r"colour|does not say where each of them lies"):
        read_scan(get_testdata_file("examples_ybr_color.dcm"))


@pytest.mark.parametrize("total", [2, None], ids=["counted", "not counted"])
def test_a_picture_that_is_written_in_two_files_is_refused_without_one(tmp_path, total):
    frames = [frame_of((-100, -90, 5 * z)) for z in range(8)]
    pixels = np.arange(8 * 42, dtype=np.int16).reshape(8, 6, 7)
    for number, part in enumerate((slice(0, 4), slice(4, 8)), start=1):
        tags = {"ConcatenationUID": "1.2.77", "InConcatenationNumber": number}
        if total:
            tags["InConcatenationTotalNumber"] = total
        write_enhanced(tmp_path / f"{number}.dcm", pixels[part], frames[part], **tags)
    np.testing.assert_array_equal(read_scan(tmp_path).scan.data[0], pixels)
    (tmp_path / "1.dcm").unlink()
    with pytest.raises(ScanError, match=r"was written in 2 files .*, and 1 are here"):
        read_scan(tmp_path)
