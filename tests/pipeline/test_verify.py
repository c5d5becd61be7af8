"""Every bundle is opened whole, and what is wrong with it is said; ONNX answers as torch does."""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from napari_brainseg.cli import app
from napari_brainseg.errors import ModelError, SaveError
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline import export_onnx as exporting
from napari_brainseg.pipeline.backends.convert import log_odds_apart
from napari_brainseg.pipeline.export_onnx import export_onnx
from napari_brainseg.pipeline.verify import verify_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

needs_openvino = pytest.mark.skipif(find_spec("openvino") is None, reason="no OpenVINO here")


@pytest.fixture
def bundle(tiny_bundle: Bundle, tmp_path: Path) -> Bundle:
    return open_bundle(shutil.copytree(tiny_bundle.path, tmp_path / "models" / "tiny"))


def edit(bundle: Bundle, **changes: object) -> Bundle:
    path = bundle.path / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return open_bundle(bundle.path)


def change_weights(bundle: Bundle, content: bytes) -> Bundle:
    (bundle.path / "model.safetensors").write_bytes(content)
    return edit(bundle, weights_sha256=hashlib.sha256(content).hexdigest())


def test_a_sound_model_is_found_sound() -> None:
    verdict = verify_bundle(find_models().default)
    assert verdict.problems == verdict.notes == ()
    if find_spec("openvino"):
        assert verdict.parity is not None
        assert verdict.parity < 1e-3


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda b: edit(b, weights_sha256="0" * 64), "SHA-256"),
        (lambda b: change_weights(b, b"no safetensors at all"), "damaged"),
        (lambda b: change_weights(b, b"\x80\x04pickle"), "can run code"),
        (lambda b: edit(b, encoder="resnet18"), "do not fit"),
        (lambda b: edit(b, encoder="no-such-encoder"), "no encoder"),
    ],
)
def test_what_is_wrong_is_said(bundle: Bundle, spoil: object, said: str) -> None:
    (problem,) = verify_bundle(spoil(bundle)).problems  # type: ignore[operator]
    assert said in problem


def test_a_graph_that_is_not_the_cards_is_told(bundle: Bundle) -> None:
    (bundle.path / "graph.safetensors").write_bytes(b"other")
    changed = edit(bundle, runtime={"graph_sha256": "1" * 64})
    verdict = verify_bundle(changed)
    assert verdict.problems == ()
    assert "graph.safetensors is not the one" in verdict.notes[0]


@needs_openvino
def test_a_graph_that_answers_otherwise_is_found(tmp_path: Path) -> None:
    """The graph of one model beside the weights of another, both named by the card."""
    from napari_brainseg.models.graph import Graph, pack_graph, unpack_graph

    source = find_models().default
    bundle = open_bundle(shutil.copytree(source.path, tmp_path / "net"))
    path = bundle.path / "graph.safetensors"
    graph = unpack_graph(path.read_bytes())
    topology = graph.topology.replace(b'type="Sigmoid"', b'type="Tanh"')
    assert topology != graph.topology
    content = pack_graph(Graph(graph.weights_sha256, topology, graph.constants))
    path.write_bytes(content)
    runtime = json.loads(bundle.card.runtime.model_dump_json())
    changed = edit(bundle, runtime={**runtime, "graph_sha256": hashlib.sha256(content).hexdigest()})
    (problem,) = verify_bundle(changed).problems
    assert "apart in log-odds" in problem


def test_the_command_says_what_is_wrong_with_each(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = bundle.path.with_name("broken")
    shutil.copytree(bundle.path, broken)
    (broken / "card.json").write_text("{}")
    monkeypatch.setenv("BRAINSEG_MODELS", str(bundle.path.parent))
    done = CliRunner().invoke(app, ["models", "verify"])
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert sum(line.startswith("ok ") for line in lines) == len(lines) - 1
    assert "wrong  broken/card.json is not a valid model card" in done.stdout
    assert CliRunner().invoke(app, ["models", "verify", "tiny"]).exit_code == 0
    assert CliRunner().invoke(app, ["models", "verify", str(bundle.path)]).exit_code == 0
    gone = CliRunner().invoke(app, ["models", "verify", "no-such"])
    assert (gone.exit_code, gone.stdout.count("\n")) == (1, 1)


@pytest.mark.skipif(find_spec("onnx") is None, reason="the extra [onnx] is not installed")
class TestOnnx:
    def test_it_answers_as_torch_does(self, bundle: Bundle, tmp_path: Path) -> None:
        done = export_onnx(bundle, tmp_path / "tiny.onnx")
        assert done.parity < 1e-3
        assert json.loads((tmp_path / "tiny.card.json").read_text())["name"] == "tiny"
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "models",
            "tiny.card.json",
            "tiny.onnx",
        ]
        _, run = exporting._runner(done.path)
        batch = np.random.default_rng(1).normal(size=(3, 3, 96, 64)).astype(np.float32)
        with torch.inference_mode():
            expected = load_network(bundle)(torch.from_numpy(batch)).sigmoid().numpy()
        np.testing.assert_allclose(run(batch), expected, atol=1e-4)

    def test_a_file_that_is_there_is_asked_about(self, bundle: Bundle, tmp_path: Path) -> None:
        (tmp_path / "a.onnx").write_bytes(b"mine")
        with pytest.raises(SaveError, match="exists"):
            export_onnx(bundle, tmp_path / "a.onnx")
        assert (tmp_path / "a.onnx").read_bytes() == b"mine"
        export_onnx(bundle, tmp_path / "a.onnx", overwrite=True)

    def test_one_that_answers_otherwise_is_not_written(
        self, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            exporting, "_runner", lambda _: ("other", lambda b: np.full((2, 1, *b.shape[2:]), 0.5))
        )
        with pytest.raises(ModelError, match="answers otherwise than in torch"):
            export_onnx(bundle, tmp_path / "a.onnx")
        assert [path.name for path in tmp_path.iterdir()] == ["models"]

    def test_the_command(self, bundle: Bundle, tmp_path: Path) -> None:
        command = ["models", "export", str(bundle.path)]
        done = CliRunner().invoke(app, [*command, str(tmp_path / "a.onnx")])
        assert done.exit_code == 0, done.output
        assert "a.onnx  log-odds within" in done.stdout
        wrong = CliRunner().invoke(app, [*command, str(tmp_path / "a.pt")])
        assert (wrong.exit_code, wrong.stderr.count("\n")) == (1, 1)


def test_without_onnx_the_remedy_is_one_line(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r'pip install "napari-brainseg\[onnx\]"'):
        export_onnx(bundle, tmp_path / "a.onnx")


def test_log_odds_tell_what_probabilities_hide() -> None:
    sure, surer = np.float32([[1e-8]]), np.float32([[1e-6]])
    assert log_odds_apart(sure, surer) == pytest.approx(np.log(100), rel=1e-3)
    assert log_odds_apart(sure, sure) == 0
    assert log_odds_apart(sure, surer[0]) == float("inf")
    assert not log_odds_apart(sure, np.float32([[np.nan]])) <= 1


def test_a_model_that_finds_no_memory_hides_no_other(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_bundle: object) -> None:
        raise MemoryError

    monkeypatch.setattr("napari_brainseg.pipeline.verify.load_network", fail)
    verdict = verify_bundle(bundle)
    assert "needs more memory" in verdict.problems[0]
