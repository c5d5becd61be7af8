"""``brainseg measure`` and ``brainseg pictures``: a saved mask and its scan in, numbers out."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest
from dicom_files import frame_of
from dicom_series import write_enhanced, write_series
from typer.testing import CliRunner

from napari_brainseg.cli import app
from napari_brainseg.io import read_mask_on, read_scan, write_mask
from napari_brainseg.io.dicom import seg_read
from napari_brainseg.measure.edit_record import EditTime, count_edits
from napari_brainseg.measure.edit_record_file import save_edit_record

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from napari_brainseg.models.bundle import Bundle


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def series(tmp_path: Path) -> Path:
    folder: Path = write_series(tmp_path / "series")
    return folder


@pytest.fixture(params=["mask.nii.gz", "mask.dcm", "mask.tif"])
def mask(request: pytest.FixtureRequest, series: Path, tmp_path: Path) -> Path:
    scan = read_scan(series).scan
    labels = np.zeros(scan.grid, np.uint8)
    labels[3:5, 2, 1:6] = 1
    labels[8, 5, 5] = 1
    return write_mask(labels, scan, tmp_path / request.param)


def test_the_line_says_volume_and_lesions(mask: Path, series: Path) -> None:
    result = run("measure", mask, series)
    assert result.exit_code == 0, result.output
    # 11 voxels of 0.8 x 0.9 x 5 mm, ten of them in two rows of five.
    expected = f"{mask.name}  0.0 mL  2 lesions  4.5 x 0.8 mm  (research use only"
    assert result.stdout.startswith(expected)


def test_json_and_csv_hold_the_same_numbers(mask: Path, series: Path) -> None:
    (found,) = json.loads(run("measure", mask, series, "--json").stdout)
    (row,) = csv.DictReader(io.StringIO(run("measure", mask, series, "--csv").stdout))
    assert (found["mask"], found["voxels"], found["lesions"]) == (mask.name, 11, 2)
    assert found["volume_ml"] == pytest.approx(11 * 0.8 * 0.9 * 5 / 1000)
    assert float(row["volume_ml"]) == found["volume_ml"]
    centroid = [float(row[f"centroid_{axis}_mm"]) for axis in "ras"]
    assert centroid == found["centroid_mm"]
    assert (float(row["long_mm"]), row["largest_slice"]) == (found["diameters"]["long_mm"], "3")
    assert [lesion["voxels"] for lesion in found["table"]] == [10, 1]
    assert float(row["mean_CT"]) == found["intensities"][0]["mean"]


def test_a_mask_is_compared_with_another(mask: Path, series: Path) -> None:
    scan = read_scan(series).scan
    labels = np.zeros(scan.grid, np.uint8)
    labels[3:5, 2, 1:6] = 1
    reference = write_mask(labels, scan, mask.with_name("reference.nii.gz"))
    line = run("measure", mask, series, "--reference", reference).stdout
    assert "  Dice 0.952  IoU 0.909  HD95 " in line
    assert "  change +0.0 mL  (research" in line
    text = run("measure", mask, series, "--reference", reference, "--json").stdout
    found = json.loads(text)[0]["comparison"]
    assert (found["reference"], found["added_voxels"]) == ("reference.nii.gz", 1)
    text = run("measure", mask, series, "--reference", reference, "--csv").stdout
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["reference"], float(row["dice"])) == ("reference.nii.gz", found["dice"])


def test_a_reference_of_another_scan_is_one_line(mask: Path, series: Path, tmp_path: Path) -> None:
    scan = read_scan(write_series(tmp_path / "other", heights=range(3, 63, 5))).scan
    reference = write_mask(np.zeros(scan.grid, np.uint8), scan, tmp_path / "elsewhere.nii.gz")
    result = run("measure", mask, series, "--reference", reference)
    assert result.exit_code == 1
    assert result.stderr.startswith("brainseg: elsewhere.nii.gz: the mask does not lie")


def test_the_account_of_edits_is_in_json_and_a_stale_one_is_told(mask: Path, series: Path) -> None:
    scan = read_scan(series).scan
    final = read_mask_on(mask, scan)
    account = count_edits(
        np.zeros_like(final),
        final,
        scan,
        model="tiny",
        weights="",
        rules={},
        time=EditTime(12.5, 3),
    )
    save_edit_record(account, mask)
    (found,) = json.loads(run("measure", mask, series, "--json").stdout)
    assert (found["edits"]["added_voxels"], found["edits"]["time"]["seconds"]) == (11, 12.5)
    write_mask(final * 0, scan, mask, overwrite=True)
    result = run("measure", mask, series, "--json")
    assert "edits" not in json.loads(result.stdout)[0]
    assert "was changed after this edit record" in result.stderr


def test_json_and_csv_at_once_are_a_usage_error(mask: Path, series: Path) -> None:
    assert run("measure", mask, series, "--json", "--csv").exit_code == 2


def test_what_is_not_known_is_left_empty(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.zeros((5, 6), np.uint8)).save(tmp_path / "slice.png")
    scan = read_scan(tmp_path / "slice.png").scan
    mask = write_mask(np.ones(scan.grid, int), scan, tmp_path / "mask.tif")
    (row,) = csv.DictReader(
        io.StringIO(run("measure", mask, tmp_path / "slice.png", "--csv").stdout)
    )
    assert (row["voxels"], row["volume_ml"], row["centroid_r_mm"]) == ("30", "", "")


def test_a_mask_of_another_scan_is_one_line(mask: Path, tmp_path: Path) -> None:
    elsewhere = write_series(tmp_path / "other", heights=range(3, 63, 5))
    result = run("measure", mask, elsewhere)
    assert result.exit_code == 1
    assert "does not lie on the voxels" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_pictures_are_written_for_every_slice(mask: Path, series: Path, tmp_path: Path) -> None:
    result = run("pictures", mask, series, tmp_path / "pictures")
    assert result.exit_code == 0, result.output
    assert result.stdout == "pictures  12 pictures\n"
    assert len(list((tmp_path / "pictures").iterdir())) == 12
    assert "exists already" in run("pictures", mask, series, tmp_path / "pictures").stderr


def test_a_dicom_series_is_segmented_into_a_seg_that_names_the_model(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, series: Path
) -> None:
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))
    result = run("predict", series, "--model", "tiny", "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert "carries the patient's name, ID and dates" in result.stderr
    info = seg_read.read(series.with_name("series_mask.dcm")).info
    assert (info.made, info.algorithm, info.names[1]) == ("AUTOMATIC", "tiny", "tumour")


def test_a_multi_frame_file_is_segmented_into_a_seg_whose_contours_can_be_exported(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))
    scan, mask = tmp_path / "IM1", tmp_path / "Ax FLAIR_mask.dcm"
    pixels = np.random.default_rng(0).integers(0, 400, (4, 20, 24))
    write_enhanced(scan, pixels, [frame_of((0.0, 0.0, 5.0 * z)) for z in (3, 0, 2, 1)])
    result = run("predict", scan, "--model", "tiny", "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert seg_read.read(mask).info.algorithm == "tiny"
    assert seg_read.read(mask).labels.any()
    result = run("contours", mask, scan, tmp_path / "rt.dcm")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "rt.dcm").is_file()


def test_a_seg_of_a_nifti_scan_is_refused_before_the_run(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))
    monkeypatch.setattr("napari_brainseg.pipeline.segment.segment_scan", lambda *_, **__: 1 / 0)
    nib.save(nib.Nifti1Image(np.zeros((8, 8, 3), np.int16), np.eye(4)), tmp_path / "a.nii")
    result = run("predict", tmp_path / "a.nii", "-o", tmp_path / "a.dcm", "--model", "tiny")
    assert result.exit_code == 1
    assert "not opened from a DICOM series" in result.stderr


def test_a_corrected_mask_goes_into_a_training_set_once(
    mask: Path, series: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    result = run("training-set", "add", folder, series, mask, "--note", "AB [3 May]")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("series  patient patient-")
    again = run("training-set", "add", folder, series, mask)
    assert again.exit_code == 1
    assert "in the training set already" in again.stderr
    shown = run("training-set", "list", folder)
    assert shown.exit_code == 0
    assert "FLAIR" in shown.stdout
    crossed = run("training-set", "add", folder, series, mask, "--replace", "--split", "test")
    assert "cannot go to the test part" in crossed.stderr
    next(folder.glob("*/mask.nii.gz")).unlink()
    broken = run("training-set", "list", folder)
    assert broken.exit_code == 1
    assert "mask.nii.gz is missing" in broken.stderr
