"""DICOM SEG: voxels, places and identity survive, also in the eyes of other programs."""

from __future__ import annotations

import random
import shutil
import subprocess
from itertools import permutations, product

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from contracts.geometry import rotation
from dicom_series import OBLIQUE, TILT, write_series, write_slice

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io import (
    MaskInfo,
    can_read,
    default_mask_path,
    is_seg,
    read_mask,
    read_scan,
    write_contours,
    write_mask,
)
from napari_brainseg.io.dicom import seg_read, seg_write
from napari_brainseg.scan import Scan, Source

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
INFO = MaskInfo(
    names={1: "tumour"},
    colors={1: "#e6194b"},
    made="AUTOMATIC",
    algorithm="lgg-unet",
    version="sha256:12ab",
)

ORIENTATIONS = {
    "axial": np.array([1.0, 0, 0, 0, 1, 0]),
    "coronal": np.array([1.0, 0, 0, 0, 0, -1]),
    "oblique": OBLIQUE,
}


def write_stack(folder, orientation, step=4.5, n=5):
    """Slices along the normal of an orientation, in files that run against it."""
    normal = np.cross(orientation[:3], orientation[3:])
    for z in range(n):
        place = np.round((10.25, 20.5, -30.125) + step * z * normal, 6)
        pixels = np.arange(42).reshape(6, 7) + 100 * z
        name = f"f{n - z}.dcm"
        write_slice(folder / name, pixels, place, ImageOrientationPatient=list(orientation))
    return read_scan(folder).scan


@pytest.fixture
def scan(tmp_path):
    return read_scan(write_series(tmp_path / "series")).scan


@pytest.fixture
def labels(scan):
    labels = np.zeros(scan.grid, np.uint8)
    labels[3:5, 2:4, 1:6] = 1
    return labels


def save(labels, scan, tmp_path, info=INFO):
    return write_mask(labels, scan, tmp_path / "mask.dcm", info=info)


@pytest.mark.parametrize("top", [1, 2, 255, 300])
def test_a_mask_comes_back_voxel_for_voxel_on_the_same_grid(scan, tmp_path, top):
    labels = np.random.default_rng(top).integers(0, min(top, 9) + 1, scan.grid)
    labels.flat[0] = top
    found, affine = read_mask(save(labels, scan, tmp_path))
    np.testing.assert_array_equal(found, labels)
    assert found.dtype == (np.uint8 if top < 256 else np.uint16)
    np.testing.assert_allclose(affine, scan.affine, rtol=0, atol=1e-9)


def test_files_without_preamble_are_referred_to_as_well(scan, labels, tmp_path):
    for file in scan.source.files:
        file.write_bytes(file.read_bytes()[132:])
    bare = read_scan(scan.source.files[0].parent).scan
    np.testing.assert_array_equal(read_mask(save(labels, bare, tmp_path))[0], labels)


def test_an_empty_mask_keeps_its_grid(scan, tmp_path):
    found, affine = read_mask(save(np.zeros(scan.grid, int), scan, tmp_path))
    assert found.shape == scan.grid
    assert not found.any()
    np.testing.assert_allclose(affine, scan.affine, atol=1e-9)


