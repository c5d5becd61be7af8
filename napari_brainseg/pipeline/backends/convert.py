"""From a network in torch to a graph that runs without it."""

from __future__ import annotations

import re
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.models.graph import Graph, weights_end
from napari_brainseg.pipeline.backends.interface import Unsupported
from napari_brainseg.pipeline.backends.openvino_runtime import core, model_of, openvino

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import nn

__all__ = ["LOG_ODDS", "convert", "graph_of_model", "log_odds_apart"]

CHECKED_AT = ((2, 64, 96), (1, 160, 128))
"""Batches (n, H, W) at which graph and network must agree."""

AGREEMENT = 2e-3
"""Largest difference of probabilities between graph and network, both in float32."""

LOG_ODDS = 0.01
"""The same in log-odds: a quarter of it, at most, in probabilities."""

_CONSTANT = re.compile(r'<data element_type="(\w+)" shape="[^"]*" offset="(\d+)" size="(\d+)"')
_REMARKS = re.compile(r"\s*<rt_info>.*?</rt_info>|\s*<rt_info />", re.DOTALL)


def convert(network: nn.Module, channels: int, weights: bytes, weights_sha256: str) -> Graph:
    """Convert a network, and see that the graph answers as the network does.

    Parameters
    ----------
    network : nn.Module
        On the CPU, in float32 and evaluation mode; gives logits (n, K, H, W).
    channels : int
        Input channels that it sees.
    weights : bytes
        Its weights file.
    weights_sha256 : str
        Of that file.

    Raises
    ------
    Unsupported
        If OpenVINO cannot convert it, or the graph answers otherwise.
    """
    import torch

    network = network.to(memory_format=torch.contiguous_format)
    with _one_thread(), torch.inference_mode():
        try:
            model = _model_of(network, channels)
        except Exception as error:  # whatever it raises, it is OpenVINO's to convert
            raise Unsupported(f"OpenVINO cannot convert it ({type(error).__name__})") from error
        graph = graph_of_model(model, weights, weights_sha256, half=_is_half(weights))
        _check(network, graph, weights, channels)
    return graph


def graph_of_model(model: Any, weights: bytes, weights_sha256: str, *, half: bool) -> Graph:
    """Lay the constants of an OpenVINO model into its weights file, as far as they are there.

    Parameters
    ----------
    model : openvino.Model
        Its constants are those of the network, none fused with another.
    half : bool
        Whether the weights file holds float16, so that the constants may be that too.
    """
    with tempfile.TemporaryDirectory() as folder:
        xml, binary = Path(folder) / "graph.xml", Path(folder) / "graph.bin"
        openvino().save_model(model, xml, compress_to_fp16=half)
        topology, constants = xml.read_text(encoding="utf-8"), binary.read_bytes()
    return Graph(weights_sha256, *_relocate(_REMARKS.sub("", topology), constants, weights))


def _relocate(topology: str, constants: bytes, weights: bytes) -> tuple[bytes, NDArray[np.uint8]]:
    """Point constants at the weights file where it holds the same bytes, else at what follows."""
    places = _tensor_places(weights)
    end, extra, seen = weights_end(len(weights)), bytearray(), dict[bytes, int]()

    def place(value: bytes) -> int:
        if value in places:
            return places[value]
        if value not in seen:
            extra.extend(bytes(-len(extra) % 64))
            seen[value] = end + len(extra)
            extra.extend(value)
        return seen[value]

    def moved(match: re.Match[str]) -> str:
        start, size = int(match[2]), int(match[3])
        offset = place(constants[start : start + size])
        return match[0].replace(f'offset="{start}"', f'offset="{offset}"')

    text = _CONSTANT.sub(moved, topology)
    return text.encode(), np.frombuffer(bytes(extra), dtype=np.uint8)


def _tensor_places(weights: bytes) -> dict[bytes, int]:
    """Where each tensor of a safetensors file begins, by its bytes."""
    start, header = _header(weights)
    places = {}
    for name, tensor in header.items():
        if name != "__metadata__":
            low, high = tensor["data_offsets"]
            places[weights[start + low : start + high]] = start + low
    return places


def _header(weights: bytes) -> tuple[int, dict[str, Any]]:
    import json

    start = 8 + int.from_bytes(weights[:8], "little")
    return start, json.loads(weights[8:start])


def _is_half(weights: bytes) -> bool:
    kinds = {tensor["dtype"] for name, tensor in _header(weights)[1].items() if "dtype" in tensor}
    return not kinds & {"F32", "F64", "BF16"}


def _model_of(network: nn.Module, channels: int) -> Any:
    """Convert without fusing anything into the weights, which would no longer be those on disk."""
    import torch

    openvino()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    frontend = FrontEndManager().load_by_framework("pytorch")
    example = torch.zeros(1, channels, 64, 64)
    with warnings.catch_warnings():
        # torch calls its tracing outdated, and tells of sizes that the check below goes into.
        warnings.simplefilter("ignore")
        decoder = TorchScriptPythonDecoder(network, example_input=example, trace_kwargs={})
    model = frontend.convert(frontend.load(decoder))
    model.reshape({model.inputs[0]: [-1, channels, -1, -1]})
    return _with_sigmoid(model)


def _with_sigmoid(model: Any) -> Any:
    ops = openvino().opset13
    logits = model.outputs[0].get_node().input_value(0)
    return openvino().Model([ops.sigmoid(logits)], model.get_parameters(), "brainseg")


def _check(network: nn.Module, graph: Graph, weights: bytes, channels: int) -> None:
    import torch

    request = core().compile_model(
        model_of(graph, weights), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    random = np.random.default_rng(0)
    for count, height, width in CHECKED_AT:
        images = random.normal(size=(count, channels, height, width)).astype(np.float32)
        try:
            found = request([images])[0]
        except RuntimeError as error:
            raise Unsupported("its graph takes slices of one size only") from error
        expected = network(torch.from_numpy(images)).sigmoid().numpy()
        if found.shape != expected.shape or not np.allclose(found, expected, atol=AGREEMENT):
            raise Unsupported("its graph answers otherwise than the network")


def log_odds_apart(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """Return the largest difference of two answers in log-odds; infinite where shapes differ.

    Probabilities alone would agree wherever a network is sure, as it is of noise. Those nearly 1
    are taken for 0.9999, where single precision has no more to tell.
    """
    if found.shape != expected.shape:
        return float("inf")
    with np.errstate(invalid="ignore"):
        sure = (np.clip(each.astype(np.float64), 1e-30, 0.9999) for each in (found, expected))
        odds = [np.log(each / (1 - each)) for each in sure]
    return float(np.abs(odds[0] - odds[1]).max())


@contextmanager
def _one_thread() -> Iterator[None]:
    """Convert on one core: threads that wait for a busy one take ten times as long."""
    import torch

    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(usual)
