"""Going on from a bundle with corrected masks, on generated scans and a small network."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from small_runs import QUIET
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.case import load_patient
from brainseg_train.data.cases import find_cases
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.entries import checked_entries
from brainseg_train.errors import DataError
from brainseg_train.finetune import Finetuned, finetune, finetune_config
from brainseg_train.train.config import RunConfig
from brainseg_train.train.fit import fit
from napari_brainseg.errors import TrainingSetError
from napari_brainseg.io import read_scan
from napari_brainseg.models.bundle import Bundle, file_sha256, open_bundle
from napari_brainseg.models.patients import PatientRecord
from napari_brainseg.pipeline.assemble import assemble_channels
from napari_brainseg.pipeline.channels import guess_channels
from napari_brainseg.pipeline.prepare import prepare_scan
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source
from napari_brainseg.training_set import add_to_training_set, open_training_set

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from brainseg_train.train.progress import TrainingStep

ROLES = ("pre-contrast", "FLAIR", "post-contrast")


class Killed(Exception):
    """Stands for the process being killed."""


def dark_lesion(seed: int, channels: tuple[str, ...] = ROLES) -> tuple[Scan, NDArray[np.uint8]]:
    """Draw a brain with a lesion darker than it: the other datasets' lesions are brighter."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:64, :64]
    brain = np.hypot(rows - 32, columns - 32) < 26
    center = random.integers(24, 40, size=2)
    mask = np.zeros((4, 64, 64), np.uint8)
    mask[1:3] = np.hypot(rows - center[0], columns - center[1]) < 7
    flair = 150.0 * brain - 90.0 * mask
    images = {"FLAIR": flair, "pre-contrast": 0 * flair + 60.0 * brain}
    data = np.stack([images.get(name, 0 * flair + 65.0 * brain) for name in channels])
    data = np.clip(data + random.normal(0, 4, data.shape), 0, 255).astype(np.uint8)
    return Scan(data, DISPLAY_AFFINE, channels, Source(f"scan{seed}"), "pixel"), mask


def fill(folder: Path, *parts: str, **options: Any) -> Path:
    """Make a training set of patients P0, P1, … in these parts."""
    for number, part in enumerate(parts):
        scan, mask = dark_lesion(100 + number)
        add_to_training_set(folder, scan, mask, patient=f"P{number}", split=part, **options)
    return folder


def short(start: Bundle, **changes: Any) -> RunConfig:
    given = {"name": "tuned", "epochs": 2, "slices_per_epoch": 8, "batch_size": 4}
    return finetune_config(start, **given | changes)


def run(
    start: Bundle,
    folder: Path,
    home: Path,
    config: RunConfig | None = None,
    stop_at: int | None = None,
    **options: Any,
) -> Finetuned:
    def step(now: TrainingStep) -> None:
        if now.epoch == stop_at:
            raise Killed

    config = config or short(start)
    watch = replace(QUIET, step=step)
    options = {"accelerator": "cpu", **options}
    return finetune(start, folder, config, home / "models", home / "runs", watch, **options)


def with_record(bundle: Bundle, learned: list[str], held_out: list[str]) -> Bundle:
    record = PatientRecord(salt="salt").extended(learned, held_out)
    return Bundle(bundle.path, bundle.card.model_copy(update={"patients": record}))


def fit_small(dataset: Path, home: Path, **changes: Any) -> Bundle:
    config = RunConfig(
        name="start",
        encoder="timm-mobilenetv3_small_minimal_100",
        init="random",
        size=64,
        slices_per_epoch=64,
        batch_size=8,
        validation=0.25,
        learning_rate=3e-3,
        average=0.9,
    )
    config = replace(config, **changes)
    return fit(dataset, config, home / "models", home / "runs", QUIET, accelerator="cpu").bundle


def test_a_model_learns_what_it_did_not_know_and_says_so(dataset: Path, tmp_path: Path) -> None:
    start = fit_small(dataset, tmp_path, epochs=5)
    files = {path.name: path.read_bytes() for path in start.path.iterdir()}
    folder = fill(tmp_path / "set", *["train"] * 4, "validation", "test", model=start.card)
    config = finetune_config(start, name="tuned", epochs=6, slices_per_epoch=64, learning_rate=2e-3)
    result = run(start, folder, tmp_path, config)
    assert [row.patient for row in result.compared] == ["P4", "P5"]
    for row in result.compared:
        assert row.before < 0.2
        assert row.after > 0.6
    card = result.bundle.card
    assert card.metrics["dice_mean_before"] == pytest.approx(
        np.mean([row.before for row in result.compared]), abs=1e-3
    )
    assert card.metrics["dice_mean"] == pytest.approx(
        np.mean([row.after for row in result.compared]), abs=1e-3
    )
    assert card.training["started_from_sha256"] == start.card.weights_sha256
    assert start.card.weights_sha256 in card.initialisation
    assert card.data_sha256 == file_sha256(folder / "manifest.json")
    assert (card.threshold, card.preprocessing) == (start.card.threshold, start.card.preprocessing)
    assert {path.name: path.read_bytes() for path in start.path.iterdir()} == files
    assert result.notes == ()