@pytest.mark.parametrize("step", [4.5, -4.5], ids=["forward", "reversed"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_other_programs_find_it_where_the_series_lies(tmp_path, orientation, step):
    scan = write_stack(tmp_path / "series", ORIENTATIONS[orientation], step)
    labels = (scan.data[0] % 4).astype(np.uint8)
    path = save(labels, scan, tmp_path)
    volume = highdicom.seg.segread(path).get_volume(combine_segments=True)
    # highdicom counts (slice, row, column) and may run along the slices the other way.
    theirs = LPS @ volume.affine[:, [2, 1, 0, 3]]
    found = volume.array
    if theirs[:3, 2] @ scan.affine[:3, 2] < 0:
        theirs = theirs @ _reverse(len(found))
        found = found[::-1]
    np.testing.assert_allclose(theirs, scan.affine, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(found, labels)

    # GDCM stacks the frames of all segments: it can tell places of one segment only.
    path = write_mask(labels > 0, scan, tmp_path / "one.dcm")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(file) for file in scan.source.files])
    source, mask = reader.Execute(), sitk.ReadImage(str(path))
    for corner in ((0, 0, 0), (6, 0, 0), (0, 5, 0), (0, 0, 4)):
        np.testing.assert_allclose(
            mask.TransformIndexToPhysicalPoint(corner),
            _mirrored(source, corner, mask),
            rtol=0,
            atol=1e-6,
        )


@pytest.mark.parametrize("turn", [np.eye(3), rotation()], ids=["upright", "oblique"])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_series_in_any_of_48_orientations_keeps_voxels_and_places(tmp_path, order, turn):
    for number, signs in enumerate(product((1, -1), repeat=3)):
        axes = turn @ np.eye(3)[:, order] @ np.diag(signs)
        row, column, along = axes.T
        folder = tmp_path / str(number)
        for z in range(3):
            write_slice(
                folder / f"{2 - z}.dcm",
                np.random.default_rng(z).integers(0, 400, (6, 7)),
                np.round((10.25, 20.5, -30.125) + 4.5 * z * along, 8),
                ImageOrientationPatient=[round(float(v), 10) for v in (*row, *column)],
            )
        scan = read_scan(folder).scan
        labels = (scan.data[0] % 3).astype(np.uint8)
        found, affine = read_mask(save(labels, scan, folder))
        np.testing.assert_array_equal(found, labels)
        np.testing.assert_allclose(affine, scan.affine, rtol=0, atol=1e-6)
        for z, file in enumerate(scan.source.files):
            image = sitk.ReadImage(str(file))
            lps = np.array(image.TransformIndexToPhysicalPoint((3, 2, 0)))
            ras = (affine @ (3, 2, z, 1))[:3]
            np.testing.assert_allclose(ras, lps * (-1, -1, 1), rtol=0, atol=1e-6)


def _reverse(n):
    """Affine from slices counted from the end to slices counted from the start."""
    flip = np.diag([1.0, 1.0, -1.0, 1.0])
    flip[2, 3] = n - 1
    return flip


def _mirrored(source, corner, mask):
    """Place of a corner in the source, whose slices may run against those of the mask."""
    x, y, z = corner
    against = np.array(source.GetDirection())[2::3] @ np.array(mask.GetDirection())[2::3] < 0
    return source.TransformIndexToPhysicalPoint(
        (x, y, source.GetSize()[2] - 1 - z if against else z)
    )


def test_a_tilted_series_keeps_the_place_of_every_frame(tmp_path):
    cosines = [1, 0, 0, 0, round(np.cos(TILT), 7), round(-np.sin(TILT), 7)]
    folder = write_series(tmp_path / "series", ImageOrientationPatient=cosines)
    scan = read_scan(folder).scan
    labels = (np.indices(scan.grid)[0] % 2).astype(np.uint8)
    path = save(labels, scan, tmp_path)
    _, affine = read_mask(path)
    np.testing.assert_allclose(affine, scan.affine, rtol=0, atol=1e-9)
    positions = {
        source.SOPInstanceUID: list(source.ImagePositionPatient)
        for source in map(pydicom.dcmread, scan.source.files)
    }
    for frame in pydicom.dcmread(path).PerFrameFunctionalGroupsSequence:
        reference = frame.DerivationImageSequence[0].SourceImageSequence[0]
        place = list(frame.PlanePositionSequence[0].ImagePositionPatient)
        assert place == positions[reference.ReferencedSOPInstanceUID]


def test_a_series_that_misstates_the_distance_of_its_slices_keeps_their_places(tmp_path):
    # Some scanners note the gap between slices there.
    scan = read_scan(write_series(tmp_path / "series", SpacingBetweenSlices=2.5)).scan
    labels = (np.indices(scan.grid)[0] % 2).astype(np.uint8)
    mask = pydicom.dcmread(save(labels, scan, tmp_path))
    (measures,) = mask.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    assert measures.SpacingBetweenSlices == 5


def test_single_images_of_a_kind_that_may_hold_several_are_referred_to(tmp_path):
    kind = "1.2.840.10008.5.1.4.1.1.7.3"  # multi-frame secondary capture
    scan = read_scan(write_series(tmp_path / "series", SOPClassUID=kind)).scan
    mask = pydicom.dcmread(save(np.ones(scan.grid, int), scan, tmp_path))
    for frame in mask.PerFrameFunctionalGroupsSequence:
        (source,) = frame.DerivationImageSequence[0].SourceImageSequence
        assert source.ReferencedSOPClassUID == kind
        assert "ReferencedFrameNumber" not in source


def test_orientations_that_differ_by_rounding_are_one(tmp_path):
    for z in range(4):
        cosines = [1, 0, 0, 0, 1, round(z * 1e-5, 6)]
        path = tmp_path / "series" / f"{z}"
        write_slice(path, np.full((6, 7), z), (1.0, 2.0, 3.0 * z), ImageOrientationPatient=cosines)
    scan = read_scan(tmp_path / "series").scan
    mask = seg_read.read(save((scan.data[0] % 3).astype(np.uint8), scan, tmp_path))
    np.testing.assert_array_equal(seg_read.on_grid(mask, scan), scan.data[0] % 3)


def test_patient_study_and_references_are_those_of_the_series(scan, labels, tmp_path):
    mask = pydicom.dcmread(save(labels, scan, tmp_path))
    for keyword in (
        *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID"),
        *("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "FrameOfReferenceUID"),
    ):
        assert mask[keyword].value == scan.source.dataset[keyword].value, keyword
    (series,) = mask.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == "1.2.3"
    assert {item.ReferencedSOPInstanceUID for item in series.ReferencedInstanceSequence} == {
        pydicom.dcmread(file).SOPInstanceUID for file in scan.source.files
    }
    assert mask.SeriesInstanceUID != "1.2.3"
    assert mask.ContentDescription == "Research use only, not a medical device"


def test_the_segment_says_what_it_is_and_what_made_it(scan, labels, tmp_path):
    (segment,) = pydicom.dcmread(save(labels, scan, tmp_path)).SegmentSequence
    assert (segment.SegmentLabel, segment.SegmentAlgorithmType) == ("tumour", "AUTOMATIC")
    assert segment.SegmentAlgorithmName == "lgg-unet"
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Neoplasm"
    identified = segment.SegmentationAlgorithmIdentificationSequence[0]
    assert identified.AlgorithmVersion == "sha256:12ab"
    info = seg_read.read(tmp_path / "mask.dcm").info
    assert (info.names[1], info.made, info.algorithm) == ("tumour", "AUTOMATIC", "lgg-unet")
    assert (info.version, info.colors) == ("sha256:12ab", {1: "#e6194b"})


@pytest.mark.parametrize(
    ("info", "made"), [(INFO.corrected(), "SEMIAUTOMATIC"), (MaskInfo().corrected(), "MANUAL")]
)
def test_a_corrected_mask_says_so(scan, labels, tmp_path, info, made):
    path = save(labels, scan, tmp_path, info)
    assert pydicom.dcmread(path).SegmentSequence[0].SegmentAlgorithmType == made
    assert seg_read.read(path).info.made == made


def test_labels_may_have_gaps_and_names(scan, tmp_path):
    labels = np.zeros(scan.grid, int)
    labels[1, 1], labels[2, 2], labels[1, 3] = 2, 7, 1000
    path = save(labels, scan, tmp_path, MaskInfo(names={7: "oedema"}))
    assert [item.SegmentNumber for item in pydicom.dcmread(path).SegmentSequence] == [1, 2, 3]
    mask = seg_read.read(path)
    np.testing.assert_array_equal(mask.labels, labels)
    assert mask.info.names == {2: "label 2", 7: "oedema", 1000: "label 1000"}


def test_where_private_elements_were_dropped_labels_are_segment_numbers(scan, tmp_path):
    labels = np.zeros(scan.grid, int)
    labels[1, 1], labels[2, 2] = 2, 7
    dataset = pydicom.dcmread(save(labels, scan, tmp_path))
    dataset.remove_private_tags()
    dataset.save_as(tmp_path / "mask.dcm")
    np.testing.assert_array_equal(np.unique(read_mask(tmp_path / "mask.dcm")[0]), (0, 1, 2))


def edit(path, change):
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)
    return path


def keep_frames(dataset, wanted):
    """Keep some frames of a segmentation, in the order given."""
    frames = dataset.pixel_array[list(wanted)]
    groups = dataset.PerFrameFunctionalGroupsSequence
    dataset.PerFrameFunctionalGroupsSequence = [groups[index] for index in wanted]
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = pydicom.pixels.pack_bits(frames.ravel())


@pytest.mark.parametrize("wanted", [(3, 2), (8, 2, 5), (6, 4, 5, 9)])
def test_frames_may_be_missing_and_in_any_order(scan, tmp_path, wanted):
    labels = np.zeros(scan.grid, np.uint8)
    labels[:, 1, 2:4] = 1
    labels[:, 5, :1] = 1
    path = save(labels, scan, tmp_path)
    # Frames may have been stored from the head down.
    heights = [
        float(frame.PlanePositionSequence[0].ImagePositionPatient[2])
        for frame in pydicom.dcmread(path).PerFrameFunctionalGroupsSequence
    ]
    edit(path, lambda dataset: keep_frames(dataset, wanted))
    kept = sorted(round(heights[index] / 5) for index in wanted)
    mask = seg_read.read(path)
    slices = [z - kept[0] for z in kept]
    assert mask.labels.any(axis=(1, 2)).nonzero()[0].tolist() == slices
    np.testing.assert_allclose(mask.affine[:3, 2], (0, 0, 5))
    expected = np.zeros_like(labels)
    expected[kept] = labels[kept]
    np.testing.assert_array_equal(seg_read.on_grid(mask, scan), expected)


def test_a_single_frame_finds_its_slice(scan, tmp_path):
    path = save(np.ones(scan.grid, int), scan, tmp_path)
    edit(path, lambda dataset: keep_frames(dataset, [4]))
    placed = seg_read.on_grid(seg_read.read(path), scan)
    assert placed is not None
    assert len(placed.any(axis=(1, 2)).nonzero()[0]) == 1


def test_a_mask_stored_along_other_axes_is_laid_on_the_scan(scan, labels, tmp_path):
    mask = seg_read.read(save(labels, scan, tmp_path))
    turned = mask.labels[::-1, :, ::-1]
    flip = np.diag([-1.0, 1.0, -1.0, 1.0])
    flip[0, 3], flip[2, 3] = labels.shape[2] - 1, labels.shape[0] - 1
    other = seg_read.SegMask(
        turned, mask.affine @ flip, mask.info, "m", mask.frame_of_reference, ""
    )
    np.testing.assert_array_equal(seg_read.on_grid(other, scan), labels)


def test_a_mask_of_other_coordinates_pixels_or_places_is_not_laid_on_the_scan(
    scan, labels, tmp_path
):
    path = save(labels, scan, tmp_path)
    mask = seg_read.read(path)
    wider = read_scan(write_series(tmp_path / "wider", PixelSpacing=[0.8, 1.8])).scan
    shifted = read_scan(write_series(tmp_path / "up", heights=range(20, 80, 5))).scan
    halfway = read_scan(write_series(tmp_path / "half", heights=np.arange(0, 60, 5) - 2.5)).scan
    foreign = read_scan(write_series(tmp_path / "other", FrameOfReferenceUID="9.9")).scan
    plain = Scan(scan.data, scan.affine, ("CT",), Source("scan"))
    for other in (wider, shifted, halfway, foreign, plain):
        assert seg_read.on_grid(mask, other) is None
    assert seg_read.on_grid(mask, scan) is not None


def test_what_labels_cannot_hold_is_refused_with_the_reason(scan, tmp_path):
    labels = np.ones(scan.grid, int)
    labels[2] = 2
    path = save(labels, scan, tmp_path)

    def overlap(dataset):
        dataset.PixelData = b"\xff" * len(dataset.PixelData)

    def fractional(dataset):
        dataset.SegmentationType = "FRACTIONAL"

    def label_map(dataset):
        dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.66.7"
        dataset.SegmentationType = "LABELMAP"
        dataset.BitsAllocated = dataset.BitsStored = 8
        dataset.HighBit = 7
        dataset.PixelData = b"\x07" * dataset.NumberOfFrames * dataset.Rows * dataset.Columns

    for change, reason in (
        (overlap, "overlap"),
        (fractional, "fractional, expected binary"),
        (label_map, "holds the number"),
    ):
        broken = shutil.copy(path, tmp_path / "broken.dcm")
        with pytest.raises(ScanError, match=f"broken.dcm: .*{reason}"):
            read_mask(edit(broken, change))


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.99])
def test_a_damaged_file_is_refused_by_name(scan, labels, tmp_path, kept):
    path = save(labels, scan, tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ScanError, match=r"mask\.dcm: ") as refusal:
        read_mask(path)
    assert "Doe" not in str(refusal.value)


