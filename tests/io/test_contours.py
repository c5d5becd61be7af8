"""DICOM RTSTRUCT: outlines that other programs fill to the same mask, at the same place."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_series import OBLIQUE, TILT, write_series
from skimage.draw import polygon2mask
from typer.testing import CliRunner

from napari_brainseg.cli import app
from napari_brainseg.errors import SaveError
from napari_brainseg.io import MaskInfo, read_scan, write_contours, write_mask
from napari_brainseg.io.dicom import rtstruct
from napari_brainseg.scan import Scan, Source

INFO = MaskInfo({1: "tumour", 2: "oedema"}, {1: "#ff0000"}, "AUTOMATIC", "lgg-unet", "1")
TILTED = [1, 0, 0, 0, round(np.cos(TILT), 7), round(-np.sin(TILT), 7)]
PLANES = {"axial": [1, 0, 0, 0, 1, 0], "oblique": list(OBLIQUE), "tilted": TILTED}


@pytest.fixture
def scan(tmp_path):
    return read_scan(write_series(tmp_path / "series")).scan


@pytest.fixture
def labels(scan):
    """Two lesions, one with a hole and touching the border, and a voxel by itself."""
    labels = np.zeros(scan.grid, np.uint8)
    labels[2:5, 0:5, 0:5] = 1
    labels[3, 2, 2] = 0
    labels[1, 3, 6] = 2
    return labels


def filled(path, scan):
    """Fill contours by SimpleITK's account of where the pixels of each image lie."""
    by_uid = {pydicom.dcmread(file).SOPInstanceUID: z for z, file in enumerate(scan.source.files)}
    made = pydicom.dcmread(path)
    labels = np.zeros(scan.grid, np.uint8)
    for number, region in enumerate(made.ROIContourSequence, start=1):
        for item in region.ContourSequence:
            z = by_uid[item.ContourImageSequence[0].ReferencedSOPInstanceUID]
            image = sitk.ReadImage(str(scan.source.files[z]))
            places = np.reshape([float(value) for value in item.ContourData], (-1, 3))
            index = np.array(
                [image.TransformPhysicalPointToContinuousIndex(place) for place in places.tolist()]
            )
            assert abs(index[:, 2]).max() < 0.01
            labels[z] ^= np.uint8(number) * polygon2mask(scan.grid[1:], index[:, 1::-1])
    return labels


@pytest.mark.parametrize("plane", PLANES)
def test_the_outlines_fill_to_the_mask_on_every_image(tmp_path, labels, plane):
    folder = write_series(tmp_path / plane, ImageOrientationPatient=PLANES[plane])
    scan = read_scan(folder).scan
    path = write_contours(labels, scan, tmp_path / "rt.dcm", info=INFO)
    np.testing.assert_array_equal(filled(path, scan), labels)


@pytest.mark.parametrize("seed", range(8))
def test_any_shape_with_holes_in_holes_fills_to_itself(scan, tmp_path, seed):
    labels = (np.random.default_rng(seed).random(scan.grid) < 0.2 + 0.1 * seed).astype(np.uint8)
    path = write_contours(labels, scan, tmp_path / "rt.dcm")
    np.testing.assert_array_equal(filled(path, scan), labels)


def test_regions_have_names_colours_and_a_maker(scan, labels, tmp_path):
    made = pydicom.dcmread(write_contours(labels, scan, tmp_path / "rt.dcm", info=INFO))
    assert [region.ROIName for region in made.StructureSetROISequence] == ["tumour", "oedema"]
    assert {r.ROIGenerationAlgorithm for r in made.StructureSetROISequence} == {"AUTOMATIC"}
    assert list(made.ROIContourSequence[0].ROIDisplayColor) == [255, 0, 0]
    source = pydicom.dcmread(scan.source.files[0])
    for keyword in ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert made[keyword] == source[keyword]


@pytest.mark.parametrize("info", [None, INFO])
def test_the_validator_of_dicom3tools_finds_no_error(scan, labels, tmp_path, info):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed: apt-get install dicom3tools")
    path = write_contours(labels, scan, tmp_path / "rt.dcm", info=info)
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    told = (done.stdout + done.stderr).splitlines()
    assert "RTStructureSet" in told
    assert [line for line in told if "Error" in line] == []


def test_what_cannot_be_said_in_outlines_is_refused(scan, labels, tmp_path):
    with pytest.raises(SaveError, match="empty"):
        write_contours(0 * labels, scan, tmp_path / "rt.dcm")
    with pytest.raises(SaveError, match=r"saved as \.dcm"):
        write_contours(labels, scan, tmp_path / "rt.nii.gz")
    plain = Scan(scan.data, scan.affine, ("CT",), Source("scan"))
    with pytest.raises(SaveError, match="not opened from a DICOM series"):
        write_contours(labels, plain, tmp_path / "rt.dcm")
    assert not list(tmp_path.glob("*.dcm"))


def test_an_earlier_file_stays_unless_it_may_go_and_the_new_one_is_right(
    scan, labels, tmp_path, monkeypatch
):
    path = write_contours(labels, scan, tmp_path / "rt.dcm")
    before = path.read_bytes()
    with pytest.raises(SaveError, match="exists"):
        write_contours(labels, scan, path)
    with monkeypatch.context() as patch:
        wrong = rtstruct._outlines(labels == 2)
        patch.setattr(rtstruct, "_outlines", lambda found: wrong)
        with pytest.raises(SaveError, match="did not read back"):
            write_contours(labels, scan, path, overwrite=True)
    assert path.read_bytes() == before
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_the_command_writes_them_from_a_saved_mask(scan, labels, tmp_path):
    mask = write_mask(labels, scan, tmp_path / "mask.dcm", info=INFO)
    target = tmp_path / "rt.dcm"
    done = CliRunner().invoke(app, ["contours", str(mask), str(tmp_path / "series"), str(target)])
    assert done.exit_code == 0, done.output
    assert "name" in done.stdout
    assert pydicom.dcmread(target).StructureSetROISequence[0].ROIGenerationDescription == "lgg-unet"
    np.testing.assert_array_equal(filled(target, scan), labels)
