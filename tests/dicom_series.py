"""DICOM that says whose it is, as from a scanner: a SEG or an RTSTRUCT has to refer to that."""

import dicom_files
import numpy as np

TILT = np.radians(18.5)
OBLIQUE = np.array([0.96, 0.28, 0.0, -0.168, 0.576, 0.8])

IDENTITY = {
    "StudyInstanceUID": "1.2",
    "FrameOfReferenceUID": "1.2.4",
    "PatientID": "4711",
    "PatientBirthDate": "19610203",
    "PatientSex": "F",
    "StudyDate": "20240102",
    "StudyTime": "030405",
    "StudyID": "7",
    "AccessionNumber": "A8",
}


def identified(tags):
    """Add the identity to tags; one of it given as None is left out."""
    known = {tag: value for tag, value in IDENTITY.items() if tags.get(tag, value) is not None}
    return known | {tag: tags[tag] for tag in tags if tag in known or tag not in IDENTITY}


def write_slice(path, pixels, *place, **tags):
    """Write one CT slice; a tag given as None is left out."""
    return dicom_files.write_slice(path, pixels, *place, **identified(tags))


def write_series(folder, *heights, **tags):
    """Write slices ``z`` of value ``10 * z``, files named against their order, no suffix."""
    return dicom_files.write_series(folder, *heights, **identified(tags))


def write_enhanced(path, pixels, frames, *orientation, **tags):
    """Write an Enhanced MR file; a tag given as None is left out."""
    return dicom_files.write_enhanced(path, pixels, frames, *orientation, **identified(tags))