# pydicom warns of what it reads there; that is not what is tested.
@pytest.mark.filterwarnings("ignore:Invalid value for VR:UserWarning")
def test_flipped_bytes_give_a_mask_or_a_refusal(scan, labels, tmp_path):
    content = save(labels, scan, tmp_path).read_bytes()
    rng = random.Random(1)
    mutated = tmp_path / "mutant.dcm"
    for _ in range(300):
        mutant = bytearray(content)
        for _ in range(3):
            mutant[rng.randrange(len(mutant))] = rng.randrange(256)
        mutated.write_bytes(mutant)
        message = ""
        try:
            seg_read.read(mutated)
        except ScanError as error:
            message = str(error)
        assert "Doe" not in message


@pytest.mark.filterwarnings("ignore:Invalid value for VR:UserWarning")
@pytest.mark.parametrize("place", ["1e9", "nan"])
def test_a_frame_far_away_is_refused(scan, labels, tmp_path, place):
    def move(dataset):
        frame = dataset.PerFrameFunctionalGroupsSequence[2]
        frame.PlanePositionSequence[0].ImagePositionPatient = ["-100", "-90", place]

    path = edit(save(labels, scan, tmp_path), move)
    with pytest.raises(ScanError, match=r"mask\.dcm: "):
        seg_read.read(path)


