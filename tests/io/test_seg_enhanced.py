"""DICOM SEG and RTSTRUCT of Enhanced files: every voxel on the frame it was drawn on."""

from __future__ import annotations

import shutil
import subprocess

import highdicom
import numpy as np
import pydicom
import pytest
from dicom_files import frame_of, item
from dicom_series import IDENTITY, OBLIQUE, TILT, write_enhanced
from pydicom.uid import EnhancedCTImageStorage, LegacyConvertedEnhancedMRImageStorage
from skimage.draw import polygon2mask

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io import (
    MaskInfo,
    default_mask_path,
    list_series,
    read_mask,
    read_mask_on,
    read_scan,
    read_series,
    why_no_seg,
    write_contours,
    write_mask,
)
from napari_brainseg.io.dicom import seg_read

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
AXIAL = (1, 0, 0, 0, 1, 0)
TILTED = (1, 0, 0, 0, round(np.cos(TILT), 7), round(-np.sin(TILT), 7))
SHUFFLED = (3, 0, 4, 1, 2)


def places(step=(0.0, 0.0, 4.5), order=SHUFFLED):
    return [np.round((10.25, 20.5, -30.125) + z * np.array(step), 6) for z in order]


def noise(n, seed=0):
    return np.random.default_rng(seed).integers(0, 400, (n, 6, 7))


def stored(folder, frames, orientation=AXIAL, **tags):
    write_enhanced(folder / "enhanced.dcm", noise(len(frames)), frames, orientation, **tags)


def out_of_order(folder):
    stored(folder, [frame_of(place) for place in places()])


def enhanced_ct(folder):
    tags = {"SOPClassUID": EnhancedCTImageStorage, "Modality": "CT"}
    stored(folder, [frame_of(place) for place in places()], **tags)


def legacy_converted(folder):
    tags = {"SOPClassUID": LegacyConvertedEnhancedMRImageStorage}
    stored(folder, [frame_of(place) for place in places()], **tags)


def along_an_oblique_normal(folder):
    normal = np.cross(OBLIQUE[:3], OBLIQUE[3:])
    stored(folder, [frame_of(place) for place in places(4.5 * normal)], tuple(OBLIQUE))


def against_the_normal(folder):
    stored(folder, [frame_of(place) for place in places((0, 0, -4.5))])


def tilted(folder):
    stored(folder, [frame_of(place) for place in places()], TILTED)


def each_with_its_own_orientation(folder):
    # Differing as rounded values do, and stated with more digits than a value may have.
    turned = [[float(value) for value in OBLIQUE + z * 1e-5] for z in SHUFFLED]
    frames = [frame_of(p, orientation=o) for p, o in zip(places(), turned, strict=True)]
    stored(folder, frames, None)


def each_with_its_own_scale(folder):
    frames = [frame_of(place, rescale=(z + 1, -7 * z)) for z, place in enumerate(places())]
    stored(folder, frames)


def one_of_two_echoes(folder):
    stored(folder, [frame_of(place, echo=echo) for place in places() for echo in (90, 30)])


def one_of_three_time_points(folder):
    stored(folder, [frame_of(place, time=time) for time in (1, 2, 3) for place in places()])


def one_of_two_stacks(folder):
    frames = [frame_of(place, stack="2") for place in places(order=(9, 8, 7))]
    stored(folder, [*frames, *(frame_of(place, stack="1") for place in places())])


def a_single_frame(folder):
    stored(folder, [frame_of((1.0, 2.0, 3.0))])


def a_concatenation(folder):
    """Write one volume in two files, each with frames of its own; the second begins below."""
    frames = [frame_of(place) for place in places(order=(5, 3, 4, 0, 2, 1))]
    tags = {"ConcatenationUID": "1.2.5", "InConcatenationTotalNumber": 2}
    for part, (start, stop) in enumerate(((0, 2), (2, 6))):
        write_enhanced(
            folder / f"part{part}.dcm",
            noise(stop - start, seed=part),
            frames[start:stop],
            InConcatenationNumber=part + 1,
            ConcatenationFrameOffsetNumber=start,
            **tags,
        )


def a_file_for_every_frame(folder):
    for z, place in enumerate(places()):
        write_enhanced(folder / f"{z}.dcm", noise(1, seed=z), [frame_of(place)])


SAMPLES = [
    *(out_of_order, enhanced_ct, legacy_converted, along_an_oblique_normal, against_the_normal),
    *(tilted, each_with_its_own_orientation, each_with_its_own_scale, one_of_two_echoes),
    *(one_of_three_time_points, one_of_two_stacks, a_single_frame, a_concatenation),
    a_file_for_every_frame,
]


