"""A model that is shown brains with another contrast."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.cases import find_cases
from brainseg_train.data.prepared import case_slices
from brainseg_train.errors import DataError
from brainseg_train.train.contrast import with_contrast
from brainseg_train.train.export import write_bundle
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.card import Proof, RuntimeRecord
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle


@pytest.fixture
def by_brain(tiny_bundle: Bundle, tmp_path: Path) -> Bundle:
    """Write a model that scales by the brain, about which something was measured."""
    shown = replace(tiny_bundle.card.preprocessing, scaling="brain")
    proofs = {"fp32": Proof(patients=3, mean_change=0.0, worst_change=0.0)}
    runtime = RuntimeRecord(proofs=proofs, measured_on="three patients")
    update = {"name": "before", "preprocessing": shown, "runtime": runtime, "threshold": 0.3}
    card = tiny_bundle.card.model_copy(update=update)
    return write_bundle(load_network(tiny_bundle), card, tmp_path / "before", overwrite=False)


def test_the_same_network_is_shown_another_contrast(
    by_brain: Bundle, dataset: Path, tmp_path: Path
) -> None:
    call = ["contrast", str(by_brain.path), "1.5", "--name", "bolder", "--models", str(tmp_path)]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    bolder = open_bundle(tmp_path / "bolder")
    weights, before = (load_network(each).state_dict() for each in (bolder, by_brain))
    assert all(torch.equal(weights[key], before[key]) for key in before)
    scan = find_cases(dataset)[0].read()[0]
    cut_out = Scan(scan.data * (scan.data > 30), scan.affine, scan.channels, scan.source)
    for shown, changes in ((scan, False), (cut_out, True)):
        one, other = (segment_scan(shown, each).probabilities for each in (bolder, by_brain))
        assert np.array_equal(one, other) is not changes


def test_its_card_keeps_what_was_measured_of_heads_and_says_so(
    by_brain: Bundle, tmp_path: Path
) -> None:
    card, before = with_contrast(by_brain, 2.0, "bolder", tmp_path).card, by_brain.card
    assert card.preprocessing == replace(before.preprocessing, bare_contrast=2.0)
    assert (card.name, card.threshold, card.patients) == ("bolder", 0.3, before.patients)
    assert (card.metrics, card.quality) == (before.metrics, before.quality)
    assert card.runtime == RuntimeRecord()
    said = "bare brains are shown with a contrast of 2, and were with 1 when it was measured"
    assert card.validation.endswith(said)
    assert open_bundle(by_brain.path).card == before


@pytest.mark.parametrize(
    ("contrast", "name", "said"),
    [
        (9.0, "bolder", "cannot be shown a contrast of 9: .* less than or equal to 4"),
        (float("nan"), "bolder", "cannot be shown a contrast of nan"),
        (1.5, "before", "There is a model 'before'"),
        (1.5, "Bolder", "cannot be called 'Bolder'"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    by_brain: Bundle, tmp_path: Path, contrast: float, name: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        with_contrast(by_brain, contrast, name, tmp_path)


def test_a_model_that_does_not_scale_by_the_brain_is_refused(
    tiny_bundle: Bundle, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="nothing is scaled here; expected scaling"):
        with_contrast(tiny_bundle, 1.5, "bolder", tmp_path)


def test_the_skull_is_found_alike_whatever_the_network_is_shown(
    by_brain: Bundle, dataset: Path
) -> None:
    case, card = find_cases(dataset)[0], by_brain.card
    plain, drawn = (
        case_slices(case, replace(card.preprocessing, bare_contrast=contrast), card.roles).depth
        for contrast in (1.0, 1.5)
    )
    assert plain is not None
    assert drawn is not None
    assert np.array_equal(plain, drawn)
    assert len(np.unique(plain)) > 2