def test_an_image_is_no_segmentation(scan):
    with pytest.raises(ScanError, match=r"of the kind .* Image Storage, expected a segmentation"):
        read_mask(scan.source.files[0])


def test_contours_are_called_so(scan, tmp_path):
    outlines = write_contours(np.ones(scan.grid, int), scan, tmp_path / "a.dcm")
    with pytest.raises(ScanError, match=r"^a\.dcm: holds contours \(RTSTRUCT\), expected the vox"):
        read_mask(outlines)
    with pytest.raises(ScanError, match=r"^a\.dcm: this DICOM file holds contours and no image"):
        read_scan(outlines)


def test_a_scan_that_is_not_from_dicom_is_refused_with_advice(tmp_path):
    affine = np.diag([-1.0, -1.0, 5.0, 1.0])
    scan = Scan(np.zeros((1, 3, 4, 5)), affine, ("image",), Source("head"))
    with pytest.raises(SaveError, match=r"not opened from a DICOM series.*NIfTI"):
        write_mask(np.ones(scan.grid, int), scan, tmp_path / "mask.dcm")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("tag", ["FrameOfReferenceUID", "StudyInstanceUID", "ImagePositionPatient"])
def test_a_series_without_what_seg_needs_is_saved_as_nifti(tmp_path, tag):
    write_slice(tmp_path / "series" / "I1", np.zeros((6, 7)), **{tag: None})
    scan = read_scan(tmp_path / "series").scan
    assert default_mask_path(scan).name.endswith(".nii.gz")
    with pytest.raises(SaveError, match=r"place in the patient|no \w+UID"):
        write_mask(np.ones(scan.grid, int), scan, tmp_path / "mask.dcm")


