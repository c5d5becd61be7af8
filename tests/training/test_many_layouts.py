"""Folders as labs and public data sets have them: read, or refused for the true reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from many_layouts import LAYOUTS, write
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.cases import checked_data
from brainseg_train.data.folder import open_data

if TYPE_CHECKING:
    from pathlib import Path

READ = sorted(name for name, (_, _, refused) in LAYOUTS.items() if not refused)
REFUSED = sorted(LAYOUTS.keys() - READ)


@pytest.mark.parametrize("name", READ)
def test_what_can_be_trained_on_is_accepted(tmp_path: Path, name: str) -> None:
    place, said = write(name, tmp_path / "data")
    done = CliRunner().invoke(app, ["data", str(place), *said])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    place, said = write(name, tmp_path / "data")
    done = CliRunner().invoke(app, ["data", str(place), *said], env={"COLUMNS": "500"})
    assert done.exit_code == 1
    assert LAYOUTS[name][2] in done.output


def test_slices_below_train_and_test_stay_in_their_parts(tmp_path: Path) -> None:
    place, _ = write("slices_below_train_and_test", tmp_path / "data")
    assert sorted(set(open_data(place).parts.values())) == ["test", "train"]
    assert sorted(open_data(place).parts.values()) == ["test", "test", *4 * ["train"]]


def test_two_folders_of_each_part_stay_in_their_parts(tmp_path: Path) -> None:
    place, _ = write("parts_of_two_folders_each", tmp_path / "data")
    assert sorted(open_data(place).parts.values()) == ["test", *3 * ["train"], "validation"]


def test_files_of_channels_are_those_that_dataset_json_names(tmp_path: Path) -> None:
    place, _ = write("nnunet_version_1", tmp_path / "data")
    data, report = checked_data(place, "trained")
    assert data.layout == "nnU-Net"
    assert [role.name for role in data.roles] == ["FLAIR", "pre-contrast"]
    assert report.cases == 3
