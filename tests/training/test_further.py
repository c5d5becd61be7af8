"""The networks of a model taken further by another recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from small_runs import QUIET
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.cases import checked_cases, find_cases
from brainseg_train.data.dataset import load_dataset
from brainseg_train.errors import DataError
from brainseg_train.train.card import DataUsed, make_card
from brainseg_train.train.config import RunConfig
from brainseg_train.train.export import write_bundle
from brainseg_train.train.further import train_further
from brainseg_train.train.init import start_network
from brainseg_train.train.loop import Trained
from brainseg_train.train.preprocessing import preprocessing_for
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.card import CaseCounts
from napari_brainseg.models.ensemble import Ensemble
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_run_of_another_network_is_refused(first: Bundle, dataset: Path, tmp_path: Path) -> None:
    other = replace(FIRST, name="other", size=96)
    with pytest.raises(DataError, match="at 96 px"):
        train_further(first, dataset, other, tmp_path, tmp_path, QUIET, accelerator="cpu")
    more = replace(FIRST, name="more", members=3)
    with pytest.raises(DataError, match="has 2"):
        train_further(first, dataset, more, tmp_path, tmp_path, QUIET, accelerator="cpu")
