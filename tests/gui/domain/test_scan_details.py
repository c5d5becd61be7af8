"""What is told of a patient and a series."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_brainseg.gui.domain.scan_details import details_of
from napari_brainseg.scan import DicomSource, FileSource, Scan


def test_a_series_tells_its_patient_plainly_and_a_file_does_not():
    dataset = {
        "PatientName": "Doe^J\x1b[31m",
        "PatientID": "4711",
        "SeriesDescription": "t2 flair " + "x" * 500,
        "EchoTime": "120",
    }
    files = (Path("one/1.dcm"), Path("one/2.dcm"))
    data = np.arange(24, dtype=np.int16).reshape(1, 2, 3, 4)
    affine = np.diag([-0.9, -0.8, 5.0, 1.0])
    found = dict(
        details_of(Scan(data, affine, ("FLAIR",), DicomSource("7", files, dataset=dataset)))
    )
    assert found["Patient ID"] == "4711"
    assert "\x1b" not in found["Patient"]
    assert len(found["Series"]) <= 120
    assert found["Echo time, ms"] == "120"
    assert found["Voxels"] == "4 × 3 × 2"
    assert found["Voxel size, mm"] == "0.9 × 0.8 × 5"
    assert found["Axes towards"] == "LPS"
    assert found["Folder"] == "one"
    plain = dict(details_of(Scan(data, affine, ("FLAIR",), FileSource("a", (Path("a.nii"),)))))
    assert plain["File"] == "a.nii"
    assert not set(plain) & {"Patient", "Patient ID", "Series"}
