"""What runs and benchmarks keep is typed, and what earlier versions wrote still opens."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from brainseg_train.benchmark.collect import costs
from brainseg_train.benchmark.refit import read_measured
from brainseg_train.benchmark.results import read_results, read_row
from brainseg_train.errors import DataError
from brainseg_train.evaluate.prediction import Prediction
from brainseg_train.files import clear_leftovers, replacing, write_json
from brainseg_train.train.config import RunConfig
from brainseg_train.train.export import replace_card
from brainseg_train.train.identity import RunIdentity, claim_folder, see_that_it_is
from napari_brainseg.errors import SaveError
from napari_brainseg.models.bundle import WEIGHTS_NAME, Bundle, load_network
from napari_brainseg.models.card import StartingWeights

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = RunConfig(name="unet")
EPOCH = {"loss": 0.5, "iou": 0.6, "seconds": 3.0, "cpu_seconds": 6.0, "memory_bytes": 2_000_000_000}

# As version 0.2 wrote them: without versions, and with prose where there are fields now.
OLD_ROW: dict[str, Any] = {
    "config": CONFIG.plain(),
    "fold": 0,
    "folds": 2,
    "split": "patient",
    "initialisation": "resnet18.pth (SHA-256 0123…): 80 of 100 encoder tensors (partial, 20 …)",
    "parameters": 14_000_000,
    "bundle_bytes": 28_000_000,
    "history": [EPOCH, {**EPOCH, "iou": None}],
    "exported_epoch": 1,
    "prediction": {"threshold": 0.4, "keep_fraction": 0.1, "flip": True, "temperature": 1.2},
    "inference_ms_per_slice": 12.0,
    "machine": "x86_64 CPU, 2 cores",
    "versions": {"torch": "2.10"},
    "cases": {"train": ["a"], "validation": ["b"], "test": ["c"]},
    "slices": {"train": 20, "validation": 10},
    "data_sha256": "0" * 64,
}
PATIENT: dict[str, Any] = {
    **dict.fromkeys(("dice", "iou", "nsd", "sensitivity", "precision", "accuracy"), 0.8),
    **{"case": "c", "institution": "", "reference_voxels": 9, "hd95": 2.0},
    **{"lesions": 1, "missed": 0},
}
OLD_RESULTS: dict[str, Any] = {
    "protocol": "tiny",
    "title": "Tiny",
    "size": 64,
    "split": "patient",
    "folds": 1,
    "tested_folds": [1],
    "data_sha256": "0" * 64,
    "cases": {"train": 1, "validation": 1, "test": 1},
    "slices": {"train": 20, "validation": 10},
    "versions": {"torch": "2.10"},
    "rows": [
        {
            "name": "unet",
            "title": "U-Net · resnet18",
            "initialisation": OLD_ROW["initialisation"],
            "split": "patient",
            "prediction": [OLD_ROW["prediction"]],
            "costs": {
                "parameters": 14e6,
                "bundle_mb": 28.0,
                "epochs": 2.0,
                "exported_epoch": 2.0,
                "training_seconds": 6.0,
                "training_cpu_seconds": 12.0,
                "memory_gb": 2.0,
                "inference_ms_per_slice": 12.0,
            },
            "history": OLD_ROW["history"],
            "machine": OLD_ROW["machine"],
            "config": {key: value for key, value in CONFIG.plain().items() if key != "neighbours"},
            "metrics": {"dice_mean": 0.81234, "dice_median": 0.8},
            "intervals": {"dice_mean": [0.7, 0.9]},
            "by_institution": {"unnamed": {"patients": 1, "dice_mean": 0.8}},
            "by_size": {"small": {"patients": 1, "dice_mean": 0.8}},
            "reliability": {"predicted": [0.1], "observed": [0.2]},
            "unit": "mm",
            "patients": [PATIENT],
        }
    ],
    "comparisons": [],
    "notes": [],
    "leaks": [],
}


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_row_from_before_still_counts(tmp_path: Path) -> None:
    row = read_row(written(tmp_path / "row.json", OLD_ROW))
    assert row.prediction == Prediction(0.4, 0.1, True, 1.2)
    assert row.start is None
    assert costs([row]).training_seconds == 6.0
    assert costs([row, row]).epochs == 2.0
    write_json(tmp_path / "row.json", row.model_dump())
    assert read_row(tmp_path / "row.json") == row


def test_results_from_before_can_still_be_refitted(tmp_path: Path) -> None:
    measured = read_measured(written(tmp_path / "results.json", OLD_RESULTS), None)
    assert measured.recipe == replace(CONFIG, init="imagenet")
    assert measured.tested == {"c"}
    assert measured.chosen(measured.recipe) == Prediction(0.4, 0.1, True, 1.2)
    assert measured.row.card_metrics["dice_mean"] == 0.8123
    # What it started from stands there as prose; nothing is read out of it.
    assert measured.row.origin == OLD_ROW["initialisation"]


@pytest.mark.parametrize("content", ["[]", "{", '{"rows": 3}'])
def test_what_is_no_result_is_told_in_a_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(DataError, match="cannot be read as the results of a benchmark"):
        read_results(tmp_path)


def test_a_run_from_before_is_the_same_run_and_asking_writes_nothing(tmp_path: Path) -> None:
    identity = RunIdentity(config=CONFIG.plain(), data="d", train=("a",), validation=("b",))
    old = {"config": CONFIG.plain(), "data": "d", "train": ["a"], "validation": ["b"]}
    del old["config"]["elastic"]
    record = written(tmp_path / "run.json", old)
    before = record.read_bytes()
    see_that_it_is(tmp_path, identity)
    larger = replace(CONFIG, size=1024, seed=7).plain()
    for changed, told in (
        ({"data": "other"}, "other settings or data: the data are others. Delete"),
        ({"train": ("c",)}, "other cases were learned from"),
        ({"config": larger}, f"size was {CONFIG.size}, and is 1024, seed was 0, and is 7. Delete"),
    ):
        with pytest.raises(DataError, match=told):
            see_that_it_is(tmp_path, identity.model_copy(update=changed))
    assert record.read_bytes() == before
    assert list(tmp_path.iterdir()) == [record]


def test_a_start_that_failed_takes_no_name(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    claim_folder(folder, RunIdentity(config=CONFIG.plain(), data="d"))
    other = RunIdentity(config=replace(CONFIG, init="random").plain(), data="d")
    claim_folder(folder, other)
    (folder / "checkpoint.pt").touch()
    claim_folder(folder, other)
    with pytest.raises(DataError, match="other settings"):
        claim_folder(folder, RunIdentity(config=CONFIG.plain(), data="d"))


def test_a_card_changes_and_its_weights_are_not_touched(tiny_bundle: Bundle) -> None:
    weights = tiny_bundle.path / WEIGHTS_NAME
    before = weights.stat()
    changed = replace_card(tiny_bundle, tiny_bundle.card.model_copy(update={"title": "Other"}))
    after = weights.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert changed.card.title == "Other"
    load_network(changed)


@pytest.mark.parametrize(
    ("start", "text", "partial"),
    [
        (StartingWeights(kind="random"), "random", False),
        (
            StartingWeights(kind="imagenet", filled=100, tensors=100),
            "ImageNet weights of the model hub: 100 of 100 encoder tensors (complete)",
            False,
        ),
        (
            StartingWeights(kind="file", source="x.pth", sha256="ab" * 32, filled=80, tensors=100),
            "x.pth (SHA-256 abababababababab…): 80 of 100 encoder tensors "
            "(partial, 20 tensors start at random)",
            True,
        ),
    ],
)
def test_a_start_says_in_words_what_it_is(start: StartingWeights, text: str, partial: bool) -> None:
    assert (start.text, start.partial) == (text, partial)


def test_only_what_came_from_imagenet_is_called_so(tmp_path: Path) -> None:
    row = read_measured(written(tmp_path / "results.json", OLD_RESULTS), None).row
    origins = {
        kind: row.model_copy(update={"start": start}).origin
        for kind, start in {
            "hub": StartingWeights(kind="imagenet", filled=9, tensors=9),
            "file": StartingWeights(kind="file", source="x.pth", filled=8, tensors=9),
            "none": StartingWeights(kind="random"),
        }.items()
    }
    assert origins == {"hub": "ImageNet", "file": "x.pth, partial", "none": "random"}


def test_nothing_is_left_aside(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_json(tmp_path / "row.json", {1, 2})
    with pytest.raises(SaveError, match=r"row\.json"):
        write_json(tmp_path / "nowhere" / "row.json", {})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".0123456789abcdef.pt").touch()  # a kill leaves one
    (tmp_path / ".partial.checkpoint.pt").touch()  # as it was called before
    with replacing(tmp_path / "checkpoint.pt", "checkpoint.pt") as aside:
        left = aside.name.replace(f"{os.getpid():08x}", "7fffffff")  # its writer has ended
        aside.write_text("whole")
    (tmp_path / "checkpoint.pt").rename(tmp_path / left)  # what a kill leaves today
    (tmp_path / ".kept").touch()
    clear_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".kept"]
