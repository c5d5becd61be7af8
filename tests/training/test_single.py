"""One of a model's several networks as a model of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.errors import DataError
from brainseg_train.train.export import write_bundle
from brainseg_train.train.single import take_single
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.card import Proof, RuntimeRecord
from napari_brainseg.models.catalog import find_models
from napari_brainseg.models.ensemble import Ensemble

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

SCORES = {"dice_mean": 0.9}


@pytest.fixture
def pair(tiny_bundle: Bundle, tmp_path: Path) -> Bundle:
    """Write a model of two networks that differ, about which something was measured."""
    one, other = load_network(tiny_bundle), load_network(tiny_bundle)
    with torch.no_grad():
        for weight in other.parameters():
            weight.mul_(0.5)
    proofs = {"fp32": Proof(patients=3, mean_change=0.0, worst_change=0.0)}
    known = {"name": "pair", "title": "Two", "members": 2, "threshold": 0.2, "metrics": SCORES}
    runtime = RuntimeRecord(proofs=proofs, measured_on="three patients")
    training = tiny_bundle.card.training | {"members": 2}
    card = tiny_bundle.card.model_copy(update={**known, "runtime": runtime, "training": training})
    return write_bundle(Ensemble([one, other]), card, tmp_path / "pair", overwrite=False)


@pytest.mark.parametrize("number", [1, 2])
def test_it_answers_as_that_network_of_the_model_does(
    pair: Bundle, tmp_path: Path, number: int
) -> None:
    where = ["--name", "one", "--models", str(tmp_path)]
    call = ["single", str(pair.path), "--network", str(number), *where]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    single, whole = open_bundle(tmp_path / "one"), load_network(pair)
    assert isinstance(whole, Ensemble)
    images = torch.rand(1, single.card.preprocessing.in_channels, 64, 64)
    with torch.no_grad():
        answers = [network(images) for network in whole.members]
        assert torch.equal(load_network(single)(images), answers[number - 1])
    assert not torch.allclose(*answers)


def test_its_card_keeps_what_was_chosen_and_claims_nothing_of_itself(
    pair: Bundle, tmp_path: Path
) -> None:
    card, before = take_single(pair, 2, "one", tmp_path).card, pair.card
    assert (card.name, card.members, card.training["members"]) == ("one", 1, 1)
    assert (card.threshold, card.patients) == (before.threshold, before.patients)
    assert (card.metrics, card.quality, card.runtime) == ({}, None, RuntimeRecord())
    assert "network 2 of the 2 of pair, not measured" in card.validation
    assert open_bundle(pair.path).card == before


@pytest.mark.parametrize(
    ("number", "name", "said"),
    [
        (0, "one", "no network 0. Choose --network between 1 and 2"),
        (3, "one", "is of 2 networks, and there is no network 3"),
        (1, "pair", "There is a model 'pair'"),
        (1, "One", "cannot be called 'One'"),
    ],
)
def test_what_cannot_be_taken_is_refused(
    pair: Bundle, tmp_path: Path, number: int, name: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        take_single(pair, number, name, tmp_path)


def test_the_u_net_of_the_package_is_the_second_network_of_the_default(tmp_path: Path) -> None:
    models = find_models()
    taken, shipped = take_single(models.default, 2, "one", tmp_path), models.get("lgg-flair-unet")
    one, other = (load_network(bundle).state_dict() for bundle in (taken, shipped))
    assert one.keys() == other.keys()
    assert all(torch.equal(weights, other[key]) for key, weights in one.items())
    assert shipped.card.threshold == models.default.card.threshold


@pytest.mark.parametrize("number", [1, 2])
def test_one_network_is_refused_and_told(tiny_bundle: Bundle, tmp_path: Path, number: int) -> None:
    with pytest.raises(DataError, match="is one network already"):
        take_single(tiny_bundle, number, "one", tmp_path)
    assert not (tmp_path / "one").exists()
