"""The graph of a network, for runtimes that need no torch: its operations, but not its weights.

A graph is OpenVINO's XML. Where an operation takes a constant, the XML gives a place in a buffer,
and that buffer begins with the bytes of ``model.safetensors``: the weights stay where they are,
verified by the card, and a graph adds some ten kilobytes. Only what the weights file does not hold,
such as shapes and integers in place of the floats, lies in the graph's own constants.

On disk a graph is a safetensors file, whether it came with a model or lies in the cache.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ModelError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "GRAPH_LAYOUT",
    "GRAPH_NAME",
    "INT8_GRAPH_NAME",
    "Graph",
    "graph_name",
    "pack_graph",
    "unpack_graph",
    "weights_end",
]

GRAPH_NAME = "graph.safetensors"
INT8_GRAPH_NAME = "graph-int8.safetensors"
GRAPH_LAYOUT = 1
"""Raised when a graph of before can no longer be used; graphs in the cache are then made anew."""

MAX_TOPOLOGY_BYTES = 64_000_000
ALIGNMENT = 64
_FOREIGN = re.compile(rb"<!|version=\"(?!opset\d+\")[a-zA-Z]")


def graph_name(*, int8: bool) -> str:
    """Return the name of the file of a model's graph, in 8-bit integers or in floats."""
    return INT8_GRAPH_NAME if int8 else GRAPH_NAME


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """The operations of one network, for one weights file.

    Parameters
    ----------
    weights_sha256 : str
        Of the weights file that its constants lie in.
    topology : bytes
        OpenVINO's XML; places of constants count from the start of the weights file.
    constants : ndarray of uint8, shape (n,)
        What follows the weights file, from :func:`weights_end` on.
    """

    weights_sha256: str
    topology: bytes
    constants: NDArray[np.uint8]

    def buffer(self, weights: bytes) -> NDArray[np.uint8]:
        """Lay the weights file and the constants into one array, shape (n,).

        Raises
        ------
        ModelError
            If the graph is for other weights.
        """
        if hashlib.sha256(weights).hexdigest() != self.weights_sha256:
            raise ModelError(tr("The graph was made for other weights than those beside it."))
        end = weights_end(len(weights))
        whole = np.zeros(end + len(self.constants), dtype=np.uint8)
        whole[: len(weights)] = np.frombuffer(weights, dtype=np.uint8)
        whole[end:] = self.constants
        return whole


def weights_end(size: int) -> int:
    """Return where constants begin after a weights file of this many bytes."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def pack_graph(graph: Graph) -> bytes:
    """Write a graph as the bytes of a safetensors file."""
    from safetensors.numpy import save

    topology = np.frombuffer(zlib.compress(graph.topology, 9), dtype=np.uint8)
    tensors = {"topology": topology, "constants": graph.constants, **_stamp(graph.weights_sha256)}
    return save(tensors)


def unpack_graph(content: bytes) -> Graph:
    """Read what :func:`pack_graph` wrote.

    Raises
    ------
    ModelError
        If it is damaged, of another layout, or holds what is no operation of OpenVINO's own.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors: Mapping[str, NDArray[Any]] = load(content)
        digest = tensors["weights_sha256"].tobytes().decode("ascii")
        layout = int(tensors["layout"][0])
        packed, constants = tensors["topology"].tobytes(), tensors["constants"]
        topology = _inflate(packed)
    except (SafetensorError, KeyError, IndexError, ValueError, zlib.error) as error:
        raise ModelError(
            tr("The graph is damaged ({error}).", error=type(error).__name__)
        ) from error
    if layout != GRAPH_LAYOUT:
        raise ModelError(
            tr(
                "The graph has layout {layout}, expected {graph_layout}.",
                layout=layout,
                graph_layout=GRAPH_LAYOUT,
            )
        )
    if _FOREIGN.search(topology):
        raise ModelError(tr("The graph holds more than OpenVINO's own operations."))
    return Graph(digest, topology, constants)


def _stamp(weights_sha256: str) -> dict[str, NDArray[Any]]:
    return {
        "weights_sha256": np.frombuffer(weights_sha256.encode("ascii"), dtype=np.uint8),
        "layout": np.array([GRAPH_LAYOUT], dtype=np.int64),
    }


def _inflate(packed: bytes) -> bytes:
    """Decompress no more than a graph can be: the file may have been made to unpack to much."""
    inflater = zlib.decompressobj()
    topology = inflater.decompress(packed, MAX_TOPOLOGY_BYTES)
    if not inflater.eof:
        raise ValueError("too long")
    return topology
