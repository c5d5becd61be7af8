"""Names of patients and labels in any script, and what the standard forbids, in a DICOM SEG."""

from __future__ import annotations

import dicom_series
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io import (
    MaskInfo,
    keep_mask,
    read_mask,
    read_mask_info,
    read_scan,
    write_contours,
    write_mask,
)
from napari_brainseg.io.dicom import seg_read

NAMES = {1: "récidive", 2: "腫瘍 · опухоль"}
PATIENTS = [
    ("", "Doe^Jane"),
    ("ISO_IR 6", "Doe^Jane"),
    ("ISO_IR 100", "Müller^Jürgen"),
    (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
    ("ISO_IR 192", "Müller^腫"),
]


@pytest.fixture
def labels():
    labels = np.zeros((12, 6, 7), np.uint8)
    labels[2:4, 1:4, 2:5], labels[5, 2, 3] = 1, 2
    return labels


@pytest.mark.filterwarnings("ignore:Incorrect value for Specific Character Set")
@pytest.mark.filterwarnings("ignore:Value .* for Specific Character Set")
@pytest.mark.parametrize(("charset", "patient"), PATIENTS, ids=str)
def test_names_in_any_script_come_back_unchanged(tmp_path, labels, charset, patient):
    options = {"SpecificCharacterSet": charset, "PatientName": patient}
    scan = read_scan(dicom_series.write_series(tmp_path / "s", **options)).scan
    path = write_mask(labels, scan, tmp_path / "mask.dcm", info=MaskInfo(names=NAMES))
    np.testing.assert_array_equal(read_mask(path)[0], labels)
    assert read_mask_info(path).names == NAMES
    assert str(pydicom.dcmread(path).PatientName) == patient
    outlines = write_contours(labels, scan, tmp_path / "rt.dcm", info=MaskInfo(names=NAMES))
    found = pydicom.dcmread(outlines)
    assert str(found.PatientName) == patient
    assert [region.ROIName for region in found.StructureSetROISequence] == list(NAMES.values())


def test_a_name_is_one_value_and_holds_nothing_that_acts(tmp_path, labels):
    scan = read_scan(dicom_series.write_series(tmp_path / "s")).scan
    info = MaskInfo({1: "left\\right", 2: "\x1b[31mred\u202e"}, {}, "AUTOMATIC", "a\\b", "1")
    path = write_mask(labels, scan, tmp_path / "mask.dcm", info=info)
    found = read_mask_info(path)
    assert found.names == {1: "left/right", 2: "\ufffd[31mred\ufffd"}
    assert found.algorithm == "a/b"
    outlines = pydicom.dcmread(write_contours(labels, scan, tmp_path / "rt.dcm", info=info))
    regions = outlines.StructureSetROISequence
    assert [region.ROIName for region in regions] == list(found.names.values())
    made = pydicom.dcmread(path)  # by a program that did not look
    made.SegmentSequence[0].SegmentLabel = ["left", "right"]
    made.save_as(path)
    assert read_mask_info(path).name(1) == "left\\right"


def test_a_name_from_a_colour_table_holds_nothing_that_acts(tmp_path, labels):
    scan = read_scan(dicom_series.write_series(tmp_path / "s")).scan
    info = MaskInfo({1: "\x1b[31mred\u202e", 2: "腫瘍"})
    path = write_mask(labels, scan, tmp_path / "mask.nii.gz", info=info)
    assert read_mask_info(path).names == {1: "\ufffd[31mred\ufffd", 2: "腫瘍"}


def test_what_the_standard_forbids_is_not_copied(tmp_path, labels):
    options = {"ProcedureCodeSequence": [], "StudyDescription": "x" * 80}
    with pytest.warns(UserWarning, match="exceeds the maximum length"):
        folder = dicom_series.write_series(tmp_path / "s", **options)
    mask = pydicom.dcmread(write_mask(labels, read_scan(folder).scan, tmp_path / "mask.dcm"))
    assert "ProcedureCodeSequence" not in mask
    assert "StudyDescription" not in mask
    assert mask.PatientID == "4711"


@pytest.mark.filterwarnings("ignore:The value length")
def test_identity_stays_and_dates_that_are_none_do_not(tmp_path, labels):
    tags = {"PatientID": "4" * 70, "StudyDate": "2020-01-01"}
    with pydicom.config.disable_value_validation():
        folder = dicom_series.write_series(tmp_path / "s", **tags)
    mask = pydicom.dcmread(write_mask(labels, read_scan(folder).scan, tmp_path / "mask.dcm"))
    assert mask.PatientID == "4" * 70
    assert mask.StudyDate == ""


def write_odd(folder, error=0.0, places=lambda z: 5.0 * z):
    for z in range(20):
        options = {"ImageOrientationPatient": [1, error * (z % 2), 0, 0, 1, 0]}
        place = (0, 0, places(z))
        dicom_series.write_slice(folder / f"{z}", np.full((6, 7), z), place, **options)
    return read_scan(folder).scan


@pytest.mark.parametrize(
    "odd",
    [{"error": 0.002}, {"places": lambda z: round(1.25 * z, 1)}],
    ids=["directions jitter", "places in tenths"],
)
def test_the_mask_of_an_odd_series_lies_on_it(tmp_path, odd):
    scan = write_odd(tmp_path / "s", **odd)
    labels = np.zeros(scan.grid, np.uint8)
    labels[3, 2, 3], labels[11, 1:4, 2], labels[-2, 4, 4] = 1, 1, 2
    path = write_mask(labels, scan, tmp_path / "mask.dcm")
    np.testing.assert_array_equal(read_mask(path)[0], labels)
    # Others leave out frames without foreground.
    dataset = pydicom.dcmread(path)
    frames = list(zip(dataset.PerFrameFunctionalGroupsSequence, dataset.pixel_array, strict=True))
    kept = [(group, frame) for group, frame in frames if frame.any()]
    dataset.PerFrameFunctionalGroupsSequence = [group for group, _ in kept]
    dataset.NumberOfFrames = len(kept)
    packed = np.packbits([frame for _, frame in kept], bitorder="little").tobytes()
    dataset.PixelData = packed + b"\0" * (len(packed) % 2)
    dataset.save_as(path)
    np.testing.assert_array_equal(seg_read.on_grid(seg_read.read(path), scan), labels)


def test_a_segmentation_that_does_not_lie_in_a_patient_is_told(tmp_path, labels):
    scan = read_scan(dicom_series.write_series(tmp_path / "s")).scan
    path = write_mask(labels, scan, tmp_path / "mask.dcm")
    dataset = pydicom.dcmread(path)
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        del frame.PlanePositionSequence
    dataset.save_as(path)
    with pytest.raises(ScanError, match="no PlanePositionSequence"):
        read_mask(path)


def test_frames_that_are_placed_and_missing_are_told(tmp_path, labels):
    scan = read_scan(dicom_series.write_series(tmp_path / "s")).scan
    path = write_mask(labels, scan, tmp_path / "mask.dcm")
    dataset = pydicom.dcmread(path)
    dataset.NumberOfFrames = 1
    dataset.save_as(path)
    with pytest.raises(ScanError, match=r"places \d+ frames and holds 1"):
        read_mask(path)


def test_a_deflated_segmentation_is_read(tmp_path, labels):
    scan = read_scan(dicom_series.write_series(tmp_path / "s")).scan
    path = write_mask(labels, scan, tmp_path / "mask.dcm")
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    np.testing.assert_array_equal(read_mask(path)[0], labels)


def test_a_deflated_segmentation_that_unfolds_to_gigabytes_is_refused(
    tmp_path, monkeypatch, labels
):
    monkeypatch.setattr("napari_brainseg.io.guards.SMALL", 10**7)
    scan = read_scan(dicom_series.write_series(tmp_path / "s")).scan
    path = write_mask(labels, scan, tmp_path / "mask.dcm")
    dataset = pydicom.dcmread(path)
    dataset.add_new(0x7FE11001, "OB", bytes(50_000_000))
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    with pytest.raises(ScanError, match=r"^mask\.dcm: unpacks to more than 10,000,000 bytes"):
        read_mask(path)


def test_a_frame_of_a_segment_that_is_not_there_is_refused_by_its_number(tmp_path, labels):
    scan = read_scan(dicom_series.write_series(tmp_path / "s")).scan
    path = write_mask(labels, scan, tmp_path / "mask.dcm")
    dataset = pydicom.dcmread(path)
    frame = dataset.PerFrameFunctionalGroupsSequence[0]
    frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber = 9
    dataset.save_as(path)
    with pytest.raises(ScanError, match=r"^mask\.dcm: holds the number 9, which is none of its"):
        read_mask(path)


def rle_of(frame):
    """Encode a frame as one segment of literal runs, as PackBits has them."""
    packed = b"".join(
        bytes([len(part) - 1]) + part
        for part in (frame[at : at + 128] for at in range(0, len(frame), 128))
    )
    header = np.zeros(16, "<u4")
    header[:2] = 1, 64
    return header.tobytes() + packed


@pytest.mark.parametrize("bits", [True, False], ids=["packed", "a byte a pixel"])
def test_a_segmentation_of_bits_in_rle_is_read(tmp_path, labels, bits):
    scan = read_scan(dicom_series.write_series(tmp_path / "s")).scan
    path = write_mask(labels, scan, tmp_path / "mask.dcm")
    dataset = pydicom.dcmread(path)
    frames = dataset.pixel_array.reshape(int(dataset.NumberOfFrames), -1).astype(np.uint8)
    coded = [np.packbits(each, bitorder="little") if bits else each for each in frames]
    dataset.PixelData = encapsulate([rle_of(each.tobytes()) for each in coded])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.RLELossless
    dataset.save_as(path)
    np.testing.assert_array_equal(read_mask(path)[0], labels)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ScanError, match=r"mask\.dcm"):
        read_mask(path)


def test_a_mask_is_kept_as_nifti_where_a_segmentation_cannot_be_made(tmp_path, labels):
    folder = dicom_series.write_series(tmp_path / "s")
    scan = read_scan(folder).scan
    for file in folder.iterdir():
        file.unlink()
    path, note = keep_mask(labels, scan, tmp_path / "mask.dcm")
    assert path.name == "mask.nii.gz"
    assert "saved as mask.nii.gz" in note
    np.testing.assert_array_equal(read_mask(path)[0], labels)
    again, _ = keep_mask(labels * 0, scan, tmp_path / "mask.dcm", overwrite=True)
    assert again.name == "mask-2.nii.gz"  # nobody was asked about the first
    np.testing.assert_array_equal(read_mask(path)[0], labels)
    with pytest.raises(SaveError, match="does not exist"):
        keep_mask(labels, scan, tmp_path / "gone" / "mask.dcm")
