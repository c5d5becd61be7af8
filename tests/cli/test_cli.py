"""``brainseg predict``: files in, masks and a summary out, one line for a bad file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from napari_brainseg.cli import app
from napari_brainseg.io import read_mask, read_scan
from napari_brainseg.measure.edit_record import count_edits
from napari_brainseg.measure.edit_record_file import save_edit_record
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from napari_brainseg.models.bundle import Bundle


@pytest.fixture
def predict(tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))

    def run(*args: object) -> Result:
        options = ["predict", *map(str, args), "--model", "tiny", "--device", "cpu"]
        return CliRunner().invoke(app, options)

    return run


@pytest.fixture
def flair(tmp_path: Path) -> Path:
    values = np.random.default_rng(0).gamma(2, 30, (20, 24, 4)).astype(np.int16)
    path = tmp_path / "p1" / "flair.nii.gz"
    path.parent.mkdir()
    affine = np.array([[-0.9, 0, 0.2, 5], [0, 0.9, 0, 7], [0, 0, 5, 9], [0, 0, 0, 1.0]])
    nib.save(nib.Nifti1Image(values, affine), path)
    return path


def test_a_mask_lands_beside_its_scan(predict, flair: Path) -> None:  # type: ignore[no-untyped-def]
    result = predict(flair)
    assert result.exit_code == 0, result.output
    saved = nib.load(flair.with_name("flair_mask.nii.gz"))
    assert np.array_equal(saved.affine, nib.load(flair).affine)
    assert "not a medical device" in result.stdout


def test_it_is_the_mask_of_the_python_api(predict, flair: Path, tiny_bundle: Bundle) -> None:  # type: ignore[no-untyped-def]
    target = flair.with_name("out.nii.gz")
    assert predict(flair, "-o", target).exit_code == 0
    expected = segment_scan(read_scan(flair).scan, tiny_bundle, device="cpu").labels
    assert np.array_equal(read_mask(target)[0], expected)


def test_a_folder_of_slices_keeps_its_numeric_order(  # type: ignore[no-untyped-def]
    predict, tmp_path: Path, tiny_bundle: Bundle
) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    random = np.random.default_rng(3)
    for number in range(1, 13):
        image = random.integers(0, 255, (40, 40, 3), dtype=np.uint8)
        tifffile.imwrite(folder / f"case_{number}.tif", image, photometric="rgb")
    target = tmp_path / "mask.tif"
    assert predict(folder, "-o", target).exit_code == 0
    scan = read_scan([folder / f"case_{number}.tif" for number in range(1, 13)]).scan
    expected = segment_scan(scan, tiny_bundle, device="cpu").labels
    assert np.array_equal(read_mask(target)[0], expected)


def test_a_bad_file_gives_one_line_and_the_others_go_on(  # type: ignore[no-untyped-def]
    predict, flair: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.nii.gz"
    bad.write_bytes(b"no scan at all")
    result = predict(bad, flair, "-o", tmp_path / "masks", "-q")
    assert result.exit_code == 1
    assert (tmp_path / "masks" / "flair_mask.nii.gz").is_file()
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("brainseg: bad.nii.gz: ")


def test_a_mask_that_is_there_is_kept(predict, flair: Path) -> None:  # type: ignore[no-untyped-def]
    target = flair.with_name("flair_mask.nii.gz")
    target.write_bytes(b"precious")
    result = predict(flair)
    assert result.exit_code == 1
    assert "--overwrite" in result.stderr
    assert target.read_bytes() == b"precious"
    assert predict(flair, "--overwrite").exit_code == 0


def test_the_account_of_edits_goes_with_the_mask_that_is_replaced(predict, flair: Path) -> None:  # type: ignore[no-untyped-def]
    assert predict(flair).exit_code == 0
    target = flair.with_name("flair_mask.nii.gz")
    labels, scan = read_mask(target)[0], read_scan(flair).scan
    account = count_edits(labels, labels, scan, model="", weights="", rules={}, time=None)
    path = save_edit_record(account, target)
    assert path is not None
    assert path.exists()
    assert predict(flair, "--overwrite").exit_code == 0
    assert not path.exists()


def test_two_scans_of_one_name_do_not_share_a_mask(predict, flair: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    twin = tmp_path / "p2" / flair.name
    twin.parent.mkdir()
    twin.write_bytes(flair.read_bytes())
    result = predict(flair, twin, "-o", tmp_path / "masks")
    assert result.exit_code == 1
    assert "written twice" in result.stderr


def test_the_summary_is_json(predict, flair: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = predict(flair, tmp_path / "missing.nii", "-o", tmp_path / "masks", "--json")
    first, second = json.loads(result.stdout)
    assert first["model"] == "tiny"
    assert first["volume_ml"] is not None
    assert "not a medical device" in first["disclaimer"]
    assert first["cpu_seconds"] > 0
    # Energy is a number, or the reason why there is none.
    assert (first["joules"] is None) == bool(first.get("joules_unknown"))
    assert second["input"] == "missing.nii"
    assert "error" in second


def test_a_doubtful_input_is_told_before_the_mask_and_in_json(  # type: ignore[no-untyped-def]
    predict, flair: Path, tmp_path: Path
) -> None:
    image = nib.load(flair)
    image = nib.Nifti1Image((image.get_fdata() > 100).astype(np.uint8), image.affine)
    nib.save(image, tmp_path / "flair_binary.nii.gz")
    result = predict(tmp_path / "flair_binary.nii.gz")
    assert result.stderr.count("as a mask has") == 1
    again = predict(tmp_path / "flair_binary.nii.gz", "--json", "--overwrite")
    assert "as a mask has" not in again.stderr
    (summary,) = json.loads(again.stdout)
    assert any("as a mask has" in note for note in summary["notes"])


def test_another_sequence_can_be_fed(predict, flair: Path) -> None:  # type: ignore[no-untyped-def]
    other = flair.with_name("t1_pre.nii.gz")
    other.write_bytes(flair.read_bytes())
    result = predict(flair, "--channel", f"pre-contrast={other}")
    assert result.exit_code == 0
    assert "pre-contrast is missing" not in result.stderr
    wrong = predict(flair, "--channel", f"T9={other}", "--overwrite")
    assert wrong.exit_code == 1
    assert "no input 'T9'" in wrong.stderr


def test_an_output_that_is_neither_mask_nor_folder_is_a_usage_error(  # type: ignore[no-untyped-def]
    predict, flair: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"precious")
    cases = [
        (flair, "-o", plain),
        (flair, "-o", tmp_path / "mask.png"),
        (flair, flair, "-o", tmp_path / "out.nii.gz"),
    ]
    for case in cases:
        result = predict(*case)
        assert result.exit_code == 2
        assert "--output" in result.stderr
    assert plain.read_bytes() == b"precious"
    assert {path.name for path in tmp_path.iterdir()} == {"plain", "p1"}


def test_a_folder_that_cannot_be_made_is_one_line(  # type: ignore[no-untyped-def]
    predict, flair: Path, tmp_path: Path
) -> None:
    (tmp_path / "plain").write_bytes(b"precious")
    result = predict(flair, "-o", tmp_path / "plain" / "mask.nii.gz")
    assert result.exit_code == 1
    assert result.stderr.startswith("brainseg: flair.nii.gz: The folder plain cannot be made")
    assert len(result.stderr.strip().splitlines()) == 1