def test_patients_that_a_fitted_model_is_measured_on_stay_frozen(
    dataset: Path, tmp_path: Path
) -> None:
    start = fit_small(dataset, tmp_path, epochs=1, slices_per_epoch=8)
    card, folder = start.card, tmp_path / "set"
    learned = held_out = None
    for case in find_cases(dataset):
        part = card.patients and card.patients.part_of([case.patient])
        learned, held_out = (case, held_out) if part == "train" else (learned, case)
    assert learned is not None
    assert held_out is not None
    reading = read_scan(held_out.folder)
    for name in (held_out.patient, "another-name"):
        with pytest.raises(TrainingSetError, match="measured on this patient"):
            add_to_training_set(
                folder, reading.scan, reading.mask, patient=name, split="train", model=card
            )
    # Without the model at hand it gets in, and is found out when the model is to learn from it.
    add_to_training_set(folder, reading.scan, reading.mask, patient="x", split="train")
    reading = read_scan(learned.folder)
    add_to_training_set(folder, reading.scan, reading.mask, patient="y", split="test")
    with pytest.raises(DataError) as caught:
        run(start, folder, tmp_path)
    assert "cannot be in the train part: the model is measured on" in str(caught.value)
    assert "cannot be in the test part: the model has learned from" in str(caught.value)
    assert not (tmp_path / "models" / "tuned").exists()


def test_the_new_model_remembers_both_cohorts(tiny_bundle: Bundle, tmp_path: Path) -> None:
    start = with_record(tiny_bundle, ["old-learned"], ["old-held-out"])
    folder = fill(tmp_path / "set", "train", "test")
    record = run(start, folder, tmp_path).bundle.card.patients
    assert record is not None
    for name, part in {
        "old-learned": "train",
        "P0": "train",
        "old-held-out": "test",
        "P1": "test",
        "P7": None,
    }.items():
        assert record.part_of([name]) == part


def test_a_killed_run_goes_on_to_the_same_weights(tiny_bundle: Bundle, tmp_path: Path) -> None:
    folder = fill(tmp_path / "set", "train", "train", "validation")
    straight = run(tiny_bundle, folder, tmp_path / "straight")
    with pytest.raises(Killed):
        run(tiny_bundle, folder, tmp_path / "killed", stop_at=1)
    assert not (tmp_path / "killed" / "models").exists()
    resumed = run(tiny_bundle, folder, tmp_path / "killed")
    one, two, start = (
        load_file(bundle.path / "model.safetensors")
        for bundle in (straight.bundle, resumed.bundle, tiny_bundle)
    )
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert not all(torch.equal(one[key], start[key]) for key in one)
    assert straight.compared == resumed.compared


def test_a_run_killed_while_measuring_leaves_no_model_and_goes_on(
    tiny_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object) -> None:
        raise Killed

    folder = fill(tmp_path / "set", "train", "test")
    with monkeypatch.context() as patch:
        patch.setattr("brainseg_train.finetune.run.evaluate_bundle", kill)
        with pytest.raises(Killed):
            run(tiny_bundle, folder, tmp_path)
    assert not (tmp_path / "models").exists()
    assert len(run(tiny_bundle, folder, tmp_path).compared) == 1


def test_a_checkpoint_of_another_training_set_is_refused(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "set", "train")
    with pytest.raises(Killed):
        run(tiny_bundle, folder, tmp_path, stop_at=1)
    scan, mask = dark_lesion(5)
    add_to_training_set(folder, scan, mask, patient="late", split="train")
    with pytest.raises(DataError, match="other settings or data"):
        run(tiny_bundle, folder, tmp_path)


