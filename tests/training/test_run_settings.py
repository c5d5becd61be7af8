"""Everything of a run in one file, with the line of what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import napari_brainseg
from brainseg_train.benchmark.protocol import load_protocol
from brainseg_train.cli import app
from brainseg_train.errors import DataError
from brainseg_train.train.settings import load_run_settings, settings_text
from brainseg_train.train.toml_lines import line_of
from brainseg_train.tune.space import read_space

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = """# a run
[recipe]
name = "own"
size = 96
seed = 3

[data]
folder = "here"
classes = { "whole tumour" = [1, 2], core = 1 }

[run]
overwrite = true
"""


def test_a_file_is_read_and_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(FILE)
    settings = load_run_settings(path)
    assert (settings.recipe.size, settings.recipe.seed) == (96, 3)
    assert settings.data.classes == {"whole tumour": (1, 2), "core": 1}
    path.write_text(settings_text(settings))
    assert load_run_settings(path) == settings


def test_the_command_line_beats_the_file_and_an_assignment_beats_both(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(FILE)
    given = {"recipe.size": 64, "recipe.seed": None}
    settings = load_run_settings(path, given, ["recipe.size=192", "recipe.init=random"])
    assert (settings.recipe.size, settings.recipe.seed) == (192, 3)
    assert settings.recipe.init == "random"
    assert load_run_settings(path, given).recipe.size == 64


@pytest.mark.parametrize(
    ("change", "assignments", "said"),
    [
        (("size = 96", "size = 3"), [], r"run\.toml, line 4: recipe\.size: .*found 3"),
        (("seed = 3", "sed = 3"), [], r"line 5: recipe\.sed is not known\. Did you mean seed\?"),
        (("[run]", "[ran]"), [], r"line 11: ran is not known\. Did you mean run\?"),
        (("[1, 2]", '["x"]'), [], r"line 9: data\.classes"),
        (("= 96", "="), [], r"not valid TOML: .*line 4"),
        (("", ""), ["recipe.size=3"], r"--set recipe\.size=3: recipe\.size"),
        (("", ""), ["recipe.size"], "expected NAME=VALUE"),
        (('name = "own"', ""), [], r"recipe\.name is missing"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(
    tmp_path: Path, change: tuple[str, str], assignments: list[str], said: str
) -> None:
    path = tmp_path / "run.toml"
    path.write_text(FILE.replace(*change, 1))
    with pytest.raises(DataError, match=said):
        load_run_settings(path, assignments=assignments)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 3000 + "]" * 3000,
        ".".join(["a"] * 2_000) + " = 1",
        ".".join(["a"] * 40) + " = 1",
    ],
)
@pytest.mark.parametrize(
    "read",
    [
        lambda path: load_run_settings(path),
        lambda path: load_protocol(str(path)),
        read_space,
        lambda path: load_run_settings(assignments=[path.read_text("utf-8")]),
    ],
    ids=["settings", "protocol", "space", "assignment"],
)
def test_what_is_nested_without_end_is_a_line(
    tmp_path: Path, text: str, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "deep.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        read(path)


def test_all_that_does_not_fit_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(FILE.replace("96", "3").replace("true", '"maybe"'))
    with pytest.raises(DataError, match=r"line 4(.|\n)*line 12"):
        load_run_settings(path)


def test_the_line_of_a_row_is_found() -> None:
    text = '[[row]]\nname = "a"\n\n[[row]]\nname = "b"\nsize = 3\n'
    assert line_of(text, ("row", 1, "size")) == 6
    assert line_of(text, ("row", 1, "gone")) == 4


def test_what_is_kept_with_a_model_names_no_patient_and_no_place(tmp_path: Path) -> None:
    said = ["data.exclude=['anna']", f"data.folder={tmp_path}", f"recipe.init={tmp_path}/w.pth"]
    text = settings_text(load_run_settings(given={"recipe.name": "m"}, assignments=said).shared())
    assert "anna" not in text
    assert str(tmp_path) not in text
    assert 'init = "w.pth"' in text


def test_settings_are_shown_and_nothing_is_trained(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(FILE)
    done = CliRunner().invoke(
        app, ["fit", "--config", str(path), "--set", "recipe.seed=4", "--show"]
    )
    assert done.exit_code == 0, done.output
    path.write_text(done.stdout)
    assert load_run_settings(path).recipe.seed == 4


def test_the_version_and_examples_are_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout.strip() == napari_brainseg.__version__
    told = CliRunner().invoke(app, ["fit", "--help"], terminal_width=100).stdout
    assert all(word in told for word in ("Recipe", "Data", "Run", "Examples", "--set"))
    assert "brainseg-train fit LGG --name first" in " ".join(told.split())


def test_a_fit_without_data_or_name_is_refused_in_a_line(tmp_path: Path) -> None:
    for command, said in (
        (["fit", "--name", "m"], "There is no data folder"),
        (["fit", str(tmp_path)], "recipe.name is missing: --name"),
    ):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 1
        assert said in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        (["data", "d"], "recipe.size=64"),
        (["evaluate", "lgg-flair-unet", "d"], "recipe.size=64"),
        (["tune", "d", "space.toml", "--trials", "1"], "run.models=m"),
        (["benchmark", "d"], "size=64"),
        (["finetune", "lgg-flair-unet", "d"], "data.name=own"),
    ],
)
def test_what_a_command_would_pass_over_is_refused(command: list[str], wrong: str) -> None:
    done = CliRunner().invoke(app, [*command, "--set", wrong])
    assert done.exit_code == 1
    assert f"--set {wrong}: this command takes" in " ".join(done.output.split())


def test_a_search_takes_changes_of_its_recipe(tmp_path: Path) -> None:
    from brainseg_train.tune import read_space

    path = tmp_path / "space.toml"
    path.write_text("[recipe]\nsize = 128\n[space]\nlearning_rate = {low = 1e-4, high = 1e-2}\n")
    assert read_space(path, {"size": 96, "epochs": 3}).recipe.size == 96
