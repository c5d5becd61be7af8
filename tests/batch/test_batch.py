"""Many scans: which there are, what is done, what comes back."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pytest
from typer.testing import CliRunner

from napari_brainseg.batch import one, task
from napari_brainseg.batch.cluster import plan_workers
from napari_brainseg.batch.done import FOLDER_NAME, DoneList
from napari_brainseg.batch.items import BatchItem, home_of, is_one_scan, list_items, read_list
from napari_brainseg.batch.table import measures_csv
from napari_brainseg.batch.task import Job, TaskOutcome, run_task
from napari_brainseg.cli import app
from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan, write_mask

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from napari_brainseg.models.bundle import Bundle


def save_scan(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).gamma(2, 30, (20, 24, 3)).astype(np.int16)
    nib.save(nib.Nifti1Image(values, np.diag([-1.0, 1.0, 5.0, 1.0])), path)
    return path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for number in (1, 2):
        for name in ("flair", "t1"):
            save_scan(tmp_path / "study" / f"p{number}" / f"{name}.nii.gz", number)
    return tmp_path / "study"


@pytest.fixture
def job(tiny_bundle: Bundle, tmp_path: Path) -> Job:
    card = tiny_bundle.card
    home = tmp_path / "masks"
    return Job(home, card.name, card.weights_sha256, tiny_bundle.path, "cpu", threads=1)


# ---- which there are -----------------------------------------------------------------------------


def test_a_folder_stands_for_its_scans_and_its_folders_are_kept(study: Path) -> None:
    found = list_items([study], study / "masks", "*FLAIR*")
    assert [item.path for item in found] == [
        study / "p1" / "flair.nii.gz",
        study / "p2" / "flair.nii.gz",
    ]
    assert [item.folder for item in found] == [study / "masks" / "p1", study / "masks" / "p2"]
    assert len(list_items([study, study], None)) == 2


def test_the_sequences_of_a_case_feed_the_model_together(study: Path, job: Job) -> None:
    (item, _) = list_items([study], job.home)
    assert [each.path.name for each in item.companions] == ["t1.nii.gz"]
    together = run_task(item, job).result
    apart = dataclasses.replace(job, home=job.home / "alone")
    alone = run_task(BatchItem(item.path, apart.home), apart).result
    assert together is not None
    assert alone is not None
    assert "pre-contrast is missing" not in " ".join(together.notes)
    assert "pre-contrast is missing" in " ".join(alone.notes)
    item.companions[0].path.write_bytes(b"no scan at all")
    broken = run_task(item, dataclasses.replace(job, home=job.home / "broken", overwrite=True))
    assert broken.result is not None
    assert "segmented without it" in " ".join(broken.result.notes)


def test_what_lies_where_the_masks_go_is_no_scan(study: Path) -> None:
    save_scan(study / "masks" / "p1" / "odd.nii.gz")
    assert all(item.path.name != "odd.nii.gz" for item in list_items([study], study / "masks"))


def test_two_scans_of_one_name_in_one_folder_are_told_before_anything_runs(study: Path) -> None:
    files = [study / part / "flair.nii.gz" for part in ("p1", "p2")]
    first, second = list_items(files, study / "masks")
    assert not first.problem
    assert "written twice" in second.problem
    assert not any(item.problem for item in list_items(files, None))


def test_a_list_is_a_path_a_line(tmp_path: Path) -> None:
    file = tmp_path / "scans.txt"
    file.write_text("# of the first site\n a/flair.nii.gz \n\nb c.nii\n", encoding="utf-8")
    assert [path.as_posix() for path in read_list(file)] == ["a/flair.nii.gz", "b c.nii"]
    file.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(ScanError, match="empty"):
        read_list(file)


def test_a_folder_of_slices_is_one_scan_and_one_above_scans_is_not(study: Path) -> None:
    import tifffile

    for number in (1, 2):
        (study / "slices").mkdir(exist_ok=True)
        tifffile.imwrite(study / "slices" / f"s_{number}.tif", np.ones((8, 8), np.uint8))
    assert is_one_scan(study / "slices")
    assert not is_one_scan(study)
    assert not is_one_scan(study / "p1")


def test_the_list_of_what_is_done_lies_with_the_masks(study: Path, tmp_path: Path) -> None:
    items = [BatchItem(study / f"p{number}" / "flair.nii.gz") for number in (1, 2)]
    assert home_of(items, [study], None) == study
    assert home_of(items, [item.path for item in items], None) == study
    assert home_of(items, [study], tmp_path / "out") == tmp_path / "out"


# ---- one task ------------------------------------------------------------------------------------


def lines(job: Job) -> list[dict[str, object]]:
    files = (job.home / FOLDER_NAME).glob("*.jsonl")
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def test_what_is_done_is_not_done_again(study: Path, job: Job) -> None:
    item = BatchItem(study / "p1" / "flair.nii.gz", job.home)
    first = run_task(item, job)
    assert first.result is not None, first.error
    before = (job.home / "flair_mask.nii.gz").stat().st_mtime_ns
    assert run_task(item, job) == first
    assert (job.home / "flair_mask.nii.gz").stat().st_mtime_ns == before
    assert [line["state"] for line in lines(job)] == ["begun", "done"]


def test_a_scan_that_was_replaced_or_whose_mask_is_gone_is_not_done(study: Path, job: Job) -> None:
    item = BatchItem(study / "p1" / "flair.nii.gz", job.home)
    run_task(item, job)
    (job.home / "flair_mask.nii.gz").unlink()
    assert run_task(item, job).result is not None
    save_scan(item.path, seed=7)
    assert "--overwrite" in run_task(item, job).error
    assert run_task(item, dataclasses.replace(job, overwrite=True)).result is not None


def test_a_mask_whose_writer_was_killed_before_it_could_tell_counts(study: Path, job: Job) -> None:
    """Killed between the mask's taking its place and the line that says so."""
    item = BatchItem(study / "p1" / "flair.nii.gz", job.home)
    assert run_task(item, job).result is not None
    (file,) = (job.home / FOLDER_NAME).glob("*.jsonl")
    begun, done = file.read_bytes().splitlines(keepends=True)
    fresh = dataclasses.replace(job, home=job.home.with_name("again"))
    (fresh.home / FOLDER_NAME).mkdir(parents=True)
    (job.home / "flair_mask.nii.gz").rename(fresh.home / "flair_mask.nii.gz")
    other = fresh.home / FOLDER_NAME / "killed.jsonl"
    other.write_bytes(begun.replace(b'"masks', b'"again') + done[: len(done) // 2])

    again = run_task(BatchItem(item.path, fresh.home), fresh)
    assert again.result is not None, again.error


@pytest.mark.parametrize("when", ["while it is segmented", "while it is saved"])
def test_a_scan_that_a_run_beside_this_one_segments_counts(
    study: Path, job: Job, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    item = BatchItem(study / "p1" / "flair.nii.gz", job.home)
    slow = one if when == "while it is saved" else task
    name = "keep_mask" if when == "while it is saved" else "segment_file"
    step = getattr(slow, name)

    def meanwhile(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(slow, name, step)
        beside = DoneList(job.home)
        monkeypatch.setattr(task, "_list_in", lambda home: beside)
        assert run_task(item, job).result is not None
        return step(*args, **options)

    monkeypatch.setattr(slow, name, meanwhile)
    monkeypatch.setattr(one, "_network", contextlib.nullcontext())
    found = run_task(item, job)
    assert found.error == ""
    assert found.result is not None
    assert (job.home / "flair_mask.nii.gz").is_file()


def test_two_runs_at_once_share_a_folder(study: Path, tmp_path: Path) -> None:
    words = ["predict", str(study), "-o", str(tmp_path / "masks"), "-q", "--device", "cpu"]
    code = "from napari_brainseg.cli import app; app()"
    runs = [
        subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [each.communicate(timeout=280)[1] for each in runs]
    assert [each.returncode for each in runs] == [0, 0], said
    assert len(list(tmp_path.glob("masks/*/*_mask.nii.gz"))) == 2
    assert list(tmp_path.glob("masks/*/.brainseg-*")) == []


def test_a_mask_that_somebody_saved_meanwhile_is_kept(study: Path, job: Job) -> None:
    item = BatchItem(study / "p1" / "flair.nii.gz", job.home)
    scan = read_scan(item.path).scan
    job.home.mkdir()
    theirs = write_mask(np.ones(scan.grid, np.uint8), scan, job.home / "flair_mask.nii.gz")
    DoneList(job.home).begin("../study/p1/flair.nii.gz", theirs)
    before = theirs.read_bytes()
    for _ in range(2):
        assert "is there already" in run_task(item, job).error
    assert theirs.read_bytes() == before


def test_a_scan_whose_mask_would_have_too_long_a_name_is_told(tmp_path: Path, job: Job) -> None:
    scan = save_scan(tmp_path / f"{'a' * 248}.nii.gz")
    error = run_task(BatchItem(scan, job.home), job).error
    assert "cannot be a file here (File name too long)" in error
    assert "defect" not in error


def test_two_scans_never_share_a_mask(study: Path, job: Job) -> None:
    first, second = (BatchItem(study / f"p{number}" / "t1.nii.gz", job.home) for number in (1, 2))
    again = dataclasses.replace(job, overwrite=True)
    assert run_task(first, again).result is not None
    assert "written twice" in run_task(second, again).error


def test_a_defect_is_an_outcome_too(study: Path, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr("napari_brainseg.batch.task.segment_file", fail)
    outcome = run_task(BatchItem(study / "p1" / "t1.nii.gz", job.home), job)
    assert outcome.error == "RuntimeError: no such thing. This is a defect: please report it."


def test_a_worker_with_another_model_of_this_name_says_so(study: Path, job: Job) -> None:
    other = dataclasses.replace(job, weights="0" * 64)
    assert "other weights" in run_task(BatchItem(study / "p1" / "t1.nii.gz"), other).error


# ---- the whole, one after another ----------------------------------------------------------------


@pytest.fixture
def predict(tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("BRAINSEG_MODELS", str(tiny_bundle.path))

    def run(*args: object) -> Result:
        options = ["predict", *map(str, args), "--model", "tiny", "--device", "cpu"]
        return CliRunner().invoke(app, options)

    return run


def test_a_folder_is_gone_on_with_and_ends_in_a_table(  # type: ignore[no-untyped-def]
    predict, study: Path, tmp_path: Path
) -> None:
    bad = study / "p1" / "bad_flair.nii.gz"
    bad.write_bytes(b"no scan at all")
    masks = tmp_path / "masks"
    first = predict(study, "-o", masks, "--only", "*flair*")
    assert first.exit_code == 1
    assert first.stderr.count("brainseg: bad_flair.nii.gz: ") == 1
    assert "2 segmented, 0 done before, 1 with errors" in first.stderr
    assert (masks / "p2" / "p2_mask.nii.gz").is_file()
    rows = list(csv.DictReader(io.StringIO((masks / "measures.csv").read_text("utf-8"))))
    assert [bool(row["volume_ml"]) for row in rows] == [False, True, True]
    assert rows[0]["error"]

    bad.unlink()
    second = predict(study, "-o", masks, "--only", "*flair*", "--json")
    assert second.exit_code == 0, second.output
    assert [each["model"] for each in json.loads(second.stdout)] == ["tiny", "tiny"]
    again = predict(study, "-o", masks, "--only", "*flair*")
    assert "0 segmented, 2 done before" in again.stderr
    assert "of them done before" in again.stderr


def test_the_table_holds_no_formulas() -> None:
    (row,) = csv.DictReader(
        io.StringIO(measures_csv([TaskOutcome("=1+1.nii", "x", error="@a\nb")]))
    )
    assert (row["scan"], row["error"]) == ("'=1+1.nii", "'@a b")


def test_a_folder_without_scans_says_so(predict, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "empty").mkdir()
    result = predict(tmp_path / "empty")
    assert result.exit_code == 1
    assert "no scan was found" in result.stderr.lower()


def test_what_cannot_begin_is_one_line(predict, study: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / FOLDER_NAME).write_bytes(b"in the way")
    cases = {
        "The list of what is done in masks cannot be written": (),
        "nonsense is no address of a scheduler": ("--scheduler", "nonsense"),
        "nothing.txt: the list cannot be read": ("--list", tmp_path / "nothing.txt"),
    }
    for told, options in cases.items():
        result = predict(study, "-o", tmp_path / "masks", *options)
        assert result.exit_code == 1
        assert told in " ".join(result.stderr.split())


def test_nothing_to_segment_is_a_usage_error(predict, study: Path) -> None:  # type: ignore[no-untyped-def]
    assert predict().exit_code == 2
    assert predict(study, "-o", study / "mask.nii.gz").exit_code == 2
    assert predict(study, "--channel", f"FLAIR={study}").exit_code == 2


def test_workers_share_the_cores_and_each_card_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from napari_brainseg.batch import cluster
    from napari_brainseg.pipeline.devices import Device

    monkeypatch.setattr(cluster, "default_threads", lambda: 8)
    assert plan_workers(100, "cpu", wanted=4).threads == 2
    assert plan_workers(1, "cpu").count == 1
    cards = tuple(Device(f"cuda:{index}", "GPU") for index in range(2))
    monkeypatch.setattr(cluster, "list_devices", lambda: cards)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert plan_workers(100).cards == ("3", "5")
    assert plan_workers(1).cards == ("3",)
