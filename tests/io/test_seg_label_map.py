"""DICOM SEG of the type LABELMAP, as highdicom writes it, and what else such a file may say."""

from __future__ import annotations

import dicom_series
import highdicom as hd
import numpy as np
import pydicom
import pytest
from highdicom.seg import (
    SegmentAlgorithmTypeValues,
    Segmentation,
    SegmentationTypeValues,
    SegmentDescription,
)
from pydicom.sr.codedict import codes

from napari_brainseg.errors import ScanError
from napari_brainseg.io import is_seg, read_mask_info, read_mask_on, read_scan


def described(number):
    return SegmentDescription(
        segment_number=number,
        segment_label=f"part {number}",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Neoplasm,
        algorithm_type=SegmentAlgorithmTypeValues.MANUAL,
    )


def write_label_map(folder, labels, path, syntax=pydicom.uid.ExplicitVRLittleEndian):
    scan = read_scan(folder).scan
    of_place = sorted(
        map(pydicom.dcmread, folder.iterdir()), key=lambda each: each.ImagePositionPatient[2]
    )
    mask = Segmentation(
        source_images=of_place,
        pixel_array=labels,
        segmentation_type=SegmentationTypeValues.LABELMAP,
        segment_descriptions=[described(number) for number in (1, 2, 3)],
        series_instance_uid=hd.UID(),
        series_number=9,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="none",
        manufacturer_model_name="none",
        software_versions="1",
        device_serial_number="1",
        transfer_syntax_uid=syntax,
    )
    mask.save_as(path)
    return scan


@pytest.fixture
def labels():
    labels = np.zeros((12, 6, 7), np.uint8)
    labels[2:4, 1:4, 2:5], labels[5, 2, 3] = 1, 3
    return labels


@pytest.mark.parametrize(
    "syntax",
    [pydicom.uid.ExplicitVRLittleEndian, pydicom.uid.RLELossless, pydicom.uid.JPEGLSLossless],
    ids=lambda each: each.keyword,
)
def test_a_label_map_is_read_as_its_labels(tmp_path, labels, syntax):
    folder = dicom_series.write_series(tmp_path / "s")
    path = tmp_path / "map.dcm"
    scan = write_label_map(folder, labels, path, syntax)
    assert is_seg(path)
    np.testing.assert_array_equal(read_mask_on(path, scan), labels)
    assert read_mask_info(path).names == {1: "part 1", 2: "part 2", 3: "part 3"}


def test_a_number_that_is_no_segment_is_refused(tmp_path, labels):
    path = tmp_path / "map.dcm"
    scan = write_label_map(dicom_series.write_series(tmp_path / "s"), labels, path)
    dataset = pydicom.dcmread(path)
    dataset.SegmentSequence = [each for each in dataset.SegmentSequence if each.SegmentNumber != 3]
    dataset.save_as(path)
    with pytest.raises(ScanError, match=r"map\.dcm: holds the number 3, which is none of its"):
        read_mask_on(path, scan)
