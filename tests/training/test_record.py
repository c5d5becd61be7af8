"""A card says how good its model was, on patients that it had not seen, and of which report."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from test_records import OLD_RESULTS, PATIENT

from brainseg_train.benchmark.record import record_quality
from brainseg_train.errors import DataError
from napari_brainseg.models.bundle import WEIGHTS_NAME, Bundle, file_sha256, open_bundle
from napari_brainseg.models.card import read_card
from napari_brainseg.models.patients import PatientRecord

if TYPE_CHECKING:
    from pathlib import Path

RECORD = PatientRecord(salt="s").extended(["seen"], ["new"])


@pytest.fixture
def bundle(tiny_bundle: Bundle, tmp_path: Path) -> Bundle:
    """Copy the tiny model; it has learned from one patient, and never may from another."""
    folder = shutil.copytree(tiny_bundle.path, tmp_path / "tiny")
    content = json.loads((folder / "card.json").read_text())
    content |= {"name": "unet", "patients": json.loads(RECORD.model_dump_json())}
    (folder / "card.json").write_text(json.dumps(content))
    return open_bundle(folder)


def patient(case: str, dice: float, learned: bool | None = None) -> dict[str, Any]:
    return {**PATIENT, "case": case, "dice": dice, "learned": learned}


def report(path: Path, *patients: dict[str, Any], **changes: object) -> Path:
    (row,) = OLD_RESULTS["rows"]
    content = {**OLD_RESULTS, "rows": [{**row, "patients": patients}], **changes}
    path.write_text(json.dumps(content))
    return path


def evaluation(path: Path, *patients: dict[str, Any], **changes: object) -> Path:
    """Write what ``brainseg-train evaluate`` writes: no protocol, and rows without costs."""
    content = json.loads(report(path, *patients).read_text())
    for key in ("protocol", "size", "split", "folds", "tested_folds"):
        del content[key]
    content |= changes
    path.write_text(json.dumps(content))
    return path


def test_the_weights_stay_and_the_card_keeps_the_numbers(bundle: Bundle, tmp_path: Path) -> None:
    before = file_sha256(bundle.path / WEIGHTS_NAME)
    path = evaluation(tmp_path / "results.json", patient("new", 0.8), patient("other", 0.9))
    quality = record_quality(bundle, path, command="brainseg-train evaluate unet D").card.quality
    assert quality is not None
    assert file_sha256(bundle.path / WEIGHTS_NAME) == before
    assert (quality.of, quality.patients, quality.unit) == ("model", 2, "mm")
    assert quality.dice.mean == 0.85
    assert quality.dice.low < 0.8 < 0.9 < quality.dice.high
    assert quality.command == "brainseg-train evaluate unet D"
    card = read_card(bundle.path / "card.json")
    assert card.quality == quality
    assert card.score == "Dice 0.85 [0.24, 0.96] on 2 patients kept aside"


def test_an_evaluation_of_a_fold_says_of_which(bundle: Bundle, tmp_path: Path) -> None:
    path = evaluation(tmp_path / "r.json", patient("new", 0.8), folds=5, tested_folds=[2])
    quality = record_quality(bundle, path).card.quality
    assert quality is not None
    assert (quality.folds, quality.of_folds, quality.of) == ((2,), 5, "model")
    assert quality.command == "brainseg-train evaluate unet DATA --fold 2 --folds 5"


def test_patients_that_the_model_knows_do_not_count(bundle: Bundle, tmp_path: Path) -> None:
    known = patient("seen", 1.0), patient("image of one that it knows", 1.0, learned=True)
    path = evaluation(tmp_path / "results.json", *known, patient("new", 0.7, learned=False))
    quality = record_quality(bundle, path).card.quality
    assert quality is not None
    assert (quality.patients, quality.dice.mean) == (1, 0.7)
    with pytest.raises(DataError, match="no patient of whom"):
        record_quality(bundle, evaluation(tmp_path / "all.json", *known))


@pytest.mark.parametrize(
    ("case", "tested", "of"),
    [("new", [2], "model"), ("seen", [2], "recipe"), ("new", [1, 2], "recipe")],
)
def test_numbers_of_a_benchmark_are_the_recipes_unless_one_network_has_them(
    bundle: Bundle, tmp_path: Path, case: str, tested: list[int], of: str
) -> None:
    path = report(tmp_path / "results.json", patient(case, 0.8), folds=5, tested_folds=tested)
    quality = record_quality(bundle, path).card.quality
    assert quality is not None
    assert (quality.of, quality.folds, quality.of_folds) == (of, tuple(tested), 5)
    assert "--protocol tiny --row unet" in quality.command
    assert ("recipe" in quality.text) == (of == "recipe")


def test_a_report_that_is_none_or_leaks_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="split by slice"):
        record_quality(bundle, report(tmp_path / "a", patient("new", 0.8), split="slice"))
    with pytest.raises(DataError, match="no row 'x'; there are unet"):
        record_quality(bundle, report(tmp_path / "b", patient("new", 0.8)), "x")
    (tmp_path / "c").write_text("[]")
    with pytest.raises(DataError, match="results of a report"):
        record_quality(bundle, tmp_path / "c")


def test_a_model_that_knows_all_takes_the_numbers_of_its_recipe(
    bundle: Bundle, tmp_path: Path
) -> None:
    """Networks trained again on everybody are judged by those that had not seen some."""
    rows = patient("seen", 0.7, learned=False), patient("known to both", 1.0, learned=True)
    path = evaluation(tmp_path / "results.json", *rows, folds=5, tested_folds=[1])
    with pytest.raises(DataError, match="no patient of whom"):
        record_quality(bundle, path)
    quality = record_quality(bundle, path, of_recipe=True).card.quality
    assert quality is not None
    assert (quality.of, quality.patients, quality.dice.mean) == ("recipe", 1, 0.7)
    assert "networks of the same recipe" in quality.text
