"""DICOM files made for tests."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    generate_uid,
)


def write_slice(path, pixels, position=(-100.0, -90.0, 0.0), series="1.2.3", **tags):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.SeriesInstanceUID = series
    dataset.PatientName = "Doe^Jane"
    dataset.Modality = "CT"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.ImagePositionPatient = [float(value) for value in position]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing = [0.8, 0.9]
    dataset.SliceThickness = 5
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    dataset.PixelData = pixels.astype(np.int16).tobytes()
    for tag, value in tags.items():
        if value is None:
            delattr(dataset, tag)
        else:
            setattr(dataset, tag, value)
    path.parent.mkdir(exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_series(folder, heights=range(0, 60, 5), **tags):
    """Slices ``z`` of value ``10 * z``, in files named against their order, without suffix."""
    heights = list(heights)
    for z, height in enumerate(heights):
        write_slice(
            folder / f"I{len(heights) - z}",
            np.full((6, 7), 10 * z),
            position=(-100.0, -90.0, height),
            **tags,
        )
    return folder


def write_study(root, names, *, flat=False, study=None, modality="MR"):
    """Write a series each, in a folder of its own or all in one, on grids of their own."""
    study = generate_uid() if study is None else study
    for number, name in enumerate(names, start=2):
        folder = root / f"S{number}"
        folder.mkdir(parents=True)
        write_series(
            folder,
            range(0, 5 * (10 + number), 5),
            SeriesInstanceUID=generate_uid(),
            StudyInstanceUID=study,
            SeriesNumber=number,
            SeriesDescription=name,
            Modality=modality,
            PatientID="P1",
        )
    for file in sorted(root.glob("S*/*")) if flat else ():
        file.rename(root / f"{file.parent.name}-{file.name}")
    for folder in sorted(root.glob("S?")) if flat else ():
        folder.rmdir()


def item(**values):
    """Make a sequence of one item."""
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return [dataset]


def frame_of(position, echo=None, time=None, stack="1", rescale=None, orientation=None):
    """Make the functional groups of one frame; ``rescale`` is slope and intercept."""
    group = Dataset()
    group.PlanePositionSequence = item(ImagePositionPatient=[float(v) for v in position])
    content = {"StackID": stack}
    if time is not None:
        content["TemporalPositionIndex"] = time
        content["DimensionIndexValues"] = [1, 1, time]
    group.FrameContentSequence = item(**content)
    if echo is not None:
        group.MREchoSequence = item(EffectiveEchoTime=float(echo))
    if rescale is not None:
        slope, intercept = rescale
        group.PixelValueTransformationSequence = item(
            RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="US"
        )
    if orientation is not None:
        group.PlaneOrientationSequence = item(ImageOrientationPatient=list(orientation))
    return group


def write_enhanced(path, pixels, frames, orientation=(1, 0, 0, 0, 1, 0), **tags):
    """Write an Enhanced MR file: pixels (frames, Y, X), and their functional groups."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = EnhancedMRImageStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.SeriesInstanceUID = "1.2.3.4"
    dataset.PatientName = "Doe^Jane"
    dataset.Modality = "MR"
    dataset.SeriesDescription = "Ax FLAIR"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    shared = Dataset()
    shared.PixelMeasuresSequence = item(PixelSpacing=[0.8, 0.9], SliceThickness=5)
    if orientation is not None:
        shared.PlaneOrientationSequence = item(ImageOrientationPatient=list(orientation))
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.PixelData = pixels.astype(np.int16).tobytes()
    for tag, value in tags.items():
        if value is None:
            delattr(dataset, tag)
        else:
            setattr(dataset, tag, value)
    path.parent.mkdir(exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path
