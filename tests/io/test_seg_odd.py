"""DICOM SEG whose frames contradict each other or lack something: refused by what it is."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from dicom_series import write_series

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_mask, read_scan, write_mask


@pytest.fixture
def labels():
    return np.random.default_rng(0).integers(0, 3, (12, 6, 7)).astype(np.uint8)


@pytest.fixture
def saved(labels, tmp_path):
    """Save a mask of two segments, and return a way to change it and save it again."""
    scan = read_scan(write_series(tmp_path / "s")).scan
    path = write_mask(labels, scan, tmp_path / "mask.dcm")

    def change(edit):
        dataset = pydicom.dcmread(path)
        edit(dataset, dataset.PerFrameFunctionalGroupsSequence)
        dataset.save_as(path)
        return path

    return change


def second(frames):
    """Frames of the second segment, at the heights of those of the first."""
    return [
        frame
        for frame in frames
        if frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber == 2
    ]


def mirrored(dataset, frames):
    for frame in second(frames):
        frame.PlaneOrientationSequence = pydicom.Sequence([pydicom.Dataset()])
        frame.PlaneOrientationSequence[0].ImageOrientationPatient = [-1, 0, 0, 0, -1, 0]


def shifted(dataset, frames):
    for frame in second(frames):
        place = frame.PlanePositionSequence[0]
        place.ImagePositionPatient[0] += 0.9


def larger(dataset, frames):
    for frame in second(frames):
        frame.PixelMeasuresSequence = pydicom.Sequence([pydicom.Dataset()])
        frame.PixelMeasuresSequence[0].PixelSpacing = [1.6, 1.8]


@pytest.mark.parametrize("edit", [mirrored, shifted, larger])
def test_segments_that_lie_otherwise_at_the_same_heights_are_refused(saved, edit):
    with pytest.raises(ScanError, match=r"^mask\.dcm: frames at one height lie in different"):
        read_mask(saved(edit))


def without(keyword, *, of_first=False):
    def edit(dataset, frames):
        delattr(frames[0] if of_first else dataset, keyword)

    return edit


def longer(dataset, frames):
    dataset.PixelData += b"\xff" * 40


def shorter(dataset, frames):
    dataset.PixelData = dataset.PixelData[:-4]


LACKING = {
    "no segments": (without("SegmentSequence"), "does not say which segments there are"),
    "a frame of none": (
        without("SegmentIdentificationSequence", of_first=True),
        "does not say which segments there are, or which each frame is of",
    ),
    "a frame without a place": (
        without("PlanePositionSequence", of_first=True),
        "state no PlanePositionSequence",
    ),
    "nothing of all": (
        without("SharedFunctionalGroupsSequence"),
        "state no PlaneOrientationSequence, PixelMeasuresSequence",
    ),
    "more pixels": (longer, r"its frames take 126 bytes, and it holds 166"),
    "fewer pixels": (shorter, r"its frames take 126 bytes, and it holds 122"),
}


@pytest.mark.parametrize(("edit", "reason"), LACKING.values(), ids=LACKING)
def test_a_segmentation_that_lacks_something_is_refused_for_that(saved, edit, reason):
    with pytest.raises(ScanError, match=rf"^mask\.dcm: .*{reason}"):
        read_mask(saved(edit))


def test_a_colour_that_is_none_loses_no_mask(saved, labels):
    def edit(dataset, frames):
        dataset.SegmentSequence[0].RecommendedDisplayCIELabValue = [1, 2]

    np.testing.assert_array_equal(read_mask(saved(edit))[0], labels)
