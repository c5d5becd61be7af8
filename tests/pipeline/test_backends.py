"""Networks are run by several libraries, and answer alike."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from napari_brainseg.errors import ModelError
from napari_brainseg.models.architectures import NO_ENCODER, Architecture, build_network
from napari_brainseg.models.bundle import read_graph, read_weights
from napari_brainseg.models.graph import Graph, pack_graph, unpack_graph
from napari_brainseg.pipeline.backends import (
    DeviceLost,
    OutOfMemory,
    TorchNetwork,
    Unsupported,
    cache,
    open_network,
    openvino_backend,
)
from napari_brainseg.pipeline.backends.convert import convert, graph_of_model
from napari_brainseg.pipeline.backends.doubling import convolve_before_doubling
from napari_brainseg.pipeline.backends.openvino_backend import OpenVinoBackend
from napari_brainseg.pipeline.backends.openvino_runtime import (
    LIMITS,
    core,
    machine,
    model_of,
    openvino,
)
from napari_brainseg.pipeline.backends.torch_backend import limited_threads

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

needs_openvino = pytest.mark.skipif(
    find_spec("openvino") is None, reason="OpenVINO is not installed"
)

DOUBLING = {Architecture.UNET, Architecture.UNETPLUSPLUS, Architecture.MANET}
"""Decoders that convolve what they have just doubled."""

IMAGES = np.random.default_rng(0).normal(size=(2, 3, 96, 64)).astype(np.float32)


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty cache, and return its folder of graphs."""
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path))
    return cache.cache_folder()


@needs_openvino
@pytest.mark.parametrize("shape", [(1, 64, 64), (2, 96, 64), (3, 160, 224)])
def test_openvino_answers_as_torch_does(tiny_bundle: Bundle, shape: tuple[int, ...]) -> None:
    count, height, width = shape
    images = np.random.default_rng(1).normal(size=(count, 3, height, width)).astype(np.float32)
    expected, found = (
        open_network(tiny_bundle, name).run(images) for name in ("torch", "openvino")
    )
    np.testing.assert_allclose(found, expected, atol=1e-3)


@needs_openvino
def test_what_was_opened_once_is_open(tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    open_network(tiny_bundle, "openvino")
    module = sys.modules["napari_brainseg.pipeline.backends.openvino_backend"]
    monkeypatch.delattr(module, "_compile")
    assert open_network(tiny_bundle, "openvino").run(IMAGES).shape == (2, 1, 96, 64)


@needs_openvino
def test_a_compiled_graph_is_kept_and_a_damaged_one_made_anew(
    tiny_bundle: Bundle, fresh: Path
) -> None:
    expected = OpenVinoBackend().open(tiny_bundle, "cpu", "fp32", 1).run(IMAGES)
    files = sorted(fresh.iterdir())
    assert {path.suffix for path in files} == {".compiled", ".graph"}
    for path in files:
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    damaged = [path.read_bytes() for path in files]
    found = OpenVinoBackend().open(tiny_bundle, "cpu", "fp32", 1).run(IMAGES)
    np.testing.assert_array_equal(found, expected)
    assert all(path.read_bytes() != old for path, old in zip(files, damaged, strict=True))


@needs_openvino
@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("found", "instead"), [(b'offset="', b'offset="99999999999'), (b"</layers>", b"")]
)
def test_a_graph_of_other_weights_is_refused_in_a_line(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, found: bytes, instead: bytes
) -> None:
    module = sys.modules["napari_brainseg.pipeline.backends.openvino_backend"]
    own = module._graph

    def spoilt(*asked: object) -> Graph:
        graph = own(*asked)
        return replace(graph, topology=graph.topology.replace(found, instead))

    monkeypatch.setattr(module, "_graph", spoilt)
    with pytest.raises(ModelError, match=r"^The graph of model .* does not belong to its weights"):
        OpenVinoBackend().open(tiny_bundle, "cpu", "fp32", 1)