def test_an_anonymised_series_is_taken_over_as_it_is(tmp_path):
    blank = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber")
    tags = {**dict.fromkeys(blank), "StudyDate": "", "StudyTime": None, "SliceThickness": None}
    tags |= {"PatientIdentityRemoved": "YES", "DeidentificationMethod": ""}
    scan = read_scan(write_series(tmp_path / "series", **tags)).scan
    path = save(np.ones(scan.grid, int), scan, tmp_path)
    mask = pydicom.dcmread(path)
    assert not mask.PatientName
    assert mask.PatientIdentityRemoved == "YES"
    assert mask.DeidentificationMethod == "Not stated in the source images"


@pytest.mark.parametrize("name", ["HEAD", "Müller^Jürgen"])
def test_no_word_of_the_patient_is_printed(tmp_path, name, recwarn):
    tags = {"PatientName": name, "PatientSex": "U", "SpecificCharacterSet": "ISO_IR 100"}
    scan = read_scan(write_series(tmp_path / "series", **tags)).scan
    path = save(np.ones(scan.grid, int), scan, tmp_path)
    assert str(pydicom.dcmread(path).PatientName) == name
    # That highdicom leaves its tables in memory to the garbage collector, Python 3.13 warns of.
    told = [str(each.message) for each in recwarn]
    assert not [text for text in told if not text.startswith("unclosed database")]


