"""Networks on the CPU by OpenVINO: two to ten times as fast as torch there, and without it."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ModelError
from napari_brainseg.models.bundle import load_network, read_graph, read_weights
from napari_brainseg.models.graph import GRAPH_LAYOUT, Graph, pack_graph, unpack_graph
from napari_brainseg.pipeline.backends import cache
from napari_brainseg.pipeline.backends.interface import OutOfMemory, Unsupported
from napari_brainseg.pipeline.backends.openvino_runtime import (
    HOW_TO_GET_IT,
    core,
    default_threads,
    is_there,
    machine,
    openvino,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.backends.interface import BackendName, Precision

__all__ = ["OpenVinoBackend"]

KEPT = 3
"""Compiled networks that stay in memory, some 100 MB each."""

SHOWN = "slices one by one"
"""How a graph is compiled: for one slice its code is faster than for any number, as fast as in
batches of four, and takes the memory of one."""

_HINTS: dict[Precision, str] = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}


class OpenVinoBackend:
    """Runs networks by OpenVINO; see :class:`~.interface.Backend`."""

    name: BackendName = "openvino"

    def __init__(self) -> None:
        self._compiled: OrderedDict[tuple[str, ...], Any] = OrderedDict()
        self._lock = Lock()

    def open(
        self, bundle: Bundle, device: str, precision: Precision, threads: int | None = None
    ) -> OpenVinoNetwork:
        """Compile a model, or take it from memory or from disk."""
        if device != "cpu":
            raise Unsupported("OpenVINO is used for the CPU only")
        if not is_there():
            raise Unsupported(f"OpenVINO is not installed. {HOW_TO_GET_IT}")
        if bundle.card.preprocessing.tile:
            raise Unsupported("slices are shown to it in tiles")
        # Two threads that need the same network wait for one of them to make it.
        with self._lock:
            return OpenVinoNetwork(self._get(bundle, precision, threads or default_threads()))

    def _get(self, bundle: Bundle, precision: Precision, threads: int) -> Any:
        key = (bundle.card.weights_sha256, _graph_id(bundle, precision), precision, str(threads))
        if key not in self._compiled:
            self._compiled[key] = _compile(bundle, precision, threads, (*key, SHOWN, machine()))
        self._compiled.move_to_end(key)
        while len(self._compiled) > KEPT:
            self._compiled.popitem(last=False)
        return self._compiled[key]


class OpenVinoNetwork:
    """One compiled network and the memory of one run; see :class:`~.interface.Runnable`."""

    def __init__(self, compiled: Any) -> None:
        self._request = compiled.create_infer_request()

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return probabilities (n, K, H, W) for standardised slices (n, C, H, W)."""
        return np.concatenate([self._answer(batch[i : i + 1]) for i in range(len(batch))])

    def _answer(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            answer = self._request.infer([image], share_inputs=True)[0]
        except MemoryError as error:
            raise OutOfMemory from error
        except RuntimeError as error:
            if "alloc" not in str(error).lower():
                raise
            raise OutOfMemory from error
        # Its own memory is written over by the next one.
        return np.array(answer, dtype=np.float32)


def _compile(bundle: Bundle, precision: Precision, threads: int, made_from: tuple[str, ...]) -> Any:
    """Compile a network, or load what was compiled here before."""
    settings = {
        "INFERENCE_PRECISION_HINT": _HINTS[precision],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    if (kept := cache.recall("compiled", *made_from)) is not None:
        with suppress(RuntimeError):  # as good as none: made anew below
            blob = openvino().Tensor(np.frombuffer(kept, dtype=np.uint8))
            return core().import_model(blob, "CPU", settings)
    weights = read_weights(bundle)
    graph = _graph(bundle, precision, weights)
    model = core().read_model(graph.topology, openvino().Tensor(graph.buffer(weights)))
    model.reshape({model.inputs[0]: [1, bundle.card.preprocessing.in_channels, -1, -1]})
    compiled = core().compile_model(model, "CPU", settings)
    cache.store("compiled", bytes(compiled.export_model().getbuffer()), *made_from)
    return compiled


def _graph_id(bundle: Bundle, precision: Precision) -> str:
    """Name the graph of a model: by the card's digest of it, or by how it is made here."""
    runtime = bundle.card.runtime
    known = runtime.int8_sha256 if precision == "int8" else runtime.graph_sha256
    return known or f"layout {GRAPH_LAYOUT}"


def _graph(bundle: Bundle, precision: Precision, weights: bytes) -> Graph:
    """Take a model's graph from its folder, from the cache, or make it with torch."""
    if (shipped := read_graph(bundle, int8=precision == "int8")) is not None:
        return shipped
    if precision == "int8":
        raise Unsupported("the model has no graph in int8")
    made_from = (bundle.card.weights_sha256, openvino().__version__, f"layout {GRAPH_LAYOUT}")
    if (kept := cache.recall("graph", *made_from)) is not None:
        with suppress(ModelError):
            return unpack_graph(kept)
    from napari_brainseg.pipeline.backends.convert import convert

    channels = bundle.card.preprocessing.in_channels
    graph = convert(load_network(bundle), channels, weights, bundle.card.weights_sha256)
    cache.store("graph", pack_graph(graph), *made_from)
    return graph