@needs_openvino
@pytest.mark.usefixtures("fresh")
def test_a_graph_that_cannot_take_the_slices_is_left_to_torch(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops = openvino().opset13
    image = ops.parameter([1, 5, -1, -1], np.float32)  # of five channels, and the card has three
    kernels = ops.constant(np.ones((1, 5, 1, 1), np.float32))
    answer = ops.sigmoid(ops.convolution(image, kernels, [1, 1], [0, 0], [0, 0], [1, 1]))
    weights = read_weights(tiny_bundle)
    model = openvino().Model([answer], [image], "other")
    other = graph_of_model(model, weights, tiny_bundle.card.weights_sha256, half=False)
    module = sys.modules["napari_brainseg.pipeline.backends.openvino_backend"]
    monkeypatch.setattr(module, "_graph", lambda *_: other)
    with pytest.raises(Unsupported, match=r"^[^\n]+$"):
        OpenVinoBackend().open(tiny_bundle, "cpu", "fp32", 1)


def test_the_cache_finds_only_what_was_stored_for_the_same(fresh: Path) -> None:
    cache.store("graph", b"one", "weights", "version 1")
    assert cache.recall("graph", "weights", "version 1") == b"one"
    assert cache.recall("graph", "weights", "version 2") is None
    assert cache.recall("compiled", "weights", "version 1") is None
    (path,) = fresh.iterdir()
    cache.store("graph", b"two", "weights", "version 2")
    (other,) = set(fresh.iterdir()) - {path}
    other.write_bytes(path.read_bytes())  # from elsewhere
    assert cache.recall("graph", "weights", "version 2") is None


@needs_openvino
@pytest.mark.parametrize("limit", LIMITS)
def test_what_was_compiled_for_more_instructions_is_not_found(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    before = machine.__wrapped__()
    monkeypatch.setenv(limit, "SSE41")
    assert machine.__wrapped__() != before


def test_a_cache_that_cannot_be_written_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path / "file"))
    cache.store("graph", b"one", "weights")
    assert cache.recall("graph", "weights") is None