def test_too_many_labels_are_refused_before_anything_is_written(scan, tmp_path, monkeypatch):

    monkeypatch.setattr(seg_write, "MAX_FRAMES", 30)
    labels = np.arange(np.prod(scan.grid)).reshape(scan.grid) % 4
    with pytest.raises(SaveError, match="3 labels on 12 slices, expected at most 2"):
        save(labels, scan, tmp_path)
    assert not (tmp_path / "mask.dcm").exists()


def test_a_series_that_is_gone_is_an_error_that_says_so(scan, labels, tmp_path):
    shutil.rmtree(tmp_path / "series")
    with pytest.raises(SaveError, match="there is no such file"):
        save(labels, scan, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_mask_beside_or_among_the_slices_is_not_taken_for_one(scan, labels, tmp_path):
    write_mask(labels, scan, tmp_path / "series" / "mask.dcm")
    write_mask(labels, scan, default_mask_path(scan))
    again = read_scan(tmp_path / "series").scan
    np.testing.assert_array_equal(again.data, scan.data)
    with pytest.raises(ScanError, match="holds 1 folders"):
        read_scan(tmp_path)
    with pytest.raises(ScanError, match="this is a mask"):
        read_scan(tmp_path / "series" / "mask.dcm")


def test_a_segmentation_is_known_by_its_content(scan, labels, tmp_path):
    path = save(labels, scan, tmp_path)
    path.rename(tmp_path / "SEG00001")
    assert is_seg(tmp_path / "SEG00001")
    assert can_read(tmp_path / "SEG00001")
    assert read_mask(tmp_path / "SEG00001")[0].any()
    assert not is_seg(scan.source.files[0])
    assert not is_seg(tmp_path)


def test_the_mask_of_a_real_series_fits_it(shared, tmp_path):
    scan = read_scan(shared / "scans" / "ct_head_philips").scan
    labels = (scan.data[0] > 60).astype(np.uint8)
    mask = seg_read.read(save(labels, scan, tmp_path))
    np.testing.assert_allclose(mask.affine, scan.affine, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(seg_read.on_grid(mask, scan), labels)


def test_the_mask_of_a_real_tilted_series_fits_it(shared, tmp_path):
    scan = read_scan(sorted((shared / "scans" / "ct_head_ge").iterdir())[:14]).scan
    labels = (scan.data[0] > 60).astype(np.uint8)
    mask = seg_read.read(save(labels, scan, tmp_path))
    np.testing.assert_allclose(mask.affine, scan.affine, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(seg_read.on_grid(mask, scan), labels)


def validate(path):
    """Give what dciodvfy has to say about a file, line by line."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed: apt-get install dicom3tools")
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    told = (done.stdout + done.stderr).splitlines()
    assert "Segmentation" in told
    return told


@pytest.mark.parametrize(("name", "count"), [("ct_head_philips", None), ("ct_head_ge", 14)])
def test_the_validator_finds_no_error_in_masks_of_real_series(shared, tmp_path, name, count):
    # Of the GE series, the first slices are evenly spaced.
    scan = read_scan(sorted((shared / "scans" / name).iterdir())[:count]).scan
    told = validate(save((scan.data[0] > 60).astype(np.uint8), scan, tmp_path))
    assert [line for line in told if "Error" in line] == []


@pytest.mark.parametrize("top", [0, 1, 5], ids=["empty", "one label", "five labels"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_validator_of_dicom3tools_finds_no_error(tmp_path, orientation, top):
    scan = write_stack(tmp_path / "series", ORIENTATIONS[orientation])
    labels = np.random.default_rng(0).integers(0, top + 1, scan.grid)
    told = validate(save(labels, scan, tmp_path))
    assert [line for line in told if "Error" in line] == []
    # Our own private element, where a label is not the number of its segment.
    warnings = [line for line in told if "Warning" in line and "(0x0071,0x1001)" not in line]
    assert warnings == []