def test_without_held_out_patients_no_number_is_invented(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    result = run(tiny_bundle, fill(tmp_path / "set", "train"), tmp_path)
    card = result.bundle.card
    assert result.compared == ()
    assert card.metrics == {}
    assert "not measured" in card.validation
    assert any("No patient of the training set is held out" in note for note in result.notes)
    assert any("does not record which patients" in note for note in result.notes)


def test_the_model_it_starts_from_is_never_replaced(tiny_bundle: Bundle, tmp_path: Path) -> None:
    folder = fill(tmp_path / "set", "train")
    # A model of its name elsewhere would hide it from the catalog.
    with pytest.raises(DataError, match="which it starts from"):
        run(tiny_bundle, folder, tmp_path, short(tiny_bundle, name="tiny"), overwrite=True)
    renamed = open_bundle(shutil.copytree(tiny_bundle.path, tmp_path / "models" / "mine"))
    with pytest.raises(DataError, match="which it starts from"):
        run(renamed, folder, tmp_path, short(renamed, name="mine"), overwrite=True)
    assert file_sha256(renamed.path / "model.safetensors") == tiny_bundle.card.weights_sha256


@pytest.mark.parametrize("name", ["My Model", "../x", ""])
def test_a_name_that_no_model_can_have_is_refused_before_training(
    tiny_bundle: Bundle, tmp_path: Path, name: str
) -> None:
    (tmp_path / "models" / "precious").mkdir(parents=True)
    with pytest.raises(DataError, match="cannot be called"):
        run(tiny_bundle, tmp_path, tmp_path, short(tiny_bundle, name=name), overwrite=True)
    assert (tmp_path / "models" / "precious").is_dir()


def test_everything_wrong_with_a_training_set_is_told_at_once(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "set", "train", "train", "test")
    first, second, _ = open_training_set(folder).contents.entries
    (folder / first.id / "2-FLAIR.nii.gz").unlink()
    mask = folder / second.id / "mask.nii.gz"
    image = nib.load(mask)
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj) * np.uint8(2), image.affine), mask)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["entries"][1]["mask_sha256"] = file_sha256(mask)
    manifest["entries"][1]["labels"] = {"2": "oedema"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    scan, labels = dark_lesion(9, ("T2",))
    add_to_training_set(folder, scan, labels, patient="P9", split="train")
    start = with_record(tiny_bundle, ["P2"], [])
    with pytest.raises(DataError) as caught:
        run(start, folder, tmp_path)
    for problem in (
        "P0 · scan100: 2-FLAIR.nii.gz is missing",
        "P1 · scan101: the mask holds labels [2], expected 0 and [1]",
        "P9 · scan9: has no FLAIR but T2",
        "P2 · scan102: cannot be in the test part: the model has learned from this patient",
    ):
        assert problem in str(caught.value)


def test_a_set_without_anything_to_learn_from_is_refused(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="nothing to learn from"):
        run(tiny_bundle, fill(tmp_path / "set", "test"), tmp_path)


def test_training_shows_the_network_what_the_plugin_does(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    """Of one sequence, acquired in sagittal slices on a grid of its own."""
    scan, mask = dark_lesion(0, ("FLAIR",))
    affine = np.array([[0, 0, 4.0, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
    scan = replace(scan, affine=affine, units="mm")
    folder = tmp_path / "set"
    add_to_training_set(folder, scan, mask, patient="P0", split="train")
    scan_2, mask_2 = dark_lesion(1)
    add_to_training_set(folder, scan_2, mask_2, patient="P1", split="train")
    card = tiny_bundle.card
    cases = checked_entries(open_training_set(folder), card)
    patient = load_patient(cases[0], card.preprocessing)
    stacked, _ = assemble_channels(scan, card, guess_channels(card, scan, ()).by_role)
    shown = prepare_scan(stacked, card.preprocessing, "sagittal")
    everything = range(len(shown))
    assert np.array_equal(patient.prepared.batch(everything), shown.batch(everything))
    assert shown.geometry.padded == (96, 96)
    slices = load_dataset(cases, card.preprocessing, roles=card.roles).slices
    assert slices.images.shape == (8, 3, 96, 96)
    assert (slices.roles, slices.required) == (3, 1)
    # The smaller scan lies in the middle, amid the background that preparing pads with.
    small = load_patient(cases[1], card.preprocessing)
    assert np.array_equal(slices.images[4:, :, 16:80, 16:80], small.prepared.batch(range(4)))
    assert (slices.images[4:, :, :16] == -1).all()
    assert slices.masks[4:].sum() == mask_2.sum()


def test_the_command_line_shows_the_table(
    tiny_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    folder = fill(tmp_path / "set", "train", "validation", "test")
    command = ["finetune", tiny_bundle.path, folder / "manifest.json", "--name", "tuned"]
    command += ["--epochs", "1", "--slices", "16", "--accelerator", "cpu"]
    command += ["--models", tmp_path / "models", "--runs", tmp_path / "runs"]
    result = CliRunner().invoke(app, [str(each) for each in command])
    assert result.exit_code == 0, result.output
    for text in ("P1", "validation", "P2", "mean of 2", "Exported to"):
        assert text in result.stdout
    again = CliRunner().invoke(app, [str(each) for each in command])
    assert again.exit_code == 1
    assert "already" in again.stderr
