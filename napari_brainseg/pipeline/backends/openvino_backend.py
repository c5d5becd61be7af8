"""Networks on the CPU by OpenVINO: two to ten times as fast as torch there, and without it."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ModelError
from napari_brainseg.language import tr
from napari_brainseg.models.bundle import load_network, read_graph, read_weights
from napari_brainseg.models.graph import GRAPH_LAYOUT, Graph, graph_name, pack_graph, unpack_graph
from napari_brainseg.pipeline.backends import cache
from napari_brainseg.pipeline.backends.doubling import convolve_before_doubling, is_quick
from napari_brainseg.pipeline.backends.interface import OutOfMemory, Unsupported
from napari_brainseg.pipeline.backends.openvino_runtime import (
    HOW_TO_GET_IT,
    core,
    default_threads,
    has_bf16,
    is_there,
    machine,
    model_of,
    openvino,
)
from napari_brainseg.pipeline.backends.sparing import SparingNetwork
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.backends.interface import BackendName, Precision, Runnable

__all__ = ["OpenVinoBackend"]

KEPT = 3
"""Compiled models that stay in memory, some 100 MB each."""

SIDE_BY_SIDE = 2
"""Slices that run at once, where there are so many threads. Two that have a thread each take two
thirds to nine tenths of the time of one that has both, since many layers of such networks are too
small to share, and neither waits where another process takes a core. More would take more memory.
"""

SHOWN = f"slices one by one, {SIDE_BY_SIDE} side by side, convolved before they are doubled"
"""How a graph is compiled: for one slice its code is faster than for any number, as fast as in
batches of four, and takes the memory of one."""

SHOWN_APART = f"{SHOWN}, each network apart"

_HINTS: dict[Precision, str] = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}


class OpenVinoBackend:
    """Runs networks by OpenVINO; see :class:`~.interface.Backend`."""

    name: BackendName = "openvino"

    def __init__(self) -> None:
        self._compiled: OrderedDict[tuple[str, ...], tuple[Any, ...]] = OrderedDict()
        self._lock = Lock()

    def open(
        self,
        bundle: Bundle,
        device: str,
        precision: Precision,
        threads: int | None = None,
        *,
        sparing: bool = False,
    ) -> Runnable:
        """Compile a model, or take it from memory or from disk."""
        if device != "cpu":
            raise Unsupported(tr("OpenVINO is used for the CPU only"))
        if not is_there():
            raise Unsupported(
                tr("OpenVINO is not installed. {how_to_get_it}", how_to_get_it=tr(HOW_TO_GET_IT))
            )
        if bundle.card.preprocessing.tile:
            raise Unsupported(tr("slices are shown to it in tiles"))
        if precision == "bf16" and not has_bf16():  # OpenVINO would compute in float32, unasked
            raise Unsupported(tr("this processor does not compute in bfloat16"))
        # Two threads that need the same network wait for one of them to make it.
        with self._lock:
            apart = sparing and bundle.card.members > 1
            opened = self._get(bundle, precision, threads or default_threads(), apart)
        networks = [OpenVinoNetwork(each) for each in opened]
        return SparingNetwork(networks) if apart else networks[0]

    def _get(
        self, bundle: Bundle, precision: Precision, threads: int, apart: bool
    ) -> tuple[Any, ...]:
        """Compile the networks of a model, each apart or all as one."""
        graph = _graph_id(bundle, precision)
        shown = SHOWN_APART if apart else SHOWN
        key = (bundle.card.weights_sha256, graph, precision, str(threads), shown)
        if key not in self._compiled:
            members = range(bundle.card.members) if apart else (None,)
            self._compiled[key] = tuple(
                _compile(bundle, precision, threads, member, (*key, str(member or 0), machine()))
                for member in members
            )
        self._compiled.move_to_end(key)
        while len(self._compiled) > KEPT:
            self._compiled.popitem(last=False)
        return self._compiled[key]


class OpenVinoNetwork:
    """One compiled graph and the memory of its runs; see :class:`~.interface.Runnable`."""

    def __init__(self, compiled: Any) -> None:
        side_by_side = int(compiled.get_property("NUM_STREAMS"))
        self._idle = SimpleQueue[Any]()
        for _ in range(side_by_side):
            self._idle.put(compiled.create_infer_request())
        # Threads of Python's own: callbacks of OpenVINO's may outlast the interpreter.
        self._threads = ThreadPoolExecutor(side_by_side)

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the graph gives (n, K, H, W) for standardised slices (n, C, H, W)."""
        images = [batch[index : index + 1] for index in range(len(batch))]
        answer = map if len(images) == 1 else self._threads.map
        return np.concatenate(list(answer(self._answer, images)))

    def _answer(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        request = self._idle.get()
        try:
            answer = request.infer([image], share_inputs=True)[0]
            # Its own memory is written over by the next one.
            return np.array(answer, dtype=np.float32)
        except MemoryError as error:
            raise OutOfMemory from error
        except RuntimeError as error:
            if "alloc" in str(error).lower():
                raise OutOfMemory from error
            raise Unsupported(_said(error)) from error
        finally:
            self._idle.put(request)


def _compile(
    bundle: Bundle,
    precision: Precision,
    threads: int,
    member: int | None,
    made_from: tuple[str, ...],
) -> Any:
    """Compile a model, or one of its networks, or load what was compiled here before."""
    settings = {
        "INFERENCE_PRECISION_HINT": _HINTS[precision],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": min(SIDE_BY_SIDE, threads),
        "PERFORMANCE_HINT": "LATENCY",
    }
    if (kept := cache.recall("compiled", *made_from)) is not None:
        with suppress(RuntimeError):  # as good as none: made anew below
            blob = openvino().Tensor(np.frombuffer(kept, dtype=np.uint8))
            return core().import_model(blob, "CPU", settings)
    weights = read_weights(bundle)
    graph = _graph(bundle, precision, weights)
    model = _read(graph, weights, bundle.card.name, graph_name(int8=precision == "int8"))
    if member is not None:
        model = _one_network(model, member)
    quick = is_quick(_HINTS[precision])
    if precision == "int8" and not quick:  # its graph convolves before it doubles
        raise Unsupported("this processor is slower in int8")
    try:
        if quick and precision != "int8":
            convolve_before_doubling(model)
        model.reshape({model.inputs[0]: [1, bundle.card.preprocessing.in_channels, -1, -1]})
        compiled = core().compile_model(model, "CPU", settings)
    except RuntimeError as error:
        raise Unsupported(_said(error)) from error
    cache.store("compiled", bytes(compiled.export_model().getbuffer()), *made_from)
    return compiled


def _read(graph: Graph, weights: bytes, name: str, file: str) -> Any:
    try:
        return model_of(graph, weights)
    except RuntimeError as error:
        raise ModelError(
            tr(
                "The graph of model {name!r} does not belong to its weights, or is damaged "
                "({error}). Get the model again, or delete its {graph_name}: it runs without.",
                name=name,
                error=_said(error),
                graph_name=file,
            )
        ) from error


def _said(error: RuntimeError) -> str:
    """Return the last line of what OpenVINO says; those before tell of its own files."""
    return shortened(str(error).strip().rpartition("\n")[2])


def _one_network(model: Any, member: int) -> Any:
    """Cut one network out of a graph of several, whose log-odds are averaged; it gives its own."""
    node = model.outputs[0].get_node()
    for expected in ("Result", "Sigmoid", "ReduceMean", "Concat"):
        if node.get_type_name() != expected:
            raise Unsupported("its networks cannot be told apart")
        node = node.input_value(0 if expected != "Concat" else member).get_node()
    return openvino().Model([node.input_value(0)], model.get_parameters(), f"network {member}")


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
        raise Unsupported(tr("the model has no graph in int8"))
    made_from = (bundle.card.weights_sha256, openvino().__version__, f"layout {GRAPH_LAYOUT}")
    if (kept := cache.recall("graph", *made_from)) is not None:
        with suppress(ModelError):
            return unpack_graph(kept)
    from napari_brainseg.pipeline.backends.convert import convert

    channels = bundle.card.preprocessing.in_channels
    graph = convert(load_network(bundle), channels, weights, bundle.card.weights_sha256)
    cache.store("graph", pack_graph(graph), *made_from)
    return graph
