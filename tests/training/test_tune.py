"""``brainseg-train tune``: searched, ended early, gone on with, shared, compared."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from small_runs import QUIET
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.errors import DataError
from brainseg_train.train.config import checked_config
from brainseg_train.train.settings import load_run_settings
from brainseg_train.tune import study
from brainseg_train.tune.data import SearchData
from brainseg_train.tune.held_out import compare_held_out
from brainseg_train.tune.report import recipe_text, report_text
from brainseg_train.tune.results import SearchResults, TrialRecord
from brainseg_train.tune.run import tune
from brainseg_train.tune.space import read_space
from brainseg_train.tune.study import SearchStudy

if TYPE_CHECKING:
    from pathlib import Path

SPACE = """
[tune]
folds = 4

[recipe]
encoder = "timm-mobilenetv3_small_minimal_100"
init = "random"
epochs = 2
slices_per_epoch = 8
batch_size = 4
size = 64

[space]
learning_rate = {low = 1e-4, high = 1e-2, log = true}
batch_size = {low = 2, high = 4, step = 2}
augment = {choices = [true, false]}
"""


@pytest.fixture
def space_file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(SPACE, encoding="utf-8")
    return path


def test_a_space_is_a_recipe_to_beat_and_ranges_around_it(space_file: Path) -> None:
    space = read_space(space_file)
    assert space.name == space.recipe.name == "tiny"
    assert space.default == {"learning_rate": 1e-3, "batch_size": 4, "augment": True}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("learning_rate = {low = 1e-2, high = 1}", "leaves out 0.001"),
        ("learning_rate = {low = 0, high = 1}", "learning_rate"),
        ("rate = {low = 0, high = 1}", "space.rate cannot be searched. There are"),
        ("augment = {choices = []}", "augment"),
        ("size = {low = 64, high = 128, stop = 2}", "stop"),
        ("size = ", "not valid TOML"),
    ],
)
def test_a_space_that_cannot_be_searched_says_why(space_file: Path, wrong: str, told: str) -> None:
    head = SPACE.partition("[space]")[0]
    space_file.write_text(f"{head}[space]\n{wrong}\n", encoding="utf-8")
    with pytest.raises(DataError, match=told.replace(".", r"\.")):
        read_space(space_file)


def test_a_search_goes_on_and_ends_in_a_recipe_and_a_report(
    dataset: Path, space_file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "search"
    arguments = ["tune", str(dataset), str(space_file), "--output", str(output)]
    first = CliRunner().invoke(app, [*arguments, "--accelerator", "cpu", "--trials", "2"])
    assert first.exit_code == 0, first.output
    assert not any(output.rglob("checkpoint*.pt"))
    again = CliRunner().invoke(app, [*arguments, "--accelerator", "cpu", "--trials", "3"])
    assert again.exit_code == 0, again.output
    assert again.stderr.count("Trial ") == 1
    results = SearchResults.model_validate_json((output / "results.json").read_text("utf-8"))
    assert [each.number for each in results.trials] == [0, 1, 2]
    assert results.trials[0].values == read_space(space_file).default
    assert results.verdict in " ".join(again.stdout.split())
    recipe = tomllib.loads((output / "best.toml").read_text("utf-8"))["recipe"]
    assert checked_config(**recipe).name == "tiny"
    assert load_run_settings(output / "best.toml").recipe == checked_config(**recipe)
    assert "<svg" in (output / "report.html").read_text("utf-8")

    other = space_file.with_name("other.toml")
    other.write_text(
        SPACE.replace("epochs = 2", "epochs = 1").replace("[tune]", '[tune]\nname = "tiny"')
    )
    refused = CliRunner().invoke(
        app, ["tune", str(dataset), str(other), "--output", str(output), "--trials", "3"]
    )
    assert refused.exit_code == 1
    assert "another space" in " ".join(refused.stderr.split())


def test_a_trial_that_was_killed_is_begun_again_and_one_that_runs_is_left_alone(
    space_file: Path, tmp_path: Path
) -> None:
    space = read_space(space_file)
    ours, theirs = (SearchStudy(tmp_path / "search", space, "data") for _ in range(2))
    killed, running = ours.take(4), theirs.take(4)
    assert killed is not None
    assert running is not None
    killed.lock.release()  # as the system does for a process that is gone
    again = theirs.take(4)
    assert again is not None
    assert (again.config, again.folder) == (killed.config, killed.folder)
    assert again.trial.number not in (killed.trial.number, running.trial.number)
    assert theirs.going_on == 2
    assert ours.take(2) is None


def test_a_list_of_trials_that_is_locked_is_told(
    space_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "LOCK_S", 0.1)
    space = read_space(space_file)
    search = SearchStudy(tmp_path / "search", space, "data")
    with FileLock(tmp_path / "search" / study.LOCK_NAME):
        with pytest.raises(DataError, match="locked by another program"):
            search.take(4)
        with pytest.raises(DataError, match="locked by another program"):
            SearchStudy(tmp_path / "search", space, "data")
    assert search.take(4) is not None


@pytest.mark.parametrize("content", ["no list\n{}\n", '{"op_code": 99}\n', "[]\n", "\x00\xff\n"])
def test_a_damaged_list_of_trials_is_told(space_file: Path, tmp_path: Path, content: str) -> None:
    folder = tmp_path / "search"
    SearchStudy(folder, read_space(space_file), "data")
    (folder / study.TRIALS_NAME).write_text(content, encoding="latin-1")
    with pytest.raises(DataError, match="is damaged"):
        SearchStudy(folder, read_space(space_file), "data")


def test_a_search_that_was_killed_goes_on_as_it_would_have(
    space_file: Path, tmp_path: Path
) -> None:
    space = read_space(space_file)

    def values(folder: Path, killed: int) -> list[dict[str, object]]:
        found = []
        for number in range(8):
            study = SearchStudy(folder, space, "data")
            taken = study.take(8)
            assert taken is not None
            if number == killed:
                taken.lock.release()
                study = SearchStudy(folder, space, "data")
                taken = study.take(8)
                assert taken is not None
            study.study.tell(taken.trial, float(taken.config.learning_rate))
            taken.lock.release()
            found.append(taken.trial.params)
        return found

    assert values(tmp_path / "whole", 99) == values(tmp_path / "killed", 5)


def test_a_recipe_that_fails_ends_no_search(
    dataset: Path, space_file: Path, tmp_path: Path
) -> None:
    text = SPACE.partition("[space]")[0] + '[space]\nencoder = {choices = ["timm-mobilenetv3_small'
    space_file.write_text(text + '_minimal_100", "no-such-encoder"]}\n', encoding="utf-8")
    data = SearchData(dataset, 4, 0)
    results = tune(
        read_space(space_file), data, tmp_path / "search", QUIET, trials=4, accelerator="cpu"
    )
    assert results is not None
    states = {each.values["encoder"]: each.state for each in results.trials}
    assert states.get("no-such-encoder", "failed") == "failed"
    assert states["timm-mobilenetv3_small_minimal_100"] == "complete"
    assert results.best == 0
    assert "found that one again" in results.verdict


def results_of(found: dict[str, float], default: dict[str, float]) -> SearchResults:
    recipe = checked_config(name="x").plain()
    return SearchResults(
        name="x",
        cases={"train": 6, "validation": 2, "test": len(found)},
        trials=(
            TrialRecord(number=0, state="complete", iou=0.5, seconds=1, values={"size": 64}),
            TrialRecord(number=1, state="pruned", iou=0.1, seconds=1, values={"size": 96}),
            TrialRecord(number=2, state="failed", iou=None, seconds=1, values={}, error="<b>"),
        ),
        best=0,
        importance={"size": 1.0},
        recipe=recipe | {"learning_rate": 2e-3},
        default=recipe,
        held_out=compare_held_out(found, default, {case: case for case in found}),
    )


def test_the_verdict_says_whether_the_recipe_to_beat_is_beaten() -> None:
    default = {f"case{number}": 0.5 + number / 100 for number in range(10)}
    better = {case: dice + 0.02 + dice / 100 for case, dice in default.items()}
    assert results_of(better, default).verdict.endswith("It beats the recipe to beat.")
    assert not results_of(default, better).beats
    few = dict(list(better.items())[:5])
    verdict = results_of(few, default).verdict
    assert verdict.endswith("with fewer than 6 patients no test could have shown it.")


def test_a_recipe_whose_network_learned_nothing_is_not_praised_without_a_word() -> None:
    results = results_of({"a": 0.1}, {"a": 0.05})
    said = results.model_copy(update={"untaught": "the network has learned next to nothing"})
    assert "Of the best trial the network has learned next to nothing: give" in said.verdict
    assert "next to nothing" in report_text(said)
    assert "95 %" not in results.verdict  # of one patient nothing follows


def test_the_report_shows_every_trial_and_trusts_no_text() -> None:
    results = results_of({"a": 0.9}, {"a": 0.8})
    html = report_text(results)
    assert html.count("<svg") == 2
    assert "failed: &lt;b&gt;" in html
    assert "learning_rate</td><td>0.001</td><td>0.002" in html
    config = checked_config(name="x", learning_rate=2e-3)
    assert tomllib.loads(recipe_text(config, results))["recipe"]["learning_rate"] == 2e-3
    assert json.loads(results.model_dump_json())["best"] == 0


def test_a_search_without_an_end_is_refused(
    dataset: Path, space_file: Path, tmp_path: Path
) -> None:
    space = replace(read_space(space_file), folds=4)
    with pytest.raises(DataError, match="needs an end"):
        tune(space, SearchData(dataset, 4, 0), tmp_path / "search", QUIET)
    with pytest.raises(DataError, match="No trial can be made in 0 hours"):
        tune(space, SearchData(dataset, 4, 0), tmp_path / "search", QUIET, hours=0)
