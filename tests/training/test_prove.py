"""A model's graphs, and the proof of what its faster ways do."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from brainseg_train.cli import app
from brainseg_train.data.cases import find_cases
from brainseg_train.train.export import copy_bundle
from brainseg_train.train.prove import add_graph, prove
from napari_brainseg.models.bundle import open_bundle, read_graph
from napari_brainseg.models.card import Proof
from napari_brainseg.pipeline.backends import openvino_runtime
from napari_brainseg.pipeline.plan import plan_run

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

pytestmark = pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed")


def test_the_card_names_the_graph_and_says_what_was_measured(
    tiny_bundle: Bundle, dataset: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_bundle.path, tmp_path / "model")
    with_graph = add_graph(open_bundle(tmp_path / "model"))
    assert read_graph(with_graph) is not None
    done: list[int] = []
    proven = prove(with_graph, find_cases(dataset)[:2], "two patients", done.append)
    assert done == [1, 2]
    assert proven == open_bundle(tmp_path / "model")
    bf16 = {"bf16", "bf16-whole"} if openvino_runtime.has_bf16() else set()
    assert set(proven.card.runtime.proofs) == {"fp32"} | bf16
    assert proven.card.runtime.proofs["fp32"].patients == 2
    assert proven.card.runtime.measured_on == "two patients"
    assert proven.card.weights_sha256 == tiny_bundle.card.weights_sha256

    copied = copy_bundle(proven, proven.card, tmp_path / "copy", overwrite=False)
    assert read_graph(copied) is not None


def test_what_a_processor_cannot_compute_is_not_proven_on_it(
    tiny_bundle: Bundle, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenVINO computes in float32 then, and "no change" would be believed by other processors."""
    shutil.copytree(tiny_bundle.path, tmp_path / "model")
    monkeypatch.setattr(openvino_runtime, "has_bf16", lambda: False)
    result = CliRunner().invoke(app, ["prove", str(tmp_path / "model"), str(dataset)])
    assert result.exit_code == 0, result.output
    assert "bf16: not measured" in result.output
    proven = open_bundle(tmp_path / "model")
    assert set(proven.card.runtime.proofs) == {"fp32"}
    assert plan_run(proven, "cpu").precision == "fp32"


@pytest.mark.parametrize(
    ("mean", "worst", "holds"),
    [(0.002, 0.02, True), (-0.002, -0.02, True), (-0.0021, 0.0, False), (0.0, -0.021, False)],
)
def test_a_proof_holds_where_hardly_anything_changes(
    mean: float, worst: float, holds: bool
) -> None:
    assert Proof(patients=3, mean_change=mean, worst_change=worst).holds == holds
