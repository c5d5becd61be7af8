"""The networks of a model taken further by another recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from lightning_fabric import Fabric
from small_runs import QUIET
from test_mixed_table import mixed
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.cases import checked_cases, find_cases
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.options import DataOptions
from brainseg_train.errors import DataError
from brainseg_train.train.card import DataUsed, make_card
from brainseg_train.train.config import RunConfig
from brainseg_train.train.distil import Teacher
from brainseg_train.train.export import write_bundle
from brainseg_train.train.fit import fit
from brainseg_train.train.further import train_further
from brainseg_train.train.init import start_network
from brainseg_train.train.loop import Trained
from brainseg_train.train.preprocessing import preprocessing_for
from brainseg_train.train.settings import PlaceOptions, RunSettings
from napari_brainseg.models.architectures import Architecture
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.card import CaseCounts
from napari_brainseg.models.ensemble import Ensemble
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from napari_brainseg.models.bundle import Bundle

RECIPE = """
title = "Further"

[recipe]
encoder = "timm-mobilenetv3_small_minimal_100"
epochs = 1
slices_per_epoch = 8
batch_size = 4
validation = 0
scaling = "brain"
scanners = 1.0
stripped = 0.5

[[row]]
name = "next"
members = 2

[[row]]
name = "linknet"
architecture = "linknet"
"""
FIRST = RunConfig(
    name="first",
    encoder="timm-mobilenetv3_small_minimal_100",
    init="random",
    size=64,
    epochs=1,
    slices_per_epoch=8,
    batch_size=4,
    members=2,
    validation=0,
)


@pytest.fixture
def first(dataset: Path, tmp_path: Path) -> Bundle:
    """Write a model of two networks with random weights, which chose a threshold."""
    starts = [start_network(replace(FIRST, seed=seed), 3) for seed in (0, 1)]
    network = Ensemble(start.network for start in starts).eval()
    data = DataUsed(
        sha256=checked_cases(dataset, "trained")[1].sha256,
        learned=load_dataset(find_cases(dataset), preprocessing_for(FIRST)).patients,
        held_out=(),
        cases=CaseCounts(train=0),
        trained_on="nothing",
        validation="none",
    )
    trained = Trained(network, starts[0].weights, (), 0)
    card = make_card(FIRST, preprocessing_for(FIRST), trained, data)
    card = card.model_copy(update={"threshold": 0.3, "keep_fraction": 0.1})
    return write_bundle(network, card, tmp_path / "first", overwrite=False)


def taken_further(
    first: Bundle, dataset: Path, home: Path, *more: str, row: str = "next"
) -> Bundle:
    """Run the command, and open what it exported."""
    (home / "recipe.toml").write_text(RECIPE)
    places = ["--models", str(home / "models"), "--runs", str(home / "runs")]
    recipe = ["--protocol", str(home / "recipe.toml"), "--row", row, "--size", "64"]
    call = ["further", str(first.path), str(dataset), *recipe, *places, "--accelerator", "cpu"]
    done = CliRunner().invoke(app, [*call, *more])
    assert done.exit_code == 0, done.output
    return open_bundle(home / "models" / row)


def test_each_network_goes_on_from_its_own_weights(
    first: Bundle, dataset: Path, tmp_path: Path
) -> None:
    bundle = taken_further(first, dataset, tmp_path)
    before, after = load_network(first), load_network(bundle)
    assert isinstance(before, Ensemble)
    assert isinstance(after, Ensemble)
    for old, new in zip(before.members, after.members, strict=True):
        pairs = [*zip(old.parameters(), new.parameters(), strict=True)]
        assert any(not torch.equal(a, b) for a, b in pairs)
        assert all(torch.allclose(a, b, atol=0.05) for a, b in pairs)


def test_what_is_exported_may_be_blended_with_what_was_before(
    first: Bundle, dataset: Path, tmp_path: Path
) -> None:
    kept = {}
    for share in ("0", "0.5", "1"):
        home = tmp_path / share
        home.mkdir()
        bundle = taken_further(first, dataset, home, "--set", f"recipe.blend={share}")
        kept[share] = load_network(bundle).state_dict()
    before = load_network(first).state_dict()
    for key, half in kept["0.5"].items():
        if half.is_floating_point():
            torch.testing.assert_close(half, (kept["0"][key] + before[key]) / 2, atol=2e-3, rtol=0)
            torch.testing.assert_close(kept["1"][key], before[key])
    assert any(not torch.equal(kept["0"][key], before[key]) for key in before)


@pytest.mark.parametrize("option", ["blend", "distilled"])
def test_a_new_network_has_nothing_to_go_on_from(
    dataset: Path, tmp_path: Path, option: str
) -> None:
    recipe = replace(FIRST, name="new", members=1, **{option: 0.5})
    with pytest.raises(DataError, match=rf"Leave recipe\.{option} out"):
        fit(dataset, recipe, tmp_path / "models", tmp_path / "runs", QUIET)


def test_the_card_says_what_it_is_and_keeps_what_was_chosen(
    first: Bundle, dataset: Path, tmp_path: Path
) -> None:
    out = find_cases(dataset)[0]
    card = taken_further(first, dataset, tmp_path, "--exclude", out.name).card
    assert card.preprocessing.scaling == "brain"
    assert (card.threshold, card.keep_fraction, card.members) == (0.3, 0.1, 2)
    assert card.trained_on.startswith("7 cases")
    assert card.start is not None
    assert (card.start.kind, card.start.source) == ("model", "first")
    assert card.validation.startswith("not measured")
    assert card.metrics == {}
    segmented = segment_scan(out.read()[0], open_bundle(tmp_path / "models" / "next"), device="cpu")
    assert segmented.complete


def test_another_decoder_goes_on_from_the_encoder(
    first: Bundle, dataset: Path, tmp_path: Path
) -> None:
    bundle = taken_further(first, dataset, tmp_path, row="linknet")
    assert (bundle.card.architecture, bundle.card.members) == ("linknet", 1)
    assert (bundle.card.threshold, bundle.card.temperature) == (0.3, 1.0)
    before = load_network(first)
    assert isinstance(before, Ensemble)
    old = before.members[0].get_submodule("encoder").parameters()
    new = load_network(bundle).get_submodule("encoder").parameters()
    assert all(torch.allclose(a, b, atol=0.05) for a, b in zip(old, new, strict=True))


def test_one_network_learns_from_all_of_the_model_before(
    first: Bundle, dataset: Path, tmp_path: Path
) -> None:
    kept = {}
    for share in ("0", "1"):
        home = tmp_path / share
        home.mkdir()
        said = ("--set", "recipe.members=1", "--set", f"recipe.distilled={share}")
        bundle = taken_further(first, dataset, home, *said)
        assert bundle.card.training["distilled"] == float(share)
        kept[share] = load_network(bundle).state_dict()
    assert any(not torch.equal(kept["0"][key], kept["1"][key]) for key in kept["0"])


def test_targets_are_softened_by_what_the_teacher_says() -> None:
    class Says(torch.nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images[:, :1]

    fabric = Fabric(accelerator="cpu", devices=1)
    planes = torch.ones(1, 2, 1, 1)  # a class, and voxels that do not count
    images = torch.full((1, 3, 1, 1), 0.4).logit()
    softened = Teacher(Says(), 0.25).soften(planes, images, fabric)
    torch.testing.assert_close(softened.flatten(), torch.tensor([0.75 + 0.25 * 0.4, 1.0]))
    torch.testing.assert_close(Teacher(Says(), 0.0).soften(planes, images, fabric), planes)


@pytest.mark.parametrize(
    ("changes", "options", "said"),
    [
        ({"size": 96}, {}, "at 96 px"),
        ({"members": 3}, {}, "has 2"),
        ({"patience": 2, "validation": 0.2}, {}, "validation patients"),
        ({"blend": 0.5, "architecture": Architecture.LINKNET}, {}, "nothing of 'first' to blend"),
        ({}, {"windows": {"FLAIR": (0, 80)}}, "Leave data.windows out"),
        ({}, {"sequences": ("FLAIR", "T2", "T1")}, "taken for FLAIR, T2, T1"),
        ({}, {"classes": {"core": 1, "rim": 2}}, "finds tumour, but"),
    ],
)
def test_what_does_not_go_on_is_refused(
    first: Bundle,
    dataset: Path,
    tmp_path: Path,
    changes: dict[str, Any],
    options: dict[str, Any],
    said: str,
) -> None:
    recipe = replace(FIRST, name="other", **changes)
    settings = RunSettings(recipe, DataOptions(dataset, **options), PlaceOptions())
    with pytest.raises(DataError, match=said):
        train_further(first, settings, tmp_path, tmp_path, QUIET)


def test_a_table_of_several_data_sets_is_gone_on_with(first: Bundle, tmp_path: Path) -> None:
    table = mixed(tmp_path, "case,patient,folder,FLAIR,T2,mask")  # the model is not shown T2
    places = ["--models", str(tmp_path / "models"), "--runs", str(tmp_path / "runs")]
    said = ["data.classes={tumour=[1,2,4]}", 'data.name="Both"', "recipe.members=1"]
    said += ["recipe.epochs=2", "run.accelerator=cpu"]
    call = ["further", str(first.path), str(table), *places, "--name", "both"]
    for each in said:
        call += ["--set", each]
    shown = CliRunner().invoke(app, [*call, "--show"])
    assert "epochs = 2" in shown.output
    assert not (tmp_path / "runs").exists()
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    bundle = open_bundle(tmp_path / "models" / "both")
    assert bundle.card.trained_on.startswith("4 cases of Both")
    assert (bundle.card.roles, bundle.card.classes) == (first.card.roles, first.card.classes)
    assert 'name = "Both"' in (bundle.path / "run.toml").read_text()