@pytest.fixture(params=SAMPLES, ids=lambda make: make.__name__)
def scans(request, tmp_path):
    """All that can be opened of a sample."""
    (tmp_path / "scan").mkdir()
    request.param(tmp_path / "scan")
    return [read_series(series).scan for series in list_series(tmp_path / "scan")]


@pytest.fixture
def scan(tmp_path):
    (tmp_path / "scan").mkdir()
    out_of_order(tmp_path / "scan")
    return read_scan(tmp_path / "scan" / "enhanced.dcm").scan


def drawn(scan):
    """Draw a mask of three labels that can be told from the pixels of each frame."""
    return (scan.data[0] % 4).astype(np.uint8)


def frames_of(scan):
    """Give rescaled pixels and place of each frame of the files, by file and number, from 1."""
    found = {}
    for file in scan.source.files:
        dataset = pydicom.dcmread(file)
        pixels = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
        for index, group in enumerate(dataset.PerFrameFunctionalGroupsSequence):
            values, transform = pixels[index], group.get("PixelValueTransformationSequence")
            if transform:
                values = values * transform[0].RescaleSlope + transform[0].RescaleIntercept
            place = list(group.PlanePositionSequence[0].ImagePositionPatient)
            found[dataset.SOPInstanceUID, index + 1] = values, place
    return found


