"""Cross-validating by the command line, and by the folds of a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from small_runs import QUIET
from typer.testing import CliRunner

from brainseg_train.benchmark.protocol import load_protocol
from brainseg_train.benchmark.rows import Benchmark, Plan
from brainseg_train.cli import app
from brainseg_train.data.cases import find_cases
from brainseg_train.data.options import DataOptions
from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Keep what a benchmark is asked to run, instead of running it."""
    kept: list[Any] = []

    def stop(benchmark: Benchmark, plans: list[Plan], *to: Any) -> None:
        kept.extend([benchmark, plans, *to])
        raise DataError("seen enough")

    for module in ("runner", "cross_validate"):
        monkeypatch.setattr(f"brainseg_train.benchmark.{module}.run_benchmark", stop)
    return kept


def nnunet_folds(path: Path, dataset: Path) -> Path:
    """Write three folds that leave the last two patients out of all."""
    names = [case.name for case in find_cases(dataset)][:6]
    folds = [{"train": names[:k] + names[k + 2 :], "val": names[k : k + 2]} for k in (0, 2, 4)]
    path.write_text(json.dumps(folds))
    return path


def test_fit_tests_a_recipe_on_every_patient(
    dataset: Path, tmp_path: Path, given: list[Any]
) -> None:
    places = ["--runs", str(tmp_path / "runs"), "--models", str(tmp_path / "models")]
    recipe = ["--epochs", "3", "--set", "recipe.seed=7", "--accelerator", "cpu"]
    call = ["fit", str(dataset), "--name", "own", "--folds", "4", *recipe, *places]
    assert "seen enough" in CliRunner().invoke(app, call).output
    benchmark, plans, to, _ = given
    (row,) = plans[0].protocol.rows
    assert (row.name, row.epochs, plans[0].seed) == ("own", 3, 7)
    tested = [case.name for plan in plans for case in benchmark.fold(plan, row).test]
    assert sorted(tested) == [case.name for case in find_cases(dataset)]
    assert (to.report, to.models) == (tmp_path / "runs" / "own-4-folds", tmp_path / "models")


def test_two_divisions_exclude_each_other(dataset: Path, tmp_path: Path, given: list[Any]) -> None:
    file = nnunet_folds(tmp_path / "splits_final.json", dataset)
    call = ["fit", str(dataset), "--name", "own", "--folds", "4", "--split-file", str(file)]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 1
    assert "--folds and --split-file both say who is tested" in done.output.replace("\n", " ")
    assert not given


def test_a_benchmark_tests_the_folds_of_a_file(
    dataset: Path, tmp_path: Path, given: list[Any]
) -> None:
    file = nnunet_folds(tmp_path / "splits_final.json", dataset)
    call = ["benchmark", str(dataset), "--protocol", "sound", "--accelerator", "cpu"]
    done = CliRunner().invoke(app, [*call, "--split-file", str(file)])
    assert "seen enough" in done.output
    benchmark, plans = given[:2]
    row = plans[0].protocol.rows[0]
    folds = [benchmark.fold(plan, row) for plan in plans]
    said = json.loads(file.read_text())
    assert [[case.name for case in fold.test] for fold in folds] == [each["val"] for each in said]
    for fold, each in zip(folds, said, strict=True):
        learned = {case.name for case in (*fold.train, *fold.validation)}
        assert learned == set(each["train"])
        assert fold.validation


def test_a_fold_of_a_file_without_validation_is_learned_from_whole(
    dataset: Path, tmp_path: Path
) -> None:
    file = nnunet_folds(tmp_path / "splits_final.json", dataset)
    options = DataOptions(split_file=file)
    benchmark = Benchmark(dataset, tmp_path / "runs", "cpu", QUIET, options)
    protocol = load_protocol("candidates").only(["lite0-all"])
    fold = benchmark.fold(Plan(protocol, 3, 1), protocol.rows[0])
    assert (len(fold.train), fold.validation, len(fold.test)) == (4, (), 2)