def test_the_oldest_go_when_the_cache_is_full(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT_BYTES", 2500)
    for index in range(4):
        cache.store("graph", bytes(1000), str(index))
    assert len(list(fresh.iterdir())) == 2
    assert cache.recall("graph", "3") is not None


def test_a_graph_comes_back_as_it_was_written() -> None:
    graph = Graph("0" * 64, b"<net/>", np.arange(9, dtype=np.uint8))
    again = unpack_graph(pack_graph(graph))
    assert (again.weights_sha256, again.topology) == (graph.weights_sha256, graph.topology)
    np.testing.assert_array_equal(again.constants, graph.constants)


@pytest.mark.parametrize(
    "topology",
    [
        b'<!DOCTYPE net [<!ENTITY a "b">]><net/>',
        b'<layer type="Anything" version="extension"/>',
    ],
)
def test_a_graph_of_more_than_operations_is_refused(topology: bytes) -> None:
    packed = pack_graph(Graph("0" * 64, topology, np.zeros(0, dtype=np.uint8)))
    with pytest.raises(ModelError, match="own operations"):
        unpack_graph(packed)


@pytest.mark.parametrize("cut", [0, 7, 40, 200])
def test_a_damaged_graph_is_refused(cut: int) -> None:
    packed = pack_graph(Graph("0" * 64, b"<net/>", np.zeros(100, dtype=np.uint8)))
    with pytest.raises(ModelError, match="damaged"):
        unpack_graph(packed[:cut])


def test_a_graph_is_for_its_own_weights_only(tiny_bundle: Bundle) -> None:
    weights = read_weights(tiny_bundle)
    with pytest.raises(ModelError, match="other weights"):
        Graph("0" * 64, b"<net/>", np.zeros(0, dtype=np.uint8)).buffer(weights)


def test_a_graph_that_the_card_does_not_name_is_not_read(tiny_bundle: Bundle) -> None:
    assert read_graph(tiny_bundle) is None
    runtime = tiny_bundle.card.runtime.model_copy(update={"graph_sha256": "0" * 64})
    named = replace(tiny_bundle, card=tiny_bundle.card.model_copy(update={"runtime": runtime}))
    assert read_graph(named) is None


@needs_openvino
def test_openvino_leaves_to_torch_what_it_cannot_run(tiny_bundle: Bundle) -> None:
    with pytest.raises(Unsupported, match="CPU only"):
        open_network(tiny_bundle, "openvino", "cuda:0")
    with pytest.raises(Unsupported, match="int8"):
        open_network(tiny_bundle, "openvino", precision="int8")


@needs_openvino
def test_a_precision_that_the_processor_lacks_is_not_taken_for_another(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_backend, "has_bf16", lambda: False)
    with pytest.raises(Unsupported, match="does not compute in bfloat16"):
        open_network(tiny_bundle, "openvino", precision="bf16")


SILENT = """
import socket, sys
def forbid(*args, **keywords):
    raise AssertionError("the network was used")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = forbid
import threading
started = []
start = threading.Thread.start
threading.Thread.start = lambda self: (started.append(self.name), start(self))
from napari_brainseg.pipeline.backends.openvino_runtime import openvino
openvino()
assert "openvino" in sys.modules
assert not any(name.startswith("openvino_telemetry.") for name in sys.modules)
assert started == [], started
"""


@needs_openvino
def test_openvino_is_loaded_without_telling_anybody() -> None:
    result = subprocess.run([sys.executable, "-c", SILENT], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


class Failing(torch.nn.Module):
    """Raises what it is given."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        raise self.error


@pytest.mark.parametrize(
    ("error", "device", "named"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "cpu", OutOfMemory),
        (RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"), "cpu", OutOfMemory),
        (RuntimeError("anything else"), "cpu", RuntimeError),
    ],
)
def test_errors_of_torch_are_told_apart(
    error: Exception, device: str, named: type[Exception]
) -> None:
    with pytest.raises(named):
        TorchNetwork(Failing(error), device).run(IMAGES)


def test_a_device_that_is_not_there_is_lost() -> None:
    with pytest.raises(DeviceLost):
        TorchNetwork(torch.nn.Identity(), "cuda:63").run(IMAGES)


def test_few_threads_for_one_run_leave_torch_as_it_was() -> None:
    usual = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with limited_threads(1):
            assert torch.get_num_threads() == 1
            others: list[int] = []
            other = Thread(target=lambda: others.append(torch.get_num_threads()))
            other.start()
            other.join()
            assert others == [3]
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(usual)


@needs_openvino
@pytest.mark.slow
@pytest.mark.parametrize("architecture", list(Architecture))
def test_every_architecture_has_a_graph_that_answers_alike_or_is_left_to_torch(
    architecture: Architecture,
) -> None:
    encoder = {
        Architecture.CLASSIC_UNET: NO_ENCODER,
        Architecture.SEGFORMER: "mit_b0",
        Architecture.DPT: "tu-vit_tiny_patch16_224.augreg_in21k",
    }.get(architecture, "resnet18")
    torch.manual_seed(0)
    # As a bundle's, in half precision: so the graph keeps them.
    network = build_network(architecture, encoder, 3, 1).half().float().eval()
    weights = save({"nothing": np.zeros(1, dtype=np.float16)})
    try:
        graph = convert(network, 3, weights, hashlib.sha256(weights).hexdigest())
    except Unsupported:
        pytest.skip("OpenVINO cannot run it for any size: torch does")
    model = model_of(graph, weights)
    request = core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    doubled = convolve_before_doubling(model)
    assert (doubled > 0) == (architecture in DOUBLING)
    undoubled = core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    for height, width in ((128, 128), (192, 160), (256, 256)):
        images = np.random.default_rng(1).normal(size=(1, 3, height, width)).astype(np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(images)).sigmoid().numpy()
        for each in (request, undoubled):
            np.testing.assert_allclose(each([images])[0], expected, atol=5e-3)