def test_a_mask_comes_back_voxel_for_voxel_on_the_same_grid(scans, tmp_path):
    for scan in scans:
        path = write_mask(drawn(scan), scan, tmp_path / "mask.dcm", overwrite=True)
        found, affine = read_mask(path)
        np.testing.assert_array_equal(found, drawn(scan))
        np.testing.assert_allclose(affine, scan.affine, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(read_mask_on(path, scan), drawn(scan))


def test_every_frame_refers_to_the_one_that_it_was_drawn_on(scans, tmp_path):
    for scan in scans:
        made = pydicom.dcmread(write_mask(drawn(scan), scan, tmp_path / "m.dcm", overwrite=True))
        frames, seen = frames_of(scan), set()
        pixels = made.pixel_array.reshape(-1, *scan.grid[1:])
        for mask, group in zip(pixels, made.PerFrameFunctionalGroupsSequence, strict=True):
            (source,) = group.DerivationImageSequence[0].SourceImageSequence
            key = (source.ReferencedSOPInstanceUID, source.ReferencedFrameNumber)
            assert source.ReferencedSOPClassUID == scan.source.dataset.SOPClassUID
            label = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            values, place = frames[key]
            np.testing.assert_array_equal(mask, values % 4 == label)
            assert list(group.PlanePositionSequence[0].ImagePositionPatient) == place
            seen.add(key)
        assert len(seen) == scan.grid[0]


def test_highdicom_finds_the_mask_of_every_frame_of_a_file(scans, tmp_path):
    for scan in scans:
        path = write_mask(drawn(scan), scan, tmp_path / "mask.dcm", overwrite=True)
        made = highdicom.seg.segread(path)
        for z, (file, frame) in enumerate(scan.source.frames):
            found = made.get_pixels_by_source_frame(
                pydicom.dcmread(file).SOPInstanceUID, [frame + 1], combine_segments=True
            )
            np.testing.assert_array_equal(found[0], drawn(scan)[z])


def test_outlines_fill_to_the_mask_and_refer_to_the_frame_that_they_lie_on(scans, tmp_path):
    for scan in scans:
        made = pydicom.dcmread(
            write_contours(drawn(scan), scan, tmp_path / "rt.dcm", overwrite=True)
        )
        frames, to_voxels = frames_of(scan), np.linalg.inv(LPS @ scan.affine)
        filled = {key: np.zeros(scan.grid[1:], np.uint8) for key in frames}
        for number, region in enumerate(made.ROIContourSequence, start=1):
            for contour in region.ContourSequence:
                (image,) = contour.ContourImageSequence
                points = np.reshape([float(value) for value in contour.ContourData], (-1, 3))
                x, y, _ = to_voxels[:3, :3] @ points.T + to_voxels[:3, 3:]
                inside = polygon2mask(scan.grid[1:], np.column_stack([y, x]))
                key = image.ReferencedSOPInstanceUID, image.ReferencedFrameNumber
                filled[key] ^= np.uint8(number) * inside
        for key in referred_frames(made.ReferencedFrameOfReferenceSequence[0], scan):
            np.testing.assert_array_equal(filled[key], frames[key][0] % 4)


def referred_frames(frame_of_reference, scan):
    """Expand the references of a structure set to files and frames."""
    study = frame_of_reference.RTReferencedStudySequence[0]
    found = set()
    for image in study.RTReferencedSeriesSequence[0].ContourImageSequence:
        uid = image.ReferencedSOPInstanceUID
        every = [frame for file, frame in frames_of(scan) if file == uid]
        numbers = image.get("ReferencedFrameNumber", every)
        found |= {(uid, number) for number in np.atleast_1d(numbers).tolist()}
    assert len(found) == scan.grid[0]
    return found


def test_a_file_of_the_manufacturers_own_kind_is_referred_to_as_such(tmp_path):
    own = "1.3.46.670589.11.0.0.12.4"
    stored(tmp_path, [frame_of(place) for place in places()], SOPClassUID=own)
    scan = read_scan(tmp_path / "enhanced.dcm").scan
    made = pydicom.dcmread(write_mask(drawn(scan), scan, tmp_path / "mask.dcm"))
    for frame in made.PerFrameFunctionalGroupsSequence:
        (source,) = frame.DerivationImageSequence[0].SourceImageSequence
        assert source.ReferencedSOPClassUID == own
    assert [image.ReferencedSOPClassUID for image in made.SourceImageSequence] == [own]


def test_files_are_referred_to_once_and_whole_unless_only_some_frames_were_used(scans, tmp_path):
    for scan in scans:
        made = pydicom.dcmread(write_mask(drawn(scan), scan, tmp_path / "m.dcm", overwrite=True))
        uids = {pydicom.dcmread(file).SOPInstanceUID for file in scan.source.files}
        (series,) = made.ReferencedSeriesSequence
        assert series.SeriesInstanceUID == "1.2.3.4"
        instances = series.ReferencedInstanceSequence
        assert {instance.ReferencedSOPInstanceUID for instance in instances} == uids
        assert len(instances) == len(made.SourceImageSequence) == len(uids)
        some = len(frames_of(scan)) > scan.grid[0]
        assert all(("ReferencedFrameNumber" in image) == some for image in made.SourceImageSequence)


def test_patient_study_and_coordinates_are_those_of_the_file(scan, tmp_path):
    made = [
        pydicom.dcmread(write_mask(drawn(scan), scan, tmp_path / "mask.dcm")),
        pydicom.dcmread(write_contours(drawn(scan), scan, tmp_path / "rt.dcm")),
    ]
    for file in made:
        for keyword in ("PatientName", *IDENTITY):
            assert file[keyword].value == scan.source.dataset[keyword].value, keyword


def test_seg_is_proposed_beside_the_file_and_neither_hides_the_other(scan):
    path = default_mask_path(scan)
    assert path == scan.source.files[0].with_name("Ax FLAIR_mask.dcm")
    write_mask(drawn(scan), scan, path)
    write_contours(drawn(scan), scan, path.with_name("contours.dcm"))
    for again in (scan.source.files[0], path.parent):
        np.testing.assert_array_equal(read_scan(again).scan.data, scan.data)


def test_an_empty_mask_keeps_its_grid(scan, tmp_path):
    path = write_mask(np.zeros(scan.grid, int), scan, tmp_path / "mask.dcm")
    found, affine = read_mask(path)
    assert found.shape == scan.grid
    assert not found.any()
    np.testing.assert_allclose(affine, scan.affine, atol=1e-9)


def test_classes_keep_names_and_numbers(scan, tmp_path):
    labels = np.zeros(scan.grid, int)
    labels[1, 1], labels[2, 2], labels[4, 3] = 2, 7, 1000
    info = MaskInfo(names={2: "core", 7: "oedema"})
    mask = seg_read.read(write_mask(labels, scan, tmp_path / "mask.dcm", info=info))
    np.testing.assert_array_equal(mask.labels, labels)
    assert mask.info.names == {2: "core", 7: "oedema", 1000: "label 1000"}


@pytest.mark.parametrize(
    "missing", [("FrameOfReferenceUID",), ("StudyInstanceUID", "FrameOfReferenceUID")]
)
def test_without_identifiers_nifti_is_proposed_and_what_is_missing_is_named(tmp_path, missing):
    frames = [frame_of(place) for place in places()]
    write_enhanced(tmp_path / "a.dcm", noise(5), frames, **dict.fromkeys(missing))
    scan = read_scan(tmp_path / "a.dcm").scan
    assert default_mask_path(scan).name == "Ax FLAIR_mask.nii.gz"
    assert all(keyword in why_no_seg(scan) for keyword in missing)
    for write in (write_mask, write_contours):
        with pytest.raises(SaveError, match=rf"no {missing[0]}.*Save as NIfTI") as refusal:
            write(drawn(scan), scan, tmp_path / "mask.dcm")
        assert missing[0] in str(refusal.value)
    assert [file.name for file in tmp_path.iterdir()] == ["a.dcm"]


@pytest.mark.parametrize(
    ("keyword", "value", "reason"),
    [
        ("FrameOfReferenceUID", "9.9", "its files state 2 values of FrameOfReferenceUID"),
        ("StudyInstanceUID", "9.9", "its files state 2 values of StudyInstanceUID"),
        ("SOPInstanceUID", "", "part0.dcm: states no SOPInstanceUID"),
    ],
)
def test_files_that_do_not_belong_together_are_not_referred_to(tmp_path, keyword, value, reason):
    a_concatenation(tmp_path)
    path = tmp_path / "part0.dcm"  # the first slice lies in the other file
    dataset = pydicom.dcmread(path)
    setattr(dataset, keyword, value)
    dataset.save_as(path)
    scan = read_scan(tmp_path).scan
    for write in (write_mask, write_contours):
        with pytest.raises(SaveError, match=reason):
            write(drawn(scan), scan, tmp_path / "mask.dcm")
    assert not (tmp_path / "mask.dcm").exists()


@pytest.mark.parametrize("keep", [2, 0])
def test_a_file_that_lost_frames_since_it_was_opened_is_an_error_that_says_so(scan, tmp_path, keep):
    path = scan.source.files[0]
    dataset = pydicom.dcmread(path)
    groups = dataset.PerFrameFunctionalGroupsSequence
    dataset.PerFrameFunctionalGroupsSequence = groups[:keep]
    dataset.save_as(path)
    with pytest.raises(SaveError, match=r"enhanced\.dcm: .*save as NIfTI"):
        write_mask(drawn(scan), scan, tmp_path / "mask.dcm")
    assert not (tmp_path / "mask.dcm").exists()


def test_a_file_whose_frames_changed_places_is_not_written_to_the_wrong_ones(scan, tmp_path):
    path = scan.source.files[0]
    dataset = pydicom.dcmread(path)
    dataset.PerFrameFunctionalGroupsSequence = dataset.PerFrameFunctionalGroupsSequence[::-1]
    dataset.save_as(path)
    with pytest.raises(SaveError, match="did not read back as written"):
        write_mask(drawn(scan), scan, tmp_path / "mask.dcm")
    assert not (tmp_path / "mask.dcm").exists()


def test_a_file_without_slice_thickness_is_written_with_the_distance(tmp_path):
    frames = [frame_of(place) for place in places()]
    path = write_enhanced(tmp_path / "a.dcm", noise(5), frames)
    dataset = pydicom.dcmread(path)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.PixelMeasuresSequence = item(PixelSpacing=[0.8, 0.9], SpacingBetweenSlices=1.5)
    dataset.save_as(path)
    scan = read_scan(path).scan
    made = pydicom.dcmread(write_mask(drawn(scan), scan, tmp_path / "mask.dcm"))
    (measures,) = made.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    assert measures.SliceThickness == measures.SpacingBetweenSlices == 4.5
    assert list(measures.PixelSpacing) == [0.8, 0.9]


def test_frames_of_secondary_capture_that_state_their_places_are_referred_to(tmp_path):
    tags = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.3", "Modality": "OT"}
    stored(tmp_path, [frame_of(place) for place in places()], **tags)
    scan = read_scan(tmp_path / "enhanced.dcm").scan
    path = write_mask(drawn(scan), scan, default_mask_path(scan))
    np.testing.assert_array_equal(read_mask_on(path, scan), drawn(scan))


def test_frames_of_secondary_capture_without_places_are_refused(tmp_path):
    tags = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.3", "PerFrameFunctionalGroupsSequence": None}
    stored(tmp_path, [frame_of(place) for place in places()], **tags)
    with pytest.raises(ScanError, match="does not say where each of them lies"):
        read_scan(tmp_path / "enhanced.dcm")


def errors_of(path):
    """Give the errors and warnings that dciodvfy finds in a file."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed: apt-get install dicom3tools")
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    told = (done.stdout + done.stderr).splitlines()
    assert "Segmentation" in told or "RTStructureSet" in told
    return [line for line in told if "Error" in line or "Warning" in line]


def test_the_validator_of_dicom3tools_finds_nothing_to_say(scans, tmp_path):
    for scan in scans:
        for labels in (drawn(scan), np.zeros(scan.grid, np.uint8)):
            assert errors_of(write_mask(labels, scan, tmp_path / "m.dcm", overwrite=True)) == []
        path = write_contours(drawn(scan), scan, tmp_path / "rt.dcm", overwrite=True)
        assert errors_of(path) == []
